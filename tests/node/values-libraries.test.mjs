/** `sendValue` and `receiveValue` with the codec and the validator of real libraries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '@msgpack/msgpack';
import * as v from 'valibot';
import { InvalidPayloadError, overTransport } from '#framewire';
import { echo, memoryPair, open, webSocketServer } from './support.mjs';

/** Values as MessagePack, in binary messages. */
const messagePack = {
  encode: (value) => encode(value),
  decode: (data) => decode(data),
  applies: (frame) => frame.type === 'binary',
};

const Point = v.object({
  x: v.number(),
  y: v.optional(v.number(), 0),
  name: v.pipe(v.string(), v.trim(), v.minLength(1, 'a name is needed')),
});

const SlowPoint = v.pipeAsync(
  v.objectAsync({ x: v.number() }),
  v.checkAsync(async ({ x }) => x < 10, 'too far away'),
);

function pair(t, options) {
  const [ours, theirs] = memoryPair();
  const client = overTransport(ours, { role: 'client', ...options });
  const server = overTransport(theirs, { role: 'server', ...options });
  t.after(() => {
    client.terminate();
    server.terminate();
  });
  return { client, server };
}

test('MessagePack: values come back from a real server as they were', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const session = await open(t, url, { codec: messagePack });
  const values = [
    { list: [1, -1, 1.5, null, true], text: 'ü€😀', nested: { deep: [[]] } },
    new Uint8Array([0, 255, 7]),
    new Date(1_700_000_000_123),
    'text',
    null,
    2 ** 40,
    'x'.repeat(100_000),
  ];
  for (const value of values) await session.sendValue(value);
  for (const value of values) assert.deepEqual(await session.receiveValue(), value);
});

test('MessagePack: values leave as binary messages of the library', async (t) => {
  const { client, server } = pair(t, { codec: messagePack });
  await client.sendValue({ a: 1 });
  const frame = await server.receive();
  assert.equal(frame.type, 'binary');
  assert.deepEqual(Buffer.from(frame.bytes), Buffer.from([0x81, 0xa1, 0x61, 0x01]));
});

test('MessagePack: what cannot be decoded keeps the frame on the error, and the session goes on', async (t) => {
  const { client, server } = pair(t, { codec: messagePack });
  await client.send(new Uint8Array([0xc1]));
  await client.send('a text message is none of the codec');
  await client.sendValue('next');
  await assert.rejects(server.receiveValue(), (error) => {
    assert.ok(error instanceof InvalidPayloadError);
    assert.equal(error.code, 'ERR_INVALID_PAYLOAD');
    assert.deepEqual([...error.frame.bytes], [0xc1]);
    assert.ok(error.cause instanceof Error);
    return true;
  });
  await assert.rejects(server.receiveValue(), (error) => {
    assert.ok(error instanceof InvalidPayloadError);
    assert.equal(error.frame.text, 'a text message is none of the codec');
    return true;
  });
  assert.equal(await server.receiveValue(), 'next');
});

test('MessagePack: what the library cannot encode rejects, and nothing is sent', async (t) => {
  const { client } = pair(t, { codec: messagePack });
  const round = {};
  round.round = round;
  await assert.rejects(client.sendValue(round));
  assert.equal(client.stats().sent.frames, 0);
});

test('schema: a value that fits is given as the validator makes it', async (t) => {
  for (const codec of [undefined, messagePack]) {
    const { client, server } = pair(t, codec && { codec });
    await client.sendValue({ x: 1, name: ' here ', more: true });
    const point = await server.receiveValue({ schema: Point });
    assert.deepEqual(point, { x: 1, y: 0, name: 'here' });
  }
});

test('schema: a value that does not fit keeps the frame and the issues on the error', async (t) => {
  const { client, server } = pair(t);
  await client.sendValue({ x: 'one', name: '' });
  await client.sendValue({ x: 1, name: 'next' });
  await assert.rejects(server.receiveValue({ schema: Point }), (error) => {
    assert.ok(error instanceof InvalidPayloadError);
    assert.match(error.message, /a name is needed/);
    assert.equal(error.frame.text, '{"x":"one","name":""}');
    assert.deepEqual(
      error.cause.map(({ path }) => path[0].key),
      ['x', 'name'],
    );
    return true;
  });
  assert.equal((await server.receiveValue({ schema: Point })).name, 'next');
  assert.equal(server.state, 'open');
});

test('schema: a validator may be asynchronous', async (t) => {
  const { client, server } = pair(t);
  for (const x of [1, 11]) await client.sendValue({ x });
  assert.deepEqual(await server.receiveValue({ schema: SlowPoint }), { x: 1 });
  await assert.rejects(server.receiveValue({ schema: SlowPoint }), /too far away/);
});

test('schema: values that are received at once keep their order', async (t) => {
  const { client, server } = pair(t);
  const received = Promise.all([0, 1, 2].map(() => server.receiveValue({ schema: SlowPoint })));
  for (const x of [0, 1, 2]) await client.sendValue({ x });
  assert.deepEqual(await received, [{ x: 0 }, { x: 1 }, { x: 2 }]);
});

test('schema: a validator that throws keeps the frame on the error too', async (t) => {
  const { client, server } = pair(t);
  const failure = new Error('the list of names is not there');
  const Name = v.pipe(
    v.string(),
    v.check(() => {
      throw failure;
    }),
  );
  await client.sendValue('name');
  await assert.rejects(server.receiveValue({ schema: Name }), (error) => {
    assert.ok(error instanceof InvalidPayloadError);
    assert.equal(error.cause, failure);
    assert.equal(error.frame.text, '"name"');
    return true;
  });
});
