/** Sessions over TCP on loopback, in Node, with a native server. */

import { compare } from './support/compare.mjs';
import { hosts } from './support/host.mjs';
import { KIB, label, MIB } from './support/payloads.mjs';
import { startServer } from './support/servers.mjs';

const SIZES = [16, 125, KIB, 64 * KIB, MIB];
const FEW = [16, KIB, 64 * KIB];
const PATHS = { echo: 'echo', roundTrip: 'echo', floodIn: 'flood', floodOut: 'sink' };
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
    const isTrip = work === 'roundTrip';
    const result = await compare(sides, { most: isTrip ? 2000 : Number.POSITIVE_INFINITY });
    const isTransport = !isTrip && size === 64 * KIB && sessions === 1;
    const about = {
      section: SECTIONS[work],
      bytes: size,
      size: label(size),
      kind,
      sessions,
      isTransport,
    };
    report.add(about, result, { metric: isTrip ? 'median' : 'rate' });
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

function cases() {
  const all = (work, sizes, peers, { kind = 'binary', sessions = 1 } = {}) =>
    sizes.map((size) => ({ work, size, kind, sessions, peers }));
  const every = ['framewire', 'batches', 'ws', 'plain', 'undici', 'socket'];
  const usual = ['framewire', 'batches', 'ws', 'undici', 'socket'];
  const plainOut = ['framewire', 'ws', 'plain', 'undici', 'socket'];
  return [
    ...all('echo', SIZES, every),
    ...all('echo', [125, KIB], usual, { kind: 'ascii' }),
    ...all('echo', FEW, usual, { sessions: 10 }),
    ...all('echo', FEW, usual, { sessions: 100 }),
    ...all('floodIn', SIZES, usual),
    ...all('floodOut', SIZES, plainOut),
    ...all('roundTrip', FEW, ['framewire', 'ws', 'undici', 'socket']),
  ];
}
