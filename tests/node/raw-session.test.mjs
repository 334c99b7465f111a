/** Raw sessions: every frame as it came, and frames sent by hand, in an order that is allowed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, WebSocketSessionError } from '#framewire';
import { closeFrame, frame } from './raw.mjs';
import { deferred, drain, open, playingServer } from './support.mjs';

/** A raw session, and the peer that it talks to. */
async function raw(t, options) {
  const peerOf = deferred();
  const { url } = await playingServer(t, (peer) => peerOf.resolve(peer));
  const session = await open(t, url, { raw: true, ...options });
  return { session, peer: await peerOf.promise };
}

const told = ({ type, fin, bytes }) => [type, fin, Buffer.from(bytes).toString()];

test('every frame is seen: fragments, empty ones, control frames between them, and the Close', async (t) => {
  const { session, peer } = await raw(t);
  peer.write(
    frame(1, 'frag', { fin: false }),
    frame(9, 'ping'),
    frame(0, '', { fin: false }),
    frame(10, 'pong'),
    frame(0, 'ment'),
    frame(2, 'whole'),
    frame(1, ''),
    closeFrame(4000, 'bye'),
  );
  const seen = [];
  for (let index = 0; index < 8; index += 1) seen.push(told(await session.receive()));
  assert.deepEqual(seen, [
    ['text', false, 'frag'],
    ['ping', true, 'ping'],
    ['continuation', false, ''],
    ['pong', true, 'pong'],
    ['continuation', true, 'ment'],
    ['binary', true, 'whole'],
    ['text', true, ''],
    ['close', true, '\x0f\xa0bye'.replace('\xa0', '\ufffd')],
  ]);
  assert.equal(session.state, 'closing', 'the Close is not answered');
  await assert.rejects(session.send('too late'), { code: 'ERR_CLOSED' });
  await session.send(Frame.close(4001, 'answer'));
  await assert.rejects(session.send(Frame.close(4002, 'twice')), { code: 'ERR_CLOSED' });
  const answer = await peer.close();
  assert.deepEqual([answer.code, answer.payload.toString('utf8', 2)], [4001, 'answer']);
  const { code, wasClean, initiator } = await session.closed;
  assert.deepEqual([code, wasClean, initiator], [4000, true, 'remote']);
});

test('text of a fragment throws, its bytes are there', async (t) => {
  const { session, peer } = await raw(t);
  peer.write(frame(1, 'frag', { fin: false }), frame(0, 'ment'));
  const fragment = await session.receive();
  assert.throws(() => fragment.text, /fragment/);
  assert.equal(Buffer.from(fragment.bytes).toString(), 'frag');
});

test('a pong that nobody asked for, a ping and fragments are sent by hand', async (t) => {
  const { session, peer } = await raw(t);
  const sent = [
    Frame.pong(new Uint8Array([1])),
    Frame.text('a', { fin: false }),
    Frame.ping(new Uint8Array([2])),
    Frame.continuation('b', { fin: false }),
    Frame.pong(),
    Frame.continuation(new Uint8Array([99])),
    Frame.binary(new Uint8Array([3])),
    Frame.close(1000),
  ];
  for (const one of sent) await session.send(one);
  const seen = [];
  for (const _ of sent) {
    const { opcode, fin, payload } = await peer.frame();
    seen.push([opcode, fin, payload.toString('hex')]);
  }
  assert.deepEqual(seen, [
    [10, true, '01'],
    [1, false, '61'],
    [9, true, '02'],
    [0, false, '62'],
    [10, true, ''],
    [0, true, '63'],
    [2, true, '03'],
    [8, true, '03e8'],
  ]);
  peer.write(closeFrame(1000));
  assert.equal((await session.closed).wasClean, true);
});

for (const [name, before, wrong, message] of [
  ['a continuation of nothing', [], Frame.continuation('x'), /continu/],
  [
    'a continuation behind a whole message',
    [Frame.text('whole')],
    Frame.continuation('x'),
    /continu/,
  ],
  [
    'a continuation behind the last fragment',
    [Frame.text('a', { fin: false }), Frame.continuation('b')],
    Frame.continuation('x'),
    /continu/,
  ],
  [
    'a text message within a fragmented one',
    [Frame.binary(new Uint8Array([1]), { fin: false })],
    Frame.text('x'),
    /fragment|message/,
  ],
  [
    'a long binary message within a fragmented one',
    [Frame.text('a', { fin: false }), Frame.continuation('b', { fin: false })],
    Frame.binary(new Uint8Array(100_000)),
    /fragment|message/,
  ],
  ['a string within a fragmented message', [Frame.text('a', { fin: false })], 'x', /message/],
]) {
  test(`${name} is refused before it reaches the wire, and the session stays usable`, async (t) => {
    for (const options of [{ raw: true }, { raw: false }]) {
      const { session, peer } = await raw(t, options);
      for (const one of before) await session.send(one);
      const { sent } = session.stats();
      await assert.rejects(session.send(wrong), (error) => {
        assert.ok(error instanceof TypeError && !(error instanceof WebSocketSessionError));
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(
        [session.stats().sent.frames, session.bufferedAmount > 0],
        [sent.frames, before.length > 0],
      );
      if (before.length > 0 && !before.at(-1).fin) {
        await session.send(Frame.continuation('the end of it'));
      }
      await session.send('afterwards');
      const seen = [];
      for (let last = ''; last !== 'afterwards'; ) {
        const { opcode, payload } = await peer.frame();
        last = payload.toString();
        seen.push([opcode, last]);
      }
      assert.ok(!seen.some(([, text]) => text === 'x'), `${seen}`);
      assert.equal(session.state, 'open');
    }
  });
}

test('a fragmented control frame cannot be built, and one of more than 125 bytes neither', () => {
  for (const make of [Frame.ping, Frame.pong]) {
    assert.equal(make(new Uint8Array(125), { fin: false }).fin, true);
    assert.throws(() => make(new Uint8Array(126)), RangeError);
  }
  assert.throws(() => Frame.close(1000, 'x'.repeat(124)), RangeError);
});

test('a control frame that comes fragmented is refused with 1002 in a raw session too', async (t) => {
  const { session, peer } = await raw(t);
  peer.write(frame(1, 'before'), frame(9, 'x', { fin: false }));
  assert.equal((await peer.close()).code, 1002);
  peer.socket.end();
  const { frames, thrown } = await drain(session);
  assert.deepEqual(frames.map(told), [['text', true, 'before']]);
  assert.equal(thrown.code, 'ERR_PROTOCOL');
});
