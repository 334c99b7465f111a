/** The work of `tcp.mjs` with permessage-deflate on both sides, of text that looks real. */

import { existsSync } from 'node:fs';
import { compare } from './support/compare.mjs';
import { Host } from './support/host.mjs';
import { KIB, label } from './support/payloads.mjs';
import { startServer } from './support/servers.mjs';
import { amountOf, METRICS, PATHS, SECTIONS, windowOf } from './tcp.mjs';

const DEFLATE = new URL('../pkg/lib/deflate.mjs', import.meta.url);

const SIZES = [200, KIB, 4 * KIB, 64 * KIB];

export async function run(report) {
  if (!existsSync(DEFLATE)) {
    report.note('not available: the package has no framewire/deflate');
    return;
  }
  const server = await startServer();
  const host = new Host();
  for (const { work, kind, size, sessions, peers } of cases()) {
    const window = Math.min(64, windowOf(size, sessions));
    const url = server.url(`compressed/${PATHS[work]}`);
    const params = { work, kind, size, sessions, window, url, deflate: true };
    const sides = {};
    for (const name of peers) sides[name] = await host.open('traffic', name, params);
    const about = { section: SECTIONS[work], kind, bytes: size, size: label(size), sessions };
    report.add(about, await compare(sides, amountOf(params)), { metric: METRICS[work] });
    for (const side of Object.values(sides)) await side.close();
  }
  await host.end();
  await server.end();
}

function cases() {
  const all = (work, kind, sizes, peers, sessions = 1) =>
    sizes.map((size) => ({ work, kind, size, sessions, peers }));
  const reading = ['framewire', 'batches', 'ws'];
  const usual = ['framewire', 'ws'];
  return ['json', 'log'].flatMap((kind) => [
    ...all('echo', kind, SIZES, reading),
    ...all('floodIn', kind, SIZES, reading),
    ...all('floodOut', kind, SIZES, usual),
    ...all('roundTrip', kind, SIZES, usual),
    ...(kind === 'json' ? [10, 100] : []).flatMap((sessions) => [
      ...all('echo', kind, SIZES, usual, sessions),
      ...all('floodIn', kind, [KIB], usual, sessions),
      ...all('floodOut', kind, [KIB], usual, sessions),
      ...all('roundTrip', kind, [KIB], usual, sessions),
    ]),
  ]);
}
