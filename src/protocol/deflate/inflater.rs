//! Compressed messages to messages (RFC 7692 §7.2.2).

use alloc::vec::Vec;
use core::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::TAIL;
use super::agreement::Direction;
use super::history::History;
use super::spare::{Owner, Spare};
use super::window::WindowBits;
use crate::protocol::close::CloseCode;
use crate::protocol::message::MessageKind;
use crate::protocol::utf8::Utf8Validator;

/// The most output that is made at a time, in bytes.
const STEP: usize = 64 << 10;
/// The least.
const FIRST_STEP: usize = 1 << 10;

/// How many final blocks a message may have, and one more for so many bytes. Each costs as much as a
/// window takes to copy, and two bytes can say one.
const FINAL_BLOCKS: u64 = 64;
const BYTES_A_FINAL_BLOCK: u64 = 256;

/// Inflates the messages that one end receives.
///
/// ```text
///          begin                    finish
///   Idle ────────▶ a message ───────────────▶ Idle
///                   │     ▲ │
///                   └─────┘ │ a fault
///                    push   └────────▶ the session fails
/// ```
///
/// A message ends between two blocks, at a whole byte, so all that a next one can need of it is what
/// it said. That is all that is kept between messages: at most a window of it, and nothing where
/// messages may not refer back. The state of a decompressor, some 40 KiB, is lent for a message; if
/// nobody else used it in between, it need not be told again what was said.
#[derive(Debug)]
pub struct Inflater {
    spare: Spare,
    owner: Owner,
    /// What the next message may refer to, if it may.
    history: Option<History>,
    message: Option<Message>,
}

/// The message under way.
struct Message {
    engine: Inflate,
    text: Option<Utf8Validator>,
    /// The most bytes it may come to.
    limit: u64,
    /// How many it has come to.
    length: u64,
    /// How many bytes of it have come.
    received: u64,
    /// How many final blocks were among them.
    final_blocks: u64,
    /// Whether a final block was the last thing that came.
    ended: bool,
}

impl Inflater {
    /// An inflater at the start of a session.
    pub fn new(direction: Direction, spare: &Spare) -> Self {
        let Direction { window_bits, context_takeover } = direction;
        // zlib makes a stream for 9 bits where it is asked for 8, and not all who ask say 9.
        let size = window_bits.max(WindowBits::MIN_DEFLATE).size();
        let history = context_takeover.then(|| History::new(size));
        Self { spare: spare.clone(), owner: spare.owner(), history, message: None }
    }

    /// Begins a message, which may come to `limit` bytes. Drops what may be under way.
    pub fn begin(&mut self, kind: MessageKind, limit: u64) {
        let (engine, is_as_left) = self.spare.take_inflate(self.owner);
        let mut message = Message {
            engine,
            text: (kind == MessageKind::Text).then(Utf8Validator::new),
            limit,
            length: 0,
            received: 0,
            final_blocks: 0,
            ended: false,
        };
        if !is_as_left {
            message.recall(self.history.as_ref());
        } else if self.history.is_none() {
            message.engine.reset(false);
        }
        self.message = Some(message);
    }

    /// Takes the next piece of the message's payload, and appends to `out` what it inflates to.
    ///
    /// However much that would be, `out` grows by no more than the limit and a byte.
    ///
    /// # Errors
    /// The first fault in the message, which is then no longer under way.
    ///
    /// # Panics
    /// If no message is under way.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), InflateFault> {
        let mut message = self.message.take().expect("a message was begun");
        message.inflate(piece, out, &mut self.history)?;
        self.message = Some(message);
        Ok(())
    }

    /// Ends the message. All that it says has been appended by then.
    ///
    /// # Errors
    /// A message that ends within a block, or text that ends within a character.
    ///
    /// # Panics
    /// If no message is under way.
    pub fn finish(&mut self) -> Result<(), InflateFault> {
        let mut message = self.message.take().expect("a message was begun");
        message.finish()?;
        self.spare.put_inflate(message.engine, self.owner);
        Ok(())
    }

    /// Whether a message is under way.
    pub const fn is_under_way(&self) -> bool {
        self.message.is_some()
    }
}

impl Message {
    /// Tells a stream that begins what was said before.
    fn recall(&mut self, history: Option<&History>) {
        for part in history.iter().flat_map(|history| history.parts()) {
            if !part.is_empty() {
                self.engine.set_dictionary(part).expect("a raw stream takes a dictionary anywhere");
            }
        }
    }

