/** The measuring itself: the sides of a case in turns, warm, and the median of the ratios. */

/** A run is made at least this long, in seconds, unless the slowest side would take `MOST`. */
const LEAST = 0.05;
const MOST = 0.4;

/** The sides that are framewire: as it is used most plainly, by batches of frames, from a Node stream, by bursts of sends. */
const OURS = ['framewire', 'batches', 'duplex', 'burst'];

/** How many pairs are measured: `PAIRS` in the environment. */
export const PAIRS = Number(process.env.PAIRS) || 7;

/**
 * Runs the sides in turns: A B C, C B A, A B C … Each side has `run(count)`, which does `count` units of
 * work or a little more and gives `{ seconds, cpu, done, metrics? }`, and may have `verify()`, which checks all it reads once
 * and is not measured. What `metrics` names is compared; by default that is `rate`, units of work a second.
 *
 * Gives `{ count, sides: { name: { metric: Spread } }, ratios: { ours: { other: { metric: Spread } } } }`, a ratio
 * being the value of a side that is framewire divided by that of another, in the same round. `cpuRate` is the
 * rate by processor time.
 */
export async function compare(sides, { start = 16, most = Infinity, pairs = PAIRS } = {}) {
  const names = Object.keys(sides);
  for (const name of names) await sides[name].verify?.();
  const count = await calibrate(sides, start, most);
  const rounds = [];
  for (let round = 0; round < pairs; round += 1) {
    const values = {};
    for (const name of round % 2 ? names.toReversed() : names) {
      values[name] = metricsOf(await sides[name].run(count));
    }
    rounds.push(values);
  }
  return { count, ...summary(names, rounds) };
}

/** What rounds of values say: the spread of each side's, and of the ratios of ours to those of others. */
export function summary(names, rounds) {
  const ours = names.filter((name) => OURS.includes(name));
  const others = names.filter((name) => !OURS.includes(name));
  const metrics = Object.keys(rounds[0][names[0]]);
  const each = (value) =>
    Object.fromEntries(metrics.map((metric) => [metric, spread(rounds.map(value(metric)))]));
  const table = (list, entry) => Object.fromEntries(list.map((name) => [name, entry(name)]));
  return {
    sides: table(names, (name) => each((metric) => (round) => round[name][metric])),
    ratios: table(ours, (own) =>
      table(others, (peer) =>
        each((metric) => (round) => round[own][metric] / round[peer][metric]),
      ),
    ),
  };
}

/** Median, minimum and maximum of values. */
export function spread(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const { length } = sorted;
  const median = (sorted[(length - 1) >> 1] + sorted[length >> 1]) / 2;
  return { median, minimum: sorted[0], maximum: sorted[length - 1], pairs: length };
}

/** Doubles the work until the fastest side takes long enough; that warms all of them up. */
async function calibrate(sides, start, most) {
  let count = Math.min(start, most);
  for (;;) {
    const taken = [];
    for (const side of Object.values(sides)) taken.push((await side.run(count)).seconds);
    const fastest = Math.max(Math.min(...taken), 1e-5);
    const slowest = Math.max(...taken);
    if (fastest >= LEAST || slowest >= MOST || count >= most) return count;
    // A short first run says little of how long a warm one takes.
    const factor = Math.min((LEAST / fastest) * 1.2, (MOST / slowest) * 1.1, 8);
    const next = Math.ceil(count * factor);
    if (next <= count) return count;
    count = Math.min(next, most);
  }
}

function metricsOf({ seconds, cpu, metrics, done }) {
  if (metrics) return metrics;
  return cpu ? { rate: done / seconds, cpuRate: done / cpu } : { rate: done / seconds };
}
