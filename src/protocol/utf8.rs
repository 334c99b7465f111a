//! UTF-8 validation of text that comes in pieces (RFC 6455 §8.1).

use core::fmt;

/// Validates a text as its bytes come, failing at the first byte that no valid text could have
/// there. A character may be split over pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8Validator {
    /// The first bytes of a character that is not complete yet.
    partial: [u8; 4],
    /// How many of them there are: 0 to 3.
    held: u8,
}

/// The text is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utf8Error;

impl Utf8Validator {
    /// A validator at the start of a text.
    #[inline]
    pub const fn new() -> Self {
        Self { partial: [0; 4], held: 0 }
    }

    /// Takes the next piece of the text.
    ///
    /// # Errors
    /// A byte that cannot follow what came before it.
    #[inline]
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), Utf8Error> {
        while self.held > 0 {
            let Some((&byte, rest)) = piece.split_first() else {
                return Ok(());
            };
            self.partial[usize::from(self.held)] = byte;
            self.held += 1;
            piece = rest;
            match str::from_utf8(&self.partial[..usize::from(self.held)]) {
                Ok(_) => self.held = 0,
                Err(error) if error.error_len().is_some() => return Err(Utf8Error),
                Err(_) => {}
            }
        }
        let (whole, tail) = piece.split_at(piece.len() - incomplete(piece));
        simdutf8::basic::from_utf8(whole).map_err(|_| Utf8Error)?;
        if tail.is_empty() {
            return Ok(());
        }
        if str::from_utf8(tail).is_err_and(|error| error.error_len().is_some()) {
            return Err(Utf8Error);
        }
        self.partial[..tail.len()].copy_from_slice(tail);
        self.held = u8::try_from(tail.len()).unwrap_or(0);
        Ok(())
    }

    /// Ends the text.
    ///
    /// # Errors
    /// The last character is not complete.
    #[inline]
    pub const fn finish(self) -> Result<(), Utf8Error> {
        if self.held == 0 { Ok(()) } else { Err(Utf8Error) }
    }

    /// Whether the bytes so far end with a whole character.
    #[inline]
    pub const fn is_at_boundary(&self) -> bool {
        self.held == 0
    }
}

/// How many bytes at the end of `piece` are of a character that its first byte says is longer.
#[inline]
fn incomplete(piece: &[u8]) -> usize {
    let mut last = piece.iter().rev().take(3);
    let Some(index) = last.position(|byte| byte & 0xC0 != 0x80) else { return 0 };
    let length = match piece[piece.len() - 1 - index] {
        ..0xC0 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    };
    if length > index + 1 { index + 1 } else { 0 }
}

impl fmt::Display for Utf8Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text is not valid UTF-8")
    }
}

impl core::error::Error for Utf8Error {}

/// Whether every byte is ASCII. Written so that LLVM vectorises it on every target.
#[inline]
pub fn is_ascii(bytes: &[u8]) -> bool {
    // Long enough for the reduction of a block to one byte not to count.
    const BLOCK: usize = 256;
    let mut blocks = bytes.chunks_exact(BLOCK);
    for block in &mut blocks {
        if block.iter().fold(0, |seen, byte| seen | byte) >= 0x80 {
            return false;
        }
    }
    blocks.remainder().iter().fold(0, |seen, byte| seen | byte) < 0x80
}

/// Writes a text as UTF-16, and returns how many units that are: at most one for each byte, for which
/// there must be room.
///
/// # Errors
/// It is not UTF-8.
pub fn to_utf16(text: &[u8], units: &mut [u16]) -> Result<usize, Utf8Error> {
    const BLOCK: usize = 16;
    const HIGH: u128 = u128::from_le_bytes([0x80; BLOCK]);
    let (mut at, mut written) = (0, 0);
    while at < text.len() {
        let (rest, place) = (&text[at..], units.get_mut(written..).unwrap_or_default());
        // The ASCII at the start of a block is kept of it, the rest is overwritten.
        if let Some(block) = rest.first_chunk::<BLOCK>()
            && let Some(place) = place.first_chunk_mut::<BLOCK>()
        {
            for (unit, byte) in place.iter_mut().zip(block) {
                *unit = u16::from(*byte);
            }
            let above = u128::from_le_bytes(*block) & HIGH;
            let run = if above == 0 { BLOCK } else { above.trailing_zeros() as usize / 8 };
            at += run;
            written += run;
            if run == BLOCK {
                continue;
            }
        }
        let (character, length) = first(&text[at..]).ok_or(Utf8Error)?;
        let end = written + character.len_utf16();
        character.encode_utf16(units.get_mut(written..end).ok_or(Utf8Error)?);
        at += length;
        written = end;
    }
    Ok(written)
}

/// The character at the start of a text, and how many bytes it takes.
#[inline(always)]
fn first(text: &[u8]) -> Option<(char, usize)> {
    // Of a byte that is none in the middle of a character, this has bits above the lowest six.
    let tail = |byte: u8| u32::from(byte ^ 0x80);
    let (character, rest, length) = match *text {
        [a @ ..0x80, ..] => return Some((char::from(a), 1)),
        [a @ 0xC2..0xE0, b, ..] => (u32::from(a & 0x1F) << 6 | tail(b), tail(b), 2),
        [a @ 0xE0..0xF0, b, c, ..] => {
            (u32::from(a & 0x0F) << 12 | tail(b) << 6 | tail(c), tail(b) | tail(c), 3)
        }
        [a @ 0xF0..0xF5, b, c, d, ..] => {
            let rest = tail(b) | tail(c) | tail(d);
            (u32::from(a & 0x07) << 18 | tail(b) << 12 | tail(c) << 6 | tail(d), rest, 4)
        }
        _ => return None,
    };
    let shortest = [0, 0, 0x80, 0x800, 0x1_0000][length];
    let valid = rest < 0x40 && character >= shortest;
    valid.then_some((char::from_u32(character)?, length))
}
