//! The layers, from the sources' text: each names only the one beneath it, and no file is long.

use std::fs;
use std::path::{Path, PathBuf};

/// What the protocol must not name: the layers above, and clocks, sockets and JavaScript.
const ABOVE_PROTOCOL: &[&str] =
    &["crate::session", "crate::bindings", "std::time", "std::net", "std::io", "std::fs"];
/// What the session must not name.
const ABOVE_SESSION: &[&str] = &["crate::bindings", "std::time", "std::net", "std::io", "std::fs"];
/// What only the bindings may name.
const JAVASCRIPT: &[&str] = &["wasm_bindgen", "js_sys", "web_sys", "serde_wasm_bindgen"];

/// What wasm-bindgen writes, as it stands in an import.
const GENERATED: &[&str] = &["generated/", "framewire_bg", "/core/framewire"];

const SOURCES: &[&str] = &["rs", "ts", "mts", "cts", "js", "mjs", "cjs", "sh", "html", "css"];
const LONGEST: usize = 400;

/// Folders of code that is built or fetched.
const FOREIGN: &[&str] = &["node_modules", "target", "dist", "pkg", "generated"];

/// The sources under `folder` with their text; none if it is not there.
fn sources(folder: &str, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a folder that can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_dir() {
                if !FOREIGN.contains(&name) && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
                let text = fs::read_to_string(&path).expect("a source in UTF-8");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

#[track_caller]
fn assert_names_none(folder: &str, words: &[&str]) {
    let sources = sources(folder, &["rs"]);
    assert!(!sources.is_empty(), "{folder} has no sources");
    for (path, text) in sources {
        for word in words {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn the_protocol_names_nothing_of_the_layers_above() {
    assert_names_none("src/protocol", ABOVE_PROTOCOL);
    assert_names_none("src/protocol", JAVASCRIPT);
}

#[test]
fn no_file_of_a_layer_reaches_over_its_root() {
    // From a file right in the layer's folder `super` is the layer, from one a folder deeper
    // `super::super` is; a `mod.rs` is its folder.
    for folder in ["src/protocol", "src/session"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for (path, text) in sources(folder, &["rs"]) {
            let depth = path.strip_prefix(&root).map_or(1, |path| path.components().count());
            let is_folder = path.ends_with("mod.rs");
            let over = "super::".repeat(if is_folder { depth } else { depth + 1 });
            assert!(!text.contains(&over), "{} reaches over {folder}", path.display());
        }
    }
}

#[test]
fn the_session_names_nothing_of_the_bindings_and_of_javascript() {
    assert_names_none("src/session", ABOVE_SESSION);
    assert_names_none("src/session", JAVASCRIPT);
}

#[test]
fn the_bridge_names_nothing_of_the_session_it_carries() {
    let words = ["framewire::", "sec-websocket", "Sec-WebSocket", "tungstenite"];
    assert_names_none("bridge/src", &words);
}

#[test]
fn one_typescript_file_imports_each_generated_module() {
    let sources = sources("pkg-template/src", &["ts", "mts", "cts"]);
    if sources.is_empty() {
        return;
    }
    let imports_generated = |text: &str| {
        let mut lines = text.lines().filter(|line| {
            line.contains(" from ") || line.contains("import(") || line.starts_with("import ")
        });
        lines.any(|line| GENERATED.iter().any(|generated| line.contains(generated)))
    };
    let mut importers: Vec<PathBuf> = sources
        .into_iter()
        .filter(|(_, text)| imports_generated(text))
        .map(|(path, _)| path)
        .collect();
    importers.sort();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("pkg-template/src");
    assert_eq!(importers, ["core.ts", "deflate/module.ts"].map(|file| root.join(file)));
}

#[test]
fn unsafe_code_is_in_the_bindings_only() {
    let bindings = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bindings");
    for folder in ["src", "bridge/src"] {
        for (path, text) in sources(folder, &["rs"]) {
            let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
            let is_word = |byte: char| byte.is_alphanumeric() || byte == '_';
            let found = code
                .flat_map(|line| line.split(|byte| !is_word(byte)))
                .any(|word| word == "unsafe");
            assert!(!found || path.starts_with(&bindings), "{} has unsafe code", path.display());
        }
    }
}

#[test]
fn no_file_is_over_400_lines() {
    let folders = [
        "src",
        "bridge/src",
        "bridge/tests",
        "pkg-template",
        "www",
        "tests",
        "scripts",
        "benches",
        "fuzz",
    ];
    for (path, text) in folders.iter().flat_map(|folder| sources(folder, SOURCES)) {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines", path.display());
    }
}
