/** What was measured: printed as it comes, kept, and written to `results.json`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { machine, versions } from './machine.mjs';

const FILE = new URL('../results.json', import.meta.url);

/** Collects the results of one benchmark. */
export class Report {
  #name;
  rows = [];

  constructor(name) {
    this.#name = name;
  }

  /**
   * Adds a case: what it is, and what `compare` gave. `metric` is what its line shows: `rate`, where more is
   * better, unless it is named.
   */
  add(about, result, { metric = 'rate' } = {}) {
    this.rows.push({ ...about, ...result, metric });
    const { bytes: _, ...named } = about;
    const title = Object.values(named).filter((value) =>
      ['string', 'number'].includes(typeof value),
    );
    const shown = (values) => (process.env.CLOCK === 'cpu' && values.cpuRate) || values[metric];
    const ratios = Object.entries(result.ratios).map(([own, peers]) => {
      const list = Object.entries(peers).map(([peer, values]) => {
        const { median, minimum, maximum } = shown(values);
        return `${times(median)} ${peer} (${times(minimum)}–${times(maximum)})`;
      });
      return [`${own} ${number(shown(result.sides[own]).median)}`, ...list].join(', ');
    });
    const late = Object.entries(result.sides).flatMap(([side, { p99 }]) =>
      p99 ? [`${side} ${number(p99.median)}`] : [],
    );
    if (late.length > 0) ratios.push(`the 99th percentile ${late.join(', ')}`);
    console.log(`${this.#name} ${title.join(' ')}: ${ratios.join('; ')}`);
  }

  /** Says something that is no case. */
  note(text) {
    console.log(`${this.#name}: ${text}`);
  }
}

/** The results so far, of all benchmarks. */
export function readResults() {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    return { benchmarks: {} };
  }
}

/** Puts what was measured in the place of what was there of the same name, with the machine and the versions of each. */
export function writeResults(reports, chromium) {
  const results = readResults();
  results.machine = machine();
  results.versions = versions(chromium);
  const on = { machine: results.machine, versions: results.versions };
  for (const [name, { rows, seconds }] of Object.entries(reports)) {
    results.benchmarks[name] = { measured: new Date().toISOString(), seconds, ...on, rows };
  }
  writeFileSync(FILE, `${JSON.stringify(results, rounded, 1)}\n`);
  return results;
}

/** Counts and sizes stay as they are: cases are picked by them. */
function rounded(_, value) {
  const fraction = typeof value === 'number' && !Number.isInteger(value);
  return fraction ? Number(value.toPrecision(5)) : value;
}

/** A ratio for people. */
export function times(ratio) {
  return `${ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)}×`;
}

/** A figure for people. */
export function number(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)} k`;
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
