//! The connection's state diagram, edge by edge, and what is owed in each state.

use framewire::protocol::{
    Close, CloseCode, Config, Connection, ControlPayload, Opcode, ProtocolError, Role, Rsv, State,
    UsageError,
};

use super::support::{Event, KEY, Reader, client_reads, plain};

fn client() -> Reader {
    Reader::new(Config::new(Role::Client))
}

fn manual() -> Reader {
    Reader::new(Config { auto_close: false, auto_pong: false, ..Config::new(Role::Client) })
}

fn close(code: u16, reason: &str) -> Close {
    Close::new(code, reason).unwrap()
}

fn close_frame(close: &Close) -> Vec<u8> {
    plain(0x88, close.encode().as_slice())
}

fn pong(connection: &mut Connection) -> Option<Vec<u8>> {
    connection.poll_pong().map(|payload| payload.as_slice().to_vec())
}

/// Checks what may be done in the state the connection is in.
#[track_caller]
fn assert_may(connection: &mut Connection, send: bool, read: bool, owes_close: bool) {
    let state = connection.state().clone();
    assert_eq!(connection.may_send(), send, "{state:?}");
    assert_eq!(connection.takes_input(), read, "{state:?}");
    assert_eq!(connection.owes_close(), owes_close, "{state:?}");
    if !send {
        let refused = connection.frame(Opcode::Text, true, Rsv::NONE, 0, KEY);
        assert_eq!(refused, Err(UsageError::Closed), "{state:?}");
    }
    if !owes_close {
        assert_eq!(connection.poll_close(), None);
    }
    assert_eq!(*connection.state(), state, "nothing was to change");
}

#[test]
fn open_sends_and_reads_and_owes_nothing() {
    let mut reader = client();
    assert_eq!(*reader.connection.state(), State::Open);
    assert_may(&mut reader.connection, true, true, false);
    assert!(!reader.connection.owes_pong());
}

#[test]
fn open_to_closing_to_close_sent_to_closed() {
    let mut reader = client();
    let (ours, theirs) = (close(1000, "done"), close(1001, "gone"));
    reader.connection.close(ours.clone()).unwrap();
    assert_eq!(*reader.connection.state(), State::Closing { close: ours.clone() });
    assert_may(&mut reader.connection, false, true, true);
    assert_eq!(reader.connection.close(theirs.clone()), Err(UsageError::Closed));

    assert_eq!(reader.connection.poll_close(), Some(ours.clone()));
    assert_eq!(*reader.connection.state(), State::CloseSent { sent: ours.clone() });
    assert_may(&mut reader.connection, false, true, false);
    assert_eq!(reader.connection.close(theirs.clone()), Err(UsageError::Closed));

    reader.feed(&[plain(0x81, b"still"), close_frame(&theirs)].concat());
    assert_eq!(reader.events, [Event::text("still"), Event::Close(theirs.clone())]);
    let closed = State::Closed { sent: ours.clone(), received: theirs };
    assert_eq!(*reader.connection.state(), closed);
    assert_may(&mut reader.connection, false, false, false);
    assert_eq!(reader.connection.close(ours), Err(UsageError::Closed));
}

#[test]
fn open_to_answering_to_closed() {
    let mut reader = client();
    let theirs = close(4000, "bye");
    reader.feed(&close_frame(&theirs));
    let answer = theirs.clone();
    let state = State::Answering { received: theirs.clone(), close: answer.clone() };
    assert_eq!(*reader.connection.state(), state);
    assert_may(&mut reader.connection, false, false, true);
    assert_eq!(reader.connection.close(close(1000, "")), Err(UsageError::Closed));

    assert_eq!(reader.connection.poll_close(), Some(answer.clone()));
    let closed = State::Closed { sent: answer, received: theirs };
    assert_eq!(*reader.connection.state(), closed);
    assert_eq!(reader.connection.poll_close(), None);
}

#[test]
fn an_empty_close_gets_an_empty_close() {
    let mut reader = client();
    reader.feed(&plain(0x88, b""));
    assert_eq!(reader.connection.poll_close(), Some(Close::Empty));
    let closed = State::Closed { sent: Close::Empty, received: Close::Empty };
    assert_eq!(*reader.connection.state(), closed);
}

#[test]
fn closing_to_answering_keeps_what_ours_was_to_say() {
    let mut reader = client();
    let (ours, theirs) = (close(3001, "ours"), close(3002, "theirs"));
    reader.connection.close(ours.clone()).unwrap();
    reader.feed(&close_frame(&theirs));
    assert_eq!(reader.connection.poll_close(), Some(ours.clone()));
    assert_eq!(*reader.connection.state(), State::Closed { sent: ours, received: theirs });
}

