//! RFC 6455, sans-IO: bytes in, frames out, and back. No clock, no randomness, no I/O, and nothing
//! of the layers above.
//!
//! [`Connection`] is one end after the upgrade; [`handshake`] is the upgrade. Beneath them stand the
//! nouns of the RFC, one a file.

#![forbid(unsafe_code)]

pub mod close;
pub mod config;
pub mod connection;
pub mod control;
#[cfg(feature = "deflate")]
pub mod deflate;
pub mod error;
pub mod frame;
pub mod inbound;
pub mod limits;
pub mod mask;
pub mod message;
pub mod opcode;
pub mod outbound;
pub mod utf8;

#[doc(inline)]
pub use framewire_upgrade::handshake;

pub use close::{Close, CloseCode};
pub use config::Config;
pub use connection::{Connection, State};
pub use control::ControlPayload;
pub use error::{ProtocolError, UsageError};
pub use frame::{FrameHeader, Rsv};
pub use inbound::{DataPart, Received, Within};
pub use limits::Limits;
pub use mask::{Mask, MaskingKey};
pub use message::MessageKind;
pub use opcode::{Opcode, OwnedOpcodes, ReservedOpcode};

/// Which end of the connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Asked for the upgrade; masks what it sends.
    Client,
    /// Granted the upgrade; does not mask.
    Server,
}
