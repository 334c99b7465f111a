//! Bytes to frames: walks the chunks that come from the transport.

use alloc::boxed::Box;
use core::ops::Range;

use super::Role;
use super::close::Close;
use super::config::Config;
use super::control::ControlPayload;
use super::error::ProtocolError;
use super::frame::{FrameHeader, Rsv};
use super::mask::Mask;
use super::message::{Message, MessageKind};
use super::opcode::{Opcode, ReservedOpcode};

/// What a chunk held. Control payloads are boxed: they are rare, and this is moved for every frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Payload bytes of a text, binary or continuation frame.
    Data(DataPart),
    /// A whole ping.
    Ping(Box<ControlPayload>),
    /// A whole pong.
    Pong(Box<ControlPayload>),
    /// A whole control frame of an extension's.
    Extension(ReservedOpcode, Box<ControlPayload>),
    /// A whole close, and its payload as it came.
    Close(Close, Box<ControlPayload>),
}

/// Payload bytes of one data frame that lie together in a chunk: the whole frame, or what this
/// chunk has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataPart {
    /// The frame's opcode.
    pub opcode: Opcode,
    /// What the message is.
    pub kind: MessageKind,
    /// The RSV bits of the message's first frame; those of the others are none.
    pub rsv: Rsv,
    /// The frame's FIN.
    pub fin: bool,
    /// Where the bytes lie in the chunk, unmasked. Empty only if the frame's payload is.
    pub range: Range<usize>,
    /// The frame ends with these bytes; the message too, if `fin` is set.
    pub ends_frame: bool,
    /// Text of which all these bytes are ASCII.
    pub ascii: bool,
    /// The bytes came masked: they were changed where they lie.
    pub masked: bool,
}

/// Bytes within a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// Text of which all these bytes are ASCII.
    pub ascii: bool,
    /// The bytes came masked: they were changed where they lie.
    pub masked: bool,
}

/// Where in the byte stream of frames we are.
///
/// ```text
///             header complete           payload complete
///   Header ────────────────────▶ Data ─────────────────────▶ Header
///          └───────────────────▶ Control ──────────────────▶
/// ```
///
/// A data frame that lies whole in a chunk begins and ends within `Header`.
#[derive(Debug)]
enum Stage {
    /// The first `held` bytes of the next header are kept here.
    Header { bytes: [u8; FrameHeader::MAX_LENGTH], held: u8 },
    /// A data frame has come in part.
    Data(DataFrame),
    /// A control frame's payload is gathered.
    Control { opcode: Opcode, mask: Option<Mask>, payload: Box<ControlPayload>, remaining: u8 },
}

impl Stage {
    const START: Self = Self::Header { bytes: [0; FrameHeader::MAX_LENGTH], held: 0 };
}

/// A data frame whose header has come.
#[derive(Clone, Copy, Debug)]
struct DataFrame {
    opcode: Opcode,
    fin: bool,
    mask: Option<Mask>,
    /// Payload bytes that are still to come.
    remaining: u64,
}

/// The decoder: a position in the peer's byte stream and the message under way.
#[derive(Debug)]
pub struct Inbound {
    stage: Stage,
    message: Message,
}

impl Inbound {
    /// A decoder at the start of a stream.
    #[inline]
    pub const fn new() -> Self {
        Self { stage: Stage::START, message: Message::Idle }
    }

    /// Decodes on from `chunk[*at..]`, advances `at`, and returns the next thing found; `None` when
    /// the chunk is used up. Masked payload is unmasked in place.
    ///
    /// # Errors
    /// What the peer did wrong. The decoder must not be used after it.
    #[inline(always)]
    pub fn next(
        &mut self,
        config: &Config,
        chunk: &mut [u8],
        at: &mut usize,
    ) -> Result<Option<Received>, ProtocolError> {
        let frame = match self.stage {
            Stage::Header { .. } => {
                let Some(header) = self.read_header(config, chunk, at)? else {
                    return Ok(None);
                };
                check(&header, config)?;
                if header.opcode.is_control() {
                    self.begin_control(&header)?;
                    return self.read_control(chunk, at);
                }
                self.message.begin_frame(&header, config.opaque, &config.limits)?;
                let FrameHeader { opcode, fin, masking_key, payload_length, .. } = header;
                let mask = masking_key.map(Mask::new);
                DataFrame { opcode, fin, mask, remaining: payload_length }
            }
            Stage::Data(frame) => frame,
            Stage::Control { .. } => return self.read_control(chunk, at),
        };
        self.read_data(frame, chunk, at)
    }

