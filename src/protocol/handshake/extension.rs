//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::error::{RequestError, RequestErrorKind};
use super::headers::Headers;
use super::sentence::{decimal, quoted, sentence};
use super::token::{TOKEN_RULE, is_token, is_token_byte};

/// One element of a `Sec-WebSocket-Extensions` list: an offer in a request, an accepted extension
/// in a response.
///
/// Its name, its parameters' names and their values are tokens. That also holds for a value that
/// came as a quoted string, since RFC 6455 §9.1 asks that what is left after unquoting be a token;
/// so all can be written without quotes. What a parameter means, whether it may stand twice and
/// whether its value is optional are up to the extension.
///
/// ```
/// use framewire::protocol::handshake::Extension;
///
/// let offer = Extension::new("permessage-deflate")?.with_param("client_max_window_bits", None)?;
/// assert_eq!(Extension::write_list(&[offer]), "permessage-deflate; client_max_window_bits");
/// # Ok::<(), framewire::protocol::handshake::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    name: String,
    params: Vec<(String, Option<String>)>,
}

impl Extension {
    /// An extension without parameters.
    ///
    /// # Errors
    ///
    /// [`RequestErrorKind::Extension`] if `name` is not a token.
    pub fn new(name: &str) -> Result<Self, RequestError> {
        check("extension name", name)?;
        Ok(Self { name: name.to_owned(), params: Vec::new() })
    }

    /// This extension with one more parameter after the others, with or without a value.
    ///
    /// # Errors
    ///
    /// [`RequestErrorKind::Extension`] if `name` or `value` is not a token.
    pub fn with_param(mut self, name: &str, value: Option<&str>) -> Result<Self, RequestError> {
        check("extension parameter name", name)?;
        if let Some(value) = value {
            check("extension parameter value", value)?;
        }
        self.params.push((name.to_owned(), value.map(str::to_owned)));
        Ok(self)
    }

    /// The registered name, such as `permessage-deflate`. Names are compared exactly.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters in their order: names, and values without quotes.
    pub fn params(&self) -> impl ExactSizeIterator<Item = (&str, Option<&str>)> {
        self.params.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// The extensions of one header's value, in order.
    ///
    /// Several header lines mean the same as one with their values joined by commas (RFC 6455
    /// §9.1), which is the concatenation of what this gives for each. Elements with nothing in
    /// them, as in `a,,b`, are skipped.
    ///
    /// # Errors
    ///
    /// [`ExtensionSyntaxError`] at the first byte that the grammar does not allow, and for a value
    /// in which there is no extension at all.
    pub fn parse_list(value: &str) -> Result<Vec<Self>, ExtensionSyntaxError> {
        let mut cursor = Cursor { text: value, at: 0 };
        let mut list = Vec::new();
        loop {
            cursor.skip_space();
            match cursor.peek() {
                None if list.is_empty() => return Err(cursor.expected("the name of an extension")),
                None => return Ok(list),
                Some(b',') => cursor.at += 1,
                Some(_) => {
                    list.push(cursor.extension()?);
                    if !matches!(cursor.peek(), None | Some(b',')) {
                        return Err(cursor.expected("\",\", \";\" or the end"));
                    }
                }
            }
        }
    }

    /// The extensions of all `Sec-WebSocket-Extensions` headers, or a sentence about the first that
    /// is malformed.
    pub(super) fn parse_headers(headers: &Headers) -> Result<Vec<Self>, String> {
        let mut all = Vec::new();
        for value in headers.get_all("Sec-WebSocket-Extensions") {
            match Self::parse_list(value) {
                Ok(mut list) => all.append(&mut list),
                Err(error) => {
                    return Err(sentence(
                        "The header Sec-WebSocket-Extensions is {}: {}.",
                        &[&quoted(value), &error.message()],
                    ));
                }
            }
        }
        Ok(all)
    }

    /// The header value for `list`: parameters after `"; "`, elements after `", "`. Empty for an
    /// empty list, for which no header may be sent.
    #[must_use]
    pub fn write_list(list: &[Self]) -> String {
        let mut out = String::new();
        for (index, extension) in list.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            out.push_str(&extension.name);
            for (name, value) in extension.params() {
                out.push_str("; ");
                out.push_str(name);
                if let Some(value) = value {
                    out.push('=');
                    out.push_str(value);
                }
            }
        }
        out
    }
}

/// Where a `Sec-WebSocket-Extensions` value breaks the grammar of RFC 6455 §9.1. Its `Display` is a
/// phrase such as `at character 20 a token was expected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionSyntaxError {
    position: usize,
    expected: &'static str,
}

impl ExtensionSyntaxError {
    /// The offset in the value, in bytes of the string, from 0. The value's length if it ended too
    /// early.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// The phrase.
    #[must_use]
    pub fn message(&self) -> String {
        sentence(
            "at character {} {} was expected",
            &[&decimal(self.position as u64), self.expected],
        )
    }
}

impl fmt::Display for ExtensionSyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for ExtensionSyntaxError {}

fn check(what: &str, text: &str) -> Result<(), RequestError> {
    if is_token(text) {
        return Ok(());
    }
    Err(RequestError::new(
        RequestErrorKind::Extension,
        "The {} {}{}",
        &[what, &quoted(text), TOKEN_RULE],
    ))
}

/// A place in a header value. Never past the end, and always between characters, since it only ever
/// steps over ASCII.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expected(&self, expected: &'static str) -> ExtensionSyntaxError {
        ExtensionSyntaxError { position: self.at, expected }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Steps over `byte` and the space around it, if it comes next.
    fn takes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
            self.skip_space();
        }
        found
    }

    /// A name and its parameters, and the space after them.
    fn extension(&mut self) -> Result<Extension, ExtensionSyntaxError> {
        let mut extension = Extension { name: self.token()?, params: Vec::new() };
        while self.takes(b';') {
            let name = self.token()?;
            let value = match self.takes(b'=') {
                false => None,
                true if self.peek() == Some(b'"') => Some(self.quoted()?),
                true => Some(self.token()?),
            };
            extension.params.push((name, value));
        }
        Ok(extension)
    }

    fn token(&mut self) -> Result<String, ExtensionSyntaxError> {
        let start = self.at;
        while self.peek().is_some_and(is_token_byte) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.expected("a token (a name without spaces or separators)"));
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().to_owned())
    }

    /// A quoted string, unescaped. Each of its characters must be one of a token, escaped or not,
    /// so the first that is not is the place of the error.
    fn quoted(&mut self) -> Result<String, ExtensionSyntaxError> {
        self.at += 1;
        let mut value = String::new();
        loop {
            match self.peek() {
                Some(b'"') if value.is_empty() => {
                    return Err(self.expected("a value in the quotes"));
                }
                Some(b'"') => {
                    self.at += 1;
                    return Ok(value);
                }
                Some(b'\\') => self.at += 1,
                _ => {}
            }
            match self.peek() {
                Some(byte) if is_token_byte(byte) => value.push(char::from(byte)),
                Some(_) => return Err(self.expected("a character that may stand in a token")),
                None => return Err(self.expected("the closing quote")),
            }
            self.at += 1;
        }
    }
}
