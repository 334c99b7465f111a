//! Compressed messages by zlib in C and the letter of RFC 7692, to judge a difference by.

use flate2::{Decompress, FlushDecompress, Status};

use super::frame::Whole;
use super::setup::Setup;

/// How far back a message may refer.
const WINDOW: usize = 32 << 10;
/// The bit of a compressed message.
const RSV1: u8 = 0x40;
const TAIL: &[u8] = &[0x00, 0x00, 0xff, 0xff];

/// A message of which nothing but its compression was checked.
pub(crate) struct Message {
    /// `None` if it cannot be inflated.
    pub(crate) bytes: Option<Vec<u8>>,
    /// There is a final block in it.
    pub(crate) has_final_block: bool,
}

/// The messages in `frames`, the last one perhaps not whole.
pub(crate) fn messages(setup: &Setup, frames: &[Whole]) -> Vec<Message> {
    let mut inflate = Inflate::default();
    let mut messages = Vec::new();
    let mut payload: Option<(bool, Vec<u8>)> = None;
    for frame in frames.iter().filter(|frame| frame.first & 0x08 == 0) {
        let compressed = frame.first & RSV1 != 0;
        let (compressed, bytes) = payload.get_or_insert_with(|| (compressed, Vec::new()));
        bytes.extend_from_slice(&frame.payload);
        if frame.first & 0x80 != 0 {
            let takeover = setup.deflate.is_some_and(|direction| direction.context_takeover);
            let message = if *compressed {
                inflate.message(bytes, takeover)
            } else {
                Message { bytes: Some(core::mem::take(bytes)), has_final_block: false }
            };
            messages.push(message);
            payload = None;
        }
    }
    messages
}

/// What was inflated, to which the next message may refer.
#[derive(Default)]
struct Inflate {
    history: Vec<u8>,
}

impl Inflate {
    /// §7.2.2: with its tail, a message is a DEFLATE stream that goes on from the last one.
    fn message(&mut self, payload: &[u8], takeover: bool) -> Message {
        if !takeover {
            self.history.clear();
        }
        let start = self.history.len();
        let input = [payload, TAIL].concat();
        let (mut input, mut has_final_block, mut is_whole) = (&input[..], false, true);
        while !input.is_empty() {
            match self.stream(input) {
                Some((read, true)) => {
                    has_final_block = true;
                    input = &input[read..];
                    // A final block that has no byte behind it has no tail either.
                    if input == TAIL {
                        break;
                    }
                }
                Some((_, false)) => break,
                None => {
                    is_whole = false;
                    break;
                }
            }
        }
        let bytes = is_whole.then(|| self.history[start..].to_vec());
        Message { bytes, has_final_block }
    }

    /// Inflates up to a final block, or all; how much was read, and whether there was one. `None` if
    /// it is no DEFLATE stream, or does not end between two blocks.
    fn stream(&mut self, input: &[u8]) -> Option<(usize, bool)> {
        let mut zlib = Decompress::new(false);
        let from = self.history.len().saturating_sub(WINDOW);
        if from < self.history.len() {
            zlib.set_dictionary(&self.history[from..]).unwrap();
        }
        // The tail is an empty block, and nothing in another one.
        let body = input.len().checked_sub(TAIL.len())?;
        let mut length = None;
        loop {
            let read = usize::try_from(zlib.total_in()).unwrap();
            let end = if length.is_none() { body } else { input.len() };
            self.history.reserve(WINDOW);
            let before = self.history.len();
            let status = zlib
                .decompress_vec(&input[read..end], &mut self.history, FlushDecompress::Sync)
                .ok()?;
            let read = usize::try_from(zlib.total_in()).unwrap();
            if status == Status::StreamEnd {
                // The tail may end an empty final block, too.
                let is_empty = read == input.len() && length == Some(self.history.len());
                return (read <= body || is_empty).then_some((read, true));
            }
            if read < end || self.history.len() > before {
                continue;
            }
            let Some(length) = length else {
                length = Some(before);
                continue;
            };
            // Between two blocks a final, empty one is all that is missing.
            let ends = zlib.decompress_vec(&[0x03, 0x00], &mut self.history, FlushDecompress::Sync);
            let is_between = matches!(ends, Ok(Status::StreamEnd)) && self.history.len() == length;
            return is_between.then_some((read, false));
        }
    }
}
