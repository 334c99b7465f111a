/**
 * Runs the benchmarks: all of them, or those that ONLY names, with a comma between. Prints a line for each
 * case, then the table of aims; writes `results.json`, the plots, and the table in the README.
 *
 *   ONLY=codec,tcp   these benchmarks; the figures of the others stay what they were
 *   PAIRS=3          so many pairs of each case (7)
 *   CLOCK=cpu        ratios by processor time in what is printed, for a machine with other work
 *   DRAFT=1          writes nothing: for trying things out
 */

import { aimsTable } from './support/aims.mjs';
import { drawPlots } from './support/plots.mjs';
import { writeReadme } from './support/readme.mjs';
import { Report, readResults, writeResults } from './support/report.mjs';

/** In the order they run. */
const NAMES = ['codec', 'tcp', 'compressed', 'browser', 'memory', 'bridge', 'growth'];

const wanted = process.env.ONLY ? process.env.ONLY.split(',') : NAMES;
const unknown = wanted.find((name) => !NAMES.includes(name));
if (unknown) {
  console.error(`bench: ${unknown} is none of ${NAMES.join(', ')}`);
  process.exit(2);
}

const reports = {};
let chromium = readResults().versions?.chromium;
for (const name of wanted) {
  const { run } = await import(`./${name}.mjs`);
  const report = new Report(name);
  const begin = performance.now();
  await run(report);
  chromium = report.chromium ?? chromium;
  const seconds = Math.round((performance.now() - begin) / 1000);
  reports[name] = { rows: report.rows, seconds };
  report.note(`done in ${seconds} s`);
}

if (process.env.DRAFT) {
  console.log(aimsTable({ benchmarks: reports }));
} else {
  const results = writeResults(reports, chromium);
  await drawPlots(results);
  writeReadme(results);
  console.log(aimsTable(results));
}
