/** `Frame`: what a frame tells of itself, how one is built, and that it stays as it is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, overTransport } from '#framewire';
import { custom } from './extension-kit.mjs';
import { frame as wireFrame } from './raw.mjs';
import { assertBytes, heldTransport, memoryPair, noise } from './support.mjs';

const bytes = (...values) => new Uint8Array(values);

const BUILT = [
  [Frame.text('é'), { type: 'text', fin: true, bytes: [0xc3, 0xa9], data: 'é' }],
  [Frame.text(''), { type: 'text', fin: true, bytes: [], data: '' }],
  [Frame.binary(bytes(1, 2)), { type: 'binary', fin: true, bytes: [1, 2], data: [1, 2] }],
  [
    Frame.text('a', { fin: false }),
    { type: 'text', fin: false, bytes: [0x61], data: [0x61], text: /fragment/ },
  ],
  [Frame.binary(bytes(3), { fin: false }), { type: 'binary', fin: false, bytes: [3], data: [3] }],
  [Frame.continuation('b'), { type: 'continuation', fin: true, bytes: [0x62], data: [0x62] }],
  [
    Frame.continuation(bytes(4), { fin: false }),
    { type: 'continuation', fin: false, bytes: [4], data: [4] },
  ],
  [Frame.ping(), { type: 'ping', fin: true, bytes: [], data: [] }],
  [Frame.pong(bytes(5)), { type: 'pong', fin: true, bytes: [5], data: [5] }],
  [Frame.close(), { type: 'close', fin: true, bytes: [], data: [], closeReason: undefined }],
  [
    Frame.close(4000, 'é'),
    {
      type: 'close',
      fin: true,
      bytes: [0x0f, 0xa0, 0xc3, 0xa9],
      data: [0x0f, 0xa0, 0xc3, 0xa9],
      closeReason: { code: 4000, reason: 'é' },
    },
  ],
];

const list = (data) => (typeof data === 'string' ? data : [...data]);

for (const [frame, expected] of BUILT) {
  const { type, fin, data, text } = expected;
  test(`a frame knows what it is: ${type}, fin ${fin}, ${data.length} long`, () => {
    assert.deepEqual([frame.type, frame.fin], [type, fin]);
    assert.deepEqual([frame.rsv1, frame.rsv2, frame.rsv3], [false, false, false]);
    assert.ok(frame.bytes instanceof Uint8Array);
    assert.deepEqual([...frame.bytes], expected.bytes);
    assert.deepEqual(list(frame.data), data);
    assert.deepEqual(frame.closeReason, expected.closeReason);
    if (type === 'text' && fin) assert.equal(frame.text, data);
    else assert.throws(() => frame.text, text ?? /has no text/);
    assert.ok(frame instanceof Frame);
  });
}

test('control payloads over 125 bytes throw a RangeError', () => {
  for (const make of [Frame.ping, Frame.pong]) {
    assert.equal(make(new Uint8Array(125)).bytes.length, 125);
    assert.throws(() => make(new Uint8Array(126)), RangeError);
  }
  assert.equal(Frame.close(1000, 'x'.repeat(123)).bytes.length, 125);
  assert.throws(() => Frame.close(1000, 'x'.repeat(124)), RangeError);
});

test('a Close that may not be sent cannot be built', () => {
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 1000.5]) {
    assert.throws(() => Frame.close(code), RangeError, `${code}`);
  }
  assert.throws(() => Frame.close(undefined, 'a reason'), TypeError);
});

test('payloads of the wrong type throw a TypeError', () => {
  for (const make of [
    () => Frame.text(5),
    () => Frame.binary('text'),
    () => Frame.binary(),
    () => Frame.continuation(5),
    () => Frame.ping('text'),
    () => Frame.pong({}),
  ]) {
    assert.throws(make, TypeError);
  }
});

test('frames are immutable: they copy what they are built of, and take no assignment', () => {
  const source = bytes(1, 2, 3);
  const frame = Frame.binary(source);
  source.fill(9);
  assert.deepEqual([...frame.bytes], [1, 2, 3]);
  for (const name of ['type', 'fin', 'rsv1', 'bytes', 'text', 'data', 'closeReason']) {
    assert.throws(() => {
      frame[name] = 1;
    }, TypeError);
  }
});

test('what is no frame is no instance of Frame', () => {
  for (const other of [undefined, null, 'text', {}, { type: 'text', bytes: bytes() }]) {
    assert.equal(other instanceof Frame, false);
  }
});

test('a frame is sent to many sessions as it is, whatever each of them does with it', async (t) => {
  const payload = noise(50_000);
  const frame = Frame.binary(payload);
  const ends = [true, false, true].map((masking) => {
    const [ours, theirs] = memoryPair();
    const client = overTransport(ours, { role: 'client', masking });
    const server = overTransport(theirs, { role: 'server', allowMaskMismatch: true });
    t.after(() => [client, server].forEach((session) => void session.terminate()));
    return { client, server };
  });
  await Promise.all(ends.flatMap(({ client }) => [client.send(frame), client.send(frame)]));
  for (const { server } of ends) {
    for (let time = 0; time < 2; time += 1) assertBytes((await server.receive()).bytes, payload);
  }
  assertBytes(frame.bytes, payload);
});

test('bytes of a received frame stay as they are after the session ended', async () => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client' });
  const payloads = [noise(10), noise(1000, 2), noise(70_000, 3)];
  for (const payload of payloads) held.give(wireFrame(2, payload));
  const frames = [];
  for (const _ of payloads) frames.push(await session.receive());
  held.give(wireFrame(2, noise(200_000, 4)));
  await session.receive();
  session.terminate();
  for (const [at, frame] of frames.entries()) assertBytes(frame.bytes, payloads[at]);
});

test('a frame keeps the bytes that it was built of, whatever their caller does with them', () => {
  for (const [name, give] of [
    ['a Buffer', () => Buffer.from([1, 2, 3])],
    ['a part of a Buffer', () => Buffer.from([0, 1, 2, 3, 4]).subarray(1, 4)],
    ['a Uint8Array', () => new Uint8Array([1, 2, 3])],
    ['an ArrayBuffer', () => new Uint8Array([1, 2, 3]).buffer],
    ['a DataView', () => new DataView(new Uint8Array([1, 2, 3]).buffer)],
    ['shared memory', () => new Uint8Array(new SharedArrayBuffer(3)).map((_, at) => at + 1)],
  ]) {
    for (const build of ['binary', 'continuation', 'ping', 'pong']) {
      const given = give();
      const frame = Frame[build](given);
      new Uint8Array(given.buffer ?? given).fill(9);
      assertBytes(frame.bytes, new Uint8Array([1, 2, 3]), `${build} of ${name}`);
    }
  }
});

test('the frame that an extension is shown keeps the bytes that were sent', async (t) => {
  const frames = [];
  const encode = (message, { frame }) => {
    frames.push(frame);
    return message;
  };
  const [ours] = memoryPair();
  const session = overTransport(ours, { role: 'client', extensions: [custom({ encode })] });
  t.after(() => session.terminate());
  const given = Buffer.from([1, 2, 3]);
  await session.send(given);
  given.fill(9);
  assertBytes(frames[0].bytes, new Uint8Array([1, 2, 3]));
});
