//! The bridge: WebTransport on one side, TCP or TLS on the other.
//!
//! A page can open a WebTransport session but not a TCP connection. The bridge accepts WebTransport sessions whose path
//! names a TCP target, and turns each bidirectional stream of such a session into one connection to that target. It
//! carries bytes and ends of streams both ways and never looks into them.
//!
//! ```text
//!   browser ── QUIC ──► Server ──► Admission ──► session ──┬─► Connector ─► relay ── TCP/TLS ──► target
//!                                   Target, AllowList      └─► Connector ─► relay ── TCP/TLS ──► target
//! ```
//!
//! | module | noun |
//! |---|---|
//! | [`config`] | the command line |
//! | [`target`] | the host, port and TLS flag that a session's path names |
//! | [`allow`] | the list of targets that sessions may name |
//! | [`admission`] | whether a session request is accepted, and with which status it is refused |
//! | [`certificate`] | the certificate and key the bridge shows to browsers |
//! | [`connector`] | connections to targets |
//! | [`reset`] | the codes with which streams are reset |
//! | [`server`] | the endpoint, from binding to the end of the last session |
//! | [`announcement`] | what is printed and written when the bridge is ready |

#![forbid(unsafe_code)]

pub mod admission;
pub mod allow;
pub mod announcement;
pub mod certificate;
pub mod config;
pub mod connector;
mod quic;
mod relay;
pub mod reset;
pub mod server;
mod session;
pub mod target;

pub use config::Config;
pub use reset::ResetCode;
pub use server::{Server, StartError};
