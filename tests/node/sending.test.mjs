/** What `send` and `flush` promise: copies, order, waiting. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, overTransport, TransportError } from '#framewire';
import { closeFrame, parseFrame } from './raw.mjs';
import {
  acceptAll,
  assertBytes,
  echo,
  heldTransport,
  isSettled,
  memoryPair,
  noise,
  open,
  webSocketServer,
} from './support.mjs';

/** A session whose transport takes nothing until it is told to. */
function held(t, options) {
  const transport = heldTransport();
  const session = overTransport(transport.transport, { role: 'client', ...options });
  t.after(() => session.terminate());
  return { session, ...transport, held: transport };
}

/** The frames in all that was written so far. */
function framesIn(writes) {
  const frames = [];
  let rest = Buffer.concat(writes.map(({ chunk }) => chunk));
  for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
    frames.push(next);
    rest = next.rest;
  }
  return frames;
}

const COPIED = [1, 100, 125, 1000, 32_767, 32_768, 65_536, 300_000, 2 << 20];

test('bytes are copied during the call: the caller may overwrite them at once', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const session = await open(t, url);
  for (const size of COPIED) {
    const sent = noise(size, size);
    const kept = sent.slice();
    const sending = session.send(sent);
    sent.fill(0xee);
    await sending;
    assertBytes((await session.receive()).bytes, kept, `${size}`);
  }
});

test('bytes of unmasked frames are copied too', async (t) => {
  const [ours, theirs] = memoryPair();
  const server = overTransport(ours, { role: 'server' });
  const client = overTransport(theirs, { role: 'client' });
  t.after(() => server.terminate());
  for (const size of COPIED) {
    const sent = noise(size, size);
    const kept = sent.slice();
    server.send(sent);
    sent.fill(0xee);
    assertBytes((await client.receive()).bytes, kept, `${size}`);
  }
});

test('every kind of buffer and view is sent as the bytes it shows', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const session = await open(t, url);
  for (const size of [12, 40_000]) {
    const buffer = noise(size + 16, size).buffer;
    const shared = new Uint8Array(new SharedArrayBuffer(size));
    shared.set(new Uint8Array(buffer, 8, size));
    for (const [name, data, expected] of [
      ['ArrayBuffer', buffer, new Uint8Array(buffer)],
      ['Uint8Array', new Uint8Array(buffer, 3, size), new Uint8Array(buffer, 3, size)],
      ['DataView', new DataView(buffer, 5, size), new Uint8Array(buffer, 5, size)],
      [
        'Float64Array',
        new Float64Array(buffer, 8, (size / 8) | 0),
        new Uint8Array(buffer, 8, ((size / 8) | 0) * 8),
      ],
      ['Int16Array', new Int16Array(buffer, 2, size / 2), new Uint8Array(buffer, 2, size)],
      ['Buffer', Buffer.from(buffer, 7, size), new Uint8Array(buffer, 7, size)],
      ['SharedArrayBuffer', shared.buffer, shared],
      ['view of a SharedArrayBuffer', shared.subarray(4, 8), shared.subarray(4, 8)],
    ]) {
      await session.send(data);
      assertBytes((await session.receive()).bytes, expected, name);
    }
  }
});

test('data of the wrong type rejects with a TypeError and sends nothing', async (t) => {
  const { session, write, writes } = held(t);
  for (const data of [undefined, null, 5, true, {}, [1, 2], Symbol('x'), () => {}]) {
    await assert.rejects(session.send(data), TypeError);
  }
  await session.send('fine');
  await write(0);
  assert.deepEqual(
    framesIn(writes).map(({ payload }) => payload.toString()),
    ['fine'],
  );
});

test('a frame may be sent to many sessions, and many times', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const sessions = await Promise.all([open(t, url), open(t, url), open(t, url)]);
  const source = noise(50_000);
  const binary = Frame.binary(source);
  const kept = source.slice();
  source.fill(0);
  for (const frame of [Frame.text('héllo'), binary, Frame.text('a\ud800')]) {
    for (const session of [...sessions, ...sessions]) {
      await session.send(frame);
      const received = await session.receive();
      assert.equal(received.type, frame.type);
      assertBytes(received.bytes, frame.type === 'binary' ? kept : frame.bytes);
    }
  }
});

