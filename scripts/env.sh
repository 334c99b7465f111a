# Sourced by the scripts: puts the project's own tools first on PATH. Expects ROOT to be the project's folder.
TOOLS=$ROOT/.tools
export PATH="$TOOLS/bin:$ROOT/node_modules/.bin:$PATH"

# Runs a command with the compiler that has the wasm32 target first on PATH.
with_wasm_rust() {
  if [ -x "$TOOLS/wasm-rust/bin/rustc" ]; then
    env PATH="$TOOLS/wasm-rust/bin:$PATH" RUSTC="$TOOLS/wasm-rust/bin/rustc" "$@"
  else
    "$@"
  fi
}