    /// How many payload bytes of the data frame under way are still to come; 0 between frames.
    #[inline]
    pub const fn remaining(&self) -> u64 {
        match self.stage {
            Stage::Data(frame) => frame.remaining,
            _ => 0,
        }
    }

    /// How many bytes come next that need not be seen: payload that is not masked and no text. They may
    /// be counted instead, with [`Inbound::pass`].
    #[inline]
    pub const fn unseen(&self) -> u64 {
        match self.stage {
            Stage::Data(DataFrame { mask: None, remaining, .. })
                if !self.message.is_validated() =>
            {
                remaining
            }
            _ => 0,
        }
    }

    /// Takes the next `length` bytes without seeing them, no more than [`Inbound::unseen`]. The range of
    /// what it returns begins at 0.
    ///
    /// # Errors
    /// None is left to be made.
    #[inline]
    pub fn pass(&mut self, length: usize) -> Result<Option<Received>, ProtocolError> {
        match self.stage {
            Stage::Data(frame) if length as u64 <= self.unseen() => {
                self.take_data(frame, 0..length, false)
            }
            _ => Ok(None),
        }
    }

    /// Takes bytes that lie within the payload of the data frame under way, unmasks them in place, and says what
    /// they are. Nothing if they end the frame or no text may go on with them: they are not taken then.
    pub fn take_within(&mut self, bytes: &mut [u8]) -> Option<Within> {
        let Stage::Data(frame) = &mut self.stage else {
            return None;
        };
        let remaining = frame.remaining.checked_sub(bytes.len() as u64)?;
        if remaining == 0 {
            return None;
        }
        let mut mask = frame.mask;
        if let Some(mask) = &mut mask {
            mask.apply(bytes);
        }
        let mut message = self.message.clone();
        let ascii = message.take(bytes).ok()?;
        self.message = message;
        *frame = DataFrame { mask, remaining, ..*frame };
        Some(Within { ascii, masked: mask.is_some() })
    }

    /// Whether the stream may end here: between two frames, with no message under way.
    #[inline]
    pub const fn is_between_messages(&self) -> bool {
        matches!((&self.stage, &self.message), (Stage::Header { held: 0, .. }, Message::Idle))
    }

    #[inline(always)]
    fn read_header(
        &mut self,
        config: &Config,
        chunk: &[u8],
        at: &mut usize,
    ) -> Result<Option<FrameHeader>, ProtocolError> {
        if let Stage::Header { held: 0, .. } = self.stage
            && let Some((header, length)) =
                FrameHeader::decode_inline(&chunk[*at..], config.owned_opcodes)?
        {
            *at += length;
            return Ok(Some(header));
        }
        self.read_cut_header(config, chunk, at)
    }

