//! How a connection behaves.

use super::Role;
use super::frame::Rsv;
use super::limits::Limits;
use super::opcode::OwnedOpcodes;

/// How a [`super::Connection`] behaves.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Which end this is.
    pub role: Role,
    /// Whether frames that go out are masked. A client must, a server must not (RFC 6455 §5.1).
    pub masking: bool,
    /// Takes masked and unmasked frames alike, against §5.1.
    pub allow_mask_mismatch: bool,
    /// How much the peer may send.
    pub limits: Limits,
    /// The RSV bits that negotiated extensions own.
    pub owned_rsv: Rsv,
    /// The reserved opcodes that negotiated extensions own.
    pub owned_opcodes: OwnedOpcodes,
    /// An extension decodes every message, whatever its RSV bits are: text is not looked at before.
    pub opaque: bool,
    /// Answers a ping with a pong.
    pub auto_pong: bool,
    /// Answers the peer's Close with one that says the same.
    pub auto_close: bool,
}

impl Config {
    /// What RFC 6455 asks of an end in this role, with the default limits.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            masking: role == Role::Client,
            allow_mask_mismatch: false,
            limits: Limits::default(),
            owned_rsv: Rsv::NONE,
            owned_opcodes: OwnedOpcodes::NONE,
            opaque: false,
            auto_pong: true,
            auto_close: true,
        }
    }
}
