//! The protocol layer, noun by noun: each module here tests the one of the same name.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, missing_docs)]

mod close;
mod connection;
mod control;
mod extension_opcodes;
mod frame;
mod handshake;
mod handshake_client;
mod handshake_client_request;
mod handshake_extension;
mod handshake_oracles;
mod handshake_properties;
mod handshake_server;
mod inbound;
mod inbound_faults;
mod inbound_properties;
mod limits;
mod mask;
mod message;
mod outbound;
mod support;
mod utf8;
