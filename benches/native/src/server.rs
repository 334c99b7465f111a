//! The server of the benchmarks, on one thread. It prints `{"port":…}` and ends with its stdin.
//!
//! The path says what a connection does:
//!
//! - `/echo` sends back what comes; it writes when nothing more is at hand to read.
//! - `/flood` keeps binary messages, and when a text says a number, sends so many: those kept, in turns,
//!   as frames that were encoded before.
//! - `/sink` counts what comes, and answers a text with `{"messages":…,"bytes":…,"sum":…}`, where the sum is that of
//!   all bytes.
//!
//! `/compressed/echo`, `/compressed/flood` and `/compressed/sink` are the same with permessage-deflate. What this flood sends
//! was compressed before too, each message by itself, which is right for a peer with context takeover as well.

#![forbid(unsafe_code)]

use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::json;
use std::error::Error;
use std::io::Write;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

type Failure = Box<dyn Error + Send + Sync>;

/// How many bytes of frames a flood writes at once.
const BLOCK: usize = 256 * 1024;

/// What ends a message and is not sent (RFC 7692 §7.2.1): four bytes.
const TAIL: usize = 4;

/// How the paths of those begin that compress.
const COMPRESSED: &str = "/compressed/";

const DEFLATE: &str = "permessage-deflate";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", json!({ "port": listener.local_addr()?.port() }));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // A connection that breaks is the end of it: its client tells.
                let _ = serve(stream).await;
            });
        }
    });
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}

async fn serve(stream: TcpStream) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let mut path = String::new();
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    #[expect(clippy::result_large_err, reason = "the library's type")]
    let note = |request: &Request, mut response: Response| {
        request.uri().path().clone_into(&mut path);
        if path.starts_with(COMPRESSED) {
            let value = HeaderValue::from_static(DEFLATE);
            response.headers_mut().insert("Sec-WebSocket-Extensions", value);
        }
        Ok(response)
    };
    let socket = accept_hdr_async_with_config(stream, note, Some(config)).await?;
    if let Some(work) = path.strip_prefix(COMPRESSED) {
        // The client sends nothing before it has the answer, so nothing is lost in the first codec.
        let stream = socket.into_inner();
        return match work {
            "flood" => compressed_flood(stream).await,
            "sink" => compressed_sink(stream).await,
            _ => compressed_echo(stream).await,
        };
    }
    match path.as_str() {
        "/flood" => flood(socket).await,
        "/sink" => sink(socket).await,
        _ => echo(socket).await,
    }
}

async fn echo(mut socket: WebSocketStream<TcpStream>) -> Result<(), Failure> {
    loop {
        let message = match socket.next().now_or_never() {
            Some(message) => message,
            None => {
                socket.flush().await?;
                socket.next().await
            }
        };
        match message.transpose()? {
            Some(message @ (Message::Binary(_) | Message::Text(_))) => socket.feed(message).await?,
            Some(_) => {}
            None => return Ok(()),
        }
    }
}

type Compressing = yawc::WebSocket<TcpStream>;

fn compressing(stream: TcpStream) -> Result<Compressing, Failure> {
    let options = yawc::Options::default().with_compression_level(yawc::CompressionLevel::fast());
    let role = yawc::Role::Server;
    Ok(yawc::WebSocket::from_stream_with_extensions(stream, role, Some(DEFLATE), options)?)
}

async fn compressed_echo(stream: TcpStream) -> Result<(), Failure> {
    let mut socket = compressing(stream)?;
    loop {
        let frame = match socket.next().now_or_never() {
            Some(frame) => frame,
            None => {
                socket.flush().await?;
                socket.next().await
            }
        };
        let Some(frame) = frame else { return Ok(()) };
        let (opcode, payload) = (frame.opcode(), frame.into_payload());
        match opcode {
            yawc::OpCode::Text => socket.feed(yawc::Frame::text(payload)).await?,
            yawc::OpCode::Binary => socket.feed(yawc::Frame::binary(payload)).await?,
            _ => {}
        }
    }
}

