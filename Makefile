# The commands of the project. Every target sets the machine up first; a second time that takes seconds.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: setup pkg bridge peers demo test test-native test-web test-node test-browser test-pkg test-docs test-interop test-callgrind codec-runs bench bench-native lint docs format fuzz clean

setup:
	@scripts/setup.sh

# The core, its bindings and the npm package: pkg/ and dist/framewire-<version>.tgz.
pkg: setup
	@scripts/build-wasm.sh
	@node scripts/build-pkg.mjs

bridge: setup
	@echo "bridge: building …"
	@cargo build --quiet --release -p framewire-bridge

# The peers of the interoperability tests that have to be built.
peers: setup
	@echo "peers: building …"
	@cargo build --quiet --release -p tungstenite-peer

# The work whose instructions are counted.
codec-runs: setup
	@echo "codec-runs: building …"
	@cargo build --quiet --release -p codec-runs

# One script of a session on two ways, then the page. ONCE=1 ends after the script.
demo: pkg bridge
	@ONCE=$(ONCE) node scripts/demo.mjs

test: pkg bridge peers codec-runs
	@scripts/test.sh

test-native test-web test-node test-browser test-pkg test-docs: pkg bridge
	@scripts/test.sh $(@:test-%=%)

test-interop: pkg peers
	@scripts/test.sh interop

test-callgrind: codec-runs
	@scripts/test.sh callgrind

# The benchmarks, in at most 20 minutes; ONLY=codec,tcp runs some of them, PAIRS=3 each with fewer pairs.
bench: pkg bridge
	@echo "bench: building …"
	@cargo build --quiet --release -p framewire-bench --bins
	@ONLY=$(ONLY) PAIRS=$(PAIRS) node benches/run.mjs

# The native codec beside tungstenite and fastwebsockets.
bench-native: setup
	@cargo bench --quiet -p framewire-bench --bench codec

lint: pkg
	@scripts/lint.sh

# The documentation of both faces: TypeDoc of the package in target/doc-js/, rustdoc in target/doc/.
docs: setup
	@scripts/docs.sh
	@echo "docs: target/doc-js/index.html and target/doc/framewire/index.html"

format: setup
	@cargo fmt --all
	@cargo fmt --manifest-path fuzz/Cargo.toml
	@node_modules/.bin/biome check --write .

# Each fuzz target for FUZZ_SECONDS, 20 if not set; fails if one finds a fault.
fuzz:
	@scripts/setup.sh fuzz
	@scripts/fuzz.sh

clean:
	rm -rf target fuzz/target pkg dist pkg-template/src/generated
