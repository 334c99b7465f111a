//! Both sides on random streams.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed, TestRunner};

use super::comparison::{Difference, Peer, Relation, compare, explain};
use super::deflated::deflated;
use super::known::TUNGSTENITE;
use super::known_deflate::YAWC;
use super::outcome::Verdict;
use super::stream::{Stream, stream};
use super::{ours, snapview};

/// How many streams are compared if the environment does not ask for more.
const STREAMS: u32 = 20_000;
/// So that the same streams are compared every time.
const SEED: u64 = 6455;

fn config(streams: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(SEED),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    ProptestConfig {
        cases: asked.cases.max(streams),
        rng_seed,
        // The default one takes most of the time where nothing is optimised.
        rng_algorithm: RngAlgorithm::XorShift,
        failure_persistence: None,
        ..asked
    }
}

/// Compares both sides on each stream; the counts say how often they related how.
#[track_caller]
fn compare_all(
    peer: &Peer,
    streams: &impl Strategy<Value = Stream>,
) -> BTreeMap<Option<&'static str>, u32> {
    let counts = RefCell::new(BTreeMap::new());
    let outcome = TestRunner::new(config(STREAMS)).run(streams, |stream| {
        let chunks = stream.chunks();
        let case = compare(peer, &stream.setup, &stream.bytes, &chunks);
        let relation = match case.relation() {
            Relation::Same => None,
            Relation::Known(name) => Some(name),
            Relation::Unknown => return Err(TestCaseError::fail(explain(&case))),
        };
        *counts.borrow_mut().entry(relation).or_default() += 1;
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    counts.into_inner()
}

#[track_caller]
fn assert_same_or_known(peer: &Peer, streams: &impl Strategy<Value = Stream>) {
    let counts = compare_all(peer, streams);
    let all: u32 = counts.values().sum();
    assert!(counts[&None] > all / 2, "too few streams mean the same: {counts:?}");
    for difference in peer.differences {
        let Difference { name, rule, .. } = difference;
        assert!(counts.contains_key(&Some(*name)), "no stream differs by {name:?} now: {rule}");
    }
}

#[test]
fn a_stream_means_the_same_to_tungstenite_or_differs_as_known() {
    assert_same_or_known(&TUNGSTENITE, &stream());
}

#[test]
fn a_compressed_stream_means_the_same_to_yawc_or_differs_as_known() {
    assert_same_or_known(&YAWC, &deflated());
}

#[test]
fn the_frames_are_those_that_tungstenite_finds() {
    let same_frames = |stream: Stream| {
        let (outcome, frames) = ours::read(&stream.setup, &stream.chunks());
        let mut theirs = snapview::frames(&stream.bytes);
        theirs.iter_mut().for_each(|frame| frame.masked = false);
        prop_assert!(theirs.starts_with(&frames), "{frames:?} are not of {theirs:?}");
        if outcome.verdict == Verdict::Waits {
            prop_assert_eq!(frames, theirs);
        }
        Ok(())
    };
    if let Err(error) = TestRunner::new(config(STREAMS / 4)).run(&stream(), same_frames) {
        panic!("{error}");
    }
}
