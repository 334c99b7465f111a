//! The size of an LZ77 window.

use core::fmt;

/// The base-2 logarithm of an LZ77 window's size in bytes: 8 to 15 (RFC 7692 §7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowBits(u8);

impl WindowBits {
    /// A window of 256 bytes. Raw deflate streams of this size are inflated, but zlib cannot make them.
    pub const MIN: Self = Self(8);
    /// A window of 32 KiB: what holds where no limit is agreed on.
    pub const MAX: Self = Self(15);
    /// The smallest window that we deflate with: 512 bytes.
    pub const MIN_DEFLATE: Self = Self(9);

    /// The window of 2^`bits` bytes; `None` unless `bits` is 8 to 15.
    pub const fn new(bits: u32) -> Option<Self> {
        match bits {
            #[expect(clippy::cast_possible_truncation, reason = "8 to 15")]
            8..=15 => Some(Self(bits as u8)),
            _ => None,
        }
    }

    /// Reads a parameter's value: decimal, without leading zeros (§7.1.2.1).
    pub fn parse(value: &str) -> Option<Self> {
        match value.as_bytes() {
            [b'8'..=b'9'] | [b'1', b'0'..=b'5'] => value.parse().ok().map(Self),
            _ => None,
        }
    }

    /// The number of bits.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The size of the window, in bytes.
    pub const fn size(self) -> usize {
        1 << self.0
    }
}

impl fmt::Display for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
