//! Incremental UTF-8: the cases of Autobahn's section 6, and `str::from_utf8` as the judge of the
//! rest.

use framewire::protocol::utf8::{Utf8Error, Utf8Validator, is_ascii, to_utf16};
use proptest::prelude::*;

use super::support::hex;

/// How many bytes it takes until no continuation could make the text valid, by the standard
/// library's judgement; `None` if there is no such byte.
fn bad_after(bytes: &[u8]) -> Option<usize> {
    (1..=bytes.len())
        .find(|&end| str::from_utf8(&bytes[..end]).is_err_and(|error| error.error_len().is_some()))
}

/// Pushes the bytes one by one and says after how many it failed.
fn failed_after(bytes: &[u8]) -> Option<usize> {
    let mut validator = Utf8Validator::new();
    bytes.iter().position(|byte| validator.push(&[*byte]).is_err()).map(|index| index + 1)
}

fn validate<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<(), Utf8Error> {
    let mut validator = Utf8Validator::new();
    for piece in pieces {
        validator.push(piece)?;
    }
    validator.finish()
}

/// Checks `bytes` whole, byte by byte and cut in two at every offset against the standard library.
#[track_caller]
fn check(bytes: &[u8]) {
    let expected = str::from_utf8(bytes).map(|_| ()).map_err(|_| Utf8Error);
    assert_eq!(validate([bytes]), expected, "{bytes:02X?} whole");
    assert_eq!(validate(bytes.chunks(1)), expected, "{bytes:02X?} byte by byte");
    for cut in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(validate([head, tail]), expected, "{bytes:02X?} cut at {cut}");
        assert_eq!(validate([head, &[], tail]), expected, "{bytes:02X?} with nothing at {cut}");
    }
    assert_eq!(failed_after(bytes), bad_after(bytes), "{bytes:02X?}");
}

#[test]
fn valid_texts_are_taken_wherever_they_are_cut() {
    for text in [
        "",
        "Hello",
        "Hello-µ@ßöäüàá-UTF-8!!",
        "κόσμε",
        "\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}",
        "\u{D7FF}\u{E000}\u{FFFD}\u{FFFE}\u{FDD0}\u{1FFFE}\u{10FFFE}",
        "👩‍👩‍👧‍👦 and 𝄞",
    ] {
        check(text.as_bytes());
        assert_eq!(validate([text.as_bytes()]), Ok(()));
    }
}

#[test]
fn bad_texts_fail_at_the_first_byte_that_cannot_stand_there() {
    for (bytes, after) in [
        // A stray continuation byte; bytes that never stand in UTF-8.
        ("80", 1),
        ("61 BF", 2),
        ("C0", 1),
        ("C1", 1),
        ("F5", 1),
        ("FE", 1),
        ("FF", 1),
        // Overlong forms of "/", of U+0000 and of the last character before each length.
        ("C0 AF", 1),
        ("E0 80 AF", 2),
        ("F0 80 80 AF", 2),
        ("F8 80 80 80 AF", 1),
        ("C1 BF", 1),
        ("E0 9F BF", 2),
        ("F0 8F BF BF", 2),
        // Surrogates, alone and in pairs.
        ("ED A0 80", 2),
        ("ED AF BF", 2),
        ("ED B0 80", 2),
        ("ED A0 80 ED B0 80", 2),
        // Over U+10FFFF.
        ("F4 90 80 80", 2),
        ("F5 80 80 80", 1),
        ("F8 88 80 80 80", 1),
        ("FC 84 80 80 80 80", 1),
        // A character cut short by another.
        ("C3 28", 2),
        ("E2 28 A1", 2),
        ("E2 82 28", 3),
        ("F0 28 8C BC", 2),
        ("F0 90 28 BC", 3),
        ("F0 90 8C 28", 4),
        ("CE CE", 2),
        // Autobahn 6.4: good text, the fault in the middle, good text.
        ("CE BA E1 BD B9 CF 83 CE BC CE B5 F4 90 80 80 65 64 69 74 65 64", 13),
        ("CE BA E1 BD B9 CF 83 CE BC CE B5 ED A0 80 65 64 69 74 65 64", 13),
    ] {
        let bytes = hex(bytes);
        check(&bytes);
        assert_eq!(failed_after(&bytes), Some(after), "{bytes:02X?}");
    }
}

#[test]
fn a_text_that_ends_within_a_character_fails_at_its_end_only() {
    for bytes in ["C2", "DF", "E1 BD", "ED 9F", "EE 80", "F0 90 80", "F4 8F BF", "61 CE BA CE"] {
        let bytes = hex(bytes);
        check(&bytes);
        let mut validator = Utf8Validator::new();
        assert_eq!(validator.push(&bytes), Ok(()));
        assert!(!validator.is_at_boundary());
        assert_eq!(validator.finish(), Err(Utf8Error));
    }
}

#[test]
fn every_character_is_taken_byte_by_byte() {
    for character in (0..=0x10_FFFF).filter_map(char::from_u32) {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        assert_eq!(validate(bytes.chunks(1)), Ok(()), "{character:?}");
    }
}

#[test]
fn every_start_of_three_bytes_is_judged_like_the_standard_library() {
    for first in 0..=255 {
        for second in 0..=255 {
            for third in [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] {
                let bytes = [first, second, third];
                assert_eq!(failed_after(&bytes), bad_after(&bytes), "{bytes:02X?}");
            }
        }
    }
}

#[test]
fn ascii_is_told_at_every_length_and_place() {
    let mut bytes = [b'a'; 200];
    for length in 0..bytes.len() {
        assert!(is_ascii(&bytes[..length]));
        bytes[length] = 0x80;
        assert!(!is_ascii(&bytes[..=length]), "the last of {length}");
        assert!(!is_ascii(&bytes), "{length} of 200");
        bytes[length] = 0x7F;
    }
}

/// Bytes near valid text: characters, halves of characters, and bytes of any kind.
fn near_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
        2 => "[ -~]{0,80}".prop_map(String::into_bytes),
        1 => any::<char>().prop_map(|character| {
            let mut bytes = character.to_string().into_bytes();
            bytes.pop();
            bytes
        }),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_get_the_standard_librarys_verdict(
        bytes in near_text(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let mut validator = Utf8Validator::new();
        let mut from = 0;
        for &cut in cuts.iter().chain([&bytes.len()]) {
            let verdict = validator.push(&bytes[from..cut]);
            prop_assert_eq!(verdict.is_err(), bad_after(&bytes[..cut]).is_some());
            if verdict.is_err() {
                return Ok(());
            }
            let whole = str::from_utf8(&bytes[..cut]).is_ok();
            prop_assert_eq!(validator.is_at_boundary(), whole);
            from = cut;
        }
        prop_assert_eq!(validator.finish().is_ok(), str::from_utf8(&bytes).is_ok());
    }

    #[test]
    fn the_fault_is_found_at_exactly_the_byte_of_no_return(bytes in near_text()) {
        prop_assert_eq!(failed_after(&bytes), bad_after(&bytes));
    }

    #[test]
    fn utf16_is_what_the_standard_library_says(bytes in near_text()) {
        let mut units = vec![0; bytes.len()];
        let written = to_utf16(&bytes, &mut units).ok();
        let expected: Option<Vec<u16>> =
            str::from_utf8(&bytes).ok().map(|text| text.encode_utf16().collect());
        prop_assert_eq!(written.map(|written| units[..written].to_vec()), expected);
    }

    #[test]
    fn ascii_is_what_the_standard_library_says(bytes in near_text()) {
        prop_assert_eq!(is_ascii(&bytes), bytes.is_ascii());
    }
}
