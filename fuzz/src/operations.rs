//! A pair of sessions, and a list of what their users, the wire and the clock do.

use arbitrary::{Arbitrary, Unstructured};
use framewire::session::Budget;

use super::scenario::{Scenario, Step};

/// How both sessions behave.
#[derive(Arbitrary, Debug)]
struct Setup {
    incoming: Bounds,
    outgoing: Bounds,
    ping_interval: u8,
    pong_timeout: u8,
}

#[derive(Arbitrary, Debug)]
struct Bounds {
    /// Bytes; `None` is more than is ever sent.
    high_water_mark: Option<u16>,
    /// Frames, less one; `None` is more than are ever sent.
    max_frames: Option<u8>,
    close_on_overflow: bool,
}

impl Bounds {
    fn budget(&self) -> Budget {
        Budget {
            high_water_mark: self.high_water_mark.map_or(1 << 40, u64::from),
            max_frames: self.max_frames.map_or(1 << 40, |frames| u64::from(frames) + 1),
            close_on_overflow: self.close_on_overflow,
        }
    }

    const fn is_roomy(&self) -> bool {
        self.high_water_mark.is_none() && self.max_frames.is_none()
    }
}

/// A step, as the fuzzer writes it: no larger than one byte where that is enough.
#[derive(Arbitrary, Debug)]
enum Operation {
    Send { text: bool, fin: bool, length: u8 },
    SendLong { text: bool, fin: bool, length: u16, twice: bool },
    SendHeld { length: u16 },
    Ping,
    Flush,
    Room,
    Take(u8),
    Discard,
    Close(u8),
    Terminate,
    TransportFails,
    Poll { ahead: bool },
    Write,
    Read { chunk: u8 },
    ReadLong { chunk: u16 },
    CutWay,
    Corrupt { at: u16, bits: u8 },
    Pass { millis: u8 },
}

impl Operation {
    fn step(&self) -> Step {
        match *self {
            Self::Send { text, fin, length } => {
                Step::Send { text, fin, length: usize::from(length) }
            }
            Self::SendLong { text, fin, length, twice } => {
                Step::Send { text, fin, length: usize::from(length) << u8::from(twice) }
            }
            Self::SendHeld { length } => Step::SendHeld { length: usize::from(length) },
            Self::Ping => Step::Ping,
            Self::Flush => Step::Flush,
            Self::Room => Step::Room,
            Self::Take(count) => Step::Take(usize::from(count)),
            Self::Discard => Step::Discard,
            Self::Close(code) => Step::Close(4000 + u16::from(code)),
            Self::Terminate => Step::Terminate,
            Self::TransportFails => Step::TransportFails,
            Self::Poll { ahead } => Step::Poll { ahead },
            Self::Write => Step::Write,
            Self::Read { chunk } => Step::Read { chunk: usize::from(chunk) + 1 },
            Self::ReadLong { chunk } => Step::Read { chunk: usize::from(chunk) + 1 },
            Self::CutWay => Step::CutWay,
            Self::Corrupt { at, bits } => Step::Corrupt { at: usize::from(at), bits },
            Self::Pass { millis } => Step::Pass { millis: u16::from(millis) },
        }
    }
}

/// The most operations of one run.
const MOST: usize = 400;

/// Whatever happens, what arrives was sent, in order, and all waits end.
pub fn operations(input: &[u8]) {
    let mut input = Unstructured::new(input);
    let Ok(setup) = Setup::arbitrary(&mut input) else { return };
    let mut scenario = Scenario::with(|options| {
        options.incoming = setup.incoming.budget();
        options.outgoing = setup.outgoing.budget();
        options.ping_interval = f64::from(setup.ping_interval);
        options.pong_timeout = f64::from(setup.pong_timeout);
    });
    for _ in 0..MOST {
        if input.is_empty() {
            break;
        }
        let Ok((at_client, operation)) = input.arbitrary::<(bool, Operation)>() else { break };
        scenario.step(at_client, &operation.step());
    }
    scenario.end(setup.incoming.is_roomy());
}
