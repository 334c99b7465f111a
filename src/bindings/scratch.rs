//! The memory that all sessions of an instance share for the length of one call.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::session::FrameTable;

/// How many bytes one call takes.
const CHUNK_SIZE: usize = 64 << 10;

/// Where a chunk is copied in, and where the table of its frames is read. Pointers are into the
/// instance's memory, and go stale with the next call.
#[wasm_bindgen]
pub struct Scratch {
    pub(super) chunk: Vec<u8>,
    pub(super) table: FrameTable,
}

#[wasm_bindgen]
impl Scratch {
    /// The scratch of an instance.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self { chunk: vec![0; CHUNK_SIZE], table: FrameTable::new() }
    }

    /// Where the chunk is copied to.
    pub fn chunk(&self) -> *const u8 {
        self.chunk.as_ptr()
    }

    /// How many bytes fit there.
    pub fn capacity(&self) -> usize {
        self.chunk.len()
    }

    /// Where the table's words are.
    pub fn table(&self) -> *const u32 {
        self.table.words().as_ptr()
    }

    /// How many words there are.
    pub fn words(&self) -> usize {
        self.table.words().len()
    }

    /// Where the bytes are that lie beside the chunk.
    pub fn aside(&self) -> *const u8 {
        self.table.aside().as_ptr()
    }

    /// Whether the payload in the chunk is no longer as it came.
    pub fn rewritten(&self) -> bool {
        self.table.is_rewritten()
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
