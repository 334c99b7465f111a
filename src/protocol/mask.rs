//! Masking (RFC 6455 §5.3).

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

    /// Masks the next bytes of the payload in place.
    #[inline]
    pub fn apply(&mut self, bytes: &mut [u8]) {
        // Blocks of a fixed size let LLVM use vector registers on every target; the size is a
        // multiple of the key's, so each block starts at the same phase.
        let mut block = [0; BLOCK];
        for (index, byte) in block.iter_mut().enumerate() {
            *byte = self.key[index % 4];
        }
        let mut blocks = bytes.chunks_exact_mut(BLOCK);
        for bytes in &mut blocks {
            for (byte, key) in bytes.iter_mut().zip(&block) {
                *byte ^= key;
            }
        }
        let rest = blocks.into_remainder();
        for (byte, key) in rest.iter_mut().zip(&block) {
            *byte ^= key;
        }
        self.key.rotate_left(rest.len() % 4);
    }
}

const BLOCK: usize = 64;
