/** Ends without a Close, on either side. */

import assert from 'node:assert/strict';
import { ClosedError, TransportError } from '#framewire';
import { assertEcho } from './messages.mjs';
import { open } from './ways.mjs';

const LOST = { code: 1006, reason: '', wasClean: false };

export const BREAKS = {
  'terminate() ends the connection without a Close': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way);
    await assertEcho(session, 'open');
    const cause = new Error('enough');
    session.terminate(cause);
    const { error, ...info } = await session.closed;
    assert.deepEqual(info, { ...LOST, initiator: 'local' });
    assert.ok(error instanceof ClosedError);
    assert.equal(error.cause, cause);
    await assert.rejects(session.send('late'), ClosedError);
    assert.equal((await far.event('close')).code, 1006);
  },
};

/** What a peer that can end its TCP connection does. */
export const PEER_BREAKS = {
  'a connection that the peer ends without a Close is told': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way);
    await assertEcho(session, 'open');
    const waiting = assert.rejects(session.receive(), TransportError);
    far.do('abort');
    const { error, ...info } = await session.closed;
    assert.deepEqual(info, { ...LOST, initiator: 'transport' });
    assert.ok(error instanceof TransportError);
    assert.equal(error.code, 'ERR_TRANSPORT');
    await waiting;
    await session.flush();
    await assert.rejects(session.send('late'), ClosedError);
    assert.equal((await far.event('close')).code, 1006);
  },
};
