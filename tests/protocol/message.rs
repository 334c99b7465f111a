//! Fragments to messages: their order, control frames among them, and text over fragments.

use framewire::protocol::{CloseCode, Config, MessageKind, Opcode, ProtocolError, Role, Rsv};

use super::support::{
    Event, client_reads, client_refuses, header, hex, plain, read, refused_at_last_byte,
};

#[test]
fn fragments_make_one_message_of_the_first_ones_kind() {
    for (first, opcode, kind) in
        [(0x01, Opcode::Text, MessageKind::Text), (0x02, Opcode::Binary, MessageKind::Binary)]
    {
        let bytes = [plain(first, b"ab"), plain(0x00, b""), plain(0x80, b"c")].concat();
        let outcome = client_reads(&bytes);
        let expected = [
            Event::data(opcode, kind, false, b"ab"),
            Event::data(Opcode::Continuation, kind, false, b""),
            Event::data(Opcode::Continuation, kind, true, b"c"),
        ];
        assert_eq!(outcome.events, expected);
        assert!(outcome.between_messages);
    }
}

#[test]
fn control_frames_pass_between_fragments() {
    let bytes = [
        plain(0x01, b"frag"),
        plain(0x89, b"1"),
        plain(0x8A, b"2"),
        plain(0x00, b""),
        plain(0x89, b"3"),
        plain(0x80, b"ment"),
    ]
    .concat();
    let outcome = client_reads(&bytes);
    let data = |opcode, fin, payload: &[u8]| Event::data(opcode, MessageKind::Text, fin, payload);
    let expected = [
        data(Opcode::Text, false, b"frag"),
        Event::Ping(b"1".to_vec()),
        Event::Pong(b"2".to_vec()),
        data(Opcode::Continuation, false, b""),
        Event::Ping(b"3".to_vec()),
        data(Opcode::Continuation, true, b"ment"),
    ];
    assert_eq!(outcome.events, expected);
    assert_eq!(outcome.pong, Some(b"3".to_vec()), "the newest ping is answered");
}

#[test]
fn a_continuation_of_nothing_is_refused_from_its_header() {
    for first in [0x00, 0x80] {
        for before in [vec![], plain(0x81, b"x"), [plain(0x01, b"x"), plain(0x80, b"y")].concat()] {
            let bytes = [before, header(first, false, 4)].concat();
            let error = refused_at_last_byte(Config::new(Role::Client), &bytes);
            assert_eq!(error, ProtocolError::NothingToContinue);
            assert_eq!(error.close_code(), CloseCode::PROTOCOL_ERROR);
        }
    }
}

#[test]
fn a_message_within_a_message_is_refused_from_its_header() {
    for (second, opcode) in
        [(0x01, Opcode::Text), (0x81, Opcode::Text), (0x02, Opcode::Binary), (0x82, Opcode::Binary)]
    {
        let bytes = [plain(0x01, b"x"), plain(0x89, b""), header(second, false, 4)].concat();
        let error = refused_at_last_byte(Config::new(Role::Client), &bytes);
        assert_eq!(error, ProtocolError::MessageInterrupted(opcode));
    }
}

#[test]
fn the_stream_may_end_between_messages_only() {
    for (bytes, between) in [
        (vec![], true),
        (plain(0x81, b"whole"), true),
        (plain(0x01, b"fragment"), false),
        ([plain(0x01, b"a"), plain(0x80, b"b")].concat(), true),
        ([plain(0x01, b"a"), plain(0x89, b"")].concat(), false),
        (vec![0x81], false),
        (vec![0x89], false),
        (header(0x89, false, 3), false),
        (header(0x82, false, 3), false),
        ([header(0x82, false, 3), vec![1, 2]].concat(), false),
    ] {
        assert_eq!(client_reads(&bytes).between_messages, between, "{bytes:02X?}");
    }
}

#[test]
fn a_character_may_be_split_over_fragments_and_control_frames() {
    let text = "κόσμε 👋";
    for cut in 0..=text.len() {
        let (head, tail) = text.as_bytes().split_at(cut);
        let bytes = [plain(0x01, head), plain(0x89, b"\xFF"), plain(0x80, tail)].concat();
        let outcome = client_reads(&bytes);
        assert_eq!(outcome.error(), None, "cut at {cut}");
        assert_eq!(outcome.events.len(), 3);
    }
}

#[test]
fn bad_text_is_refused_at_its_first_bad_byte() {
    for (payload, after) in [
        ("FF 61 61 61", 1),
        ("61 80 61 61", 2),
        ("61 C3 28 61", 3),
        ("F0 90 8C 28", 4),
        ("E0 9F 61 61", 2),
        ("ED A0 80 61", 2),
        ("F4 90 80 80", 2),
        ("CE BA CE CE BA", 4),
    ] {
        let payload = hex(payload);
        let head = header(0x81, false, payload.len() as u64);
        let bytes = [&head[..], &payload[..after]].concat();
        let error = refused_at_last_byte(Config::new(Role::Client), &bytes);
        assert_eq!(error, ProtocolError::TextNotUtf8);
        assert_eq!(error.close_code(), CloseCode::INVALID_PAYLOAD);
    }
}

#[test]
fn bad_text_over_fragments_is_refused_at_its_first_bad_byte() {
    // Autobahn 6.3: the fault is the second byte of the second fragment's character.
    let good = plain(0x01, "κόσμε".as_bytes());
    let begun = plain(0x00, b"\xF4");
    let bad = [good, begun, header(0x80, false, 3), vec![0x90]].concat();
    let error = refused_at_last_byte(Config::new(Role::Client), &bad);
    assert_eq!(error, ProtocolError::TextNotUtf8);
}

#[test]
fn text_that_ends_within_a_character_is_refused_at_the_messages_end() {
    let cut = "κ".as_bytes().split_at(1).0;
    assert_eq!(client_refuses(&plain(0x81, cut)), ProtocolError::TextNotUtf8);
    let fragment = plain(0x01, cut);
    assert_eq!(client_reads(&fragment).error(), None);
    let ended = [fragment, plain(0x80, b"")].concat();
    let error = refused_at_last_byte(Config::new(Role::Client), &ended);
    assert_eq!(error, ProtocolError::TextNotUtf8);
}

#[test]
fn binary_is_not_looked_at() {
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(client_reads(&plain(0x82, &bytes)).events, [Event::binary(&bytes)]);
    let fragments = [plain(0x02, b"\xFF"), plain(0x80, b"\xC0")].concat();
    assert_eq!(client_reads(&fragments).error(), None);
}

#[test]
fn a_text_after_a_bad_binary_begins_with_a_fresh_validator() {
    let bytes = [plain(0x82, b"\xCE"), plain(0x81, "κ".as_bytes()), plain(0x81, b"x")].concat();
    assert_eq!(client_reads(&bytes).error(), None);
}

#[test]
fn text_that_an_extension_decodes_first_is_not_looked_at() {
    let config = Config { owned_rsv: Rsv::RSV1, ..Config::new(Role::Client) };
    let bytes = [plain(0x41, b"\xFF\xC0"), plain(0x80, b"\x80"), plain(0x81, b"ok")].concat();
    let outcome = read(config, &bytes);
    assert_eq!((outcome.error(), outcome.events.len()), (None, 3));
    let plain_text = read(config, &plain(0x81, b"\xFF"));
    assert_eq!(plain_text.error(), Some(ProtocolError::TextNotUtf8));
}
