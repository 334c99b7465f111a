//! Two sessions over a simulated wire with a simulated clock.

use std::collections::VecDeque;

use framewire::protocol::{Opcode, Role};
use framewire::session::{Options, Verdict};

use super::driver::{Driver, Wait, binary, look, text, waits_at};

/// Bytes one way, at any moment: those written and not yet read.
#[derive(Default)]
pub(crate) struct Way {
    pub(crate) bytes: VecDeque<u8>,
    /// What the writer's transport was given and has not accepted is among them already.
    pub(crate) ahead: bool,
    /// The writer's transport accepts nothing.
    pub(crate) stalled: bool,
    /// The writer's side has ended; the reader is told once it has read everything.
    pub(crate) ended: bool,
    told: bool,
}

/// A client and a server, the wire between them and one clock.
pub(crate) struct Pair {
    pub(crate) client: Driver,
    pub(crate) server: Driver,
    pub(crate) to_server: Way,
    pub(crate) to_client: Way,
    /// How many bytes the wire delivers at once.
    pub(crate) chunk: usize,
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A pair with these changes to both sides' defaults.
    pub(crate) fn with(change: impl Fn(&mut Options)) -> Self {
        let end = |role| {
            let mut options = Options::new(role);
            change(&mut options);
            Driver::new(&options)
        };
        Self {
            client: end(Role::Client),
            server: end(Role::Server),
            to_server: Way::default(),
            to_client: Way::default(),
            chunk: 4096,
        }
    }

    /// Moves bytes until nothing moves. Time stands still.
    pub(crate) fn run(&mut self) {
        loop {
            let mut moved = write(&mut self.client, &mut self.to_server);
            moved |= write(&mut self.server, &mut self.to_client);
            moved |= read(&mut self.server, &mut self.to_server, self.chunk);
            moved |= read(&mut self.client, &mut self.to_client, self.chunk);
            if !moved {
                return;
            }
        }
    }

    /// Lets time pass up to `until`, from deadline to deadline.
    pub(crate) fn run_until(&mut self, until: f64) {
        self.run();
        loop {
            let deadlines = [self.client.deadline(), self.server.deadline()];
            let next = deadlines.into_iter().flatten().fold(until, f64::min);
            self.client.at(next);
            self.server.at(next);
            self.run();
            if next >= until {
                return;
            }
        }
    }

    /// The wire is cut: both ends read what is under way and then the end of the stream.
    pub(crate) fn cut(&mut self) {
        self.to_server.ended = true;
        self.to_client.ended = true;
    }
}

/// Writes all there is. An end that is over closes its transport.
pub(crate) fn write(from: &mut Driver, way: &mut Way) -> bool {
    way.ended |= from.session.is_closed();
    if way.stalled {
        return false;
    }
    // What was under way when the transport stalled goes on now.
    let resumed = from.resume();
    let ahead = core::mem::take(&mut way.ahead);
    let mut moved = resumed.is_some();
    if !ahead && !way.ended {
        way.bytes.extend(resumed.into_iter().flatten());
    }
    while let Some(bytes) = from.write() {
        moved = true;
        if !way.ended {
            way.bytes.extend(bytes);
        }
    }
    moved
}

/// Reads one chunk, or the end of the stream once everything before it was read or no longer
/// matters.
pub(crate) fn read(to: &mut Driver, way: &mut Way, chunk: usize) -> bool {
    if !to.session.wants_read() && !to.session.is_open() {
        way.bytes.clear();
    }
    if to.session.wants_read() && !way.bytes.is_empty() {
        let count = way.bytes.len().min(chunk);
        let bytes: Vec<u8> = way.bytes.drain(..count).collect();
        to.receive(&bytes);
        return true;
    }
    if way.ended && way.bytes.is_empty() && !way.told {
        way.told = true;
        to.receive_end();
        return true;
    }
    false
}

#[test]
fn a_conversation() {
    let mut pair = Pair::new();
    pair.client.text("hello");
    pair.run();
    assert_eq!(pair.server.take(), Some(text("hello")));
    pair.server.text("hello yourself");
    pair.server.binary(&[0xFF; 3]);
    pair.run();
    assert_eq!(pair.client.take(), Some(text("hello yourself")));
    assert_eq!(pair.client.take(), Some(binary(&[0xFF; 3])));
    assert_eq!(pair.client.take(), None);
}

#[test]
fn messages_of_every_size_arrive_intact_whatever_the_chunks() {
    let sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
    for chunk in [1000, 4096, 65_536, 1 << 20] {
        let mut pair = Pair::new();
        pair.chunk = chunk;
        let payloads = sizes.map(|size| (0..=255).cycle().take(size).collect::<Vec<u8>>());
        for payload in &payloads {
            pair.client.binary(payload);
            pair.server.send_held(Opcode::Binary, payload, 16_384).unwrap();
        }
        pair.run();
        let expected: Vec<_> = payloads.iter().map(|payload| binary(payload)).collect();
        assert_eq!(pair.server.frames, expected);
        assert_eq!(pair.client.frames, expected);
    }
}

#[test]
fn a_fragmented_message_with_pings_between_its_fragments() {
    let mut pair = Pair::new();
    pair.client.send(Opcode::Text, false, b"one, ").unwrap();
    let mut round_trip = pair.client.session.ping(None).unwrap();
    pair.run();
    assert_eq!(look(&mut round_trip), Wait::Done(0.0));
    pair.client.send(Opcode::Continuation, false, b"two, ").unwrap();
    pair.client.send(Opcode::Continuation, true, b"three").unwrap();
    pair.run();
    assert_eq!(pair.server.frames, [text("one, two, three")]);
}

#[test]
fn a_slow_reader_slows_the_sender_and_nothing_is_lost() {
    let mut pair = Pair::with(|options| {
        options.incoming = waits_at(2000, 100);
        options.outgoing = waits_at(2000, 100);
    });
    pair.chunk = 1000;
    let mut sent = 0_u32;
    while pair.client.binary(&[0; 500]) == Verdict::Accepted {
        sent += 1;
    }
    let mut room = pair.client.room();
    assert_eq!(look(&mut room), Wait::Pending);
    pair.run();
    assert!(!pair.server.session.wants_read());
    assert_eq!(look(&mut room), Wait::Done(()));
    let mut taken = 0;
    while pair.server.take().is_some() {
        taken += 1;
        pair.run();
    }
    assert_eq!(taken, sent + 1);
}

#[test]
fn keep_alive_lets_an_idle_pair_live_and_finds_a_dead_peer() {
    let mut pair = Pair::with(|options| {
        options.ping_interval = 1000.0;
        options.pong_timeout = 500.0;
    });
    pair.run_until(100_000.0);
    assert!(pair.client.session.is_open() && pair.server.session.is_open());
    let pings = pair.client.session.stats().sent.frames;
    assert!((190..=210).contains(&pings), "100 pings and 100 pongs: {pings}");

    // The server's bytes no longer arrive.
    pair.to_client.stalled = true;
    pair.run_until(120_000.0);
    let ending = pair.client.ending();
    assert_eq!((ending.code, ending.was_clean), (1011, false));
    assert_eq!(pair.server.ending().code, 1011, "the server still read why");
}

#[test]
fn masking_may_change_between_two_frames() {
    let mut pair = Pair::with(|options| options.connection.allow_mask_mismatch = true);
    for (masking, payload) in [(true, "masked"), (false, "plain"), (true, "masked again")] {
        pair.client.session.set_masking(masking);
        pair.client.text(payload);
    }
    pair.run();
    let expected = [text("masked"), text("plain"), text("masked again")];
    assert_eq!(pair.server.frames, expected);
}
