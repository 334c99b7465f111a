//! Frames on their way to the user.

use super::budget::Excess;
use super::closing::Fault;
use super::session::Session;
use super::table::{Descriptor, FrameTable};
use super::time::Time;
use crate::protocol::{
    Close, CloseCode, ControlPayload, DataPart, MessageKind, Opcode, Received, Rsv, Within,
};

impl Session {
    /// A message whose bytes are counted as received was decoded: it holds `after` bytes now, in place
    /// of `before`.
    #[inline]
    pub const fn decoded(&mut self, before: u64, after: u64) {
        self.incoming.remove(before, 0);
        self.incoming.add(after, 0);
    }

    /// How many payload bytes of the data frame under way are still to come.
    #[inline]
    pub const fn remaining(&self) -> u64 {
        self.connection.remaining()
    }

    /// How many bytes come next that need not be seen: payload that is neither masked nor text. The
    /// driver may tell how many of them came, in place of handing them over.
    #[inline]
    pub const fn unseen(&self) -> u64 {
        if self.is_closed() { 0 } else { self.connection.unseen() }
    }

    /// With fewer bytes than this neither ends the data frame under way, nor does the queue get full; all are
    /// handed out, and no deadline changes. It holds until a verb is called. None before a part of the
    /// message has come.
    pub fn uneventful(&self) -> u64 {
        if !self.within_unit || self.discarding || self.dropping || self.is_closed() {
            return 0;
        }
        self.remaining().min(self.incoming.room(&self.policy.incoming))
    }

    /// Counts bytes that came in so many chunks of their own since the last verb, and stayed with the driver:
    /// fewer than are [`Session::uneventful`], and no more than are [`Session::unseen`].
    pub fn receive_deferred(&mut self, length: usize, chunks: u64) {
        let bytes = length as u64;
        if bytes < self.uneventful() && bytes <= self.unseen() {
            self.connection.pass(length);
            self.count_within(bytes, chunks);
        }
    }

    /// Takes a chunk of fewer bytes than are [`Session::uneventful`], unmasks it in place, and says what it is.
    /// Nothing if it is no such chunk, or not right: then it is to be received as it came.
    pub fn receive_within(&mut self, chunk: &mut [u8]) -> Option<Within> {
        let bytes = chunk.len() as u64;
        if bytes >= self.uneventful() {
            return None;
        }
        let within = self.connection.take_within(chunk)?;
        self.count_within(bytes, 1);
        Some(within)
    }

    const fn count_within(&mut self, bytes: u64, chunks: u64) {
        self.stats.received.chunks += chunks;
        self.stats.received.bytes += bytes;
        self.incoming.add(bytes, 0);
    }

    /// How much of what was received must be taken before a full queue has room again.
    pub fn excess(&self) -> Excess {
        self.incoming.excess(&self.policy.incoming)
    }

    /// Takes the next `length` bytes of a chunk, no more than [`Session::unseen`]: the driver keeps them.
    /// Their descriptor's offset is 0.
    #[inline]
    pub fn receive_unseen(&mut self, now: Time, length: usize, table: &mut FrameTable) {
        if !self.is_closed() {
            self.pass(now, length, table);
            self.settle(now);
        }
    }

    /// Decodes a chunk into the table.
    #[inline]
    pub(super) fn walk(&mut self, now: Time, chunk: &mut [u8], table: &mut FrameTable) {
        self.stats.received.bytes += chunk.len() as u64;
        let mut at = 0;
        while let Some(received) = self.connection.handle_bytes(chunk, &mut at) {
            match received {
                Received::Data(part) => self.receive_part(now, &part, table),
                Received::Ping(payload) => {
                    self.receive_control(now, Opcode::Ping, &payload, table);
                }
                Received::Pong(payload) => {
                    self.keepalive.answer(&payload, now);
                    self.receive_control(now, Opcode::Pong, &payload, table);
                }
                Received::Extension(opcode, payload) => {
                    self.receive_control(now, Opcode::Extension(opcode), &payload, table);
                }
                Received::Close(_, payload) => {
                    self.receive_control(now, Opcode::Close, &payload, table);
                }
            }
        }
    }

