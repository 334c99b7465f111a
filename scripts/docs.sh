#!/usr/bin/env bash
# The documentation of the package's types and of the crates, any warning fails. What is given is for TypeDoc:
# `--emit none` only checks.
set -euo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
# shellcheck source=scripts/env.sh
. scripts/env.sh

RUSTDOCFLAGS=-Dwarnings cargo doc --quiet --no-deps --workspace
scripts/compilers/node_modules/.bin/typedoc --logLevel Warn "$@"
