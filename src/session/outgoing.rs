//! The queue of encoded frames on their way to the transport.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::budget::{Budget, Level};
use super::waiters::{Waiter, Waiters, completed};
use crate::protocol::{FrameHeader, Mask};

/// How many bytes of frames are gathered into one write: 64 KiB of payload, in frames of 1 KiB or more,
/// with their headers. A frame that does not fit the room left begins the next batch; one longer than
/// this is a batch of its own.
pub const BATCH_SIZE: usize = 65 << 10;

/// A batch with fewer bytes than this grows by what it has: most hold one short frame.
const GROWING: usize = 2 << 10;

/// What the transport is to write next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transmit<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// The oldest frame that the driver holds: see [`super::Session::hold`].
    Held,
}

/// Frames in the order they leave, in batches of whole frames.
///
/// ```text
///   append ─▶ open batch ─▶ sealed batches ─▶ in flight ─▶ accepted
///                           held frames ────▶
/// ```
///
/// Invariants: `open.bytes` are whole frames; at most one segment is in flight; what is
/// in flight still counts as queued.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// On the heap, while it holds anything: sessions are many and most are idle.
    queue: Option<Box<Queue>>,
    /// The last to leave was a control frame that did not wait its turn.
    passed: bool,
    /// It was cleared while something waited or was in flight.
    cut_off: bool,
}

#[derive(Debug, Default)]
struct Queue {
    level: Level,
    /// How many segments of data were begun, and how many the transport accepted.
    begun: u64,
    accepted: u64,
    /// Sends over the mark wait for this count of drains.
    drains: u64,
    open: Batch,
    sealed: VecDeque<Segment>,
    in_flight: Option<Segment>,
    /// A batch's memory, for the next one.
    spare: Vec<u8>,
    flushes: Waiters,
    room: Waiters,
}

#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    load: Load,
}

/// What a segment counts for.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    payload: u64,
    frames: u64,
    /// It takes a place in the order that `flush` waits for.
    numbered: bool,
}

#[derive(Debug)]
enum Segment {
    Batch(Batch),
    Held(Load),
}

impl Outgoing {
    pub(super) const fn new() -> Self {
        Self { queue: None, passed: false, cut_off: false }
    }

    /// Queues a frame with a copy of its payload. `counted` frames are data: they fill the queue.
    #[inline]
    pub(super) fn append(&mut self, header: &FrameHeader, payload: &[u8], counted: bool) {
        let queue = self.queue.get_or_insert_with(Queue::boxed);
        let need = FrameHeader::MAX_LENGTH + payload.len();
        if !queue.open.is_empty() && queue.open.bytes.len() + need > BATCH_SIZE {
            queue.seal();
        }
        if queue.open.bytes.capacity() == 0 {
            queue.open.bytes = core::mem::take(&mut queue.spare);
        }
        queue.open.append(header, payload);
        let load = &mut queue.open.load;
        if !load.numbered {
            load.numbered = true;
            queue.begun += 1;
        }
        if counted {
            load.payload += header.payload_length;
            load.frames += 1;
            queue.level.add(header.payload_length, 1);
        }
        if queue.open.bytes.len() >= BATCH_SIZE {
            queue.seal();
        }
    }

    /// Queues a frame whose bytes the driver holds.
    #[inline]
    pub(super) fn hold(&mut self, payload_length: u64) {
        let queue = self.queue.get_or_insert_with(Queue::boxed);
        queue.seal();
        queue.begun += 1;
        queue.level.add(payload_length, 1);
        let load = Load { payload: payload_length, frames: 1, numbered: true };
        queue.sealed.push_back(Segment::Held(load));
    }

    /// Puts a control frame on its way before all that waits. Nothing may be in flight.
    #[inline]
    pub(super) fn launch_control(&mut self, header: &FrameHeader, payload: &[u8]) {
        let queue = self.queue.get_or_insert_with(Queue::boxed);
        let mut batch = Batch { bytes: core::mem::take(&mut queue.spare), ..Batch::default() };
        batch.append(header, payload);
        queue.in_flight = Some(Segment::Batch(batch));
        self.passed = true;
    }

    /// Whether a control frame may pass what waits: not twice in a row, or a peer that never stops
    /// pinging would hold up all data.
    #[inline]
    pub(super) fn may_pass(&self) -> bool {
        !self.passed || !self.is_waiting()
    }

    /// Puts the next segment on its way, if there is one and none is.
    #[inline]
    pub(super) fn launch_next(&mut self) {
        if self.is_in_flight() {
            return;
        }
        self.passed = false;
        if let Some(queue) = &mut self.queue {
            queue.in_flight = match queue.sealed.pop_front() {
                Some(segment) => Some(segment),
                None if !queue.open.is_empty() => {
                    Some(Segment::Batch(core::mem::take(&mut queue.open)))
                }
                None => None,
            };
        }
    }

    /// Puts one of the last control frames on its way: behind the batch that is about to leave, if one is.
    /// No held frame may be in flight.
    #[inline]
    pub(super) fn launch_last(&mut self, header: &FrameHeader, payload: &[u8]) {
        match self.queue.as_mut().and_then(|queue| queue.in_flight.as_mut()) {
            Some(Segment::Batch(batch)) => batch.append(header, payload),
            _ => self.launch_control(header, payload),
        }
    }

