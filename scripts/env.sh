# Sourced by the scripts: puts the project's own tools first on PATH. Expects ROOT to be the project's folder.
TOOLS=$ROOT/.tools
export PATH="$TOOLS/bin:$ROOT/node_modules/.bin:$PATH"

# The version of a crate in the lock file; nothing if it is not there.
locked_version() {
  sed -n "/^name = \"$1\"\$/{n;s/^version = \"\(.*\)\"\$/\1/p;q}" "$ROOT/Cargo.lock"
}

# Runs a command with the compiler that has the wasm32 target first on PATH.
with_wasm_rust() {
  if [ -x "$TOOLS/wasm-rust/bin/rustc" ]; then
    env PATH="$TOOLS/wasm-rust/bin:$PATH" RUSTC="$TOOLS/wasm-rust/bin/rustc" "$@"
  else
    "$@"
  fi
}

# The features of wasm that are asked for, as in .cargo/config.toml.
WASM_FEATURES=$(sed -n 's/^rustflags = \["\(.*\)"\]$/\1/p' "$ROOT/.cargo/config.toml")

# Whether the clippy on PATH can check the wasm32 target too.
clippy_has_wasm() {
  [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]
}
