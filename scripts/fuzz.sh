#!/usr/bin/env bash
# Runs the fuzz targets, all or those named, each for FUZZ_SECONDS (20) from the corpus in fuzz/corpus.
# Fails if one finds a fault; its input is then in fuzz/artifacts. What is new to the corpus goes to fuzz/target/found.
set -uo pipefail

cd "$(dirname "$0")/.."
ROOT=$PWD
# shellcheck source=scripts/env.sh
. scripts/env.sh
seconds=${FUZZ_SECONDS:-20}

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list)
failed=()

# Sanitizers need a nightly compiler. Without one the coverage that guides libFuzzer is there all the same, and the
# targets have no unsafe code for them to look at.
for target in "${targets[@]}"; do
  found=fuzz/target/found/$target
  mkdir -p "$found"
  echo "fuzz: $target, $seconds s"
  if ! cargo fuzz run --sanitizer none "$target" "$found" "fuzz/corpus/$target" -- \
    -max_total_time="$seconds" -timeout=20 -print_final_stats=1 2>"$found.log"; then
    failed+=("$target")
    if grep -q '^Failing input' "$found.log"; then
      sed -n -e '/panicked at/,/^stack backtrace\|^note:/p' -e '/^SUMMARY/p' -e '/^Reproduce with/,/cargo/p' "$found.log"
    else
      tail -n 40 "$found.log"
    fi
  fi
  sed -n 's/^stat::number_of_executed_units: /fuzz: runs: /p' "$found.log"
done

if [ ${#failed[@]} -gt 0 ]; then
  echo "fuzz: found a fault in: ${failed[*]}"
  exit 1
fi
echo "fuzz: no fault found"
