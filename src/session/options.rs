//! How a session behaves.

use super::budget::Budget;
use crate::protocol::{Config, Role};

/// How a [`super::Session`] behaves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The protocol's part. `auto_close` follows `raw`.
    pub connection: Config,
    /// What may be received and not taken.
    pub incoming: Budget,
    /// What may be sent and not written.
    pub outgoing: Budget,
    /// Milliseconds between pings; 0 sends none.
    pub ping_interval: f64,
    /// Milliseconds a ping may stay unanswered; 0 is for ever.
    pub pong_timeout: f64,
    /// Milliseconds from the start of the closing handshake to a hard end.
    pub close_timeout: f64,
    /// Every frame is handed out as it came, and nothing is answered.
    pub raw: bool,
}

impl Options {
    /// The defaults of a role: no pings, 15 s for a pong, 10 s to close.
    pub fn new(role: Role) -> Self {
        Self {
            connection: Config::new(role),
            incoming: Budget::default(),
            outgoing: Budget::default(),
            ping_interval: 0.0,
            pong_timeout: 15_000.0,
            close_timeout: 10_000.0,
            raw: false,
        }
    }
}
