//! Close codes and reasons: the whole table of codes, the payload both ways, the echo.

use framewire::protocol::{Close, CloseCode, ControlPayload, ProtocolError, UsageError};
use proptest::prelude::*;

/// RFC 6455 §7.4 and the registry: defined codes that may be on the wire, and the ranges of
/// libraries and applications.
fn may_stand(code: u16) -> bool {
    let defined = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
    defined.contains(&code) || (3000..5000).contains(&code)
}

fn status(code: u16, reason: &str) -> Close {
    Close::Status { code: CloseCode::new(code).unwrap(), reason: reason.to_owned() }
}

#[test]
fn every_code_is_taken_or_refused_by_the_rule_both_ways() {
    for code in 0..=u16::MAX {
        let allowed = may_stand(code);
        assert_eq!(CloseCode::new(code).map(CloseCode::get), allowed.then_some(code));
        let ours = Close::new(code, "");
        let theirs = Close::decode(&code.to_be_bytes());
        if allowed {
            assert_eq!(ours, Ok(status(code, "")));
            assert_eq!(theirs, Ok(status(code, "")));
        } else {
            assert_eq!(ours, Err(UsageError::CloseCode(code)));
            assert_eq!(theirs, Err(ProtocolError::CloseCode(code)));
        }
    }
}

#[test]
fn no_payload_is_a_close_without_a_code() {
    assert_eq!(Close::decode(&[]), Ok(Close::Empty));
    assert_eq!(Close::Empty.encode(), ControlPayload::EMPTY);
    assert_eq!((Close::Empty.code(), Close::Empty.reason()), (None, ""));
}

#[test]
fn a_payload_of_one_byte_is_refused() {
    for byte in 0..=255 {
        assert_eq!(Close::decode(&[byte]), Err(ProtocolError::ShortClose));
    }
}

#[test]
fn a_code_and_a_reason_are_read_and_written() {
    let close = Close::new(1000, "bye, µ").unwrap();
    assert_eq!(close.encode().as_slice(), b"\x03\xE8bye, \xC2\xB5");
    assert_eq!(Close::decode(close.encode().as_slice()), Ok(close.clone()));
    assert_eq!(close.code(), Some(CloseCode::NORMAL));
    assert_eq!(close.reason(), "bye, µ");
}

#[test]
fn a_reason_that_is_not_utf8_is_refused_with_1007() {
    for reason in
        [&b"\xFF"[..], b"ok \xC3", b"\xED\xA0\x80", b"\xCE\xBA\xE1\xBD\xB9\xF4\x90\x80\x80"]
    {
        let payload = [b"\x03\xE8", reason].concat();
        let error = Close::decode(&payload).unwrap_err();
        assert_eq!(error, ProtocolError::CloseReasonNotUtf8);
        assert_eq!(error.close_code(), CloseCode::INVALID_PAYLOAD);
    }
}

#[test]
fn an_illegal_code_is_told_before_a_bad_reason() {
    assert_eq!(Close::decode(b"\x03\xED\xFF"), Err(ProtocolError::CloseCode(1005)));
}

#[test]
fn a_reason_takes_123_bytes_of_utf8() {
    assert_eq!(Close::MAX_REASON, 123);
    let longest = "é".repeat(61) + "!";
    assert_eq!(Close::new(1000, &longest), Ok(status(1000, &longest)));
    assert_eq!(Close::new(1000, &longest).unwrap().encode().as_slice().len(), 125);
    let longer = "é".repeat(62);
    assert_eq!(Close::new(1000, &longer), Err(UsageError::LongReason(124)));
}

#[test]
fn an_explanation_is_cut_at_the_end_of_a_character() {
    for (text, kept) in [
        ("a".repeat(123), 123),
        ("a".repeat(124), 123),
        ("é".repeat(100), 122),
        ("€".repeat(100), 123),
        ("a".to_owned() + &"€".repeat(100), 121),
        ("👋".repeat(100), 120),
        (String::new(), 0),
    ] {
        let close = Close::explaining(CloseCode::INTERNAL_ERROR, &text);
        assert_eq!(close, status(1011, &text[..kept]));
    }
}

#[test]
fn the_named_codes_are_those_of_the_rfc() {
    for (code, number) in [
        (CloseCode::NORMAL, 1000),
        (CloseCode::GOING_AWAY, 1001),
        (CloseCode::PROTOCOL_ERROR, 1002),
        (CloseCode::INVALID_PAYLOAD, 1007),
        (CloseCode::POLICY_VIOLATION, 1008),
        (CloseCode::MESSAGE_TOO_BIG, 1009),
        (CloseCode::INTERNAL_ERROR, 1011),
    ] {
        assert_eq!(code.get(), number);
    }
}

proptest! {
    #[test]
    fn an_explanation_of_any_text_fits_and_is_its_beginning(text in ".*") {
        let close = Close::explaining(CloseCode::INTERNAL_ERROR, &text);
        prop_assert!(text.starts_with(close.reason()));
        prop_assert!(close.reason().len() <= 123);
        let next = text[close.reason().len()..].chars().next().map_or(124, char::len_utf8);
        prop_assert!(close.reason().len() + next > 123);
        prop_assert_eq!(Close::decode(close.encode().as_slice()), Ok(close));
    }

    #[test]
    fn any_payload_is_read_or_refused_and_written_back_the_same(
        payload in prop::collection::vec(any::<u8>(), 0..=125),
    ) {
        if let Ok(close) = Close::decode(&payload) {
            let encoded = close.encode();
            prop_assert_eq!(encoded.as_slice(), &payload);
        }
    }
}
