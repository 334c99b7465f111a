//! The central type: one end of a WebSocket connection after the upgrade.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use super::close::Close;
use super::config::Config;
use super::control::ControlPayload;
use super::error::{ProtocolError, UsageError};
use super::frame::{FrameHeader, Rsv};
use super::inbound::{Inbound, Received, Within};
use super::limits::Limits;
use super::mask::MaskingKey;
use super::opcode::Opcode;
use super::outbound::Outbound;

/// How far the connection is from open to closed.
///
/// ```text
///            close            poll_close           Close comes
///   Open ───────────▶ Closing ──────────▶ CloseSent ──────────▶ Closed
///    │                   │ Close comes                             ▲
///    │ Close comes       ▼                     poll_close          │
///    ├──────────────▶ Answering ───────────────────────────────────┤
///    │                   ▲ close                                   │
///    │ without auto_close│                                         │
///    ├──────────────▶ CloseReceived                                │
///    │                                                             │
///    │ the peer's fault (from any state that still takes input)    │
///    └──────────────▶ Failing ──────────▶ Failed                   │
///                            poll_close
/// ```
///
/// The end of the transport is no state of the connection: whoever drives it knows it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Frames go both ways.
    Open,
    /// Our Close is owed; nothing else may be sent.
    Closing {
        /// What it will say.
        close: Close,
    },
    /// Our Close is out; the peer's is awaited, and its data is still taken.
    CloseSent {
        /// What ours said.
        sent: Close,
    },
    /// The peer's Close came and our caller has to answer it.
    CloseReceived {
        /// What the peer's said.
        received: Close,
    },
    /// The peer's Close came and ours is owed.
    Answering {
        /// What the peer's said.
        received: Close,
        /// What ours will say.
        close: Close,
    },
    /// The peer broke a rule and a Close that says so is owed. Its bytes are no longer read.
    Failing {
        /// What the peer did.
        error: ProtocolError,
    },
    /// The peer broke a rule; our Close is out.
    Failed {
        /// What the peer did.
        error: ProtocolError,
        /// What our Close said.
        sent: Close,
    },
    /// A Close went each way.
    Closed {
        /// What ours said.
        sent: Close,
        /// What the peer's said.
        received: Close,
    },
}

/// One end of a WebSocket connection, sans-IO: no transport, no clock, no source of randomness.
///
/// - **What comes in:** [`Connection::handle_bytes`], called with each chunk until it returns
///   `None`. It returns what the chunk held; payload is left in the chunk, unmasked in place.
/// - **Commands:** [`Connection::frame`] authorises one frame and returns the header to write in
///   front of its payload; the caller masks the payload with the key it gave.
///   [`Connection::close`] asks for the closing handshake.
/// - **What must go out:** after either of these, [`Connection::poll_pong`] and
///   [`Connection::poll_close`]. A pong may pass data that waits, between two frames; a Close must
///   not pass any, and is the last frame. Each is returned once.
#[derive(Debug)]
pub struct Connection {
    /// Connections that behave alike share one.
    config: Arc<Config>,
    /// On the heap once it is not open any more, for how long that may be.
    state: Option<Box<State>>,
    inbound: Inbound,
    outbound: Outbound,
    /// On the heap: it is rarely there.
    pong: Option<Box<ControlPayload>>,
}

impl Connection {
    /// A connection whose upgrade is done.
    pub fn new(config: impl Into<Arc<Config>>) -> Self {
        Self {
            config: config.into(),
            state: None,
            inbound: Inbound::new(),
            outbound: Outbound::Idle,
            pong: None,
        }
    }