    /// Takes bytes that the driver keeps into the table.
    #[inline]
    pub(super) fn pass(&mut self, now: Time, length: usize, table: &mut FrameTable) {
        self.stats.received.bytes += length as u64;
        if let Some(Received::Data(part)) = self.connection.pass(length) {
            self.receive_part(now, &part, table);
        }
    }

    #[inline(always)]
    fn receive_part(&mut self, now: Time, part: &DataPart, table: &mut FrameTable) {
        let ends_message = part.ends_frame && part.fin;
        self.stats.received.frames += u64::from(part.ends_frame);
        self.stats.received.messages += u64::from(ends_message);
        let (opcode, fin, rsv, last) = if self.policy.raw {
            let rsv = if part.opcode == Opcode::Continuation { Rsv::NONE } else { part.rsv };
            (part.opcode, part.fin, rsv.bits(), part.ends_frame)
        } else {
            (message_opcode(part.kind), true, part.rsv.bits(), ends_message)
        };
        let is_whole = last && !self.within_unit;
        if self.drops(now, last) {
            return;
        }
        let (offset, length) = (part.range.start, part.range.len());
        let ascii = part.ascii;
        table.push(&Descriptor { opcode, fin, rsv, last, ascii, aside: false, offset, length });
        if is_whole && rsv == 0 {
            table.add_whole(length);
        }
        if part.masked {
            table.mark_rewritten();
        }
        self.incoming.add(length as u64, u64::from(last));
    }

    #[cold]
    #[inline(never)]
    fn receive_control(
        &mut self,
        now: Time,
        opcode: Opcode,
        payload: &ControlPayload,
        table: &mut FrameTable,
    ) {
        self.stats.received.frames += 1;
        let extension = matches!(opcode, Opcode::Extension(_));
        if !(self.policy.raw || extension) || self.drops_unit(now) {
            return;
        }
        let bytes = payload.as_slice();
        let offset = table.push_aside(bytes);
        let length = bytes.len();
        table.push(&Descriptor {
            opcode,
            fin: true,
            rsv: 0,
            last: true,
            ascii: false,
            aside: true,
            offset,
            length,
        });
        self.incoming.add(length as u64, 1);
    }

    /// Whether a frame or a part of one is not handed out. The budget is judged where a message
    /// begins, in a raw session where a frame does. To find it full fails a session that must not
    /// make the peer wait. Once the session closes and nobody takes frames, the transport must be
    /// read on for the peer's Close to be found: what then finds the budget full is dropped, and
    /// all that follows it.
    #[inline(always)]
    fn drops(&mut self, now: Time, last: bool) -> bool {
        let within = core::mem::replace(&mut self.within_unit, !last);
        if within { self.discarding || self.dropping } else { self.drops_unit(now) }
    }

    /// The same of what begins here: a message, or a frame by itself, which may come within a message.
    #[inline(always)]
    fn drops_unit(&mut self, now: Time) -> bool {
        if !self.discarding && self.incoming.is_full(&self.policy.incoming) {
            self.exceed(now);
        }
        self.discarding || self.dropping
    }

    #[cold]
    #[inline(never)]
    fn exceed(&mut self, now: Time) {
        if self.incoming.overflows(&self.policy.incoming) && self.is_open() {
            let reason = "incoming queue overflow";
            let close = Close::explaining(CloseCode::POLICY_VIOLATION, reason);
            self.begin_closing(now, close, Some(Fault::IncomingOverflow));
        }
        self.dropping |= !self.is_open() && !self.waits_for_user();
    }
}

#[inline]
const fn message_opcode(kind: MessageKind) -> Opcode {
    match kind {
        MessageKind::Text => Opcode::Text,
        MessageKind::Binary => Opcode::Binary,
        MessageKind::Extension(opcode) => Opcode::Extension(opcode),
    }
}
