/** Sessions that are told the same share what they can, and are each other's business in nothing. */

import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { memoryPair, open, webSocketServer } from './support.mjs';

/** Two ends of one session, told the same but for their role. */
function pair(options) {
  const [ours, theirs] = memoryPair();
  return [
    overTransport(ours, { ...options, role: 'client' }),
    overTransport(theirs, { ...options, role: 'server' }),
  ];
}

test('what is changed on one session stays as it is on another that was told the same', async () => {
  const [one, server] = pair();
  const [other, otherServer] = pair();
  one.masking = false;
  one.maxFrameSize = 7;
  one.pingInterval = 60_000;
  one.pongTimeout = 30_000;
  assert.deepEqual(
    [one.masking, one.maxFrameSize, one.pingInterval, one.pongTimeout],
    [false, 7, 60_000, 30_000],
  );
  assert.deepEqual(
    [other.masking, other.maxFrameSize, other.pingInterval, other.pongTimeout],
    [true, 16 << 20, 0, 15_000],
  );
  await other.send('taken');
  assert.equal((await otherServer.receive()).text, 'taken');
  await one.send('refused');
  assert.equal((await server.closed).error.closeCode, 1002);
  one.terminate();
  other.terminate();
});

test('of many sessions that are told different things each keeps to its own', async () => {
  const sizes = Array.from({ length: 24 }, (_, index) => 10 + index);
  const pairs = [...sizes, ...sizes].map((maxFrameSize) => ({
    maxFrameSize,
    ends: pair({ maxFrameSize, closeTimeout: 1000 + maxFrameSize }),
  }));
  for (const { maxFrameSize, ends } of pairs) {
    const [client, server] = ends;
    assert.equal(server.maxFrameSize, maxFrameSize);
    await client.send('x'.repeat(maxFrameSize));
    assert.equal((await server.receive()).text.length, maxFrameSize);
    await client.send('x'.repeat(maxFrameSize + 1));
    assert.equal((await server.closed).error.closeCode, 1009);
    client.terminate();
  }
});

test('a codec of one session is not that of the next', async () => {
  const codec = { encode: () => 'mine', decode: () => 'mine', applies: () => true };
  const [client, server] = pair({ codec });
  const [plain, plainServer] = pair();
  await client.sendValue({});
  await plain.sendValue({ a: 1 });
  assert.equal(await server.receiveValue(), 'mine');
  assert.deepEqual(await plainServer.receiveValue(), { a: 1 });
  client.terminate();
  plain.terminate();
});

test('closed is one promise, whenever it is first asked for', async () => {
  const [early, late] = pair();
  const asked = early.closed;
  early.close(1000, 'done');
  for await (const frame of late) assert.fail(frame.type);
  assert.equal((await asked).reason, 'done');
  assert.equal(early.closed, asked);
  assert.equal(late.state, 'closed');
  const { closed } = late;
  assert.equal(late.closed, closed);
  assert.equal((await closed).reason, 'done');
});

test('headers of a handshake are one object, also when they are first read after the end', async (t) => {
  const { url, server } = await webSocketServer(t, () => {});
  server.on('headers', (headers) => headers.push('X-Served-By: here', 'X-Empty:'));
  const session = await open(t, url);
  await session.close();
  const { headers } = session.handshake;
  assert.equal(headers.get('x-served-by'), 'here');
  assert.equal(headers.get('x-empty'), '');
  assert.equal(session.handshake.headers, headers);
});

test('each of many sockets has a wire of its own', async () => {
  const duplexes = Array.from({ length: 3 }, () => {
    const written = [];
    const duplex = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        written.push(chunk);
        done();
      },
    });
    return { duplex, written };
  });
  const sessions = duplexes.map(({ duplex }) =>
    overTransport(nodeTransport(duplex), { role: 'client', masking: false }),
  );
  const [first, second, third] = sessions;
  const received = second.receive();
  duplexes[1].duplex.push(Buffer.from([0x81, 2, 0x68, 0x69]));
  assert.equal((await received).text, 'hi');
  await third.send('yo');
  await third.flush();
  assert.deepEqual(
    duplexes.map(({ written }) => Buffer.concat(written).toString('latin1')),
    ['', '', '\x81\x02yo'],
  );
  duplexes[0].duplex.destroy(new Error('cut'));
  assert.equal((await first.closed).error.cause.message, 'cut');
  assert.deepEqual([second.state, third.state], ['open', 'open']);
  second.terminate();
  third.terminate();
});
