//! A WebTransport server that sends back what comes on each stream: the QUIC half of the bridge's work with no TCP behind
//! it, which is what a relay of streams in user space costs at least. It prints `{"port":…,"certificateHash":…}` and ends
//! with its stdin.

#![forbid(unsafe_code)]

use serde_json::json;
use socket2::{Domain, Protocol, Socket, Type};
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use wtransport::config::QuicTransportConfig;
use wtransport::endpoint::IncomingSession;
use wtransport::tls::server::build_default_tls_config;
use wtransport::{Endpoint, Identity, RecvStream, SendStream, ServerConfig};

type Failure = Box<dyn Error + Send + Sync>;

/// The buffer of each stream.
const BUFFER: usize = 64 * 1024;

/// What the bridge asks of the system for its socket.
const SOCKET_BUFFER: usize = 4 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_recv_buffer_size(SOCKET_BUFFER)?;
    socket.set_send_buffer_size(SOCKET_BUFFER)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    let identity = Identity::self_signed(["localhost", "127.0.0.1"])?;
    let hash: String = identity.certificate_chain().as_slice()[0]
        .hash()
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let config = ServerConfig::builder()
        .with_bind_socket(socket.into())
        .with_custom_tls_and_transport(build_default_tls_config(identity), transport())
        .build();
    let endpoint = Endpoint::server(config)?;
    println!("{}", json!({ "port": endpoint.local_addr()?.port(), "certificateHash": hash }));
    tokio::spawn(async move {
        loop {
            tokio::spawn(serve(endpoint.accept().await));
        }
    });
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}

/// The limits are those that the bridge has by default.
fn transport() -> QuicTransportConfig {
    let mut transport = QuicTransportConfig::default();
    transport
        .max_concurrent_bidi_streams(1024_u32.into())
        .stream_receive_window((2_u32 << 20).into())
        .receive_window((64_u32 << 20).into())
        .send_window(512 << 10)
        .keep_alive_interval(Some(Duration::from_secs(5)));
    transport
}

async fn serve(incoming: IncomingSession) -> Result<(), Failure> {
    let session = incoming.await?.accept().await?;
    loop {
        let (send, receive) = session.accept_bi().await?;
        tokio::spawn(echo(receive, send));
    }
}

async fn echo(mut receive: RecvStream, mut send: SendStream) -> Result<(), Failure> {
    let mut buffer = vec![0; BUFFER];
    while let Some(read) = receive.read(&mut buffer).await? {
        send.write_all(&buffer[..read]).await?;
    }
    send.finish().await?;
    Ok(())
}
