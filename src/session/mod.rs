//! Policy over one connection, free of any runtime: queues and their marks, waiters, keep-alive and
//! closing. Time, random keys and the transport's bytes are inputs.
//!
//! [`Session`] is the central type; the others are its parts.

#![forbid(unsafe_code)]

mod budget;
mod closing;
mod incoming;
mod keepalive;
mod options;
mod outgoing;
mod sending;
#[expect(clippy::module_inception, reason = "the noun is the session")]
mod session;
mod stats;
mod table;
mod time;
mod waiters;

pub use budget::{Budget, Excess};
pub use closing::{CloseInfo, Fault, Initiator};
pub use keepalive::Pong;
pub use options::{Options, SharedOptions};
pub use outgoing::{BATCH_SIZE, Transmit};
pub use sending::Verdict;
pub use session::Session;
pub use stats::{Stats, Traffic};
pub use table::{Descriptor, FrameTable};
pub use time::Time;
pub use waiters::Waiter;
