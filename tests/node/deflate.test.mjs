/** Messages compressed: which are, how they are on the wire, and what the counters say of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, overTransport } from '#framewire';
import { permessageDeflate } from '#framewire/deflate';
import { compressed, deflating, handFed, inflated, inflating, RSV1 } from './deflate-kit.mjs';
import { custom, pair } from './extension-kit.mjs';
import { frame } from './raw.mjs';
import { memoryPair, noise } from './support.mjs';

const JSON_TEXT = JSON.stringify(Array.from({ length: 300 }, (_, id) => ({ id, name: 'name' })));

/** Which of the frames written have RSV1. */
const marked = (written) => written.map(({ rsv }) => rsv === RSV1);

test('a message comes back as it was, smaller on the wire', async (t) => {
  const { client, server } = pair(t, [permessageDeflate()]);
  for (let round = 0; round < 3; round += 1) {
    await client.send(JSON_TEXT);
    const frame = await server.receive();
    assert.equal(frame.text, JSON_TEXT);
    // As its user has it, it is a plain message.
    assert.deepEqual([frame.type, frame.fin, frame.rsv1], ['text', true, false]);
    await server.send(frame);
    assert.equal((await client.receive()).text, JSON_TEXT);
  }
  const { encoded, sent } = client.stats();
  assert.ok(sent.bytes < JSON_TEXT.length, `${sent.bytes} bytes were sent`);
  assert.equal(encoded.messages, 3);
});

test('what is sent is read by zlib: each message refers to those before', async (t) => {
  const { session, written } = handFed(t, { deflate: { threshold: 0 } });
  const messages = [JSON_TEXT, 'short', JSON_TEXT, '', noise(5000), JSON_TEXT];
  for (const message of messages) await session.send(message);
  await session.flush();
  const inflate = inflating();
  const frames = written();
  for (const [at, { payload, rsv }] of frames.entries()) {
    assert.equal(rsv, RSV1);
    assert.ok((await inflate(payload)).equals(Buffer.from(messages[at])), `message ${at}`);
  }
  assert.ok(frames[2].payload.length < frames[0].payload.length / 2);
});

test('without context takeover each message stands by itself', async (t) => {
  const { session, written } = handFed(t, {
    deflate: { threshold: 0, clientNoContextTakeover: true },
  });
  for (let round = 0; round < 3; round += 1) await session.send(JSON_TEXT);
  await session.flush();
  for (const { payload } of written()) assert.equal(inflated(payload).toString(), JSON_TEXT);
});

test('messages of zlib are read, each referring to those before', async (t) => {
  const { session, give } = handFed(t);
  const deflate = deflating();
  for (const message of [JSON_TEXT, 'short', JSON_TEXT, '', JSON_TEXT]) {
    give(compressed(await deflate(message)));
    assert.equal((await session.receive()).text, message);
  }
});

test('threshold: shorter messages leave as they are, counted in bytes', async (t) => {
  const { session, written } = handFed(t);
  await session.send('x'.repeat(1023));
  await session.send('x'.repeat(1024));
  await session.send('é'.repeat(511));
  await session.send('é'.repeat(512));
  await session.send(new Uint8Array(1023));
  await session.send(new Uint8Array(1024));
  await session.flush();
  assert.deepEqual(marked(written()), [false, true, false, true, false, true]);

  const none = handFed(t, { deflate: { threshold: Infinity } });
  await none.session.send('x'.repeat(1 << 20));
  const all = handFed(t, { deflate: { threshold: 0 } });
  await all.session.send('');
  await Promise.all([none.session.flush(), all.session.flush()]);
  assert.deepEqual([marked(none.written()), marked(all.written())], [[false], [true]]);
});

test('compressIf is asked for messages that are long enough, and says', async (t) => {
  const asked = [];
  const compressIf = (message) => {
    asked.push([message instanceof Frame, message.type, message.data.length]);
    return message.type === 'text';
  };
  const { session, written } = handFed(t, { deflate: { compressIf, threshold: 100 } });
  await session.send('x'.repeat(99));
  await session.send('x'.repeat(100));
  await session.send(Frame.text('é'.repeat(100)));
  await session.send(new Uint8Array(200));
  await session.flush();
  assert.deepEqual(marked(written()), [false, true, true, false]);
  assert.deepEqual(asked, [
    [true, 'text', 100],
    [true, 'text', 100],
    [true, 'binary', 200],
  ]);
});

test('compress of send goes before threshold and compressIf, which is not asked', async (t) => {
  const compressIf = () => assert.fail('compressIf was asked');
  const { session, written } = handFed(t, { deflate: { compressIf } });
  await session.send('short', { compress: true });
  await session.send('x'.repeat(5000), { compress: false });
  await session.send(new Uint8Array(5000), { compress: true });
  await session.flush();
  assert.deepEqual(marked(written()), [true, false, true]);
});

test('a compressIf that throws ends the session with 1011', async (t) => {
  const cause = new Error('no opinion');
  const compressIf = () => {
    throw cause;
  };
  const { client, server } = pair(t, [permessageDeflate({ compressIf, threshold: 0 })]);
  const sending = client.send('anything');
  await assert.rejects(sending);
  const { code, error } = await client.closed;
  assert.equal(code, 1011);
  assert.equal(error.cause, cause);
  assert.equal((await server.closed).code, 1011);
});

