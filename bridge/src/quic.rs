//! The QUIC side of the endpoint: its socket and its transport parameters.

use crate::config::Config;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use wtransport::config::QuicTransportConfig;
use wtransport::quinn::{IdleTimeout, VarInt};

/// What the system is asked to hold of datagrams not yet read or sent. It may grant less.
const SOCKET_BUFFER: usize = 4 << 20;

/// Streams a peer may open beyond `--max-streams`: the request's own, and some that are told [`Limit`] instead of waiting
/// for credit without a word.
///
/// [`Limit`]: crate::ResetCode::Limit
const SPARE_STREAMS: u32 = 64;

/// HTTP/3 takes three from each side; a few more in case the peer greases. The bridge refuses those of sessions.
const UNIDIRECTIONAL_STREAMS: u32 = 16;

/// Binds the UDP socket.
pub(crate) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // The defaults hold a millisecond of a fast sender's datagrams, and what does not fit is lost.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// The transport parameters that follow from the options.
pub(crate) fn transport(config: &Config) -> QuicTransportConfig {
    let mut transport = QuicTransportConfig::default();
    let idle_timeout =
        IdleTimeout::try_from(config.idle_timeout).expect("options hold at most a day");
    transport
        .max_concurrent_bidi_streams((config.max_streams + SPARE_STREAMS).into())
        .max_concurrent_uni_streams(UNIDIRECTIONAL_STREAMS.into())
        .stream_receive_window(config.stream_window.into())
        .receive_window(VarInt::from_u32(config.session_window))
        .send_window(config.send_window.into())
        .max_idle_timeout(Some(idle_timeout))
        .keep_alive_interval(
            Some(config.keep_alive).filter(|interval| *interval != Duration::ZERO),
        );
    transport
}
