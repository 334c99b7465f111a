#!/usr/bin/env bash
# Builds the core to wasm and its raw binding into pkg-template/src/generated/.
set -euo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
# shellcheck source=scripts/env.sh
. scripts/env.sh

OUT=pkg-template/src/generated
TARGET=${CARGO_TARGET_DIR:-target}
FEATURES=(--enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int
  --enable-reference-types --enable-sign-ext --enable-mutable-globals --enable-multivalue)

with_wasm_rust cargo build --quiet --profile wasm --lib --target wasm32-unknown-unknown
mkdir -p "$OUT"
wasm=$TARGET/wasm32-unknown-unknown/wasm/framewire.wasm
if [ "$OUT/framewire_bg.wasm" -nt "$wasm" ]; then exit 0; fi
wasm-bindgen --target web --out-dir "$OUT" --out-name framewire "$wasm"
wasm-opt -O3 --strip-debug --strip-producers "${FEATURES[@]}" "$OUT/framewire_bg.wasm" -o "$OUT/framewire_bg.wasm"
