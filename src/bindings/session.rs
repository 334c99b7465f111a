//! A session as JavaScript drives it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Promise;
use wasm_bindgen::prelude::wasm_bindgen;

use super::ending::Ending;
use super::options::{defaults, number, shared_options, whole};
use super::promise::promise;
use super::random::masking_key;
use super::scratch::Scratch;
use crate::protocol::{Close, CloseCode, ControlPayload, Opcode, OwnedOpcodes, Rsv, UsageError};
use crate::session::{self, Time, Transmit, Verdict};

/// There is something to write.
const TRANSMIT: u32 = 1 << 0;
/// A full batch is among it.
const BATCH: u32 = 1 << 1;
/// The transport should be read.
const READ: u32 = 1 << 2;
/// The session is no longer open.
const CLOSING: u32 = 1 << 3;
/// The session is over.
const CLOSED: u32 = 1 << 4;
/// The deadline is another one than was last asked for.
const TIMER: u32 = 1 << 5;
/// The frame was queued over the mark.
const WAIT: u32 = 1 << 6;
/// The queue is over its budget, and the frame was not queued.
const OVERFLOW: u32 = 1 << 7;
/// The command was refused; [`Session::refusal`] says why.
const REFUSED: u32 = 1 << 8;
/// A control frame is among what is to be written.
const URGENT: u32 = 1 << 9;

/// One session. Every verb returns signals, a set of bits that say what the driver has to do next.
/// `now` is in milliseconds since some origin that the driver keeps.
pub struct Session {
    pub(super) inner: session::Session,
    /// In milliseconds; infinite for none.
    told_deadline: f64,
    // On the heap: they are rarely there.
    refusal: Option<Box<UsageError>>,
}

framewire_upgrade::object!(Session, HeldSession);

#[wasm_bindgen]
impl Session {
    /// The options of a role as they are where nothing else is asked for, in the order of `Told`.
    pub fn defaults(server: bool) -> Vec<f64> {
        defaults(server).to_vec()
    }

    /// A session whose upgrade is done. Its options are in the order of `Told`; none may be missing.
    #[wasm_bindgen(constructor)]
    pub fn new(told: &[f64], now: f64) -> Self {
        let inner = session::Session::new(shared_options(told), Time::from_millis(now));
        Self { inner, told_deadline: f64::INFINITY, refusal: None }
    }

    /// What the driver has to do.
    pub fn signals(&self) -> u32 {
        let session = &self.inner;
        let mut signals = 0;
        for (bit, set) in [
            (TRANSMIT, session.has_transmit()),
            (URGENT, session.is_urgent()),
            (BATCH, session.is_batch_ready()),
            (READ, session.wants_read()),
            (CLOSING, !session.is_open()),
            (CLOSED, session.is_closed()),
            (TIMER, self.due() != self.told_deadline),
        ] {
            signals |= if set { bit } else { 0 };
        }
        signals
    }

    /// Takes the first bytes of a chunk, as [`Session::receive_more`] does. Before it the user took
    /// this many frames of this many bytes together.
    pub fn receive(
        &mut self,
        scratch: &mut Scratch,
        unseen: usize,
        seen: usize,
        frames: u32,
        bytes: f64,
        now: f64,
    ) -> u32 {
        if frames > 0 {
            self.inner.taken(Time::from_millis(now), u64::from(frames), whole(bytes));
        }
        self.inner.begin_chunk();
        self.receive_more(scratch, unseen, seen, now)
    }

    /// Takes the next bytes of a chunk: first `unseen` ones that are not handed over, no more than the
    /// last report said, then the first `seen` ones of the scratch. Leaves the table of their frames
    /// there, and the report.
    pub fn receive_more(
        &mut self,
        scratch: &mut Scratch,
        unseen: usize,
        seen: usize,
        now: f64,
    ) -> u32 {
        let now = Time::from_millis(now);
        let Scratch { chunk, table, .. } = scratch;
        table.clear();
        if unseen > 0 {
            self.inner.receive_unseen(now, unseen, table);
            table.advance(unseen);
        }
        if seen > 0 {
            self.inner.receive(now, &mut chunk[..seen], table);
        }
        scratch.write_report(&self.inner);
        self.signals()
    }

    /// The transport's readable side ended.
    pub fn receive_end(&mut self, now: f64) -> u32 {
        self.inner.receive_end(Time::from_millis(now));
        self.signals()
    }

    /// The transport failed.
    pub fn transport_failed(&mut self) -> u32 {
        self.inner.transport_failed();
        self.signals()
    }

