//! Directions, codecs and messages that the tests share.

use framewire::protocol::MessageKind;
use framewire::protocol::deflate::{
    Deflater, Direction, Effort, InflateFault, Inflater, Spare, WindowBits,
};

/// More than any message here comes to.
pub(crate) const ENOUGH: u64 = 1 << 30;

pub(crate) fn direction(bits: u32, context_takeover: bool) -> Direction {
    Direction { window_bits: WindowBits::new(bits).unwrap(), context_takeover }
}

pub(crate) fn deflater(direction: Direction) -> Deflater {
    Deflater::new(direction, Effort::DEFAULT, &Spare::new())
}

pub(crate) fn inflater(direction: Direction) -> Inflater {
    Inflater::new(direction, &Spare::new())
}

pub(crate) fn deflate(deflater: &mut Deflater, message: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    deflater.deflate(message, &mut payload);
    payload
}

/// Inflates a binary message that comes in pieces of at most `piece` bytes.
pub(crate) fn inflate_in(
    inflater: &mut Inflater,
    payload: &[u8],
    piece: usize,
) -> Result<Vec<u8>, InflateFault> {
    inflate_as(inflater, MessageKind::Binary, payload, piece, ENOUGH)
}

pub(crate) fn inflate(inflater: &mut Inflater, payload: &[u8]) -> Result<Vec<u8>, InflateFault> {
    inflate_in(inflater, payload, usize::MAX)
}

pub(crate) fn inflate_as(
    inflater: &mut Inflater,
    kind: MessageKind,
    payload: &[u8],
    piece: usize,
    limit: u64,
) -> Result<Vec<u8>, InflateFault> {
    let mut message = Vec::new();
    inflater.begin(kind, limit);
    for piece in payload.chunks(piece) {
        inflater.push(piece, &mut message)?;
    }
    inflater.finish()?;
    Ok(message)
}

/// Bytes that do not compress, the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| byte()).collect()
}

/// Text as sessions have it.
pub(crate) fn json(length: usize) -> Vec<u8> {
    let entry = |id: u32| {
        let value = id.wrapping_mul(2_654_435_761);
        format!("{{\"id\":{id},\"name\":\"user {}\",\"value\":{value}}},", value % 97)
    };
    let mut text: Vec<u8> = (0..).flat_map(|id| entry(id).into_bytes()).take(length).collect();
    text.shrink_to_fit();
    text
}
