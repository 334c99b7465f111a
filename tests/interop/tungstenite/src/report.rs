//! What the tests are told, and bytes as they stand there.

use serde_json::Value;
use std::io::{self, Write};

/// Tells the tests something, as a line.
pub(crate) fn report(event: &Value) {
    let mut out = io::stdout().lock();
    // Nobody may be listening any more.
    let _ = writeln!(out, "{event}").and_then(|()| out.flush());
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes from hexadecimal digits; `None` for anything else.
pub(crate) fn unhex(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?;
    let pair = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}
