//! What can go wrong, by blame: [`HandshakeError`] is the peer's fault, [`RequestError`] our
//! caller's.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::head::ResponseHead;
use super::headers::Headers;
use super::response;
use super::sentence::sentence;

/// The peer did not do its part of the handshake; the connection is of no further use.
///
/// `Display` is a sentence that says what came and what was expected. [`kind`](Self::kind) is for
/// programs. What the peer sent is escaped in it and cut to 60 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeError {
    kind: HandshakeErrorKind,
    message: String,
    context: Context,
}

/// What there is to say beside the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Context {
    /// Nothing: no head that could be read.
    None,
    /// A client's: the response that was at fault.
    Response(Box<(ResponseHead, Vec<u8>)>),
    /// A server's: the status to answer with.
    Answer(u16),
}

/// Which rule the peer broke. Each has a stable name, see [`as_str`](Self::as_str).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandshakeErrorKind {
    /// What came is not an HTTP head.
    Malformed,
    /// The head is longer than [`HEAD_LIMIT`](super::HEAD_LIMIT).
    HeadTooLarge,
    /// The peer closed the connection before its head was complete.
    Truncated,
    /// The HTTP version is not 1.1 or a later 1.x.
    HttpVersion,
    /// The server answered with a status other than 101.
    Refused,
    /// The request's method is not `GET`.
    Method,
    /// The request's target is not a path or an absolute HTTP URI.
    Target,
    /// `Host` is missing, empty or repeated.
    Host,
    /// The request has a body.
    Body,
    /// `Upgrade` does not name `websocket`.
    Upgrade,
    /// `Connection` does not name `Upgrade`.
    Connection,
    /// `Sec-WebSocket-Version` is not 13, or repeated.
    Version,
    /// `Sec-WebSocket-Key` is missing, repeated, or not the base64 form of 16 bytes.
    Key,
    /// `Sec-WebSocket-Accept` is missing, repeated, or does not answer the key.
    Accept,
    /// `Origin` is repeated.
    Origin,
    /// `Sec-WebSocket-Protocol` is malformed, or selects what was not offered.
    Protocol,
    /// `Sec-WebSocket-Extensions` is malformed, or accepts what was not offered.
    Extensions,
    /// The handshake had already ended when it was given more to read.
    Finished,
}

impl HandshakeErrorKind {
    /// The name of this kind, in lower case with hyphens: it never changes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::HeadTooLarge => "head-too-large",
            Self::Truncated => "truncated",
            Self::HttpVersion => "http-version",
            Self::Refused => "refused",
            Self::Method => "method",
            Self::Target => "target",
            Self::Host => "host",
            Self::Body => "body",
            Self::Upgrade => "upgrade",
            Self::Connection => "connection",
            Self::Version => "version",
            Self::Key => "key",
            Self::Accept => "accept",
            Self::Origin => "origin",
            Self::Protocol => "protocol",
            Self::Extensions => "extensions",
            Self::Finished => "finished",
        }
    }
}

impl HandshakeError {
    /// A fault with no head to show and nobody to answer.
    pub(super) fn new(kind: HandshakeErrorKind, pattern: &str, parts: &[&str]) -> Self {
        Self { kind, message: sentence(pattern, parts), context: Context::None }
    }

    /// A fault of the response `head`; `body` is what came after it, if the response is a refusal.
    pub(super) fn in_response(
        kind: HandshakeErrorKind,
        message: String,
        head: ResponseHead,
        body: Vec<u8>,
    ) -> Self {
        Self { kind, message, context: Context::Response(Box::new((head, body))) }
    }

    /// A fault of a request that is to be answered with `status`.
    pub(super) fn in_request(
        kind: HandshakeErrorKind,
        status: u16,
        pattern: &str,
        parts: &[&str],
    ) -> Self {
        Self { kind, message: sentence(pattern, parts), context: Context::Answer(status) }
    }

    /// The fault of a caller that goes on after the end.
    pub(super) fn finished() -> Self {
        Self::new(
            HandshakeErrorKind::Finished,
            "The handshake is over: it can't be given anything more to read.",
            &[],
        )
    }

    /// The sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Which rule was broken.
    #[must_use]
    pub fn kind(&self) -> HandshakeErrorKind {
        self.kind
    }

    /// In a client, the status of the server's response, if one came. In a server, the status to
    /// answer with, if the request can be answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.context {
            Context::None => None,
            Context::Response(response) => Some(response.0.status),
            Context::Answer(status) => Some(*status),
        }
    }

    /// In a client, the reason phrase of the server's response; empty if it had none.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.received().map(|(head, _)| head.reason.as_str())
    }

    /// In a client, the headers of the server's response, if one came.
    #[must_use]
    pub fn headers(&self) -> Option<&Headers> {
        self.received().map(|(head, _)| &head.headers)
    }

    /// In a client, the body of a refusal without its transfer coding, cut at
    /// [`BODY_LIMIT`](super::BODY_LIMIT) bytes. Empty in every other case.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.received().map_or(&[], |(_, body)| body)
    }

    /// In a server, the whole HTTP response that tells the client of its fault, after which the
    /// connection is to be closed. `None` if there is nobody to answer, and in a client.
    ///
    /// A wrong method is answered with 405 and `Allow`, another version with 426 and
    /// `Sec-WebSocket-Version: 13` (RFC 6455 §4.4), a request for no upgrade with 426 and `Upgrade`
    /// (RFC 9110 §15.5.22), a head that is too large with 431, anything else with 400. The body is
    /// this error's sentence.
    #[must_use]
    pub fn response(&self) -> Option<Vec<u8>> {
        let Context::Answer(status) = self.context else { return None };
        let mut headers = Headers::default();
        if self.kind == HandshakeErrorKind::Method {
            headers.push_own("Allow", "GET");
        }
        if status == 426 {
            headers.push_own("Upgrade", "websocket");
        }
        if matches!(self.kind, HandshakeErrorKind::Version | HandshakeErrorKind::Upgrade) {
            headers.push_own("Sec-WebSocket-Version", "13");
        }
        headers.push_own("Content-Type", "text/plain; charset=utf-8");
        Some(response::write_refusal(
            status,
            &headers,
            sentence("{}\n", &[&self.message]).as_bytes(),
        ))
    }

    fn received(&self) -> Option<(&ResponseHead, &[u8])> {
        match &self.context {
            Context::Response(response) => Some((&response.0, &response.1)),
            Context::None | Context::Answer(_) => None,
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for HandshakeError {}

/// Our caller asked for something that must not be sent. Nothing was written.
///
/// `Display` is a sentence that names the value and the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    kind: RequestErrorKind,
    message: String,
}

/// Which of the caller's values is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestErrorKind {
    /// The authority for the `Host` header.
    Host,
    /// The target of the request.
    Target,
    /// The origin.
    Origin,
    /// A subprotocol.
    Protocol,
    /// An extension.
    Extension,
    /// A header.
    Header,
    /// The status of a refusal.
    Status,
}

impl RequestErrorKind {
    /// The name of this kind, in lower case: it never changes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Target => "target",
            Self::Origin => "origin",
            Self::Protocol => "protocol",
            Self::Extension => "extension",
            Self::Header => "header",
            Self::Status => "status",
        }
    }
}

impl RequestError {
    pub(super) fn new(kind: RequestErrorKind, pattern: &str, parts: &[&str]) -> Self {
        Self { kind, message: sentence(pattern, parts) }
    }

    /// The sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Which value is at fault.
    #[must_use]
    pub fn kind(&self) -> RequestErrorKind {
        self.kind
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for RequestError {}
