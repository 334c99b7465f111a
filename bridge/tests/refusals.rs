//! What does not go through, and how the peer is told.

mod common;

use common::{Bridge, echo, exchange, listen, path, reset_code, within};
use framewire_bridge::ResetCode;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use wtransport::error::ConnectingError;
use wtransport::proto::frame::{Frame, FrameKind};
use wtransport::proto::headers::Headers;
use wtransport::quinn;
use wtransport::tls::client::{ServerHashVerification, build_default_tls_config};

#[tokio::test]
async fn paths_are_refused_with_their_status() {
    within(async {
        let address = echo().await;
        let bridge = Bridge::start(&["--allow", &address.to_string()]);
        let port = address.port();
        for (path, status) in [
            (path(address), 200),
            ("/".to_owned(), 404),
            ("/.well-known/framewire-bridge/greeting".to_owned(), 200),
            ("/.well-known/framewire-bridge/greeting/".to_owned(), 404),
            (format!("/.well-known/masque/udp/127.0.0.1/{port}/"), 404),
            (format!("/.well-known/masque/tcp/127.0.0.1/{port}/more/"), 404),
            ("/.well-known/masque/tcp/127.0.0.1/0/".to_owned(), 400),
            (format!("/.well-known/masque/tcp/not%20a%20host/{port}/"), 400),
            (format!("/.well-known/masque/tcp/127.0.0.1/{port}/?tls=maybe"), 400),
            (format!("/.well-known/masque/tcp/localhost/{port}/"), 403),
            ("/.well-known/masque/tcp/127.0.0.1/1/".to_owned(), 403),
        ] {
            assert_eq!(Request::new(&bridge).await.status(&path, &[]).await, status, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn refused_session_is_rejected_not_lost() {
    within(async {
        let bridge = Bridge::start(&[]);
        for path in
            ["/", "/.well-known/masque/tcp/localhost/0/", "/.well-known/masque/tcp/localhost/80/"]
        {
            let refused = bridge.open(path).await;
            assert!(matches!(refused, Err(ConnectingError::SessionRejected)), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn other_origins_are_refused() {
    within(async {
        let address = echo().await;
        let target = address.to_string();
        let bridge = Bridge::start(&["--allow", &target, "--allow-origin", "https://app.example"]);
        for (headers, status) in [
            (&[("origin", "https://app.example")][..], 200),
            (&[("origin", "https://evil.example")], 403),
            (&[], 403),
        ] {
            assert_eq!(Request::new(&bridge).await.status(&path(address), headers).await, status);
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_over_the_limit_are_refused_until_one_ends() {
    within(async {
        let address = echo().await;
        let bridge = Bridge::start(&["--allow", &address.to_string(), "--max-sessions", "1"]);
        let session = bridge.open(&path(address)).await.expect("the first");
        assert_eq!(Request::new(&bridge).await.status(&path(address), &[]).await, 429);
        drop(session);
        while bridge.open(&path(address)).await.is_err() {}
    })
    .await;
}

#[tokio::test]
async fn streams_over_the_limit_are_reset_and_the_others_go_on() {
    within(async {
        let address = echo().await;
        let bridge = Bridge::start(&["--allow", &address.to_string(), "--max-streams", "2"]);
        let session = bridge.open(&path(address)).await.expect("allowed");
        let first = session.stream().await;
        let _second = session.stream().await;
        let (send, receive) = session.stream().await;
        assert_eq!(reset_code(send, receive).await, ResetCode::Limit);
        assert_eq!(exchange(first, b"one").await, b"one");
    })
    .await;
}

#[tokio::test]
async fn unidirectional_streams_are_stopped() {
    within(async {
        let (_bridge, session) = Bridge::with_session(echo().await).await;
        let opening = session.connection.open_uni().await.expect("an open session");
        let mut stream = opening.await.expect("a stream");
        let stopped = stream.stopped().await;
        let expected = wtransport::error::StreamWriteError::Stopped(ResetCode::Limit.to_http3());
        assert_eq!(stopped, expected);
    })
    .await;
}

#[tokio::test]
async fn datagrams_are_ignored_and_streams_go_on() {
    within(async {
        let (_bridge, session) = Bridge::with_session(echo().await).await;
        for _ in 0..2_000 {
            session.connection.send_datagram([7; 1000]).expect("taken");
            tokio::task::yield_now().await;
        }
        assert_eq!(exchange(session.stream().await, b"one").await, b"one");
    })
    .await;
}

#[tokio::test]
async fn refused_connection_resets_the_stream() {
    within(async {
        let (_bridge, session) = Bridge::with_session(common::closed_port().await).await;
        for _ in 0..2 {
            let (send, receive) = session.stream().await;
            assert_eq!(reset_code(send, receive).await, ResetCode::TargetRefused);
        }
    })
    .await;
}

#[tokio::test]
async fn silent_target_times_out() {
    within(async {
        let (_listener, _waiting, address) = common::silent_target().await;
        let bridge =
            Bridge::start(&["--allow", &address.to_string(), "--connect-timeout", "100ms"]);
        let session = bridge.open(&path(address)).await.expect("allowed");
        let (send, receive) = session.stream().await;
        assert_eq!(reset_code(send, receive).await, ResetCode::TargetTimeout);
    })
    .await;
}

#[tokio::test]
async fn name_without_address_is_unresolved() {
    within(async {
        // The domain is reserved for names that do not exist.
        let bridge = Bridge::start(&["--allow", "*.invalid:80", "--connect-timeout", "50s"]);
        let session =
            bridge.open("/.well-known/masque/tcp/nowhere.invalid/80/").await.expect("allowed");
        let (send, receive) = session.stream().await;
        assert_eq!(reset_code(send, receive).await, ResetCode::TargetUnresolved);
    })
    .await;
}

#[tokio::test]
async fn shutdown_lets_streams_end_and_takes_no_new_ones() {
    within(async {
        let (listener, address) = listen().await;
        let bridge = Bridge::start(&["--allow", &address.to_string(), "--drain-timeout", "50s"]);
        let session = bridge.open(&path(address)).await.expect("allowed");
        let (mut send, receive) = session.stream().await;
        let (mut target, _) = listener.accept().await.expect("a connection");
        let late_request = Request::new(&bridge).await;
        let bridge_ended = bridge.shut_down();

        // Streams are taken until the bridge has seen the signal.
        loop {
            let (late_send, late_receive) = session.stream().await;
            tokio::select! {
                code = reset_code(late_send, late_receive) => {
                    assert_eq!(code, ResetCode::ShuttingDown);
                    break;
                }
                accepted = listener.accept() => drop(accepted.expect("a connection")),
            }
        }
        assert_eq!(late_request.status(&path(address), &[]).await, 503);

        send.write_all(b"the rest").await.expect("taken");
        send.finish().await.expect("arrived");
        let mut rest = String::new();
        target.read_to_string(&mut rest).await.expect("an orderly end");
        assert_eq!(rest, "the rest");
        drop((target, receive));
        bridge_ended.await.expect("no panic");
    })
    .await;
}

#[tokio::test]
async fn shutdown_closes_what_is_left_after_the_drain_timeout() {
    within(async {
        let (listener, address) = listen().await;
        let bridge = Bridge::start(&["--allow", &address.to_string(), "--drain-timeout", "0s"]);
        let session = bridge.open(&path(address)).await.expect("allowed");
        let _stream = session.stream().await;
        let (mut target, _) = listener.accept().await.expect("a connection");
        bridge.shut_down().await.expect("no panic");
        session.connection.closed().await;
        target.read(&mut [0]).await.expect_err("a reset");
    })
    .await;
}

/// A bare HTTP/3 connection, for the status that a WebTransport client does not show.
struct Request {
    connection: quinn::Connection,
    authority: String,
    _control: quinn::SendStream,
    _endpoint: quinn::Endpoint,
}

impl Request {
    async fn new(bridge: &Bridge) -> Self {
        let verifier = ServerHashVerification::new([bridge.certificate_hash.clone()]);
        let tls = build_default_tls_config(
            Arc::new(tokio_rustls::rustls::RootCertStore::empty()),
            Some(Arc::new(verifier)),
        );
        let crypto = quinn::crypto::rustls::QuicClientConfig::try_from(tls).expect("TLS 1.3");
        let mut endpoint = quinn::Endpoint::client("127.0.0.1:0".parse().expect("an address"))
            .expect("a free port");
        endpoint.set_default_client_config(quinn::ClientConfig::new(Arc::new(crypto)));
        let connection = endpoint
            .connect(bridge.address, "localhost")
            .expect("valid")
            .await
            .expect("a handshake");
        let mut control = connection.open_uni().await.expect("credit");
        // The control stream's type and an empty SETTINGS frame.
        control.write_all(&[0x00, 0x04, 0x00]).await.expect("taken");
        Self {
            connection,
            authority: bridge.address.to_string(),
            _control: control,
            _endpoint: endpoint,
        }
    }

    async fn status(self, path: &str, headers: &[(&str, &str)]) -> u16 {
        let fields = [
            (":method", "CONNECT"),
            (":scheme", "https"),
            (":protocol", "webtransport"),
            (":authority", &self.authority),
            (":path", path),
        ];
        let request: Headers = fields.iter().chain(headers).copied().collect();
        let (mut send, mut receive) = self.connection.open_bi().await.expect("credit");
        let mut bytes = Vec::new();
        request.generate_frame().write(&mut bytes).expect("a vector grows");
        send.write_all(&bytes).await.expect("taken");

        let mut received = Vec::new();
        loop {
            let chunk =
                receive.read_chunk(usize::MAX, true).await.expect("open").expect("an answer");
            received.extend_from_slice(&chunk.bytes);
            if let Some(frame) = Frame::read(&mut received.as_slice()).expect("a frame") {
                assert!(matches!(frame.kind(), FrameKind::Headers));
                let answer = Headers::with_frame(&frame).expect("headers");
                return answer.get(":status").expect("a status").parse().expect("a number");
            }
        }
    }
}
