//! Two sessions over a simulated wire with a simulated clock.

use std::collections::VecDeque;

use framewire::protocol::Role;
use framewire::session::Options;

use super::driver::Driver;

/// Bytes one way, at any moment: those written and not yet read.
#[derive(Default)]
pub(crate) struct Way {
    pub(crate) bytes: VecDeque<u8>,
    /// What the writer's transport was given and has not accepted is among them already.
    pub(crate) ahead: bool,
    /// The writer's transport accepts nothing.
    pub(crate) stalled: bool,
    /// The writer's side has ended; the reader is told once it has read everything.
    pub(crate) ended: bool,
    told: bool,
}

/// A client and a server, the wire between them and one clock.
pub(crate) struct Pair {
    pub(crate) client: Driver,
    pub(crate) server: Driver,
    pub(crate) to_server: Way,
    pub(crate) to_client: Way,
    /// How many bytes the wire delivers at once.
    pub(crate) chunk: usize,
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A pair with these changes to both sides' defaults.
    pub(crate) fn with(change: impl Fn(&mut Options)) -> Self {
        let end = |role| {
            let mut options = Options::new(role);
            change(&mut options);
            Driver::new(&options)
        };
        Self {
            client: end(Role::Client),
            server: end(Role::Server),
            to_server: Way::default(),
            to_client: Way::default(),
            chunk: 4096,
        }
    }

    /// Moves bytes until nothing moves. Time stands still.
    pub(crate) fn run(&mut self) {
        loop {
            let mut moved = write(&mut self.client, &mut self.to_server);
            moved |= write(&mut self.server, &mut self.to_client);
            moved |= read(&mut self.server, &mut self.to_server, self.chunk);
            moved |= read(&mut self.client, &mut self.to_client, self.chunk);
            if !moved {
                return;
            }
        }
    }

    /// Lets time pass up to `until`, from deadline to deadline.
    pub(crate) fn run_until(&mut self, until: f64) {
        self.run();
        loop {
            let deadlines = [self.client.deadline(), self.server.deadline()];
            let next = deadlines.into_iter().flatten().fold(until, f64::min);
            self.client.at(next);
            self.server.at(next);
            self.run();
            if next >= until {
                return;
            }
        }
    }

    /// The wire is cut: both ends read what is under way and then the end of the stream.
    pub(crate) fn cut(&mut self) {
        self.to_server.ended = true;
        self.to_client.ended = true;
    }
}

/// Writes all there is. An end that is over closes its transport.
pub(crate) fn write(from: &mut Driver, way: &mut Way) -> bool {
    way.ended |= from.session.is_closed();
    if way.stalled {
        return false;
    }
    // What was under way when the transport stalled goes on now.
    let resumed = from.resume();
    let ahead = core::mem::take(&mut way.ahead);
    let mut moved = resumed.is_some();
    if !ahead && !way.ended {
        way.bytes.extend(resumed.into_iter().flatten());
    }
    while let Some(bytes) = from.write() {
        moved = true;
        if !way.ended {
            way.bytes.extend(bytes);
        }
    }
    moved
}

/// Reads one chunk, or the end of the stream once everything before it was read or no longer
/// matters.
pub(crate) fn read(to: &mut Driver, way: &mut Way, chunk: usize) -> bool {
    if !to.session.wants_read() && !to.session.is_open() {
        way.bytes.clear();
    }
    if to.session.wants_read() && !way.bytes.is_empty() {
        let count = way.bytes.len().min(chunk);
        let bytes: Vec<u8> = way.bytes.drain(..count).collect();
        to.receive(&bytes);
        return true;
    }
    if way.ended && way.bytes.is_empty() && !way.told {
        way.told = true;
        to.receive_end();
        return true;
    }
    false
}