test('messages that are not compressed stand between those that are', async (t) => {
  const { client, server } = pair(t, [permessageDeflate({ threshold: 0 })]);
  for (let index = 0; index < 20; index += 1) {
    await client.send(`${JSON_TEXT}${index}`, { compress: index % 3 !== 1 });
  }
  for (let index = 0; index < 20; index += 1) {
    assert.equal((await server.receive()).text, `${JSON_TEXT}${index}`);
  }
  assert.deepEqual(server.stats().decoded.messages, 13);
});

test('an empty message is one byte compressed, and is read back', async (t) => {
  const { session, give, written } = handFed(t, { deflate: { threshold: 0 } });
  await session.send('');
  await session.send(new Uint8Array(0));
  await session.flush();
  assert.deepEqual(
    written().map(({ payload }) => payload.toString('hex')),
    ['00', '00'],
  );
  give(compressed([0]), compressed([0], { opcode: 2 }), frame(1));
  for (const type of ['text', 'binary', 'text']) {
    const received = await session.receive();
    assert.deepEqual([received.type, received.bytes.length], [type, 0]);
  }
});

test('fragmentSize cuts what was compressed, and RSV1 stands on the first fragment only', async (t) => {
  const [ours, theirs] = memoryPair();
  const extensions = [permessageDeflate()];
  const client = overTransport(ours, { role: 'client', extensions, fragmentSize: 100 });
  const server = overTransport(theirs, { role: 'server', extensions, raw: true });
  t.after(() => client.terminate());
  await client.send(JSON_TEXT);
  const frames = [];
  while (!frames.at(-1)?.fin) frames.push(await server.receive());
  assert.ok(frames.length > 2);
  assert.deepEqual(
    frames.map(({ type, rsv1 }) => [type, rsv1]),
    frames.map((_, at) => (at === 0 ? ['text', true] : ['continuation', false])),
  );
  assert.ok(frames.slice(0, -1).every(({ bytes }) => bytes.length === 100));
  assert.equal(inflated(Buffer.concat(frames.map(({ bytes }) => bytes))).toString(), JSON_TEXT);
});

test('a ping of the user passes between the fragments of a compressed message', async (t) => {
  const { client, server } = pair(t, [permessageDeflate()], { fragmentSize: 50 });
  const sent = client.send(JSON_TEXT);
  await client.ping();
  await sent;
  assert.equal((await server.receive()).text, JSON_TEXT);
});

test('a raw session neither compresses nor inflates, and may send both by hand', async (t) => {
  const [ours, theirs] = memoryPair();
  const extensions = [permessageDeflate({ threshold: 0 })];
  const raw = overTransport(ours, { role: 'client', extensions, raw: true });
  const whole = overTransport(theirs, { role: 'server', extensions });
  t.after(() => raw.terminate());
  const hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
  await raw.send('as it is');
  await raw.send(Frame.binary(new Uint8Array(hello), { rsv1: true }));
  await raw.send(Frame.binary(new Uint8Array(hello.slice(0, 3)), { rsv1: true, fin: false }));
  await raw.send(Frame.continuation(new Uint8Array(hello.slice(3))));
  for (const text of ['as it is', 'Hello', 'Hello']) {
    assert.equal(Buffer.from((await whole.receive()).bytes).toString(), text);
  }
  await whole.send('Hello');
  const frame = await raw.receive();
  assert.deepEqual([frame.type, frame.rsv1, [...frame.bytes]], ['text', true, hello]);
  assert.equal(raw.stats().encoded.messages, 0);
});

test('stats count messages and bytes before and after, each way', async (t) => {
  const { client, server } = pair(t, [permessageDeflate({ threshold: 1000 })]);
  const plain = { messages: 0, before: 0, after: 0 };
  assert.deepEqual(client.stats().encoded, plain);
  await client.send(JSON_TEXT);
  await client.send(Buffer.alloc(4000));
  await server.receive();
  await server.receive();
  const { encoded } = client.stats();
  const { decoded } = server.stats();
  assert.deepEqual([encoded.messages, encoded.before], [2, JSON_TEXT.length + 4000]);
  assert.ok(encoded.after < 2000);
  assert.deepEqual(decoded, { messages: 2, before: encoded.after, after: encoded.before });
  assert.deepEqual([client.stats().decoded, server.stats().encoded], [plain, plain]);
});

test('it stands beside an extension of the user, in either order', async (t) => {
  const flip = ({ type, bytes }) => ({ type, bytes: bytes.map((byte) => byte ^ 0xff) });
  const other = {
    ...custom({
      encode: (message) => ({ ...message, ...flip(message), rsv2: true }),
      decode: flip,
    }),
    rsv: [2],
  };
  for (const extensions of [
    [permessageDeflate(), other],
    [other, permessageDeflate()],
  ]) {
    const { client, server } = pair(t, extensions);
    for (const message of [JSON_TEXT, 'short', JSON_TEXT]) {
      await client.send(message);
      assert.equal((await server.receive()).text, message);
    }
  }
});
