//! How a session ends when something went wrong: the peer's faults, the transport's, and time's.

use framewire::protocol::{Close, ProtocolError};
use framewire::session::{CloseInfo, Fault, Initiator};

use super::driver::{Driver, Wait, look};
use super::wire::{close, frames, kinds, plain};

fn status(code: u16, reason: &str) -> Option<Close> {
    Some(Close::new(code, reason).unwrap())
}

const RESERVED: Fault = Fault::Protocol(ProtocolError::ReservedOpcode(3));

#[test]
fn a_fault_of_the_peer_is_told_to_it_and_ends_the_session() {
    for (bytes, code, error) in [
        (plain(0x83, b""), 1002, ProtocolError::ReservedOpcode(3)),
        (plain(0x81, b"\xFF"), 1007, ProtocolError::TextNotUtf8),
        (plain(0x88, b"\x03"), 1002, ProtocolError::ShortClose),
    ] {
        let mut driver = Driver::server();
        driver.receive(&bytes);
        assert!(!driver.session.is_open() && !driver.session.wants_read());
        assert!(!driver.session.is_closed());
        assert_eq!(driver.write_all(), close(code, ""));
        let expected = CloseInfo {
            code,
            reason: String::new(),
            was_clean: false,
            initiator: Initiator::Local,
            sent: status(code, ""),
            received: None,
            fault: Some(Fault::Protocol(error)),
        };
        assert_eq!(driver.ending(), expected);
    }
}

#[test]
fn a_frame_too_big_is_told_with_1009_from_its_header() {
    let mut driver = Driver::server();
    driver.session.set_max_frame_size(4);
    driver.receive(&[0x82, 5]);
    assert_eq!(driver.write_all(), close(1009, ""));
    let too_big = ProtocolError::FrameTooBig { length: 5, limit: 4 };
    assert_eq!(driver.ending().fault, Some(Fault::Protocol(too_big)));
}

#[test]
fn what_came_before_a_fault_is_handed_out_and_what_was_queued_is_written() {
    let mut driver = Driver::server();
    driver.text("queued");
    let mut flush = driver.flush();
    driver.receive(&[plain(0x81, b"before"), plain(0x83, b""), plain(0x81, b"after")].concat());
    assert_eq!(driver.frames.len(), 1);
    assert_eq!(kinds(&driver.write_all()), [0x81, 0x88]);
    assert_eq!(look(&mut flush), Wait::Done(()));
    assert_eq!(driver.ending().code, 1002);
}

#[test]
fn a_fault_while_our_close_waits_replaces_it() {
    let mut driver = Driver::server();
    driver.close(1000, "");
    driver.receive(&plain(0x83, b""));
    assert_eq!(driver.write_all(), close(1002, ""));
    assert_eq!((driver.ending().code, driver.ending().fault), (1002, Some(RESERVED)));
}

#[test]
fn a_fault_behind_our_close_ends_the_session_without_another() {
    let mut driver = Driver::server();
    driver.close(1000, "");
    driver.write_all();
    driver.receive(&plain(0x83, b""));
    assert_eq!(driver.poll(), None);
    let ending = driver.ending();
    assert_eq!((ending.code, ending.was_clean, ending.fault), (1000, false, Some(RESERVED)));
}

#[test]
fn the_stream_that_ends_without_a_close_tells_1006_and_where() {
    for (bytes, mid_message) in [
        (vec![], false),
        (plain(0x81, b"whole"), false),
        (vec![0x81], true),
        (vec![0x81, 5, b'a'], true),
        (plain(0x01, b"fragment"), true),
    ] {
        let mut driver = Driver::server();
        driver.receive(&bytes);
        driver.text("never written");
        let mut flush = driver.flush();
        driver.receive_end();
        assert_eq!(look(&mut flush), Wait::Cancelled);
        let expected = CloseInfo {
            code: 1006,
            reason: String::new(),
            was_clean: false,
            initiator: Initiator::Transport,
            sent: None,
            received: None,
            fault: Some(Fault::EndOfStream { mid_message }),
        };
        assert_eq!(driver.ending(), expected);
    }
}

#[test]
fn the_stream_may_end_behind_a_fault_and_the_close_is_still_written() {
    let mut driver = Driver::server();
    driver.receive(&plain(0x83, b""));
    driver.receive_end();
    assert_eq!(driver.write_all(), close(1002, ""));
    assert_eq!(driver.ending().fault, Some(RESERVED));
}

#[test]
fn the_transport_that_fails_ends_the_session_in_any_state() {
    type Before = fn(&mut Driver);
    let cases: [(Before, u16, Initiator, Fault); 6] = [
        (|_| {}, 1006, Initiator::Transport, Fault::Transport),
        (|driver| driver.close(1000, ""), 1006, Initiator::Local, Fault::Transport),
        (
            |driver| {
                driver.close(1000, "");
                driver.write_all();
            },
            1000,
            Initiator::Local,
            Fault::Transport,
        ),
        (|driver| driver.receive(&close(4000, "")), 4000, Initiator::Remote, Fault::Transport),
        (|driver| driver.receive(&plain(0x83, b"")), 1006, Initiator::Local, RESERVED),
        (
            |driver| {
                driver.receive(&plain(0x83, b""));
                driver.poll();
            },
            1002,
            Initiator::Local,
            RESERVED,
        ),
    ];
    for (index, (before, code, initiator, fault)) in cases.into_iter().enumerate() {
        let mut driver = Driver::server();
        before(&mut driver);
        let mut flush = driver.flush();
        driver.session.transport_failed();
        assert_ne!(look(&mut flush), Wait::Pending);
        let ending = driver.ending();
        assert_eq!((ending.code, ending.was_clean), (code, false), "case {index}");
        assert_eq!((ending.initiator, ending.fault), (initiator, Some(fault)), "case {index}");
    }
}