    /// The user took this many frames of this many bytes together.
    pub fn taken(&mut self, frames: u32, bytes: f64, now: f64) -> u32 {
        self.inner.taken(Time::from_millis(now), u64::from(frames), whole(bytes));
        self.signals()
    }

    /// A message that was received with `before` bytes holds `after` since it was decoded.
    pub fn decoded(&mut self, before: f64, after: f64) -> u32 {
        self.inner.decoded(whole(before), whole(after));
        self.signals()
    }

    /// Says whether somebody takes frames.
    pub fn set_attended(&mut self, attended: bool) -> u32 {
        self.inner.set_attended(attended);
        self.signals()
    }

    /// The user wants no more frames.
    pub fn discard_incoming(&mut self) -> u32 {
        self.inner.discard_incoming();
        self.signals()
    }

    /// Queues a frame whose payload is the first `length` bytes of the scratch's chunk. `frame` is the
    /// opcode, with bit 4 for FIN and bits 5–7 for RSV3, RSV2 and RSV1.
    pub fn send(&mut self, scratch: &Scratch, frame: u8, length: usize) -> u32 {
        let Some((opcode, fin, rsv)) = head(frame) else {
            return REFUSED;
        };
        let payload = &scratch.chunk[..length];
        let verdict = self.inner.send(opcode, fin, rsv, payload, masking_key());
        self.answer(verdict)
    }

    /// Whether the frame may be sent now, without sending it; `frame` as [`Session::send`] takes it.
    pub fn check(&mut self, frame: u8) -> u32 {
        let Some((opcode, fin, rsv)) = head(frame) else {
            return REFUSED;
        };
        let verdict = self.inner.check(opcode, fin, rsv);
        self.answer(verdict)
    }

    /// Begins a frame whose bytes stay with the driver, with a payload of at least this many.
    pub fn begin_held(&mut self, frame: u8, least: f64) -> u32 {
        let Some((opcode, fin, rsv)) = head(frame) else {
            return REFUSED;
        };
        let verdict = self.inner.begin_held(opcode, fin, rsv, whole(least), masking_key());
        self.answer(verdict)
    }

    /// Masks the first `length` bytes of the scratch's chunk as the next of the frame begun.
    pub fn mask(&mut self, scratch: &mut Scratch, length: usize) {
        self.inner.mask(&mut scratch.chunk[..length]);
    }

    /// Queues the frame begun, with a payload of this many bytes. The header is left at the start of the
    /// scratch's chunk; its length is in the signals' upper 16 bits.
    pub fn hold(&mut self, scratch: &mut Scratch, length: f64) -> u32 {
        let header = self.inner.hold(whole(length));
        let place = scratch.chunk.first_chunk_mut();
        let encoded = header.zip(place).map_or(0, |(header, place)| header.encode(place));
        u32::try_from(encoded).unwrap_or(0) << 16 | self.signals()
    }

    /// Sends a ping; completes with the round trip in milliseconds.
    pub fn ping(&mut self, payload: Option<Vec<u8>>) -> Option<Promise> {
        let payload = payload.map(|bytes| ControlPayload::new(&bytes)).transpose();
        match payload.and_then(|payload| self.inner.ping(payload)) {
            Ok(pong) => Some(promise(pong)),
            Err(error) => {
                self.refusal = Some(Box::new(error));
                None
            }
        }
    }

    /// Completes when all that was sent before is accepted by the transport.
    pub fn flush(&mut self) -> Promise {
        promise(self.inner.flush())
    }

    /// Completes when the outgoing queue is below its mark.
    pub fn room(&mut self) -> Promise {
        promise(self.inner.room())
    }

    /// Whether all that was sent is accepted by the transport.
    pub fn is_flushed(&self) -> bool {
        self.inner.is_flushed()
    }

    /// Whether the peer's Close waits for the user's.
    pub fn owes_answer(&self) -> bool {
        self.inner.owes_answer()
    }

    /// Begins the closing handshake. No code sends an empty Close.
    pub fn close(&mut self, code: Option<u16>, reason: &str, now: f64) -> u32 {
        let close = code.map_or(Ok(Close::Empty), |code| Close::new(code, reason));
        let verdict = close.map(|close| {
            self.inner.close(Time::from_millis(now), close);
            Verdict::Accepted
        });
        self.answer(verdict)
    }

    /// Begins the closing handshake with 1011, and as much of a text as fits a reason.
    pub fn close_failed(&mut self, text: &str, now: f64) -> u32 {
        let close = Close::explaining(CloseCode::INTERNAL_ERROR, text);
        self.inner.close(Time::from_millis(now), close);
        self.signals()
    }

    /// Fails the session because more was sent than the budget holds.
    pub fn overflow(&mut self, now: f64) -> u32 {
        self.inner.overflow(Time::from_millis(now));
        self.signals()
    }

