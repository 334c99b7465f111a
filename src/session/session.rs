//! The central type: the policy of one WebSocket session.

use alloc::boxed::Box;
use alloc::sync::Arc;

use super::budget::Level;
use super::closing::{CloseInfo, Fault, Initiator, Phase};
use super::keepalive::{KeepAlive, Pong};
use super::options::{Options, SharedOptions};
use super::outgoing::{Outgoing, Transmit};
use super::sending::HeldFrame;
use super::stats::{Counters, Stats};
use super::table::FrameTable;
use super::time::Time;
use crate::protocol::{
    Close, CloseCode, Connection, ControlPayload, MaskingKey, Opcode, State, UsageError,
};

/// One WebSocket session, free of I/O, clock and randomness.
///
/// - **What comes in:** [`Session::begin_chunk`] and [`Session::receive`] for each chunk of the
///   transport, [`Session::receive_end`] and [`Session::transport_failed`] for its end, [`Session::taken`] when the user took frames.
/// - **Commands:** [`Session::send`] to send a frame, [`Session::ping`],
///   [`Session::close`], [`Session::terminate`]; [`Session::flush`] and [`Session::room`] to wait.
/// - **What must go out:** after each of these, while [`Session::has_transmit`]:
///   [`Session::poll_transmit`], write what it returns, [`Session::accepted`].
/// - **Time:** after each of these, [`Session::deadline`] says when [`Session::handle_timeout`] is
///   due. It does nothing if called early.
/// - **The end:** once [`Session::close_info`] is there, nothing is read or written any more.
#[derive(Debug)]
pub struct Session {
    pub(super) policy: Arc<Options>,
    pub(super) connection: Connection,
    pub(super) outgoing: Outgoing,
    pub(super) incoming: Level,
    pub(super) keepalive: KeepAlive,
    pub(super) phase: Phase,
    pub(super) stats: Counters,
    pub(super) discarding: bool,
    /// A message, or in a raw session a frame, has come in part.
    pub(super) within_unit: bool,
    pub(super) dropping: bool,
    attended: bool,
    /// The transport's readable side ended: the peer's Close will not come any more.
    pub(super) stream_ended: bool,
    pub(super) held: Option<Box<HeldFrame>>,
}

impl Session {
    /// A session whose upgrade is done.
    pub fn new(options: impl Into<SharedOptions>, now: Time) -> Self {
        let SharedOptions { connection, policy } = options.into();
        Self {
            connection: Connection::new(connection),
            outgoing: Outgoing::new(),
            incoming: Level::new(),
            keepalive: KeepAlive::new(policy.ping_interval, now),
            policy,
            phase: Phase::Open,
            stats: Counters::default(),
            discarding: false,
            within_unit: false,
            dropping: false,
            attended: false,
            stream_ended: false,
            held: None,
        }
    }

    /// Counts a chunk of the transport, whose bytes follow in as many parts as the driver likes.
    pub const fn begin_chunk(&mut self) {
        self.stats.received.chunks += 1;
    }

    /// Takes a part of a chunk, or all of it. Payload is unmasked in place; `table` says where each
    /// frame's lies. What came before a fault of the peer is in the table too.
    #[inline]
    pub fn receive(&mut self, now: Time, part: &mut [u8], table: &mut FrameTable) {
        if !self.is_closed() {
            self.walk(now, part, table);
            self.settle(now);
        }
    }

    /// The transport's readable side ended.
    pub fn receive_end(&mut self, now: Time) {
        self.stream_ended = true;
        match self.connection.state() {
            State::Open | State::Closing { .. } => {
                let mid_message = !self.connection.is_between_messages();
                self.end(Initiator::Transport, Some(Fault::EndOfStream { mid_message }));
            }
            // What we owe can still be written.
            _ => self.settle(now),
        }
    }

    /// The transport failed, reading or writing.
    pub fn transport_failed(&mut self) {
        self.end(Initiator::Transport, Some(Fault::Transport));
    }

    /// The user took frames that were in the table.
    #[inline]
    pub fn taken(&mut self, now: Time, frames: u64, bytes: u64) {
        let was_reading = self.wants_read();
        self.incoming.remove(bytes, frames);
        if !was_reading && self.wants_read() {
            self.keepalive.forgive(now);
        }
    }

    /// Whether somebody takes frames. Once the session closes it makes a difference: frames that do
    /// not fit the budget wait for them, or are dropped. False at the start.
    pub const fn set_attended(&mut self, attended: bool) {
        self.attended = attended;
    }

