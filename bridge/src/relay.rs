//! One stream and one connection, joined.

use crate::connector::TargetStream;
use crate::reset::ResetCode;
use bytes::Bytes;
use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf, split};
use wtransport::quinn::{ReadError, ResetError, StoppedError, WriteError};
use wtransport::{RecvStream, SendStream};

/// How many bytes are read at a time. The next read waits until these have been taken: this is what a relay holds in each
/// direction at most.
const BUFFER_SIZE: usize = 64 << 10;

thread_local! {
    /// What bytes pass through. All relays of a thread share it: so it stays in the processor's cache, and a relay that
    /// waits for bytes holds no memory for them.
    static PASSAGE: RefCell<Box<[u8]>> = RefCell::new(vec![0; BUFFER_SIZE].into());
}

/// A bidirectional stream that the peer opened.
#[derive(Debug)]
pub(crate) struct PeerStream {
    send: SendStream,
    receive: RecvStream,
}

impl PeerStream {
    pub(crate) fn new((send, receive): (SendStream, RecvStream)) -> Self {
        Self { send, receive }
    }

    /// Resets both directions.
    pub(crate) fn reset(mut self, code: ResetCode) {
        // It fails only for a direction that has ended already.
        let _ = self.send.reset(code.to_http3());
        self.receive.stop(code.to_http3());
    }

    /// Settles when the peer gives up reading from this stream or the session ends.
    pub(crate) fn abandoned(&self) -> impl Future<Output = ()> + use<> {
        let stopped = self.send.quic_stream().stopped();
        async move {
            // An error says that the session is gone.
            let _ = stopped.await;
        }
    }
}

/// Carries bytes both ways until both directions have ended, or until one breaks and takes the other with it.
///
/// An end of stream is passed on by itself: the other direction goes on until its own end.
///
/// # Errors
///
/// What broke. The connection to the target has then been reset, and the stream too, both ways.
pub(crate) async fn relay(mut peer: PeerStream, target: TargetStream) -> Result<Carried, Broken> {
    let (mut from_target, mut to_target) = split(target);
    let carried = tokio::try_join!(
        carry_to_target(&mut peer.receive, &mut to_target),
        carry_to_peer(&mut from_target, &mut peer.send)
    );
    match carried {
        Ok((to_target, to_peer)) => Ok(Carried { to_target, to_peer }),
        Err(broken) => {
            from_target.unsplit(to_target).abort();
            peer.reset(match broken {
                Broken::Peer | Broken::Session => ResetCode::Aborted,
                Broken::Target(_) => ResetCode::TargetReset,
            });
            Err(broken)
        }
    }
}

/// How many bytes a relay carried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carried {
    pub(crate) to_target: u64,
    pub(crate) to_peer: u64,
}

/// What broke a relay.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The peer reset its direction or stopped reading the other.
    Peer,
    /// The session ended.
    Session,
    /// The connection to the target failed.
    Target(io::Error),
}

impl From<ReadError> for Broken {
    fn from(error: ReadError) -> Self {
        if matches!(error, ReadError::Reset(_)) { Self::Peer } else { Self::Session }
    }
}

impl From<WriteError> for Broken {
    fn from(error: WriteError) -> Self {
        if matches!(error, WriteError::Stopped(_)) { Self::Peer } else { Self::Session }
    }
}

impl From<StoppedError> for Broken {
    fn from(_: StoppedError) -> Self {
        Self::Session
    }
}

async fn carry_to_target(
    receive: &mut RecvStream,
    target: &mut WriteHalf<TargetStream>,
) -> Result<u64, Broken> {
    let mut carried = 0;
    loop {
        let Passed { read, left } = poll_fn(|cx| {
            pass(
                cx,
                |cx, buffer| receive.quic_stream_mut().poll_read(cx, buffer).map_err(Broken::from),
                |cx, bytes| Pin::new(&mut *target).poll_write(cx, bytes).map_err(Broken::Target),
            )
        })
        .await?;
        if read == 0 {
            break;
        }
        let write = async {
            target.write_all(&left).await?;
            target.flush().await
        };
        tokio::select! {
            biased;
            written = write => written.map_err(Broken::Target)?,
            // A target that takes nothing must not keep the peer's abort from being seen.
            broken = aborted(receive) => return Err(broken),
        }
        carried += length(read);
    }
    target.shutdown().await.map_err(Broken::Target)?;
    Ok(carried)
}

async fn carry_to_peer(
    target: &mut ReadHalf<TargetStream>,
    send: &mut SendStream,
) -> Result<u64, Broken> {
    let mut carried = 0;
    let send = send.quic_stream_mut();
    let mut stopped = pin!(send.stopped());
    loop {
        let passed = poll_fn(|cx| {
            pass(
                cx,
                |cx, buffer| {
                    let mut buffer = ReadBuf::new(buffer);
                    let read = Pin::new(&mut *target).poll_read(cx, &mut buffer);
                    read.map_ok(|()| buffer.filled().len()).map_err(Broken::Target)
                },
                |cx, bytes| Pin::new(&mut *send).poll_write(cx, bytes).map_err(Broken::from),
            )
        });
        let Passed { read, left } = tokio::select! {
            biased;
            passed = passed => passed?,
            // Nothing is being written while the target is silent, so no write would say that the peer has gone.
            stopped = &mut stopped => return Err(stopped.map_or_else(Broken::from, |_| Broken::Peer)),
        };
        if read == 0 {
            break;
        }
        if !left.is_empty() {
            send.write_chunk(left).await?;
        }
        carried += length(read);
    }
    // It fails only if the peer has stopped reading, which the next line sees too.
    let _ = send.finish();
    // The session may end once its relays have: what was written must have arrived by then.
    stopped.await?;
    Ok(carried)
}

/// What went from one side to the other in one go.
struct Passed {
    /// How many bytes were read. Zero says that this direction has ended.
    read: usize,
    /// Those of them that the other side did not take at once.
    left: Bytes,
}

/// Reads what is there and writes what of it is taken at once.
fn pass(
    cx: &mut Context<'_>,
    read: impl FnOnce(&mut Context<'_>, &mut [u8]) -> Poll<Result<usize, Broken>>,
    write: impl FnOnce(&mut Context<'_>, &[u8]) -> Poll<Result<usize, Broken>>,
) -> Poll<Result<Passed, Broken>> {
    PASSAGE.with_borrow_mut(|buffer| {
        let read = ready!(read(cx, buffer))?;
        let written = match read {
            0 => Poll::Ready(Ok(0)),
            _ => write(cx, &buffer[..read]),
        };
        let written = if let Poll::Ready(written) = written { written? } else { 0 };
        let left = Bytes::copy_from_slice(&buffer[written..read]);
        Poll::Ready(Ok(Passed { read, left }))
    })
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a buffer is no longer than that")
}

/// Settles when the peer resets its direction or the session ends.
async fn aborted(receive: &mut RecvStream) -> Broken {
    match receive.quic_stream_mut().received_reset().await {
        Ok(Some(_)) => Broken::Peer,
        // All has been received: there is nothing left that the peer could abort.
        Ok(None) => pending().await,
        Err(ResetError::ConnectionLost(_) | ResetError::ZeroRttRejected) => Broken::Session,
    }
}
