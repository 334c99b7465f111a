//! Budgets that fail the session instead of making someone wait.

use framewire::protocol::{Close, Opcode};
use framewire::session::{CloseInfo, Fault, Initiator, Verdict};

use super::driver::{Driver, binary, fails_at, text};
use super::wire::{close, frames, kinds, plain};

fn incoming(bytes: u64, count: u64) -> Driver {
    Driver::server_with(|options| options.incoming = fails_at(bytes, count))
}

fn outgoing(bytes: u64, count: u64) -> Driver {
    Driver::server_with(|options| options.outgoing = fails_at(bytes, count))
}

#[test]
fn a_message_that_finds_the_incoming_queue_full_fails_the_session() {
    for (bytes, count) in [(10, 100), (1000, 2)] {
        let mut driver = incoming(bytes, count);
        driver.receive(&plain(0x81, b"12345").repeat(2));
        assert!(driver.session.is_open(), "the budget holds this");
        assert!(driver.session.wants_read(), "or the overflow would never be found");
        driver.receive(&plain(0x81, b"more"));
        assert!(!driver.session.is_open());
        assert_eq!(driver.frames, [text("12345"), text("12345")], "what was queued stays");
        let reason = "incoming queue overflow";
        assert_eq!(driver.write_all(), close(1008, reason));
        let expected = CloseInfo {
            code: 1008,
            reason: reason.to_owned(),
            was_clean: false,
            initiator: Initiator::Local,
            sent: Some(Close::new(1008, reason).unwrap()),
            received: None,
            fault: Some(Fault::IncomingOverflow),
        };
        assert_eq!(driver.ending(), expected);
    }
}

#[test]
fn a_user_who_takes_each_message_never_overflows() {
    let mut driver = incoming(10, 1);
    for _ in 0..10 {
        driver.receive(&plain(0x82, &[1; 300]));
        assert_eq!(driver.take(), Some(binary(&[1; 300])));
    }
    assert!(driver.session.is_open());
}

#[test]
fn the_overflow_is_found_within_a_chunk_and_the_rest_of_it_is_dropped() {
    let mut driver = incoming(1000, 2);
    driver.receive(&plain(0x81, b"x").repeat(5));
    assert_eq!(driver.frames.len(), 2);
    assert!(!driver.session.is_open());
}

#[test]
fn the_peers_close_in_the_same_chunk_comes_too_late_for_the_overflow() {
    let mut driver = incoming(1000, 2);
    driver.receive(&[plain(0x81, b"x").repeat(3), close(1000, "")].concat());
    assert_eq!(kinds(&driver.write_all()), [0x88]);
    let ending = driver.ending();
    assert_eq!((ending.code, ending.fault), (1000, Some(Fault::IncomingOverflow)));
    assert!(!ending.was_clean);
}

#[test]
fn the_peers_close_into_a_full_queue_is_no_overflow() {
    for raw in [false, true] {
        let mut driver = Driver::server_with(|options| {
            options.incoming = fails_at(1000, 2);
            options.raw = raw;
        });
        driver.receive(&[plain(0x81, b"x").repeat(2), close(4000, "")].concat());
        driver.session.overflow(driver.time());
        driver.close(4000, "");
        assert_eq!(driver.write_all(), close(4000, ""));
        let ending = driver.ending();
        assert_eq!((ending.code, ending.was_clean, ending.fault), (4000, true, None));
    }
}

#[test]
fn a_frame_that_finds_the_outgoing_queue_full_is_not_queued() {
    for (bytes, count) in [(10, 100), (1000, 2)] {
        let mut driver = outgoing(bytes, count);
        assert_eq!(driver.text("12345"), Verdict::Accepted);
        assert_eq!(driver.text("67890"), Verdict::Accepted);
        assert_eq!(driver.text("too much"), Verdict::Overflow);
        assert!(driver.session.is_open(), "the driver decides when to fail it");
        driver.session.overflow(driver.time());
        let written = frames(&driver.write_all());
        assert_eq!(written.len(), 3, "what was queued still leaves");
        assert_eq!(written[2], (0x88, b"\x03\xF0outgoing queue overflow".to_vec()));
        let ending = driver.ending();
        assert_eq!((ending.code, ending.fault), (1008, Some(Fault::OutgoingOverflow)));
        assert_eq!((ending.initiator, ending.was_clean), (Initiator::Local, false));
    }
}

#[test]
fn a_transport_that_keeps_up_never_overflows() {
    let mut driver = outgoing(10, 1);
    for _ in 0..10 {
        assert_eq!(driver.binary(&[1; 300]), Verdict::Accepted);
        driver.write_all();
    }
}

#[test]
fn control_frames_pass_a_full_outgoing_queue() {
    let mut driver = outgoing(1, 1);
    driver.text("full");
    driver.receive(&plain(0x89, b"?"));
    drop(driver.session.ping(None).unwrap());
    assert_eq!(kinds(&driver.write_all()), [0x8A, 0x81, 0x89]);
    assert!(driver.session.is_open());
}

#[test]
fn raw_control_frames_fill_the_budget_too() {
    let mut driver = Driver::server_with(|options| {
        options.incoming = fails_at(1000, 3);
        options.raw = true;
    });
    driver.receive(&plain(0x89, b"").repeat(10));
    assert_eq!(driver.frames.len(), 3);
    assert!(driver.frames.iter().all(|frame| frame.opcode == Opcode::Ping));
    driver.write_all();
    assert_eq!(driver.ending().fault, Some(Fault::IncomingOverflow));
}
