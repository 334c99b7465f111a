//! The last bytes of what was inflated: what the next message may refer to.

use alloc::vec::Vec;

/// A ring that holds a window's worth of bytes, and grows to that only as they come.
#[derive(Debug)]
pub(super) struct History {
    bytes: Vec<u8>,
    /// Where the oldest byte is, and the next goes, once the ring is full.
    oldest: usize,
    size: usize,
}

impl History {
    /// An empty one that will hold the last `size` bytes.
    pub(super) const fn new(size: usize) -> Self {
        Self { bytes: Vec::new(), oldest: 0, size }
    }

    /// Appends `bytes`.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if let Some(rest) = bytes.len().checked_sub(self.size) {
            self.bytes.clear();
            self.oldest = 0;
            self.append(&bytes[rest..]);
            return;
        }
        let (fill, over) = bytes.split_at(bytes.len().min(self.size - self.bytes.len()));
        self.append(fill);
        let (end, start) = over.split_at(over.len().min(self.bytes.len() - self.oldest));
        self.bytes[self.oldest..][..end.len()].copy_from_slice(end);
        self.bytes[..start.len()].copy_from_slice(start);
        if !over.is_empty() {
            self.oldest = (self.oldest + over.len()) % self.size;
        }
    }

    /// What it holds, the older part first.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        let (newer, older) = self.bytes.split_at(self.oldest);
        [older, newer]
    }

    /// Appends what fits, without room that would never be used.
    fn append(&mut self, bytes: &[u8]) {
        let needed = self.bytes.len() + bytes.len();
        if needed > self.bytes.capacity() {
            let capacity = needed.max(2 * self.bytes.capacity()).min(self.size);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_last_bytes_however_they_come() {
        let stream: Vec<u8> = (0..=255).cycle().take(2000).collect();
        for piece in [1, 3, 7, 63, 64, 65, 128, 1000] {
            let mut history = History::new(64);
            let mut pushed = 0;
            for bytes in stream.chunks(piece) {
                history.push(bytes);
                pushed += bytes.len();
                let expected = &stream[pushed.saturating_sub(64)..pushed];
                assert_eq!(history.parts().concat(), expected, "pieces of {piece}");
                assert!(history.bytes.capacity() <= 64);
            }
        }
    }
}
