//! How a session ended, as JavaScript reads it.

use alloc::borrow::ToOwned;
use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::protocol::Close;
use crate::session::{CloseInfo, Fault, Initiator};

/// How a session ended.
pub struct Ending(pub(super) CloseInfo);

framewire_upgrade::object!(Ending, HeldEnding);

#[wasm_bindgen]
impl Ending {
    /// The close code.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> u16 {
        self.0.code
    }

    /// The reason beside it.
    #[wasm_bindgen(getter)]
    pub fn reason(&self) -> String {
        self.0.reason.clone()
    }

    /// Whether a Close went each way.
    #[wasm_bindgen(getter)]
    pub fn was_clean(&self) -> bool {
        self.0.was_clean
    }

    /// `local`, `remote` or `transport`.
    #[wasm_bindgen(getter)]
    pub fn initiator(&self) -> String {
        match self.0.initiator {
            Initiator::Local => "local",
            Initiator::Remote => "remote",
            Initiator::Transport => "transport",
        }
        .to_owned()
    }

    /// The code of our Close: 1005 for none, `undefined` if no Close was sent.
    #[wasm_bindgen(getter)]
    pub fn sent_code(&self) -> Option<u16> {
        self.0.sent.as_ref().map(CloseInfo::code_of)
    }

    /// The reason of our Close.
    #[wasm_bindgen(getter)]
    pub fn sent_reason(&self) -> String {
        reason(self.0.sent.as_ref())
    }

    /// The code of the peer's Close: 1005 for none, `undefined` if no Close came.
    #[wasm_bindgen(getter)]
    pub fn received_code(&self) -> Option<u16> {
        self.0.received.as_ref().map(CloseInfo::code_of)
    }

    /// The reason of the peer's Close.
    #[wasm_bindgen(getter)]
    pub fn received_reason(&self) -> String {
        reason(self.0.received.as_ref())
    }

    /// What went wrong, by name; `undefined` if nothing did.
    #[wasm_bindgen(getter)]
    pub fn fault(&self) -> Option<String> {
        let name = match self.0.fault? {
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
        };
        Some(name.to_owned())
    }

    /// A sentence about a fault of the peer.
    #[wasm_bindgen(getter)]
    pub fn detail(&self) -> Option<String> {
        match self.0.fault? {
            Fault::Protocol(error) => Some(error.message()),
            _ => None,
        }
    }
}

fn reason(close: Option<&Close>) -> String {
    close.map_or_else(String::new, |close| close.reason().to_owned())
}
