//! Frames as bytes (RFC 6455 §5.2), written and read without any code under test.

use core::fmt;

/// A frame to be written, right or wrong.
#[derive(Clone)]
pub(crate) struct Frame {
    /// FIN, RSV and opcode.
    pub(crate) first: u8,
    pub(crate) key: Option<[u8; 4]>,
    pub(crate) form: Form,
    pub(crate) payload: Vec<u8>,
}

/// How the payload's length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Shortest,
    /// In 16 bits if it fits, whether that is needed or not.
    Sixteen,
    /// In 64 bits, whether they are needed or not.
    SixtyFour,
    /// In 64 bits, and it is not the payload's.
    Claims(u64),
}

impl Frame {
    pub(crate) fn new(first: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Self {
        Self { first, key, form: Form::Shortest, payload: payload.to_vec() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = self.payload.len() as u64;
        let mask_bit = if self.key.is_some() { 0x80 } else { 0 };
        let mut bytes = vec![self.first];
        match (self.form, u8::try_from(length), u16::try_from(length)) {
            (Form::Claims(length), _, _) => long(&mut bytes, mask_bit, length),
            (Form::Shortest, Ok(short @ ..=125), _) => bytes.push(mask_bit | short),
            (Form::Shortest | Form::Sixteen, _, Ok(medium)) => {
                bytes.push(mask_bit | 126);
                bytes.extend(medium.to_be_bytes());
            }
            _ => long(&mut bytes, mask_bit, length),
        }
        bytes.extend(self.key.iter().flatten());
        bytes.extend(masked(self.key, &self.payload));
        bytes
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, key, form, payload } = self;
        write!(f, "{first:02x} {key:02x?} {form:?} {}", hex(payload))
    }
}

fn long(bytes: &mut Vec<u8>, mask_bit: u8, length: u64) {
    bytes.push(mask_bit | 127);
    bytes.extend(length.to_be_bytes());
}

/// Masks or unmasks a payload (§5.3).
pub(crate) fn masked(key: Option<[u8; 4]>, payload: &[u8]) -> impl Iterator<Item = u8> {
    let key = key.unwrap_or_default();
    payload.iter().enumerate().map(move |(index, byte)| byte ^ key[index % 4])
}

/// A frame that was read.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) first: u8,
    pub(crate) masked: bool,
    /// Unmasked.
    pub(crate) payload: Vec<u8>,
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x} {}", self.first, hex(&self.payload))
    }
}

/// A stream taken apart by the lengths in its headers alone: no rule is checked.
pub(crate) struct Parts {
    pub(crate) frames: Vec<Whole>,
    /// How many bytes the last frame lacks, as far as its header says; at most `most`.
    pub(crate) missing: usize,
    /// The same stream with each length in its shortest form.
    pub(crate) minimal: Vec<u8>,
}

/// Takes `bytes` apart. No more than `most` bytes are said to be missing.
pub(crate) fn parts(mut bytes: &[u8], most: usize) -> Parts {
    let mut parts = Parts { frames: Vec::new(), missing: 0, minimal: Vec::new() };
    while !bytes.is_empty() {
        let mut header = [0; 14];
        let came = bytes.len().min(14);
        header[..came].copy_from_slice(&bytes[..came]);
        let (first, short) = (header[0], header[1] & 0x7F);
        let (length, at) = match short {
            126 => (u64::from(u16::from_be_bytes([header[2], header[3]])), 4),
            127 => (u64::from_be_bytes(*header[2..].first_chunk().unwrap()), 10),
            short => (u64::from(short), 2),
        };
        let is_masked = header[1] & 0x80 != 0;
        let key = is_masked.then(|| *header[at..].first_chunk().unwrap());
        let start = if is_masked { at + 4 } else { at };
        let end = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(start);
        if start > bytes.len() {
            parts.minimal.extend(bytes);
        } else {
            parts.minimal.extend(minimal_header(first, key, length));
            parts.minimal.extend(&bytes[start..end.min(bytes.len())]);
        }
        if end > bytes.len() {
            parts.missing = (end - bytes.len()).min(most);
            break;
        }
        let payload = masked(key, &bytes[start..end]).collect();
        parts.frames.push(Whole { first, masked: is_masked, payload });
        bytes = &bytes[end..];
    }
    parts
}

fn minimal_header(first: u8, key: Option<[u8; 4]>, length: u64) -> Vec<u8> {
    let mask_bit = if key.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => bytes.push(mask_bit | short),
        (_, Ok(medium)) => {
            bytes.push(mask_bit | 126);
            bytes.extend(medium.to_be_bytes());
        }
        _ => long(&mut bytes, mask_bit, length),
    }
    bytes.extend(key.iter().flatten());
    bytes
}

/// Hexadecimal digits, the middle of many left out.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match bytes.len() {
        0..=400 => digits(bytes),
        count => {
            format!("{}…{} ({count} bytes)", digits(&bytes[..200]), digits(&bytes[count - 20..]))
        }
    }
}
