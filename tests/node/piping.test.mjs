/** A session's directions as Web Streams, and one session piped into another. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedError, overTransport } from '#framewire';
import {
  acceptAll,
  assertBytes,
  heldTransport,
  isSettled,
  memoryPair,
  noise,
  turns,
  until,
} from './support.mjs';

function pair(t, options = {}) {
  const [ours, theirs] = memoryPair();
  const client = overTransport(ours, { role: 'client', ...options });
  const server = overTransport(theirs, { role: 'server' });
  t.after(() => {
    client.terminate();
    server.terminate();
  });
  return { client, server };
}

test('one session pipes into another, in order, and the end passes on', async (t) => {
  const { client: source, server: relay } = pair(t);
  const { client: forward, server: sink } = pair(t);
  const piped = relay.incoming.readable.pipeTo(forward.outgoing);
  const sending = (async () => {
    for (let index = 0; index < 5000; index += 1) await source.send(`message ${index}`);
    await source.close();
  })();
  let count = 0;
  for await (const frame of sink) {
    assert.equal(frame.text, `message ${count}`);
    count += 1;
  }
  await Promise.all([sending, piped]);
  assert.equal(count, 5000);
  assert.equal((await sink.closed).code, 1000);
});

test('outgoing: a write settles as send does, closing closes with 1000', async (t) => {
  const { client, server } = pair(t);
  const writer = client.outgoing.getWriter();
  await writer.write('text');
  await writer.write(new Uint8Array([1, 2]));
  assert.equal((await server.receive()).text, 'text');
  assert.deepEqual([...(await server.receive()).bytes], [1, 2]);
  await writer.close();
  assert.equal((await client.closed).code, 1000);
});

test('outgoing: aborting closes with 1011 and the reason', async (t) => {
  const { client, server } = pair(t);
  await client.outgoing.abort(new Error('gone wrong'));
  const { code, reason } = await server.closed;
  assert.deepEqual([code, reason], [1011, 'gone wrong']);
});

test('outgoing fails when the session ends', async (t) => {
  const { client, server } = pair(t);
  const writer = client.outgoing.getWriter();
  writer.closed.catch(() => {});
  await server.close(4000, 'enough');
  await assert.rejects(writer.closed, { code: 'ERR_CLOSED' });
});

test('incoming.readable: a second consumer is refused, cancelling leaves the session open', async (t) => {
  const { client, server } = pair(t);
  const reader = server.incoming.readable.getReader();
  assert.throws(() => server[Symbol.asyncIterator](), TypeError);
  await client.send('one');
  assert.equal((await reader.read()).value.text, 'one');
  await reader.cancel();
  await client.send('two');
  assert.equal((await server.receive()).text, 'two');
  assert.equal(server.state, 'open');
});

/** Two pairs, the near end of one piped into the near end of the other. */
function relay(t, options) {
  const { client: source, server: from } = pair(t);
  const { client: to, server: sink } = pair(t);
  const piped = from.incoming.readable.pipeTo(to.outgoing, options);
  // The end of the test ends it too.
  piped.catch(() => {});
  return { source, from, to, sink, piped };
}

test('text stays text and binary stays binary through a pipe', async (t) => {
  const { source, sink } = relay(t);
  const sent = ['text', noise(100), '', noise(100_000, 2), 'ü'.repeat(40_000), new Uint8Array(0)];
  for (const data of sent) source.send(data);
  for (const data of sent) {
    const received = await sink.receive();
    if (typeof data === 'string') assert.equal(received.text, data);
    else assertBytes(received.bytes, data);
    assert.equal(received.type, typeof data === 'string' ? 'text' : 'binary');
  }
});

