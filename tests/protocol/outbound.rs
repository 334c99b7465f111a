//! The order of the frames that go out: what a connection authorises and what it refuses.

use framewire::protocol::{Config, Connection, FrameHeader, Opcode, Role, Rsv, UsageError};

use super::support::KEY;

const DATA: [Opcode; 2] = [Opcode::Text, Opcode::Binary];

fn server() -> Connection {
    Connection::new(Config::new(Role::Server))
}

fn send(connection: &mut Connection, opcode: Opcode, fin: bool) -> Result<FrameHeader, UsageError> {
    connection.frame(opcode, fin, Rsv::NONE, 3, KEY)
}

#[test]
fn a_message_is_one_frame_or_a_start_continuations_and_an_end() {
    for opcode in DATA {
        let mut connection = server();
        for (opcode, fin) in [
            (opcode, true),
            (opcode, false),
            (Opcode::Continuation, false),
            (Opcode::Continuation, true),
            (opcode, true),
        ] {
            let header = send(&mut connection, opcode, fin).unwrap();
            let rsv = Rsv::NONE;
            let expected = FrameHeader { fin, rsv, opcode, masking_key: None, payload_length: 3 };
            assert_eq!(header, expected);
        }
    }
}

#[test]
fn a_continuation_of_nothing_is_refused() {
    let mut connection = server();
    for fin in [true, false] {
        let refused = send(&mut connection, Opcode::Continuation, fin);
        assert_eq!(refused, Err(UsageError::NothingToContinue));
    }
    send(&mut connection, Opcode::Text, false).unwrap();
    send(&mut connection, Opcode::Continuation, true).unwrap();
    let refused = send(&mut connection, Opcode::Continuation, true);
    assert_eq!(refused, Err(UsageError::NothingToContinue));
}

#[test]
fn a_message_within_a_message_is_refused_and_leaves_the_first_under_way() {
    let mut connection = server();
    send(&mut connection, Opcode::Text, false).unwrap();
    for opcode in DATA {
        for fin in [true, false] {
            let refused = send(&mut connection, opcode, fin);
            assert_eq!(refused, Err(UsageError::MessageInterrupted(opcode)));
        }
    }
    send(&mut connection, Opcode::Continuation, true).unwrap();
}

#[test]
fn control_frames_pass_between_fragments_and_are_whole() {
    let mut connection = server();
    send(&mut connection, Opcode::Binary, false).unwrap();
    for opcode in [Opcode::Ping, Opcode::Pong] {
        send(&mut connection, opcode, true).unwrap();
        let refused = send(&mut connection, opcode, false);
        assert_eq!(refused, Err(UsageError::FragmentedControl(opcode)));
    }
    send(&mut connection, Opcode::Continuation, true).unwrap();
}

#[test]
fn a_control_frame_over_125_bytes_is_refused() {
    for opcode in [Opcode::Ping, Opcode::Pong] {
        let mut connection = server();
        let mut control = |length| connection.frame(opcode, true, Rsv::NONE, length, KEY);
        assert!(control(125).is_ok());
        assert_eq!(control(126), Err(UsageError::LongControl(126)));
    }
}

#[test]
fn a_close_leaves_through_close_only() {
    let mut connection = server();
    assert_eq!(send(&mut connection, Opcode::Close, true), Err(UsageError::CloseAsFrame));
    assert!(connection.may_send());
}

#[test]
fn reserved_bits_need_an_owner_and_the_first_frame_of_a_message() {
    let owned_rsv = Rsv::RSV1;
    let mut owner = Connection::new(Config { owned_rsv, ..Config::new(Role::Server) });
    let mut plain = server();
    for rsv in [Rsv::RSV1, Rsv::RSV2, Rsv::RSV3, Rsv::from_bits(0b110)] {
        let refused = plain.frame(Opcode::Text, true, rsv, 0, KEY);
        assert_eq!(refused, Err(UsageError::ReservedBits(rsv)));
        let verdict = owner.frame(Opcode::Text, true, rsv, 0, KEY);
        assert_eq!(verdict.is_ok(), rsv == Rsv::RSV1);
    }
    owner.frame(Opcode::Text, false, Rsv::RSV1, 0, KEY).unwrap();
    for opcode in [Opcode::Continuation, Opcode::Ping, Opcode::Pong] {
        let refused = owner.frame(opcode, true, Rsv::RSV1, 0, KEY);
        assert_eq!(refused, Err(UsageError::ReservedBits(Rsv::RSV1)));
    }
}

#[test]
fn a_client_masks_and_a_server_does_not_unless_told_otherwise() {
    for (role, masking) in [(Role::Client, true), (Role::Server, false)] {
        let mut connection = Connection::new(Config::new(role));
        for masking in [masking, !masking, masking] {
            connection.set_masking(masking);
            let header = send(&mut connection, Opcode::Text, true).unwrap();
            assert_eq!(header.masking_key, masking.then_some(KEY));
        }
    }
}
