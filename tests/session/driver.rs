//! What drives a session here: it plays the user, the clock and the transport, and keeps what came.

use std::collections::VecDeque;

use framewire::protocol::{Close, FrameHeader, Opcode, Role, Rsv, UsageError};
use framewire::session::{
    Budget, CloseInfo, FrameTable, Options, Session, Time, Transmit, Verdict, Waiter,
};
use futures_channel::oneshot::Receiver;

/// A frame or a message that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) opcode: Opcode,
    pub(crate) fin: bool,
    pub(crate) payload: Vec<u8>,
}

pub(crate) fn text(payload: &str) -> Frame {
    Frame { opcode: Opcode::Text, fin: true, payload: payload.as_bytes().to_vec() }
}

pub(crate) fn binary(payload: &[u8]) -> Frame {
    Frame { opcode: Opcode::Binary, fin: true, payload: payload.to_vec() }
}

/// What became of something that was waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wait<T> {
    Pending,
    Done(T),
    Cancelled,
}

pub(crate) fn look<T>(waiter: &mut Receiver<T>) -> Wait<T> {
    match waiter.try_recv() {
        Ok(None) => Wait::Pending,
        Ok(Some(value)) => Wait::Done(value),
        Err(_) => Wait::Cancelled,
    }
}

pub(crate) struct Driver {
    pub(crate) session: Session,
    pub(crate) now: f64,
    /// All that was handed out so far.
    pub(crate) frames: Vec<Frame>,
    /// How many of them the user took.
    pub(crate) taken: usize,
    partial: Vec<u8>,
    table: FrameTable,
    held: VecDeque<Vec<u8>>,
    flight: Option<(Vec<u8>, bool)>,
    keys: u8,
}