    /// The user wants no more frames: those that come are dropped from now on.
    pub fn discard_incoming(&mut self) {
        if !self.wants_read() {
            self.keepalive.excuse();
        }
        self.discarding = true;
        self.incoming.remove(u64::MAX, u64::MAX);
    }

    /// Sends a ping, before all data that waits. `None` for a payload of our own.
    ///
    /// # Errors
    /// The session no longer sends.
    pub fn ping(&mut self, payload: Option<ControlPayload>) -> Result<Pong, UsageError> {
        if !self.may_send() {
            return Err(UsageError::Closed);
        }
        Ok(self.keepalive.ask(payload))
    }

    /// Begins the closing handshake. Data sent before leaves first; only the first call counts.
    pub fn close(&mut self, now: Time, close: Close) {
        self.begin_closing(now, close, None);
    }

    /// Fails the session because an extension could not encode or decode a message.
    pub fn extension_failed(&mut self, now: Time, close: Close) {
        self.begin_closing(now, close, Some(Fault::Extension));
        if let Phase::Closing(closing) = &mut self.phase {
            closing.fault.get_or_insert(Fault::Extension);
        }
        self.settle(now);
    }

    /// Ends the session at once; nothing more is written.
    pub fn terminate(&mut self) {
        self.end(Initiator::Local, Some(Fault::Terminated));
    }

    /// Does what is due by now.
    pub fn handle_timeout(&mut self, now: Time) {
        match &self.phase {
            Phase::Closed(_) => return,
            Phase::Closing(closing) => {
                if closing.deadline <= now {
                    let fault = closing.fault.unwrap_or(Fault::CloseTimeout);
                    return self.end(closing.initiator, Some(fault));
                }
            }
            Phase::Open => {}
        }
        if self.patience_ends().is_some_and(|end| end <= now) {
            let close = Close::explaining(CloseCode::INTERNAL_ERROR, "ping timeout");
            return self.begin_closing(now, close, Some(Fault::PingTimeout));
        }
        if self.may_send() {
            self.keepalive.handle_timeout(self.policy.ping_interval, now);
        }
    }

