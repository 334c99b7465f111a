//! A bridge in the test's own process, clients for it, and targets behind it.

#![allow(dead_code, reason = "each test file uses its part")]

use clap::Parser;
use framewire_bridge::{Config, ResetCode, Server};
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wtransport::endpoint::endpoint_side::Client;
use wtransport::error::{ConnectingError, StreamReadError, StreamWriteError};
use wtransport::tls::{Sha256Digest, Sha256DigestFmt};
use wtransport::{ClientConfig, Connection, Endpoint, RecvStream, SendStream};

/// A bridge that listens on a port of its own.
pub(crate) struct Bridge {
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    pub(crate) certificate_hash: Sha256Digest,
    shut_down: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Bridge {
    /// Starts a bridge with these options.
    pub(crate) fn start(options: &[&str]) -> Self {
        let arguments = [&["framewire-bridge", "--listen", "127.0.0.1:0"], options].concat();
        let config = Config::try_parse_from(arguments).expect("valid options");
        let server = Server::bind(&config).expect("a free port");
        let announcement = server.announcement();
        let address = server.address();
        let (shut_down, shutdown) = oneshot::channel();
        let task = tokio::spawn(server.run(async {
            let _ = shutdown.await;
        }));
        let hash = announcement.certificate_hash.expect("a development certificate");
        Self {
            url: announcement.url,
            address,
            certificate_hash: parse_hash(&hash),
            shut_down,
            task,
        }
    }

    /// Starts a bridge that allows this target, and opens a session to it.
    pub(crate) async fn with_session(target: SocketAddr) -> (Self, Session) {
        let bridge = Self::start(&["--allow", &target.to_string()]);
        let session = bridge.open(&path(target)).await.expect("an allowed target");
        (bridge, session)
    }

    /// Opens a session with this path.
    pub(crate) async fn open(&self, path: &str) -> Result<Session, ConnectingError> {
        open_session(&self.url, self.certificate_hash.clone(), path).await
    }

    /// Tells it to shut down. The handle settles when it has.
    pub(crate) fn shut_down(self) -> JoinHandle<()> {
        self.shut_down.send(()).expect("the bridge runs");
        self.task
    }
}

/// A session and the endpoint it lives on.
pub(crate) struct Session {
    pub(crate) connection: Connection,
    _endpoint: Endpoint<Client>,
}

impl Session {
    pub(crate) async fn stream(&self) -> (SendStream, RecvStream) {
        self.connection.open_bi().await.expect("an open session").await.expect("a stream")
    }
}

pub(crate) async fn open_session(
    url: &str,
    certificate_hash: Sha256Digest,
    path: &str,
) -> Result<Session, ConnectingError> {
    let config = ClientConfig::builder()
        .with_bind_address("127.0.0.1:0".parse().expect("an address"))
        .with_server_certificate_hashes([certificate_hash])
        .build();
    let endpoint = Endpoint::client(config).expect("a free port");
    let connection = endpoint.connect(format!("{url}{path}")).await?;
    Ok(Session { connection, _endpoint: endpoint })
}

/// The hash as the bridge writes it: 64 digits, two for each byte.
pub(crate) fn parse_hash(hash: &str) -> Sha256Digest {
    assert_eq!(hash.len(), 64, "{hash}");
    let pairs: Vec<&str> = (0..32).map(|byte| &hash[byte * 2..byte * 2 + 2]).collect();
    Sha256Digest::from_str_fmt(pairs.join(":"), Sha256DigestFmt::DottedHex).expect("a hash")
}

pub(crate) fn path(target: SocketAddr) -> String {
    let host = target.ip().to_string().replace(':', "%3A");
    format!("/.well-known/masque/tcp/{host}/{}/", target.port())
}

/// A target that hands its connections to the test.
pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    (listener, address)
}

/// A target that sends back what it gets, and ends when the peer does.
pub(crate) async fn echo() -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let (mut from, mut to) = stream.into_split();
                if tokio::io::copy(&mut from, &mut to).await.is_ok() {
                    let _ = to.shutdown().await;
                }
            });
        }
    });
    address
}

/// A target that takes little and reads nothing until the test does.
pub(crate) fn listen_with_small_buffers() -> (TcpListener, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 << 10).expect("a size");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(16).expect("bound");
    let address = listener.local_addr().expect("bound");
    (listener, address)
}

/// A port of this machine on which nothing listens.
pub(crate) async fn closed_port() -> SocketAddr {
    let (_, address) = listen().await;
    address
}

/// A target whose queue of connections is full, so that the next one gets no answer. Keep both to keep it so.
pub(crate) async fn silent_target() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(1).expect("bound");
    let address = listener.local_addr().expect("bound");
    let mut waiting = Vec::new();
    while let Ok(stream) =
        tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await
    {
        waiting.push(stream.expect("room in the queue"));
    }
    (listener, waiting, address)
}

/// Sends the bytes on the stream, ends it, and reads to the other end.
pub(crate) async fn exchange(
    (mut send, mut receive): (SendStream, RecvStream),
    bytes: &[u8],
) -> Vec<u8> {
    let write = async {
        send.write_all(bytes).await.expect("taken");
        send.finish().await.expect("arrived");
    };
    let (received, ()) = tokio::join!(read_to_end(&mut receive), write);
    received
}

pub(crate) async fn read_to_end(receive: &mut RecvStream) -> Vec<u8> {
    let mut received = Vec::new();
    receive.read_to_end(&mut received).await.expect("an orderly end");
    received
}

/// The code with which both directions of a stream were reset.
pub(crate) async fn reset_code(mut send: SendStream, mut receive: RecvStream) -> ResetCode {
    let mut byte = [0];
    let read = loop {
        match receive.read(&mut byte).await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream ended in order"),
            Err(StreamReadError::Reset(code)) => break ResetCode::from_http3(code),
            Err(error) => panic!("{error}"),
        }
    };
    let StreamWriteError::Stopped(code) = send.stopped().await else { panic!("not stopped") };
    assert_eq!(read, ResetCode::from_http3(code));
    read.expect("a code of the bridge")
}

/// Bytes that differ from one position to the next and from one seed to the next.
pub(crate) fn pattern(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(length).collect()
}

/// Fails a test that waits for something that does not happen.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future)
        .await
        .expect("the event the test waits for")
}
