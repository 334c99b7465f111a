//! What can be wrong, typed by blame: [`ProtocolError`] is the peer's fault, [`UsageError`] our
//! caller's misuse.

use alloc::string::String;
use core::fmt;

use super::close::CloseCode;
use super::frame::Rsv;
use super::handshake::sentence::{decimal, sentence};
use super::opcode::{Opcode, ReservedOpcode};

/// The peer broke a rule. The connection is failed with [`ProtocolError::close_code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// An opcode of 3–7 or 11–15 (RFC 6455 §5.2).
    ReservedOpcode(u8),
    /// RSV bits that no negotiated extension owns (§5.2).
    ReservedBits(Rsv),
    /// A control frame without FIN (§5.5).
    FragmentedControl(Opcode),
    /// A control frame with more than 125 bytes of payload (§5.5).
    LongControl(Opcode),
    /// A length that would have fitted a shorter form (§5.2).
    LengthNotMinimal(u64),
    /// A length with the most significant of its 64 bits set (§5.2).
    LengthOver63Bits,
    /// A frame to the server that is not masked (§5.1).
    Unmasked,
    /// A frame to the client that is masked (§5.1).
    Masked,
    /// A continuation frame with no message under way (§5.4).
    NothingToContinue,
    /// A text or binary frame before the message under way ended (§5.4).
    MessageInterrupted(Opcode),
    /// A close frame with a payload of one byte (§5.5.1).
    ShortClose,
    /// A close code that may not stand in a close frame (§7.4).
    CloseCode(u16),
    /// A close reason that is not UTF-8 (§5.5.1).
    CloseReasonNotUtf8,
    /// A text message that is not UTF-8 (§8.1).
    TextNotUtf8,
    /// A frame longer than we take.
    FrameTooBig {
        /// The payload's length in bytes, as the header says.
        length: u64,
        /// The most we take, in bytes.
        limit: u64,
    },
    /// A message longer than we take.
    MessageTooBig {
        /// What the message has come to, in bytes, fragments' overhead included.
        length: u64,
        /// The most we take, in bytes.
        limit: u64,
    },
}

impl ProtocolError {
    /// The close code that tells the peer (§7.4.1): 1002, 1007 or 1009.
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::TextNotUtf8 | Self::CloseReasonNotUtf8 => CloseCode::INVALID_PAYLOAD,
            Self::FrameTooBig { .. } | Self::MessageTooBig { .. } => CloseCode::MESSAGE_TOO_BIG,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}

