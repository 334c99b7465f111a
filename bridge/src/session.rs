//! One WebTransport session: its request, its streams, its end.

use crate::admission::{Admission, Refusal};
use crate::connector::Connector;
use crate::quic::allowed_streams;
use crate::relay::{Broken, PeerStream, relay};
use crate::reset::ResetCode;
use crate::target::Target;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{Instrument, Span, debug, debug_span, info, warn};
use wtransport::endpoint::{IncomingSession, SessionRequest};
use wtransport::{Connection, VarInt};

/// How long a peer may take from its first datagram to its session request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a peer that has been refused may take to close the connection by itself.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a session without a target may stay open.
const GREETING_TIMEOUT: Duration = Duration::from_secs(5);

/// H3_NO_ERROR: an orderly end.
pub(crate) const NO_ERROR: VarInt = VarInt::from_u32(0x100);

/// What all sessions share.
pub(crate) struct Shared {
    pub(crate) admission: Admission,
    pub(crate) connector: Connector,
    pub(crate) max_streams: usize,
    /// One permit for each session that may still be opened.
    pub(crate) sessions: Semaphore,
    /// Turns true when the bridge shuts down.
    pub(crate) draining: watch::Receiver<bool>,
}

/// Sees a session through, from the peer's first datagram to its end.
pub(crate) async fn serve(incoming: IncomingSession, shared: Arc<Shared>) {
    let peer = incoming.remote_address();
    let request = match timeout(REQUEST_TIMEOUT, incoming).await {
        Ok(Ok(request)) => request,
        Ok(Err(error)) => return debug!(%peer, "no session: {error}"),
        Err(_) => {
            return debug!(%peer, "no session: the peer sent no request in {REQUEST_TIMEOUT:?}");
        }
    };
    if shared.admission.greets(request.path(), request.origin()) {
        debug!(%peer, "greeted");
        return greet(request).await;
    }
    let admitted = if *shared.draining.borrow() {
        Err(Refusal::ShuttingDown)
    } else {
        let target = shared.admission.admit(request.path(), request.origin());
        target.and_then(|target| match shared.sessions.try_acquire() {
            Ok(permit) => Ok((target, permit)),
            Err(_) => Err(Refusal::TooManySessions),
        })
    };
    let (target, _permit) = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => {
            warn!(%peer, path = request.path(), origin = request.origin(), "refused with {}: {refusal}", refusal.status());
            return refuse(request, refusal).await;
        }
    };
    match request.accept().await {
        Ok(connection) => {
            info!(%peer, %target, "session opened");
            carry_streams(&connection, &Arc::new(target), &shared).await;
            info!(%peer, "session ended");
        }
        Err(error) => debug!(%peer, "no session: {error}"),
    }
}

/// Accepts a session without a target. Its streams are not taken.
async fn greet(request: SessionRequest) {
    if let Ok(connection) = request.accept().await {
        let _ = timeout(GREETING_TIMEOUT, connection.closed()).await;
    }
}

async fn refuse(request: SessionRequest, refusal: Refusal) {
    let answer = async {
        match refusal.status() {
            403 => request.forbidden().await,
            404 => request.not_found().await,
            429 => request.too_many_requests().await,
            // There is no method for other statuses, but a header of this name takes the place of the 200.
            status => {
                if let Ok(connection) =
                    request.accept_with_headers([(":status", status.to_string())]).await
                {
                    connection.closed().await;
                }
            }
        }
    };
    // A peer that does not close gets the connection closed under it.
    let _ = timeout(REFUSAL_TIMEOUT, answer).await;
}

async fn carry_streams(connection: &Connection, target: &Arc<Target>, shared: &Arc<Shared>) {
    let mut draining = shared.draining.clone();
    let mut relays = JoinSet::new();
    let mut allowed = allowed_streams(0, shared.max_streams);
    loop {
        let is_draining = *draining.borrow_and_update();
        if is_draining && relays.is_empty() {
            return connection.close(NO_ERROR, b"the bridge is shutting down");
        }
        tokio::select! {
            biased;
            Some(ended) = relays.join_next() => {
                if let Err(error) = ended {
                    warn!("a relay failed: {error}");
                }
            }
            // The sender outlives the sessions.
            _ = draining.changed() => {}
            stream = connection.accept_bi() => {
                let Ok(stream) = stream else { break };
                let span = debug_span!("stream", id = %stream.0.id());
                let peer = PeerStream::new(stream);
                if is_draining {
                    peer.reset(ResetCode::ShuttingDown);
                } else if relays.len() >= shared.max_streams {
                    warn!("a stream was reset: the session has {} open", relays.len());
                    peer.reset(ResetCode::Limit);
                } else {
                    relays.spawn(carry_stream(peer, Arc::clone(target), Arc::clone(shared)).instrument(span));
                    let wanted = allowed_streams(relays.len(), shared.max_streams);
                    if wanted > allowed {
                        allowed = wanted;
                        connection.quic_connection().set_max_concurrent_bi_streams(allowed);
                    }
                }
            }
            stream = connection.accept_uni() => {
                let Ok(stream) = stream else { break };
                // A connection to a target has two directions.
                stream.stop(ResetCode::Limit.to_http3());
            }
        }
    }
    // The relays see that the session is gone and reset their targets.
    while relays.join_next().await.is_some() {}
}

async fn carry_stream(peer: PeerStream, target: Arc<Target>, shared: Arc<Shared>) {
    let connected = tokio::select! {
        connected = shared.connector.connect(&target) => connected,
        () = peer.abandoned() => return peer.reset(ResetCode::Aborted),
    };
    let target_stream = match connected {
        Ok(stream) => stream,
        Err(error) => {
            Span::current().in_scope(|| info!(%target, "no connection: {error}"));
            return peer.reset(error.reset_code());
        }
    };
    match relay(peer, target_stream).await {
        Ok(carried) => debug!(to_target = carried.to_target, to_peer = carried.to_peer, "ended"),
        Err(Broken::Peer) => debug!("aborted by the peer"),
        Err(Broken::Session) => debug!("ended with its session"),
        Err(Broken::Target(error)) => debug!("the connection to the target broke: {error}"),
    }
}
