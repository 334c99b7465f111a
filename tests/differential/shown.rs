//! Each known difference with the bytes that show it, so that it is noticed when it goes.

use framewire::protocol::{Limits, Role};

use super::comparison::{Case, Relation, compare, explain};
use super::frame::{Form, Frame};
use super::known::{TUNGSTENITE, VIOLATION};
use super::outcome::{Cause, Said, Verdict};
use super::setup::Setup;

const CLIENT: Role = Role::Client;
const SERVER: Role = Role::Server;
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// Both sides on `stream`, which must differ by `name`.
#[track_caller]
fn shown<'a>(name: &'static str, setup: &'a Setup, stream: &'a [u8]) -> Case<'a> {
    let case = compare(&TUNGSTENITE, setup, stream, &[stream.to_vec()]);
    assert_eq!(case.relation(), Relation::Known(name), "{}", explain(&case));
    case
}

#[track_caller]
fn assert_verdicts(case: &Case<'_>, ours: Verdict, theirs: Verdict) {
    assert_eq!((case.ours.verdict, case.theirs.verdict), (ours, theirs), "{}", explain(case));
}

fn fault(cause: Cause) -> Verdict {
    Verdict::Fault(cause)
}

fn too_big(length: u64) -> Verdict {
    fault(Cause::TooBig { length })
}

fn setup(role: Role) -> Setup {
    Setup::new(role)
}

fn limited(role: Role, max_frame_size: u64, max_message_size: u64) -> Setup {
    Setup { limits: Limits { max_frame_size, max_message_size }, ..Setup::new(role) }
}

fn closing(role: Role) -> Setup {
    Setup { closes: true, ..Setup::new(role) }
}

fn close(code: u16, reason: &str) -> Said {
    Said::Close(Some((code, reason.to_owned())))
}

fn ping(payload: &[u8]) -> Said {
    Said::Ping(payload.to_vec())
}

#[test]
fn what_follows_a_close() {
    let client = setup(CLIENT);
    let stream = b"\x88\x02\x03\xE8\x81\x04late";
    let case = shown("after Close", &client, stream);
    assert_verdicts(&case, Verdict::Closed, Verdict::FaultAfterClose);
    assert_eq!(case.ours.said, [close(1000, "")]);
    assert_eq!(case.ours.wrote[0].payload, b"\x03\xE8");

    // A server of theirs is done with the connection as soon as it has answered.
    let server = setup(SERVER);
    let stream = b"\x88\x82\0\0\0\0\x03\xE8\x81\x84\0\0\0\0late";
    let case = compare(&TUNGSTENITE, &server, stream, &[stream.to_vec()]);
    assert_eq!(case.relation(), Relation::Same);
    assert_eq!(case.ours.verdict, Verdict::Closed);
}

#[test]
fn a_length_over_63_bits() {
    let server = setup(SERVER);
    let stream = b"\x82\xFF\x80\0\0\0\0\0\0\0\x01\x02\x03\x04";
    let case = shown("length over 63 bits", &server, stream);
    assert_verdicts(&case, fault(Cause::LengthOver63Bits), too_big(1 << 63));
}

#[test]
fn a_frame_too_long_that_breaks_a_rule_too() {
    let server = limited(SERVER, 200, 1000);
    let client = limited(CLIENT, 200, 1000);
    let cases = [
        (&server, &b"\x82\x7E\x01\x2C"[..], Cause::Masking),
        (&client, b"\x82\xFE\x01\x2C\x01\x02\x03\x04", Cause::Masking),
        (&client, b"\xC2\x7E\x01\x2C", Cause::ReservedBits),
        (&client, b"\x89\x7E\x01\x2C", Cause::LongControl),
        (&client, b"\x09\x7E\x01\x2C", Cause::FragmentedControl),
    ];
    for (setup, stream, cause) in cases {
        let case = shown("size first", setup, stream);
        assert_verdicts(&case, fault(cause), too_big(300));
    }
}

#[test]
fn a_close_with_a_code_that_must_not_stand_there() {
    let client = setup(CLIENT);
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
        let stream = Frame::new(0x88, None, &[&code.to_be_bytes()[..], b"why"].concat()).bytes();
        let case = compare(&TUNGSTENITE, &client, &stream, std::slice::from_ref(&stream));
        assert_eq!(case.ours.verdict, fault(Cause::CloseCode), "{code}");
        assert_eq!(case.relation(), Relation::Known("close code"), "{}", explain(&case));
        assert_eq!(case.theirs.said, [close(VIOLATION.0, VIOLATION.1)]);
        assert_eq!(case.theirs.wrote[0].payload, b"\x03\xEAProtocol violation");
    }
}

