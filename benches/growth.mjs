/** What a frame costs as one thing grows, the others staying what they are. */

import { compare } from './support/compare.mjs';
import { Host } from './support/host.mjs';
import { KIB, MIB } from './support/payloads.mjs';

const USUAL = { sessions: 1, size: 125, fragments: 1, chunk: 16 * KIB };

/** What grows, over which values, and what else is unlike the usual. */
const LINES = {
  sessions: { values: [1, 10, 100, 1000, 10_000], with: { total: 1250 } },
  size: {
    values: [0, 16, 125, KIB, 16 * KIB, 64 * KIB, MIB, 4 * MIB],
    with: { total: MIB, chunk: 64 * KIB },
  },
  fragments: {
    values: [1, 10, 100, 1000, 10_000, 100_000],
    with: { size: 400 * KIB, chunk: 64 * KIB },
  },
  chunk: { values: [16, 64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB], with: {} },
};

export async function run(report) {
  for (const [grows, { values, with: unlike }] of Object.entries(LINES)) {
    for (const value of values) {
      const host = new Host();
      const params = { ...USUAL, ...unlike, [grows]: value };
      const sides = {
        framewire: await host.open('growth', 'framewire', params),
        ws: await host.open('growth', 'ws', params),
      };
      const result = await compare(sides);
      report.add({ grows, value }, result);
      await host.end();
    }
  }
}
