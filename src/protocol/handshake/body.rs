//! The body of a response that refuses the upgrade.

use alloc::vec::Vec;

use super::head::ResponseHead;
use super::token::is_same;

/// The most bytes of a refusal's body that are kept: 64 KiB. The rest is not waited for.
pub const BODY_LIMIT: usize = 64 * 1024;

/// A body that is coming in. Never more than [`BODY_LIMIT`] bytes of it.
#[derive(Debug)]
pub(super) struct Body {
    bytes: Vec<u8>,
    framing: Framing,
}

/// How the body's end is found (RFC 7230 §3.3.3). Lengths beyond `usize::MAX` are as good as that:
/// the limit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// Nothing more belongs to it.
    Ended,
    /// So many more bytes.
    Length(usize),
    /// All until the connection ends.
    UntilEof,
    /// The line with the size of the next chunk; the digits so far, if there was one.
    ChunkSize(Option<usize>),
    /// The rest of that line, behind the size.
    ChunkExtension(usize),
    /// So many more bytes of this chunk.
    ChunkData(usize),
    /// The line end behind a chunk's data.
    ChunkEnd,
}

impl Body {
    /// The body that follows `head`.
    pub(super) fn new(head: &ResponseHead) -> Self {
        Self { bytes: Vec::new(), framing: Framing::of(head) }
    }

    /// Takes bytes that came.
    pub(super) fn push(&mut self, mut input: &[u8]) {
        while let Some((&byte, after)) = input.split_first() {
            if self.is_complete() {
                return;
            }
            self.framing = match self.framing {
                Framing::Ended => return,
                Framing::UntilEof => {
                    self.take(&mut input, usize::MAX);
                    continue;
                }
                Framing::Length(left) => {
                    self.framing = Framing::length(self.take(&mut input, left));
                    continue;
                }
                Framing::ChunkData(left) => {
                    let left = self.take(&mut input, left);
                    self.framing =
                        if left == 0 { Framing::ChunkEnd } else { Framing::ChunkData(left) };
                    continue;
                }
                Framing::ChunkSize(digits) => chunk_size(digits, byte),
                Framing::ChunkExtension(size) if byte == b'\n' => chunk(size),
                Framing::ChunkExtension(size) => Framing::ChunkExtension(size),
                Framing::ChunkEnd => match byte {
                    b'\r' => Framing::ChunkEnd,
                    b'\n' => Framing::ChunkSize(None),
                    _ => Framing::Ended,
                },
            };
            input = after;
        }
    }

    /// Whether there is nothing more to wait for: the body has ended, its framing is broken, or the
    /// limit is reached.
    pub(super) fn is_complete(&self) -> bool {
        self.framing == Framing::Ended || self.bytes.len() == BODY_LIMIT
    }

    /// What came, without transfer coding.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Moves at most `most` bytes, and no more than the limit, from `input` to the body. Returns
    /// what is left of `most`.
    fn take(&mut self, input: &mut &[u8], most: usize) -> usize {
        let count = input.len().min(most).min(BODY_LIMIT - self.bytes.len());
        let (own, after) = input.split_at(count);
        self.bytes.extend_from_slice(own);
        *input = after;
        most - count
    }
}

impl Framing {
    fn of(head: &ResponseHead) -> Self {
        if matches!(head.status, 204 | 304) {
            return Self::Ended;
        }
        if let Some(last) = head.headers.elements("Transfer-Encoding").last() {
            return if is_same(last, "chunked") { Self::ChunkSize(None) } else { Self::UntilEof };
        }
        let lengths = head.headers.elements("Content-Length");
        let mut lengths = lengths.into_iter().map(decimal);
        match lengths.next().flatten() {
            Some(first) if lengths.all(|length| length == Some(first)) => Self::length(first),
            // No length, or one that can't be believed: what comes is shown, to help whoever reads
            // the error.
            _ => Self::UntilEof,
        }
    }

    fn length(left: usize) -> Self {
        if left == 0 { Self::Ended } else { Self::Length(left) }
    }
}

/// The state after `byte` of a chunk's first line, with the size as read so far.
fn chunk_size(size: Option<usize>, byte: u8) -> Framing {
    let digit = match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => {
            return match (size, byte) {
                (Some(size), b'\n') => chunk(size),
                (Some(size), b';' | b'\r' | b' ' | b'\t') => Framing::ChunkExtension(size),
                _ => Framing::Ended,
            };
        }
    };
    Framing::ChunkSize(Some(
        size.unwrap_or(0).saturating_mul(16).saturating_add(usize::from(digit)),
    ))
}

/// The state at the beginning of a chunk's data. The trailer after the last chunk is of no
/// interest.
fn chunk(size: usize) -> Framing {
    if size == 0 { Framing::Ended } else { Framing::ChunkData(size) }
}

/// The value of decimal digits, `usize::MAX` if it is greater.
fn decimal(text: &str) -> Option<usize> {
    text.bytes().try_fold(0usize, |value, byte| {
        byte.is_ascii_digit()
            .then(|| value.saturating_mul(10).saturating_add(usize::from(byte - b'0')))
    })
}