    /// Reads a header that lies in more than one chunk.
    #[cold]
    #[inline(never)]
    fn read_cut_header(
        &mut self,
        config: &Config,
        chunk: &[u8],
        at: &mut usize,
    ) -> Result<Option<FrameHeader>, ProtocolError> {
        let Stage::Header { bytes, held } = &mut self.stage else {
            return Ok(None);
        };
        for &byte in &chunk[*at..] {
            bytes[usize::from(*held)] = byte;
            *held += 1;
            *at += 1;
            let begun = &bytes[..usize::from(*held)];
            if let Some((header, _)) = FrameHeader::decode_owned(begun, config.owned_opcodes)? {
                *held = 0;
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    #[cold]
    #[inline(never)]
    fn begin_control(&mut self, header: &FrameHeader) -> Result<(), ProtocolError> {
        let FrameHeader { opcode, masking_key, payload_length, .. } = *header;
        let remaining =
            u8::try_from(payload_length).map_err(|_| ProtocolError::LongControl(opcode))?;
        let mask = masking_key.map(Mask::new);
        let payload = Box::new(ControlPayload::EMPTY);
        self.stage = Stage::Control { opcode, mask, payload, remaining };
        Ok(())
    }

    #[inline(always)]
    fn read_data(
        &mut self,
        mut frame: DataFrame,
        chunk: &mut [u8],
        at: &mut usize,
    ) -> Result<Option<Received>, ProtocolError> {
        let here = chunk.len() - *at;
        let taken = usize::try_from(frame.remaining).map_or(here, |remaining| remaining.min(here));
        if taken == 0 && frame.remaining > 0 {
            self.stage = Stage::Data(frame);
            return Ok(None);
        }
        let range = *at..*at + taken;
        let bytes = &mut chunk[range.clone()];
        if let Some(mask) = &mut frame.mask {
            mask.apply(bytes);
        }
        let ascii = self.message.take(bytes)?;
        *at = range.end;
        self.take_data(frame, range, ascii)
    }

    /// The next bytes of a data frame's payload have come.
    #[inline(always)]
    fn take_data(
        &mut self,
        mut frame: DataFrame,
        range: Range<usize>,
        ascii: bool,
    ) -> Result<Option<Received>, ProtocolError> {
        let (kind, rsv) = self.message.kind().ok_or(ProtocolError::NothingToContinue)?;
        frame.remaining -= range.len() as u64;
        let DataFrame { opcode, fin, mask, remaining } = frame;
        let ends_frame = remaining == 0;
        if !ends_frame {
            self.stage = Stage::Data(frame);
        } else {
            self.message.end_frame(fin)?;
            if !matches!(self.stage, Stage::Header { .. }) {
                self.stage = Stage::START;
            }
        }
        let masked = mask.is_some();
        Ok(Some(Received::Data(DataPart {
            opcode,
            kind,
            rsv,
            fin,
            range,
            ends_frame,
            ascii,
            masked,
        })))
    }

    #[inline]
    fn read_control(
        &mut self,
        chunk: &mut [u8],
        at: &mut usize,
    ) -> Result<Option<Received>, ProtocolError> {
        let Stage::Control { mask, payload, remaining, .. } = &mut self.stage else {
            return Ok(None);
        };
        let here = u8::try_from(chunk.len() - *at).unwrap_or(u8::MAX);
        let taken = (*remaining).min(here);
        *remaining -= taken;
        let taken = usize::from(taken);
        let bytes = &mut chunk[*at..*at + taken];
        if let Some(mask) = mask {
            mask.apply(bytes);
        }
        payload.extend(bytes);
        *at += taken;
        if *remaining > 0 {
            return Ok(None);
        }
        let whole = core::mem::replace(&mut self.stage, Stage::START);
        let Stage::Control { opcode, payload, .. } = whole else {
            return Ok(None);
        };
        Ok(Some(match opcode {
            Opcode::Ping => Received::Ping(payload),
            Opcode::Pong => Received::Pong(payload),
            Opcode::Extension(opcode) => Received::Extension(opcode, payload),
            _ => Received::Close(Close::decode(payload.as_slice())?, payload),
        }))
    }
}

/// Holds a header to the rules that need no message.
#[inline(always)]
fn check(header: &FrameHeader, config: &Config) -> Result<(), ProtocolError> {
    let masked = header.masking_key.is_some();
    if !config.allow_mask_mismatch {
        match config.role {
            Role::Client if masked => return Err(ProtocolError::Masked),
            Role::Server if !masked => return Err(ProtocolError::Unmasked),
            _ => {}
        }
    }
    let allowed = if header.opcode.may_have_rsv() { config.owned_rsv } else { Rsv::NONE };
    if !header.rsv.is_within(allowed) {
        return Err(ProtocolError::ReservedBits(header.rsv));
    }
    config.limits.check_frame(header.payload_length)
}

impl Default for Inbound {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}
