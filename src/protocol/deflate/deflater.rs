//! Messages to compressed messages (RFC 7692 §7.2.1).

use alloc::vec::Vec;

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Status};

use super::TAIL;
use super::agreement::Direction;
use super::options::Effort;
use super::spare::Spare;
use super::window::WindowBits;

/// What an empty message is compressed to (§7.2.3.6): an empty stored block without its tail.
const EMPTY: u8 = 0x00;
/// The least room that is made for output at a time.
const STEP: usize = 1 << 10;

/// Compresses the messages that one end sends.
///
/// If they may refer back, its state, some hundred KiB, is allocated at the first message that is not
/// empty and kept for the next ones. If not it has none of its own.
pub struct Deflater {
    window_bits: WindowBits,
    effort: Effort,
    state: State,
}

enum State {
    /// Messages may refer to those before them.
    Kept(Option<Deflate>),
    /// Each message stands alone.
    Lent(Spare),
}

impl Deflater {
    /// A deflater at the start of a session.
    ///
    /// # Panics
    /// If the window has 8 bits, to which no negotiation leads.
    pub fn new(direction: Direction, effort: Effort, spare: &Spare) -> Self {
        let Direction { window_bits, context_takeover } = direction;
        assert!(window_bits >= WindowBits::MIN_DEFLATE, "no raw deflate with a window of 8 bits");
        let state = if context_takeover { State::Kept(None) } else { State::Lent(spare.clone()) };
        Self { window_bits, effort, state }
    }

    /// Appends `message`, compressed, to `out`: the payload of a message with RSV1.
    pub fn deflate(&mut self, message: &[u8], out: &mut Vec<u8>) {
        if message.is_empty() {
            out.push(EMPTY);
            return;
        }
        let (bits, effort) = (self.window_bits, self.effort);
        match &mut self.state {
            State::Kept(kept) => {
                compress(kept.get_or_insert_with(|| engine(bits, effort)), message, out);
            }
            State::Lent(spare) => {
                let lent = spare.take_deflate(bits, effort);
                let mut engine = lent.unwrap_or_else(|| engine(bits, effort));
                compress(&mut engine, message, out);
                spare.put_deflate(engine, bits, effort);
            }
        }
    }

    /// Whether it keeps the state of a compressor.
    pub const fn keeps_state(&self) -> bool {
        matches!(self.state, State::Kept(Some(_)))
    }
}

impl core::fmt::Debug for Deflater {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Deflater")
            .field("window_bits", &self.window_bits)
            .field("effort", &self.effort)
            .finish_non_exhaustive()
    }
}

fn engine(bits: WindowBits, effort: Effort) -> Deflate {
    Deflate::new_with_config(DeflateConfig {
        level: i32::from(effort.level),
        // Negative for a raw stream.
        window_bits: -i32::from(bits.get()),
        mem_level: i32::from(effort.mem_level),
        ..DeflateConfig::default()
    })
}

fn compress(engine: &mut Deflate, mut message: &[u8], out: &mut Vec<u8>) {
    loop {
        let filled = out.len();
        // With so much room the flush hardly ever ends right at its end, where it would be made twice.
        out.resize(filled + STEP.max(message.len() / 4), 0);
        let (read, written) = (engine.total_in(), engine.total_out());
        let status = engine
            .compress(message, &mut out[filled..], DeflateFlush::SyncFlush)
            .expect("a compressor whose parameters were checked does not fail");
        let read = position(engine.total_in() - read);
        let written = position(engine.total_out() - written);
        message = &message[read..];
        let is_full = filled + written == out.len();
        out.truncate(filled + written);
        if message.is_empty() && (!is_full || status == Status::BufError) {
            break;
        }
    }
    debug_assert!(out.ends_with(&TAIL), "a sync flush ends with its tail");
    out.truncate(out.len() - TAIL.len());
}

/// A count of bytes within a slice.
fn position(count: u64) -> usize {
    usize::try_from(count).expect("a count of bytes in memory")
}
