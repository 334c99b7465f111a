//! The other side for compressed messages: yawc.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use ::yawc::close::CloseCode;
use ::yawc::frame::{Frame, OpCode};
use ::yawc::{Options, Role as TheirRole, WebSocket, WebSocketError};
use framewire::protocol::Role;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frame::parts;
use super::outcome::{Cause, Outcome, Said, Verdict};
use super::setup::Setup;

/// A transport that yields these chunks, then nothing.
struct Wire {
    chunks: VecDeque<Vec<u8>>,
    written: Vec<u8>,
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let chunks = &mut self.get_mut().chunks;
        let Some(chunk) = chunks.front_mut() else { return Poll::Pending };
        let count = chunk.len().min(buffer.remaining());
        buffer.put_slice(&chunk[..count]);
        chunk.drain(..count);
        if chunk.is_empty() {
            chunks.pop_front();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn open<'a>(setup: &Setup, wire: &'a mut Wire) -> WebSocket<&'a mut Wire> {
    let direction = setup.deflate.expect("messages may be compressed");
    let role = match setup.role {
        Role::Client => TheirRole::Client,
        Role::Server => TheirRole::Server,
    };
    let takeover = match setup.role {
        _ if direction.context_takeover => "",
        Role::Client => "; server_no_context_takeover",
        Role::Server => "; client_no_context_takeover",
    };
    // Theirs is the first size that is refused. It holds for a frame, and for what that inflates to.
    let limit = |limit: u64| usize::try_from(limit).unwrap() + 1;
    let message = limit(setup.limits.max_message_size);
    let frame = limit(setup.limits.max_frame_size);
    let options = Options::default()
        .with_utf8()
        .with_balanced_compression()
        .with_limits(frame.max(message), message);
    let agreed = format!("permessage-deflate{takeover}");
    WebSocket::from_stream_with_extensions(wire, role, Some(&agreed), options).unwrap()
}

/// What they make of these chunks.
pub(crate) fn read(setup: &Setup, chunks: &[Vec<u8>]) -> Outcome {
    let chunks = chunks.iter().filter(|chunk| !chunk.is_empty()).cloned().collect();
    let mut wire = Wire { chunks, written: Vec::new() };
    let mut socket = open(setup, &mut wire);
    let context = &mut Context::from_waker(Waker::noop());
    let mut said = Vec::new();
    let verdict = loop {
        match socket.poll_next_frame(context) {
            Poll::Ready(Ok(frame)) => said.push(name(&frame)),
            Poll::Ready(Err(WebSocketError::ConnectionClosed)) => break Verdict::Closed,
            Poll::Ready(Err(error)) => break Verdict::Fault(cause(&error)),
            // The transport wakes nobody: what it has it gives at once.
            Poll::Pending if socket_is_done(&said) => break Verdict::Closed,
            Poll::Pending => break Verdict::Waits,
        }
    };
    // What they owe goes out before they are asked for more.
    assert!(matches!(Pin::new(&mut socket).poll_ready(context), Poll::Ready(Ok(()))));
    assert!(matches!(Pin::new(&mut socket).poll_flush(context), Poll::Ready(Ok(()))));
    drop(socket);
    let mut wrote = parts(&wire.written, 0).frames;
    if let (Verdict::Fault(cause), Some(last)) = (verdict, wrote.last())
        && last.first == 0x88
    {
        // They fail the connection themselves, but for what they find in a whole message.
        assert_eq!(last.payload[..2], cause.code().to_be_bytes(), "{cause:?}");
        wrote.pop();
    }
    Outcome { said, verdict, wrote }
}

fn socket_is_done(said: &[Said]) -> bool {
    matches!(said.last(), Some(Said::Close(_)))
}

fn name(frame: &Frame) -> Said {
    let bytes = frame.payload().to_vec();
    match frame.opcode() {
        OpCode::Text => Said::Text(String::from_utf8(bytes).unwrap()),
        OpCode::Binary => Said::Binary(bytes),
        OpCode::Ping => Said::Ping(bytes),
        OpCode::Pong => Said::Pong(bytes),
        OpCode::Close => {
            let code = |code: CloseCode| (code.into(), frame.close_reason().unwrap().unwrap());
            let close = frame.close_code().map(code);
            Said::Close(close.map(|(code, reason)| (code, reason.to_owned())))
        }
        OpCode::Continuation => unreachable!("messages are read whole"),
    }
}

#[track_caller]
fn cause(error: &WebSocketError) -> Cause {
    match error {
        WebSocketError::InvalidUTF8 => Cause::NotUtf8,
        // The size is not told.
        WebSocketError::FrameTooLarge => Cause::TooBig { length: u64::MAX },
        WebSocketError::InvalidFragment => Cause::Order,
        // What cannot be inflated, said with 1011.
        WebSocketError::IoError(_) => Cause::Unnamed,
        error => panic!("no cause is known for {error:?}"),
    }
}