async fn flood(mut socket: WebSocketStream<TcpStream>) -> Result<(), Failure> {
    let mut kept = Vec::new();
    while let Some(message) = socket.next().await {
        match message? {
            Message::Binary(bytes) => {
                kept.push(Frame::message(bytes, OpCode::Data(Data::Binary), true));
            }
            Message::Text(count) => pour(socket.get_mut(), &kept, count.as_str().parse()?).await?,
            _ => {}
        }
    }
    Ok(())
}

async fn compressed_flood(stream: TcpStream) -> Result<(), Failure> {
    // One to write what is encoded already, the other to read with.
    let stream = stream.into_std()?;
    let mut writer = TcpStream::from_std(stream.try_clone()?)?;
    let mut socket = compressing(TcpStream::from_std(stream)?)?;
    let mut kept = Vec::new();
    while let Some(frame) = socket.next().await {
        match frame.opcode() {
            yawc::OpCode::Binary => {
                let bytes = deflated(&frame.into_payload())?;
                let mut frame = Frame::message(bytes, OpCode::Data(Data::Binary), true);
                frame.header_mut().rsv1 = true;
                kept.push(frame);
            }
            yawc::OpCode::Text => {
                let count = std::str::from_utf8(frame.payload())?.parse()?;
                pour(&mut writer, &kept, count).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// A message as RFC 7692 §7.2.1 compresses it.
fn deflated(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut encoder =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes)?;
    encoder.flush()?;
    let mut out = encoder.get_ref().clone();
    out.truncate(out.len().saturating_sub(TAIL));
    Ok(out)
}

/// Writes so many frames: those kept, in turns.
async fn pour(stream: &mut TcpStream, kept: &[Frame], count: usize) -> Result<(), Failure> {
    let turn: usize = kept.iter().map(Frame::len).sum();
    let turns = (BLOCK / turn.max(1)).max(1);
    let mut block = Vec::new();
    let mut ends = Vec::new();
    for frame in kept.iter().cycle().take(kept.len() * turns) {
        frame.clone().format(&mut block)?;
        ends.push(block.len());
    }
    let mut left = count;
    while left > 0 {
        let now = left.min(ends.len());
        stream.write_all(&block[..ends[now - 1]]).await?;
        left -= now;
    }
    Ok(())
}

async fn sink(mut socket: WebSocketStream<TcpStream>) -> Result<(), Failure> {
    let mut tally = Tally::default();
    while let Some(message) = socket.next().await {
        match message? {
            Message::Binary(payload) => tally.add(&payload),
            Message::Text(_) => socket.send(Message::text(tally.take())).await?,
            _ => {}
        }
    }
    Ok(())
}

/// What ends with a text `report`, since what it counts may be text as well.
async fn compressed_sink(stream: TcpStream) -> Result<(), Failure> {
    let mut socket = compressing(stream)?;
    let mut tally = Tally::default();
    while let Some(frame) = socket.next().await {
        match frame.opcode() {
            yawc::OpCode::Text if *frame.payload() == b"report"[..] => {
                socket.send(yawc::Frame::text(tally.take())).await?;
            }
            yawc::OpCode::Text | yawc::OpCode::Binary => tally.add(frame.payload()),
            _ => {}
        }
    }
    Ok(())
}

/// What a sink counts.
#[derive(Default)]
struct Tally {
    messages: u64,
    bytes: u64,
    sum: u64,
}

impl Tally {
    fn add(&mut self, payload: &[u8]) {
        self.messages += 1;
        self.bytes += payload.len() as u64;
        self.sum += payload.iter().map(|&byte| u64::from(byte)).sum::<u64>();
    }

    /// What was counted since the last time.
    fn take(&mut self) -> String {
        let Self { messages, bytes, sum } = std::mem::take(self);
        json!({ "messages": messages, "bytes": bytes, "sum": sum }).to_string()
    }
}
