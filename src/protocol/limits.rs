//! How much a peer may send.

use super::error::ProtocolError;

/// Upper bounds on what the peer sends. Both are checked from a frame's header, before any of its
/// payload is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest payload of one frame, in bytes.
    pub max_frame_size: u64,
    /// The longest message, in bytes, with [`Limits::FRAGMENT_OVERHEAD`] for each of its fragments.
    pub max_message_size: u64,
}

impl Limits {
    /// What each fragment of a message is charged beside its payload, in bytes, so that a message
    /// of very many very short fragments reaches the limit too. A message in one frame is charged
    /// nothing.
    pub const FRAGMENT_OVERHEAD: u64 = 16;

    /// Checks the payload length of one frame.
    ///
    /// # Errors
    /// It is over `max_frame_size`.
    #[inline]
    pub const fn check_frame(&self, length: u64) -> Result<(), ProtocolError> {
        if length > self.max_frame_size {
            return Err(ProtocolError::FrameTooBig { length, limit: self.max_frame_size });
        }
        Ok(())
    }

    /// Adds the payload length of one more frame to a message's, and checks the sum.
    ///
    /// # Errors
    /// The sum is over `max_message_size`.
    #[inline]
    pub const fn extend_message(
        &self,
        so_far: u64,
        length: u64,
        fragment: bool,
    ) -> Result<u64, ProtocolError> {
        let charge = if fragment { Self::FRAGMENT_OVERHEAD } else { 0 };
        let sum = so_far.saturating_add(length).saturating_add(charge);
        if sum > self.max_message_size {
            return Err(ProtocolError::MessageTooBig { length: sum, limit: self.max_message_size });
        }
        Ok(sum)
    }
}

impl Default for Limits {
    /// Frames of 16 MiB, messages of 64 MiB.
    #[inline]
    fn default() -> Self {
        Self { max_frame_size: 16 << 20, max_message_size: 64 << 20 }
    }
}
