//! The grammar of a complete head (RFC 7230 §3), line by line.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::head::{RequestHead, ResponseHead};
use super::headers::{Headers, latin1};
use super::sentence::{quoted_bytes, sentence};
use super::token::is_token_byte;

/// Why a complete head can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeadFault {
    /// Its version is not HTTP/1.x; this is its first line, quoted.
    Version(String),
    /// It breaks the grammar; a phrase that says how.
    Syntax(String),
}

const LINE_END: &str = "a line does not end where it should";
const HEADER_NAME: &str = "a header's name is not a token followed by a colon";
const HEADER_VALUE: &str = "a header's value has a control character in it";
const STATUS: &str = "its status is not a number of three digits";

/// Parses a complete request head.
pub(super) fn parse_request(head: &[u8]) -> Result<RequestHead, HeadFault> {
    let (first, lines) = split_line(head);
    let parts = || {
        let (method, after) = split_word(first)?;
        let (target, after) = split_word(after)?;
        let target = str::from_utf8(target).ok()?;
        let is_good = method.iter().all(|&byte| is_token_byte(byte))
            && target.bytes().all(|byte| byte > b' ' && byte != 0x7F);
        is_good.then_some((method, target, after))
    };
    let Some((method, target, after)) = parts() else {
        return Err(HeadFault::Syntax(sentence("its first line is {}", &[&quoted_bytes(first)])));
    };
    let (minor_version, after) = version(after, first)?;
    if !after.is_empty() {
        return Err(syntax(LINE_END));
    }
    Ok(RequestHead {
        method: latin1(method),
        target: target.to_owned(),
        minor_version,
        headers: headers(lines)?,
    })
}

/// Parses a complete response head.
pub(super) fn parse_response(head: &[u8]) -> Result<ResponseHead, HeadFault> {
    let (first, lines) = split_line(head);
    let (minor_version, after) = version(first, first)?;
    let Some((b' ', after)) = after.split_first() else {
        return Err(HeadFault::Version(quoted_bytes(first)));
    };
    let Some((digits, after)) = after.split_first_chunk::<3>() else {
        return Err(syntax(STATUS));
    };
    let reason = match after {
        [] => after,
        [b' ', reason @ ..] => reason,
        _ => return Err(syntax(STATUS)),
    };
    if !digits.iter().all(u8::is_ascii_digit) || !reason.iter().all(is_text) {
        return Err(syntax(STATUS));
    }
    let status = digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    // What a reason is written in, if not in ASCII, nobody can tell.
    let reason = if reason.is_ascii() { latin1(reason) } else { String::new() };
    Ok(ResponseHead { minor_version, status, reason, headers: headers(lines)? })
}

/// The headers of the lines up to the blank one.
fn headers(mut lines: &[u8]) -> Result<Headers, HeadFault> {
    let mut headers = Headers::new();
    loop {
        let (line, after) = split_line(lines);
        lines = after;
        let length = line.iter().take_while(|&&byte| is_token_byte(byte)).count();
        let (name, value) = line.split_at(length);
        match value {
            _ if line.is_empty() => return Ok(headers),
            [b':', value @ ..] if length > 0 => {
                if !value.iter().all(is_text) {
                    return Err(syntax(HEADER_VALUE));
                }
                headers.push_parsed(name, value);
            }
            [b'\r', ..] if length == 0 => return Err(syntax(LINE_END)),
            _ => return Err(syntax(HEADER_NAME)),
        }
    }
}

/// The minor version that `text` begins with, and what follows it. Each later 1.x is to be read as
/// the latest that is known (RFC 7230 §2.6).
fn version<'a>(text: &'a [u8], first: &[u8]) -> Result<(u8, &'a [u8]), HeadFault> {
    match text.strip_prefix(b"HTTP/1.").and_then(<[u8]>::split_first) {
        Some((digit, after)) if digit.is_ascii_digit() => Ok((digit - b'0', after)),
        _ => Err(HeadFault::Version(quoted_bytes(first))),
    }
}

/// The first line without its end, and what follows it.
#[inline(never)]
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, after) = split(text, b'\n').unwrap_or((text, &[]));
    (line.strip_suffix(b"\r").unwrap_or(line), after)
}

/// What stands before the first space, if it is not empty, and what follows that space.
fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    split(text, b' ').filter(|(word, _)| !word.is_empty())
}

#[inline(never)]
fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = text.iter().position(|&byte| byte == at)?;
    Some((text.get(..index)?, text.get(index + 1..)?))
}

/// Whether a byte may stand in a header's value or a reason phrase (RFC 7230 §3.2.6).
fn is_text(byte: &u8) -> bool {
    *byte == b'\t' || (*byte >= b' ' && *byte != 0x7F)
}

#[cold]
fn syntax(what: &str) -> HeadFault {
    HeadFault::Syntax(what.to_owned())
}
