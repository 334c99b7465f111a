/** Long texts: encoded in windows, whatever takes how many bytes where. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, overTransport } from '#framewire';
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
