//! The wasm32 face: copies in, calls the session, copies out. No decisions.
//!
//! Each feature is a module of its own: `session` the core, `deflate` permessage-deflate.

#[cfg(feature = "deflate")]
mod deflate;
#[cfg(feature = "session")]
mod ending;
#[cfg(feature = "session")]
mod instance;
#[cfg(feature = "session")]
mod memory;
#[cfg(feature = "session")]
mod options;
#[cfg(feature = "session")]
mod promise;
#[cfg(feature = "session")]
mod random;
#[cfg(feature = "session")]
mod scratch;
#[cfg(feature = "session")]
mod session;
#[cfg(feature = "session")]
mod within;

#[cfg(feature = "deflate")]
pub use deflate::{Buffers, Codec, DeflateOptions};
#[cfg(feature = "session")]
pub use ending::Ending;
#[cfg(feature = "session")]
pub use framewire_upgrade::bindings::{ClientUpgrade, ServerUpgrade};
#[cfg(feature = "session")]
pub use scratch::Scratch;
#[cfg(feature = "session")]
pub use session::Session;