    fn inflate(
        &mut self,
        mut piece: &[u8],
        out: &mut Vec<u8>,
        history: &mut Option<History>,
    ) -> Result<(), InflateFault> {
        while !piece.is_empty() {
            self.ended = false;
            loop {
                let filled = out.len();
                let room = self.make_room(piece.len(), out);
                let (read, written, status) =
                    step(&mut self.engine, piece, &mut out[filled..], InflateFlush::NoFlush);
                out.truncate(filled + written);
                self.length += written as u64;
                if self.length > self.limit {
                    out.pop();
                    return Err(InflateFault::TooBig { limit: self.limit });
                }
                let inflated = &out[filled..];
                if let Some(text) = &mut self.text {
                    text.push(inflated).map_err(|_| InflateFault::TextNotUtf8)?;
                }
                if let Some(history) = history {
                    history.push(inflated);
                }
                piece = &piece[read..];
                self.received += read as u64;
                if status.map_err(InflateFault::Corrupt)? == Status::StreamEnd {
                    // A final block (§7.2.3.4). What follows is a stream that goes on from here.
                    self.final_blocks += 1;
                    if self.final_blocks > FINAL_BLOCKS + self.received / BYTES_A_FINAL_BLOCK {
                        return Err(InflateFault::Corrupt("too many final blocks"));
                    }
                    self.engine.reset(false);
                    self.recall(history.as_ref());
                    self.ended = true;
                    break;
                }
                // Where there is no room left more may wait, though all has been read.
                if written < room {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Makes room behind what `out` has, for a step's output of `input` bytes; returns how much.
    fn make_room(&self, input: usize, out: &mut Vec<u8>) -> usize {
        // A byte over the limit shows that it was passed.
        let left =
            usize::try_from(self.limit - self.length).unwrap_or(usize::MAX).saturating_add(1);
        let room = left.min(input.saturating_mul(4).clamp(FIRST_STEP, STEP));
        let needed = out.len() + room;
        if needed > out.capacity() {
            let most = out.len().saturating_add(left);
            out.reserve_exact(needed.max(2 * out.capacity()).min(most) - out.len());
        }
        out.resize(needed, 0);
        room
    }

    fn finish(&mut self) -> Result<(), InflateFault> {
        // A message that ends with a final block has no tail, though it should have (§7.2.3.4).
        if !self.ended && !self.takes_tail() {
            return Err(InflateFault::Truncated);
        }
        let text = self.text.take().unwrap_or_default();
        text.finish().map_err(|_| InflateFault::TextNotUtf8)
    }

    /// Gives its tail back to the stream; whether it stands between two blocks then.
    fn takes_tail(&mut self) -> bool {
        // Asked to, zlib stops between two blocks: it leaves the byte behind the tail alone.
        const WITH_A_BYTE_MORE: [u8; TAIL.len() + 1] = [TAIL[0], TAIL[1], TAIL[2], TAIL[3], 0];
        let mut nothing = [0];
        let (read, written, status) =
            step(&mut self.engine, &WITH_A_BYTE_MORE, &mut nothing, InflateFlush::Block);
        read == TAIL.len() && written == 0 && status.is_ok()
    }
}

/// What was read, what was written, and what came of it or what is wrong.
fn step(
    engine: &mut Inflate,
    input: &[u8],
    out: &mut [u8],
    flush: InflateFlush,
) -> (usize, usize, Result<Status, &'static str>) {
    let (read, written) = (engine.total_in(), engine.total_out());
    let status = engine.decompress(input, out, flush);
    let count = |count| usize::try_from(count).expect("a count of bytes in memory");
    let read = count(engine.total_in() - read);
    let written = count(engine.total_out() - written);
    let status = status.map_err(|error| engine.error_message().unwrap_or(error.as_str()));
    (read, written, status)
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("text", &self.text)
            .field("limit", &self.limit)
            .field("length", &self.length)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// The peer sent a message that cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InflateFault {
    /// Not a deflate stream (RFC 1951), or one that refers back too far; what is wrong with it.
    Corrupt(&'static str),
    /// It ends within a block.
    Truncated,
    /// Text that is not UTF-8 (RFC 6455 §8.1).
    TextNotUtf8,
    /// It inflates to more than we take.
    TooBig {
        /// The most we take, in bytes.
        limit: u64,
    },
}

impl InflateFault {
    /// The close code that tells the peer (RFC 6455 §7.4.1): 1007 or 1009.
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::Corrupt(_) | Self::Truncated | Self::TextNotUtf8 => CloseCode::INVALID_PAYLOAD,
            Self::TooBig { .. } => CloseCode::MESSAGE_TOO_BIG,
        }
    }
}

impl fmt::Display for InflateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(reason) => {
                write!(f, "the peer sent a compressed message that cannot be inflated: {reason}")
            }
            Self::Truncated => {
                f.write_str("the peer sent a compressed message that ends too early")
            }
            Self::TextNotUtf8 => {
                f.write_str("the peer sent a compressed text message that is not valid UTF-8")
            }
            Self::TooBig { limit } => write!(
                f,
                "the peer sent a compressed message that inflates to more than the limit of {limit} bytes"
            ),
        }
    }
}

impl core::error::Error for InflateFault {}
