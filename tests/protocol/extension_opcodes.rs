//! Reserved opcodes that extensions own (RFC 6455 §5.2, §5.8).

use framewire::protocol::{
    Config, Connection, FrameHeader, MessageKind, Opcode, OwnedOpcodes, ProtocolError,
    ReservedOpcode, Role, Rsv, UsageError,
};

use super::support::{Event, Reader, plain};

/// Opcodes 3 and 11 are owned.
fn owner() -> Config {
    Config { owned_opcodes: OwnedOpcodes::from_bits(1 << 3 | 1 << 11), ..Config::new(Role::Client) }
}

fn extension(bits: u8) -> Opcode {
    Opcode::Extension(ReservedOpcode::new(bits).unwrap())
}

/// What a client that owns 3 and 11 reads, the stream cut at every offset.
#[track_caller]
fn reads(stream: &[u8]) -> (Vec<Event>, Option<ProtocolError>) {
    let whole = read(&[stream]);
    for cut in 0..=stream.len() {
        let (head, tail) = stream.split_at(cut);
        assert_eq!(read(&[head, tail]), whole, "cut at {cut}");
    }
    whole
}

fn read(chunks: &[&[u8]]) -> (Vec<Event>, Option<ProtocolError>) {
    let mut reader = Reader::new(owner());
    chunks.iter().for_each(|chunk| reader.feed(chunk));
    let outcome = reader.outcome();
    let error = outcome.error();
    (outcome.events, error)
}

#[test]
fn only_reserved_opcodes_can_be_owned() {
    let reserved = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
    for bits in 0..=u8::MAX {
        assert_eq!(ReservedOpcode::new(bits).is_some(), reserved.contains(&bits), "{bits}");
    }
    assert_eq!(OwnedOpcodes::from_bits(u16::MAX), OwnedOpcodes::ALL);
    for bits in reserved {
        let opcode = ReservedOpcode::new(bits).unwrap();
        assert!(OwnedOpcodes::ALL.contains(opcode) && !OwnedOpcodes::NONE.contains(opcode));
        assert_eq!(Opcode::from_bits_owned(bits, OwnedOpcodes::ALL), Some(extension(bits)));
        assert_eq!(Opcode::from_bits_owned(bits, OwnedOpcodes::NONE), None);
        assert_eq!(extension(bits).is_control(), bits >= 11);
    }
}

#[test]
fn messages_of_an_extension_come_whole_and_in_fragments() {
    let kind = MessageKind::Extension(ReservedOpcode::new(3).unwrap());
    let data = |opcode, fin, payload: &[u8]| Event::data(opcode, kind, fin, payload);
    let stream = [
        plain(0x83, b"\xFFwhole"),
        plain(0x03, b"frag"),
        plain(0x89, b"ping"),
        plain(0x80, b"ment"),
        plain(0x8B, b"control"),
    ];
    let expected = vec![
        data(extension(3), true, b"\xFFwhole"),
        data(extension(3), false, b"frag"),
        Event::Ping(b"ping".to_vec()),
        data(Opcode::Continuation, true, b"ment"),
        Event::Extension(extension(11), b"control".to_vec()),
    ];
    assert_eq!(reads(&stream.concat()), (expected, None));
}

#[test]
fn what_nobody_owns_and_what_breaks_the_rules_is_refused() {
    let interrupted = [plain(0x01, b"a"), plain(0x83, b"b")].concat();
    for (stream, error) in [
        (vec![0x84], ProtocolError::ReservedOpcode(4)),
        (vec![0x8C], ProtocolError::ReservedOpcode(12)),
        (vec![0x0B], ProtocolError::FragmentedControl(extension(11))),
        (vec![0x8B, 126], ProtocolError::LongControl(extension(11))),
        (interrupted, ProtocolError::MessageInterrupted(extension(3))),
    ] {
        assert_eq!(reads(&stream).1, Some(error));
    }
    let config = Config { owned_rsv: Rsv::RSV1, ..owner() };
    let mut reader = Reader::new(config);
    reader.feed(&[0xC3, 0]);
    assert_eq!(reader.outcome().error(), Some(ProtocolError::ReservedBits(Rsv::RSV1)));
}

#[test]
fn an_owned_opcode_is_sent_where_its_frame_may_stand() {
    let mut connection = Connection::new(Config { masking: false, ..owner() });
    let mut send = |opcode, fin| connection.frame(opcode, fin, Rsv::NONE, 0, [0; 4]);
    let unowned = UsageError::ReservedOpcode(ReservedOpcode::new(4).unwrap());
    assert_eq!(send(extension(4), true), Err(unowned));
    let mut out = [0; FrameHeader::MAX_LENGTH];
    assert_eq!(send(extension(3), true).unwrap().encode(&mut out), 2);
    assert_eq!(out[0], 0x83);
    assert_eq!(send(extension(11), false), Err(UsageError::FragmentedControl(extension(11))));
    send(Opcode::Text, false).unwrap();
    send(extension(11), true).unwrap();
    assert_eq!(send(extension(3), true), Err(UsageError::MessageInterrupted(extension(3))));
    send(Opcode::Continuation, true).unwrap();
}
