//! Each known difference in compressed streams with the bytes that show it.

use framewire::protocol::{Limits, Role};

use super::comparison::{Case, Relation, compare, explain};
use super::known_deflate::YAWC;
use super::outcome::{Cause, Said, Verdict};
use super::setup::Setup;

/// "Hello", compressed (RFC 7692 §7.2.3.1).
const HELLO: &[u8] = b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00";

fn setup() -> Setup {
    Setup::new(Role::Client).deflating(true)
}

fn text(text: &str) -> Said {
    Said::Text(text.to_owned())
}

fn both<'a>(setup: &'a Setup, stream: &'a [u8]) -> Case<'a> {
    compare(&YAWC, setup, stream, &[stream.to_vec()])
}

/// Both sides on `stream`, which must differ by `name`.
#[track_caller]
fn shown<'a>(name: &'static str, setup: &'a Setup, stream: &'a [u8]) -> Case<'a> {
    let case = both(setup, stream);
    assert_eq!(case.relation(), Relation::Known(name), "{}", explain(&case));
    case
}

#[track_caller]
fn assert_verdicts(case: &Case<'_>, ours: Verdict, theirs: Verdict) {
    assert_eq!((case.ours.verdict, case.theirs.verdict), (ours, theirs), "{}", explain(case));
}

#[test]
fn the_examples_of_the_rfc_are_the_same() {
    for stream in [
        HELLO,
        b"\x41\x03\xF2\x48\xCD\x80\x04\xC9\xC9\x07\x00",
        b"\xC1\x07\xF2\x48\xCD\xC9\xC9\x07\x00\xC1\x05\xF2\x00\x11\x00\x00",
        b"\xC1\x0B\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00",
        b"\xC1\x08\xF3\x48\xCD\xC9\xC9\x07\x00\x00",
        b"\xC1\x0D\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00",
        b"\xC1\x01\x00",
    ] {
        let (setup, stream) = (setup(), stream.to_vec());
        let case = both(&setup, &stream);
        assert_eq!(case.relation(), Relation::Same, "{}", explain(&case));
        let expected = if stream.len() == 3 { text("") } else { text("Hello") };
        assert!(case.ours.said.iter().all(|said| *said == expected), "{}", explain(&case));
        assert_eq!(case.ours.verdict, Verdict::Waits);
    }
}

#[test]
fn rsv1_on_a_control_frame() {
    let setup = setup();
    let stream = [HELLO, b"\xC9\x02hi"].concat();
    let case = shown("RSV1 on control", &setup, &stream);
    assert_verdicts(&case, Verdict::Fault(Cause::ReservedBits), Verdict::Waits);
    assert_eq!(case.theirs.said, [text("Hello"), Said::Ping(b"hi".to_vec())]);
}

#[test]
fn rsv1_on_a_fragment_that_is_not_the_first() {
    let setup = setup();
    let stream = b"\x41\x03\xF2\x48\xCD\xC0\x04\xC9\xC9\x07\x00";
    let case = shown("RSV1 on fragment", &setup, stream);
    assert_verdicts(&case, Verdict::Fault(Cause::ReservedBits), Verdict::Waits);
    assert_eq!(case.theirs.said, [text("Hello")]);

    // Half of the message is compressed then.
    let stream = b"\x01\x03Oh \xC0\x07\xF2\x48\xCD\xC9\xC9\x07\x00";
    let case = shown("RSV1 on fragment", &setup, stream);
    assert_verdicts(&case, Verdict::Fault(Cause::ReservedBits), Verdict::Waits);
    assert_eq!(case.theirs.said, [text("Oh Hello")]);
}

#[test]
fn a_compressed_message_of_many_fragments() {
    let stream = b"\x41\x03\xF2\x48\xCD\x80\x04\xC9\xC9\x07\x00";
    let limited = |limit| {
        let limits = Limits { max_frame_size: limit, max_message_size: limit };
        Setup { limits, ..setup() }
    };
    let enough = limited(39);
    assert_eq!(both(&enough, stream).relation(), Relation::Same);
    let setup = limited(38);
    let case = shown("fragment overhead", &setup, stream);
    assert_verdicts(&case, Verdict::Fault(Cause::TooBig { length: 39 }), Verdict::Waits);
    assert_eq!(case.theirs.said, [text("Hello")]);
}

