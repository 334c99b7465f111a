//! How a session ends.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;

use super::session::Session;
use super::time::Time;
use crate::protocol::{Close, CloseCode, ProtocolError, State};

/// Who began the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// We: the caller, or a fault that we found.
    Local,
    /// The peer's Close.
    Remote,
    /// The transport ended or failed.
    Transport,
}

/// Why a session did not end in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The peer broke the protocol.
    Protocol(ProtocolError),
    /// The peer did not answer a ping in time.
    PingTimeout,
    /// The closing handshake was not over in time.
    CloseTimeout,
    /// More was received than the budget holds.
    IncomingOverflow,
    /// More was sent than the budget holds.
    OutgoingOverflow,
    /// The transport ended without a Close.
    EndOfStream {
        /// It ended within a frame or a fragmented message.
        mid_message: bool,
    },
    /// The transport failed.
    Transport,
    /// An extension could not encode or decode a message.
    Extension,
    /// The caller ended the session without a closing handshake.
    Terminated,
}

/// How a session ended: one truth for all who ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseInfo {
    /// What the peer's Close said if there was one, else what ours said, else 1006. A Close without
    /// a code counts as 1005 (RFC 6455 §7.1.5).
    pub code: u16,
    /// The reason beside the code.
    pub reason: String,
    /// A Close went each way.
    pub was_clean: bool,
    /// Who began.
    pub initiator: Initiator,
    /// Our Close, if it was handed to the transport.
    pub sent: Option<Close>,
    /// The peer's Close.
    pub received: Option<Close>,
    /// What went wrong.
    pub fault: Option<Fault>,
}

impl CloseInfo {
    /// What the state of the connection says of the end.
    pub(super) fn new(state: &State, initiator: Initiator, fault: Option<Fault>) -> Self {
        let (sent, received) = match state {
            State::Open | State::Closing { .. } | State::Failing { .. } => (None, None),
            State::CloseSent { sent } | State::Failed { sent, .. } => (Some(sent.clone()), None),
            State::CloseReceived { received } | State::Answering { received, .. } => {
                (None, Some(received.clone()))
            }
            State::Closed { sent, received } => (Some(sent.clone()), Some(received.clone())),
        };
        let terminated = fault == Some(Fault::Terminated);
        let decisive = received.as_ref().or(sent.as_ref()).filter(|_| !terminated);
        Self {
            code: decisive.map_or(ABNORMAL, Self::code_of),
            reason: decisive.map_or_else(String::new, |close| close.reason().to_owned()),
            was_clean: sent.is_some() && received.is_some() && fault.is_none(),
            initiator,
            sent,
            received,
            fault,
        }
    }

    /// The code that stands for a Close: its own, or 1005 for none.
    pub fn code_of(close: &Close) -> u16 {
        close.code().map_or(NO_STATUS, CloseCode::get)
    }
}

/// No Close came (RFC 6455 §7.4.1). Never on the wire.
const ABNORMAL: u16 = 1006;
/// A Close came without a code (RFC 6455 §7.4.1). Never on the wire.
const NO_STATUS: u16 = 1005;

/// How far a session is from open to closed.
///
/// ```text
///          close, the peer's Close, a fault            handshake over, Close written after a
///   Open ──────────────────────────────────▶ Closing ────────────────────────────────▶ Closed
///    │                                          │      fault, deadline, transport's end   ▲
///    └──────────────────────────────────────────┴─────────────────────────────────────────┘
///                          terminate, the transport's end or failure
/// ```
#[derive(Debug)]
pub(super) enum Phase {
    /// Messages go both ways.
    Open,
    /// The closing handshake is under way. On the heap, as what follows: most of the time a session is open.
    Closing(Box<Closing>),
    /// All is over.
    Closed(Box<CloseInfo>),
}

/// The closing handshake.
#[derive(Debug)]
pub(super) struct Closing {
    /// Who began.
    pub(super) initiator: Initiator,
    /// What made us close, unless the caller or the peer wanted it.
    pub(super) fault: Option<Fault>,
    /// When we no longer wait.
    pub(super) deadline: Time,
}

impl Session {
    /// Begins the closing handshake, or does nothing if it has begun. The peer's Close is answered by
    /// the caller only: no fault of ours comes after it.
    pub(super) fn begin_closing(&mut self, now: Time, close: Close, fault: Option<Fault>) {
        let answers = matches!(self.connection.state(), State::CloseReceived { .. });
        if self.is_closed() || (answers && fault.is_some()) {
            return;
        }
        if self.connection.close(close).is_err() {
            return;
        }
        if !answers {
            self.enter_closing(now, Initiator::Local, fault);
        }
        self.settle(now);
    }

    /// Follows the connection's state: into closing when a Close came or a fault was found, and to
    /// the end when the last byte owed was accepted.
    pub(super) fn settle(&mut self, now: Time) {
        if let Phase::Open = self.phase {
            match *self.connection.state() {
                State::Answering { .. } | State::CloseReceived { .. } | State::Closed { .. } => {
                    self.enter_closing(now, Initiator::Remote, None);
                }
                State::Failing { error } | State::Failed { error, .. } => {
                    self.enter_closing(now, Initiator::Local, Some(Fault::Protocol(error)));
                }
                State::Open | State::Closing { .. } | State::CloseSent { .. } => return,
            }
        }
        let Phase::Closing(closing) = &mut self.phase else {
            return;
        };
        // A fault may be found while the handshake is under way; the first one stands.
        if let State::Failing { error } | State::Failed { error, .. } = *self.connection.state() {
            closing.fault.get_or_insert(Fault::Protocol(error));
        }
        let Closing { initiator, fault, .. } = **closing;
        if self.outgoing.is_in_flight() || self.outgoing.is_waiting() {
            return;
        }
        match self.connection.state() {
            State::Closed { .. } | State::Failed { .. } => self.end(initiator, fault),
            // After a fault of ours the peer's Close is not waited for. Ours said how the session
            // ends: that the peer's is missing changes only `was_clean`.
            State::CloseSent { .. } if fault.is_some() || self.stream_ended => {
                self.end(initiator, fault);
            }
            _ => {}
        }
    }

    /// Ends the session, once.
    pub(super) fn end(&mut self, initiator: Initiator, fault: Option<Fault>) {
        let (initiator, fault) = match &self.phase {
            Phase::Open => (initiator, fault),
            Phase::Closing(closing) if fault == Some(Fault::Terminated) => {
                (closing.initiator, fault)
            }
            // What began the end also names it, whatever broke on the way.
            Phase::Closing(closing) => (closing.initiator, closing.fault.or(fault)),
            Phase::Closed(_) => return,
        };
        let info = CloseInfo::new(self.connection.state(), initiator, fault);
        self.phase = Phase::Closed(Box::new(info));
        self.outgoing.clear();
        self.keepalive.stop();
    }

    /// Gives the closing handshake its whole time anew: data that was sent before the Close is still
    /// leaving, however slowly.
    pub(super) fn defer_deadline(&mut self, now: Time) {
        if let Phase::Closing(closing) = &mut self.phase {
            closing.deadline = now + self.policy.close_timeout;
        }
    }

    fn enter_closing(&mut self, now: Time, initiator: Initiator, fault: Option<Fault>) {
        if let Phase::Open = self.phase {
            let deadline = now + self.policy.close_timeout;
            self.phase = Phase::Closing(Box::new(Closing { initiator, fault, deadline }));
        }
    }
}