    /// Decodes on from `chunk[*at..]`, advances `at`, and returns the next thing found. `None` when
    /// the chunk is used up, or when no input is taken any more: after the peer's Close and after a
    /// fault, which [`Connection::state`] then names.
    #[inline(always)]
    pub fn handle_bytes(&mut self, chunk: &mut [u8], at: &mut usize) -> Option<Received> {
        if !self.takes_input() {
            return None;
        }
        let received = match self.inbound.next(&self.config, chunk, at) {
            Ok(received) => received?,
            Err(error) => {
                self.fail(error);
                return None;
            }
        };
        match &received {
            Received::Ping(payload) if self.config.auto_pong && self.may_pong() => {
                self.pong = Some(payload.clone());
            }
            Received::Close(close, _) => self.receive_close(close.clone()),
            _ => {}
        }
        Some(received)
    }

    /// How many payload bytes of the data frame under way are still to come.
    #[inline]
    pub const fn remaining(&self) -> u64 {
        self.inbound.remaining()
    }

    /// How many bytes of the peer's come next that need not be seen. They may be counted instead, with
    /// [`Connection::pass`].
    #[inline]
    pub const fn unseen(&self) -> u64 {
        if self.takes_input() { self.inbound.unseen() } else { 0 }
    }

    /// Takes the next `length` bytes, no more than [`Connection::unseen`], without seeing them. Returns
    /// them as [`Connection::handle_bytes`] would, with a range that begins at 0.
    #[inline]
    pub fn pass(&mut self, length: usize) -> Option<Received> {
        if !self.takes_input() {
            return None;
        }
        match self.inbound.pass(length) {
            Ok(received) => received,
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// Takes bytes within the payload of the data frame under way, fewer than [`Connection::remaining`]. Nothing
    /// if no text may go on with them: [`Connection::handle_bytes`] says so once it is given them as they came.
    #[inline]
    pub fn take_within(&mut self, bytes: &mut [u8]) -> Option<Within> {
        if self.takes_input() { self.inbound.take_within(bytes) } else { None }
    }

    /// Authorises one data, ping or pong frame and returns its header. `key` is used if frames are
    /// masked; the payload must then be masked with the header's key.
    ///
    /// # Errors
    /// The connection is not open, or the frame may not stand here.
    #[inline]
    pub fn frame(
        &mut self,
        opcode: Opcode,
        fin: bool,
        rsv: Rsv,
        payload_length: u64,
        key: MaskingKey,
    ) -> Result<FrameHeader, UsageError> {
        if !self.may_send() {
            return Err(UsageError::Closed);
        }
        if opcode.is_control() && payload_length > ControlPayload::MAX_LENGTH as u64 {
            let length = usize::try_from(payload_length).unwrap_or(usize::MAX);
            return Err(UsageError::LongControl(length));
        }
        self.outbound = self.outbound.next(opcode, fin, rsv, &self.config)?;
        Ok(self.header(opcode, fin, rsv, payload_length, key))
    }

    /// Whether [`Connection::frame`] would authorise a frame that is not too long.
    ///
    /// # Errors
    /// As [`Connection::frame`].
    #[inline]
    pub fn check_frame(&self, opcode: Opcode, fin: bool, rsv: Rsv) -> Result<(), UsageError> {
        if !self.may_send() {
            return Err(UsageError::Closed);
        }
        self.outbound.next(opcode, fin, rsv, &self.config).map(|_| ())
    }

    /// The header of a pong or Close that was polled. These need no leave: they were owed.
    #[inline]
    pub fn owed_header(
        &self,
        opcode: Opcode,
        payload: &ControlPayload,
        key: MaskingKey,
    ) -> FrameHeader {
        self.header(opcode, true, Rsv::NONE, payload.as_slice().len() as u64, key)
    }

    /// Asks for the closing handshake; or answers the peer's Close, where that is left to us.
    ///
    /// # Errors
    /// A Close was asked for, sent or answered already.
    pub fn close(&mut self, close: Close) -> Result<(), UsageError> {
        let next = match self.take_state() {
            State::Open => State::Closing { close },
            State::CloseReceived { received } => State::Answering { received, close },
            other => {
                self.enter(other);
                return Err(UsageError::Closed);
            }
        };
        self.enter(next);
        Ok(())
    }

    /// The pong that must go out. Only the newest ping is answered (RFC 6455 §5.5.3).
    #[inline]
    pub fn poll_pong(&mut self) -> Option<ControlPayload> {
        self.pong.take().map(|payload| *payload)
    }

    /// The Close that must go out, behind all data sent before. Nothing may follow it.
    pub fn poll_close(&mut self) -> Option<Close> {
        let (close, next) = match self.take_state() {
            State::Open => return None,
            State::Closing { close } => (Some(close.clone()), State::CloseSent { sent: close }),
            State::Answering { received, close } => {
                (Some(close.clone()), State::Closed { sent: close, received })
            }
            State::Failing { error } => {
                let sent = Close::Status { code: error.close_code(), reason: String::new() };
                (Some(sent.clone()), State::Failed { error, sent })
            }
            other => (None, other),
        };
        self.enter(next);
        if close.is_some() {
            self.pong = None;
        }
        close
    }

    /// Changes what the peer may send, from the next frame header on.
    pub fn set_limits(&mut self, limits: Limits) {
        Arc::make_mut(&mut self.config).limits = limits;
    }

    /// Changes whether frames are masked, from the next [`Connection::frame`] on.
    pub fn set_masking(&mut self, masking: bool) {
        Arc::make_mut(&mut self.config).masking = masking;
    }

    /// How far the connection is.
    #[inline]
    pub const fn state(&self) -> &State {
        match &self.state {
            None => &State::Open,
            Some(state) => state,
        }
    }

    /// How it was configured.
    #[inline]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether a pong waits to be polled.
    #[inline]
    pub const fn owes_pong(&self) -> bool {
        self.pong.is_some()
    }

    /// Whether frames may be sent.
    #[inline]
    pub const fn may_send(&self) -> bool {
        self.state.is_none()
    }

    /// Whether our Close is owed.
    #[inline]
    pub const fn owes_close(&self) -> bool {
        matches!(
            self.state(),
            State::Closing { .. } | State::Answering { .. } | State::Failing { .. }
        )
    }

    /// Whether bytes of the peer still mean anything.
    #[inline]
    pub const fn takes_input(&self) -> bool {
        self.state.is_none()
            || matches!(self.state(), State::Closing { .. } | State::CloseSent { .. })
    }

    /// Whether the peer's stream may end here without cutting a frame or a message.
    pub const fn is_between_messages(&self) -> bool {
        self.inbound.is_between_messages()
    }

    /// A ping that comes while our Close waits behind data is still answered: the peer may take a
    /// silent end for a dead one.
    #[inline]
    const fn may_pong(&self) -> bool {
        matches!(self.state(), State::Open | State::Closing { .. })
    }

    #[inline]
    fn header(
        &self,
        opcode: Opcode,
        fin: bool,
        rsv: Rsv,
        payload_length: u64,
        key: MaskingKey,
    ) -> FrameHeader {
        let masking_key = if self.config.masking { Some(key) } else { None };
        FrameHeader { fin, rsv, opcode, masking_key, payload_length }
    }

    fn receive_close(&mut self, received: Close) {
        let next = match self.take_state() {
            State::CloseSent { sent } => State::Closed { sent, received },
            State::Closing { close } => State::Answering { received, close },
            _ if self.config.auto_close => State::Answering { close: received.clone(), received },
            _ => State::CloseReceived { received },
        };
        self.enter(next);
    }

    fn fail(&mut self, error: ProtocolError) {
        self.pong = None;
        let next = match self.take_state() {
            State::CloseSent { sent } => State::Failed { error, sent },
            _ => State::Failing { error },
        };
        self.enter(next);
    }

    /// The state, in whose place one must be entered.
    fn take_state(&mut self) -> State {
        self.state.take().map_or(State::Open, |state| *state)
    }

    fn enter(&mut self, state: State) {
        self.state = Some(Box::new(state));
    }
}
