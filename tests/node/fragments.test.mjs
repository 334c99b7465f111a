/** `fragmentSize`: long messages leave as fragments, so that control frames can pass between them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame } from '#framewire';
import {
  assertBytes,
  deferred,
  echo,
  noise,
  open,
  playingServer,
  webSocketServer,
} from './support.mjs';

test('fragmentSize: long messages leave as fragments and arrive whole', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const session = await open(t, url, { fragmentSize: 1000 });
  for (const [data, count] of [
    ['é'.repeat(5000), 10],
    [new Uint8Array(3001).fill(7), 4],
    ['short', 1],
    [new Uint8Array(1000), 1],
    ['', 1],
  ]) {
    const before = session.stats().sent;
    await session.send(data);
    const { frames, messages } = session.stats().sent;
    assert.deepEqual([frames - before.frames, messages - before.messages], [count, 1]);
    const echoed = await session.receive();
    if (typeof data === 'string') assert.equal(echoed.text, data);
    else assert.deepEqual(echoed.bytes, data);
  }
});

/** The frames that a peer gets of what `send` sends, up to the one with FIN. */
async function fragments(t, options, send) {
  const peerOf = deferred();
  const { url } = await playingServer(t, (peer) => peerOf.resolve(peer));
  const session = await open(t, url, options);
  send(session);
  const peer = await peerOf.promise;
  const frames = [];
  do frames.push(await peer.frame());
  while (!frames.at(-1).fin);
  return frames;
}

test('fragmentSize: each fragment is as long as that, the last takes the rest', async (t) => {
  for (const [length, size, expected] of [
    [10, 4, [4, 4, 2]],
    [8, 4, [4, 4]],
    [4, 4, [4]],
    [5, 4, [4, 1]],
    [150_000, 65_536, [65_536, 65_536, 18_928]],
    [3, 1, [1, 1, 1]],
  ]) {
    const bytes = noise(length);
    const got = await fragments(t, { fragmentSize: size }, (session) => session.send(bytes));
    assert.deepEqual(
      got.map(({ payload }) => payload.length),
      expected,
    );
    assert.deepEqual(
      got.map(({ opcode }) => opcode),
      expected.map((_, index) => (index === 0 ? 2 : 0)),
    );
    assertBytes(Buffer.concat(got.map(({ payload }) => payload)), bytes);
  }
});

test('fragmentSize: text is cut between bytes, within a character too', async (t) => {
  const got = await fragments(t, { fragmentSize: 3 }, (session) => session.send('a€😀'));
  assert.deepEqual(
    got.map(({ opcode, payload }) => [opcode, payload.length]),
    [
      [1, 3],
      [0, 3],
      [0, 2],
    ],
  );
  assert.equal(Buffer.concat(got.map(({ payload }) => payload)).toString(), 'a€😀');
});

test('fragmentSize: frames are cut as messages are, fragments sent by hand are not', async (t) => {
  const whole = await fragments(t, { fragmentSize: 4 }, (session) =>
    session.send(Frame.text('0123456789')),
  );
  assert.equal(whole.length, 3);
  const byHand = await fragments(t, { fragmentSize: 4 }, (session) => {
    session.send(Frame.text('0123456789', { fin: false }));
    session.send(Frame.continuation('abcdefghij'));
  });
  assert.deepEqual(
    byHand.map(({ payload }) => payload.toString()),
    ['0123456789', 'abcdefghij'],
  );
});

test('fragmentSize: off by default', async (t) => {
  for (const options of [{}, { fragmentSize: 0 }]) {
    const got = await fragments(t, options, (session) => session.send(noise(1_000_000)));
    assert.deepEqual(
      got.map(({ payload }) => payload.length),
      [1_000_000],
    );
  }
});
