/** Sessions over TCP on loopback, in Node, with a native server. */

import { compare } from './support/compare.mjs';
import { hosts } from './support/host.mjs';
import { KIB, label, MIB } from './support/payloads.mjs';
import { startServer } from './support/servers.mjs';

const SIZES = [16, 125, KIB, 64 * KIB, MIB];
const FEW = [16, KIB, 64 * KIB];
/** The server's path for each kind of work. */
export const PATHS = { echo: 'echo', roundTrip: 'echo', floodIn: 'flood', floodOut: 'sink' };
/** What each kind of work is called. */
export const SECTIONS = {
  echo: 'echo',
  roundTrip: 'round trip',
  floodIn: 'flood in',
  floodOut: 'flood out',
};

export async function run(report) {
  const server = await startServer();
  const { best, plain, end } = hosts();
  for (const given of cases()) {
    const { work, size, kind, sessions, peers } = given;
    const params = { ...given, url: server.url(PATHS[work]), window: windowOf(size, sessions) };
    const sides = {};
    for (const peer of peers) {
      sides[peer] =
        peer === 'plain'
          ? await plain.open('traffic', 'ws', params)
          : await best.open(peer === 'socket' ? 'socket' : 'traffic', peer, params);
    }
    const about = { section: SECTIONS[work], bytes: size, size: label(size), kind, sessions };
    report.add(about, await compare(sides, amountOf(given)), { metric: METRICS[work] });
    for (const side of Object.values(sides)) await side.close();
  }
  await end();
  await server.end();
}

/** How many messages are under way on a session: no more than a MiB in all, and 1024. */
export function windowOf(size, sessions) {
  const all = Math.min(1024, Math.max(4, Math.floor(MIB / size)));
  return Math.max(2, Math.ceil(all / sessions));
}

/** Of round trips there are enough for a 99th percentile, as long as they are short. */
export function amountOf({ work, size, sessions }) {
  if (work !== 'roundTrip') return { start: Math.max(sessions, Math.min(16, (4 * MIB) / size)) };
  const trips = Math.min(500, Math.max(8, Math.floor((4 * MIB) / size)));
  return { start: trips, most: 4 * trips };
}

/** What a case of each kind of work is compared by. */
export const METRICS = { echo: 'rate', roundTrip: 'median', floodIn: 'rate', floodOut: 'rate' };

function cases() {
  const all = (work, sizes, peers, { kind = 'binary', sessions = 1 } = {}) =>
    sizes.map((size) => ({ work, size, kind, sessions, peers }));
  const reading = ['framewire', 'batches', 'ws', 'undici', 'socket'];
  const usual = ['framewire', 'ws', 'undici', 'socket'];
  return [
    ...all('echo', SIZES, [...reading, 'plain']),
    ...all('echo', [125, KIB], reading, { kind: 'ascii' }),
    ...all('floodIn', SIZES, reading),
    ...all('floodOut', SIZES, [...usual, 'plain']),
    ...all('roundTrip', SIZES, usual),
    ...[10, 100].flatMap((sessions) => [
      ...all('echo', SIZES, usual, { sessions }),
      ...all('floodIn', FEW, usual, { sessions }),
      ...all('floodOut', FEW, usual, { sessions }),
      ...all('roundTrip', [16, KIB], usual, { sessions }),
    ]),
  ];
}
