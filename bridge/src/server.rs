//! The endpoint, from binding to the end of the last session.

use crate::admission::Admission;
use crate::allow::AllowList;
use crate::announcement::Announcement;
use crate::certificate::{CertificateError, Identity};
use crate::config::Config;
use crate::connector::Connector;
use crate::quic;
use crate::session::{self, NO_ERROR, Shared};
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tracing::{debug, error, info};
use wtransport::endpoint::IncomingSession;
use wtransport::endpoint::endpoint_side::Server as ServerSide;
use wtransport::{Endpoint, ServerConfig};

/// Connections that may be open beyond `--max-sessions`: those on the way to a session, or being told that there is none.
const SPARE_CONNECTIONS: usize = 256;

/// How long the last datagrams may take to be acknowledged at the end.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(1);

/// A bridge that listens.
pub struct Server {
    endpoint: Endpoint<ServerSide>,
    address: SocketAddr,
    certificate_hash: Option<String>,
    max_connections: usize,
    drain_timeout: Duration,
    draining: watch::Sender<bool>,
    shared: Arc<Shared>,
}

impl Server {
    /// Reads certificates and binds the socket. Peers can connect from here on, and are served by [`run`](Self::run).
    ///
    /// Must be called in a Tokio runtime.
    ///
    /// # Errors
    ///
    /// If a certificate can't be used or the address can't be listened on.
    pub fn bind(config: &Config) -> Result<Self, StartError> {
        let identity = match (&config.cert, &config.key) {
            (Some(cert), Some(key)) => Identity::from_pem_files(cert, key)?,
            _ => Identity::development(config.listen.ip()),
        };
        let certificate_hash = identity.development_hash().map(str::to_owned);
        let tls = identity.into_tls_config()?;
        let connector = Connector::new(config.connect_timeout, &config.tls_ca)?;

        let cannot_listen = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::AddressInUse(config.listen),
            _ => StartError::Listen(config.listen, error),
        };
        let socket = quic::bind(config.listen).map_err(cannot_listen)?;
        let endpoint = ServerConfig::builder()
            .with_bind_socket(socket)
            .with_custom_tls_and_transport(tls, quic::transport(config))
            .build();
        let endpoint = Endpoint::server(endpoint).map_err(cannot_listen)?;
        let address = endpoint.local_addr().map_err(cannot_listen)?;

        let max_sessions =
            usize::try_from(config.max_sessions).expect("options hold at most a million");
        let (draining, receiver) = watch::channel(false);
        let shared = Shared {
            admission: Admission::new(
                AllowList::new(config.allow.clone()),
                config.allow_origin.clone(),
            ),
            connector,
            max_streams: config.max_streams(),
            sessions: Semaphore::new(max_sessions),
            draining: receiver,
        };
        Ok(Self {
            endpoint,
            address,
            certificate_hash,
            max_connections: max_sessions + SPARE_CONNECTIONS,
            drain_timeout: config.drain_timeout,
            draining,
            shared: Arc::new(shared),
        })
    }

    /// Serves sessions until `shutdown` settles, then lets streams go on for the drain timeout, and closes what is left.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let mut sessions = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(ended) = sessions.join_next() => log_failure(ended),
                incoming = self.endpoint.accept() => self.take(incoming, &mut sessions),
            }
        }
        self.draining.send_replace(true);
        info!("shutting down, open sessions: {}", sessions.len());
        if timeout(self.drain_timeout, self.drain(&mut sessions)).await.is_err() {
            info!("closing sessions that are still open: {}", sessions.len());
        }
        self.endpoint.close(NO_ERROR, b"the bridge is shutting down");
        while let Some(ended) = sessions.join_next().await {
            log_failure(ended);
        }
        if timeout(FAREWELL_TIMEOUT, self.endpoint.wait_idle()).await.is_err() {
            debug!("not every peer has acknowledged the end");
        }
    }

    /// The address it listens on, with the port that was chosen if 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to tell about it: its URL and the hash of its development certificate.
    pub fn announcement(&self) -> Announcement {
        Announcement::new(self.address, self.certificate_hash.clone())
    }

    fn take(&self, incoming: IncomingSession, sessions: &mut JoinSet<()>) {
        if sessions.len() < self.max_connections {
            sessions.spawn(session::serve(incoming, Arc::clone(&self.shared)));
        } else {
            incoming.refuse();
        }
    }

    /// Refuses connections until the last session has ended.
    async fn drain(&self, sessions: &mut JoinSet<()>) {
        loop {
            tokio::select! {
                ended = sessions.join_next() => match ended {
                    Some(ended) => log_failure(ended),
                    None => return,
                },
                incoming = self.endpoint.accept() => incoming.refuse(),
            }
        }
    }
}

/// Why the bridge could not start.
#[derive(Debug)]
pub enum StartError {
    /// Another program listens on that address and port.
    AddressInUse(SocketAddr),
    /// The address can't be listened on for another reason.
    Listen(SocketAddr, io::Error),
    /// A certificate or key can't be used.
    Certificate(CertificateError),
    /// The info file can't be written.
    InfoFile(PathBuf, io::Error),
}

impl From<CertificateError> for StartError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddressInUse(address) => {
                write!(
                    f,
                    "cannot listen on {address}: the UDP port is taken by another program, choose one with --listen"
                )
            }
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Certificate(error) => error.fmt(f),
            Self::InfoFile(path, error) => {
                write!(f, "cannot write the info file {}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for StartError {}

fn log_failure(ended: Result<(), JoinError>) {
    if let Err(failure) = ended {
        error!("a session failed: {failure}");
    }
}
