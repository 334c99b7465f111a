//! The native codec beside tungstenite's and fastwebsockets', as a client, over the same bytes in memory.

use codec_runs::{Decoder, Encoder, frames};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fastwebsockets::{Frame, OpCode, Payload};
use framewire::protocol::{Opcode, Role};
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Runtime};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

const SIZES: [usize; 4] = [16, 125, 1024, 65_536];

/// How many bytes of payload make a run, at least one message.
const TOTAL: usize = 1 << 20;

/// What a transport would read at once.
const CHUNK: usize = 64 * 1024;

/// A transport in memory: gives its input in chunks, and takes all.
struct Memory {
    input: Vec<u8>,
    at: usize,
    written: usize,
}

impl Memory {
    const fn new(input: Vec<u8>) -> Self {
        Self { input, at: 0, written: 0 }
    }

    fn next(&mut self, most: usize) -> &[u8] {
        let start = self.at;
        self.at = self.input.len().min(start + most.min(CHUNK));
        &self.input[start..self.at]
    }
}

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.next(buffer.len());
        buffer[..chunk.len()].copy_from_slice(chunk);
        Ok(chunk.len())
    }
}

impl Write for Memory {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.written += buffer.len();
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Memory {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        buffer.put_slice(self.next(room));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Memory {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(buffer))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

fn decode(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("decode binary");
    for size in SIZES {
        let count = TOTAL / size;
        let bytes = frames(Opcode::Binary, &vec![7; size], count, false);
        let expected = (count as u64, (count * size) as u64);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("framewire", size), |b| {
            b.iter(|| {
                let mut decoder = Decoder::new(Role::Client);
                let taken = bytes.chunks(CHUNK).map(|chunk| decoder.take(chunk));
                assert_eq!(taken.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1)), expected);
            });
        });
        group.bench_function(BenchmarkId::new("tungstenite", size), |b| {
            b.iter(|| assert_eq!(tungstenite_reads(Memory::new(bytes.clone()), count), expected));
        });
        group.bench_function(BenchmarkId::new("fastwebsockets", size), |b| {
            b.iter(|| {
                let taken = runtime.block_on(fastwebsockets_reads(bytes.clone(), count));
                assert_eq!(taken, expected);
            });
        });
    }
    group.finish();
}

fn tungstenite_reads(memory: Memory, count: usize) -> (u64, u64) {
    let config = WebSocketConfig::default();
    let role = tungstenite::protocol::Role::Client;
    let mut socket = WebSocket::from_raw_socket(memory, role, Some(config));
    let bytes = (0..count).map(|_| socket.read().expect("a message").len() as u64).sum();
    (count as u64, bytes)
}

async fn fastwebsockets_reads(bytes: Vec<u8>, count: usize) -> (u64, u64) {
    let role = fastwebsockets::Role::Client;
    let mut socket = fastwebsockets::WebSocket::after_handshake(Memory::new(bytes), role);
    let mut taken = (0, 0);
    for _ in 0..count {
        taken.0 += 1;
        taken.1 += socket.read_frame().await.expect("a frame").payload.len() as u64;
    }
    taken
}

fn encode(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("encode binary masked");
    for size in SIZES {
        let count = TOTAL / size;
        let payload = vec![7; size];
        let expected = frames(Opcode::Binary, &payload, count, true).len();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("framewire", size), |b| {
            let mut out = Vec::with_capacity(expected);
            b.iter(|| {
                out.clear();
                let mut encoder = Encoder::new(Role::Client);
                // As much as the driver of the package lets gather.
                for burst in (0..count).collect::<Vec<_>>().chunks((CHUNK / size).max(1)) {
                    for _ in burst {
                        encoder.queue(Opcode::Binary, &payload);
                    }
                    encoder.transmit(&mut out);
                }
                assert_eq!(out.len(), expected);
            });
        });
        group.bench_function(BenchmarkId::new("tungstenite", size), |b| {
            b.iter(|| {
                let role = tungstenite::protocol::Role::Client;
                let memory = Memory::new(Vec::new());
                let mut socket = WebSocket::from_raw_socket(memory, role, None);
                for _ in 0..count {
                    socket.write(Message::binary(payload.clone())).expect("written");
                }
                socket.flush().expect("flushed");
                assert_eq!(socket.get_ref().written, expected);
            });
        });
        group.bench_function(BenchmarkId::new("fastwebsockets", size), |b| {
            b.iter(|| {
                assert_eq!(runtime.block_on(fastwebsockets_writes(&payload, count)), expected)
            });
        });
    }
    group.finish();
}

async fn fastwebsockets_writes(payload: &[u8], count: usize) -> usize {
    let memory = Memory::new(Vec::new());
    let mut socket =
        fastwebsockets::WebSocket::after_handshake(memory, fastwebsockets::Role::Client);
    for _ in 0..count {
        let payload = Payload::Owned(payload.to_vec());
        let frame = Frame::new(true, OpCode::Binary, None, payload);
        socket.write_frame(frame).await.expect("written");
    }
    socket.flush().await.expect("flushed");
    socket.into_inner().written
}

criterion_group! {
    name = codec;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = decode, encode
}
criterion_main!(codec);
