#!/usr/bin/env bash
# The documentation of the package's types and of the crates, any warning fails. What is given is for TypeDoc:
# `--emit none` only checks.
set -euo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
# shellcheck source=scripts/env.sh
. scripts/env.sh

export RUSTDOCFLAGS=-Dwarnings
cargo doc --quiet --no-deps --workspace --all-features
# The bindings, which are for this target only; their comments are also checked where it can't be documented.
if clippy_has_wasm; then cargo doc --quiet --no-deps --lib --target wasm32-unknown-unknown; fi
scripts/compilers/node_modules/.bin/typedoc --logLevel Warn "$@"
