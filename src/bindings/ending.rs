//! How a session ended, as JavaScript reads it.

use alloc::borrow::ToOwned;
use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::protocol::Close;
use crate::protocol::handshake::sentence::sentence;
use crate::session::{CloseInfo, Fault, Initiator};

/// In [`Ending::code`] and [`Ending::reason`]: our Close.
const OURS: u8 = 1;
/// There: the peer's Close.
const THEIRS: u8 = 2;

/// How a session ended.
pub struct Ending(pub(super) CloseInfo);

framewire_upgrade::object!(Ending, HeldEnding);

#[wasm_bindgen]
impl Ending {
    /// The close code; with 1 that of our Close, with 2 that of the peer's: 1005 for none, `undefined` if
    /// there was no Close.
    pub fn code(&self, whose: u8) -> Option<u16> {
        let close = match whose {
            OURS => &self.0.sent,
            THEIRS => &self.0.received,
            _ => return Some(self.0.code),
        };
        close.as_ref().map(CloseInfo::code_of)
    }

    /// The reason beside each of these.
    pub fn reason(&self, whose: u8) -> String {
        match whose {
            OURS => reason(self.0.sent.as_ref()),
            THEIRS => reason(self.0.received.as_ref()),
            _ => &self.0.reason,
        }
        .to_owned()
    }

    /// Whether a Close went each way.
    pub fn was_clean(&self) -> bool {
        self.0.was_clean
    }

    /// Who began, what went wrong by name, and a sentence about a fault of the peer: a line each, which is
    /// empty where there is nothing to say.
    pub fn story(&self) -> String {
        let initiator = match self.0.initiator {
            Initiator::Local => "local",
            Initiator::Remote => "remote",
            Initiator::Transport => "transport",
        };
        let fault = self.0.fault.map_or("", name);
        let detail = match self.0.fault {
            Some(Fault::Protocol(error)) => error.message(),
            _ => String::new(),
        };
        sentence("{}\n{}\n{}", &[initiator, fault, &detail])
    }
}

/// The name of a fault.
fn name(fault: Fault) -> &'static str {
    match fault {
        Fault::Protocol(error) => match error.close_code().get() {
            1007 => "invalid-payload",
            1009 => "too-big",
            _ => "protocol",
        },
        Fault::PingTimeout => "ping-timeout",
        Fault::CloseTimeout => "close-timeout",
        Fault::IncomingOverflow => "incoming-overflow",
        Fault::OutgoingOverflow => "outgoing-overflow",
        Fault::EndOfStream { mid_message: false } => "end",
        Fault::EndOfStream { mid_message: true } => "end-mid-message",
        Fault::Transport => "transport",
        Fault::Extension => "extension",
        Fault::Terminated => "terminated",
    }
}

fn reason(close: Option<&Close>) -> &str {
    close.map_or("", Close::reason)
}
