//! What one end wants of permessage-deflate.

use core::fmt;

use super::parameters::{ClientMaxWindowBits, name};
use super::window::WindowBits;

/// What one end asks for, or agrees to; and how hard it compresses. The same options do for either
/// role. The default asks for nothing, and can be told a smaller window when it is the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: Option<WindowBits>,
    pub(super) client_max_window_bits: Option<ClientMaxWindowBits>,
    pub(super) effort: Effort,
}

impl Options {
    /// The default.
    pub const fn new() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: Some(ClientMaxWindowBits::Any),
            effort: Effort::DEFAULT,
        }
    }

    /// The server is to deflate each message by itself.
    #[must_use]
    pub const fn server_no_context_takeover(mut self) -> Self {
        self.server_no_context_takeover = true;
        self
    }

    /// The client is to deflate each message by itself.
    #[must_use]
    pub const fn client_no_context_takeover(mut self) -> Self {
        self.client_no_context_takeover = true;
        self
    }

    /// The most that the server's window may be: 8 to 15. Not offered if it is not set. 8 is for
    /// clients alone: a server of ours cannot deflate with it.
    ///
    /// # Errors
    /// A number out of range.
    pub fn server_max_window_bits(mut self, bits: u32) -> Result<Self, OptionError> {
        self.server_max_window_bits = Some(window(name::SERVER_MAX_WINDOW_BITS, bits)?);
        Ok(self)
    }

    /// The most that the client's window may be: 8 to 15. 8 is for servers alone: a client of ours
    /// cannot deflate with it. A server declines an offer of a client that cannot be told.
    ///
    /// # Errors
    /// A number out of range.
    pub fn client_max_window_bits(mut self, bits: u32) -> Result<Self, OptionError> {
        let bits = window(name::CLIENT_MAX_WINDOW_BITS, bits)?;
        self.client_max_window_bits = Some(ClientMaxWindowBits::Most(bits));
        Ok(self)
    }

    /// As a client, does not offer `client_max_window_bits`: no server can then ask for a smaller window.
    #[must_use]
    pub const fn without_client_max_window_bits(mut self) -> Self {
        self.client_max_window_bits = None;
        self
    }

    /// How hard to compress.
    #[must_use]
    pub const fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

/// How much time and memory a [`Deflater`](super::Deflater) takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    pub(super) level: u8,
    pub(super) mem_level: u8,
}

impl Effort {
    /// zlib's own: level 6, memory level 8.
    pub const DEFAULT: Self = Self { level: 6, mem_level: 8 };

    /// `level` is 0 (stored) to 9 (smallest), `mem_level` 1 to 9 (most memory).
    ///
    /// # Errors
    /// A number out of range.
    pub fn new(level: u32, mem_level: u32) -> Result<Self, OptionError> {
        Ok(Self {
            level: within("level", level, 0, 9)?,
            mem_level: within("mem_level", mem_level, 1, 9)?,
        })
    }
}

impl Default for Effort {
    fn default() -> Self {
        Self::DEFAULT
    }
}

fn window(option: &'static str, bits: u32) -> Result<WindowBits, OptionError> {
    WindowBits::new(bits).ok_or(OptionError::OutOfRange { option, value: bits, least: 8, most: 15 })
}

fn within(option: &'static str, value: u32, least: u8, most: u8) -> Result<u8, OptionError> {
    match u8::try_from(value) {
        Ok(small) if (least..=most).contains(&small) => Ok(small),
        _ => Err(OptionError::OutOfRange { option, value, least, most }),
    }
}

/// Our caller asked for what cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionError {
    /// A number out of its range.
    OutOfRange {
        /// The option.
        option: &'static str,
        /// What it was.
        value: u32,
        /// The least it may be.
        least: u8,
        /// The most it may be.
        most: u8,
    },
    /// A window of 2^8 bytes for what this end deflates; zlib has none for raw streams.
    CannotDeflate {
        /// The option.
        option: &'static str,
    },
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { option, value, least, most } => {
                write!(f, "{option} is {value}; expected {least} to {most}")
            }
            Self::CannotDeflate { option } => {
                write!(f, "{option} is 8, with which this end cannot compress; expected 9 to 15")
            }
        }
    }
}

impl core::error::Error for OptionError {}
