//! The payload of a control frame (RFC 6455 §5.5).

use super::error::UsageError;

/// At most 125 bytes, held in place.
#[derive(Clone, Copy, Debug)]
pub struct ControlPayload {
    bytes: [u8; Self::MAX_LENGTH],
    length: usize,
}

impl ControlPayload {
    /// The most a control frame may carry, in bytes.
    pub const MAX_LENGTH: usize = 125;
    /// No payload.
    pub const EMPTY: Self = Self { bytes: [0; Self::MAX_LENGTH], length: 0 };

    /// A payload of these bytes.
    ///
    /// # Errors
    /// There are more than [`ControlPayload::MAX_LENGTH`].
    pub fn new(bytes: &[u8]) -> Result<Self, UsageError> {
        if bytes.len() > Self::MAX_LENGTH {
            return Err(UsageError::LongControl(bytes.len()));
        }
        let mut payload = Self::EMPTY;
        payload.extend(bytes);
        Ok(payload)
    }

    /// Appends bytes, as many as there is room for.
    pub fn extend(&mut self, bytes: &[u8]) {
        let taken = bytes.len().min(Self::MAX_LENGTH - self.length);
        self.bytes[self.length..self.length + taken].copy_from_slice(&bytes[..taken]);
        self.length += taken;
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl PartialEq for ControlPayload {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for ControlPayload {}