test('a received frame may be sent on', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const session = await open(t, url);
  for (const data of ['text', 'é'.repeat(30_000), noise(100), noise(100_000)]) {
    await session.send(data);
    const first = await session.receive();
    await session.send(first);
    assertBytes((await session.receive()).bytes, first.bytes);
  }
});

test('fragments are sent as they are built', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const session = await open(t, url);
  await session.send(Frame.text('Hel', { fin: false }));
  await session.send(Frame.continuation('lo, ', { fin: false }));
  await session.ping();
  await session.send(Frame.continuation('world'));
  assert.equal((await session.receive()).text, 'Hello, world');
});

test('a frame out of order rejects with a TypeError', async (t) => {
  const { session, write, writes } = held(t);
  await assert.rejects(session.send(Frame.continuation('nothing to continue')), TypeError);
  await session.send(Frame.text('a', { fin: false }));
  await assert.rejects(session.send('a new message within'), TypeError);
  await session.send(Frame.continuation('b'));
  await session.send('c');
  await write(0);
  assert.deepEqual(
    framesIn(writes).map(({ payload }) => payload.toString()),
    ['a', 'b', 'c'],
  );
});

test('concurrent sends leave in call order, long and short, text and binary', async (t) => {
  const { session, writes, held: transport } = held(t, { outgoing: { highWaterMark: 64 << 20 } });
  const sent = Array.from({ length: 200 }, (_, at) =>
    noise([3, 200, 40_000, 70_000, 9_000][at % 5], at + 1),
  );
  const sending = Promise.all(sent.map((bytes) => session.send(bytes)));
  acceptAll(transport);
  await session.flush();
  await sending;
  const frames = framesIn(writes);
  assert.equal(frames.length, sent.length);
  for (const [at, frame] of frames.entries()) assertBytes(frame.payload, sent[at], `frame ${at}`);
});

test('masking keys differ from frame to frame', async (t) => {
  const { session, writes, held: transport } = held(t);
  acceptAll(transport);
  for (let index = 0; index < 2000; index += 1) session.send('x');
  await session.flush();
  const keys = framesIn(writes).map(({ key }) => key.toString('hex'));
  assert.equal(keys.length, 2000);
  assert.ok(new Set(keys).size > 1990);
});

test('masking may be changed at any time and applies to frames not yet sent', async (t) => {
  const { session, writes, held: transport } = held(t);
  acceptAll(transport);
  await session.send('masked');
  session.masking = false;
  await session.send('plain');
  await session.flush();
  session.masking = true;
  await session.send('masked again');
  await session.flush();
  assert.deepEqual(
    framesIn(writes).map(({ masked }) => masked),
    [true, false, true],
  );
});

test('send waits over the mark and goes on when the transport takes more', async (t) => {
  const { session, write } = held(t, { outgoing: { highWaterMark: 1000 } });
  await session.send(new Uint8Array(999));
  await session.send(new Uint8Array(1));
  const waiting = session.send(new Uint8Array(1));
  assert.equal(await isSettled(waiting), false);
  (await write(0)).accept();
  await waiting;
});

test('send waits over the count of frames too', async (t) => {
  const { session, write } = held(t, { outgoing: { maxFrames: 3 } });
  for (let index = 0; index < 3; index += 1) await session.send('x');
  const waiting = session.send('x');
  assert.equal(await isSettled(waiting), false);
  (await write(0)).accept();
  await waiting;
});

test('a waiting send rejects when the session ends', async (t) => {
  const { session, fail } = held(t, { outgoing: { highWaterMark: 10 } });
  session.send(new Uint8Array(100));
  const waiting = session.send(new Uint8Array(100));
  fail(new Error('cable cut'));
  await assert.rejects(
    waiting,
    (error) => error instanceof TransportError && /cable cut/.test(error.message),
  );
});

