/** Messages to a server made with ws and back: every length, every script, in order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { frame } from './raw.mjs';
import { assertBytes, echo, heldTransport, noise, open, webSocketServer } from './support.mjs';

/** Around each form of the length, and around the sizes at which the package changes its way. */
const SIZES = [
  0,
  1,
  2,
  63,
  64,
  65,
  124,
  125,
  126,
  127,
  128,
  4095,
  4096,
  10_922,
  10_923,
  16_384,
  32_767,
  32_768,
  32_769,
  65_535,
  65_536,
  65_537,
  131_072,
  262_143,
  262_144,
  262_145,
  1 << 20,
  (1 << 20) + 1,
  4 << 20,
];

async function echoing(t, options) {
  const { url } = await webSocketServer(t, echo);
  return open(t, url, options);
}

test('binary messages of every length form come back unchanged', async (t) => {
  const session = await echoing(t);
  for (const size of SIZES) {
    const sent = noise(size, size + 1);
    await session.send(sent);
    const frame = await session.receive();
    assert.equal(frame.type, 'binary');
    assert.equal(frame.fin, true);
    assertBytes(frame.bytes, sent, `binary ${size}`);
  }
});

test('ASCII messages of every length form come back unchanged', async (t) => {
  const session = await echoing(t);
  for (const size of SIZES) {
    const sent = 'The quick brown fox jumps over the lazy dog. '
      .repeat(size / 45 + 1)
      .slice(0, size);
    await session.send(sent);
    const frame = await session.receive();
    assert.equal(frame.type, 'text');
    assert.ok(frame.text === sent, `text ${size}`);
    assert.equal(frame.data, frame.text);
  }
});

test('text with characters of one to four bytes comes back unchanged at every length', async (t) => {
  const session = await echoing(t);
  for (const size of SIZES) {
    const sent = 'aé€𝄞ß漢😀'
      .repeat(size / 9 + 1)
      .slice(0, size)
      .toWellFormed();
    await session.send(sent);
    const { text } = await session.receive();
    assert.ok(text === sent, `text ${size}`);
  }
});

test('messages sent at once come back in call order, whatever their sizes', async (t) => {
  const session = await echoing(t);
  const sent = [...SIZES, ...SIZES.toReversed()]
    .filter((size) => size <= 1 << 20)
    .map((size, at) => noise(size, at + 1));
  const sending = Promise.all(sent.map((bytes) => session.send(bytes)));
  for (const bytes of sent) assertBytes((await session.receive()).bytes, bytes);
  await sending;
});

test('a byte order mark is part of the text', async (t) => {
  const session = await echoing(t);
  for (const text of ['\ufeff', '\ufeffhello', `\ufeff${'é'.repeat(200)}`]) {
    await session.send(text);
    const frame = await session.receive();
    assert.equal(frame.text, text);
    assertBytes(frame.bytes, new TextEncoder().encode(text));
  }
});

test('lone surrogates become U+FFFD', async (t) => {
  const session = await echoing(t);
  const long = 'x'.repeat(40_000);
  for (const [sent, received] of [
    ['a\ud800b', 'a\ufffdb'],
    ['\udc00', '\ufffd'],
    ['\udc00\ud800', '\ufffd\ufffd'],
    [`${'x'.repeat(30)}\ud83d`, `${'x'.repeat(30)}\ufffd`],
    [`${long}\ud83d${long}`, `${long}\ufffd${long}`],
    ['😀', '😀'],
  ]) {
    await session.send(sent);
    assert.ok((await session.receive()).text === received);
  }
});

test('NUL and control characters are text like any other', async (t) => {
  const session = await echoing(t);
  const sent = String.fromCharCode(...Array(160).keys());
  await session.send(sent);
  assert.equal((await session.receive()).text, sent);
});

test('fragments from the peer arrive as one message', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    peer.send('Hel', { fin: false });
    peer.send('lo, ', { fin: false });
    peer.ping('between');
    peer.send('world', { fin: true });
    for (const part of noiseParts) peer.send(part, { fin: false });
    peer.send(new Uint8Array(0), { fin: true });
  });
  const noiseParts = [noise(1, 3), noise(70_000, 4), noise(0), noise(5, 5)];
  const session = await open(t, url);
  const text = await session.receive();
  assert.deepEqual([text.type, text.fin, text.text], ['text', true, 'Hello, world']);
  const binary = await session.receive();
  assert.equal(binary.type, 'binary');
  assertBytes(binary.bytes, Buffer.concat(noiseParts));
});

test('a character split over two fragments is whole again', async (t) => {
  const bytes = Buffer.from('𝄞');
  const { url } = await webSocketServer(t, (peer) => {
    peer.send(bytes.subarray(0, 1), { fin: false, binary: false });
    peer.send(bytes.subarray(1, 3), { fin: false, binary: false });
    peer.send(bytes.subarray(3), { fin: true, binary: false });
  });
  const session = await open(t, url);
  assert.equal((await session.receive()).text, '𝄞');
});

test('10,000 small messages come back in order', async (t) => {
  const session = await echoing(t);
  const sending = (async () => {
    for (let index = 0; index < 10_000; index += 1) {
      await session.send(index % 2 ? `message ${index}` : new Uint8Array([index >> 8, index]));
    }
  })();
  for (let index = 0; index < 10_000; index += 1) {
    const frame = await session.receive();
    if (index % 2) assert.equal(frame.text, `message ${index}`);
    else assert.deepEqual([...frame.bytes], [index >> 8, index & 0xff]);
  }
  await sending;
});

test('what the peer sent before its Close is handed out, though we closed first', async (t) => {
  const session = await echoing(t);
  for (let index = 0; index < 10_000; index += 1) await session.send(`${index}`);
  session.close();
  let index = 0;
  for await (const frame of session) {
    assert.equal(frame.text, `${index}`);
    index += 1;
  }
  assert.equal(index, 10_000);
});

test('counters tell what went through', async (t) => {
  const session = await echoing(t);
  await session.send('four');
  await session.send(new Uint8Array(200));
  await session.receive();
  const before = session.stats();
  await session.receive();
  const { received, sent, incoming, outgoing } = session.stats();
  assert.deepEqual([sent.frames, sent.messages, sent.bytes], [2, 2, 2 + 4 + 4 + 4 + 4 + 200]);
  assert.deepEqual([received.frames, received.messages, received.bytes], [2, 2, 2 + 4 + 4 + 200]);
  assert.ok(sent.writes >= 1 && received.reads >= 1);
  assert.deepEqual(incoming, { bytes: 0, frames: 0 });
  assert.deepEqual(outgoing, { bytes: 0, frames: 0 });
  assert.ok(before.incoming.frames <= 1);
});

test('a long chunk of the transport counts as one read', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client' });
  t.after(() => session.terminate());
  held.give(frame(2, new Uint8Array(2_000_000)));
  held.give(frame(1, 'x'));
  await session.receive();
  await session.receive();
  assert.equal(session.stats().received.reads, 2);
});

test('the payload of a frame stays valid while later frames come', async (t) => {
  const session = await echoing(t);
  const sent = Array.from({ length: 200 }, (_, at) => noise(100 + at * 50, at + 1));
  for (const bytes of sent) await session.send(bytes);
  const frames = [];
  for (const _ of sent) frames.push(await session.receive());
  for (let round = 0; round < 4; round += 1) {
    await session.send(noise(1 << 20, round + 9));
    await session.receive();
  }
  for (const [at, bytes] of sent.entries()) assertBytes(frames[at].bytes, bytes, `frame ${at}`);
});
