#!/usr/bin/env bash
# Sets a machine up for every other target. Idempotent: what is there already is left alone,
# so a second run takes seconds. Tools go to .tools/; only system packages leave the project's folder.
# "setup.sh fuzz" adds what only fuzzing needs.
set -euo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
TOOLS=$ROOT/.tools
# shellcheck source=scripts/env.sh
. scripts/env.sh
mkdir -p "$TOOLS/bin"

WASM_BINDGEN_VERSION=$(locked_version wasm-bindgen)
WASM_PACK_VERSION=0.15.1
GECKODRIVER_VERSION=0.37.1
CARGO_FUZZ_VERSION=0.13.2
started=$SECONDS

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Runs a step, keeping its output in a log that is shown only if the step fails.
step() {
  local title=$1 begin=$SECONDS log
  shift
  log=$(mktemp)
  say "$title …"
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail "$title: failed; the end of its output is above. If it says that a host cannot be reached: this needs the network."
  fi
  rm -f "$log"
  say "$title: $((SECONDS - begin)) s"
}

have() { command -v "$1" >/dev/null 2>&1; }

apt_updated=
apt_install() {
  have apt-get || fail "missing: $*. There is no apt-get here; install these and run 'make setup' again."
  local sudo=
  if [ "$(id -u)" != 0 ]; then
    have sudo || fail "missing: $*. Install them as root (apt-get install $*) and run 'make setup' again."
    sudo=sudo
  fi
  if [ -z "$apt_updated" ]; then
    step "apt-get update" $sudo apt-get update
    apt_updated=yes
  fi
  step "apt-get install $*" $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

require_base() {
  have cargo || fail "missing: cargo. Install Rust from rustup.rs, at least 1.91, and run 'make setup' again."
  have node || fail "missing: node. Install Node.js 20 or newer and run 'make setup' again."
  have npm || fail "missing: npm. It comes with Node.js 20 or newer."
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Node.js $(node --version) is too old: 20 or newer is needed."
  if ! have cc; then apt_install gcc libc6-dev; fi
}

# The wasm32 target: rustup's where rustup can fetch it, else a sysroot of our own
# made from Debian's compiler and its standard library's source.
wasm_target() {
  if wasm_target_works; then return; fi
  if have rustup && rustup target add wasm32-unknown-unknown >/dev/null 2>&1; then
    say "wasm32-unknown-unknown: added by rustup"
    return
  fi
  say "rustup cannot add wasm32-unknown-unknown here, so Debian's compiler and its sources are used"
  local lld
  if ! [ -x /usr/bin/rustc ] || ! [ -d /usr/lib/rustlib/x86_64-unknown-linux-gnu ] || [ -z "$(ls -d /usr/lib/llvm-*/bin/lld 2>/dev/null)" ] || ! [ -d /usr/src/rustc-"$(/usr/bin/rustc --version | cut -d' ' -f2)" ]; then
    apt_install rustc-web libstd-rust-web-dev rust-web-src cargo-web lld-22
  fi
  lld=$(ls -d /usr/lib/llvm-*/bin/lld | sort -V | tail -1)
  step "wasm32 standard library" build_wasm_std "$lld"
}

wasm_target_works() {
  if [ -x "$TOOLS/wasm-rust/bin/rustc" ]; then
    # The sysroot is made for one compiler: an upgrade of the system's makes it stale.
    [ "$(cat "$TOOLS/wasm-rust/version" 2>/dev/null)" = "$(/usr/bin/rustc --version 2>/dev/null)" ]
    return
  fi
  [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]
}

build_wasm_std() {
  local lld=$1 out=$TOOLS/wasm-rust work host
  host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
  work=$(mktemp -d)
  rm -rf "$out"
  mkdir -p "$work/src" "$out/bin" "$out/sysroot/lib/rustlib/$host/bin" "$out/sysroot/lib/rustlib/wasm32-unknown-unknown/lib"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >"$work/Cargo.toml"
  : >"$work/src/lib.rs"
  (cd "$work" && RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR=$work/target \
    /usr/bin/cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort,test) || return 1
  cp "$work"/target/wasm32-unknown-unknown/release/deps/*.rlib "$out/sysroot/lib/rustlib/wasm32-unknown-unknown/lib/"
  rm -f "$out/sysroot/lib/rustlib/wasm32-unknown-unknown/lib"/libempty-*.rlib
  ln -s "/usr/lib/rustlib/$host/lib" "$out/sysroot/lib/rustlib/$host/lib"
  ln -s "$lld" "$out/sysroot/lib/rustlib/$host/bin/rust-lld"
  printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot "%s" "$@"\n' "$out/sysroot" >"$out/bin/rustc"
  printf '#!/bin/sh\nRUSTC="%s" exec /usr/bin/cargo "$@"\n' "$out/bin/rustc" >"$out/bin/cargo"
  chmod +x "$out/bin/rustc" "$out/bin/cargo"
  /usr/bin/rustc --version >"$out/version"
  rm -rf "$work"
}

cargo_tool() {
  local name=$1 crate=$2 version=$3
  # An empty version would be found in whatever a missing program says.
  [ -n "$version" ] || fail "$crate: no version is known; it is expected in Cargo.lock or at the head of this script."
  case $("$TOOLS/bin/$name" --version 2>/dev/null) in *"$version"*) return ;; esac
  step "cargo install $crate $version" env CARGO_TARGET_DIR="$TOOLS/build" \
    cargo install --root "$TOOLS" --version "=$version" --force "$crate"
}

browsers() {
  local missing=()
  have chromium || have google-chrome || missing+=(chromium)
  have chromedriver || missing+=(chromium-driver)
  have firefox-esr || have firefox || missing+=(firefox-esr)
  if [ ${#missing[@]} -gt 0 ]; then apt_install "${missing[@]}"; fi
}

# Counts instructions, for the tests of that kind.
valgrind_tool() {
  if ! have valgrind; then apt_install valgrind; fi
}

# Node modules of a folder, as its lock file has them.
node_modules() {
  local want
  want=$(cd "$1" && cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
  if [ -f "$1/node_modules/.framewire-lock" ] && [ "$(cat "$1/node_modules/.framewire-lock")" = "$want" ]; then return; fi
  step "npm ci in $1" npm --prefix "$1" ci --no-fund --no-audit
  printf '%s\n' "$want" >"$1/node_modules/.framewire-lock"
}

# The Python peer of the interoperability tests, in an environment of its own.
python_peer() {
  local requirements=tests/interop/requirements.txt python=$TOOLS/python want
  want=$(sha256sum "$requirements")
  if [ "$(cat "$python/.framewire-requirements" 2>/dev/null)" = "$want" ] && "$python/bin/python" -c '' 2>/dev/null; then return; fi
  have python3 || apt_install python3 python3-venv
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$(python3 --version) is too old: 3.11 or newer is needed."
  # Debian has what venv needs in a package of its own.
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
  step "python3 -m venv" python3 -m venv --clear "$python"
  step "pip install -r $requirements" "$python/bin/pip" install --disable-pip-version-check --no-cache-dir --only-binary :all: --require-hashes -r "$requirements"
  printf '%s\n' "$want" >"$python/.framewire-requirements"
}

nextest() {
  if have cargo-nextest || [ -x "$TOOLS/bin/cargo-nextest" ]; then return; fi
  step "cargo install cargo-nextest" env CARGO_TARGET_DIR="$TOOLS/build" cargo install --root "$TOOLS" --locked cargo-nextest
}

# libFuzzer is built from its source, which is C++.
fuzzer() {
  cargo_tool cargo-fuzz cargo-fuzz "$CARGO_FUZZ_VERSION"
  if ! have c++; then apt_install g++; fi
}

require_base
browsers
valgrind_tool
node_modules .
node_modules scripts/compilers
# Apart, since it brings a program called node, which must not come before the machine's.
node_modules tests/pkg/runtimes
python_peer
wasm_target
cargo_tool wasm-bindgen wasm-bindgen-cli "$WASM_BINDGEN_VERSION"
cargo_tool wasm-pack wasm-pack "$WASM_PACK_VERSION"
cargo_tool geckodriver geckodriver "$GECKODRIVER_VERSION"
nextest
if [ "${1:-}" = fuzz ]; then fuzzer; fi
rm -rf "$TOOLS/build"
say "ready in $((SECONDS - started)) s"
