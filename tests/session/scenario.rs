//! A pair of sessions, their users and whatever happens to them, and what must hold throughout.

use framewire::protocol::{Opcode, UsageError};
use framewire::session::{Options, Verdict, Waiter};
use futures_channel::oneshot::Receiver;

use super::driver::{Driver, Frame, Wait, look};
use super::pair::{Pair, Way, read, write};

/// What happens at one end, or to the way that leads from it.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send {
        text: bool,
        fin: bool,
        length: usize,
    },
    SendHeld {
        length: usize,
    },
    Ping,
    Flush,
    Room,
    Take(usize),
    Discard,
    Close(u16),
    Terminate,
    TransportFails,
    /// The transport is given something to write; it may reach the wire before it is accepted.
    Poll {
        ahead: bool,
    },
    Write,
    Read {
        chunk: usize,
    },
    CutWay,
    /// Bits of a byte that is under way change.
    Corrupt {
        at: usize,
        bits: u8,
    },
    Pass {
        millis: u16,
    },
}

/// A pair and its users.
pub(crate) struct Scenario {
    pair: Pair,
    alice: User,
    bob: User,
    /// How many steps were made.
    steps: usize,
}

impl Scenario {
    /// A pair with these changes to both sides' defaults. It closes in half a second.
    pub(crate) fn with(change: impl Fn(&mut Options)) -> Self {
        let pair = Pair::with(|options| {
            change(options);
            options.close_timeout = 500.0;
        });
        Self { pair, alice: User::default(), bob: User::default(), steps: 0 }
    }

    /// Makes a step and checks what came so far.
    pub(crate) fn step(&mut self, at_client: bool, step: &Step) {
        let Pair { client, server, to_server, to_client, .. } = &mut self.pair;
        if let Step::Pass { millis } = step {
            let now = client.now + f64::from(*millis);
            client.at(now);
            server.at(now);
        } else if at_client {
            act(step, self.steps, &mut self.alice, client, to_server, to_client);
        } else {
            act(step, self.steps, &mut self.bob, server, to_client, to_server);
        }
        self.steps += 1;
        assert_prefix(&self.pair.server.frames, &self.alice);
        assert_prefix(&self.pair.client.frames, &self.bob);
    }

    /// Both users close, and time passes until all must be over. `roomy` if no budget can have
    /// kept a message from arriving.
    pub(crate) fn end(mut self, roomy: bool) {
        let Self { pair, alice, bob, .. } = &mut self;
        pair.client.close(1000, "");
        pair.server.close(1000, "");
        pair.run_until(pair.client.now + 2000.0);
        assert_over(alice, &mut pair.client);
        assert_over(bob, &mut pair.server);
        assert_prefix(&pair.server.frames, alice);
        assert_prefix(&pair.client.frames, bob);
        if roomy && pair.client.ending().was_clean && pair.server.ending().was_clean {
            assert_whole(&pair.server.frames, alice, bob);
            assert_whole(&pair.client.frames, bob, alice);
        }
    }
}

/// One end's user: what it sent and what it waits for.
#[derive(Default)]
struct User {
    /// The messages sent whole.
    sent: Vec<Frame>,
    /// The message under way.
    fragments: Option<Frame>,
    waiters: Vec<Waiter>,
    pongs: Vec<Receiver<f64>>,
    discards: bool,
    /// The wire changed bytes of what was sent.
    corrupted: bool,
}

impl User {
    fn send(&mut self, end: &mut Driver, text: bool, fin: bool, payload: &[u8]) {
        let first = if text { Opcode::Text } else { Opcode::Binary };
        let opcode = if self.fragments.is_some() { Opcode::Continuation } else { first };
        let verdict = end.send(opcode, fin, payload);
        if !queued(end, verdict) {
            return;
        }
        let begun = self.fragments.take();
        let mut message = begun.unwrap_or(Frame { opcode: first, fin: true, payload: Vec::new() });
        message.payload.extend(payload);
        if fin {
            self.sent.push(message);
        } else {
            self.fragments = Some(message);
        }
    }

