/** Extensions that decode a message part by part, and what `send` tells one that encodes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, InvalidPayloadError, MessageTooBigError, overTransport } from '#framewire';
import { custom, marking, pair } from './extension-kit.mjs';
import { acceptAll, heldTransport, noise, turns } from './support.mjs';

const encode = (message) => ({ ...message, rsv1: true });

/** An extension that writes down the parts it decodes, each byte as it was. */
function watching(parts, options = {}) {
  return custom({
    encode,
    decodePart({ bytes, ...part }) {
      parts.push({ ...part, length: bytes.length });
      return bytes.slice();
    },
    ...options,
  });
}

/** A client over a transport that is given bytes by hand. */
function handFed(t, extensions, options = {}) {
  const held = heldTransport();
  acceptAll(held);
  const session = overTransport(held.transport, { role: 'client', extensions, ...options });
  t.after(() => session.terminate());
  return { held, session, give: (...bytes) => held.give(new Uint8Array(bytes)) };
}

test('parts come as the transport has them, also those of one fragment', async (t) => {
  const parts = [];
  const { session, give } = handFed(t, [watching(parts)]);
  give(0x41, 3, 0x61);
  await turns();
  const part = { type: 'text', first: true, last: false, text: true, length: 1 };
  assert.deepEqual(parts, [part]);
  give(0x62, 0x63, 0x89, 0, 0x80, 2, 0x64);
  await turns();
  assert.equal(parts.length, 3);
  give(0x65, 0x82, 1, 0x66);
  assert.equal((await session.receive()).text, 'abcde');
  assert.deepEqual((await session.receive()).bytes, new Uint8Array([0x66]));
  assert.deepEqual(
    parts.map(({ first, last, length }) => [first, last, length]),
    [
      [true, false, 1],
      [false, false, 2],
      [false, false, 1],
      [false, true, 1],
    ],
  );
});

test('a step may fail before the message is there', async (t) => {
  const cause = Object.assign(new Error('not what it should be'), { closeCode: 1007 });
  const decodePart = () => {
    throw cause;
  };
  const { session, give } = handFed(t, [custom({ decodePart })]);
  give(0x81, 4, ...Buffer.from('sent'), 0x41, 100, 0x61);
  assert.equal((await session.receive()).text, 'sent');
  const info = await session.closed;
  assert.ok(info.error instanceof InvalidPayloadError);
  assert.equal(info.error.cause, cause);
  assert.deepEqual([info.code, info.error.closeCode], [1007, 1007]);
  await assert.rejects(session.receive(), info.error);
});

test('maxMessageSize ends a message that grows before it is there', async (t) => {
  const decodePart = () => new Uint8Array(1024);
  const { session, give } = handFed(t, [custom({ decodePart })], { maxMessageSize: 4000 });
  give(0x42, 1, 1, 0x00, 1, 1, 0x00, 1, 1, 0x00, 1, 1);
  const info = await session.closed;
  assert.ok(info.error instanceof MessageTooBigError);
  assert.equal(info.code, 1009);
});

test('messages of every length come back as they were', async (t) => {
  const { client, server } = pair(t, [watching([])], { fragmentSize: 1000 });
  for (const length of [0, 1, 999, 1000, 1001, 65_536, 300_000]) {
    const bytes = noise(length, length + 1);
    await client.send(bytes);
    assert.deepEqual((await server.receive()).bytes, bytes);
    const text = 'é'.repeat(length);
    await server.send(text);
    assert.equal((await client.receive()).text, text);
  }
});

test('behind another extension the message comes in one part', async (t) => {
  const parts = [];
  const { client, server } = pair(t, [watching(parts), marking('x-next', 2)], { fragmentSize: 10 });
  await client.send('twenty characters or so');
  assert.equal((await server.receive()).text, 'twenty characters or so');
  assert.deepEqual(parts, [{ type: 'text', first: true, last: true, text: false, length: 23 }]);
});

test('before another extension parts are not told to be text', async (t) => {
  const parts = [];
  const extensions = [marking('x-next', 2), watching(parts)];
  const { client, server } = pair(t, extensions, { fragmentSize: 10 });
  await client.send('ten or more');
  assert.equal((await server.receive()).text, 'ten or more');
  assert.ok(parts.length > 1);
  assert.ok(parts.every(({ text }) => !text));
});

test('a message over the budget goes on, and the next one waits for it', async (t) => {
  const decodePart = ({ bytes }) => new Uint8Array(bytes.length * 1000);
  const extension = custom({ decodePart });
  const { session, give } = handFed(t, [extension], { incoming: { highWaterMark: 1000 } });
  give(0x42, 1, 1, 0x00, 2, 1, 1, 0x80, 1, 1, 0xc2, 1, 1, 0xc2, 1, 1);
  await turns();
  assert.deepEqual(session.stats().incoming, { bytes: 4002, frames: 3 });
  assert.equal((await session.receive()).bytes.length, 4000);
  assert.deepEqual(session.stats().incoming, { bytes: 1001, frames: 2 });
  assert.equal((await session.receive()).bytes.length, 1000);
  assert.equal((await session.receive()).bytes.length, 1000);
  assert.deepEqual(session.stats().incoming, { bytes: 0, frames: 0 });
});

test('encode is told the message and what its sender wants', async (t) => {
  const told = [];
  const steps = {
    encode(message, { frame, compress }) {
      told.push([frame instanceof Frame, frame.type, frame.data, compress]);
      return message;
    },
  };
  const { client } = pair(t, [custom(steps)]);
  await client.send('as it is');
  await client.send(new Uint8Array([1]), { compress: false });
  await client.send(Frame.text('é'), { compress: true });
  assert.deepEqual(told, [
    [true, 'text', 'as it is', undefined],
    [true, 'binary', new Uint8Array([1]), false],
    [true, 'text', 'é', true],
  ]);
});

test('stats count bytes before and after, each way', async (t) => {
  const halves = {
    encode: ({ type, bytes }) => ({ type, bytes: bytes.subarray(bytes.length / 2), rsv1: true }),
    decodePart: ({ bytes }) => new Uint8Array([...bytes, ...bytes]),
  };
  const { client, server } = pair(t, [custom(halves)], { fragmentSize: 2 });
  await client.send('abababab');
  await client.send(new Uint8Array(2));
  await server.receive();
  await server.receive();
  assert.deepEqual(client.stats().encoded, { messages: 2, before: 10, after: 5 });
  assert.deepEqual(server.stats().decoded, { messages: 2, before: 5, after: 10 });
  assert.deepEqual(server.stats().encoded, { messages: 0, before: 0, after: 0 });
});