#[test]
fn a_peer_that_does_not_answer_our_close_gets_a_hard_end() {
    let mut driver = Driver::server_with(|options| options.close_timeout = 500.0);
    driver.now = 100.0;
    driver.close(1001, "leaving");
    driver.write_all();
    assert_eq!(driver.deadline(), Some(600.0));
    driver.at(599.0);
    assert!(!driver.session.is_closed());
    driver.at(600.0);
    let expected = CloseInfo {
        code: 1001,
        reason: "leaving".to_owned(),
        was_clean: false,
        initiator: Initiator::Local,
        sent: status(1001, "leaving"),
        received: None,
        fault: Some(Fault::CloseTimeout),
    };
    assert_eq!(driver.ending(), expected);
}

#[test]
fn a_transport_that_never_takes_our_close_gets_a_hard_end() {
    let mut driver = Driver::server();
    driver.text("stuck");
    driver.poll();
    let mut flush = driver.flush();
    driver.close(1000, "");
    driver.at(10_000.0);
    assert_eq!(look(&mut flush), Wait::Cancelled);
    let ending = driver.ending();
    assert_eq!((ending.code, ending.sent), (1006, None));
    assert_eq!(ending.fault, Some(Fault::CloseTimeout));
}

#[test]
fn a_transport_that_never_takes_our_answer_leaves_the_peers_code() {
    let mut driver = Driver::server();
    driver.text("stuck");
    driver.poll();
    driver.receive(&close(4000, "bye"));
    driver.at(10_000.0);
    let ending = driver.ending();
    assert_eq!((ending.code, ending.reason.as_str(), ending.was_clean), (4000, "bye", false));
    assert_eq!((ending.initiator, ending.sent), (Initiator::Remote, None));
    assert_eq!(ending.fault, Some(Fault::CloseTimeout));
}

#[test]
fn a_fault_stays_the_fault_if_its_close_cannot_be_written() {
    // Before the fault the session was open, or closing for no fault.
    for closes_first in [false, true] {
        let mut driver = Driver::server();
        driver.text("stuck");
        driver.poll();
        if closes_first {
            driver.close(1000, "");
        }
        driver.receive(&plain(0x83, b""));
        driver.at(10_000.0);
        assert_eq!((driver.ending().code, driver.ending().fault), (1006, Some(RESERVED)));
    }
}

#[test]
fn a_ping_timeout_does_not_wait_for_the_peers_close() {
    let mut driver = Driver::server();
    drop(driver.session.ping(None).unwrap());
    driver.write_all();
    driver.text("queued");
    driver.at(15_000.0);
    assert_eq!(kinds(&driver.write_all()), [0x81, 0x88]);
    assert_eq!((driver.ending().code, driver.ending().fault), (1011, Some(Fault::PingTimeout)));
}

#[test]
fn the_stream_may_end_while_the_close_of_a_fault_is_on_its_way() {
    let mut driver = Driver::server();
    let _ping = driver.session.ping(None).unwrap();
    driver.write_all();
    driver.at(15_000.0);
    driver.poll();
    driver.receive_end();
    assert!(!driver.session.is_closed());
    driver.accept();
    assert_eq!((driver.ending().code, driver.ending().fault), (1011, Some(Fault::PingTimeout)));

    let mut driver = Driver::server();
    driver.receive(&plain(0x83, b""));
    driver.poll();
    driver.receive_end();
    assert!(!driver.session.is_closed());
    driver.accept();
    assert_eq!((driver.ending().code, driver.ending().fault), (1002, Some(RESERVED)));
}

#[test]
fn a_ping_timeout_over_a_stuck_transport_ends_at_the_close_timeout() {
    let mut driver = Driver::server();
    drop(driver.session.ping(None).unwrap());
    driver.write_all();
    driver.text("stuck");
    driver.poll();
    driver.at(15_000.0);
    driver.at(25_000.0);
    assert_eq!((driver.ending().code, driver.ending().fault), (1006, Some(Fault::PingTimeout)));
}

#[test]
fn the_peers_close_in_the_same_chunk_as_messages_is_found_behind_them() {
    let mut driver = Driver::server();
    driver.receive(&[plain(0x81, b"last words"), close(1000, ""), vec![0x83]].concat());
    assert_eq!(driver.frames.len(), 1);
    assert_eq!(frames(&driver.write_all()), [(0x88, b"\x03\xE8".to_vec())]);
    assert_eq!((driver.ending().was_clean, driver.ending().fault), (true, None));
}

#[test]
fn data_that_still_leaves_gives_the_closing_handshake_its_time_anew() {
    let mut driver = Driver::server();
    driver.text("slow");
    driver.poll();
    driver.text("slower");
    driver.close(1000, "");
    driver.at(9_000.0);
    driver.accept();
    assert_eq!(driver.deadline(), Some(19_000.0));
    driver.at(18_000.0);
    assert!(!driver.session.is_closed());
    driver.write_all();
    driver.at(28_000.0);
    assert_eq!(driver.ending().fault, Some(Fault::CloseTimeout));
}

#[test]
fn terminate_after_a_fault_says_1006() {
    let mut driver = Driver::server();
    driver.receive(&plain(0x83, b""));
    driver.poll();
    driver.session.terminate();
    assert_eq!((driver.ending().code, driver.ending().fault), (1006, Some(Fault::Terminated)));
}
