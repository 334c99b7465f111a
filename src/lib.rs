//! WebSocket sessions over any byte stream: the core of the npm package `framewire`.
//!
//! ```text
//!   bindings   wasm32 only: copies in, calls the session, copies out. Decides nothing
//!   session    policy: queues, marks, waiters, keep-alive, deadlines as inputs
//!   protocol   RFC 6455, sans-IO
//! ```
//!
//! Each layer knows only the one beneath it.

#![no_std]
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

extern crate alloc;
#[cfg(not(all(target_arch = "wasm32", feature = "bare")))]
extern crate std;

pub mod protocol;
pub mod session;

#[cfg(target_arch = "wasm32")]
pub mod bindings;

#[cfg(all(target_arch = "wasm32", feature = "bare"))]
mod trap;
