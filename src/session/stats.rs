//! Counters.

/// What went one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames, control frames included.
    pub frames: u64,
    /// Whole messages.
    pub messages: u64,
    /// Bytes of the transport, headers included.
    pub bytes: u64,
    /// Chunks read from, or written to, the transport.
    pub chunks: u64,
}

/// What a session has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counters {
    /// From the peer.
    pub(super) received: Traffic,
    /// To the peer.
    pub(super) sent: Traffic,
}

/// What a session has done so far and what waits in its queues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// From the peer.
    pub received: Traffic,
    /// To the peer; counted when queued, chunks when the transport accepted them.
    pub sent: Traffic,
    /// Payload bytes received and not yet taken.
    pub incoming_bytes: u64,
    /// Frames received and not yet taken.
    pub incoming_frames: u64,
    /// Payload bytes of data frames that the transport has not accepted yet.
    pub outgoing_bytes: u64,
    /// Data frames that the transport has not accepted yet.
    pub outgoing_frames: u64,
}
