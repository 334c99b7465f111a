//! What goes through: bytes, ends of streams, resets, and back-pressure.

mod common;

use common::{Bridge, Session, echo, exchange, listen, pattern, read_to_end, reset_code, within};
use framewire_bridge::ResetCode;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wtransport::error::StreamReadError;
use wtransport::{RecvStream, SendStream, VarInt};

#[tokio::test]
async fn echoes_bytes_of_every_size() {
    within(async {
        let (_bridge, session) = Bridge::with_session(echo().await).await;
        for size in [0, 1, 2, 1199, 65_535, 65_536, 65_537, 1 << 20] {
            let bytes = pattern(size, 1);
            assert!(exchange(session.stream().await, &bytes).await == bytes, "{size} bytes");
        }
    })
    .await;
}

#[tokio::test]
async fn streams_of_a_session_are_connections_of_their_own() {
    within(async {
        let (_bridge, session) = Bridge::with_session(echo().await).await;
        let mut streams = Vec::new();
        for seed in 0..40 {
            let (mut send, receive) = session.stream().await;
            let bytes = pattern(10_000, seed);
            send.write_all(&bytes[..5_000]).await.expect("taken");
            streams.push((send, receive, bytes));
        }
        for (mut send, receive, bytes) in streams.into_iter().rev() {
            send.write_all(&bytes[5_000..9_000]).await.expect("taken");
            let mut start = vec![0; 9_000];
            let mut receive = receive;
            receive.read_exact(&mut start).await.expect("all of it");
            assert!(start == bytes[..9_000]);
            assert!(exchange((send, receive), &bytes[9_000..]).await == bytes[9_000..]);
        }
    })
    .await;
}

#[tokio::test]
async fn session_opens_as_many_streams_as_it_may_have() {
    const STREAMS: usize = 600;
    within(async {
        let address = echo().await;
        let most = STREAMS.to_string();
        let bridge = Bridge::start(&["--allow", &address.to_string(), "--max-streams", &most]);
        let session = bridge.open(&common::path(address)).await.expect("allowed");
        let mut streams = Vec::new();
        for _ in 0..STREAMS {
            let (mut send, receive) = session.stream().await;
            send.write_all(b"x").await.expect("taken");
            streams.push((send, receive));
        }
        for (_, receive) in &mut streams {
            receive.read_exact(&mut [0]).await.expect("open");
        }
        let (send, receive) = session.stream().await;
        assert_eq!(reset_code(send, receive).await, ResetCode::Limit);
    })
    .await;
}

#[tokio::test]
async fn target_is_connected_when_the_stream_opens_and_may_speak_first() {
    within(async {
        let (listener, address) = listen().await;
        let (_bridge, session) = Bridge::with_session(address).await;
        let (_send, mut receive) = session.stream().await;
        let (mut target, _) = listener.accept().await.expect("a connection");
        target.write_all(b"hello").await.expect("taken");
        let mut bytes = [0; 5];
        receive.read_exact(&mut bytes).await.expect("all of it");
        assert_eq!(&bytes, b"hello");
    })
    .await;
}

#[tokio::test]
async fn end_of_the_peers_direction_leaves_the_other_open() {
    within(async {
        let (listener, address) = listen().await;
        let (_bridge, session) = Bridge::with_session(address).await;
        let (mut send, mut receive) = session.stream().await;
        send.write_all(b"question").await.expect("taken");
        send.finish().await.expect("arrived");

        let (mut target, _) = listener.accept().await.expect("a connection");
        let mut question = String::new();
        target.read_to_string(&mut question).await.expect("an orderly end");
        assert_eq!(question, "question");
        target.write_all(b"answer").await.expect("taken");
        let mut answer = [0; 6];
        receive.read_exact(&mut answer).await.expect("all of it");
        assert_eq!(&answer, b"answer");
        drop(target);
        assert_eq!(read_to_end(&mut receive).await, b"");
    })
    .await;
}

