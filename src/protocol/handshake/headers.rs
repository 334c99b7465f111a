//! An ordered list of headers, names compared without case.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::error::{RequestError, RequestErrorKind};
use super::sentence::{listed, quoted, sentence};
use super::token::{TOKEN_RULE, elements, is_same, is_token, trim};

/// The headers of a request or a response, in the order and spelling in which they came.
///
/// Names are compared ASCII case-insensitively. Values are strings of the characters U+0000 to
/// U+00FF, one a byte (Latin-1, what the `Headers` of a page call a byte string). Every entry can
/// be written to the wire as it is: its name is a token, and its value holds no control character
/// but the tab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    entries: Vec<(String, String)>,
}

/// A header that may stand once stands several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeated;

impl Headers {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header after the others; one of the same name stays beside it. Spaces and tabs around
    /// the value are dropped.
    ///
    /// # Errors
    ///
    /// [`RequestErrorKind::Header`] if `name` is not a token (RFC 7230 §3.2), or if `value` has a
    /// control character other than tab, such as CR, LF or NUL, which would end the header
    /// early, or a character above U+00FF, which has no byte.
    #[inline(never)]
    pub fn append(&mut self, name: &str, value: &str) -> Result<(), RequestError> {
        if !is_token(name) {
            return Err(RequestError::new(
                RequestErrorKind::Header,
                "The header name {}{}",
                &[&quoted(name), TOKEN_RULE],
            ));
        }
        let value = trim(value);
        if !is_value(value) {
            return Err(RequestError::new(
                RequestErrorKind::Header,
                "The value of the header {} can't be sent: {} has a line break, another control character, or a character above U+00FF.",
                &[&quoted(name), &quoted(value)],
            ));
        }
        self.entries.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// All of `pairs`, each as [`append`](Self::append) takes it.
    ///
    /// # Errors
    ///
    /// The error of the first pair that `append` refuses.
    pub fn from_pairs(pairs: &[(String, String)]) -> Result<Self, RequestError> {
        let mut headers = Self { entries: Vec::with_capacity(pairs.len()) };
        for (name, value) in pairs {
            headers.append(name, value)?;
        }
        Ok(headers)
    }

    /// The value of the first header of this name.
    #[must_use]
    #[inline(never)]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// The values of all headers of this name, in order.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(own, _)| is_same(own, name)).map(|(_, value)| value)
    }

    /// Whether there is a header of this name, even an empty one.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether one of the headers of this name has `token` as an element of its comma list,
    /// compared ASCII case-insensitively.
    #[must_use]
    pub fn contains_token(&self, name: &str, token: &str) -> bool {
        self.elements(name).iter().any(|element| is_same(element, token))
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many headers there are; two of the same name count as two.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a header that must not stand more than once.
    #[inline(never)]
    pub(super) fn only(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.get_all(name);
        let first = values.next();
        if values.next().is_some() { Err(Repeated) } else { Ok(first) }
    }

    /// The elements of the comma lists of all headers of this name.
    #[inline(never)]
    pub(super) fn elements(&self, name: &str) -> Vec<&str> {
        self.get_all(name).flat_map(elements).collect()
    }

    /// What there is of a header: the second half of "the header Upgrade …".
    #[cold]
    #[inline(never)]
    pub(super) fn shown(&self, name: &str) -> String {
        if !self.contains(name) {
            return "is missing".to_owned();
        }
        sentence("is {}", &[&quoted(&listed(&mut self.get_all(name)))])
    }

    /// Adds a header that came, whose bytes were checked.
    pub(super) fn push_parsed(&mut self, name: &[u8], value: &[u8]) {
        self.entries.push((latin1(name), trim(&latin1(value)).to_owned()));
    }

    /// Adds a header that is known to be good.
    pub(super) fn push_own(&mut self, name: &'static str, value: &'static str) {
        self.entries.push((name.to_owned(), value.to_owned()));
    }

    /// Writes all headers as lines, without the blank line that ends a head.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (name, value) in self.iter() {
            write_header(out, name, value);
        }
    }
}

/// Headers that a caller can't set, with the end of a sentence that says what to do instead.
pub(super) type Reserved = [(&'static str, &'static str)];

/// The header among `headers` that is reserved, and what to do instead.
pub(super) fn find_reserved<'a>(
    headers: &'a Headers,
    reserved: &Reserved,
) -> Option<(&'a str, &'static str)> {
    headers.iter().find_map(|(name, _)| {
        let (_, instead) = reserved.iter().find(|(own, _)| is_same(own, name))?;
        Some((name, *instead))
    })
}

/// Writes one header line. Both parts have been checked: a character above U+00FF can't come here,
/// and would be left out rather than cut to a byte that may be a line break.
#[inline(never)]
pub(super) fn write_header(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend(value.chars().filter_map(|character| u8::try_from(character).ok()));
    out.extend_from_slice(b"\r\n");
}

/// The string of the characters U+0000 to U+00FF that `bytes` number.
#[inline(never)]
pub(super) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Whether `value` is a header value that can be sent as Latin-1 (RFC 7230 §3.2.6: no control
/// characters but the tab).
fn is_value(value: &str) -> bool {
    value.chars().all(|character| match u8::try_from(character) {
        Ok(b'\t') => true,
        Ok(byte) => !byte.is_ascii_control(),
        Err(_) => false,
    })
}