#[test]
fn a_message_that_ends_within_a_block() {
    let setup = setup();
    for stream in [&b"\xC2\x05\xF2\x48\xCD\xC9\xC9"[..], b"\xC2\x00", b"\xC2\x01\xF2"] {
        let case = shown("truncated", &setup, stream);
        assert_verdicts(&case, Verdict::Fault(Cause::Truncated), Verdict::Waits);
        assert_eq!(case.theirs.said.len(), 1, "{}", explain(&case));
    }
}

#[test]
fn what_cannot_be_inflated() {
    let setup = setup();
    for stream in [&b"\xC2\x01\x07"[..], b"\xC2\x05\x00\x05\x00\x00\x00", b"\xC2\x03\x02\x01\x00"] {
        let case = shown("code of corruption", &setup, stream);
        assert_verdicts(&case, Verdict::Fault(Cause::Corrupt), Verdict::Fault(Cause::Unnamed));
    }
}

#[test]
fn a_text_that_is_bad_and_cannot_be_inflated() {
    let setup = setup();
    // A stored block that says 0xFF, and a block of the type that there is not.
    let case = shown("two faults", &setup, b"\xC1\x07\x00\x01\x00\xFE\xFF\xFF\x07");
    assert_verdicts(&case, Verdict::Fault(Cause::NotUtf8), Verdict::Fault(Cause::Unnamed));
}

#[test]
fn what_follows_a_final_block() {
    let setup = setup();
    // In the same message: "Hello" in a final block, and once more.
    let stream = b"\xC1\x0E\xF3\x48\xCD\xC9\xC9\x07\x00\xF2\x48\xCD\xC9\xC9\x07\x00";
    let case = shown("final block", &setup, stream);
    assert_verdicts(&case, Verdict::Waits, Verdict::Waits);
    assert_eq!(case.ours.said, [text("HelloHello")]);
    assert_eq!(case.theirs.said, [text("Hello")]);

    // In the next one, which refers to it (§7.2.3.2).
    let stream = b"\xC1\x08\xF3\x48\xCD\xC9\xC9\x07\x00\x00\xC1\x05\xF2\x00\x11\x00\x00";
    let case = shown("final block", &setup, stream);
    assert_verdicts(&case, Verdict::Waits, Verdict::Fault(Cause::Unnamed));
    assert_eq!(case.ours.said, [text("Hello"), text("Hello")]);
}

#[test]
fn a_fault_in_a_message_that_is_not_whole() {
    let setup = setup();
    for (stream, cause) in [
        (&b"\xC1\x09\x07"[..], Cause::Corrupt),
        (b"\x41\x06\x00\x01\x00\xFE\xFF\xFF", Cause::NotUtf8),
        (b"\x01\x01\xFF", Cause::NotUtf8),
    ] {
        let case = shown("late", &setup, stream);
        assert_verdicts(&case, Verdict::Fault(cause), Verdict::Waits);
    }
    // Theirs takes the ping first.
    let stream = b"\x01\x01\xFF\x89\x00\x80\x00";
    let case = shown("late", &setup, stream);
    assert_verdicts(&case, Verdict::Fault(Cause::NotUtf8), Verdict::Fault(Cause::NotUtf8));
    assert_eq!(case.theirs.said, [Said::Ping(vec![])]);
}

#[test]
fn a_bomb_ends_at_the_limit_on_both_sides() {
    let bomb = {
        let mut zlib = flate2::Compress::new(flate2::Compression::best(), false);
        let mut out = Vec::with_capacity(100_000);
        zlib.compress_vec(&vec![0; 1 << 20], &mut out, flate2::FlushCompress::Sync).unwrap();
        out.truncate(out.len() - 4);
        super::frame::Frame::new(0xC2, None, &out).bytes()
    };
    let limits = Limits { max_frame_size: 10_000, max_message_size: 10_000 };
    let setup = Setup { limits, ..setup() };
    let case = both(&setup, &bomb);
    assert_eq!(case.relation(), Relation::Same, "{}", explain(&case));
    assert_eq!(case.ours.verdict, Verdict::Fault(Cause::TooBig { length: 10_001 }));
}

#[test]
fn the_table_has_a_name_and_a_paragraph_for_each() {
    for (index, difference) in YAWC.differences.iter().enumerate() {
        let before = &YAWC.differences[..index];
        assert!(before.iter().all(|other| other.name != difference.name), "{}", difference.name);
        let named = ["RFC 6455 §", "RFC 7692 §"];
        assert!(named.iter().any(|rfc| difference.rule.starts_with(rfc)), "{}", difference.name);
    }
}
