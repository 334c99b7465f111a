//! The same streams into our decoder and into another implementation's, and what one side writes
//! into the other.
//!
//! Both must say the same, or the difference stands in the peer's table with the paragraph of the
//! RFC and has a test of its own. `PROPTEST_CASES` asks for more streams than usual and
//! `PROPTEST_RNG_SEED` for others.
//!
//! ```text
//!   stream.rs       streams, valid and broken          frame.rs      frames, by hand
//!   outcome.rs      what a side makes of a stream      setup.rs      how both sides behave
//!   ours.rs         our side                           snapview.rs   tungstenite's side
//!   comparison.rs   Peer, Difference, the comparison   known.rs      how tungstenite differs
//! ```

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, missing_docs)]

mod comparison;
mod encoder;
mod frame;
mod known;
mod ours;
mod outcome;
mod random;
mod setup;
mod shown;
mod snapview;
mod stream;