#[test]
fn open_to_close_received_to_answering_where_the_answer_is_left_to_us() {
    let mut reader = manual();
    let (ours, theirs) = (close(1000, "my answer"), close(1001, ""));
    reader.feed(&[close_frame(&theirs), plain(0x81, b"after")].concat());
    assert_eq!(reader.events, [Event::Close(theirs.clone())]);
    assert_eq!(*reader.connection.state(), State::CloseReceived { received: theirs.clone() });
    assert_may(&mut reader.connection, false, false, false);

    reader.connection.close(ours.clone()).unwrap();
    let state = State::Answering { received: theirs.clone(), close: ours.clone() };
    assert_eq!(*reader.connection.state(), state);
    assert_eq!(reader.connection.poll_close(), Some(ours.clone()));
    assert_eq!(*reader.connection.state(), State::Closed { sent: ours, received: theirs });
}

#[test]
fn open_and_closing_to_failing_to_failed() {
    for closes_first in [false, true] {
        let mut reader = client();
        if closes_first {
            reader.connection.close(close(1000, "")).unwrap();
        }
        let error = ProtocolError::ReservedOpcode(3);
        reader.feed(&[0x83]);
        assert_eq!(*reader.connection.state(), State::Failing { error });
        assert_may(&mut reader.connection, false, false, true);
        assert_eq!(reader.connection.close(close(1000, "")), Err(UsageError::Closed));
        let sent = close(1002, "");
        assert_eq!(reader.connection.poll_close(), Some(sent.clone()));
        assert_eq!(*reader.connection.state(), State::Failed { error, sent });
        assert_may(&mut reader.connection, false, false, false);
    }
}

#[test]
fn close_sent_to_failed_sends_no_second_close() {
    let mut reader = client();
    let sent = close(1000, "");
    reader.connection.close(sent.clone()).unwrap();
    reader.connection.poll_close();
    reader.feed(&[0x83]);
    let error = ProtocolError::ReservedOpcode(3);
    assert_eq!(*reader.connection.state(), State::Failed { error, sent });
    assert_eq!(reader.connection.poll_close(), None);
}

#[test]
fn the_close_that_follows_a_fault_has_its_code() {
    for (bytes, code) in [
        (plain(0x80, b""), CloseCode::PROTOCOL_ERROR),
        (plain(0x81, b"\xFF"), CloseCode::INVALID_PAYLOAD),
        (vec![0x82, 0x7F, 0, 0, 0, 0, 0xFF, 0, 0, 0], CloseCode::MESSAGE_TOO_BIG),
    ] {
        let mut reader = client();
        reader.feed(&bytes);
        let sent = reader.connection.poll_close().unwrap();
        assert_eq!(sent, Close::Status { code, reason: String::new() });
    }
}

#[test]
fn nothing_behind_the_peers_close_is_read() {
    let bytes = [close_frame(&close(1000, "")), plain(0x81, b"late"), vec![0x83]].concat();
    let outcome = client_reads(&bytes);
    assert_eq!(outcome.events, [Event::Close(close(1000, ""))]);
    assert_eq!(outcome.error(), None);
}

#[test]
fn only_the_newest_ping_is_answered_and_once() {
    let mut reader = client();
    reader.feed(&[plain(0x89, b"old"), plain(0x89, b"new")].concat());
    assert!(reader.connection.owes_pong());
    assert_eq!(pong(&mut reader.connection), Some(b"new".to_vec()));
    assert!(!reader.connection.owes_pong());
    assert_eq!(pong(&mut reader.connection), None);
}

#[test]
fn a_ping_is_answered_while_our_close_waits_but_not_behind_it() {
    let mut reader = client();
    reader.connection.close(Close::Empty).unwrap();
    reader.feed(&plain(0x89, b"in time"));
    assert_eq!(pong(&mut reader.connection), Some(b"in time".to_vec()));
    reader.feed(&plain(0x89, b"not polled"));
    reader.connection.poll_close();
    assert_eq!(pong(&mut reader.connection), None);
    reader.feed(&plain(0x89, b"late"));
    assert_eq!(pong(&mut reader.connection), None);
}

#[test]
fn a_ping_right_before_the_peers_close_is_answered() {
    let mut reader = client();
    reader.feed(&[plain(0x89, b"?"), plain(0x88, b"")].concat());
    assert_eq!(pong(&mut reader.connection), Some(b"?".to_vec()));
    assert_eq!(reader.connection.poll_close(), Some(Close::Empty));
}

#[test]
fn a_pong_unasked_is_taken_and_not_answered() {
    let mut reader = client();
    reader.feed(&plain(0x8A, b"unasked"));
    assert_eq!(reader.events, [Event::Pong(b"unasked".to_vec())]);
    assert!(!reader.connection.owes_pong());
}

#[test]
fn nothing_is_answered_where_the_answers_are_left_to_us() {
    let mut reader = manual();
    reader.feed(&[plain(0x89, b"?"), plain(0x88, b"")].concat());
    assert!(!reader.connection.owes_pong());
    assert!(!reader.connection.owes_close());
}

#[test]
fn frames_that_are_owed_are_masked_by_the_role() {
    let payload = ControlPayload::new(b"pong").unwrap();
    for (role, key) in [(Role::Client, Some(KEY)), (Role::Server, None)] {
        let connection = Connection::new(Config::new(role));
        let header = connection.owed_header(Opcode::Pong, &payload, KEY);
        assert_eq!((header.masking_key, header.payload_length, header.fin), (key, 4, true));
    }
}
