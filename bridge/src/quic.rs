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

/// What a session may open at first, besides the spare ones.
///
/// QUIC keeps room for every stream that a peer is allowed, whether it opens it or not: some 70 bytes, which for a thousand
/// streams is as much as all else of an idle session. So what a session is allowed grows with what it has open.
const FIRST_STREAMS: usize = 64;

/// HTTP/3 takes three from each side; a few more in case the peer greases. The bridge refuses those of sessions.
const UNIDIRECTIONAL_STREAMS: u32 = 16;

/// What is held of datagrams. Nobody reads them, but a WebTransport session can't be had without: the oldest are dropped.
const DATAGRAM_BUFFER: usize = 16 << 10;

/// Binds the UDP socket.
pub(crate) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // The defaults hold a millisecond of a fast sender's datagrams, and what does not fit is lost.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// How many streams a session may have open at a time, as QUIC tells its peer, when it has `open` of the `most` it may get:
/// always more than that, so that a peer with many to open need not wait for each.
pub(crate) fn allowed_streams(open: usize, most: usize) -> VarInt {
    let granted = (2 * open).next_power_of_two().max(FIRST_STREAMS).min(most);
    let granted = u32::try_from(granted).expect("options hold at most a million");
    VarInt::from_u32(granted + SPARE_STREAMS)
}

/// The transport parameters that follow from the options.
pub(crate) fn transport(config: &Config) -> QuicTransportConfig {
    let mut transport = QuicTransportConfig::default();
    let idle_timeout =
        IdleTimeout::try_from(config.idle_timeout).expect("options hold at most a day");
    transport
        .max_concurrent_bidi_streams(allowed_streams(0, config.max_streams()))
        .max_concurrent_uni_streams(UNIDIRECTIONAL_STREAMS.into())
        .stream_receive_window(config.stream_window.into())
        .receive_window(VarInt::from_u32(config.session_window))
        .send_window(config.send_window.into())
        .datagram_receive_buffer_size(Some(DATAGRAM_BUFFER))
        .max_idle_timeout(Some(idle_timeout))
        .keep_alive_interval(
            Some(config.keep_alive).filter(|interval| *interval != Duration::ZERO),
        );
    transport
}
