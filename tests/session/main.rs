//! The session layer: policy over one connection, and pairs of sessions over a simulated wire. Time
//! is an argument; nothing sleeps.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, missing_docs)]

mod closing;
mod closing_faults;
mod conversation;
mod driver;
mod extension;
mod held;
mod incoming;
mod keepalive;
mod options;
mod overflow;
mod pair;
mod pair_closing;
mod property;
mod queue;
mod raw;
mod scenario;
mod table;
mod unseen;
mod wire;
