//! Bytes to frames: the RFC's examples and every length form, masked and not.

use framewire::protocol::{Config, Connection, MessageKind, Opcode, Received, Role, Rsv, State};

use super::support::{Event, KEY, Reader, client_reads, hex, plain, read, read_cut, wire};

fn server() -> Config {
    Config::new(Role::Server)
}

#[test]
fn examples_of_rfc_6455_section_5_7() {
    let hello = [Event::text("Hello")];
    assert_eq!(client_reads(&hex("81 05 48 65 6c 6c 6f")).events, hello);
    assert_eq!(read(server(), &hex("81 85 37 fa 21 3d 7f 9f 4d 51 58")).events, hello);

    let fragments = client_reads(&hex("01 03 48 65 6c 80 02 6c 6f"));
    let expected = [
        Event::data(Opcode::Text, MessageKind::Text, false, b"Hel"),
        Event::data(Opcode::Continuation, MessageKind::Text, true, b"lo"),
    ];
    assert_eq!(fragments.events, expected);

    let ping = client_reads(&hex("89 05 48 65 6c 6c 6f"));
    assert_eq!(ping.events, [Event::Ping(b"Hello".to_vec())]);
    assert_eq!(ping.pong, Some(b"Hello".to_vec()));
    let pong = read(server(), &hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"));
    assert_eq!(pong.events, [Event::Pong(b"Hello".to_vec())]);
    assert_eq!(pong.pong, None);

    let short = vec![0xA5; 256];
    let bytes = [&hex("82 7E 0100")[..], &short].concat();
    assert_eq!(client_reads(&bytes).events, [Event::binary(&short)]);
    let long: Vec<u8> = (0..=255).cycle().take(65_536).collect();
    let bytes = [&hex("82 7F 0000000000010000")[..], &long].concat();
    let whole = read_cut(Config::new(Role::Client), &bytes, &[]);
    assert_eq!(whole.events, [Event::binary(&long)]);
    for cut in [1, 2, 9, 10, 11, 32_768, bytes.len() - 1] {
        assert_eq!(read_cut(Config::new(Role::Client), &bytes, &[cut]), whole);
    }
}

#[test]
fn every_length_at_the_edge_of_a_form_comes_whole() {
    for length in [0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 65_535, 65_536, 65_537] {
        let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
        for (config, key) in [(Config::new(Role::Client), None), (server(), Some(KEY))] {
            let bytes = [wire(0x82, key, &payload), wire(0x81, key, b"next")].concat();
            let expected = [Event::binary(&payload), Event::text("next")];
            let edges = (0..=16).chain(length..=length + 20).chain([length / 2]);
            for cut in edges.filter(|cut| *cut <= bytes.len()) {
                let outcome = read_cut(config, &bytes, &[cut]);
                assert_eq!(outcome.events, expected, "{length} bytes cut at {cut}");
                assert!(outcome.between_messages);
            }
        }
    }
}

#[test]
fn an_empty_frame_comes_with_its_header() {
    for (first, event) in [
        (0x81, Event::text("")),
        (0x82, Event::binary(b"")),
        (0x89, Event::Ping(vec![])),
        (0x8A, Event::Pong(vec![])),
    ] {
        assert_eq!(client_reads(&plain(first, b"")).events, std::slice::from_ref(&event));
        assert_eq!(read(server(), &wire(first, Some(KEY), b"")).events, [event]);
    }
}

#[test]
fn control_frames_of_125_bytes_come_whole() {
    let payload: Vec<u8> = (0..125).collect();
    let outcome = read(server(), &wire(0x89, Some(KEY), &payload));
    assert_eq!(outcome.events, [Event::Ping(payload.clone())]);
    assert_eq!(outcome.pong, Some(payload.clone()));
    assert_eq!(client_reads(&plain(0x8A, &payload)).events, [Event::Pong(payload)]);
}

#[test]
fn many_frames_in_a_chunk_come_in_order() {
    let frames: Vec<Vec<u8>> = (0..100).map(|index| plain(0x82, &[index; 3])).collect();
    let expected: Vec<Event> = (0..100).map(|index| Event::binary(&[index; 3])).collect();
    assert_eq!(client_reads(&frames.concat()).events, expected);
}

#[test]
fn a_key_of_zeros_masks_nothing_and_is_still_a_mask() {
    assert_eq!(read(server(), &wire(0x81, Some([0; 4]), b"plain")).events, [Event::text("plain")]);
}

#[test]
fn the_payload_is_left_unmasked_where_it_lies() {
    let mut connection = Connection::new(server());
    let mut chunk = wire(0x82, Some(KEY), b"payload");
    let mut at = 0;
    let Some(Received::Data(part)) = connection.handle_bytes(&mut chunk, &mut at) else {
        panic!("no data");
    };
    assert_eq!((part.range.clone(), part.masked, part.ascii), (6..13, true, false));
    assert_eq!(&chunk[part.range], b"payload");
    assert_eq!((at, connection.handle_bytes(&mut chunk, &mut at)), (13, None));
}

#[test]
fn payload_that_came_unmasked_is_left_as_it_came() {
    let mut connection = Connection::new(Config::new(Role::Client));
    let sent = [plain(0x81, "aé".as_bytes()), plain(0x81, b"ascii")].concat();
    let mut chunk = sent.clone();
    let mut at = 0;
    let mut parts = Vec::new();
    while let Some(Received::Data(part)) = connection.handle_bytes(&mut chunk, &mut at) {
        parts.push((part.range, part.masked, part.ascii));
    }
    assert_eq!(parts, [(2..5, false, false), (7..12, false, true)]);
    assert_eq!(chunk, sent);
}

#[test]
fn either_mask_is_taken_if_the_mismatch_is_allowed() {
    for role in [Role::Client, Role::Server] {
        let config = Config { allow_mask_mismatch: true, ..Config::new(role) };
        let bytes = [wire(0x81, Some(KEY), b"one"), plain(0x81, b"two")].concat();
        assert_eq!(read(config, &bytes).events, [Event::text("one"), Event::text("two")]);
    }
}

#[test]
fn owned_reserved_bits_come_with_the_first_frame_of_a_message() {
    let config = Config { owned_rsv: Rsv::RSV1, ..Config::new(Role::Client) };
    let Some(Event::Data { rsv, .. }) = read(config, &plain(0xC2, b"x")).events.pop() else {
        panic!("no data");
    };
    assert_eq!(rsv, Rsv::RSV1.bits());
}

#[test]
fn limits_changed_hold_from_the_next_header_on() {
    let mut reader = Reader::new(Config::new(Role::Client));
    let bytes = [plain(0x82, b"first"), plain(0x82, b"second")].concat();
    reader.feed(&bytes[..3]);
    let limits = reader.connection.config().limits;
    reader.connection.set_limits(framewire::protocol::Limits { max_frame_size: 4, ..limits });
    reader.feed(&bytes[3..]);
    let outcome = reader.outcome();
    assert_eq!(outcome.events, [Event::binary(b"first")]);
    assert!(matches!(outcome.state, State::Failing { .. }));
}
