//! Bytes to frames: what is refused, with which fault, and at which byte.

use framewire::protocol::{CloseCode, Config, Opcode, ProtocolError, Role, Rsv};

use super::support::{
    Event, KEY, client_reads, header, hex, plain, read, refused_at_last_byte, wire,
};

fn client() -> Config {
    Config::new(Role::Client)
}

fn server() -> Config {
    Config::new(Role::Server)
}

#[test]
fn faults_in_a_header_are_found_with_their_byte() {
    for (bytes, error) in [
        ("83", ProtocolError::ReservedOpcode(3)),
        ("07", ProtocolError::ReservedOpcode(7)),
        ("8B", ProtocolError::ReservedOpcode(11)),
        ("FF", ProtocolError::ReservedOpcode(15)),
        ("08", ProtocolError::FragmentedControl(Opcode::Close)),
        ("09", ProtocolError::FragmentedControl(Opcode::Ping)),
        ("0A", ProtocolError::FragmentedControl(Opcode::Pong)),
        ("88 7E", ProtocolError::LongControl(Opcode::Close)),
        ("89 7E", ProtocolError::LongControl(Opcode::Ping)),
        ("8A FF", ProtocolError::LongControl(Opcode::Pong)),
        ("82 7E 007D", ProtocolError::LengthNotMinimal(125)),
        ("81 7F 000000000000FFFF", ProtocolError::LengthNotMinimal(65_535)),
        ("82 7F 80", ProtocolError::LengthOver63Bits),
    ] {
        let bytes = hex(bytes);
        assert_eq!(refused_at_last_byte(client(), &bytes), error);
        assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
        let behind = [plain(0x81, b"good"), bytes].concat();
        assert_eq!(refused_at_last_byte(client(), &behind), error);
        assert_eq!(client_reads(&behind).events, [Event::text("good")]);
    }
}

#[test]
fn reserved_bits_without_an_owner_are_refused_on_every_frame() {
    for bits in 1..8_u8 {
        for opcode in [0x1, 0x2, 0x8, 0x9, 0xA] {
            let head = [0x80 | bits << 4 | opcode, 0];
            let error = refused_at_last_byte(client(), &head);
            assert_eq!(error, ProtocolError::ReservedBits(Rsv::from_bits(bits)));
            assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
        }
    }
}

#[test]
fn owned_reserved_bits_are_refused_beside_a_messages_first_frame() {
    let config = Config { owned_rsv: Rsv::RSV1, ..client() };
    for first in [0xC0, 0xC8, 0xC9, 0xCA] {
        let bytes = [plain(0x01, b"a"), vec![first, 0]].concat();
        let error = refused_at_last_byte(config, &bytes);
        assert_eq!(error, ProtocolError::ReservedBits(Rsv::RSV1));
    }
    for bits in [0b010, 0b001, 0b110, 0b101] {
        let error = refused_at_last_byte(config, &[0x81 | bits << 4, 0]);
        assert_eq!(error, ProtocolError::ReservedBits(Rsv::from_bits(bits)));
    }
}

#[test]
fn a_client_refuses_masked_frames_from_the_header() {
    for first in [0x81, 0x82, 0x88, 0x89, 0x8A] {
        let head = [&header(first, true, 5)[..], &KEY].concat();
        let error = refused_at_last_byte(client(), &head);
        assert_eq!((error, error.close_code()), (ProtocolError::Masked, CloseCode::PROTOCOL_ERROR));
    }
}

#[test]
fn a_server_refuses_unmasked_frames_from_the_header() {
    for first in [0x81, 0x82, 0x88, 0x89, 0x8A] {
        let error = refused_at_last_byte(server(), &header(first, false, 5));
        assert_eq!(error, ProtocolError::Unmasked);
        assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
    }
}

#[test]
fn bad_closes_are_refused_with_their_last_byte() {
    for (payload, error, code) in [
        ("03", ProtocolError::ShortClose, CloseCode::PROTOCOL_ERROR),
        ("0000", ProtocolError::CloseCode(0), CloseCode::PROTOCOL_ERROR),
        ("03E7", ProtocolError::CloseCode(999), CloseCode::PROTOCOL_ERROR),
        ("03ED", ProtocolError::CloseCode(1005), CloseCode::PROTOCOL_ERROR),
        ("03EE 61", ProtocolError::CloseCode(1006), CloseCode::PROTOCOL_ERROR),
        ("1388", ProtocolError::CloseCode(5000), CloseCode::PROTOCOL_ERROR),
        ("03E8 61FF", ProtocolError::CloseReasonNotUtf8, CloseCode::INVALID_PAYLOAD),
        ("03E8 CE", ProtocolError::CloseReasonNotUtf8, CloseCode::INVALID_PAYLOAD),
    ] {
        let frame = plain(0x88, &hex(payload));
        assert_eq!(refused_at_last_byte(client(), &frame), error);
        assert_eq!(error.close_code(), code);
        let masked = wire(0x88, Some(KEY), &hex(payload));
        assert_eq!(read(server(), &masked).error(), Some(error));
    }
}

#[test]
fn what_came_before_a_fault_is_handed_out() {
    let bytes = [plain(0x81, b"one"), plain(0x89, b"ping"), plain(0x83, b"")].concat();
    let outcome = client_reads(&bytes);
    assert_eq!(outcome.events, [Event::text("one"), Event::Ping(b"ping".to_vec())]);
    assert_eq!(outcome.error(), Some(ProtocolError::ReservedOpcode(3)));
    assert_eq!(outcome.pong, None, "a failed connection answers nothing");
}

#[test]
fn every_fault_has_a_sentence_and_a_code() {
    let faults = [
        (ProtocolError::ReservedOpcode(3), 1002),
        (ProtocolError::ReservedBits(Rsv::RSV1), 1002),
        (ProtocolError::FragmentedControl(Opcode::Ping), 1002),
        (ProtocolError::LongControl(Opcode::Pong), 1002),
        (ProtocolError::LengthNotMinimal(7), 1002),
        (ProtocolError::LengthOver63Bits, 1002),
        (ProtocolError::Unmasked, 1002),
        (ProtocolError::Masked, 1002),
        (ProtocolError::NothingToContinue, 1002),
        (ProtocolError::MessageInterrupted(Opcode::Text), 1002),
        (ProtocolError::ShortClose, 1002),
        (ProtocolError::CloseCode(1005), 1002),
        (ProtocolError::CloseReasonNotUtf8, 1007),
        (ProtocolError::TextNotUtf8, 1007),
        (ProtocolError::FrameTooBig { length: 2, limit: 1 }, 1009),
        (ProtocolError::MessageTooBig { length: 2, limit: 1 }, 1009),
    ];
    for (error, code) in faults {
        assert_eq!(error.close_code().get(), code);
        assert!(error.to_string().starts_with("the "), "{error}");
    }
}