    /// Fails the session with this code, and as much of a text as fits a reason: an extension could not
    /// encode or decode a message.
    pub fn extension_failed(&mut self, code: u16, text: &str, now: f64) -> u32 {
        let code = CloseCode::new(code).unwrap_or(CloseCode::INTERNAL_ERROR);
        self.inner.extension_failed(Time::from_millis(now), Close::explaining(code, text));
        self.signals()
    }

    /// Ends the session at once.
    pub fn terminate(&mut self) -> u32 {
        self.inner.terminate();
        self.signals()
    }

    /// Does what is due by now.
    pub fn handle_timeout(&mut self, now: f64) -> u32 {
        self.inner.handle_timeout(Time::from_millis(now));
        self.signals()
    }

    /// Puts the next on its way. The signals' upper 16 bits say what is to be written now. 0: nothing; 1:
    /// bytes, and the scratch's report says where they are; 2: the oldest frame that the driver holds.
    pub fn poll_transmit(&mut self, scratch: &mut Scratch, now: f64) -> u32 {
        let kind = match self.inner.poll_transmit(Time::from_millis(now), masking_key) {
            None => 0,
            Some(Transmit::Bytes(bytes)) => {
                scratch.report_flight(bytes);
                1
            }
            Some(Transmit::Held) => 2,
        };
        kind << 16 | self.signals()
    }

    /// The transport accepted what was to be written.
    pub fn accepted(&mut self, now: f64) -> u32 {
        self.inner.accepted(Time::from_millis(now));
        self.signals()
    }

    /// When [`Session::handle_timeout`] is due; infinite for never.
    pub fn deadline(&mut self) -> f64 {
        self.told_deadline = self.due();
        self.told_deadline
    }

    /// How the session ended; `undefined` while it has not.
    pub fn ending(&self) -> Option<Ending> {
        self.inner.close_info().cloned().map(Ending)
    }

    /// Why the last command was refused.
    pub fn refusal(&mut self) -> Option<String> {
        self.refusal.take().map(|error| error.message())
    }

    /// Payload bytes that the transport has not accepted yet.
    pub fn buffered_amount(&self) -> f64 {
        number(self.inner.buffered_amount())
    }

    /// Counters, in the order of `Stats`: received, sent (frames, messages, bytes, chunks each), and
    /// the queues (incoming bytes and frames, outgoing bytes and frames).
    pub fn stats(&self) -> Vec<f64> {
        let stats = self.inner.stats();
        let each = [stats.received, stats.sent];
        let traffic = each.iter().flat_map(|way| [way.frames, way.messages, way.bytes, way.chunks]);
        let queues = [
            stats.incoming_bytes,
            stats.incoming_frames,
            stats.outgoing_bytes,
            stats.outgoing_frames,
        ];
        traffic.chain(queues).map(number).collect()
    }

    /// Changes whether frames are masked.
    pub fn set_masking(&mut self, masking: bool) {
        self.inner.set_masking(masking);
    }

    /// Changes the longest frame that is taken, in bytes.
    pub fn set_max_frame_size(&mut self, max_frame_size: f64) {
        self.inner.set_max_frame_size(whole(max_frame_size));
    }

    /// Changes the time between pings.
    pub fn set_ping_interval(&mut self, interval: f64, now: f64) -> u32 {
        self.inner.set_ping_interval(interval, Time::from_millis(now));
        self.signals()
    }

    /// Changes the time for a pong.
    pub fn set_pong_timeout(&mut self, timeout: f64) -> u32 {
        self.inner.set_pong_timeout(timeout);
        self.signals()
    }
}

impl Session {
    /// When something is due, in milliseconds; never if that is infinite.
    #[inline]
    fn due(&self) -> f64 {
        self.inner.deadline().map_or(f64::INFINITY, Time::as_millis)
    }

    #[inline]
    fn answer(&mut self, verdict: Result<Verdict, UsageError>) -> u32 {
        let bit = match verdict {
            Ok(Verdict::Accepted) => 0,
            Ok(Verdict::Wait) => WAIT,
            Ok(Verdict::Overflow) => OVERFLOW,
            Err(error) => {
                self.refusal = Some(Box::new(error));
                REFUSED
            }
        };
        self.signals() | bit
    }
}

/// Opcode, FIN and RSV bits as JavaScript gives them.
#[inline]
fn head(frame: u8) -> Option<(Opcode, bool, Rsv)> {
    let opcode = Opcode::from_bits_owned(frame & 0xF, OwnedOpcodes::ALL)?;
    Some((opcode, frame & 0x10 != 0, Rsv::from_bits(frame >> 5)))
}
