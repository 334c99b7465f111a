//! Fragments to messages (RFC 6455 §5.4).

use super::error::ProtocolError;
use super::frame::{FrameHeader, Rsv};
use super::limits::Limits;
use super::opcode::{Opcode, ReservedOpcode};
use super::utf8::{Utf8Validator, is_ascii};

/// What a message is, from the opcode of its first frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// UTF-8.
    Text,
    /// Bytes.
    Binary,
    /// What an extension makes of an opcode that it owns.
    Extension(ReservedOpcode),
}

/// The incoming message under way.
///
/// ```text
///            text or binary                  fin
///   Idle ─────────────────────▶ UnderWay ──────────▶ Idle
///                                │    ▲
///                                └────┘ continuation
/// ```
#[derive(Clone, Debug, Default)]
pub enum Message {
    /// No frame of a message has come since the last one ended.
    #[default]
    Idle,
    /// At least the header of the first frame has come.
    UnderWay {
        /// What the message is.
        kind: MessageKind,
        /// Its size so far with the overhead of its fragments, in bytes.
        size: u64,
        /// The RSV bits of its first frame.
        rsv: Rsv,
        /// The state of its text; `None` if it is binary, or an extension decodes it first.
        text: Option<Utf8Validator>,
    },
}

impl Message {
    /// Takes the header of a data frame. A message is `opaque` if an extension decodes it whatever its
    /// RSV bits are.
    ///
    /// # Errors
    /// A continuation of nothing, a message begun within another, a size over the limit.
    #[inline(always)]
    pub fn begin_frame(
        &mut self,
        header: &FrameHeader,
        opaque: bool,
        limits: &Limits,
    ) -> Result<(), ProtocolError> {
        let kind = match header.opcode {
            Opcode::Text => MessageKind::Text,
            Opcode::Binary => MessageKind::Binary,
            Opcode::Extension(opcode) => MessageKind::Extension(opcode),
            _ => return self.continue_with(header, limits),
        };
        if matches!(self, Self::UnderWay { .. }) {
            return Err(ProtocolError::MessageInterrupted(header.opcode));
        }
        let size = limits.extend_message(0, header.payload_length, !header.fin)?;
        let rsv = header.rsv;
        let plain = rsv == Rsv::NONE && !opaque;
        let text = (kind == MessageKind::Text && plain).then(Utf8Validator::new);
        *self = Self::UnderWay { kind, size, rsv, text };
        Ok(())
    }

    /// Takes the next bytes of the frame's payload, unmasked, and says whether all are ASCII.
    /// Bytes that are not text are not looked at, and count as not ASCII.
    ///
    /// # Errors
    /// The text is not UTF-8.
    #[inline(always)]
    pub fn take(&mut self, bytes: &[u8]) -> Result<bool, ProtocolError> {
        let Self::UnderWay { text: Some(text), .. } = self else {
            return Ok(false);
        };
        if text.is_at_boundary() && is_ascii(bytes) {
            return Ok(true);
        }
        text.push(bytes).map_err(|_| ProtocolError::TextNotUtf8)?;
        Ok(false)
    }

    /// Ends the frame; `fin` ends the message with it.
    ///
    /// # Errors
    /// The text ends within a character.
    #[inline(always)]
    pub fn end_frame(&mut self, fin: bool) -> Result<(), ProtocolError> {
        if fin && let Self::UnderWay { text: Some(text), .. } = core::mem::take(self) {
            text.finish().map_err(|_| ProtocolError::TextNotUtf8)?;
        }
        Ok(())
    }

    /// What the message under way is, and the RSV bits of its first frame.
    #[inline]
    pub const fn kind(&self) -> Option<(MessageKind, Rsv)> {
        match self {
            Self::Idle => None,
            Self::UnderWay { kind, rsv, .. } => Some((*kind, *rsv)),
        }
    }

    /// Whether the bytes of the message under way are looked at.
    #[inline]
    pub const fn is_validated(&self) -> bool {
        matches!(self, Self::UnderWay { text: Some(_), .. })
    }

    #[inline]
    fn continue_with(
        &mut self,
        header: &FrameHeader,
        limits: &Limits,
    ) -> Result<(), ProtocolError> {
        let Self::UnderWay { size, .. } = self else {
            return Err(ProtocolError::NothingToContinue);
        };
        *size = limits.extend_message(*size, header.payload_length, true)?;
        Ok(())
    }
}
