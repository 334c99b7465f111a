//! Sentences about what went wrong. Made without `core::fmt`: in the core's module nothing else needs it,
//! and it would be a twentieth of it.

use alloc::string::String;

/// A pattern in which each `{}` stands for the next of `parts`.
#[must_use]
#[cold]
#[inline(never)]
pub fn sentence(pattern: &str, parts: &[&str]) -> String {
    let mut parts = parts.iter();
    let mut text = String::new();
    for character in pattern.chars() {
        match character {
            '{' => text.push_str(parts.next().copied().unwrap_or_default()),
            '}' => {}
            _ => text.push(character),
        }
    }
    text
}

/// A number in decimal digits.
#[must_use]
#[inline(never)]
pub fn decimal(number: u64) -> String {
    let mut text = String::new();
    push_number(&mut text, number, 10);
    text
}

/// How many characters of a foreign text a sentence shows.
const SHOWN: usize = 60;

/// A text in quotes, escaped to ASCII and cut, so that it can stand in a sentence, a log or a
/// response.
#[cold]
#[inline(never)]
pub(super) fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let mut out = String::from("\"");
    for character in characters.by_ref().take(SHOWN) {
        let escape = match character {
            '"' | '\\' => character,
            '\t' => 't',
            '\r' => 'r',
            '\n' => 'n',
            ' '..='~' => {
                out.push(character);
                continue;
            }
            ..='\u{ff}' => 'x',
            _ => 'u',
        };
        out.push('\\');
        out.push(escape);
        let number = u64::from(u32::from(character));
        if escape == 'x' {
            push_number(&mut out, number >> 4, 16);
            push_number(&mut out, number & 0xF, 16);
        } else if escape == 'u' {
            out.push('{');
            push_number(&mut out, number, 16);
            out.push('}');
        }
    }
    out.push('"');
    if characters.next().is_some() {
        out.push_str("...");
    }
    out
}

/// The beginning of `bytes` as [`quoted`] shows it.
pub(super) fn quoted_bytes(bytes: &[u8]) -> String {
    quoted(&super::headers::latin1(bytes.get(..=SHOWN).unwrap_or(bytes)))
}

/// Texts with a comma between them.
pub(super) fn listed(texts: &mut dyn Iterator<Item = &str>) -> String {
    let mut out = String::new();
    for (index, text) in texts.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(text);
    }
    out
}

#[expect(clippy::cast_possible_truncation, reason = "a digit")]
fn push_number(text: &mut String, number: u64, radix: u32) {
    let (rest, digit) = (number / u64::from(radix), number % u64::from(radix));
    if rest > 0 {
        push_number(text, rest, radix);
    }
    text.extend(char::from_digit(digit as u32, radix));
}
