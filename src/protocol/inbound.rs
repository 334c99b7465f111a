//! Bytes to frames: walks the chunks that come from the transport.

use core::ops::Range;

use super::Role;
use super::close::Close;
use super::control::ControlPayload;
use super::error::ProtocolError;
use super::frame::{FrameHeader, Rsv};
use super::limits::Limits;
use super::mask::Mask;
use super::message::{Message, MessageKind};
use super::opcode::{Opcode, OwnedOpcodes, ReservedOpcode};

/// What the decoder holds a peer to.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Our role; the peer has the other one.
    pub role: Role,
    /// Takes masked and unmasked frames alike, whatever the role (RFC 6455 §5.1 forbids it).
    pub allow_mask_mismatch: bool,
    /// The bits that negotiated extensions own; allowed on the first frame of a message only.
    pub owned_rsv: Rsv,
    /// The reserved opcodes that negotiated extensions own.
    pub owned_opcodes: OwnedOpcodes,
    /// An extension decodes every message.
    pub opaque: bool,
    /// How much the peer may send.
    pub limits: Limits,
}

/// What a chunk held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Payload bytes of a text, binary or continuation frame.
    Data(DataPart),
    /// A whole ping.
    Ping(ControlPayload),
    /// A whole pong.
    Pong(ControlPayload),
    /// A whole control frame of an extension's.
    Extension(ReservedOpcode, ControlPayload),
    /// A whole close, and its payload as it came.
    Close(Close, ControlPayload),
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

/// Where in the byte stream of frames we are.
///
/// ```text
///             header complete           payload complete
///   Header ────────────────────▶ Data ─────────────────────▶ Header
///          └───────────────────▶ Control ──────────────────▶
/// ```
#[derive(Debug)]
enum Stage {
    /// The first `held` bytes of the next header are kept here.
    Header { bytes: [u8; FrameHeader::MAX_LENGTH], held: usize },
    /// `remaining` payload bytes of a data frame are still to come.
    Data { header: FrameHeader, mask: Option<Mask>, remaining: u64 },
    /// A control frame's payload is gathered.
    Control { opcode: Opcode, mask: Option<Mask>, payload: ControlPayload, remaining: usize },
}

impl Stage {
    const START: Self = Self::Header { bytes: [0; FrameHeader::MAX_LENGTH], held: 0 };
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
    #[inline]
    pub fn next(
        &mut self,
        rules: &Rules,
        chunk: &mut [u8],
        at: &mut usize,
    ) -> Result<Option<Received>, ProtocolError> {
        if let Stage::Header { .. } = self.stage {
            match self.read_header(rules, chunk, at)? {
                Some(header) => self.begin(&header, rules)?,
                None => return Ok(None),
            }
        }
        match &mut self.stage {
            Stage::Header { .. } => Ok(None),
            Stage::Data { .. } => self.read_data(chunk, at),
            Stage::Control { .. } => self.read_control(chunk, at),
        }
    }

    /// How many payload bytes of the data frame under way are still to come; 0 between frames.
    #[inline]
    pub const fn remaining(&self) -> u64 {
        match self.stage {
            Stage::Data { remaining, .. } => remaining,
            _ => 0,
        }
    }

