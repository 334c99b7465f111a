//! Those who wait for a queue.

use alloc::collections::VecDeque;

use futures_channel::oneshot::{Receiver, Sender, channel};

/// Completes when what it waits for has happened; is cancelled if the session ended before.
pub type Waiter = Receiver<()>;

/// Waiters for a position in the outgoing stream, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiting: VecDeque<(u64, Sender<()>)>,
}

impl Waiters {
    /// A waiter for `position`. Positions must not go back from call to call.
    #[inline(never)]
    pub(super) fn add(&mut self, position: u64) -> Waiter {
        let (sender, receiver) = channel();
        self.waiting.push_back((position, sender));
        receiver
    }

    /// Completes those who wait for `position` or less.
    pub(super) fn complete(&mut self, position: u64) {
        while let Some((wanted, _)) = self.waiting.front() {
            if *wanted > position {
                return;
            }
            if let Some((_, sender)) = self.waiting.pop_front() {
                // A waiter that was dropped no longer wants to know.
                let _ = sender.send(());
            }
        }
    }
}

/// A waiter for what can no longer happen.
#[inline(never)]
pub(super) fn cancelled() -> Waiter {
    channel().1
}

/// A waiter that completes at once.
#[inline(never)]
pub(super) fn completed() -> Waiter {
    let (sender, receiver) = channel();
    let _ = sender.send(());
    receiver
}
