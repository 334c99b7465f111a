// The tools that the package is built with are those that the lock file names.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What scripts/env.sh finds for a crate. */
const lockedVersion = (crate) =>
  execFileSync('bash', ['-euc', '. scripts/env.sh; locked_version "$1"', '-', crate], {
    cwd: root,
    env: { ...process.env, ROOT: root },
    encoding: 'utf8',
  }).trim();

test('the wasm-bindgen that is set up is the one that Cargo.toml pins', () => {
  const pins = readFileSync(`${root}/Cargo.toml`, 'utf8').matchAll(
    /^wasm-bindgen = .*"=([\d.]+)"/gm,
  );
  assert.deepEqual(
    Array.from(pins, ([, version]) => version),
    [lockedVersion('wasm-bindgen')],
  );
});

test('a crate that the lock file does not know has no version', () => {
  assert.equal(lockedVersion('no-such-crate'), '');
});
