#!/usr/bin/env bash
# Builds the core and permessage-deflate to wasm, a module each, and their raw bindings into
# pkg-template/src/generated/.
set -euo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
# shellcheck source=scripts/env.sh
. scripts/env.sh

OUT=pkg-template/src/generated
TARGET=${CARGO_TARGET_DIR:-target}
FEATURES=(--enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int
  --enable-reference-types --enable-sign-ext --enable-mutable-globals --enable-multivalue)

# What the compiler is told beside .cargo/config.toml: the paths of this machine stay out of the modules.
PATHS="\"--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates\""

# One module: its features, its name in OUT, its profile, and what blank.mjs is told. Each has a profile,
# hence a folder, of its own, since cargo calls both by the name of the crate. It is built as a module
# alone: beside a library for Rust, the optimiser would keep what only that would need. The lowest KiB of
# its memory is the end of a stack of 1 MiB, where no address is computed from a constant.
build() {
  local features=$1 name=$2 profile=$3 unread=("${@:4}")
  local wasm=$TARGET/wasm32-unknown-unknown/$profile/framewire.wasm
  with_wasm_rust cargo rustc --quiet --profile "$profile" --lib --crate-type cdylib \
    --target wasm32-unknown-unknown --no-default-features --features "$features" \
    --config "target.wasm32-unknown-unknown.rustflags=[$PATHS]"
  if [ "$OUT/${name}_bg.wasm" -nt "$wasm" ]; then return; fi
  wasm-bindgen --target web --out-dir "$OUT" --out-name "$name" "$wasm"
  node scripts/blank.mjs "$OUT/${name}_bg.wasm" "${unread[@]}"
  wasm-opt -O3 --low-memory-unused --strip-debug --strip-producers --strip-target-features "${FEATURES[@]}" \
    "$OUT/${name}_bg.wasm" -o "$OUT/${name}_bg.wasm"
  # The names of the core alone: it is loaded first, and with every page.
  if [ "$name" = framewire ]; then node scripts/shorten.mjs "$OUT" "$name"; fi
}

mkdir -p "$OUT"
build session,bare framewire wasm
build deflate deflate wasm-deflate crc
