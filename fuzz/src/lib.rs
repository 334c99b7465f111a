//! What the fuzz targets do with their bytes. It stands apart from libFuzzer so that `tests/corpus.rs`
//! can replay the corpus with it.
//!
//! A target's function takes any bytes and panics if what must hold does not.

pub mod compressed;
pub mod cuts;
pub mod decoder;
pub mod deflate_pair;
pub mod inflater;
pub mod operations;
pub mod upgrade;

// The harnesses of the native tests, of which the targets need a part.
#[allow(dead_code, reason = "the native tests use the rest")]
#[path = "../../tests/session/driver.rs"]
mod driver;
#[allow(dead_code, reason = "the native tests use the rest")]
#[path = "../../tests/session/pair.rs"]
mod pair;
#[path = "../../tests/session/scenario.rs"]
mod scenario;
#[allow(dead_code, reason = "the native tests use the rest")]
#[path = "../../tests/protocol/support.rs"]
mod support;

/// A target.
pub type Target = fn(&[u8]);

/// All targets by their names, which are those of their folders in the corpus too.
pub const TARGETS: [(&str, Target); 6] = [
    ("decoder", decoder::decoder),
    ("deflate_pair", deflate_pair::deflate_pair),
    ("inflater", inflater::inflater),
    ("operations", operations::operations),
    ("upgrade_client", upgrade::client),
    ("upgrade_server", upgrade::server),
];
