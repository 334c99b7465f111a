//! permessage-deflate (RFC 7692), sans-IO.
//!
//! [`Options`] negotiate an [`Agreement`], of which each end makes a [`Deflater`] for the messages it
//! sends and an [`Inflater`] for those it receives. Both see messages: the frames around them, and the
//! RSV1 bit of the first, are their caller's.

pub mod agreement;
pub mod deflater;
mod history;
pub mod inflater;
pub mod negotiation;
pub mod options;
pub mod parameters;
pub mod spare;
pub mod window;

pub use agreement::{Agreement, Direction};
pub use deflater::Deflater;
pub use inflater::{InflateFault, Inflater};
pub use negotiation::{Answer, AnswerError};
pub use options::{Effort, OptionError, Options};
pub use parameters::{ParameterError, Parameters};
pub use spare::Spare;
pub use window::WindowBits;

/// The registered name of the extension (RFC 7692 §7).
pub const NAME: &str = "permessage-deflate";

/// What every message ends with when it leaves the compressor, and is not sent (§7.2.1): the empty
/// stored block of a sync flush, without its header's bits.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
