//! The corpus of the fuzz targets, replayed without libFuzzer.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

/// The names of what is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[track_caller]
fn replay(name: &str) {
    let (_, target) = fuzz::TARGETS.iter().find(|(target, _)| *target == name).unwrap();
    let corpus = folder("corpus").join(name);
    let inputs = names(&corpus);
    assert!(!inputs.is_empty(), "{} is empty", corpus.display());
    for input in inputs {
        let bytes = fs::read(corpus.join(&input)).unwrap();
        assert!(catch_unwind(|| target(&bytes)).is_ok(), "{name}/{input} fails");
    }
}

#[test]
fn decoder() {
    replay("decoder");
}

#[test]
fn deflate_pair() {
    replay("deflate_pair");
}

#[test]
fn inflater() {
    replay("inflater");
}

#[test]
fn operations() {
    replay("operations");
}

#[test]
fn upgrade_client() {
    replay("upgrade_client");
}

#[test]
fn upgrade_server() {
    replay("upgrade_server");
}

#[test]
fn each_target_has_a_corpus_and_a_program() {
    let targets = fuzz::TARGETS.map(|(name, _)| name);
    assert_eq!(names(&folder("corpus")), targets);
    assert_eq!(names(&folder("fuzz_targets")), targets.map(|name| format!("{name}.rs")));
}
