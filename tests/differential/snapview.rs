//! The other side: tungstenite.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use ::tungstenite::error::{CapacityError, Error, ProtocolError};
use ::tungstenite::protocol::frame::FrameSocket;
use ::tungstenite::protocol::{Role as TheirRole, WebSocketConfig};
use ::tungstenite::{Message, WebSocket};
use framewire::protocol::Role;

use super::frame::{Whole, masked, parts};
use super::outcome::{Cause, Outcome, Said, Verdict};
use super::setup::Setup;

/// A transport that yields these chunks, then nothing; or its end, if `ends`.
#[derive(Default)]
pub(crate) struct Wire {
    chunks: VecDeque<Vec<u8>>,
    ends: bool,
    pub(crate) written: Vec<u8>,
}

impl Wire {
    pub(crate) fn new(chunks: &[Vec<u8>]) -> Self {
        let chunks = chunks.iter().filter(|chunk| !chunk.is_empty()).cloned().collect();
        Self { chunks, ..Self::default() }
    }

    pub(crate) fn ending(chunks: &[Vec<u8>]) -> Self {
        Self { ends: true, ..Self::new(chunks) }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(chunk) = self.chunks.front_mut() else {
            return if self.ends { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        };
        let count = chunk.len().min(buffer.len());
        buffer[..count].copy_from_slice(&chunk[..count]);
        chunk.drain(..count);
        if chunk.is_empty() {
            self.chunks.pop_front();
        }
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An end of theirs that reads from `wire`.
pub(crate) fn open(setup: &Setup, wire: Wire) -> WebSocket<Wire> {
    let role = match setup.role {
        Role::Client => TheirRole::Client,
        Role::Server => TheirRole::Server,
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(256)
        .max_frame_size(usize::try_from(setup.limits.max_frame_size).ok())
        .max_message_size(usize::try_from(setup.limits.max_message_size).ok())
        .accept_unmasked_frames(setup.takes_unmasked);
    WebSocket::from_raw_socket(wire, role, Some(config))
}

/// What they make of these chunks.
pub(crate) fn read(setup: &Setup, chunks: &[Vec<u8>]) -> Outcome {
    let mut socket = open(setup, Wire::new(chunks));
    if setup.closes {
        socket.close(None).unwrap();
        socket.get_mut().written.clear();
    }
    let mut said = Vec::new();
    let verdict = loop {
        let closed = matches!(said.last(), Some(Said::Close(_)));
        match socket.read() {
            Ok(message) => said.push(name(message)),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                break if closed { Verdict::Closed } else { Verdict::Waits };
            }
            Err(Error::ConnectionClosed) => break Verdict::Closed,
            Err(_) if closed => break Verdict::FaultAfterClose,
            Err(error) => break Verdict::Fault(cause(&error)),
        }
    };
    let written = &socket.get_ref().written;
    Outcome { said, verdict, wrote: parts(written, 0).frames }
}

/// The frames they find in `stream`, with no rule checked but the opcode.
pub(crate) fn frames(stream: &[u8]) -> Vec<Whole> {
    let mut socket = FrameSocket::new(Wire::ending(&[stream.to_vec()]));
    let mut frames = Vec::new();
    while let Ok(Some(frame)) = socket.read(Some(1 << 24)) {
        let header = frame.header();
        let bits = [header.is_final, header.rsv1, header.rsv2, header.rsv3];
        let bits = bits.iter().fold(0, |bits, bit| bits << 1 | u8::from(*bit));
        // They leave the payload masked.
        let payload = masked(header.mask, frame.payload()).collect();
        let first = bits << 4 | u8::from(header.opcode);
        frames.push(Whole { first, masked: header.mask.is_some(), payload });
    }
    frames
}

pub(crate) fn name(message: Message) -> Said {
    match message {
        Message::Text(text) => Said::Text(text.as_str().to_owned()),
        Message::Binary(bytes) => Said::Binary(bytes.to_vec()),
        Message::Ping(bytes) => Said::Ping(bytes.to_vec()),
        Message::Pong(bytes) => Said::Pong(bytes.to_vec()),
        Message::Close(close) => {
            Said::Close(close.map(|close| (close.code.into(), close.reason.as_str().to_owned())))
        }
        Message::Frame(_) => unreachable!("a frame is never read"),
    }
}

#[track_caller]
fn cause(error: &Error) -> Cause {
    match error {
        Error::Utf8(_) => Cause::NotUtf8,
        Error::Capacity(CapacityError::MessageTooLong { size, .. }) => {
            Cause::TooBig { length: *size as u64 }
        }
        Error::Protocol(error) => match error {
            ProtocolError::InvalidOpcode(_) => Cause::ReservedOpcode,
            ProtocolError::NonZeroReservedBits => Cause::ReservedBits,
            ProtocolError::FragmentedControlFrame => Cause::FragmentedControl,
            ProtocolError::ControlFrameTooBig => Cause::LongControl,
            ProtocolError::UnmaskedFrameFromClient | ProtocolError::MaskedFrameFromServer => {
                Cause::Masking
            }
            ProtocolError::UnexpectedContinueFrame | ProtocolError::ExpectedFragment(_) => {
                Cause::Order
            }
            ProtocolError::InvalidCloseSequence => Cause::ShortClose,
            error => panic!("no cause is known for {error:?}"),
        },
        error => panic!("no cause is known for {error:?}"),
    }
}
