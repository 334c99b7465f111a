//! How a session ends in order, or because one side wanted it to: every field of `CloseInfo`.

use framewire::protocol::{Close, Opcode, UsageError};
use framewire::session::{CloseInfo, Fault, Initiator};

use super::driver::{Driver, Wait, look};
use super::wire::{close, frames, kinds, plain};

fn status(code: u16, reason: &str) -> Option<Close> {
    Some(Close::new(code, reason).unwrap())
}

/// Checks what must hold of every session that is over.
#[track_caller]
fn assert_over(driver: &mut Driver) {
    let ending = driver.ending();
    let session = &driver.session;
    assert!(session.is_closed() && !session.is_open() && !session.wants_read());
    assert_eq!((session.deadline(), session.buffered_amount()), (None, 0));
    assert_eq!(driver.poll(), None);
    for waiter in [&mut driver.flush(), &mut driver.room()] {
        assert_ne!(look(waiter), Wait::Pending);
    }
    assert_eq!(driver.send(Opcode::Text, true, b"late"), Err(UsageError::Closed));
    assert_eq!(driver.send_held(Opcode::Text, b"late", 1), Err(UsageError::Closed));
    assert_eq!(driver.session.ping(None).unwrap_err(), UsageError::Closed);
    let count = driver.frames.len();
    driver.receive(&plain(0x81, b"late"));
    driver.close(4000, "late");
    driver.receive_end();
    driver.session.transport_failed();
    driver.session.set_ping_interval(1.0, driver.time());
    driver.at(driver.now + 1e9);
    driver.session.terminate();
    assert_eq!(driver.frames.len(), count);
    assert_eq!(driver.poll(), None);
    assert_eq!(driver.ending(), ending, "the end is told once");
}

#[test]
fn we_close_and_the_peer_answers() {
    let mut driver = Driver::server();
    driver.close(1000, "done");
    assert!(!driver.session.is_open());
    assert!(driver.session.wants_read());
    assert_eq!(frames(&driver.write_all()), [(0x88, b"\x03\xE8done".to_vec())]);
    assert!(!driver.session.is_closed());
    driver.receive(&close(1000, "and thanks"));
    let expected = CloseInfo {
        code: 1000,
        reason: "and thanks".to_owned(),
        was_clean: true,
        initiator: Initiator::Local,
        sent: status(1000, "done"),
        received: status(1000, "and thanks"),
        fault: None,
    };
    assert_eq!(driver.ending(), expected);
    assert_over(&mut driver);
}

#[test]
fn the_peer_closes_and_we_echo_it() {
    let mut driver = Driver::server();
    driver.receive(&close(4001, "their reason"));
    assert!(!driver.session.is_open());
    assert!(!driver.session.wants_read());
    assert_eq!(frames(&driver.poll().unwrap()), [(0x88, b"\x0F\xA1their reason".to_vec())]);
    assert!(!driver.session.is_closed(), "our Close is not accepted yet");
    driver.accept();
    let expected = CloseInfo {
        code: 4001,
        reason: "their reason".to_owned(),
        was_clean: true,
        initiator: Initiator::Remote,
        sent: status(4001, "their reason"),
        received: status(4001, "their reason"),
        fault: None,
    };
    assert_eq!(driver.ending(), expected);
    assert_over(&mut driver);
}

#[test]
fn an_empty_close_is_echoed_empty_and_counts_as_1005() {
    let mut driver = Driver::server();
    driver.receive(&plain(0x88, b""));
    assert_eq!(driver.write_all(), plain(0x88, b""));
    let ending = driver.ending();
    assert_eq!((ending.code, ending.reason.as_str(), ending.was_clean), (1005, "", true));
    assert_eq!((ending.sent, ending.received), (Some(Close::Empty), Some(Close::Empty)));
    assert_over(&mut driver);
}

#[test]
fn an_empty_close_of_ours_is_empty_on_the_wire() {
    let mut driver = Driver::server();
    driver.session.close(driver.time(), Close::Empty);
    assert_eq!(driver.write_all(), plain(0x88, b""));
    driver.receive(&plain(0x88, b""));
    assert_eq!((driver.ending().code, driver.ending().initiator), (1005, Initiator::Local));
}

#[test]
fn both_close_at_once_and_the_peers_code_is_told() {
    // The peer's Close comes while ours waits, and while ours is on its way.
    for ours_written in [false, true] {
        let mut driver = Driver::server();
        driver.close(3000, "ours");
        if ours_written {
            driver.poll();
        }
        driver.receive(&close(3001, "theirs"));
        assert!(!driver.session.is_closed(), "our Close is not accepted yet");
        if !ours_written {
            driver.poll();
        }
        driver.accept();
        let expected = CloseInfo {
            code: 3001,
            reason: "theirs".to_owned(),
            was_clean: true,
            initiator: Initiator::Local,
            sent: status(3000, "ours"),
            received: status(3001, "theirs"),
            fault: None,
        };
        assert_eq!(driver.ending(), expected);
        assert_over(&mut driver);
    }
}

