//! permessage-deflate: each module here tests the one of the same name, or what its first line says.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, missing_docs)]

mod examples;
mod faults;
mod grid;
mod inflater;
mod negotiation;
mod parameters;
mod peer;
mod properties;
mod support;
