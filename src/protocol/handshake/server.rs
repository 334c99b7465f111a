//! The server's side of the upgrade (RFC 6455 §4.2).

use core::mem;

use super::Progress;
use super::error::{HandshakeError, HandshakeErrorKind as Kind};
use super::head::{Fed, HEAD_LIMIT, HeadBuffer, Message, RequestHead};
use super::sentence::{decimal, quoted_bytes};
use super::syntax::{HeadFault, parse_request};
use super::upgrade::{UpgradeRequest, bad};

/// A server that reads an upgrade request.
///
/// Give every chunk that the transport yields to [`handle_bytes`](Self::handle_bytes) until it
/// returns a request or an error, and the transport's end to [`handle_eof`](Self::handle_eof). Then
/// answer: with [`UpgradeRequest::accept`], with [`refuse`](super::refuse), or with
/// [`HandshakeError::response`].
#[derive(Debug)]
pub struct ServerHandshake {
    state: State,
}

#[derive(Debug)]
enum State {
    Head(HeadBuffer),
    Finished,
}

impl Default for ServerHandshake {
    fn default() -> Self {
        Self::new()
    }
}

impl ServerHandshake {
    /// A server at the beginning of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self { state: State::Head(HeadBuffer::new(Message::Request, HEAD_LIMIT)) }
    }

    /// Takes the next bytes from the client. The handshake is over when this returns anything other
    /// than [`Progress::NeedMore`].
    ///
    /// # Errors
    ///
    /// A [`HandshakeError`] for a request that can't become a WebSocket; its
    /// [`response`](HandshakeError::response) is what to answer.
    pub fn handle_bytes(
        &mut self,
        bytes: &[u8],
    ) -> Result<Progress<UpgradeRequest>, HandshakeError> {
        match mem::replace(&mut self.state, State::Finished) {
            State::Head(buffer) => match buffer.push(bytes) {
                Fed::NeedMore(buffer) => {
                    self.state = State::Head(buffer);
                    Ok(Progress::NeedMore)
                }
                Fed::Complete { head, rest } => {
                    UpgradeRequest::from_head(parse(&head)?, rest.to_vec()).map(Progress::Done)
                }
                Fed::Foreign(bytes) => Err(foreign(&bytes)),
                Fed::TooLarge => Err(HandshakeError::in_request(
                    Kind::HeadTooLarge,
                    431,
                    "The head of the request is longer than the 65536 bytes it may have.",
                    &[],
                )),
            },
            State::Finished => Err(HandshakeError::finished()),
        }
    }

    /// The transport has ended before the request was complete. There is nobody to answer.
    pub fn handle_eof(&mut self) -> HandshakeError {
        match mem::replace(&mut self.state, State::Finished) {
            State::Head(buffer) if buffer.len() == 0 => HandshakeError::new(
                Kind::Truncated,
                "The client closed the connection without a request.",
                &[],
            ),
            State::Head(buffer) => HandshakeError::new(
                Kind::Truncated,
                "The client closed the connection after {} bytes of its request; the blank line that ends the head was still to come.",
                &[&decimal(buffer.len() as u64)],
            ),
            State::Finished => HandshakeError::finished(),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<RequestHead, HandshakeError> {
    parse_request(bytes).map_err(|fault| match fault {
        HeadFault::Version(line) => bad(
            Kind::HttpVersion,
            "The request begins with {}; \"GET /path HTTP/1.1\" was expected.",
            &[&line],
        ),
        HeadFault::Syntax(what) => bad(
            Kind::Malformed,
            "The request is not valid HTTP: {}; \"GET /path HTTP/1.1\" and well-formed headers were expected.",
            &[&what],
        ),
    })
}

fn foreign(bytes: &[u8]) -> HandshakeError {
    let hint = match bytes.first() {
        Some(0x16) => {
            " The client may speak TLS (a wss: URL); here TLS must have been taken off already."
        }
        _ => "",
    };
    bad(
        Kind::Malformed,
        "The client does not speak HTTP: {} came; \"GET /path HTTP/1.1\" was expected.{}",
        &[&quoted_bytes(bytes), hint],
    )
}
