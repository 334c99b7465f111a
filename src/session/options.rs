//! How a session behaves.

use alloc::sync::Arc;

use super::budget::Budget;
use super::session::Session;
use super::time::Time;
use crate::protocol::{Config, Limits, Role};

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

/// Options that sessions have in common: each has its own only once one of them is changed.
#[derive(Clone, Debug)]
pub struct SharedOptions {
    pub(super) connection: Arc<Config>,
    /// All but the protocol's part.
    pub(super) policy: Arc<Options>,
}

impl From<&Options> for SharedOptions {
    fn from(options: &Options) -> Self {
        let auto_close = !options.raw;
        let auto_pong = options.connection.auto_pong && !options.raw;
        Self {
            connection: Arc::new(Config { auto_close, auto_pong, ..options.connection }),
            policy: Arc::new(*options),
        }
    }
}

impl Session {
    /// Changes how the schedule of pings runs, in milliseconds; 0 stops it.
    pub fn set_ping_interval(&mut self, interval: f64, now: Time) {
        if self.may_send() {
            Arc::make_mut(&mut self.policy).ping_interval = interval;
            self.keepalive.set_interval(interval, now);
        }
    }

    /// Changes how long a ping may stay unanswered, in milliseconds; 0 is for ever.
    pub fn set_pong_timeout(&mut self, timeout: f64) {
        Arc::make_mut(&mut self.policy).pong_timeout = timeout;
    }

    /// Changes whether frames are masked, from the next frame on.
    pub fn set_masking(&mut self, masking: bool) {
        self.connection.set_masking(masking);
    }

    /// Changes the longest frame that is taken, in bytes.
    pub fn set_max_frame_size(&mut self, max_frame_size: u64) {
        let limits = self.connection.config().limits;
        self.connection.set_limits(Limits { max_frame_size, ..limits });
    }
}