    /// How many bytes come next that need not be seen: payload that is not masked and no text. They may
    /// be counted instead, with [`Inbound::pass`].
    #[inline]
    pub const fn unseen(&self) -> u64 {
        match self.stage {
            Stage::Data { mask: None, remaining, .. } if !self.message.is_validated() => remaining,
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
        if length as u64 > self.unseen() {
            return Ok(None);
        }
        self.take_data(0..length, false)
    }

    /// Whether the stream may end here: between two frames, with no message under way.
    #[inline]
    pub const fn is_between_messages(&self) -> bool {
        matches!((&self.stage, &self.message), (Stage::Header { held: 0, .. }, Message::Idle))
    }

    #[inline]
    fn read_header(
        &mut self,
        rules: &Rules,
        chunk: &[u8],
        at: &mut usize,
    ) -> Result<Option<FrameHeader>, ProtocolError> {
        let Stage::Header { bytes, held } = &mut self.stage else {
            return Ok(None);
        };
        let rest = &chunk[*at..];
        if *held == 0 {
            if let Some((header, length)) = FrameHeader::decode_owned(rest, rules.owned_opcodes)? {
                *at += length;
                return Ok(Some(header));
            }
            bytes[..rest.len()].copy_from_slice(rest);
            *held = rest.len();
            *at = chunk.len();
            return Ok(None);
        }
        for &byte in rest {
            bytes[*held] = byte;
            *held += 1;
            *at += 1;
            let begun = &bytes[..*held];
            if let Some((header, _)) = FrameHeader::decode_owned(begun, rules.owned_opcodes)? {
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    #[inline]
    fn begin(&mut self, header: &FrameHeader, rules: &Rules) -> Result<(), ProtocolError> {
        let masked = header.masking_key.is_some();
        if !rules.allow_mask_mismatch {
            match rules.role {
                Role::Client if masked => return Err(ProtocolError::Masked),
                Role::Server if !masked => return Err(ProtocolError::Unmasked),
                _ => {}
            }
        }
        let allowed = if header.opcode.may_have_rsv() { rules.owned_rsv } else { Rsv::NONE };
        if !header.rsv.is_within(allowed) {
            return Err(ProtocolError::ReservedBits(header.rsv));
        }
        rules.limits.check_frame(header.payload_length)?;
        let mask = header.masking_key.map(Mask::new);
        if header.opcode.is_control() {
            let remaining = usize::try_from(header.payload_length)
                .map_err(|_| ProtocolError::LongControl(header.opcode))?;
            let payload = ControlPayload::EMPTY;
            self.stage = Stage::Control { opcode: header.opcode, mask, payload, remaining };
        } else {
            self.message.begin_frame(header, rules.opaque, &rules.limits)?;
            self.stage = Stage::Data { header: *header, mask, remaining: header.payload_length };
        }
        Ok(())
    }

    #[inline]
    fn read_data(
        &mut self,
        chunk: &mut [u8],
        at: &mut usize,
    ) -> Result<Option<Received>, ProtocolError> {
        let Stage::Data { mask, remaining, .. } = &mut self.stage else {
            return Ok(None);
        };
        let here = chunk.len() - *at;
        let taken = usize::try_from(*remaining).map_or(here, |remaining| remaining.min(here));
        if taken == 0 && *remaining > 0 {
            return Ok(None);
        }
        let range = *at..*at + taken;
        let bytes = &mut chunk[range.clone()];
        if let Some(mask) = mask {
            mask.apply(bytes);
        }
        let ascii = self.message.take(bytes)?;
        *at = range.end;
        self.take_data(range, ascii)
    }

    /// The next bytes of a data frame's payload have come.
    #[inline]
    fn take_data(
        &mut self,
        range: Range<usize>,
        ascii: bool,
    ) -> Result<Option<Received>, ProtocolError> {
        let Stage::Data { header, mask, remaining } = &mut self.stage else {
            return Ok(None);
        };
        let (kind, rsv) = self.message.kind().ok_or(ProtocolError::NothingToContinue)?;
        let masked = mask.is_some();
        *remaining -= range.len() as u64;
        let ends_frame = *remaining == 0;
        let FrameHeader { opcode, fin, .. } = *header;
        if ends_frame {
            self.message.end_frame(fin)?;
            self.stage = Stage::START;
        }
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
        let Stage::Control { opcode, mask, payload, remaining } = &mut self.stage else {
            return Ok(None);
        };
        let taken = (*remaining).min(chunk.len() - *at);
        let bytes = &mut chunk[*at..*at + taken];
        if let Some(mask) = mask {
            mask.apply(bytes);
        }
        payload.extend(bytes);
        *at += taken;
        *remaining -= taken;
        if *remaining > 0 {
            return Ok(None);
        }
        let received = match opcode {
            Opcode::Ping => Received::Ping(*payload),
            Opcode::Pong => Received::Pong(*payload),
            Opcode::Extension(opcode) => Received::Extension(*opcode, *payload),
            _ => Received::Close(Close::decode(payload.as_slice())?, *payload),
        };
        self.stage = Stage::START;
        Ok(Some(received))
    }
}

impl Default for Inbound {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}