    fn send_held(&mut self, end: &mut Driver, payload: &[u8]) {
        if self.fragments.is_some() {
            return;
        }
        let verdict = end.send_held(Opcode::Binary, payload, 1000);
        if queued(end, verdict) {
            let payload = payload.to_vec();
            self.sent.push(Frame { opcode: Opcode::Binary, fin: true, payload });
        }
    }
}

/// Whether the frame was queued; checks that it was refused only when it may be.
fn queued(end: &mut Driver, verdict: Result<Verdict, UsageError>) -> bool {
    match verdict {
        Ok(Verdict::Accepted | Verdict::Wait) => true,
        Ok(Verdict::Overflow) => {
            end.session.overflow(end.time());
            assert!(!end.session.is_open());
            false
        }
        Err(error) => {
            assert_eq!(error, UsageError::Closed);
            assert!(!end.session.is_open());
            false
        }
    }
}

/// A payload that tells messages apart, ASCII so that it may be text.
fn payload(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|index| b'a' + u8::try_from((index + seed) % 26).unwrap()).collect()
}

fn act(step: &Step, seed: usize, user: &mut User, end: &mut Driver, out: &mut Way, back: &mut Way) {
    match *step {
        Step::Send { text, fin, length } => user.send(end, text, fin, &payload(length, seed)),
        Step::SendHeld { length } => user.send_held(end, &payload(length, seed)),
        Step::Ping => user.pongs.extend(end.session.ping(None)),
        Step::Flush => user.waiters.push(end.flush()),
        Step::Room => user.waiters.push(end.room()),
        Step::Take(count) => (0..count).for_each(|_| drop(end.take())),
        Step::Discard => {
            end.session.discard_incoming();
            user.discards = true;
        }
        Step::Close(code) => end.close(code, "a reason"),
        Step::Terminate => end.session.terminate(),
        Step::TransportFails => end.session.transport_failed(),
        Step::Poll { ahead } => {
            if let Some(bytes) = end.poll()
                && ahead
                && !out.ended
            {
                out.bytes.extend(bytes);
                out.ahead = true;
            }
        }
        Step::Write => drop(write(end, out)),
        Step::Read { chunk } => drop(read(end, back, chunk)),
        Step::CutWay => out.ended = true,
        Step::Corrupt { at, bits } => {
            let count = out.bytes.len();
            if count > 0 {
                out.bytes[at % count] ^= bits;
                user.corrupted |= bits != 0;
            }
        }
        Step::Pass { .. } => {}
    }
    if end.session.is_closed() {
        assert_eq!((end.deadline(), end.session.wants_read()), (None, false));
    }
}

/// Checks that what came is what the user sent, in order, up to some message.
#[track_caller]
fn assert_prefix(came: &[Frame], user: &User) {
    if user.corrupted {
        return;
    }
    let sent = &user.sent;
    assert!(came.len() <= sent.len(), "{} came of {}", came.len(), sent.len());
    for (index, (came, sent)) in came.iter().zip(sent).enumerate() {
        assert!(came == sent, "message {index} came changed or out of order");
    }
}

#[track_caller]
fn assert_over(user: &mut User, end: &mut Driver) {
    let ending = end.ending();
    assert_eq!((end.session.buffered_amount(), end.session.has_transmit()), (0, false));
    user.waiters.push(end.flush());
    user.waiters.push(end.room());
    assert!(user.waiters.iter_mut().all(|waiter| look(waiter) != Wait::Pending));
    assert!(user.pongs.iter_mut().all(|pong| look(pong) != Wait::Pending));
    if ending.was_clean {
        assert!(ending.sent.is_some() && ending.received.is_some() && ending.fault.is_none());
    }
}

/// Checks that all came that was sent.
#[track_caller]
fn assert_whole(came: &[Frame], sender: &User, receiver: &User) {
    assert!(sender.corrupted || receiver.discards || came == sender.sent, "a message was lost");
}
