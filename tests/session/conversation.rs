//! What a pair of sessions says to each other while all goes well, or slowly.

use framewire::protocol::Opcode;
use framewire::session::Verdict;

use super::driver::{Wait, binary, look, text, waits_at};
use super::pair::Pair;

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
