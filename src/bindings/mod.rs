//! The wasm32 face: copies in, calls the session, copies out. No decisions.

mod ending;
mod extension;
mod handshake;
mod options;
mod random;
mod scratch;
mod session;

pub use ending::Ending;
pub use handshake::{ClientUpgrade, ServerUpgrade};
pub use options::SessionOptions;
pub use scratch::Scratch;
pub use session::Session;