    /// Whether a frame that the driver holds is on its way.
    #[inline]
    pub(super) fn is_held_in_flight(&self) -> bool {
        matches!(self.segment(), Some(Segment::Held(_)))
    }

    /// What is on its way.
    #[inline]
    pub(super) fn flight(&self) -> Option<Transmit<'_>> {
        self.segment().map(|segment| match segment {
            Segment::Batch(batch) => Transmit::Bytes(&batch.bytes),
            Segment::Held(_) => Transmit::Held,
        })
    }

    /// The transport accepted what was on its way.
    #[inline]
    pub(super) fn accept(&mut self, budget: &Budget) {
        let Some(queue) = &mut self.queue else {
            return;
        };
        let load = match queue.in_flight.take() {
            Some(Segment::Batch(batch)) => {
                let load = batch.load;
                queue.recycle(batch.bytes);
                load
            }
            Some(Segment::Held(load)) => load,
            None => return,
        };
        let was_full = queue.level.is_full(budget);
        queue.level.remove(load.payload, load.frames);
        if load.numbered {
            queue.accepted += 1;
            queue.flushes.complete(queue.accepted);
        }
        if was_full && !queue.level.is_full(budget) {
            queue.drains += 1;
            queue.room.complete(queue.drains);
        }
        if !queue.is_waiting() {
            // Nobody waits for an empty queue: it is flushed, and has room.
            self.queue = None;
        }
    }

    /// Waits until all that was queued before has been accepted.
    pub(super) fn flush(&mut self) -> Waiter {
        match &mut self.queue {
            Some(queue) if !queue.is_flushed() => queue.flushes.add(queue.begun),
            _ => completed(),
        }
    }

    /// Waits until the queue is below its mark.
    pub(super) fn room(&mut self, budget: &Budget) -> Waiter {
        match &mut self.queue {
            Some(queue) if queue.level.is_full(budget) => queue.room.add(queue.drains + 1),
            _ => completed(),
        }
    }

    /// Drops everything and cancels those who wait.
    pub(super) fn clear(&mut self) {
        self.cut_off = !self.is_flushed();
        self.queue = None;
    }

    /// Whether the transport has a segment that it has not accepted yet.
    #[inline]
    pub(super) fn is_in_flight(&self) -> bool {
        self.segment().is_some()
    }

    /// Whether segments wait behind the one in flight.
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.is_waiting())
    }

    /// Whether a write's worth of frames waits.
    #[inline]
    pub(super) fn is_batch_ready(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| !queue.sealed.is_empty())
    }

    /// Whether all data was accepted.
    #[inline]
    pub(super) fn is_flushed(&self) -> bool {
        self.queue.as_ref().map_or(!self.cut_off, |queue| queue.is_flushed())
    }

    /// What waits, or is in flight.
    #[inline]
    pub(super) fn level(&self) -> Level {
        self.queue.as_ref().map_or(Level::new(), |queue| queue.level)
    }

    #[inline]
    fn segment(&self) -> Option<&Segment> {
        self.queue.as_ref()?.in_flight.as_ref()
    }
}

impl Queue {
    /// A queue that holds nothing. One function for all who begin one.
    #[inline(never)]
    fn boxed() -> Box<Self> {
        Box::default()
    }

    /// Whether all data was accepted.
    #[inline]
    const fn is_flushed(&self) -> bool {
        self.accepted == self.begun
    }

    #[inline]
    fn is_waiting(&self) -> bool {
        !self.open.is_empty() || !self.sealed.is_empty()
    }

    #[inline(never)]
    fn seal(&mut self) {
        if !self.open.is_empty() {
            let batch = core::mem::take(&mut self.open);
            self.sealed.push_back(Segment::Batch(batch));
        }
    }

    /// Keeps memory for the next batch, while frames wait for it.
    #[inline]
    fn recycle(&mut self, mut bytes: Vec<u8>) {
        if self.is_waiting() && self.spare.capacity() == 0 && bytes.capacity() <= 2 * BATCH_SIZE {
            bytes.clear();
            self.spare = bytes;
        }
    }
}

impl Batch {
    /// Puts a frame at the end.
    #[inline]
    fn append(&mut self, header: &FrameHeader, payload: &[u8]) {
        let used = self.bytes.len();
        // Where many frames wait, there will be a whole batch.
        let whole = if used < GROWING { 0 } else { BATCH_SIZE.saturating_sub(used) };
        self.bytes.reserve(whole.max(FrameHeader::MAX_LENGTH + payload.len()));
        let mut encoded = [0; FrameHeader::MAX_LENGTH];
        let header_length = header.encode(&mut encoded);
        // A copy whose length is known is a few instructions, one of a length to be seen is a call.
        self.bytes.extend_from_slice(&encoded);
        self.bytes.truncate(used + header_length);
        match header.masking_key {
            Some(key) => Mask::new(key).append(payload, &mut self.bytes),
            None => self.bytes.extend_from_slice(payload),
        }
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}
