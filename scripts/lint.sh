#!/usr/bin/env bash
# Formatting, lints and types, of everything: any warning fails.
set -euo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
# shellcheck source=scripts/env.sh
. scripts/env.sh

cargo fmt --all --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo clippy --quiet --workspace --all-targets -- -D warnings
if clippy_has_wasm; then
  cargo clippy --quiet --lib --target wasm32-unknown-unknown -- -D warnings
else
  RUSTFLAGS="-Dwarnings $WASM_FEATURES" with_wasm_rust cargo check --quiet --lib --target wasm32-unknown-unknown
fi
scripts/docs.sh --emit none
biome check --error-on-warnings .
tsc -p .
echo "lint: clean"
