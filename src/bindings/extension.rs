//! Extensions as they cross the boundary.
//!
//! A list of them is flat: for each its name, the number of its parameters, and for each of these its
//! name and its value. An empty value is none, since a value is a token.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wasm_bindgen::JsError;

use crate::protocol::handshake::Extension;

/// Reads a flat list.
///
/// # Errors
/// A name or value that is not a token.
pub(super) fn unflatten(flat: Vec<String>) -> Result<Vec<Extension>, JsError> {
    let mut items = flat.into_iter();
    let mut list = Vec::new();
    while let Some(name) = items.next() {
        let mut extension = Extension::new(&name)?;
        let count = items.next().and_then(|count| count.parse().ok()).unwrap_or(0);
        for _ in 0..count {
            let (name, value) = (items.next().unwrap_or_default(), items.next());
            let value = value.filter(|value| !value.is_empty());
            extension = extension.with_param(&name, value.as_deref())?;
        }
        list.push(extension);
    }
    Ok(list)
}

/// Writes a flat list.
pub(super) fn flatten(list: &[Extension]) -> Vec<String> {
    let mut flat = Vec::new();
    for extension in list {
        flat.push(extension.name().to_owned());
        flat.push(extension.params().len().to_string());
        for (name, value) in extension.params() {
            flat.push(name.to_owned());
            flat.push(value.unwrap_or_default().to_owned());
        }
    }
    flat
}
