/** A session's directions as Web Streams, and messages that leave in fragments. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, overTransport } from '#framewire';
import { echo, memoryPair, webSocketServer } from './support.mjs';

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

test('fragmentSize: long messages leave as fragments and arrive whole', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const session = await connect(url, { fragmentSize: 1000 });
  t.after(() => session.terminate());
  for (const [data, count] of [
    ['é'.repeat(5000), 10],
    [new Uint8Array(3001).fill(7), 4],
    ['short', 1],
    [new Uint8Array(1000), 1],
    ['', 1],
  ]) {
    const before = session.stats().sent;
    await session.send(data);
    const { frames, messages } = session.stats().sent;
    assert.deepEqual([frames - before.frames, messages - before.messages], [count, 1]);
    const echoed = await session.receive();
    if (typeof data === 'string') assert.equal(echoed.text, data);
    else assert.deepEqual(echoed.bytes, data);
  }
});
