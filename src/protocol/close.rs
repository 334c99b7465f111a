//! Close codes and reasons (RFC 6455 §5.5.1, §7.4).

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::control::ControlPayload;
use super::error::{ProtocolError, UsageError};

/// A close code that may stand in a close frame: 1000–1003, 1007–1014 or 3000–4999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseCode(u16);

impl CloseCode {
    /// The purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The endpoint goes away: a server shuts down, a page is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// A rule of the protocol was broken.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A payload does not fit its type: text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// A policy was violated.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// A frame or message is bigger than is taken.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// Something unexpected happened at this end.
    pub const INTERNAL_ERROR: Self = Self(1011);

    /// The code for a number, or `None` if it may not stand in a close frame (§7.4.1, §7.4.2).
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// What a close frame says: nothing, or a code and a reason that may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Close {
    /// A close frame with no payload.
    #[default]
    Empty,
    /// A close frame with a code.
    Status {
        /// Why the connection ends.
        code: CloseCode,
        /// For people; at most 123 bytes.
        reason: String,
    },
}

impl Close {
    /// The longest reason in bytes of UTF-8: a control frame's 125 less the code.
    pub const MAX_REASON: usize = ControlPayload::MAX_LENGTH - 2;

    /// A close with a code and a reason.
    ///
    /// # Errors
    /// A code that may not be sent, a reason over [`Close::MAX_REASON`] bytes.
    pub fn new(code: u16, reason: &str) -> Result<Self, UsageError> {
        let code = CloseCode::new(code).ok_or(UsageError::CloseCode(code))?;
        if reason.len() > Self::MAX_REASON {
            return Err(UsageError::LongReason(reason.len()));
        }
        Ok(Self::Status { code, reason: reason.to_owned() })
    }

    /// A close that says why, the text cut to what fits at a character's end.
    #[inline(never)]
    pub fn explaining(code: CloseCode, text: &str) -> Self {
        let end = text.floor_char_boundary(Self::MAX_REASON);
        Self::Status { code, reason: text[..end].to_owned() }
    }

    /// Reads a close frame's payload.
    ///
    /// # Errors
    /// A payload of one byte, a code that may not stand there, a reason that is not UTF-8.
    pub fn decode(payload: &[u8]) -> Result<Self, ProtocolError> {
        let Some((code, reason)) = payload.split_first_chunk::<2>() else {
            return if payload.is_empty() {
                Ok(Self::Empty)
            } else {
                Err(ProtocolError::ShortClose)
            };
        };
        let code = u16::from_be_bytes(*code);
        let code = CloseCode::new(code).ok_or(ProtocolError::CloseCode(code))?;
        let reason = str::from_utf8(reason).map_err(|_| ProtocolError::CloseReasonNotUtf8)?;
        Ok(Self::Status { code, reason: reason.to_owned() })
    }

    /// Writes a close frame's payload.
    pub fn encode(&self) -> ControlPayload {
        match self {
            Self::Empty => ControlPayload::EMPTY,
            Self::Status { code, reason } => {
                let mut payload = ControlPayload::EMPTY;
                payload.extend(&code.get().to_be_bytes());
                payload.extend(reason.as_bytes());
                payload
            }
        }
    }

    /// The code, if there is one.
    pub const fn code(&self) -> Option<CloseCode> {
        match self {
            Self::Empty => None,
            Self::Status { code, .. } => Some(*code),
        }
    }

    /// The reason; empty if there is none.
    pub fn reason(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Status { reason, .. } => reason,
        }
    }
}
