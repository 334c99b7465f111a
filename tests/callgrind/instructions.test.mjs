/**
 * How many instructions the codec needs for a message, natively, against figures that are kept in
 * `instructions.json`. After a change that is meant, `UPDATE=1 make test-callgrind` writes them anew.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(process.env.CARGO_TARGET_DIR || join(ROOT, 'target'), 'release/codec-runs');
const FILE = new URL('instructions.json', import.meta.url);

/** Messages in a round, as in `main.rs`. */
const COUNT = 1000;
/** The rounds of the short run and of the long one. */
const [SHORT, LONG] = [2, 6];
/**
 * How far a figure may be off: with the compiler and the processor that it was taken with, and with others.
 * Libraries choose their code by what a processor can do.
 */
const [SAME, OTHER] = [0.02, 0.25];

const kept = JSON.parse(readFileSync(FILE, 'utf8'));
const compiler = execFileSync('rustc', ['--version'], { encoding: 'utf8' }).trim();
const processor = cpus()[0]?.model ?? 'unknown';
const isSame = compiler === kept.compiler && processor === kept.processor;
const tolerance = isSame ? SAME : OTHER;
const found = {};

for (const [name, figure] of Object.entries(kept.perMessage)) {
  test(`${name}: as many instructions for a message as before`, () => {
    found[name] = (instructions(name, LONG) - instructions(name, SHORT)) / (LONG - SHORT) / COUNT;
    const off = found[name] / figure - 1;
    const told = `${found[name].toFixed(1)} instructions for a message, ${figure} before`;
    if (!process.env.UPDATE) assert.ok(Math.abs(off) <= tolerance, told);
  });
}

test('the figures are written where that was asked for', { skip: !process.env.UPDATE }, () => {
  const perMessage = Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, Number(value.toFixed(1))]),
  );
  writeFileSync(FILE, `${JSON.stringify({ compiler, processor, perMessage }, undefined, 2)}\n`);
});

/** What callgrind counts for a run. */
function instructions(name, rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'framewire-'));
  try {
    const out = join(folder, 'out');
    const valgrind = ['--tool=callgrind', `--callgrind-out-file=${out}`, '--quiet'];
    // Copies by a single instruction would count for as much as their bytes, on processors that have it.
    const env = { ...process.env, GLIBC_TUNABLES: 'glibc.cpu.x86_rep_movsb_threshold=1000000000' };
    const given = [...valgrind, PROGRAM, name, String(rounds)];
    execFileSync('valgrind', given, { stdio: 'pipe', env });
    return Number(/^(?:summary|totals): (\d+)/m.exec(readFileSync(out, 'utf8'))[1]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
