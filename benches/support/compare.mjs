/** The measuring itself: the sides of a case in turns, warm, and the median of the ratios. */

/** Every side runs at least this long, in seconds; those that would run longer than `MOST` times that do less of the same. */
const LEAST = 0.03;
const MOST = 2;

/** The sides that are framewire: as it is used most plainly, by batches of frames, by bursts of sends, over Web Streams. */
const OURS = ['framewire', 'batches', 'burst', 'streams'];

/** How many pairs are measured: `PAIRS` in the environment. */
export const PAIRS = Number(process.env.PAIRS) || 7;

/**
 * Runs the sides in turns: A B C, C B A, A B C … Each side has `run(count)`, which does `count` units of
 * work or a little more and gives `{ seconds, cpu, done, metrics? }`, and may have `verify()`, which checks all it reads once
 * and is not measured. What `metrics` names is compared; by default that is `rate`, units of work a second.
 *
 * Gives `{ counts: { name }, sides: { name: { metric: Spread } }, ratios: { ours: { other: { metric: Spread } } } }`, a ratio
 * being the value of a side that is framewire divided by that of another, in the same round. `cpuRate` is the
 * rate by processor time.
 */
export async function compare(
  sides,
  { start = 16, most = Infinity, least = LEAST, pairs = PAIRS } = {},
) {
  const names = Object.keys(sides);
  for (const name of names) await sides[name].verify?.();
  const counts = await calibrate(sides, start, most, least);
  const rounds = [];
  for (let round = 0; round < pairs; round += 1) {
    const values = {};
    for (const name of round % 2 ? names.toReversed() : names) {
      values[name] = metricsOf(await sides[name].run(counts[name]));
    }
    rounds.push(values);
  }
  return { counts, ...summary(names, rounds) };
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

/**
 * How much work each side gets: as much as the one that needs most of it to run for `least`, so that all do the same,
 * but no more than they do in `MOST` times that. Finding that out warms them up.
 */
async function calibrate(sides, start, most, least) {
  const enough = {};
  for (const [name, side] of Object.entries(sides)) {
    let count = Math.min(start, most);
    // What took long enough may have been a hitch: it has to take as long once more.
    for (let before = 0; ; ) {
      const taken = await side.run(count);
      const seconds = Math.max(taken.seconds, 1e-5);
      // There may be a least amount of work that can be done.
      count = Math.max(count, taken.done ?? count);
      if (seconds < least && count < most) {
        // A short first run says little of how long a warm one takes.
        const factor = Math.min((least / seconds) * 1.2, 8);
        count = Math.min(Math.ceil(count * factor), most);
        before = 0;
      } else if (before || count >= most) {
        const shortest = Math.min(seconds, before || seconds);
        enough[name] = {
          count,
          longest: Math.max(count, Math.floor((count * MOST * least) / shortest)),
        };
        break;
      } else {
        before = seconds;
      }
    }
  }
  const common = Math.max(...Object.values(enough).map(({ count }) => count));
  const given = ([name, { longest }]) => [name, Math.min(common, longest)];
  return Object.fromEntries(Object.entries(enough).map(given));
}

function metricsOf({ seconds, cpu, metrics, done }) {
  if (metrics) return metrics;
  return cpu ? { rate: done / seconds, cpuRate: done / cpu } : { rate: done / seconds };
}
