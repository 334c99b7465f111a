/** Long texts: encoded in windows, whatever takes how many bytes where. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, InvalidPayloadError, overTransport } from '#framewire';
import { permessageDeflate } from '#framewire/deflate';
import { custom, marking, pair } from './extension-kit.mjs';
import { parseFrame } from './raw.mjs';
import { acceptAll, assertBytes, echo, heldTransport, open, webSocketServer } from './support.mjs';

/** What one window of the core takes. */
const WINDOW = 65_536;

const TEXTS = {
  'ASCII of a window': 'a'.repeat(WINDOW),
  'ASCII of a window and one': 'a'.repeat(WINDOW + 1),
  'ASCII of many windows': 'The quick brown fox. '.repeat(20_000),
  'two bytes each': 'ü'.repeat(100_000),
  'three bytes each': '狐'.repeat(100_000),
  'pairs at the end of each window': `a${'🦊'.repeat(100_000)}`,
  'ASCII, then three bytes each': 'a'.repeat(WINDOW) + '狐'.repeat(200_000),
  'three bytes each, then ASCII': '狐'.repeat(30_000) + 'a'.repeat(200_000),
  'halves of pairs': `${'\ud83e'.repeat(50_000)}${'\udd8a'.repeat(50_000)}`,
  'half a pair at the end of a window': `${'a'.repeat(WINDOW - 3)}\ud83eb${'a'.repeat(WINDOW)}`,
  'half a pair at the end': `${'a'.repeat(3 * WINDOW)}\ud83e`,
  'the shortest': 'a'.repeat(Math.floor(WINDOW / 3) + 1),
};

for (const role of ['client', 'server']) {
  test(`long texts are written as their UTF-8, by a ${role}`, async (t) => {
    const held = heldTransport();
    const outgoing = { highWaterMark: 64 << 20 };
    const session = overTransport(held.transport, { role, outgoing });
    t.after(() => session.terminate());
    const texts = Object.entries(TEXTS);
    for (const [, text] of texts) await session.send(text);
    const lengths = texts.map(([, text]) => Buffer.byteLength(text));
    const whole = lengths.reduce((sum, length) => sum + length);
    assert.equal(session.bufferedAmount, whole);
    acceptAll(held);
    await session.flush();
    let rest = Buffer.concat(held.writes.map(({ chunk }) => chunk));
    for (const [name, text] of texts) {
      const frame = parseFrame(rest);
      rest = frame.rest;
      assert.equal(frame.opcode, 1, name);
      assertBytes(frame.payload, Buffer.from(text), name);
    }
    assert.equal(rest.length, 0);
    assert.equal(session.stats().sent.messages, texts.length);
  });
}

test('long texts come back over a socket, whose memory is used again', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const session = await open(t, url);
  for (const [name, text] of [...Object.entries(TEXTS), ...Object.entries(TEXTS)]) {
    await session.send(text);
    const { text: came } = await session.receive();
    assert.ok(came === text.toWellFormed?.() || came === Buffer.from(text).toString(), name);
  }
});

test('a long text may be the beginning of a message, and its end', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client' });
  t.after(() => session.terminate());
  const part = 'fü'.repeat(50_000);
  acceptAll(held);
  await session.send(Frame.text(part, { fin: false }));
  await assert.rejects(session.send(part), TypeError);
  await session.send(Frame.continuation(part));
  await session.flush();
  const first = parseFrame(Buffer.concat(held.writes.map(({ chunk }) => chunk)));
  const second = parseFrame(first.rest);
  assert.deepEqual([first.opcode, first.fin, second.opcode, second.fin], [1, false, 0, true]);
  assertBytes(first.payload, Buffer.from(part));
  assertBytes(second.payload, Buffer.from(part));
});

test('long texts come back through extensions', async (t) => {
  for (const extensions of [[marking('a', 1)], [permessageDeflate()]]) {
    const { client, server } = pair(t, extensions);
    for (const [name, text] of Object.entries(TEXTS)) {
      await client.send(text);
      const { text: came } = await server.receive();
      assert.ok(came === Buffer.from(text).toString(), name);
    }
  }
});

test('what an extension is given of texts stays as it was', async (t) => {
  const given = [];
  const keep = custom({
    encode(message) {
      given.push(message.bytes);
      return message;
    },
  });
  const { client } = pair(t, [keep], { outgoing: { highWaterMark: 1 << 20 } });
  for (const text of ['ä'.repeat(1000), 'b'.repeat(1000), 'c'.repeat(10)]) client.send(text);
  assert.deepEqual(
    given.map((bytes) => Buffer.from(bytes).toString()),
    ['ä'.repeat(1000), 'b'.repeat(1000), 'c'.repeat(10)],
  );
});

const BAD = {
  'a stray byte behind a window': [Buffer.alloc(WINDOW, 'a'), Buffer.from([0x80]), 'b'],
  'four stray bytes over the end of a window': [
    Buffer.alloc(WINDOW - 2, 'a'),
    Buffer.from([0x80, 0x80, 0x80, 0x80]),
  ],
  'half a character at the end of a window': [
    Buffer.alloc(WINDOW - 2, 'a'),
    Buffer.from([0xe7, 0x8b]),
    'b',
  ],
  'half a character at the end': [Buffer.alloc(2 * WINDOW, 'a'), Buffer.from([0xe7, 0x8b])],
};

for (const [name, parts] of Object.entries(BAD)) {
  test(`a long decoded text with ${name} ends the session with 1007`, async (t) => {
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const spoiling = custom({
      encode: ({ type, bytes }) => ({ type, bytes, rsv1: true }),
      decode: ({ type }) => ({ type, bytes }),
    });
    const { client, server } = pair(t, [spoiling]);
    await client.send('x');
    await assert.rejects(server.receive(), InvalidPayloadError);
    assert.equal((await client.closed).code, 1007);
  });
}
