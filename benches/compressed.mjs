/** Pipelined echo with permessage-deflate on both sides, of text that looks real. */

import { existsSync } from 'node:fs';
import { compare } from './support/compare.mjs';
import { Host } from './support/host.mjs';
import { KIB, label } from './support/payloads.mjs';
import { startServer } from './support/servers.mjs';
import { windowOf } from './tcp.mjs';

const DEFLATE = new URL('../pkg/lib/deflate.mjs', import.meta.url);

export async function run(report) {
  if (!existsSync(DEFLATE)) {
    report.note('not available: the package has no framewire/deflate');
    return;
  }
  const server = await startServer();
  const host = new Host();
  for (const { kind, size, sessions } of cases()) {
    const window = Math.min(64, windowOf(size, sessions));
    const url = server.url('compressed');
    const params = { work: 'echo', kind, size, sessions, window, url, deflate: true };
    const sides = {};
    for (const name of ['framewire', 'batches', 'ws']) {
      sides[name] = await host.open('traffic', name, params);
    }
    report.add(
      { section: 'echo', kind, bytes: size, size: label(size), sessions },
      await compare(sides),
    );
    for (const side of Object.values(sides)) await side.close();
  }
  await host.end();
  await server.end();
}

function cases() {
  const all = (kind, sizes, sessions) => sizes.map((size) => ({ kind, size, sessions }));
  return [
    ...all('json', [200, KIB, 4 * KIB, 64 * KIB], 1),
    ...all('log', [200, KIB, 4 * KIB, 64 * KIB], 1),
    ...all('json', [KIB], 10),
    ...all('json', [KIB], 100),
  ];
}
