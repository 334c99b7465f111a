//! The memory that all sessions of an instance share for the length of one call.

use alloc::vec;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::protocol::utf8::{is_ascii, to_utf16};
use crate::session::{Excess, FrameTable, Session};

/// How many bytes one call takes.
const CHUNK_SIZE: usize = 64 << 10;

/// Where a chunk is copied in, and where the table of its frames is read. Pointers are into the
/// instance's memory, and go stale with the next call.
pub struct Scratch {
    pub(super) chunk: Vec<u8>,
    pub(super) table: FrameTable,
    report: [u32; 11],
    units: Vec<u16>,
}

framewire_upgrade::object!(Scratch, HeldScratch);

#[wasm_bindgen]
impl Scratch {
    /// The scratch of an instance.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self {
            chunk: vec![0; CHUNK_SIZE],
            table: FrameTable::new(),
            report: [0; 11],
            units: Vec::new(),
        }
    }

    /// Where the chunk is copied to.
    pub fn chunk(&self) -> *const u8 {
        self.chunk.as_ptr()
    }

    /// How many bytes fit there.
    pub fn capacity(&self) -> usize {
        self.chunk.len()
    }

    /// Writes the text of the chunk's first `length` bytes as UTF-16, and returns how many units that are;
    /// `undefined` if they are not UTF-8. Of ASCII, which has one for each byte, nothing is written.
    pub fn to_utf16(&mut self, length: usize) -> Option<usize> {
        let Self { chunk, units, .. } = self;
        if is_ascii(&chunk[..length]) {
            return Some(length);
        }
        if units.len() < length {
            units.resize(length, 0);
        }
        to_utf16(&chunk[..length], units).ok()
    }

    /// Where the last text's units are.
    pub fn units(&self) -> *const u16 {
        self.units.as_ptr()
    }

    /// Where the report is that a call leaves of what it received. It stays there. Its words, none of
    /// which is over 2³² − 1:
    ///
    /// | word | |
    /// |---|---|
    /// | 0 | where the table's words are, as an index of words |
    /// | 1 | how many words there are |
    /// | 2 | where the bytes are that lie beside the chunk |
    /// | 3 | whether payload in the chunk is no longer as it came |
    /// | 4 | bytes of frames or messages without RSV bits that lie whole in the chunk |
    /// | 5 | bytes that come next and need not be handed over |
    /// | 6 | payload bytes of the data frame under way that are still to come |
    /// | 7, 8 | bytes and frames that must be taken before a full queue has room again |
    /// | 9 | frames in the queue, which will do as well |
    /// | 10 | with fewer bytes than this nothing ends: see `uneventful` of the session |
    ///
    /// In front of a write, words 0 and 1 say where its bytes are, and how many.
    pub fn report(&self) -> *const u32 {
        self.report.as_ptr()
    }
}

impl Scratch {
    /// Leaves the report of bytes that are to be written.
    #[inline]
    pub(super) fn report_flight(&mut self, bytes: &[u8]) {
        self.report[0] = address(bytes.as_ptr());
        self.report[1] = saturated(bytes.len() as u64);
    }

    /// Leaves the report of what a session received.
    pub(super) fn write_report(&mut self, session: &Session) {
        let table = &self.table;
        let Excess { bytes, frames, all } = session.excess();
        self.report = [
            address(table.words().as_ptr()) / 4,
            saturated(table.words().len() as u64),
            address(table.aside().as_ptr()),
            u32::from(table.is_rewritten()),
            saturated(table.whole() as u64),
            saturated(session.unseen()),
            saturated(session.remaining()),
            saturated(bytes),
            saturated(frames),
            saturated(all),
            saturated(session.uneventful()),
        ];
    }
}

fn address<T>(pointer: *const T) -> u32 {
    saturated(pointer.addr() as u64)
}

fn saturated(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
