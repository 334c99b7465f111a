//! The table of frames that one call leaves behind.

use alloc::vec::Vec;

use crate::protocol::{Opcode, OwnedOpcodes};

/// Where the payload bytes of a frame, or of a part of one, lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// What is handed out: the message's opcode, or in a raw session the frame's own.
    pub opcode: Opcode,
    /// The frame's FIN; true for a message.
    pub fin: bool,
    /// The frame's RSV bits; for a message those of its first frame.
    pub rsv: u8,
    /// Nothing of the frame, or of the message, comes after these bytes.
    pub last: bool,
    /// All the bytes are ASCII text.
    pub ascii: bool,
    /// The bytes lie in [`FrameTable::aside`] and not in the chunk.
    pub aside: bool,
    /// Where they begin, in bytes.
    pub offset: usize,
    /// How many there are.
    pub length: usize,
}

/// A list of descriptors as numbers, [`FrameTable::WORDS`] for each, so that it is read over a
/// language boundary without a call per frame:
///
/// | word | bits | |
/// |---|---|---|
/// | 0 | 0–3 | opcode |
/// | | 4 | fin |
/// | | 5–7 | RSV3, RSV2, RSV1 |
/// | | 8 | last |
/// | | 9 | ascii |
/// | | 10 | aside |
/// | 1 | | offset in bytes |
/// | 2 | | length in bytes |
#[derive(Debug, Default)]
pub struct FrameTable {
    words: Vec<u32>,
    aside: Vec<u8>,
    rewritten: bool,
    base: usize,
    whole: usize,
}

impl FrameTable {
    /// How many words one descriptor takes.
    pub const WORDS: usize = 3;

    /// An empty table.
    pub const fn new() -> Self {
        Self { words: Vec::new(), aside: Vec::new(), rewritten: false, base: 0, whole: 0 }
    }

    /// Empties the table and keeps its memory.
    #[inline]
    pub fn clear(&mut self) {
        self.words.clear();
        self.aside.clear();
        self.rewritten = false;
        self.base = 0;
        self.whole = 0;
    }

    /// Says how many bytes of the chunk came before those that are shown next: the offsets that follow
    /// count from the first of them.
    pub const fn advance(&mut self, length: usize) {
        self.base += length;
    }

    /// Appends a descriptor.
    #[inline]
    pub fn push(&mut self, descriptor: &Descriptor) {
        let bits = u32::from(descriptor.opcode.bits())
            | u32::from(descriptor.fin) << 4
            | u32::from(descriptor.rsv) << 5
            | u32::from(descriptor.last) << 8
            | u32::from(descriptor.ascii) << 9
            | u32::from(descriptor.aside) << 10;
        let base = if descriptor.aside { 0 } else { self.base };
        let offset = base + descriptor.offset;
        self.words.extend_from_slice(&[bits, word(offset), word(descriptor.length)]);
    }

    /// Copies bytes that do not lie in the chunk, and returns where.
    #[inline]
    pub fn push_aside(&mut self, bytes: &[u8]) -> usize {
        let offset = self.aside.len();
        self.aside.extend_from_slice(bytes);
        offset
    }

    /// Takes note that payload in the chunk was changed where it lies.
    #[inline]
    pub const fn mark_rewritten(&mut self) {
        self.rewritten = true;
    }

    /// The descriptors' words.
    #[inline]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The bytes that lie beside the chunk.
    #[inline]
    pub fn aside(&self) -> &[u8] {
        &self.aside
    }

    /// Whether payload in the chunk is no longer as it came: it was masked.
    pub const fn is_rewritten(&self) -> bool {
        self.rewritten
    }

    /// Takes note that a frame or a message without RSV bits lies whole in the chunk.
    pub const fn add_whole(&mut self, length: usize) {
        self.whole += length;
    }

    /// How many bytes of the chunk are of those noted with [`FrameTable::add_whole`].
    pub const fn whole(&self) -> usize {
        self.whole
    }

    /// How many descriptors there are.
    pub fn len(&self) -> usize {
        self.words.len() / Self::WORDS
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The descriptor at `index`, or `None` past the end.
    pub fn get(&self, index: usize) -> Option<Descriptor> {
        let words = self.words.get(index * Self::WORDS..)?.first_chunk::<3>()?;
        let [bits, offset, length] = *words;
        Some(Descriptor {
            opcode: Opcode::from_bits_owned(u8::try_from(bits & 0xF).ok()?, OwnedOpcodes::ALL)?,
            fin: bits & 1 << 4 != 0,
            rsv: u8::try_from(bits >> 5 & 0b111).ok()?,
            last: bits & 1 << 8 != 0,
            ascii: bits & 1 << 9 != 0,
            aside: bits & 1 << 10 != 0,
            offset: usize::try_from(offset).ok()?,
            length: usize::try_from(length).ok()?,
        })
    }
}

/// Offsets lie within one chunk, which the driver keeps far below 4 GiB.
#[inline]
fn word(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
