//! What two ends agreed on.

use super::deflater::Deflater;
use super::inflater::Inflater;
use super::options::Effort;
use super::spare::Spare;
use super::window::WindowBits;
use crate::protocol::Role;

/// What holds for the messages of both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Of what the server sends.
    pub server: Direction,
    /// Of what the client sends.
    pub client: Direction,
}

/// What holds for the messages of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// How far back a message may refer.
    pub window_bits: WindowBits,
    /// Whether a message may refer to those before it.
    pub context_takeover: bool,
}

impl Agreement {
    /// Deflates what `role` sends, with state of `spare` where it keeps none of its own.
    ///
    /// # Panics
    /// If the window has 8 bits, to which no negotiation leads.
    pub fn deflater(&self, role: Role, effort: Effort, spare: &Spare) -> Deflater {
        Deflater::new(self.sent_by(role), effort, spare)
    }

    /// Inflates what `role` receives, with state of `spare`.
    pub fn inflater(&self, role: Role, spare: &Spare) -> Inflater {
        let peer = match role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        Inflater::new(self.sent_by(peer), spare)
    }

    /// What holds for the messages that `role` sends.
    pub const fn sent_by(&self, role: Role) -> Direction {
        match role {
            Role::Client => self.client,
            Role::Server => self.server,
        }
    }
}
