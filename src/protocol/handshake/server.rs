//! The server's side of the upgrade (RFC 6455 §4.2).

use alloc::vec::Vec;
use core::mem;

use super::Progress;
use super::error::{HandshakeError, HandshakeErrorKind as Kind, quote_bytes};
use super::head::{self, Fed, HEAD_LIMIT, HeadBuffer, HeadFault, Message, RequestHead};
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
                    UpgradeRequest::from_head(parse(head)?, rest.to_vec()).map(Progress::Done)
                }
                Fed::Foreign(bytes) => Err(foreign(&bytes)),
                Fed::TooLarge => {
                    let message =
                        "The head of the request is longer than the 65536 bytes it may have.";
                    Err(HandshakeError::in_request(
                        Kind::HeadTooLarge,
                        431,
                        format_args!("{message}"),
                    ))
                }
            },
            State::Finished => Err(HandshakeError::finished()),
        }
    }

    /// The transport has ended before the request was complete. There is nobody to answer.
    pub fn handle_eof(&mut self) -> HandshakeError {
        match mem::replace(&mut self.state, State::Finished) {
            State::Head(buffer) if buffer.len() == 0 => HandshakeError::new(
                Kind::Truncated,
                format_args!("The client closed the connection without a request."),
            ),
            State::Head(buffer) => HandshakeError::new(
                Kind::Truncated,
                format_args!(
                    "The client closed the connection after {} bytes of its request; the blank line that ends the head was still to come.",
                    buffer.len()
                ),
            ),
            State::Finished => HandshakeError::finished(),
        }
    }
}

fn parse(bytes: Vec<u8>) -> Result<RequestHead, HandshakeError> {
    head::parse_request(bytes).map_err(|fault| match fault {
        HeadFault::Version(line) => bad(
            Kind::HttpVersion,
            format_args!("The request begins with {line}; \"GET /path HTTP/1.1\" was expected."),
        ),
        HeadFault::Syntax(what) => bad(
            Kind::Malformed,
            format_args!("The request is not valid HTTP: {what}; \"GET /path HTTP/1.1\" and well-formed headers were expected."),
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
        format_args!(
            "The client does not speak HTTP: {} came; \"GET /path HTTP/1.1\" was expected.{hint}",
            quote_bytes(bytes)
        ),
    )
}
