#!/usr/bin/env bash
# Formatting, lints and types, of everything: any warning fails.
set -euo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
# shellcheck source=scripts/env.sh
. scripts/env.sh

cargo fmt --all --check
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo clippy --quiet --workspace --all-targets --all-features -- -D warnings
for feature in session deflate; do
  wasm=(--quiet --lib --target wasm32-unknown-unknown --no-default-features --features "$feature")
  if clippy_has_wasm; then
    cargo clippy "${wasm[@]}" -- -D warnings
  else
    RUSTFLAGS="-Dwarnings $WASM_FEATURES" with_wasm_rust cargo check "${wasm[@]}"
  fi
done
scripts/docs.sh --emit none
biome check --error-on-warnings .
tsc -p .
echo "lint: clean"
