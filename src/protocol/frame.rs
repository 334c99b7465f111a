//! The frame header (RFC 6455 §5.2), decoded and encoded.

use super::error::ProtocolError;
use super::mask::MaskingKey;
use super::opcode::{Opcode, OwnedOpcodes};

/// Everything of a frame but its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whether this is the last fragment of its message.
    pub fin: bool,
    /// The three bits that extensions may give a meaning.
    pub rsv: Rsv,
    /// What the frame is.
    pub opcode: Opcode,
    /// The key the payload is masked with, if it is.
    pub masking_key: Option<MaskingKey>,
    /// The payload's length in bytes, below 2⁶³.
    pub payload_length: u64,
}

/// The bits RSV1, RSV2 and RSV3 of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rsv(u8);

impl Rsv {
    /// No bit set.
    pub const NONE: Self = Self(0);
    /// RSV1 alone: permessage-deflate's (RFC 7692 §6).
    pub const RSV1: Self = Self(0b100);
    /// RSV2 alone.
    pub const RSV2: Self = Self(0b010);
    /// RSV3 alone.
    pub const RSV3: Self = Self(0b001);

    /// The bits of `bits`, read as on the wire: RSV1 is 4, RSV2 is 2, RSV3 is 1. Others are dropped.
    #[inline]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b111)
    }

    /// RSV1 as 4, RSV2 as 2, RSV3 as 1.
    #[inline]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether every bit set here is set in `allowed` too.
    #[inline]
    pub const fn is_within(self, allowed: Self) -> bool {
        self.0 & !allowed.0 == 0
    }
}

impl FrameHeader {
    /// The longest header in bytes: two, a 64-bit length and a masking key.
    pub const MAX_LENGTH: usize = 14;

    /// Decodes the header that `bytes` begins with, and says how many bytes it took; `None` if
    /// more are needed. What is wrong is refused as soon as its byte is there.
    ///
    /// # Errors
    /// A reserved opcode, a length not in its shortest form or of 2⁶³ and over, a control frame
    /// that is a fragment or longer than 125 bytes.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, ProtocolError> {
        Self::decode_owned(bytes, OwnedOpcodes::NONE)
    }

    /// The same, where extensions own some of the reserved opcodes.
    ///
    /// # Errors
    /// As [`FrameHeader::decode`].
    #[inline]
    pub fn decode_owned(
        bytes: &[u8],
        owned: OwnedOpcodes,
    ) -> Result<Option<(Self, usize)>, ProtocolError> {
        Self::decode_inline(bytes, owned)
    }

    /// The same, compiled into the one loop that decodes most headers.
    #[inline(always)]
    pub(super) fn decode_inline(
        bytes: &[u8],
        owned: OwnedOpcodes,
    ) -> Result<Option<(Self, usize)>, ProtocolError> {
        let Some((&first, rest)) = bytes.split_first() else {
            return Ok(None);
        };
        let fin = first & 0x80 != 0;
        let opcode = Opcode::from_bits_owned(first & 0x0F, owned)
            .ok_or(ProtocolError::ReservedOpcode(first & 0x0F))?;
        if opcode.is_control() && !fin {
            return Err(ProtocolError::FragmentedControl(opcode));
        }
        let Some((&second, rest)) = rest.split_first() else {
            return Ok(None);
        };
        let short = second & 0x7F;
        if opcode.is_control() && short > MAX_SHORT {
            return Err(ProtocolError::LongControl(opcode));
        }
        let Some((payload_length, rest)) = decode_length(short, rest)? else {
            return Ok(None);
        };
        let (masking_key, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            match rest.split_first_chunk::<4>() {
                Some((key, rest)) => (Some(*key), rest),
                None => return Ok(None),
            }
        };
        let header =
            Self { fin, rsv: Rsv::from_bits(first >> 4), opcode, masking_key, payload_length };
        Ok(Some((header, bytes.len() - rest.len())))
    }

    /// Writes the header at the start of `out`, the length in its shortest form, and says how many
    /// bytes it took.
    #[inline]
    pub fn encode(&self, out: &mut [u8; Self::MAX_LENGTH]) -> usize {
        out[0] = u8::from(self.fin) << 7 | self.rsv.bits() << 4 | self.opcode.bits();
        let mask_bit = u8::from(self.masking_key.is_some()) << 7;
        let length = self.payload_length;
        let mut end = 2;
        if let Ok(short) = u8::try_from(length)
            && short <= MAX_SHORT
        {
            out[1] = mask_bit | short;
        } else if let Ok(medium) = u16::try_from(length) {
            out[1] = mask_bit | MEDIUM;
            out[2..4].copy_from_slice(&medium.to_be_bytes());
            end = 4;
        } else {
            out[1] = mask_bit | LONG;
            out[2..10].copy_from_slice(&length.to_be_bytes());
            end = 10;
        }
        if let Some(key) = self.masking_key {
            out[end..end + 4].copy_from_slice(&key);
            end += 4;
        }
        end
    }

    /// How many bytes [`FrameHeader::encode`] writes for a payload of `payload_length` bytes.
    #[inline]
    pub const fn encoded_length(payload_length: u64, masked: bool) -> usize {
        let length = match payload_length {
            0..=125 => 2,
            126..=0xFFFF => 4,
            _ => 10,
        };
        if masked { length + 4 } else { length }
    }
}

/// The longest payload whose length fits the header's second byte.
const MAX_SHORT: u8 = 125;
/// In the second byte: 16 bits of length follow.
const MEDIUM: u8 = 126;
/// In the second byte: 64 bits of length follow.
const LONG: u8 = 127;

#[inline(always)]
fn decode_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, ProtocolError> {
    match short {
        LONG => {
            // The top bits decide before the last byte is there.
            if rest.first().is_some_and(|byte| byte & 0x80 != 0) {
                return Err(ProtocolError::LengthOver63Bits);
            }
            let Some((bytes, rest)) = rest.split_first_chunk::<8>() else {
                return Ok(None);
            };
            let length = u64::from_be_bytes(*bytes);
            if length <= u64::from(u16::MAX) {
                return Err(ProtocolError::LengthNotMinimal(length));
            }
            Ok(Some((length, rest)))
        }
        MEDIUM => {
            let Some((bytes, rest)) = rest.split_first_chunk::<2>() else {
                return Ok(None);
            };
            let length = u64::from(u16::from_be_bytes(*bytes));
            if length <= u64::from(MAX_SHORT) {
                return Err(ProtocolError::LengthNotMinimal(length));
            }
            Ok(Some((length, rest)))
        }
        short => Ok(Some((u64::from(short), rest))),
    }
}
