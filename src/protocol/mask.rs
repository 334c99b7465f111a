//! Masking (RFC 6455 §5.3).

use alloc::vec::Vec;

/// The four bytes a frame's payload is masked with. They must come from a strong source of
/// randomness and be new for every frame (§10.3); this crate is given them.
pub type MaskingKey = [u8; 4];

/// A masking key and where in it the next payload byte falls, so that a payload may come in chunks
/// of any length. Masking and unmasking are the same operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The key, rotated so that its first byte belongs to the next payload byte.
    key: MaskingKey,
}

impl Mask {
    /// A mask at the first byte of a payload.
    #[inline]
    pub const fn new(key: MaskingKey) -> Self {
        Self { key }
    }

    /// Masks the next bytes of the payload in place. Never inlined: one loop is code enough.
    #[inline(never)]
    pub fn apply(&mut self, bytes: &mut [u8]) {
        let block = self.block();
        let length = bytes.len();
        let mut blocks = bytes.chunks_exact_mut(BLOCK);
        for bytes in &mut blocks {
            xor(bytes, &block);
        }
        let mut lanes = blocks.into_remainder().chunks_exact_mut(LANE);
        for bytes in &mut lanes {
            xor(bytes, &block);
        }
        xor(lanes.into_remainder(), &block);
        self.advance(length);
    }

    /// Appends the next bytes of the payload, masked: in one pass, where to copy and to mask are two.
    #[inline]
    pub fn append(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        let block = self.block();
        out.reserve(payload.len());
        let (blocks, rest) = payload.as_chunks::<BLOCK>();
        out.extend(blocks.iter().flat_map(|bytes| xored(*bytes, &block)));
        let (lanes, rest) = rest.as_chunks::<LANE>();
        out.extend(lanes.iter().flat_map(|bytes| xored(*bytes, &block)));
        out.extend(rest.iter().zip(block).map(|(byte, key)| byte ^ key));
        self.advance(payload.len());
    }

    /// The phase after so many bytes.
    #[inline]
    fn advance(&mut self, length: usize) {
        let turn = [0, 8, 16, 24][length % 4];
        self.key = u32::from_le_bytes(self.key).rotate_right(turn).to_le_bytes();
    }

    /// The key over and over. Blocks and lanes of a fixed size let LLVM use vector registers on every
    /// target; the sizes are multiples of the key's, so each starts at the same phase.
    #[inline]
    fn block(self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        for place in block.chunks_exact_mut(self.key.len()) {
            place.copy_from_slice(&self.key);
        }
        block
    }
}

const BLOCK: usize = 64;
/// What one vector register holds on most targets, for the rest of a payload.
const LANE: usize = 16;

#[inline]
fn xored<const N: usize>(mut bytes: [u8; N], block: &[u8; BLOCK]) -> [u8; N] {
    xor(&mut bytes, block);
    bytes
}

#[inline]
fn xor(bytes: &mut [u8], block: &[u8; BLOCK]) {
    for (byte, key) in bytes.iter_mut().zip(block) {
        *byte ^= key;
    }
}