test('a slow consumer behind a pipe holds the producer back, and gets all in order', async (t) => {
  const PART = 1000;
  const COUNT = 500;
  const MARK = 20 * PART;
  const budget = { highWaterMark: MARK };
  const [ours, theirs] = memoryPair();
  const source = overTransport(ours, { role: 'client', outgoing: budget });
  const from = overTransport(theirs, { role: 'server', incoming: budget });
  const held = heldTransport();
  const to = overTransport(held.transport, { role: 'client', outgoing: budget, masking: false });
  t.after(() => [source, from, to].forEach((session) => void session.terminate()));
  const piped = from.incoming.readable.pipeTo(to.outgoing);
  let sent = 0;
  const sending = (async () => {
    for (; sent < COUNT; sent += 1) await source.send(noise(PART, sent + 1));
  })();
  await until(() => to.bufferedAmount >= MARK && from.stats().incoming.bytes >= MARK);
  await until(() => source.bufferedAmount >= MARK);
  await turns(200);
  const stuck = sent;
  assert.equal(to.bufferedAmount, MARK + PART, 'the mark, and the write that waits');
  const { bytes } = from.stats().incoming;
  // What the source writes at once is a chunk of at most 64 KiB.
  assert.ok(bytes <= MARK + (64 << 10), `${bytes} bytes are held in between`);
  assert.equal(await isSettled(sending), false);

  acceptAll(held);
  await sending;
  assert.ok(stuck < COUNT);
  const closed = source.close();
  await until(() => held.writes.some(({ chunk }) => chunk[chunk.length - 4] === 0x88));
  held.give(new Uint8Array([0x88, 2, 0x03, 0xe8]));
  await Promise.all([closed, piped]);
  const written = Buffer.concat(held.writes.map(({ chunk }) => chunk));
  const expected = Array.from({ length: COUNT }, (_, index) => [
    Buffer.from([0x82, 126, PART >> 8, PART & 0xff]),
    noise(PART, index + 1),
  ]);
  assertBytes(written.subarray(0, -4), Buffer.concat(expected.flat()));
});

test('a quiet end of the source closes the destination with 1000', async (t) => {
  for (const code of [1000, 1001]) {
    const { source, sink, piped } = relay(t);
    source.close(code, 'not passed on');
    await piped;
    const { code: passed, reason } = await sink.closed;
    assert.deepEqual([passed, reason], [1000, '']);
  }
});

test('any other end of the source aborts the destination: 1011 and why', async (t) => {
  const { source, sink, piped } = relay(t);
  await source.send('before');
  source.close(4000, 'broken');
  await assert.rejects(piped, (error) => error instanceof ClosedError && error.closeCode === 4000);
  assert.equal((await sink.receive()).text, 'before');
  const { code, reason } = await sink.closed;
  assert.equal(code, 1011);
  assert.match(reason, /closed the session with 4000: broken/);
});

test('the end of the destination stops the pipe and leaves the source open', async (t) => {
  const { source, from, sink, piped } = relay(t);
  const broken = assert.rejects(piped, { code: 'ERR_CLOSED', closeCode: 4000 });
  await sink.close(4000, 'full');
  await broken;
  await source.send('for another');
  assert.equal((await from.receive()).text, 'for another');
  assert.equal(from.state, 'open');
});

test('a pipe given up with a signal closes the destination with 1000, the source stays open', async (t) => {
  const owner = new AbortController();
  const { source, from, sink, piped } = relay(t, { signal: owner.signal });
  const stopped = assert.rejects(piped, { name: 'AbortError' });
  owner.abort();
  await stopped;
  assert.equal((await sink.closed).code, 1000);
  await source.send('still');
  assert.equal((await from.receive()).text, 'still');
});

test('outgoing: aborting without a reason closes with 1011 and none', async (t) => {
  const { client, server } = pair(t);
  await client.outgoing.abort();
  const { code, reason } = await server.closed;
  assert.deepEqual([code, reason], [1011, '']);
});

test('outgoing: a write waits while the queue is over its mark', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client', outgoing: { highWaterMark: 5 } });
  t.after(() => session.terminate());
  const writer = session.outgoing.getWriter();
  await writer.write('stuck');
  const waiting = writer.write('wait');
  assert.equal(await isSettled(waiting), false);
  (await held.write(0)).accept();
  await waiting;
});

test("incoming.readable reads nothing ahead: the budget is the session's", async (t) => {
  const { client, server } = pair(t);
  const { readable } = server.incoming;
  for (let index = 0; index < 10; index += 1) await client.send(`${index}`);
  await until(() => server.stats().incoming.frames === 10);
  await turns();
  assert.equal(server.stats().incoming.frames, 10);
  const reader = readable.getReader();
  assert.equal((await reader.read()).value.text, '0');
  assert.equal(server.stats().incoming.frames, 9);
});