test('a waiting send may be given up with a signal; one aborted before the call sends nothing', async (t) => {
  const { session, write } = held(t, { outgoing: { highWaterMark: 10 } });
  session.send(new Uint8Array(100));
  const controller = new AbortController();
  const waiting = session.send(new Uint8Array(100), { signal: controller.signal });
  controller.abort(new Error('changed my mind'));
  await assert.rejects(waiting, /changed my mind/);
  await assert.rejects(
    session.send('no', { signal: AbortSignal.abort(new Error('before')) }),
    /before/,
  );
  assert.equal(session.state, 'open');
  const frames = framesIn([await write(0)]);
  assert.ok(frames.every(({ payload }) => payload.toString() !== 'no'));
});

test('flush settles at once when nothing waits', async (t) => {
  const { session } = held(t);
  await session.flush();
});

test('flush settles when the transport has accepted what was sent before, not what came after', async (t) => {
  const { session, write } = held(t);
  await session.send('before');
  const first = await write(0);
  const flushing = session.flush();
  await session.send('after');
  assert.equal(await isSettled(flushing), false);
  first.accept();
  await flushing;
  assert.ok(session.bufferedAmount > 0);
  await write(1);
  assert.equal(await isSettled(session.flush()), false);
});

test('flush covers long payloads, which go their own way', async (t) => {
  const { session, write } = held(t);
  await session.send('short');
  await session.send(new Uint8Array(500_000));
  const flushing = session.flush();
  (await write(0)).accept();
  const long = await write(1);
  assert.equal(await isSettled(flushing), false);
  long.accept();
  await flushing;
});

test('flush after an orderly end settles, after a failure it rejects with it', async (t) => {
  const orderly = held(t);
  acceptAll(orderly.held);
  const closing = orderly.session.close();
  await orderly.session.flush();
  orderly.give(closeFrame(1000));
  await closing;
  await orderly.session.flush();

  const failing = held(t);
  await failing.session.send('x');
  const pending = failing.session.flush();
  failing.fail(new Error('gone'));
  await assert.rejects(pending, TransportError);
  await assert.rejects(
    failing.session.flush(),
    (error) => error === undefined || /gone/.test(error.message),
  );
});

test('flush may be given up with a signal', async (t) => {
  const { session } = held(t);
  await session.send('x');
  const controller = new AbortController();
  const flushing = session.flush({ signal: controller.signal });
  controller.abort(new Error('too slow'));
  await assert.rejects(flushing, /too slow/);
});

test('bufferedAmount counts payloads that the transport has not accepted', async (t) => {
  const { session, write } = held(t);
  assert.equal(session.bufferedAmount, 0);
  session.send('abc');
  session.send('é');
  session.send(new Uint8Array(100_000));
  assert.equal(session.bufferedAmount, 3 + 2 + 100_000);
  (await write(0)).accept();
  const long = await write(1);
  assert.equal(session.bufferedAmount, 100_000);
  long.accept();
  await session.flush();
  assert.equal(session.bufferedAmount, 0);
});

test('outgoing onOverflow close fails the session instead of waiting', async (t) => {
  const { session } = held(t, {
    outgoing: { highWaterMark: 100, onOverflow: 'close' },
    closeTimeout: 20,
  });
  const results = await Promise.allSettled(
    Array.from({ length: 5 }, () => session.send(new Uint8Array(60))),
  );
  const refused = results.find(({ status }) => status === 'rejected');
  assert.ok(refused, 'one send is refused');
  const { error } = await session.closed;
  assert.equal(error.code, 'ERR_OVERFLOW');
  assert.equal(refused.reason.code, 'ERR_OVERFLOW');
});

test('ten thousand small sends at once leave in few writes', async (t) => {
  const { session, writes, held: transport } = held(t, { outgoing: { maxFrames: 20_000 } });
  acceptAll(transport);
  for (let index = 0; index < 10_000; index += 1) session.send(`${index}`);
  await session.flush();
  const frames = framesIn(writes);
  assert.equal(frames.length, 10_000);
  assert.ok(frames.every(({ payload }, at) => payload.toString() === `${at}`));
  assert.ok(writes.length < 20, `${writes.length} writes`);
});
