/** Sessions in headless Chromium over the bridge. */

import { Browser } from './support/browser.mjs';
import { compare } from './support/compare.mjs';
import { KIB, label, MIB } from './support/payloads.mjs';
import { startBridge, startServer } from './support/servers.mjs';
import { amountOf, METRICS, SECTIONS, windowOf } from './tcp.mjs';

const SIZES = [16, 125, KIB, 64 * KIB, MIB];
const FEW = [16, KIB, 64 * KIB];
/** In seconds: a QUIC stream needs longer than a socket until it is at its speed. */
const LEAST = 0.08;

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
    const result = await compare(sides, { ...amountOf({ work, size, sessions }), least: LEAST });
    const about = { section: SECTIONS[work], bytes: size, size: label(size), kind, sessions };
    report.add(about, result, { metric: METRICS[work] });
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
  const reading = ['framewire', 'batches', 'WebSocket', 'stream'];
  const usual = ['framewire', 'WebSocket', 'stream'];
  return [
    ...all('echo', SIZES, reading),
    ...all('echo', [125, KIB], reading, { kind: 'ascii' }),
    ...all('floodIn', SIZES, reading),
    ...all('floodOut', SIZES, usual),
    ...all('roundTrip', SIZES, usual),
    ...all('echo', FEW, usual, { sessions: 10 }),
    ...all('floodIn', FEW, usual, { sessions: 10 }),
    ...all('floodOut', FEW, usual, { sessions: 10 }),
    ...all('roundTrip', [KIB], usual, { sessions: 10 }),
    // To open so many takes longer than all else.
    ...all('echo', FEW, usual, { sessions: 100 }),
    ...all('roundTrip', [KIB], usual, { sessions: 100 }),
  ];
}
