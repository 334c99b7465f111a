//! Frame opcodes (RFC 6455 §5.2, §11.8).

/// What a frame is, from the low four bits of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// The next fragment of the message under way.
    Continuation,
    /// The first, or only, frame of a text message.
    Text,
    /// The first, or only, frame of a binary message.
    Binary,
    /// Closes the connection (§5.5.1).
    Close,
    /// Asks for a pong (§5.5.2).
    Ping,
    /// Answers a ping, or comes unasked (§5.5.3).
    Pong,
}

impl Opcode {
    /// The opcode for four bits off the wire, or `None` for the reserved ones (3–7, 11–15).
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xA => Some(Self::Pong),
            _ => None,
        }
    }

    /// The four bits on the wire.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
        }
    }

    /// Whether this is a close, ping or pong: never fragmented, payload of at most 125 bytes (§5.5).
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}
