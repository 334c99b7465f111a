//! The same streams into our decoder and into another implementation's, and what one side writes
//! into the other: into tungstenite's, and with compressed messages, our inflater behind the decoder,
//! into yawc's.
//!
//! Both must say the same, or the difference stands in the peer's table with the paragraph of the
//! RFC and has a test of its own. `PROPTEST_CASES` asks for more streams than usual and
//! `PROPTEST_RNG_SEED` for others.
//!
//! ```text
//!   stream.rs       streams, valid and broken        deflated.rs        compressed ones
//!   frame.rs        frames, by hand                  outcome.rs         what a side makes of a stream
//!   setup.rs        how both sides behave            ours.rs            our side
//!   snapview.rs     tungstenite's side               infinitefield.rs   yawc's side
//!   comparison.rs   Peer, Difference, the comparison
//!   known.rs        how tungstenite differs          shown.rs           each with its bytes
//!   known_deflate.rs  how yawc differs               shown_deflate.rs   each with its bytes
//!   reference.rs    what zlib in C makes of compressed messages
//! ```

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, missing_docs)]

mod comparison;
mod deflated;
mod encoder;
mod frame;
mod infinitefield;
mod known;
mod known_deflate;
mod ours;
mod outcome;
mod random;
mod reference;
mod setup;
mod shown;
mod shown_deflate;
mod snapview;
mod stream;
