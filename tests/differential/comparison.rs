//! The comparison of our side with a peer's.

use super::frame::{Parts, hex, parts};
use super::ours;
use super::outcome::{Outcome, Verdict};
use super::setup::Setup;

/// Another implementation.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// What it makes of these chunks.
    pub(crate) read: fn(&Setup, &[Vec<u8>]) -> Outcome,
    /// How it is known to differ, the first that holds counts.
    pub(crate) differences: &'static [Difference],
}

/// A known difference.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// What the RFC says to it, and which of the two does it.
    pub(crate) rule: &'static str,
    /// Whether it is what makes the two outcomes differ, and all that does.
    pub(crate) holds: fn(&Case<'_>) -> bool,
}

/// A stream and what both sides made of it.
pub(crate) struct Case<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) setup: &'a Setup,
    pub(crate) stream: &'a [u8],
    pub(crate) ours: Outcome,
    pub(crate) theirs: Outcome,
}

/// How the two sides' outcomes relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Same,
    /// They differ as it is known.
    Known(&'static str),
    Unknown,
}

impl Case<'_> {
    /// Whether both say the same.
    pub(crate) fn is_same(&self) -> bool {
        let Self { ours, theirs, .. } = self;
        ours.said == theirs.said
            && ours.wrote == theirs.wrote
            && ours.verdict.agrees(theirs.verdict)
    }

    pub(crate) fn relation(&self) -> Relation {
        if self.is_same() {
            return Relation::Same;
        }
        let mut differences = self.peer.differences.iter();
        let known = differences.find(|difference| (difference.holds)(self));
        known.map_or(Relation::Unknown, |difference| Relation::Known(difference.name))
    }

    /// Whether the two agree on another stream, or differ there as it is known.
    pub(crate) fn agrees_with(&self, stream: &[u8], ours: Outcome, theirs: Outcome) -> bool {
        let Self { peer, setup, .. } = *self;
        Case { peer, setup, stream, ours, theirs }.relation() != Relation::Unknown
    }

    /// The stream taken apart.
    pub(crate) fn parts(&self) -> Parts {
        let most = usize::try_from(self.setup.limits.max_frame_size).unwrap();
        // A control frame may be of any limit, and a header has to be completed in any case.
        parts(self.stream, most + 14)
    }

    /// Whether we found a fault where they, having handed out the same, found none or another.
    pub(crate) fn is_our_fault_first(&self) -> bool {
        matches!(self.ours.verdict, Verdict::Fault(_))
            && self.theirs.said.starts_with(&self.ours.said)
    }
}

/// Compares the two sides on `stream`, cut as `chunks`.
pub(crate) fn compare<'a>(
    peer: &'a Peer,
    setup: &'a Setup,
    stream: &'a [u8],
    chunks: &[Vec<u8>],
) -> Case<'a> {
    let ours = ours::read(setup, chunks).0;
    let theirs = (peer.read)(setup, chunks);
    Case { peer, setup, stream, ours, theirs }
}

/// The case in words.
pub(crate) fn explain(case: &Case<'_>) -> String {
    format!(
        "{:?}\nstream {}\nours   {:?}\n{} {:?}",
        case.setup,
        hex(case.stream),
        case.ours,
        case.peer.name,
        case.theirs
    )
}
