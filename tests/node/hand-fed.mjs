/** Sessions that are given their chunks by hand, and what comes of them. */

import assert from 'node:assert/strict';
import { overTransport } from '#framewire';
import { acceptAll, assertBytes, heldTransport } from './support.mjs';

/** A session and the transport that it is fed through. */
export function handFed(t, options) {
  const held = heldTransport();
  acceptAll(held);
  const session = overTransport(held.transport, options);
  t.after(() => session.terminate());
  return { session, held };
}

/** The next numbers below a bound, of a sequence that is the same each time. */
export function random(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Receives these messages; the bytes of each are right when all the others have come too. */
export async function assertReceived(session, sent) {
  const kept = [];
  for (const { text, payload } of sent) {
    const received = await session.receive();
    assert.equal(received.type, text ? 'text' : 'binary');
    if (text) assert.equal(received.text, payload.toString());
    kept.push([received, payload]);
  }
  for (const [received, payload] of kept) assertBytes(received.bytes, payload);
}
