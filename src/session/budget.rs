//! How much may wait in a queue.

/// How much may wait in a queue, in bytes of payload and in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The high-water mark, in bytes of payload.
    pub high_water_mark: u64,
    /// The most frames.
    pub max_frames: u64,
    /// A queue over its budget fails the session, where it would otherwise make the other side wait.
    pub close_on_overflow: bool,
}

impl Default for Budget {
    /// 1 MiB, 4096 frames, waiting.
    #[inline]
    fn default() -> Self {
        Self { high_water_mark: 1 << 20, max_frames: 4096, close_on_overflow: false }
    }
}

/// How much must leave a full queue: so many bytes and so many frames, or all frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Bytes of payload.
    pub bytes: u64,
    /// Frames.
    pub frames: u64,
    /// The frames in the queue.
    pub all: u64,
}

/// What a queue holds, beside its budget: that is the same for many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    bytes: u64,
    frames: u64,
}

impl Level {
    /// An empty queue.
    #[inline]
    pub(super) const fn new() -> Self {
        Self { bytes: 0, frames: 0 }
    }

    /// Adds what was queued.
    #[inline]
    pub(super) const fn add(&mut self, bytes: u64, frames: u64) {
        self.bytes += bytes;
        self.frames += frames;
    }

    /// Removes what left the queue.
    #[inline]
    pub(super) const fn remove(&mut self, bytes: u64, frames: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.frames = self.frames.saturating_sub(frames);
    }

    /// Whether the queue has reached its mark. It never has while there is no whole frame in it that
    /// could leave: what is longer than the budget would otherwise wait for itself.
    #[inline]
    pub(super) const fn is_full(&self, budget: &Budget) -> bool {
        self.frames > 0
            && (self.bytes >= budget.high_water_mark || self.frames >= budget.max_frames)
    }

    /// Whether the queue is full and makes the other side wait.
    #[inline]
    pub(super) const fn suspends(&self, budget: &Budget) -> bool {
        !budget.close_on_overflow && self.is_full(budget)
    }

    /// Whether one more frame fails the session.
    #[inline]
    pub(super) const fn overflows(&self, budget: &Budget) -> bool {
        budget.close_on_overflow && self.is_full(budget)
    }

    /// How many bytes more fill the queue.
    pub(super) const fn room(&self, budget: &Budget) -> u64 {
        if self.frames == 0 { u64::MAX } else { budget.high_water_mark.saturating_sub(self.bytes) }
    }

    /// How much must leave the queue before it is no longer full.
    pub(super) const fn excess(&self, budget: &Budget) -> Excess {
        let Budget { high_water_mark, max_frames, .. } = *budget;
        Excess {
            bytes: (self.bytes + 1).saturating_sub(high_water_mark),
            frames: (self.frames + 1).saturating_sub(max_frames),
            all: self.frames,
        }
    }

    /// Bytes of payload in the queue.
    #[inline]
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Frames in the queue.
    #[inline]
    pub(super) const fn frames(&self) -> u64 {
        self.frames
    }
}