#[test]
fn a_close_with_1014() {
    let client = setup(CLIENT);
    let case = shown("close code 1014", &client, b"\x88\x05\x03\xF6why");
    assert_eq!(case.ours.said, [close(1014, "why")]);
    assert_eq!(case.theirs.said, [close(VIOLATION.0, VIOLATION.1)]);
}

#[test]
fn an_answer_to_our_close_with_a_code_that_must_not_stand_there() {
    let client = closing(CLIENT);
    let case = shown("close code of the answer", &client, b"\x88\x02\x03\xED");
    assert_verdicts(&case, fault(Cause::CloseCode), Verdict::Closed);
    assert_eq!(case.theirs.said, [close(1005, "")]);
}

#[test]
fn a_close_whose_code_and_reason_are_both_wrong() {
    let client = setup(CLIENT);
    let case = shown("reason first", &client, b"\x88\x03\x03\xED\xFF");
    assert_verdicts(&case, fault(Cause::CloseCode), fault(Cause::NotUtf8));
}

#[test]
fn a_message_of_many_fragments() {
    // Three fragments of ten bytes come to 78 for us and to 30 for them.
    let stream = b"\x02\x0A0123456789\x00\x0A0123456789\x80\x0A0123456789";
    let enough = limited(CLIENT, 78, 78);
    let case = compare(&TUNGSTENITE, &enough, stream, &[stream.to_vec()]);
    assert_eq!((case.relation(), case.ours.said.len()), (Relation::Same, 1));

    let client = limited(CLIENT, 77, 77);
    let case = shown("fragment overhead", &client, stream);
    assert_verdicts(&case, too_big(78), Verdict::Waits);
    assert_eq!(case.theirs.said, [Said::Binary(b"012345678901234567890123456789".to_vec())]);
}

#[test]
fn a_length_in_a_longer_form_than_it_needs() {
    let (client, server) = (setup(CLIENT), setup(SERVER));
    let text = |form, key| Frame { form, ..Frame::new(0x81, key, b"hello") }.bytes();
    for (setup, stream) in [
        (&client, text(Form::Sixteen, None)),
        (&client, text(Form::SixtyFour, None)),
        (&server, text(Form::Sixteen, Some(KEY))),
        (&server, text(Form::SixtyFour, Some(KEY))),
    ] {
        let case = shown("length not minimal", setup, &stream);
        assert_verdicts(&case, fault(Cause::LengthNotMinimal), Verdict::Waits);
        assert_eq!(case.theirs.said, [Said::Text("hello".to_owned())]);
    }
    let stream = Frame { form: Form::Sixteen, ..Frame::new(0x89, None, b"hello") }.bytes();
    let case = shown("length not minimal", &client, &stream);
    assert_verdicts(&case, fault(Cause::LongControl), Verdict::Waits);
    assert_eq!(case.theirs.said, [ping(b"hello")]);
}

#[test]
fn a_fault_in_a_frame_that_is_not_whole() {
    let (client, server) = (setup(CLIENT), setup(SERVER));
    let short = limited(CLIENT, 200, 100);
    for (setup, stream, verdict) in [
        (&client, &b"\x83"[..], fault(Cause::ReservedOpcode)),
        (&client, b"\xC1\x05hell", fault(Cause::ReservedBits)),
        (&client, b"\x81\x85\x01\x02\x03\x04", fault(Cause::Masking)),
        (&server, b"\x81\x05hell", fault(Cause::Masking)),
        (&client, b"\x80\x05", fault(Cause::Order)),
        (&client, b"\x01\x00\x82\x01", fault(Cause::Order)),
        (&client, b"\x09", fault(Cause::FragmentedControl)),
        (&client, b"\x89\x7E\x00", fault(Cause::LongControl)),
        (&client, b"\x81\x05he\xFFl", fault(Cause::NotUtf8)),
        (&client, b"\x01\x02\xE2\x82\x80\x02a", fault(Cause::NotUtf8)),
        (&short, b"\x82\x7E\x00\x96", too_big(150)),
    ] {
        let case = shown("late", setup, stream);
        assert_verdicts(&case, verdict, Verdict::Waits);
    }
}

#[test]
fn the_table_has_a_name_and_a_paragraph_for_each() {
    for (index, difference) in TUNGSTENITE.differences.iter().enumerate() {
        let before = &TUNGSTENITE.differences[..index];
        assert!(before.iter().all(|other| other.name != difference.name), "{}", difference.name);
        assert!(difference.rule.starts_with('§'), "{}", difference.name);
    }
}
