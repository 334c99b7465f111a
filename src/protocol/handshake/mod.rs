//! The HTTP/1.1 upgrade that opens a WebSocket (RFC 6455 §4), for both sides, without I/O.
//!
//! A handshake is given the bytes that came and returns the bytes to send. It has no clock and no
//! random source: deadlines are up to the caller, and the client's nonce is an argument.
//!
//! ```text
//!   ClientHandshake                                  ServerHandshake
//!   new(ClientRequest)                               new()
//!   request() ────────── GET … Upgrade ─────────────▶ handle_bytes ─▶ UpgradeRequest
//!   handle_bytes ◀────── 101, or a refusal ────────── accept / refuse / HandshakeError::response
//!     └▶ ClientOutcome
//! ```
//!
//! On both sides `handle_bytes` is called with each chunk in turn until it returns something other
//! than [`Progress::NeedMore`], and `handle_eof` when the transport ends before that. Chunks may be
//! cut anywhere. What comes in a chunk behind the head belongs to the frames and is handed out as
//! `rest`. After an outcome or an error a handshake is spent: each further call gives an error of
//! the kind [`Finished`](HandshakeErrorKind::Finished).
//!
//! The limits are fixed: [`HEAD_LIMIT`] and [`BODY_LIMIT`].
//!
//! ```
//! use framewire::protocol::handshake::{
//!     AcceptResponse, ClientHandshake, ClientRequest, Progress, ServerHandshake,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut client = ClientHandshake::new(ClientRequest {
//!     host: "example.com".into(),
//!     target: "/chat?room=1".into(),
//!     origin: None,
//!     protocols: vec!["chat.v2".into(), "chat.v1".into()],
//!     extensions: vec![],
//!     headers: vec![("Authorization".into(), "Bearer abc".into())],
//!     nonce: *b"16 random bytes!",
//! })?;
//!
//! let mut server = ServerHandshake::new();
//! let Progress::Done(request) = server.handle_bytes(client.request())? else {
//!     panic!("the request is complete")
//! };
//! assert_eq!(request.protocols, ["chat.v2", "chat.v1"]);
//! assert_eq!(request.headers.get("authorization"), Some("Bearer abc"));
//!
//! let chat = AcceptResponse { protocol: Some("chat.v1".into()), ..AcceptResponse::default() };
//! let response = request.accept(&chat)?;
//! let Progress::Done(outcome) = client.handle_bytes(&response)? else {
//!     panic!("the response is complete")
//! };
//! assert_eq!(outcome.protocol.as_deref(), Some("chat.v1"));
//! # Ok(())
//! # }
//! ```

mod answer;
mod body;
mod client;
mod digest;
mod error;
mod extension;
mod head;
mod headers;
mod key;
mod request;
mod response;
pub mod sentence;
mod server;
mod syntax;
mod token;
mod upgrade;

pub use answer::ClientOutcome;
pub use body::BODY_LIMIT;
pub use client::ClientHandshake;
pub use error::{HandshakeError, HandshakeErrorKind, RequestError, RequestErrorKind};
pub use extension::{Extension, ExtensionSyntaxError};
pub use head::{HEAD_LIMIT, RequestHead};
pub use headers::Headers;
pub use key::Key;
pub use request::ClientRequest;
pub use response::refuse;
pub use server::ServerHandshake;
pub use upgrade::{AcceptResponse, UpgradeRequest};

/// How far a handshake is after it was given bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<T> {
    /// All bytes were taken; the message is not complete.
    NeedMore,
    /// The message is complete and keeps the rules.
    Done(T),
}
