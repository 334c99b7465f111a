/** What the figures were measured on, and with. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

const ROOT = new URL('../../', import.meta.url);
const PACKAGES = ['ws', 'bufferutil', 'undici', 'websocket-driver', 'playwright-core'];
const CRATES = [
  'tungstenite',
  'fastwebsockets',
  'tokio-tungstenite',
  'yawc',
  'tokio',
  'wtransport',
];

/** The machine, without its name. */
export function machine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
  };
}

/** The versions of everything that takes part. */
export function versions(chromium) {
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8')).packages;
  const cargo = readFileSync(new URL('Cargo.lock', ROOT), 'utf8');
  const crate = (name) => new RegExp(`name = "${name}"\nversion = "(.*)"`).exec(cargo)?.[1];
  return {
    framewire: JSON.parse(readFileSync(new URL('pkg/package.json', ROOT), 'utf8')).version,
    node: process.version,
    chromium,
    rustc: execFileSync('rustc', ['--version'], { encoding: 'utf8' }).trim(),
    ...Object.fromEntries(PACKAGES.map((name) => [name, lock[`node_modules/${name}`].version])),
    ...Object.fromEntries(CRATES.map((name) => [name, crate(name)])),
  };
}