impl Driver {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            session: Session::new(options, Time::from_millis(0.0)),
            now: 0.0,
            frames: Vec::new(),
            taken: 0,
            partial: Vec::new(),
            table: FrameTable::new(),
            held: VecDeque::new(),
            flight: None,
            keys: 0,
        }
    }

    /// A server with the defaults: what it sends can be read without a key.
    pub(crate) fn server() -> Self {
        Self::server_with(|_| {})
    }

    pub(crate) fn server_with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(Role::Server);
        options.connection.allow_mask_mismatch = true;
        change(&mut options);
        Self::new(&options)
    }

    pub(crate) fn time(&self) -> Time {
        Time::from_millis(self.now)
    }

    /// The clock shows `now`, and what is due is done.
    pub(crate) fn at(&mut self, now: f64) {
        assert!(now >= self.now, "time goes back");
        self.now = now;
        self.session.handle_timeout(self.time());
        let late = self.session.deadline().filter(|deadline| *deadline <= self.time());
        assert_eq!(late, None, "a deadline was left in the past");
    }

    pub(crate) fn deadline(&self) -> Option<f64> {
        self.session.deadline().map(Time::as_millis)
    }

    /// A chunk comes from the transport.
    pub(crate) fn receive(&mut self, chunk: &[u8]) {
        let mut chunk = chunk.to_vec();
        self.table.clear();
        self.session.begin_chunk();
        self.session.receive(self.time(), &mut chunk, &mut self.table);
        for index in 0..self.table.len() {
            let part = self.table.get(index).unwrap();
            let bytes = if part.aside { self.table.aside() } else { &chunk };
            self.partial.extend(&bytes[part.offset..part.offset + part.length]);
            if part.last {
                let payload = core::mem::take(&mut self.partial);
                self.frames.push(Frame { opcode: part.opcode, fin: part.fin, payload });
            }
        }
    }

    pub(crate) fn receive_end(&mut self) {
        self.session.receive_end(self.time());
    }

    /// The user takes the next frame.
    pub(crate) fn take(&mut self) -> Option<Frame> {
        let frame = self.frames.get(self.taken)?.clone();
        self.taken += 1;
        self.session.taken(self.time(), 1, frame.payload.len() as u64);
        Some(frame)
    }

    pub(crate) fn key(&mut self) -> [u8; 4] {
        self.keys = self.keys.wrapping_add(1);
        [self.keys, 0xA5, self.keys ^ 0xFF, 0x11]
    }

    pub(crate) fn send(
        &mut self,
        opcode: Opcode,
        fin: bool,
        payload: &[u8],
    ) -> Result<Verdict, UsageError> {
        let key = self.key();
        self.session.send(opcode, fin, Rsv::NONE, payload, key)
    }

    pub(crate) fn text(&mut self, payload: &str) -> Verdict {
        self.send(Opcode::Text, true, payload.as_bytes()).unwrap()
    }

    pub(crate) fn binary(&mut self, payload: &[u8]) -> Verdict {
        self.send(Opcode::Binary, true, payload).unwrap()
    }

    /// Sends a frame whose bytes stay here, masked in pieces of `piece` bytes.
    pub(crate) fn send_held(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        piece: usize,
    ) -> Result<Verdict, UsageError> {
        let key = self.key();
        let length = payload.len() as u64;
        // Of a text no more is known than that it has some bytes.
        let least = if opcode == Opcode::Text { length.min(1) } else { length };
        let verdict = self.session.begin_held(opcode, true, Rsv::NONE, least, key)?;
        if verdict == Verdict::Overflow {
            return Ok(verdict);
        }
        let mut payload = payload.to_vec();
        payload.chunks_mut(piece.max(1)).for_each(|piece| self.session.mask(piece));
        let header = self.session.hold(length).unwrap();
        let mut out = [0; FrameHeader::MAX_LENGTH];
        let header_length = header.encode(&mut out);
        self.held.push_back([&out[..header_length], &payload].concat());
        Ok(verdict)
    }

    pub(crate) fn close(&mut self, code: u16, reason: &str) {
        self.session.close(self.time(), Close::new(code, reason).unwrap());
    }

    /// What the transport is given to write; `None` if nothing is, or it has not accepted the last.
    pub(crate) fn poll(&mut self) -> Option<Vec<u8>> {
        let promised = self.session.has_transmit();
        let mut keys = (1..=u8::MAX).map(|byte| [byte, self.keys, 0x5A, 0xC3]);
        let transmit =
            self.session.poll_transmit(Time::from_millis(self.now), || keys.next().unwrap());
        assert_eq!(promised, transmit.is_some(), "has_transmit and poll_transmit disagree");
        let flight = match transmit? {
            Transmit::Bytes(bytes) => (bytes.to_vec(), false),
            Transmit::Held => (self.held.front().unwrap().clone(), true),
        };
        assert!(!flight.0.is_empty(), "nothing to write");
        assert!(!self.session.has_transmit(), "one write at a time");
        assert_eq!(self.session.flight(), if flight.1 { &[][..] } else { &flight.0 });
        let bytes = flight.0.clone();
        self.flight = Some(flight);
        Some(bytes)
    }

    /// The transport accepts what it was given.
    pub(crate) fn accept(&mut self) {
        if let Some((_, true)) = self.flight.take() {
            self.held.pop_front();
        }
        self.session.accepted(self.time());
    }

    /// The transport accepts what it was given before, if it was given something.
    pub(crate) fn resume(&mut self) -> Option<Vec<u8>> {
        let bytes = self.flight.as_ref()?.0.clone();
        self.accept();
        Some(bytes)
    }

    /// One write, accepted at once.
    pub(crate) fn write(&mut self) -> Option<Vec<u8>> {
        let bytes = self.poll()?;
        self.accept();
        Some(bytes)
    }

    /// All writes there are, accepted at once.
    pub(crate) fn write_all(&mut self) -> Vec<u8> {
        core::iter::from_fn(|| self.write()).collect::<Vec<_>>().concat()
    }

    pub(crate) fn flush(&mut self) -> Waiter {
        self.session.flush()
    }

    pub(crate) fn room(&mut self) -> Waiter {
        self.session.room()
    }

    #[track_caller]
    pub(crate) fn ending(&self) -> CloseInfo {
        self.session.close_info().expect("the session is over").clone()
    }
}

/// A budget that makes the other side wait.
pub(crate) const fn waits_at(high_water_mark: u64, max_frames: u64) -> Budget {
    Budget { high_water_mark, max_frames, close_on_overflow: false }
}

/// A budget that fails the session.
pub(crate) const fn fails_at(high_water_mark: u64, max_frames: u64) -> Budget {
    Budget { high_water_mark, max_frames, close_on_overflow: true }
}
