/** Sessions in headless Chromium over the bridge. */

import { Browser } from './support/browser.mjs';
import { compare } from './support/compare.mjs';
import { KIB, label, MIB } from './support/payloads.mjs';
import { startBridge, startServer } from './support/servers.mjs';
import { SECTIONS, windowOf } from './tcp.mjs';

export async function run(report) {
  const server = await startServer();
  const browser = await Browser.start();
  const bridge = await startBridge([browser.origin]);
  report.chromium = browser.version;
  const way = { bridge: bridge.url, certificateHash: bridge.certificateHash, port: server.port };
  const host = await browser.host(way);
  for (const { work, size, kind, sessions, peers } of cases()) {
    const params = { work, size, kind, sessions, window: windowOf(size, sessions) };
    const sides = {};
    for (const name of peers) sides[name] = await host.open(name, params);
    const isTrip = work === 'roundTrip';
    const result = await compare(sides, { most: isTrip ? 500 : Number.POSITIVE_INFINITY });
    const about = { section: SECTIONS[work], bytes: size, size: label(size), kind, sessions };
    report.add(about, result, { metric: isTrip ? 'median' : 'rate' });
    for (const side of Object.values(sides)) await side.close();
  }
  await host.end();
  await bridge.end();
  await browser.end();
  await server.end();
}

function cases() {
  const all = (work, sizes, peers, { kind = 'binary', sessions = 1 } = {}) =>
    sizes.map((size) => ({ work, size, kind, sessions, peers }));
  const every = ['framewire', 'batches', 'WebSocket', 'stream'];
  const usual = ['framewire', 'WebSocket', 'stream'];
  return [
    ...all('echo', [16, 125, KIB, 64 * KIB, MIB], every),
    ...all('echo', [125, KIB], every, { kind: 'ascii' }),
    ...all('echo', [KIB, 64 * KIB], usual, { sessions: 10 }),
    ...all('echo', [KIB], usual, { sessions: 100 }),
    ...all('floodIn', [16, KIB, 64 * KIB], every),
    ...all('floodOut', [16, KIB, 64 * KIB], usual),
    ...all('roundTrip', [16, KIB, 64 * KIB], usual),
  ];
}
