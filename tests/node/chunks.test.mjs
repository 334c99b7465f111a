/** Chunks of every shape: what the core is not shown, what stays where it lies, and what is copied. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertReceived, handFed, random } from './hand-fed.mjs';
import { frame } from './raw.mjs';
import { assertBytes, noise, until } from './support.mjs';

/** Messages of all kinds, some in fragments, with what they are and the bytes that carry them. */
function messages(count, seed, mask) {
  const next = random(seed);
  const lengths = [0, 1, 100, 126, 5_000, 16_383, 16_384, 16_385, 40_000, 70_000, 200_000];
  return Array.from({ length: count }, (_, index) => {
    const text = next(2) === 0;
    const length = lengths[next(lengths.length)];
    const letters = next(2) === 0 ? 'a' : 'aé';
    const payload = text
      ? Buffer.from(letters.repeat(length / letters.length))
      : Buffer.from(noise(length, index + 1));
    const fragments = next(3) === 0 ? 1 + next(4) : 1;
    const size = Math.max(Math.ceil(payload.length / fragments), 1);
    const parts = [];
    for (let at = 0; at < payload.length || at === 0; at += size) {
      const fin = at + size >= payload.length;
      const opcode = at > 0 ? 0 : text ? 1 : 2;
      parts.push(frame(opcode, payload.subarray(at, at + size), { fin, mask }));
      if (next(4) === 0) parts.push(frame(9, 'ping', { mask }));
    }
    return { text, payload, bytes: Buffer.concat(parts) };
  });
}

for (const [role, mask] of [
  ['client', undefined],
  ['server', [1, 200, 3, 40]],
]) {
  for (const size of [1_460, 16_384, 65_536, 1_000_003]) {
    test(`a ${role} reads messages of all kinds from chunks of ${size} bytes`, async (t) => {
      const { session, held } = handFed(t, { role });
      const sent = messages(120, size, mask);
      const stream = Buffer.concat(sent.map(({ bytes }) => bytes));
      for (let at = 0; at < stream.length; at += size) {
        held.give(new Uint8Array(stream.subarray(at, at + size)));
      }
      await assertReceived(session, sent);
      const { reads, bytes } = session.stats().received;
      assert.deepEqual([reads, bytes], [Math.ceil(stream.length / size), stream.length]);
    });
  }
}

test('a message that lies in one chunk stays there, however the core was shown it', async (t) => {
  const { session, held } = handFed(t, { role: 'client' });
  const payload = noise(100_000);
  for (const opcode of [2, 1]) {
    const bytes = opcode === 2 ? payload : payload.map((byte) => byte & 0x7f);
    const chunk = new Uint8Array(frame(opcode, bytes));
    held.give(chunk);
    const received = await session.receive();
    assert.equal(received.bytes.buffer, chunk.buffer);
    assertBytes(received.bytes, bytes);
  }
});

test('a small message does not keep a large chunk', async (t) => {
  const { session, held } = handFed(t, { role: 'client' });
  const chunk = Buffer.concat([frame(2, noise(60_000)), frame(2, 'small'), frame(1, 'fry')]);
  held.give(new Uint8Array(chunk));
  await session.receive();
  for (let count = 0; count < 2; count += 1) {
    assert.ok((await session.receive()).bytes.buffer.byteLength <= 16);
  }
});

for (const [role, mask] of [
  ['client', undefined],
  ['server', [9, 200, 3, 40]],
]) {
  test(`a ${role} keeps little for small messages that are cut by small chunks`, async (t) => {
    const { session, held } = handFed(t, { role });
    const sent = Array.from({ length: 400 }, (_, index) => Buffer.from(noise(60, index + 1)));
    const stream = Buffer.concat(sent.map((payload) => frame(2, payload, { mask })));
    for (let at = 0; at < stream.length; at += 100) {
      held.give(new Uint8Array(stream.subarray(at, at + 100)));
    }
    const kept = [];
    while (kept.length < sent.length) kept.push(await session.receive());
    for (const [at, { bytes }] of kept.entries()) assertBytes(bytes, sent[at]);
    const buffers = new Set(kept.map(({ bytes }) => bytes.buffer));
    const memory = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.ok(memory < 3 * stream.length, `${memory} bytes for ${stream.length}`);
  });

  test(`a ${role} that gets one small message in two chunks keeps nothing else`, async (t) => {
    const { session, held } = handFed(t, { role });
    const bytes = frame(2, 'twelve bytes', { mask });
    for (let round = 0; round < 2; round += 1) {
      held.give(new Uint8Array(bytes.subarray(0, 8)));
      held.give(new Uint8Array(bytes.subarray(8)));
      const received = await session.receive();
      assert.equal(Buffer.from(received.bytes).toString(), 'twelve bytes');
      assert.ok(received.bytes.buffer.byteLength <= 64);
    }
  });
}

test('texts are read in any order, also while more comes behind them', async (t) => {
  const { session, held } = handFed(t, { role: 'client' });
  const sent = Array.from({ length: 300 }, (_, index) => `text ${index} `.repeat(1 + (index % 9)));
  const stream = Buffer.concat(sent.map((text) => frame(1, text)));
  const kept = [];
  for (let at = 0; at < stream.length; at += 500) {
    held.give(new Uint8Array(stream.subarray(at, at + 500)));
    await until(() => session.stats().received.reads === at / 500 + 1);
    while (session.stats().incoming.frames > 0) kept.push(await session.receive());
    const newest = kept.length - 1;
    for (let back = 0; back < 12 && newest >= back; back += 3) {
      assert.equal(kept[newest - back].text, sent[newest - back]);
    }
  }
  for (let at = sent.length - 1; at >= 0; at -= 1) assert.equal(kept[at].text, sent[at]);
});

test('memory behind a message holds nothing but the message', async (t) => {
  const { session, held } = handFed(t, { role: 'client' });
  const payload = noise(50_000);
  const bytes = new Uint8Array(frame(2, payload));
  for (let at = 0; at < bytes.length; at += 7_000) held.give(bytes.slice(at, at + 7_000));
  const received = await session.receive();
  assert.equal(received.bytes.buffer.byteLength, payload.length);
  assertBytes(received.bytes, payload);
});

test('a header that promises much takes no memory', async (t) => {
  const { session, held } = handFed(t, {
    role: 'client',
    maxFrameSize: Infinity,
    maxMessageSize: Infinity,
  });
  held.give(new Uint8Array([0x82, 127, 0, 0, 0x7f, 0, 0, 0, 0, 0, 1]));
  held.give(new Uint8Array([2]));
  await until(() => session.stats().received.reads === 2);
  assert.equal(session.state, 'open');
  assert.equal(session.stats().incoming.bytes, 2);
});
