//! Options that sessions have in common.

use framewire::protocol::{Opcode, ProtocolError, Role, Rsv};
use framewire::session::{Fault, FrameTable, Options, Session, SharedOptions, Time, Transmit};

use super::wire::plain;

const NOW: Time = Time::from_millis(0.0);
const KEY: [u8; 4] = [1, 2, 3, 4];

fn pair() -> (Session, Session) {
    let shared = SharedOptions::from(&Options::new(Role::Client));
    (Session::new(shared.clone(), NOW), Session::new(shared, NOW))
}

fn first_write(session: &mut Session) -> Vec<u8> {
    session.send(Opcode::Binary, true, Rsv::NONE, b"a", KEY).unwrap();
    match session.poll_transmit(NOW, || KEY) {
        Some(Transmit::Bytes(bytes)) => bytes.to_vec(),
        other => panic!("{other:?} is to be written"),
    }
}

#[test]
fn masking_is_changed_for_one_session_only() {
    let (mut changed, mut other) = pair();
    changed.set_masking(false);
    assert_eq!(first_write(&mut changed), [0x82, 1, b'a']);
    assert_eq!(first_write(&mut other), [0x82, 0x81, 1, 2, 3, 4, b'a' ^ 1]);
}

#[test]
fn the_longest_frame_is_changed_for_one_session_only() {
    let (mut changed, mut other) = pair();
    changed.set_max_frame_size(2);
    for session in [&mut changed, &mut other] {
        session.receive(NOW, &mut plain(0x82, b"abc"), &mut FrameTable::new());
        let _ = session.poll_transmit(NOW, || KEY);
        session.accepted(NOW);
    }
    let error = ProtocolError::FrameTooBig { length: 3, limit: 2 };
    let fault = changed.close_info().and_then(|info| info.fault);
    assert_eq!(fault, Some(Fault::Protocol(error)));
    assert!(other.is_open());
}

#[test]
fn pings_are_changed_for_one_session_only() {
    let (mut changed, mut other) = pair();
    changed.set_ping_interval(1000.0, NOW);
    changed.set_pong_timeout(10.0);
    assert_eq!(changed.deadline(), Some(Time::from_millis(1000.0)));
    assert_eq!(other.deadline(), None);
    let later = Time::from_millis(1000.0);
    for session in [&mut changed, &mut other] {
        session.handle_timeout(later);
        let _ = session.poll_transmit(later, || KEY);
        session.accepted(later);
    }
    assert_eq!(changed.deadline(), Some(Time::from_millis(1010.0)));
    assert_eq!(other.deadline(), None);
}
