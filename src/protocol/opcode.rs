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
    /// What a negotiated extension has made of a reserved opcode (§5.8).
    Extension(ReservedOpcode),
}

/// An opcode that RFC 6455 gives no meaning: 3–7 for messages, 11–15 for control frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReservedOpcode(u8);

impl ReservedOpcode {
    /// The opcode for four bits, or `None` if they have a meaning.
    #[inline]
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            0x3..=0x7 | 0xB..=0xF => Some(Self(bits)),
            _ => None,
        }
    }

    /// The four bits on the wire.
    #[inline]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// The reserved opcodes that negotiated extensions own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnedOpcodes(u16);

impl OwnedOpcodes {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(0b1111_1000_1111_1000);

    /// The opcodes whose bits are set: bit 3 for opcode 3. Those that are not reserved are dropped.
    #[inline]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Bit 3 for opcode 3, and so on.
    #[inline]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether this one is among them.
    #[inline]
    pub const fn contains(self, opcode: ReservedOpcode) -> bool {
        self.0 >> opcode.bits() & 1 == 1
    }
}

impl Opcode {
    /// The opcode for four bits off the wire, or `None` for the reserved ones (3–7, 11–15).
    #[inline]
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

    /// The opcode for four bits off the wire, or `None` for a reserved one that nobody owns.
    #[inline]
    pub const fn from_bits_owned(bits: u8, owned: OwnedOpcodes) -> Option<Self> {
        match Self::from_bits(bits) {
            Some(opcode) => Some(opcode),
            None => match ReservedOpcode::new(bits) {
                Some(opcode) if owned.contains(opcode) => Some(Self::Extension(opcode)),
                _ => None,
            },
        }
    }

    /// The four bits on the wire.
    #[inline]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
            Self::Extension(opcode) => opcode.bits(),
        }
    }

    /// Whether this is a close, ping or pong, or an extension's like them: never fragmented, payload of at
    /// most 125 bytes (§5.5).
    #[inline]
    pub const fn is_control(self) -> bool {
        self.bits() & 0x8 != 0
    }

    /// Whether RSV bits may mean something here: on the first frame of a text or binary message.
    #[inline]
    pub const fn may_have_rsv(self) -> bool {
        matches!(self, Self::Text | Self::Binary)
    }

    /// Whether this begins a message.
    #[inline]
    pub const fn starts_message(self) -> bool {
        !self.is_control() && !matches!(self, Self::Continuation)
    }
}
