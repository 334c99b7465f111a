//! Frames on their way to the peer.

use alloc::boxed::Box;

use super::closing::Fault;
use super::session::Session;
use super::time::Time;
use super::waiters::{Waiter, cancelled};
use crate::protocol::{Close, CloseCode, FrameHeader, Mask, MaskingKey, Opcode, Rsv, UsageError};

/// What became of a frame that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is queued.
    Accepted,
    /// It is queued, over the mark: its sender should wait for [`Session::room`].
    Wait,
    /// It is not queued: the queue is over its budget and must not make senders wait. The session is
    /// failed with [`Session::overflow`].
    Overflow,
}

/// A frame that the driver encodes piece by piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldFrame {
    header: FrameHeader,
    mask: Option<Mask>,
}

impl Session {
    /// Queues a frame with a copy of this payload.
    ///
    /// # Errors
    /// The frame may not be sent here, or the session no longer sends.
    #[inline]
    pub fn send(
        &mut self,
        opcode: Opcode,
        fin: bool,
        rsv: Rsv,
        payload: &[u8],
        key: MaskingKey,
    ) -> Result<Verdict, UsageError> {
        let verdict = self.admit()?;
        if verdict == Verdict::Overflow {
            return Ok(verdict);
        }
        let header = self.connection.frame(opcode, fin, rsv, payload.len() as u64, key)?;
        self.outgoing.append(&header, payload, !opcode.is_control());
        self.count_sent(&header);
        Ok(verdict)
    }

    /// Whether the frame may be sent now, without sending it: an extension that remembers what it encoded
    /// must not encode what does not leave.
    ///
    /// # Errors
    /// As [`Session::send`].
    #[inline]
    pub fn check(&self, opcode: Opcode, fin: bool, rsv: Rsv) -> Result<Verdict, UsageError> {
        let verdict = self.admit()?;
        self.connection.check_frame(opcode, fin, rsv)?;
        Ok(verdict)
    }

    /// Begins a frame whose bytes the driver keeps itself, because it is long. The payload goes
    /// through [`Session::mask`] in order, then [`Session::hold`] queues it. It has at least this many
    /// bytes: how many a text takes is known when it is encoded.
    ///
    /// # Errors
    /// As [`Session::send`].
    #[inline]
    pub fn begin_held(
        &mut self,
        opcode: Opcode,
        fin: bool,
        rsv: Rsv,
        least: u64,
        key: MaskingKey,
    ) -> Result<Verdict, UsageError> {
        let verdict = self.admit()?;
        if verdict == Verdict::Overflow {
            return Ok(verdict);
        }
        let header = self.connection.frame(opcode, fin, rsv, least, key)?;
        self.held = Some(Box::new(HeldFrame { header, mask: header.masking_key.map(Mask::new) }));
        Ok(verdict)
    }

    /// Masks the next bytes of the frame begun, if frames are masked.
    #[inline]
    pub fn mask(&mut self, bytes: &mut [u8]) {
        if let Some(HeldFrame { mask: Some(mask), .. }) = self.held.as_deref_mut() {
            mask.apply(bytes);
        }
    }

    /// Queues the frame begun, whose payload has this many bytes, and returns the header that goes in
    /// front.
    #[inline]
    pub fn hold(&mut self, payload_length: u64) -> Option<FrameHeader> {
        let header = FrameHeader { payload_length, ..self.held.take()?.header };
        self.outgoing.hold(payload_length);
        self.count_sent(&header);
        Some(header)
    }

    /// Waits until all that was sent before is accepted by the transport.
    pub fn flush(&mut self) -> Waiter {
        if self.is_closed() && !self.is_flushed() {
            return cancelled();
        }
        self.outgoing.flush()
    }

    /// Waits until the outgoing queue is below its mark.
    pub fn room(&mut self) -> Waiter {
        self.outgoing.room(&self.policy.outgoing)
    }

    /// Fails the session because more was sent than the budget holds.
    pub fn overflow(&mut self, now: Time) {
        let close = Close::explaining(CloseCode::POLICY_VIOLATION, "outgoing queue overflow");
        self.begin_closing(now, close, Some(Fault::OutgoingOverflow));
    }

    /// Whether the frame may be sent, and whether its sender should wait.
    #[inline]
    fn admit(&self) -> Result<Verdict, UsageError> {
        if !self.may_send() {
            return Err(UsageError::Closed);
        }
        let (level, budget) = (self.outgoing.level(), &self.policy.outgoing);
        Ok(if level.overflows(budget) {
            Verdict::Overflow
        } else if level.is_full(budget) {
            Verdict::Wait
        } else {
            Verdict::Accepted
        })
    }

    #[inline]
    pub(super) const fn count_sent(&mut self, header: &FrameHeader) {
        let sent = &mut self.stats.sent;
        sent.frames += 1;
        if header.fin && !header.opcode.is_control() {
            sent.messages += 1;
        }
        let masked = header.masking_key.is_some();
        let header_length = FrameHeader::encoded_length(header.payload_length, masked);
        sent.bytes += header_length as u64 + header.payload_length;
    }
}
