/** What only a page does: it goes away. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ending } from '../node/support.mjs';
import { TIMEOUT } from './grid.mjs';
import { assertEcho } from './messages.mjs';
import { open, waysOf } from './ways.mjs';

/** Makes the test for a browser. */
export function leaving(peer) {
  for (const way of waysOf(peer)) {
    test(`${peer.name}, ${way}: a page that goes away is a quiet end`, {
      timeout: TIMEOUT,
    }, async (t) => {
      const { session, far } = await open(t, peer, way, { verb: 'visit' });
      await assertEcho(session, 'open');
      far.do('leave');
      assert.deepEqual(await ending(session), {
        code: 1001,
        reason: '',
        wasClean: true,
        initiator: 'remote',
      });
      assert.equal(await session.receive(), undefined);
    });
  }
}
