//! The upgrade and its bindings: what runs once a session. They are parts of `framewire`, and a crate of
//! their own only to be built for size, where the rest is built for speed.

#![no_std]
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]

extern crate alloc;

#[path = "../protocol/handshake/mod.rs"]
pub mod handshake;

#[cfg(all(target_arch = "wasm32", feature = "bindings"))]
#[path = "../bindings/upgrade/mod.rs"]
pub mod bindings;

#[cfg(all(target_arch = "wasm32", feature = "bindings"))]
#[path = "../bindings/object.rs"]
pub mod object;
