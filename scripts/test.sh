#!/usr/bin/env bash
# Runs the tests: all of them, or the kinds named (native, callgrind, web, node, browser, pkg, docs, interop). Ends with
# the counts.
set -uo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
# shellcheck source=scripts/env.sh
. scripts/env.sh
export FRAMEWIRE_BRIDGE=${FRAMEWIRE_BRIDGE:-$ROOT/target/release/framewire-bridge}

kinds=("$@")
[ ${#kinds[@]} -gt 0 ] || kinds=(native callgrind web node browser pkg docs interop)
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Adds up what a runner's closing lines say; a runner that failed without a failed test counts as one.
count() {
  local status=$1 ok=$2 bad=$3
  passed=$((passed + ok))
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  failed=$((failed + bad))
}

# The sum of the numbers that a sed expression finds in the log.
total() { sed -nE "$1" "$log" | awk '{ sum += $1 } END { print sum + 0 }'; }

native() {
  cargo nextest run --workspace --all-features 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  count "$status" "$(total 's/.* tests? run: ([0-9]+) passed.*/\1/p')" "$(total 's/.*[, ]([0-9]+) failed.*/\1/p')"
  cargo test --quiet --doc --all-features 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  count "$status" "$(total 's/^test result: .* ([0-9]+) passed;.*/\1/p')" "$(total 's/^test result: .* ([0-9]+) failed;.*/\1/p')"
}

wasm_tests() {
  with_wasm_rust wasm-pack test --headless "$@" --mode no-install -- --test web 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  count "$status" "$(total 's/^test result: .* ([0-9]+) passed;.*/\1/p')" "$(total 's/^test result: .* ([0-9]+) failed;.*/\1/p')"
}

web() {
  wasm_tests --chrome --chromedriver "$(command -v chromedriver)"
  wasm_tests --firefox --geckodriver "$TOOLS/bin/geckodriver"
}

node_tests() {
  node --test --test-timeout=180000 --test-reporter=spec "$@" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  count "$status" "$(total 's/^ℹ pass ([0-9]+)/\1/p')" "$(total 's/^ℹ fail ([0-9]+)/\1/p')"
}

for kind in "${kinds[@]}"; do
  echo "test: $kind"
  case $kind in
    native) native ;;
    web) web ;;
    callgrind | node | browser | pkg | interop) node_tests tests/"$kind"/*.test.mjs ;;
    docs) node_tests tests/docs/*.test.mjs tests/types/*.test.mjs ;;
    *) echo "test: $kind is no kind of tests: native, callgrind, web, node, browser, pkg, docs or interop" >&2; exit 2 ;;
  esac
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
