//! Lists of texts as they cross the boundary: as one buffer, since an array of strings would cost a
//! call for each of them, and the code for it in both languages.
//!
//! Inward each text stands behind its length, which is four bytes, the lowest first. Outward each has a
//! line feed behind it: nothing that is handed out has one in it.
//!
//! Headers are a name and a value each. An extension is its name, the number of its parameters, and for
//! each of these its name and its value. An empty value is none, since a value is a token.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::handshake::sentence::decimal;
use crate::handshake::{Extension, Headers, RequestError};

/// The texts of a list that came in.
struct Texts<'a> {
    left: &'a [u8],
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        let (length, after) = self.left.split_first_chunk()?;
        let (text, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.left = after;
        str::from_utf8(text).ok()
    }
}

/// Reads texts.
pub(super) fn texts(packed: &[u8]) -> Vec<String> {
    Texts { left: packed }.map(str::to_owned).collect()
}

/// Reads headers.
#[inline(never)]
pub(super) fn pairs(packed: &[u8]) -> Vec<(String, String)> {
    let mut texts = Texts { left: packed };
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    pairs
}

/// Reads extensions.
///
/// # Errors
/// A name or value that is not a token.
#[inline(never)]
pub(super) fn extensions(packed: &[u8]) -> Result<Vec<Extension>, RequestError> {
    let mut texts = Texts { left: packed };
    let mut list = Vec::new();
    while let Some(name) = texts.next() {
        let mut extension = Extension::new(name)?;
        let count = texts.next().unwrap_or_default();
        for _ in 0..count.bytes().fold(0, |count, digit| count * 10 + u32::from(digit - b'0')) {
            let (name, value) = (texts.next().unwrap_or_default(), texts.next());
            extension = extension.with_param(name, value.filter(|value| !value.is_empty()))?;
        }
        list.push(extension);
    }
    Ok(list)
}

/// Writes texts.
pub(super) fn lines(texts: &[String]) -> String {
    let mut out = String::new();
    for text in texts {
        push(&mut out, text);
    }
    out
}

/// Writes headers.
#[inline(never)]
pub(super) fn header_lines(headers: &Headers) -> String {
    let mut out = String::new();
    for (name, value) in headers.iter() {
        push(&mut out, name);
        push(&mut out, value);
    }
    out
}

/// Writes extensions.
#[inline(never)]
pub(super) fn extension_lines(list: &[Extension]) -> String {
    let mut out = String::new();
    for extension in list {
        push(&mut out, extension.name());
        push(&mut out, &decimal(extension.params().len() as u64));
        for (name, value) in extension.params() {
            push(&mut out, name);
            push(&mut out, value.unwrap_or_default());
        }
    }
    out
}

#[inline(never)]
fn push(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
