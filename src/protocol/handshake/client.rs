//! The client's side of the upgrade (RFC 6455 §4.1).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use super::Progress;
use super::answer::{Asked, ClientOutcome};
use super::body::Body;
use super::error::{HandshakeError, HandshakeErrorKind as Kind, RequestError};
use super::head::{Fed, HEAD_LIMIT, HeadBuffer, Message, ResponseHead};
use super::key::Key;
use super::request::{ClientRequest, write_request};
use super::response::reason_phrase;
use super::sentence::{decimal, quoted, quoted_bytes, sentence};
use super::syntax::{HeadFault, parse_response};

/// A client that has a request to send, and then reads the server's answer.
///
/// ```text
///            a 1xx but 101
///              ┌──────┐
///              ▼      │        101
///   new ──▶ reading the head ───────▶ checked: outcome or error
///                     │
///                     │ any other status
///                     ▼
///           reading the refusal's body ──▶ error, kind Refused
/// ```
///
/// Send [`request`](Self::request) once; then give every chunk that the transport yields to
/// [`handle_bytes`](Self::handle_bytes) until it returns an outcome or an error, and the
/// transport's end to [`handle_eof`](Self::handle_eof). Where the chunks are cut makes no
/// difference.
#[derive(Debug)]
pub struct ClientHandshake {
    request: Vec<u8>,
    asked: Asked,
    state: State,
}

#[derive(Debug)]
enum State {
    Head(HeadBuffer),
    Refusal(Box<ResponseHead>, Body),
    Finished,
}

impl ClientHandshake {
    /// Checks what is asked for and writes the request.
    ///
    /// # Errors
    ///
    /// A [`RequestError`] for the first value that must not be sent: see the fields of
    /// [`ClientRequest`].
    pub fn new(request: ClientRequest) -> Result<Self, RequestError> {
        let key = Key::from_nonce(request.nonce);
        Ok(Self {
            request: write_request(&request, &key)?,
            asked: Asked { key, protocols: request.protocols, extensions: request.extensions },
            state: State::Head(HeadBuffer::new(Message::Response, HEAD_LIMIT)),
        })
    }

    /// The bytes to send before anything else: the whole request.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// The status of a refusal whose body is still coming in. When a deadline passes meanwhile,
    /// [`handle_eof`](Self::handle_eof) gives the refusal with the body so far.
    #[must_use]
    pub fn refusal_status(&self) -> Option<u16> {
        match &self.state {
            State::Refusal(head, _) => Some(head.status),
            State::Head(_) | State::Finished => None,
        }
    }

    /// Takes the next bytes from the server. The handshake is over when this returns anything other
    /// than [`Progress::NeedMore`].
    ///
    /// # Errors
    ///
    /// A [`HandshakeError`] at the first byte that shows that there will be no WebSocket. For a
    /// status other than 101 that is when the body is complete, or
    /// [`BODY_LIMIT`](super::BODY_LIMIT) bytes of it are here.
    pub fn handle_bytes(
        &mut self,
        bytes: &[u8],
    ) -> Result<Progress<ClientOutcome>, HandshakeError> {
        let mut input = bytes;
        loop {
            match mem::replace(&mut self.state, State::Finished) {
                State::Head(buffer) => {
                    let limit = buffer.limit();
                    let (bytes, rest) = match buffer.push(input) {
                        Fed::NeedMore(buffer) => {
                            self.state = State::Head(buffer);
                            return Ok(Progress::NeedMore);
                        }
                        Fed::Complete { head, rest } => (head, rest),
                        Fed::Foreign(bytes) => return Err(foreign(&bytes)),
                        Fed::TooLarge => return Err(too_large()),
                    };
                    let limit = limit - bytes.len();
                    let head = parse(&bytes)?;
                    match head.status {
                        101 => return self.asked.check(head, rest).map(Progress::Done),
                        100..=199 => {
                            self.state = State::Head(HeadBuffer::new(Message::Response, limit))
                        }
                        _ => {
                            let body = Body::new(&head);
                            self.state = State::Refusal(Box::new(head), body);
                        }
                    }
                    input = rest;
                }
                State::Refusal(head, mut body) => {
                    body.push(input);
                    if body.is_complete() {
                        return Err(refused(*head, body));
                    }
                    self.state = State::Refusal(head, body);
                    return Ok(Progress::NeedMore);
                }
                State::Finished => return Err(HandshakeError::finished()),
            }
        }
    }

    /// The transport has ended, so the handshake failed: with the refusal if its body was coming
    /// in, or else because the answer is not complete.
    pub fn handle_eof(&mut self) -> HandshakeError {
        match mem::replace(&mut self.state, State::Finished) {
            State::Head(buffer) => truncated(buffer.len()),
            State::Refusal(head, body) => refused(*head, body),
            State::Finished => HandshakeError::finished(),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<ResponseHead, HandshakeError> {
    let head = parse_response(bytes).map_err(|fault| match fault {
        HeadFault::Version(line) => HandshakeError::new(
            Kind::HttpVersion,
            "The server answered with {}; \"HTTP/1.1 101\" was expected.",
            &[&line],
        ),
        HeadFault::Syntax(what) => HandshakeError::new(
            Kind::Malformed,
            "The server's answer is not valid HTTP: {}; \"HTTP/1.1 101\" and well-formed headers were expected.",
            &[&what],
        ),
    })?;
    if head.status < 100 {
        return Err(HandshakeError::new(
            Kind::Malformed,
            "The server's answer has a status below 100; \"HTTP/1.1 101\" was expected.",
            &[],
        ));
    }
    Ok(head)
}

fn foreign(bytes: &[u8]) -> HandshakeError {
    let hint = match bytes.first() {
        Some(0x15 | 0x16) => " The server may want TLS: a wss: URL.",
        _ => "",
    };
    HandshakeError::new(
        Kind::Malformed,
        "The server does not speak HTTP: {} came; \"HTTP/1.1 101\" was expected.{}",
        &[&quoted_bytes(bytes), hint],
    )
}

fn too_large() -> HandshakeError {
    HandshakeError::new(
        Kind::HeadTooLarge,
        "The head of the server's answer is longer than the 65536 bytes it may have.",
        &[],
    )
}

fn truncated(came: usize) -> HandshakeError {
    match came {
        0 => HandshakeError::new(
            Kind::Truncated,
            "The server closed the connection without an answer to the upgrade request.",
            &[],
        ),
        _ => HandshakeError::new(
            Kind::Truncated,
            "The server closed the connection after {} bytes of its answer; the blank line that ends the head was still to come.",
            &[&decimal(came as u64)],
        ),
    }
}

fn refused(head: ResponseHead, body: Body) -> HandshakeError {
    let status = head.status;
    let reason = if head.reason.is_empty() { reason_phrase(status) } else { &head.reason };
    let hint = match (status, head.headers.get("Location")) {
        (300..=399, Some(location)) => {
            sentence(" It redirects to {}; redirects are not followed.", &[&quoted(location)])
        }
        (200..=299, _) => {
            " It answered as to an ordinary request: is this the path of a WebSocket?".to_owned()
        }
        _ => String::new(),
    };
    let message = sentence(
        "The server refused the upgrade with status {} ({}); 101 (Switching Protocols) was expected.{}",
        &[&decimal(u64::from(status)), reason, &hint],
    );
    HandshakeError::in_response(Kind::Refused, message, head, body.into_bytes())
}