    /// What the transport is to write now: at most one thing at a time, `None` while it has not
    /// accepted the last. `key` gives a new masking key each time it is called.
    #[inline]
    pub fn poll_transmit(
        &mut self,
        now: Time,
        mut key: impl FnMut() -> MaskingKey,
    ) -> Option<Transmit<'_>> {
        if self.outgoing.is_in_flight() || self.is_closed() {
            return None;
        }
        if self.outgoing.may_pass()
            && let Some((opcode, payload)) = self.poll_control(now)
        {
            let header = self.connection.owed_header(opcode, &payload, key());
            self.outgoing.launch_control(&header, payload.as_slice());
            self.count_sent(&header);
        } else {
            self.outgoing.launch_next();
        }
        if !self.outgoing.is_waiting()
            && !self.outgoing.is_held_in_flight()
            && self.connection.owes_close()
        {
            if let Some(payload) = self.connection.poll_pong() {
                self.launch_last(Opcode::Pong, &payload, key());
            }
            if let Some(close) = self.connection.poll_close() {
                self.launch_last(Opcode::Close, &close.encode(), key());
            }
        }
        self.outgoing.flight()
    }

    /// The bytes on their way to the transport; none if a held frame is, or nothing.
    #[inline]
    pub fn flight(&self) -> &[u8] {
        match self.outgoing.flight() {
            Some(Transmit::Bytes(bytes)) => bytes,
            _ => &[],
        }
    }

    /// The transport accepted what [`Session::poll_transmit`] returned.
    #[inline]
    pub fn accepted(&mut self, now: Time) {
        if self.is_closed() {
            return;
        }
        self.outgoing.accept(&self.policy.outgoing);
        self.stats.sent.chunks += 1;
        self.defer_deadline(now);
        self.settle(now);
    }

    /// Whether [`Session::poll_transmit`] has something to write.
    #[inline]
    pub fn has_transmit(&self) -> bool {
        self.is_writable() && (self.owes_control() || self.outgoing.is_waiting())
    }

    /// Whether a control frame is to be written, so that writing should not wait for more frames.
    pub fn is_urgent(&self) -> bool {
        self.is_writable() && self.owes_control()
    }

    /// Whether a full batch waits, so that writing should not wait for more frames.
    #[inline]
    pub fn is_batch_ready(&self) -> bool {
        self.outgoing.is_batch_ready()
    }

    /// Whether all that was sent was accepted by the transport.
    pub fn is_flushed(&self) -> bool {
        self.outgoing.is_flushed()
    }

    /// Whether the transport should be read. While the user takes nothing and the budget is full it
    /// should not, unless a full budget is to fail the session: that takes one more frame. Once the
    /// session closes and nobody takes frames it should, so that the peer's Close is found.
    #[inline]
    pub fn wants_read(&self) -> bool {
        let budget = &self.policy.incoming;
        match &self.phase {
            Phase::Open => self.connection.takes_input() && !self.incoming.suspends(budget),
            Phase::Closing(_) => {
                let is_held_up = self.incoming.is_full(budget) && self.waits_for_user();
                self.connection.takes_input() && !is_held_up
            }
            Phase::Closed(_) => false,
        }
    }

    /// Whether a full budget holds up a session that closes: there is one who takes frames, and the
    /// peer's are not ended by a fault.
    #[inline]
    pub(super) const fn waits_for_user(&self) -> bool {
        self.attended && matches!(&self.phase, Phase::Closing(closing) if closing.fault.is_none())
    }

    /// When [`Session::handle_timeout`] is due.
    pub fn deadline(&self) -> Option<Time> {
        match &self.phase {
            Phase::Open => Time::earliest(self.keepalive.next_ping(), self.patience_ends()),
            Phase::Closing(closing) => Time::earliest(Some(closing.deadline), self.patience_ends()),
            Phase::Closed(_) => None,
        }
    }

    /// How the session ended, once it has.
    pub fn close_info(&self) -> Option<&CloseInfo> {
        match &self.phase {
            Phase::Closed(info) => Some(info),
            _ => None,
        }
    }

    /// Whether the peer's Close came and waits for the user's. In a raw session nobody else answers it.
    pub const fn owes_answer(&self) -> bool {
        !self.is_closed() && matches!(self.connection.state(), State::CloseReceived { .. })
    }

    /// Whether messages may be sent.
    #[inline]
    pub const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Whether all is over.
    #[inline]
    pub const fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }

    /// Payload bytes of data frames that the transport has not accepted yet.
    pub fn buffered_amount(&self) -> u64 {
        self.outgoing.level().bytes()
    }

    /// Counters, and what waits now.
    pub fn stats(&self) -> Stats {
        let outgoing = self.outgoing.level();
        Stats {
            incoming_bytes: self.incoming.bytes(),
            incoming_frames: self.incoming.frames(),
            outgoing_bytes: outgoing.bytes(),
            outgoing_frames: outgoing.frames(),
            received: self.stats.received,
            sent: self.stats.sent,
        }
    }

    /// Whether frames may be sent. A session can be over without its connection knowing.
    #[inline]
    pub(super) const fn may_send(&self) -> bool {
        !self.is_closed() && self.connection.may_send()
    }

    /// Whether something may be put on its way.
    fn is_writable(&self) -> bool {
        !self.outgoing.is_in_flight() && !self.is_closed()
    }

    fn owes_control(&self) -> bool {
        self.connection.owes_pong() || self.connection.owes_close() || self.owes_ping()
    }

    /// Pings wait behind a Close no longer.
    #[inline]
    fn owes_ping(&self) -> bool {
        self.may_send() && self.keepalive.owes_ping()
    }

    /// Puts a control frame on its way behind all data.
    #[inline(never)]
    fn launch_last(&mut self, opcode: Opcode, payload: &ControlPayload, key: MaskingKey) {
        let header = self.connection.owed_header(opcode, payload, key);
        self.outgoing.launch_last(&header, payload.as_slice());
        self.count_sent(&header);
    }

    /// The control frame that leaves before data does.
    #[inline]
    fn poll_control(&mut self, now: Time) -> Option<(Opcode, ControlPayload)> {
        if let Some(payload) = self.connection.poll_pong() {
            return Some((Opcode::Pong, payload));
        }
        if !self.may_send() {
            return None;
        }
        self.keepalive.poll_ping(now).map(|payload| (Opcode::Ping, payload))
    }

    /// A peer whose pong cannot be read yet is not late.
    fn patience_ends(&self) -> Option<Time> {
        if !self.is_open() || !self.wants_read() {
            return None;
        }
        self.keepalive.patience_ends(self.policy.pong_timeout)
    }
}
