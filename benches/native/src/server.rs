//! The server of the benchmarks, on one thread. It prints `{"port":…}` and ends with its stdin.
//!
//! The path says what a connection does:
//!
//! - `/echo` sends back what comes; it writes when nothing more is at hand to read.
//! - `/compressed` is the same with permessage-deflate.
//! - `/flood` keeps binary messages, and when a text says a number, sends so many: those kept, in turns,
//!   as frames that were encoded before.
//! - `/sink` counts what comes, and answers a text with `{"messages":…,"bytes":…,"sum":…}`, where the sum is that of
//!   all bytes.

#![forbid(unsafe_code)]

use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::json;
use std::error::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

type Failure = Box<dyn Error + Send + Sync>;

/// How many bytes of frames a flood writes at once.
const BLOCK: usize = 256 * 1024;

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
        if path == "/compressed" {
            let value = HeaderValue::from_static(DEFLATE);
            response.headers_mut().insert("Sec-WebSocket-Extensions", value);
        }
        Ok(response)
    };
    let socket = accept_hdr_async_with_config(stream, note, Some(config)).await?;
    match path.as_str() {
        "/flood" => flood(socket).await,
        "/sink" => sink(socket).await,
        // The client sends nothing before it has the answer, so nothing is lost in the first codec.
        "/compressed" => compressed(socket.into_inner()).await,
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

async fn compressed(stream: TcpStream) -> Result<(), Failure> {
    let options = yawc::Options::default().with_compression_level(yawc::CompressionLevel::fast());
    let extensions = Some(DEFLATE);
    let mut socket = yawc::WebSocket::from_stream_with_extensions(
        stream,
        yawc::Role::Server,
        extensions,
        options,
    )?;
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
    let mut kept: Vec<Bytes> = Vec::new();
    while let Some(message) = socket.next().await {
        match message? {
            Message::Binary(bytes) => kept.push(bytes),
            Message::Text(count) => pour(socket.get_mut(), &kept, count.as_str().parse()?).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Writes so many frames: the messages kept, in turns.
async fn pour(stream: &mut TcpStream, kept: &[Bytes], count: usize) -> Result<(), Failure> {
    let turn: usize = kept.iter().map(Bytes::len).sum::<usize>() + kept.len() * 10;
    let turns = (BLOCK / turn.max(1)).max(1);
    let mut block = Vec::new();
    let mut ends = Vec::new();
    for bytes in kept.iter().cycle().take(kept.len() * turns) {
        Frame::message(bytes.clone(), OpCode::Data(Data::Binary), true).format(&mut block)?;
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
    let (mut messages, mut bytes, mut sum) = (0_u64, 0_u64, 0_u64);
    while let Some(message) = socket.next().await {
        match message? {
            Message::Binary(payload) => {
                messages += 1;
                bytes += payload.len() as u64;
                sum += payload.iter().map(|&byte| u64::from(byte)).sum::<u64>();
            }
            Message::Text(_) => {
                let report = json!({ "messages": messages, "bytes": bytes, "sum": sum });
                socket.send(Message::text(report.to_string())).await?;
                (messages, bytes, sum) = (0, 0, 0);
            }
            _ => {}
        }
    }
    Ok(())
}
