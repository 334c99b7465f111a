//! How both sides of a comparison behave.

use framewire::protocol::deflate::{Direction, WindowBits};
use framewire::protocol::{Limits, Role};

/// The side that reads. Both get the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(crate) role: Role,
    pub(crate) limits: Limits,
    /// A server that takes unmasked frames too.
    pub(crate) takes_unmasked: bool,
    /// A Close of its own was sent before the stream comes.
    pub(crate) closes: bool,
    /// What was agreed on for compressed messages to this side, if they may come.
    pub(crate) deflate: Option<Direction>,
}

impl Setup {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            role,
            limits: Limits::default(),
            takes_unmasked: false,
            closes: false,
            deflate: None,
        }
    }

    /// The same, and messages to this side may be compressed.
    pub(crate) fn deflating(self, context_takeover: bool) -> Self {
        Self { deflate: Some(Direction { window_bits: WindowBits::MAX, context_takeover }), ..self }
    }

    /// Whether the frames to this side are masked.
    pub(crate) fn is_masked(&self) -> bool {
        self.role == Role::Server
    }

    /// The same without a limit on messages.
    pub(crate) fn without_message_limit(self) -> Self {
        let limits = Limits { max_message_size: 1 << 40, ..self.limits };
        Self { limits, ..self }
    }
}
