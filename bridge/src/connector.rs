//! Connections to targets.

use crate::certificate::{CertificateError, read_certificates};
use crate::reset::ResetCode;
use crate::target::{Host, Target};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tracing::warn;

/// Makes connections to targets.
pub struct Connector {
    timeout: Duration,
    tls: TlsConnector,
}

impl Connector {
    /// A connector that gives up after `timeout` and trusts the system's certificates and those of the PEM files.
    ///
    /// # Errors
    ///
    /// If one of the files can't be read. System certificates that can't be read are logged and left out.
    pub fn new(timeout: Duration, authorities: &[PathBuf]) -> Result<Self, CertificateError> {
        let mut roots = RootCertStore::empty();
        let native = rustls_native_certs::load_native_certs();
        for error in native.errors {
            warn!("some of the system's certificates can't be used: {error}");
        }
        roots.add_parsable_certificates(native.certs);
        for path in authorities {
            for certificate in read_certificates(path)? {
                roots.add(certificate).map_err(CertificateError::Mismatch)?;
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider supports the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { timeout, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Connects to the target: resolves its name, tries the addresses in turn, and does the TLS handshake if it is to.
    ///
    /// # Errors
    ///
    /// Why there is no connection; if there were several addresses, why not to the last.
    pub async fn connect(&self, target: &Target) -> Result<TargetStream, ConnectError> {
        timeout(self.timeout, self.connect_untimed(target))
            .await
            .unwrap_or(Err(ConnectError::Timeout(self.timeout)))
    }

    async fn connect_untimed(&self, target: &Target) -> Result<TargetStream, ConnectError> {
        let tcp = connect_tcp(&resolve(target).await?).await?;
        // Frames are small and each write is all there is to send: waiting for more only adds latency. It fails only on a
        // connection that is gone already, which the first read will say better.
        let _ = tcp.set_nodelay(true);
        if !target.tls {
            return Ok(TargetStream::Tcp(tcp));
        }
        let stream =
            self.tls.connect(server_name(&target.host)?, tcp).await.map_err(ConnectError::Tls)?;
        Ok(TargetStream::Tls(Box::new(stream)))
    }
}

/// A connection to a target.
#[derive(Debug)]
pub enum TargetStream {
    /// Bytes go as they are.
    Tcp(TcpStream),
    /// The bridge is the TLS client.
    Tls(Box<TlsStream<TcpStream>>),
}

impl TargetStream {
    /// Ends the connection so that the target sees a reset instead of an orderly end.
    pub fn abort(self) {
        let tcp = match &self {
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        };
        // It fails only on a connection that is gone already.
        let _ = tcp.set_zero_linger();
    }
}

impl AsyncRead for TargetStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => match Pin::new(stream).poll_read(cx, buffer) {
                // Many servers end TCP without TLS's own farewell. The bytes before it count, and whoever needs to tell
                // an end from a cut has that in the protocol inside.
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Poll::Ready(Ok(()))
                }
                other => other,
            },
        }
    }
}

impl AsyncWrite for TargetStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buffer),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// Why there is no connection to a target.
#[derive(Debug)]
pub enum ConnectError {
    /// Nothing listens on the port.
    Refused,
    /// The target accepted the connection and broke it at once.
    Reset,
    /// There was no answer in this time.
    Timeout(Duration),
    /// The name has no address.
    Unresolved(io::Error),
    /// The TLS handshake failed.
    Tls(io::Error),
    /// The address can't be reached, or the system could not make the connection.
    Unreachable(io::Error),
}

impl ConnectError {
    /// The code to reset the stream with.
    pub fn reset_code(&self) -> ResetCode {
        match self {
            Self::Refused => ResetCode::TargetRefused,
            Self::Reset => ResetCode::TargetReset,
            Self::Timeout(_) => ResetCode::TargetTimeout,
            Self::Unresolved(_) => ResetCode::TargetUnresolved,
            Self::Tls(_) => ResetCode::TargetTls,
            Self::Unreachable(_) => ResetCode::TargetUnreachable,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("the target refused the connection"),
            Self::Reset => f.write_str("the target broke the connection at once"),
            Self::Timeout(timeout) => write!(f, "the target did not answer within {timeout:?}"),
            Self::Unresolved(error) => write!(f, "the target's name does not resolve: {error}"),
            Self::Tls(error) => write!(f, "the TLS handshake with the target failed: {error}"),
            Self::Unreachable(error) => write!(f, "the target can't be reached: {error}"),
        }
    }
}

impl std::error::Error for ConnectError {}

async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, ConnectError> {
    let port = target.port.get();
    match &target.host {
        Host::Address(address) => Ok(vec![SocketAddr::new(*address, port)]),
        Host::Name(name) => Ok(lookup_host((name.as_str(), port))
            .await
            .map_err(ConnectError::Unresolved)?
            .collect()),
    }
}

async fn connect_tcp(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut last =
        ConnectError::Unresolved(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                last = match error.kind() {
                    io::ErrorKind::ConnectionRefused => ConnectError::Refused,
                    io::ErrorKind::ConnectionReset => ConnectError::Reset,
                    _ => ConnectError::Unreachable(error),
                }
            }
        }
    }
    Err(last)
}

fn server_name(host: &Host) -> Result<ServerName<'static>, ConnectError> {
    match host {
        Host::Address(address) => Ok(ServerName::from(*address)),
        Host::Name(name) => ServerName::try_from(name.clone())
            .map_err(|error| ConnectError::Tls(io::Error::new(io::ErrorKind::InvalidInput, error))),
    }
}