#[test]
fn only_the_first_close_counts() {
    let mut driver = Driver::server();
    driver.close(3000, "first");
    driver.close(3001, "second");
    assert_eq!(frames(&driver.write_all()), [(0x88, b"\x0B\xB8first".to_vec())]);
    driver.close(3002, "third");
    assert_eq!(driver.poll(), None);
}

#[test]
fn queued_data_leaves_before_the_answer_to_the_peers_close() {
    let mut driver = Driver::server();
    driver.binary(&[1; 60_000]);
    driver.binary(&[2; 60_000]);
    let mut flush = driver.flush();
    driver.poll();
    driver.receive(&close(1000, ""));
    driver.accept();
    assert_eq!(kinds(&driver.write_all()), [0x82, 0x88]);
    assert_eq!(look(&mut flush), Wait::Done(()));
    assert!(driver.ending().was_clean);
}

#[test]
fn messages_that_come_behind_our_close_are_handed_out() {
    let mut driver = Driver::server();
    driver.close(1000, "");
    driver.write_all();
    driver.receive(&[plain(0x81, b"still here"), close(1000, "")].concat());
    assert_eq!(driver.frames.len(), 1);
    assert!(driver.ending().was_clean);
}

#[test]
fn the_stream_may_end_right_behind_the_peers_close() {
    let mut driver = Driver::server();
    driver.binary(b"queued");
    driver.receive(&close(1000, ""));
    driver.receive_end();
    assert!(!driver.session.is_closed(), "what we owe can still be written");
    assert_eq!(kinds(&driver.write_all()), [0x82, 0x88]);
    assert_eq!((driver.ending().was_clean, driver.ending().fault), (true, None));
    assert_over(&mut driver);
}

#[test]
fn the_stream_that_ends_instead_of_an_answer_is_not_clean() {
    let mut driver = Driver::server();
    driver.close(1000, "done");
    driver.write_all();
    driver.receive_end();
    let expected = CloseInfo {
        code: 1000,
        reason: "done".to_owned(),
        was_clean: false,
        initiator: Initiator::Local,
        sent: status(1000, "done"),
        received: None,
        fault: None,
    };
    assert_eq!(driver.ending(), expected);
    assert_over(&mut driver);
}

#[test]
fn the_stream_may_end_while_our_close_is_on_its_way() {
    for answered in [false, true] {
        let mut driver = Driver::server();
        driver.text("data");
        let mut flush = driver.flush();
        driver.close(1000, "");
        driver.poll();
        if answered {
            driver.receive(&close(1000, ""));
        }
        driver.receive_end();
        assert_eq!(look(&mut flush), Wait::Pending);
        assert!(!driver.session.is_closed());
        driver.accept();
        assert_eq!(look(&mut flush), Wait::Done(()));
        let ending = driver.ending();
        assert_eq!((ending.code, ending.was_clean, ending.fault), (1000, answered, None));
    }
}

#[test]
fn the_stream_that_ends_before_our_close_was_written_tells_1006() {
    let mut driver = Driver::server();
    driver.close(1000, "done");
    driver.receive_end();
    let ending = driver.ending();
    assert_eq!((ending.code, ending.sent), (1006, None));
    assert_eq!(ending.fault, Some(Fault::EndOfStream { mid_message: false }));
    assert_over(&mut driver);
}

#[test]
fn terminate_ends_an_open_session_at_once_with_1006() {
    let mut driver = Driver::server();
    driver.text("never written");
    let mut flush = driver.flush();
    driver.session.terminate();
    assert_eq!(look(&mut flush), Wait::Cancelled);
    let expected = CloseInfo {
        code: 1006,
        reason: String::new(),
        was_clean: false,
        initiator: Initiator::Local,
        sent: None,
        received: None,
        fault: Some(Fault::Terminated),
    };
    assert_eq!(driver.ending(), expected);
    assert_over(&mut driver);
}

#[test]
fn terminate_during_the_handshake_tells_1006_and_what_was_said() {
    let mut driver = Driver::server();
    driver.close(1000, "");
    driver.write_all();
    driver.session.terminate();
    let ending = driver.ending();
    assert_eq!((ending.code, ending.sent), (1006, status(1000, "")));
    assert_eq!(ending.fault, Some(Fault::Terminated));
    assert_over(&mut driver);
}

#[test]
fn a_flush_after_the_end_tells_whether_everything_was_written() {
    let mut driver = Driver::server();
    driver.text("written");
    driver.write_all();
    driver.session.terminate();
    assert_eq!(look(&mut driver.flush()), Wait::Done(()));

    let mut driver = Driver::server();
    driver.text("never written");
    driver.session.terminate();
    assert_eq!(look(&mut driver.flush()), Wait::Cancelled);
}