#[tokio::test]
async fn end_of_the_targets_direction_leaves_the_other_open() {
    within(async {
        let (listener, address) = listen().await;
        let (_bridge, session) = Bridge::with_session(address).await;
        let (mut send, mut receive) = session.stream().await;

        let (mut target, _) = listener.accept().await.expect("a connection");
        target.write_all(b"greeting").await.expect("taken");
        target.shutdown().await.expect("connected");
        assert_eq!(read_to_end(&mut receive).await, b"greeting");

        send.write_all(b"still here").await.expect("taken");
        send.finish().await.expect("arrived");
        let mut rest = String::new();
        target.read_to_string(&mut rest).await.expect("an orderly end");
        assert_eq!(rest, "still here");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carries_a_large_transfer_whole() {
    within(async {
        let (_bridge, session) = Bridge::with_session(echo().await).await;
        let bytes = pattern(32 << 20, 7);
        assert!(exchange(session.stream().await, &bytes).await == bytes);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn target_that_does_not_read_stops_the_peer() {
    const TOTAL: usize = 32 << 20;
    within(async {
        let (listener, address) = common::listen_with_small_buffers();
        let other = echo().await;
        let bridge = Bridge::start(&[
            "--allow",
            &address.to_string(),
            "--allow",
            &other.to_string(),
            "--stream-window",
            "1MiB",
        ]);
        let session = bridge.open(&common::path(address)).await.expect("allowed");
        let (mut send, _receive) = session.stream().await;
        let (mut target, _) = listener.accept().await.expect("a connection");

        let bytes = Arc::new(pattern(TOTAL, 3));
        let accepted = Arc::new(AtomicUsize::new(0));
        let writer = tokio::spawn({
            let (bytes, accepted) = (Arc::clone(&bytes), Arc::clone(&accepted));
            async move {
                let mut written = 0;
                while written < bytes.len() {
                    written += send.write(&bytes[written..]).await.expect("taken");
                    accepted.store(written, Ordering::SeqCst);
                }
                send.finish().await.expect("arrived");
            }
        });

        let other = bridge.open(&common::path(other)).await.expect("allowed");
        let last = until_still(&accepted, &mut Ruler::new(&other).await).await;
        // The stream's window, one relay buffer, and what the system holds for the two ends of the TCP connection.
        assert!(last < TOTAL / 2, "{last} bytes were taken for a target that reads nothing");

        let mut received = Vec::with_capacity(TOTAL);
        target.read_to_end(&mut received).await.expect("an orderly end");
        assert!(received == *bytes);
        writer.await.expect("no panic");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn peer_that_does_not_read_stops_the_target() {
    const TOTAL: usize = 32 << 20;
    within(async {
        let (listener, address) = listen().await;
        let (_bridge, session) = Bridge::with_session(address).await;
        let (send, mut receive) = session.stream().await;
        let (mut target, _) = listener.accept().await.expect("a connection");

        let bytes = Arc::new(pattern(TOTAL, 5));
        let accepted = Arc::new(AtomicUsize::new(0));
        let (from_peer, mut to_peer) = target.split();
        let write = async {
            let mut written = 0;
            while written < bytes.len() {
                written += to_peer.write(&bytes[written..]).await.expect("taken");
                accepted.store(written, Ordering::SeqCst);
            }
            to_peer.shutdown().await.expect("connected");
        };
        let read = async {
            let last = until_still(&accepted, &mut Ruler { send, receive: from_peer }).await;
            assert!(last < TOTAL / 2, "{last} bytes were taken for a peer that reads nothing");
            assert!(read_to_end(&mut receive).await == *bytes);
        };
        tokio::join!(write, read);
    })
    .await;
}

#[tokio::test]
async fn reset_by_the_peer_resets_the_target() {
    within(async {
        let (listener, address) = listen().await;
        let (_bridge, session) = Bridge::with_session(address).await;
        let (mut send, mut receive) = session.stream().await;
        send.write_all(b"half a mess").await.expect("taken");
        let (mut target, _) = listener.accept().await.expect("a connection");
        target.read_exact(&mut [0; 11]).await.expect("all of it");

        send.reset(VarInt::from_u32(0)).expect("open");
        assert_reset(&mut target).await;
        let read = receive.read(&mut [0]).await;
        assert_eq!(read, Err(StreamReadError::Reset(ResetCode::Aborted.to_http3())));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_by_the_peer_is_seen_while_the_target_takes_nothing() {
    within(async {
        let (listener, address) = common::listen_with_small_buffers();
        let other = echo().await;
        let bridge =
            Bridge::start(&["--allow", &address.to_string(), "--allow", &other.to_string()]);
        let session = bridge.open(&common::path(address)).await.expect("allowed");
        let (mut send, mut receive) = session.stream().await;
        let (mut target, _) = listener.accept().await.expect("a connection");

        let bytes = pattern(1 << 20, 1);
        let accepted = AtomicUsize::new(0);
        let write = async {
            loop {
                let written = send.write(&bytes).await.expect("taken");
                accepted.fetch_add(written, Ordering::SeqCst);
            }
        };
        let other = bridge.open(&common::path(other)).await.expect("allowed");
        let mut ruler = Ruler::new(&other).await;
        tokio::select! {
            () = write => {}
            _ = until_still(&accepted, &mut ruler) => {}
        }
        send.reset(VarInt::from_u32(0)).expect("open");
        let read = receive.read(&mut [0]).await;
        assert_eq!(read, Err(StreamReadError::Reset(ResetCode::Aborted.to_http3())));
        // Only now: reading would make room.
        assert_reset(&mut target).await;
    })
    .await;
}

#[tokio::test]
async fn peer_that_stops_reading_resets_the_target() {
    within(async {
        let (listener, address) = listen().await;
        let (_bridge, session) = Bridge::with_session(address).await;
        let (send, receive) = session.stream().await;
        let (mut target, _) = listener.accept().await.expect("a connection");
        receive.stop(VarInt::from_u32(0));
        assert_reset(&mut target).await;
        drop(send);
    })
    .await;
}

#[tokio::test]
async fn end_of_the_session_resets_the_targets() {
    within(async {
        let (listener, address) = listen().await;
        let (_bridge, session) = Bridge::with_session(address).await;
        let _streams = (session.stream().await, session.stream().await);
        let (mut first, _) = listener.accept().await.expect("a connection");
        let (mut second, _) = listener.accept().await.expect("a connection");
        session.connection.close(VarInt::from_u32(0), b"");
        assert_reset(&mut first).await;
        assert_reset(&mut second).await;
    })
    .await;
}

#[tokio::test]
async fn reset_by_the_target_resets_the_stream() {
    within(async {
        let (listener, address) = listen().await;
        let (_bridge, session) = Bridge::with_session(address).await;
        let (send, receive) = session.stream().await;
        let (target, _) = listener.accept().await.expect("a connection");
        target.set_zero_linger().expect("connected");
        drop(target);
        assert_eq!(reset_code(send, receive).await, ResetCode::TargetReset);
    })
    .await;
}

async fn assert_reset(target: &mut TcpStream) {
    let mut rest = Vec::new();
    let error = target.read_to_end(&mut rest).await.expect_err("a reset, not an end");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

/// Measures time by round trips through the bridge: it is up and running, whatever else stands still.
struct Ruler<R> {
    send: SendStream,
    receive: R,
}

impl Ruler<RecvStream> {
    /// Round trips over this session, to an echo.
    async fn new(session: &Session) -> Self {
        let (send, receive) = session.stream().await;
        Self { send, receive }
    }
}

/// Waits until no more bytes have been accepted for 500 round trips, and says how many were.
async fn until_still(accepted: &AtomicUsize, ruler: &mut Ruler<impl AsyncRead + Unpin>) -> usize {
    let (mut last, mut still) = (0, 0);
    while still < 500 {
        ruler.send.write_all(b"tick").await.expect("taken");
        ruler.receive.read_exact(&mut [0; 4]).await.expect("all of it");
        let now = accepted.load(Ordering::SeqCst);
        still = if now == last && now > 0 { still + 1 } else { 0 };
        last = now;
    }
    last
}
