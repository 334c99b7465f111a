/** The table of aims in the README at the root, between its two marks. */

import { readFileSync, writeFileSync } from 'node:fs';
import { aimsTable } from './aims.mjs';

const FILE = new URL('../../README.md', import.meta.url);
const BEGIN = '<!-- aims: written by make bench -->';
const END = '<!-- /aims -->';

/** Writes the table, and what it was measured on. */
export function writeReadme(results) {
  const text = readFileSync(FILE, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  const { machine, versions } = results;
  const pairs = Math.min(...Object.values(results.benchmarks).flatMap(({ rows }) => pairsOf(rows)));
  const lines = [
    aimsTable(results),
    '',
    `Measured on ${machine.cores} cores of ${machine.processor}, Node ${versions.node}, Chromium ${versions.chromium}, `,
    `ws ${versions.ws}, undici ${versions.undici}; at least ${pairs} pairs of each case.`,
  ];
  const table = `${BEGIN}\n\n${lines.slice(0, 2).join('\n')}\n${lines.slice(2).join('')}\n\n`;
  writeFileSync(FILE, text.slice(0, begin) + table + text.slice(end));
}

function pairsOf(rows) {
  return rows.flatMap(({ sides = {} }) =>
    Object.values(sides).flatMap((metrics) => Object.values(metrics).map(({ pairs }) => pairs)),
  );
}
