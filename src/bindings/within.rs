//! Chunks within a payload: nothing ends with them, so that no report is left of them.

use wasm_bindgen::prelude::wasm_bindgen;

use super::scratch::Scratch;
use super::session::Session;
use crate::protocol::Within;

/// The chunk was taken.
const TAKEN: u32 = 1 << 0;
/// All of it is ASCII text.
const ASCII: u32 = 1 << 1;
/// It is no longer as it came.
const REWRITTEN: u32 = 1 << 2;

#[wasm_bindgen]
impl Session {
    /// Counts bytes that need not be seen and stayed with the driver, in so many chunks of their own since the
    /// last verb: fewer than the last report said.
    pub fn receive_deferred(&mut self, length: usize, chunks: u32) {
        self.inner.receive_deferred(length, u64::from(chunks));
    }

    /// Takes the first `length` bytes of the scratch as a chunk of its own, fewer than the last report said. 0 if
    /// it is not right: it is to be received as it came.
    pub fn receive_within(&mut self, scratch: &mut Scratch, length: usize) -> u32 {
        match self.inner.receive_within(&mut scratch.chunk[..length]) {
            None => 0,
            Some(Within { ascii, masked }) => {
                TAKEN | if ascii { ASCII } else { 0 } | if masked { REWRITTEN } else { 0 }
            }
        }
    }
}
