//! Raw sessions: every frame as it came, and nothing answered.

use framewire::protocol::Opcode;
use framewire::session::{Fault, Initiator};

use super::driver::{Driver, Frame, waits_at};
use super::wire::{close, frames, kinds, masked, plain};

fn raw() -> Driver {
    Driver::server_with(|options| options.raw = true)
}

fn frame(opcode: Opcode, fin: bool, payload: &[u8]) -> Frame {
    Frame { opcode, fin, payload: payload.to_vec() }
}

#[test]
fn every_frame_comes_as_it_was_sent_cut_at_every_offset() {
    let bytes = [
        masked(0x01, b"frag"),
        masked(0x89, b"ping"),
        masked(0x00, b""),
        masked(0x8A, b""),
        masked(0x80, b"ment"),
        masked(0x82, b""),
        masked(0x88, b"\x0F\xA0bye"),
    ]
    .concat();
    let expected = [
        frame(Opcode::Text, false, b"frag"),
        frame(Opcode::Ping, true, b"ping"),
        frame(Opcode::Continuation, false, b""),
        frame(Opcode::Pong, true, b""),
        frame(Opcode::Continuation, true, b"ment"),
        frame(Opcode::Binary, true, b""),
        frame(Opcode::Close, true, b"\x0F\xA0bye"),
    ];
    for cut in 0..=bytes.len() {
        let mut driver = raw();
        let (head, tail) = bytes.split_at(cut);
        driver.receive(head);
        driver.receive(tail);
        assert_eq!(driver.frames, expected, "cut at {cut}");
        assert_eq!(driver.poll(), None, "nothing is answered");
    }
}

#[test]
fn a_frame_in_pieces_is_one_frame() {
    let mut driver = raw();
    for byte in plain(0x02, b"pieces") {
        driver.receive(&[byte]);
    }
    assert_eq!(driver.frames, [frame(Opcode::Binary, false, b"pieces")]);
    assert_eq!(driver.session.stats().incoming_frames, 1);
}

#[test]
fn the_user_sends_pongs_and_fragments_in_order() {
    let mut driver = raw();
    driver.send(Opcode::Binary, false, b"a").unwrap();
    driver.send(Opcode::Pong, true, b"!").unwrap();
    driver.send(Opcode::Continuation, true, b"b").unwrap();
    let mut flush = driver.flush();
    let written = frames(&driver.write_all());
    let expected = [(0x02, b"a".to_vec()), (0x8A, b"!".to_vec()), (0x80, b"b".to_vec())];
    assert_eq!(written, expected);
    assert_eq!(flush.try_recv(), Ok(Some(())));
}

#[test]
fn the_peers_close_is_answered_by_the_user() {
    let mut driver = raw();
    driver.receive(&close(4000, "theirs"));
    assert!(!driver.session.is_open() && !driver.session.wants_read());
    assert_eq!(driver.poll(), None);
    assert!(driver.session.owes_answer());
    driver.close(4001, "ours");
    assert!(!driver.session.owes_answer());
    assert_eq!(driver.write_all(), close(4001, "ours"));
    let ending = driver.ending();
    assert_eq!((ending.code, ending.was_clean, ending.fault), (4000, true, None));
    assert_eq!(ending.initiator, Initiator::Remote);
}

#[test]
fn a_close_that_is_never_answered_ends_at_the_timeout() {
    let mut driver = raw();
    driver.receive(&close(4000, ""));
    driver.receive_end();
    assert_eq!(driver.deadline(), Some(10_000.0));
    driver.at(10_000.0);
    let ending = driver.ending();
    assert_eq!((ending.code, ending.was_clean), (4000, false));
    assert_eq!(ending.fault, Some(Fault::CloseTimeout));
}

#[test]
fn the_users_close_works_as_ever() {
    let mut driver = raw();
    driver.close(1000, "");
    assert_eq!(kinds(&driver.write_all()), [0x88]);
    assert!(!driver.session.owes_answer());
    driver.receive(&close(1000, ""));
    assert_eq!(driver.frames, [frame(Opcode::Close, true, b"\x03\xE8")]);
    assert!(driver.ending().was_clean);
}

#[test]
fn a_fault_is_still_told_to_the_peer() {
    let mut driver = raw();
    driver.receive(&plain(0x81, b"\xFF"));
    assert_eq!(driver.write_all(), close(1007, ""));
    assert_eq!(driver.ending().code, 1007);
}

#[test]
fn pings_of_ours_are_timed_and_their_pongs_handed_out() {
    let mut driver = raw();
    let mut round_trip = driver.session.ping(None).unwrap();
    let payload = frames(&driver.write_all())[0].1.clone();
    driver.now = 7.0;
    driver.receive(&plain(0x8A, &payload));
    assert_eq!(round_trip.try_recv(), Ok(Some(7.0)));
    assert_eq!(driver.frames, [frame(Opcode::Pong, true, &payload)]);
}

#[test]
fn control_frames_count_for_the_budget() {
    let mut driver = Driver::server_with(|options| {
        options.raw = true;
        options.incoming = waits_at(1000, 2);
    });
    driver.receive(&plain(0x89, b"1"));
    assert!(driver.session.wants_read());
    driver.receive(&plain(0x8A, b"2"));
    assert!(!driver.session.wants_read());
    driver.take();
    assert!(driver.session.wants_read());
}

#[test]
fn nothing_comes_behind_a_frame_that_was_dropped() {
    let mut driver = Driver::server_with(|options| {
        options.raw = true;
        options.incoming = waits_at(1000, 1);
    });
    driver.receive(&plain(0x01, b"kept"));
    driver.close(1000, "");
    driver.receive(&[plain(0x89, b"dropped"), plain(0x00, b"dropped")].concat());
    driver.take();
    driver.receive(&[plain(0x80, b"a gap"), plain(0x89, b"a gap")].concat());
    assert_eq!(driver.frames, [frame(Opcode::Text, false, b"kept")]);
}
