//! Limits: refused from the header, before the payload; what fragments are charged.

use framewire::protocol::{CloseCode, Config, Limits, ProtocolError, Role};

use super::support::{Event, KEY, client_reads, header, plain, read, refused_at_last_byte, wire};

fn limited(max_frame_size: u64, max_message_size: u64) -> Config {
    let limits = Limits { max_frame_size, max_message_size };
    Config { limits, ..Config::new(Role::Client) }
}

#[test]
fn the_defaults_are_16_and_64_mebibytes() {
    let limits = Limits::default();
    assert_eq!(limits.max_frame_size, 16 * 1024 * 1024);
    assert_eq!(limits.max_message_size, 64 * 1024 * 1024);
}

#[test]
fn a_frame_over_the_limit_is_refused_with_the_last_byte_of_its_header() {
    for (limit, length) in [(0, 1), (99, 100), (125, 126), (1000, 65_536), (1000, u64::MAX >> 1)] {
        let error = refused_at_last_byte(limited(limit, u64::MAX), &header(0x82, false, length));
        assert_eq!(error, ProtocolError::FrameTooBig { length, limit });
        assert_eq!(error.close_code(), CloseCode::MESSAGE_TOO_BIG);
    }
}

#[test]
fn a_masked_frame_over_the_limit_is_refused_with_its_key() {
    let config = Config { limits: limited(9, 99).limits, ..Config::new(Role::Server) };
    let head = [&header(0x81, true, 10)[..], &KEY].concat();
    let error = refused_at_last_byte(config, &head);
    assert_eq!(error, ProtocolError::FrameTooBig { length: 10, limit: 9 });
}

#[test]
fn a_frame_of_the_limit_is_taken() {
    for limit in [0, 1, 125, 126, 300] {
        let payload = vec![b'x'; limit];
        let outcome = read(limited(limit as u64, limit as u64), &plain(0x82, &payload));
        assert_eq!(outcome.events, [Event::binary(&payload)]);
    }
}

#[test]
fn the_limit_of_frames_holds_for_control_frames() {
    let error = refused_at_last_byte(limited(4, 99), &header(0x89, false, 5));
    assert_eq!(error, ProtocolError::FrameTooBig { length: 5, limit: 4 });
    assert_eq!(read(limited(4, 99), &plain(0x89, b"ping")).error(), None);
}

#[test]
fn a_message_in_one_frame_over_the_limit_is_refused_from_its_header() {
    let error = refused_at_last_byte(limited(1000, 100), &header(0x82, false, 101));
    assert_eq!(error, ProtocolError::MessageTooBig { length: 101, limit: 100 });
    assert_eq!(error.close_code(), CloseCode::MESSAGE_TOO_BIG);
}

#[test]
fn each_fragment_is_charged_its_payload_and_16_bytes() {
    assert_eq!(Limits::FRAGMENT_OVERHEAD, 16);
    let fragments = [plain(0x02, b"abcd"), plain(0x00, b""), plain(0x80, b"ef")].concat();
    let charge = 3 * 16 + 6;
    assert_eq!(read(limited(1000, charge), &fragments).error(), None);

    let head = [&fragments[..fragments.len() - 4], &header(0x80, false, 2)].concat();
    let error = refused_at_last_byte(limited(1000, charge - 1), &head);
    assert_eq!(error, ProtocolError::MessageTooBig { length: charge, limit: charge - 1 });
}

#[test]
fn endless_empty_fragments_reach_the_limit() {
    let mut bytes = plain(0x02, b"");
    for _ in 0..10 {
        bytes.extend(plain(0x00, b""));
    }
    let outcome = read(limited(1000, 100), &bytes);
    let error = ProtocolError::MessageTooBig { length: 112, limit: 100 };
    assert_eq!((outcome.events.len(), outcome.error()), (6, Some(error)));
}

#[test]
fn the_next_message_begins_at_nothing() {
    let message = [plain(0x02, b"abcd"), plain(0x80, b"ef")].concat();
    let three = [&message[..], &plain(0x82, &[0; 38]), &message].concat();
    assert_eq!(read(limited(38, 38), &three).error(), None);
}

#[test]
fn control_frames_within_a_message_are_not_charged_to_it() {
    let bytes = [plain(0x02, b"abcd"), plain(0x89, &[0; 100]), plain(0x80, b"ef")].concat();
    assert_eq!(read(limited(1000, 38), &bytes).error(), None);
}

#[test]
fn a_sum_that_would_overflow_is_refused() {
    let config = limited(u64::MAX, u64::MAX - 1);
    let first = plain(0x02, b"");
    let second = [first, header(0x00, false, u64::MAX >> 1)].concat();
    assert_eq!(read(config, &second).error(), None);
    let limits = config.limits;
    let most = limits.extend_message(u64::MAX - 5, u64::MAX >> 1, true);
    assert_eq!(most, Err(ProtocolError::MessageTooBig { length: u64::MAX, limit: u64::MAX - 1 }));
}

#[test]
fn a_length_over_what_memory_holds_is_taken_as_it_comes() {
    let config = limited(u64::MAX, u64::MAX);
    let bytes = [&header(0x82, false, u64::MAX >> 1)[..], b"the first bytes"].concat();
    let outcome = read(config, &bytes);
    assert_eq!((outcome.error(), outcome.events.len()), (None, 0));
    assert!(!outcome.between_messages);
}

#[test]
fn the_default_limit_lets_a_frame_of_its_size_begin() {
    assert_eq!(client_reads(&header(0x82, false, 16 << 20)).error(), None);
    let over = header(0x82, false, (16 << 20) + 1);
    assert!(matches!(client_reads(&over).error(), Some(ProtocolError::FrameTooBig { .. })));
}

#[test]
fn what_is_wrong_beside_the_length_is_told_first() {
    let unmasked = header(0x82, false, 1000);
    let config = Config { limits: limited(9, 9).limits, ..Config::new(Role::Server) };
    assert_eq!(read(config, &unmasked).error(), Some(ProtocolError::Unmasked));
    let masked = wire(0x82, Some(KEY), b"0123456789");
    assert_eq!(read(limited(9, 9), &masked).error(), Some(ProtocolError::Masked));
}
