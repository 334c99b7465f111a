/** The closing handshake, begun by us, by the peer, and by both at once. */

import assert from 'node:assert/strict';
import { ClosedError, Frame } from '#framewire';
import { ending } from '../node/support.mjs';
import { open } from './ways.mjs';

const CODES = [1000, 1001, 3000, 4999];
/** 123 bytes, the most that fit. */
const LONGEST = `${'ß€😀'.repeat(13)}${'.'.repeat(6)}`;
const REASONS = ['', 'später – 再见 😀', LONGEST];
const QUIET = [1000, 1001, 1005];

export const CLOSES = {
  'our close reaches the peer with code and reason': async (t, peer, way) => {
    assert.equal(Buffer.byteLength(LONGEST), 123);
    for (const code of CODES) {
      for (const reason of REASONS) {
        const { session, far } = await open(t, peer, way);
        const info = await session.close(code, reason);
        assert.deepEqual([info.code, info.wasClean, info.initiator], [code, true, 'local']);
        assert.deepEqual(info.sent, { code, reason });
        assert.equal(info.received.code, code);
        await assertLastReceive(session, code, info.error);
        const seen = await far.event('close');
        assert.deepEqual([seen.code, seen.reason], [code, reason]);
      }
    }
  },

  'our Close without a code is one': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way, { session: { raw: true } });
    await session.send(Frame.close());
    assert.equal((await far.event('close')).code, 1005);
    const { code, wasClean, sent } = await session.closed;
    assert.deepEqual([code, wasClean], [1005, true]);
    assert.deepEqual(sent, { code: 1005, reason: '' });
  },

  'a close of the peer is told and answered': async (t, peer, way) => {
    for (const code of peer.can.codes ?? CODES) {
      for (const reason of REASONS) {
        const { session, far } = await open(t, peer, way);
        far.do('close', { code, reason });
        assert.deepEqual(await ending(session), {
          code,
          reason,
          wasClean: true,
          initiator: 'remote',
        });
        const { sent, received, error } = await session.closed;
        assert.equal(sent.code, code);
        assert.deepEqual(received, { code, reason });
        await assertLastReceive(session, code, error);
        assert.equal((await far.event('close')).code, code);
      }
    }
  },

  'a Close of the peer without a code is answered by one': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way);
    far.do('close');
    const nothing = { code: 1005, reason: '' };
    assert.deepEqual(await ending(session), { ...nothing, wasClean: true, initiator: 'remote' });
    assert.deepEqual((await session.closed).sent, nothing);
    await assertLastReceive(session, 1005);
    assert.equal((await far.event('close')).code, 1005);
  },

  'closes of both at once are a clean end': async (t, peer, way) => {
    const { session, far, relay } = await open(t, peer, way, { relayed: true });
    relay.hold();
    far.do('close', { code: 3001, reason: 'theirs' });
    await relay.arrived;
    const closed = session.close(3002, 'ours');
    await session.flush();
    relay.release();
    const info = await closed;
    assert.deepEqual([info.code, info.reason, info.wasClean], [3001, 'theirs', true]);
    assert.equal(info.initiator, 'local');
    assert.deepEqual(info.sent, { code: 3002, reason: 'ours' });
    const seen = await far.event('close');
    assert.deepEqual([seen.code, seen.reason], [3002, 'ours']);
  },
};

/** What a peer does that answers messages and pings in their order. */
export const ORDERED_CLOSES = {
  'messages sent before close() come back before the end': async (t, peer, way) => {
    const { session } = await open(t, peer, way);
    for (let index = 0; index < 100; index += 1) await session.send(`${index}`);
    await session.ping();
    const closed = session.close();
    const texts = [];
    for await (const { text } of session) texts.push(text);
    assert.deepEqual(
      texts,
      Array.from({ length: 100 }, (_, index) => `${index}`),
    );
    assert.equal((await closed).wasClean, true);
  },
};

/** After a quiet end there is nothing, after another the error that `closed` tells. */
async function assertLastReceive(session, code, error) {
  if (QUIET.includes(code)) {
    assert.equal(error, undefined);
    assert.equal(await session.receive(), undefined);
    return;
  }
  assert.ok(error instanceof ClosedError);
  assert.deepEqual([error.code, error.closeCode], ['ERR_CLOSED', code]);
  await assert.rejects(session.receive(), error);
  assert.equal(await session.receive(), undefined);
}
