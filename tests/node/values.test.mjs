/** `sendValue` and `receiveValue`: codecs and schemas. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedError, InvalidPayloadError, overTransport } from '#framewire';
import { memoryPair } from './support.mjs';

/** Two sessions that talk to each other. */
function pair(t, options = {}) {
  const [ours, theirs] = memoryPair();
  const client = overTransport(ours, { role: 'client', ...options });
  const server = overTransport(theirs, { role: 'server', ...options });
  t.after(() => {
    client.terminate();
    server.terminate();
  });
  return { client, server };
}

/** A schema, as a library of the Standard Schema kind makes one. */
const even = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) =>
      value % 2 === 0
        ? { value: BigInt(value) }
        : { issues: [{ message: 'expected an even one' }] },
  },
};

test('values are JSON text unless a codec is given', async (t) => {
  const { client, server } = pair(t);
  const values = [{ a: [1, null, 'ü'] }, 'text', 5, null, true];
  for (const value of values) await client.sendValue(value);
  for (const value of values) assert.deepEqual(await server.receiveValue(), value);
  await client.sendValue({ b: 1 });
  assert.equal((await server.receive()).text, '{"b":1}');
});

test('a value that JSON has no form for is refused and nothing is sent', async (t) => {
  const { client } = pair(t);
  await assert.rejects(client.sendValue(undefined), TypeError);
  assert.equal(client.stats().sent.frames, 0);
});

test('a codec of the user is asked for both directions', async (t) => {
  const codec = {
    encode: (value) => new Uint8Array([value]),
    decode: (data, frame) => [frame.type, data[0]],
    applies: (frame) => frame.type === 'binary',
  };
  const { client, server } = pair(t, { codec });
  await client.sendValue(7);
  assert.deepEqual(await server.receiveValue(), ['binary', 7]);
  await client.send('text');
  await assert.rejects(server.receiveValue(), (error) => {
    assert.ok(error instanceof InvalidPayloadError);
    assert.equal(error.frame.text, 'text');
    return true;
  });
});

test('a message that cannot be decoded is kept on the error, and the session goes on', async (t) => {
  const { client, server } = pair(t);
  await client.send('{ not json');
  await client.sendValue('next');
  await assert.rejects(server.receiveValue(), (error) => {
    assert.ok(error instanceof InvalidPayloadError && error.cause instanceof SyntaxError);
    assert.equal(error.frame.text, '{ not json');
    return true;
  });
  assert.equal(await server.receiveValue(), 'next');
});

test('a schema checks and changes the value', async (t) => {
  const { client, server } = pair(t);
  await client.sendValue(4);
  assert.equal(await server.receiveValue({ schema: even }), 4n);
  await client.sendValue(5);
  await assert.rejects(server.receiveValue({ schema: even }), /expected an even one/);
});

test('receiveValue at the end rejects with a ClosedError', async (t) => {
  const { client, server } = pair(t);
  const [value] = await Promise.allSettled([server.receiveValue(), client.close()]);
  assert.ok(value.reason instanceof ClosedError);
});

test('a bad codec is named', () => {
  const [ours] = memoryPair();
  assert.throws(() => overTransport(ours, { role: 'client', codec: { encode() {} } }), /codec/);
});
