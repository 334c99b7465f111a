/** Pings and pongs, from either side. */

import assert from 'node:assert/strict';
import { noise } from '../node/support.mjs';
import { assertEcho } from './messages.mjs';
import { hex } from './peer.mjs';
import { open } from './ways.mjs';

/** The shortest and the longest payload, and one that is no text. */
const PAYLOADS = [Buffer.from('hello'), Buffer.from([0, 0xff, 0x80]), noise(125), Buffer.alloc(0)];

export const PINGS = {
  'our pings are answered': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way);
    for (const payload of PAYLOADS) {
      assert.ok((await session.ping(payload)) >= 0);
      if (peer.can.seePings) assert.equal((await far.event('ping')).payload, hex(payload));
    }
    assert.ok((await session.ping()) >= 0);
    await assertEcho(session, 'still open');
  },

  'a ping passes a message that waits to leave in fragments': async (t, peer, way) => {
    const options = { session: { fragmentSize: 65_536 } };
    const { session } = await open(t, peer, way, options);
    const message = noise(4 << 20, 3);
    const echoed = assertEcho(session, message);
    await session.ping();
    await echoed;
  },
};

/** What a peer that can ping does. */
export const PEER_PINGS = {
  'pings of the peer are answered': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way);
    for (const payload of PAYLOADS) {
      far.do('ping', { payload: hex(payload) });
      assert.equal((await far.event('pong')).payload, hex(payload));
    }
    await assertEcho(session, 'still open');
  },
};
