//! What must hold for a pair of sessions whatever its users, its wire and its clock do.

use framewire::protocol::{Opcode, UsageError};
use framewire::session::{Budget, Options, Verdict, Waiter};
use futures_channel::oneshot::Receiver;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::driver::{Driver, Frame, Wait, look};
use super::pair::{Pair, Way, read, write};

/// What happens at one end, or to the way that leads from it.
#[derive(Clone, Debug)]
enum Step {
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
    Pass {
        millis: u16,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let length = prop_oneof![8 => 0..300_usize, 2 => 0..5000_usize, 1 => 60_000..140_000_usize];
    prop_oneof![
        30 => (any::<bool>(), prop::bool::weighted(0.7), length.clone())
            .prop_map(|(text, fin, length)| Step::Send { text, fin, length }),
        4 => length.prop_map(|length| Step::SendHeld { length }),
        4 => Just(Step::Ping),
        4 => Just(Step::Flush),
        4 => Just(Step::Room),
        10 => (1..5_usize).prop_map(Step::Take),
        1 => Just(Step::Discard),
        1 => select(vec![1000, 1001, 1011, 4000]).prop_map(Step::Close),
        1 => prop_oneof![Just(Step::Terminate), Just(Step::TransportFails), Just(Step::CutWay)],
        10 => any::<bool>().prop_map(|ahead| Step::Poll { ahead }),
        20 => Just(Step::Write),
        30 => prop_oneof![1..20_usize, 1..100_000_usize].prop_map(|chunk| Step::Read { chunk }),
        10 => (0..200_u16).prop_map(|millis| Step::Pass { millis }),
    ]
}

fn options() -> impl Strategy<Value = (Budget, Budget, f64, f64)> {
    let budget = (select(vec![0, 100, 5000, 1 << 30]), select(vec![1, 5, 4096]), 0..10_u8)
        .prop_map(|(high_water_mark, max_frames, overflow)| Budget {
            high_water_mark,
            max_frames,
            close_on_overflow: overflow == 0,
        });
    let millis = || select(vec![0.0, 50.0, 130.0]);
    (budget.clone(), budget, millis(), millis())
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
        Step::Pass { .. } => {}
    }
    if end.session.is_closed() {
        assert_eq!((end.deadline(), end.session.wants_read()), (None, false));
    }
}

/// Checks that what came is what was sent, in order, up to some message.
#[track_caller]
fn assert_prefix(came: &[Frame], sent: &[Frame]) {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_happens_what_arrives_was_sent_and_all_comes_to_an_end(
        (incoming, outgoing, ping_interval, pong_timeout) in options(),
        steps in vec((any::<bool>(), step()), 0..120),
    ) {
        let mut pair = Pair::with(|options: &mut Options| {
            options.incoming = incoming;
            options.outgoing = outgoing;
            options.ping_interval = ping_interval;
            options.pong_timeout = pong_timeout;
            options.close_timeout = 500.0;
        });
        let (mut alice, mut bob) = (User::default(), User::default());
        for (seed, (at_client, step)) in steps.iter().enumerate() {
            let Pair { client, server, to_server, to_client, .. } = &mut pair;
            if let Step::Pass { millis } = step {
                let now = client.now + f64::from(*millis);
                client.at(now);
                server.at(now);
            } else if *at_client {
                act(step, seed, &mut alice, client, to_server, to_client);
            } else {
                act(step, seed, &mut bob, server, to_client, to_server);
            }
            assert_prefix(&pair.server.frames, &alice.sent);
            assert_prefix(&pair.client.frames, &bob.sent);
        }

        pair.client.close(1000, "");
        pair.server.close(1000, "");
        pair.run_until(pair.client.now + 2000.0);
        assert_over(&mut alice, &mut pair.client);
        assert_over(&mut bob, &mut pair.server);
        assert_prefix(&pair.server.frames, &alice.sent);
        assert_prefix(&pair.client.frames, &bob.sent);

        let roomy = incoming.high_water_mark == 1 << 30 && incoming.max_frames == 4096;
        let clean = pair.client.ending().was_clean && pair.server.ending().was_clean;
        if roomy && clean {
            prop_assert!(bob.discards || pair.server.frames == alice.sent, "a message was lost");
            prop_assert!(alice.discards || pair.client.frames == bob.sent, "a message was lost");
        }
    }
}
