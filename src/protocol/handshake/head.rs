//! The head of an HTTP message: gathered up to its blank line, where it can be parsed.

use alloc::string::String;
use alloc::vec::Vec;

use super::headers::Headers;
use super::token::is_token_byte;

/// The most bytes a head may have, with its blank line: 64 KiB. In a client all heads of one
/// handshake count together, so that a server can't send informational responses without end.
pub const HEAD_LIMIT: usize = 64 * 1024;

/// The longest method that is still looked at.
const METHOD_LIMIT: usize = 32;

/// The head of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// The method, such as `GET`; it is case-sensitive.
    pub method: String,
    /// The request target as it was sent: a path with its query, or an absolute URI.
    pub target: String,
    /// The `x` of `HTTP/1.x`.
    pub minor_version: u8,
    /// The headers.
    pub headers: Headers,
}

/// The head of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResponseHead {
    pub(super) minor_version: u8,
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Headers,
}

/// Which of the two messages is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    Request,
    Response,
}

/// The bytes of a head whose blank line has not come yet. Never more than `limit`.
#[derive(Debug)]
pub(super) struct HeadBuffer {
    message: Message,
    bytes: Vec<u8>,
    limit: usize,
    line: Line,
}

/// Where in a line the next byte stands: all that the search for the blank line needs to remember,
/// so no byte is looked at twice.
#[derive(Debug, Clone, Copy)]
enum Line {
    Start,
    StartAfterCr,
    Inside,
}

/// What became of a buffer that was given bytes.
#[derive(Debug)]
pub(super) enum Fed<'a> {
    /// The blank line is still to come.
    NeedMore(HeadBuffer),
    /// The head with its blank line, and the bytes that came after it.
    Complete { head: Vec<u8>, rest: &'a [u8] },
    /// These bytes are not the beginning of such a message, whatever may follow.
    Foreign(Vec<u8>),
    /// The head is longer than the limit.
    TooLarge,
}

impl HeadBuffer {
    pub(super) fn new(message: Message, limit: usize) -> Self {
        Self { message, bytes: Vec::new(), limit, line: Line::Inside }
    }

    /// How many bytes came so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes may come in all.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes bytes up to the blank line.
    ///
    /// A line may end with CR LF or with LF alone (RFC 7230 §3.5), here as in the parser: the two
    /// must agree on where the head ends.
    pub(super) fn push(mut self, bytes: &[u8]) -> Fed<'_> {
        let end = self.find_end(bytes);
        let (own, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        let room = self.limit - self.bytes.len();
        self.bytes.extend_from_slice(&own[..own.len().min(room)]);
        if !self.begins_well() {
            Fed::Foreign(self.bytes)
        } else if own.len() > room {
            Fed::TooLarge
        } else if end.is_some() {
            Fed::Complete { head: self.bytes, rest }
        } else {
            Fed::NeedMore(self)
        }
    }

    fn find_end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate() {
            self.line = match (self.line, byte) {
                (Line::Start | Line::StartAfterCr, b'\n') => return Some(index + 1),
                (Line::Start, b'\r') => Line::StartAfterCr,
                (_, b'\n') => Line::Start,
                _ => Line::Inside,
            };
        }
        None
    }

    /// Whether the first bytes can be those of the message. Asked at once, since a peer of another
    /// protocol may wait for us to speak and never send a blank line.
    fn begins_well(&self) -> bool {
        match self.message {
            Message::Response => {
                let expected = b"HTTP/";
                let came = self.bytes.len().min(expected.len());
                self.bytes[..came] == expected[..came]
            }
            Message::Request => {
                let first = &self.bytes[..self.bytes.len().min(METHOD_LIMIT + 1)];
                match first.iter().position(|&byte| !is_token_byte(byte)) {
                    Some(end) => end > 0 && first[end] == b' ',
                    None => first.len() <= METHOD_LIMIT,
                }
            }
        }
    }
}
