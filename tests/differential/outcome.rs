//! What a side makes of a stream.

use core::fmt;

use super::frame::{Whole, hex};

/// Everything that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What it handed out before the verdict.
    pub(crate) said: Vec<Said>,
    pub(crate) verdict: Verdict,
    /// What it wrote by itself: pongs, and the answer to a Close.
    pub(crate) wrote: Vec<Whole>,
}

/// A message or a control frame that was handed out.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, String)>),
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "text {}", hex(text.as_bytes())),
            Self::Binary(bytes) => write!(f, "binary {}", hex(bytes)),
            Self::Ping(bytes) => write!(f, "ping {}", hex(bytes)),
            Self::Pong(bytes) => write!(f, "pong {}", hex(bytes)),
            Self::Close(close) => write!(f, "close {close:?}"),
        }
    }
}

/// What has become of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It takes more.
    Waits,
    /// The peer's Close came.
    Closed,
    /// The peer broke a rule.
    Fault(Cause),
    /// The peer broke a rule after its Close.
    FaultAfterClose,
}

impl Verdict {
    /// Whether both come to the same for the peer: the same close code.
    pub(crate) fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Fault(one), Self::Fault(other)) => one.code() == other.code(),
            _ => self == other,
        }
    }
}

/// Which rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    ReservedOpcode,
    ReservedBits,
    FragmentedControl,
    LongControl,
    LengthNotMinimal,
    LengthOver63Bits,
    Masking,
    Order,
    ShortClose,
    CloseCode,
    NotUtf8,
    /// What is compressed cannot be inflated.
    Corrupt,
    /// What is compressed ends within a block.
    Truncated,
    /// A rule was broken and it is not said which.
    Unnamed,
    /// A frame or message of this many bytes is over a limit.
    TooBig {
        length: u64,
    },
}

impl Cause {
    /// The close code that says so (§7.4.1).
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::NotUtf8 | Self::Corrupt | Self::Truncated => 1007,
            Self::Unnamed => 1011,
            Self::TooBig { .. } => 1009,
            _ => 1002,
        }
    }
}
