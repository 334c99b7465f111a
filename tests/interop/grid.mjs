/** The grid: what is tried with each peer, on each way to a session with it. */

import { test } from 'node:test';
import { BREAKS, PEER_BREAKS } from './breaks.mjs';
import { CLOSES, ORDERED_CLOSES } from './closes.mjs';
import { FRAGMENTS, PEER_FRAGMENTS } from './fragments.mjs';
import { MESSAGES } from './messages.mjs';
import { Peer } from './peer.mjs';
import { PEER_PINGS, PINGS } from './pings.mjs';
import { ACCEPTS, CONNECTS } from './upgrades.mjs';
import { waysOf } from './ways.mjs';

/** How long one test may take, in milliseconds: one that waits for ever fails by its name. */
export const TIMEOUT = 60_000;

/** The rows for a peer and a way. */
function rows({ can }, way) {
  return {
    ...(way === 'connect' ? CONNECTS : ACCEPTS),
    ...MESSAGES,
    ...FRAGMENTS,
    ...(can.fragments && PEER_FRAGMENTS),
    ...PINGS,
    ...(can.ping && PEER_PINGS),
    ...CLOSES,
    ...(can.ordered && ORDERED_CLOSES),
    ...BREAKS,
    ...(can.abort && PEER_BREAKS),
  };
}

/** Makes the tests of a peer, and gives the peer for more of them. */
export function grid(description) {
  const peer = new Peer(description);
  for (const way of waysOf(peer)) {
    for (const [name, run] of Object.entries(rows(peer, way))) {
      test(`${peer.name}, ${way}: ${name}`, { timeout: TIMEOUT }, (t) => run(t, peer, way));
    }
  }
  return peer;
}