impl ProtocolError {
    /// A sentence that says what came, and what may.
    pub fn message(self) -> String {
        match self {
            Self::ReservedOpcode(bits) => {
                sentence("the peer sent a frame with the reserved opcode {}", &[&number(bits)])
            }
            Self::ReservedBits(rsv) => sentence(
                "the peer sent a frame with the reserved bits {} (RSV1, RSV2, RSV3), which no negotiated extension uses",
                &[bits(rsv)],
            ),
            Self::FragmentedControl(opcode) => sentence(
                "the peer sent a {} frame as a fragment; control frames must be whole",
                &[name(opcode)],
            ),
            Self::LongControl(opcode) => sentence(
                "the peer sent a {} frame with more than 125 bytes of payload",
                &[name(opcode)],
            ),
            Self::LengthNotMinimal(length) => sentence(
                "the peer sent a payload length of {} in a longer form than it needs",
                &[&decimal(length)],
            ),
            Self::LengthOver63Bits => {
                sentence("the peer sent a payload length of 2^63 or more", &[])
            }
            Self::Unmasked => sentence(
                "the client sent a frame that is not masked; frames to a server must be",
                &[],
            ),
            Self::Masked => {
                sentence("the server sent a masked frame; frames to a client must not be", &[])
            }
            Self::NothingToContinue => {
                sentence("the peer sent a continuation frame with no message under way", &[])
            }
            Self::MessageInterrupted(opcode) => sentence(
                "the peer sent a {} frame before the message under way had ended",
                &[name(opcode)],
            ),
            Self::ShortClose => sentence(
                "the peer sent a close frame with a payload of one byte; a code takes two",
                &[],
            ),
            Self::CloseCode(code) => sentence(
                "the peer sent the close code {}, which may not stand in a close frame",
                &[&number(code)],
            ),
            Self::CloseReasonNotUtf8 => {
                sentence("the peer sent a close reason that is not valid UTF-8", &[])
            }
            Self::TextNotUtf8 => {
                sentence("the peer sent a text message that is not valid UTF-8", &[])
            }
            Self::FrameTooBig { length, limit } => sentence(
                "the peer sent a frame of {} bytes, over the limit of {}",
                &[&decimal(length), &decimal(limit)],
            ),
            Self::MessageTooBig { length, limit } => sentence(
                "the peer sent a message of {} bytes or more, over the limit of {}",
                &[&decimal(length), &decimal(limit)],
            ),
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for ProtocolError {}

/// Our caller asked for what the protocol does not allow. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageError {
    /// The connection no longer takes frames: a Close was sent or the connection ended.
    Closed,
    /// A close code that may not be sent (RFC 6455 §7.4).
    CloseCode(u16),
    /// A close reason over 123 bytes; its length in bytes.
    LongReason(usize),
    /// A control payload over 125 bytes; its length in bytes.
    LongControl(usize),
    /// A control frame without FIN.
    FragmentedControl(Opcode),
    /// A close frame sent as any other: it is part of the closing handshake.
    CloseAsFrame,
    /// A continuation frame with no fragmented message under way.
    NothingToContinue,
    /// A text or binary frame before the fragmented message under way was ended.
    MessageInterrupted(Opcode),
    /// RSV bits that no negotiated extension owns.
    ReservedBits(Rsv),
    /// A reserved opcode that no negotiated extension owns.
    ReservedOpcode(ReservedOpcode),
}

impl UsageError {
    /// A sentence that says what was asked for, and what may be.
    pub fn message(self) -> String {
        match self {
            Self::Closed => sentence("the session is closed: nothing more can be sent", &[]),
            Self::CloseCode(code) => sentence(
                "{} is not a close code that may be sent; expected 1000–1003, 1007–1014 or 3000–4999",
                &[&number(code)],
            ),
            Self::LongReason(length) => sentence(
                "the close reason takes {} bytes in UTF-8; at most 123 fit a close frame",
                &[&decimal(length as u64)],
            ),
            Self::LongControl(length) => sentence(
                "the payload of a control frame is {} bytes; at most 125 are allowed",
                &[&decimal(length as u64)],
            ),
            Self::FragmentedControl(opcode) => {
                sentence("a {} frame cannot be a fragment: fin must be true", &[name(opcode)])
            }
            Self::CloseAsFrame => sentence(
                "a close frame cannot be sent like other frames; close the session instead",
                &[],
            ),
            Self::NothingToContinue => sentence(
                "a continuation frame needs a text or binary frame with fin false before it",
                &[],
            ),
            Self::MessageInterrupted(opcode) => sentence(
                "a {} frame cannot be sent before the fragmented message under way has ended",
                &[name(opcode)],
            ),
            Self::ReservedBits(rsv) => sentence(
                "the reserved bits {} (RSV1, RSV2, RSV3) belong to no negotiated extension",
                &[bits(rsv)],
            ),
            Self::ReservedOpcode(opcode) => sentence(
                "the opcode {} belongs to no negotiated extension",
                &[&number(opcode.bits())],
            ),
        }
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for UsageError {}

fn number(number: impl Into<u64>) -> String {
    decimal(number.into())
}

/// RSV1, RSV2 and RSV3 as digits.
fn bits(rsv: Rsv) -> &'static str {
    const DIGITS: [&str; 8] = ["000", "001", "010", "011", "100", "101", "110", "111"];
    DIGITS[usize::from(rsv.bits() & 0b111)]
}

const fn name(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::Continuation => "continuation",
        Opcode::Text => "text",
        Opcode::Binary => "binary",
        Opcode::Close => "close",
        Opcode::Ping => "ping",
        Opcode::Pong => "pong",
        Opcode::Extension(_) => "extension's",
    }
}
