//! What a session is told at its start, as JavaScript hands it over.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::protocol::{Config, Limits, OwnedOpcodes, Role, Rsv};
use crate::session::{Budget, Options};

/// A session's options as plain fields: sizes in bytes, times in milliseconds. A size or count may be
/// `Infinity`.
#[wasm_bindgen]
#[derive(Clone, Copy)]
pub struct SessionOptions {
    /// Server, where it is otherwise client.
    pub server: bool,
    /// Frames that go out are masked.
    pub masking: bool,
    /// Masked and unmasked frames are taken alike.
    pub allow_mask_mismatch: bool,
    /// Pings are answered.
    pub auto_pong: bool,
    /// Every frame is handed out as it came.
    pub raw: bool,
    /// RSV bits that extensions own: RSV1 is 4.
    pub owned_rsv: u8,
    /// Reserved opcodes that extensions own: bit 3 for opcode 3.
    pub owned_opcodes: u16,
    /// An extension decodes every message.
    pub opaque: bool,
    /// The longest frame.
    pub max_frame_size: f64,
    /// The longest message.
    pub max_message_size: f64,
    /// The incoming queue's mark.
    pub incoming_bytes: f64,
    /// The incoming queue's most frames.
    pub incoming_frames: f64,
    /// A full incoming queue fails the session.
    pub incoming_close: bool,
    /// The outgoing queue's mark.
    pub outgoing_bytes: f64,
    /// The outgoing queue's most frames.
    pub outgoing_frames: f64,
    /// A full outgoing queue fails the session.
    pub outgoing_close: bool,
    /// Between pings; 0 sends none.
    pub ping_interval: f64,
    /// For a pong; 0 is for ever.
    pub pong_timeout: f64,
    /// For the closing handshake.
    pub close_timeout: f64,
}

#[wasm_bindgen]
impl SessionOptions {
    /// The defaults of a role.
    #[wasm_bindgen(constructor)]
    pub fn new(server: bool) -> Self {
        let role = if server { Role::Server } else { Role::Client };
        let Options {
            connection,
            incoming,
            outgoing,
            ping_interval,
            pong_timeout,
            close_timeout,
            raw,
        } = Options::new(role);
        Self {
            server,
            masking: connection.masking,
            allow_mask_mismatch: connection.allow_mask_mismatch,
            auto_pong: connection.auto_pong,
            raw,
            owned_rsv: connection.owned_rsv.bits(),
            owned_opcodes: connection.owned_opcodes.bits(),
            opaque: connection.opaque,
            max_frame_size: number(connection.limits.max_frame_size),
            max_message_size: number(connection.limits.max_message_size),
            incoming_bytes: number(incoming.high_water_mark),
            incoming_frames: number(incoming.max_frames),
            incoming_close: incoming.close_on_overflow,
            outgoing_bytes: number(outgoing.high_water_mark),
            outgoing_frames: number(outgoing.max_frames),
            outgoing_close: outgoing.close_on_overflow,
            ping_interval,
            pong_timeout,
            close_timeout,
        }
    }
}

impl From<&SessionOptions> for Options {
    fn from(options: &SessionOptions) -> Self {
        let role = if options.server { Role::Server } else { Role::Client };
        Self {
            connection: Config {
                role,
                masking: options.masking,
                allow_mask_mismatch: options.allow_mask_mismatch,
                limits: Limits {
                    max_frame_size: whole(options.max_frame_size),
                    max_message_size: whole(options.max_message_size),
                },
                owned_rsv: Rsv::from_bits(options.owned_rsv),
                owned_opcodes: OwnedOpcodes::from_bits(options.owned_opcodes),
                opaque: options.opaque,
                auto_pong: options.auto_pong,
                auto_close: !options.raw,
            },
            incoming: Budget {
                high_water_mark: whole(options.incoming_bytes),
                max_frames: whole(options.incoming_frames),
                close_on_overflow: options.incoming_close,
            },
            outgoing: Budget {
                high_water_mark: whole(options.outgoing_bytes),
                max_frames: whole(options.outgoing_frames),
                close_on_overflow: options.outgoing_close,
            },
            ping_interval: options.ping_interval,
            pong_timeout: options.pong_timeout,
            close_timeout: options.close_timeout,
            raw: options.raw,
        }
    }
}

/// A JavaScript number as a whole one; what is out of range becomes the nearest that is in it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
pub(super) const fn whole(value: f64) -> u64 {
    value as u64
}

/// A whole number as a JavaScript one; past 2⁵³ the nearest.
#[expect(clippy::cast_precision_loss, reason = "a count this large is beyond any real one")]
pub(super) const fn number(value: u64) -> f64 {
    value as f64
}
