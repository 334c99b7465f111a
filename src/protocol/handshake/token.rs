//! Tokens and comma lists, the lexical ground of every header of the handshake (RFC 7230 §3.2.6 and
//! §7).

use alloc::string::String;

/// What a token is, as the end of a sentence that refuses something else.
pub(super) const TOKEN_RULE: &str =
    " is not a token: one or more letters, digits and !#$%&'*+-.^_`|~ were expected.";

/// Whether `byte` may stand in a token (RFC 7230 §3.2.6, `tchar`).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether `text` is a token: one or more `tchar`, so never empty and never with a space in it.
#[inline(never)]
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Whether two names are the same without case. Never inlined: unrolled against a constant, as the
/// compiler likes to do, each use would be hundreds of bytes.
#[inline(never)]
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Whether `text` is visible ASCII and not empty: nothing that could end a request line or a
/// header.
pub(super) fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `value` without the optional whitespace around it (RFC 7230 §3.2.3): spaces and tabs only,
/// because a value decoded as Latin-1 may begin or end with U+00A0, which belongs to it.
#[inline(never)]
pub(super) fn trim(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

/// The elements of a comma list, trimmed. Empty elements are skipped, as RFC 7230 §7 asks of a
/// recipient.
///
/// Not for values with quoted strings: a quoted comma would split.
pub(super) fn elements(value: &str) -> Elements<'_> {
    Elements { left: value }
}

/// The elements of a comma list that were not yet asked for.
#[derive(Debug, Clone)]
pub(super) struct Elements<'a> {
    left: &'a str,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        while !self.left.is_empty() {
            let (element, left) = self.left.split_once(',').unwrap_or((self.left, ""));
            self.left = left;
            let element = trim(element);
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

/// What is wrong with a list of subprotocol names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListFault<'a> {
    /// This element is not a token.
    NotToken(&'a str),
    /// This element stands in the list twice.
    Repeated(&'a str),
}

/// Checks that all `names` are tokens and that no two are the same (RFC 6455 §4.1, item 10).
///
/// Names are compared exactly: subprotocols are case-sensitive.
pub(super) fn check_distinct(names: &[String]) -> Result<(), ListFault<'_>> {
    for (index, name) in names.iter().enumerate() {
        if !is_token(name) {
            return Err(ListFault::NotToken(name));
        }
        if names[..index].contains(name) {
            return Err(ListFault::Repeated(name));
        }
    }
    Ok(())
}
