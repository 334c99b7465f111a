//! What a session is told at its start, as JavaScript hands it over.

use super::instance::PerInstance;
use crate::protocol::{Config, Limits, OwnedOpcodes, Role, Rsv};
use crate::session::{Budget, Options, SharedOptions};

/// A session's options, a number each: sizes in bytes, times in milliseconds, 1 for true. A size or
/// count may be `Infinity`.
///
/// | | |
/// |---|---|
/// | 0 | server, where it is otherwise client |
/// | 1 | frames that go out are masked |
/// | 2 | masked and unmasked frames are taken alike |
/// | 3 | pings are answered |
/// | 4 | every frame is handed out as it came |
/// | 5 | RSV bits that extensions own: RSV1 is 4 |
/// | 6 | reserved opcodes that extensions own: bit 3 for opcode 3 |
/// | 7 | an extension decodes every message |
/// | 8, 9 | the longest frame; the longest message |
/// | 10–12 | the incoming queue's mark, its most frames, whether one over these fails the session |
/// | 13–15 | the same of the outgoing queue |
/// | 16–18 | between pings, 0 sends none; for a pong, 0 is for ever; for the closing handshake |
pub(super) type Told = [f64; 19];

/// The defaults of a role.
pub(super) fn defaults(server: bool) -> Told {
    let role = if server { Role::Server } else { Role::Client };
    let Options { connection, incoming, outgoing, ping_interval, pong_timeout, close_timeout, raw } =
        Options::new(role);
    [
        f64::from(server),
        f64::from(connection.masking),
        f64::from(connection.allow_mask_mismatch),
        f64::from(connection.auto_pong),
        f64::from(raw),
        f64::from(connection.owned_rsv.bits()),
        f64::from(connection.owned_opcodes.bits()),
        f64::from(connection.opaque),
        number(connection.limits.max_frame_size),
        number(connection.limits.max_message_size),
        number(incoming.high_water_mark),
        number(incoming.max_frames),
        f64::from(incoming.close_on_overflow),
        number(outgoing.high_water_mark),
        number(outgoing.max_frames),
        f64::from(outgoing.close_on_overflow),
        ping_interval,
        pong_timeout,
        close_timeout,
    ]
}

/// What the last session was told, and what it came to: the next one is mostly told the same.
static LAST: PerInstance<Option<(Told, SharedOptions)>> = PerInstance::new(None);

/// What they come to; the same ones again where the last session was told the same.
pub(super) fn shared_options(told: &[f64]) -> SharedOptions {
    let Some(told) = told.first_chunk() else { unreachable!("every option is told") };
    let mut last = LAST.borrow_mut();
    match &*last {
        Some((known, shared)) if known == told => shared.clone(),
        _ => {
            let shared = SharedOptions::from(&options(told));
            *last = Some((*told, shared.clone()));
            shared
        }
    }
}

/// What they come to.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sets of a few bits")]
fn options(told: &Told) -> Options {
    let is = |index: usize| told[index] != 0.0;
    let size = |index: usize| whole(told[index]);
    Options {
        connection: Config {
            role: if is(0) { Role::Server } else { Role::Client },
            masking: is(1),
            allow_mask_mismatch: is(2),
            limits: Limits { max_frame_size: size(8), max_message_size: size(9) },
            owned_rsv: Rsv::from_bits(told[5] as u8),
            owned_opcodes: OwnedOpcodes::from_bits(told[6] as u16),
            opaque: is(7),
            auto_pong: is(3),
            auto_close: !is(4),
        },
        incoming: Budget {
            high_water_mark: size(10),
            max_frames: size(11),
            close_on_overflow: is(12),
        },
        outgoing: Budget {
            high_water_mark: size(13),
            max_frames: size(14),
            close_on_overflow: is(15),
        },
        ping_interval: told[16],
        pong_timeout: told[17],
        close_timeout: told[18],
        raw: is(4),
    }
}

/// A JavaScript number as a whole one; what is out of range becomes the nearest that is in it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
#[inline]
pub(super) const fn whole(value: f64) -> u64 {
    value as u64
}

/// A whole number as a JavaScript one; past 2⁵³ the nearest.
#[expect(clippy::cast_precision_loss, reason = "a count this large is beyond any real one")]
#[inline]
pub(super) const fn number(value: u64) -> f64 {
    value as f64
}
