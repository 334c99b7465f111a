/** A peer that floods: nothing is read past the budget, and all of it arrives in order later. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { frame } from './raw.mjs';
import { acceptingServer, deferred, open, turns, until, webSocketServer } from './support.mjs';

const PART = 64 << 10;

/** A message whose first bytes tell its number. */
function numbered(index, length = PART) {
  const bytes = Buffer.alloc(length, index & 0xff);
  bytes.writeUInt32BE(index);
  return bytes;
}

/** A transport that counts how many chunks were asked for. */
function countingTransport(chunks) {
  let pulled = 0;
  const readable = new ReadableStream(
    {
      pull(controller) {
        controller.enqueue(chunks(pulled));
        pulled += 1;
      },
    },
    { highWaterMark: 0 },
  );
  return {
    transport: { readable, writable: new WritableStream() },
    get pulled() {
      return pulled;
    },
  };
}

test('the transport is no longer read when the budget in bytes is full', async (t) => {
  const source = countingTransport((index) => frame(2, numbered(index)));
  const session = overTransport(source.transport, {
    role: 'client',
    incoming: { highWaterMark: 10 * PART },
  });
  t.after(() => session.terminate());
  await until(() => session.stats().incoming.bytes >= 10 * PART);
  await turns();
  assert.equal(source.pulled, 10);
  assert.deepEqual(session.stats().incoming, { bytes: 10 * PART, frames: 10 });

  for (let index = 0; index < 40; index += 1) {
    assert.equal(Buffer.from((await session.receive()).bytes).readUInt32BE(), index);
    assert.ok(source.pulled <= index + 12, `${source.pulled} chunks read, ${index} taken`);
  }
});

test('the transport is no longer read when the budget in frames is full', async (t) => {
  const source = countingTransport((index) => frame(1, `${index}`));
  const session = overTransport(source.transport, { role: 'client', incoming: { maxFrames: 7 } });
  t.after(() => session.terminate());
  await until(() => session.stats().incoming.frames >= 7);
  await turns();
  assert.equal(source.pulled, 7);
  assert.equal((await session.receive()).text, '0');
  await until(() => source.pulled === 8);
  await turns();
  assert.equal(source.pulled, 8);
});

test('a message larger than the budget passes', async (t) => {
  const whole = frame(2, Buffer.alloc(300_000, 7));
  const source = countingTransport((index) => whole.subarray(index * 1000, index * 1000 + 1000));
  const session = overTransport(source.transport, {
    role: 'client',
    incoming: { highWaterMark: 5000 },
  });
  t.after(() => session.terminate());
  assert.equal((await session.receive()).bytes.length, 300_000);
});

test('a flooding server made with ws is held back, and all arrives in order', async (t) => {
  const COUNT = 800;
  const peerOf = deferred();
  const { url } = await webSocketServer(t, (peer) => {
    for (let index = 0; index < COUNT; index += 1) peer.send(numbered(index));
    peerOf.resolve(peer);
  });
  const session = await open(t, url);
  const peer = await peerOf.promise;
  await until(() => session.stats().incoming.bytes >= 1 << 20);
  await turns(200);
  const { incoming } = session.stats();
  assert.ok(incoming.bytes < (1 << 20) + 2 * PART, `${incoming.bytes} bytes held`);
  assert.ok(peer.bufferedAmount > 16 << 20, `${peer.bufferedAmount} bytes wait at the peer`);
  for (let index = 0; index < COUNT; index += 1) {
    const { bytes } = await session.receive();
    assert.deepEqual([bytes.length, Buffer.from(bytes).readUInt32BE()], [PART, index]);
  }
  assert.equal((await session.close()).wasClean, true);
});

test('a peer that does not read makes send wait, and gets all in order later', async (t) => {
  const COUNT = 500;
  const all = deferred();
  let count = 0;
  const peerOf = deferred();
  const { url } = await webSocketServer(t, (peer) => {
    peer.pause();
    peer.on('message', (data) => {
      assert.equal(data.readUInt32BE(), count);
      count += 1;
      if (count === COUNT) all.resolve();
    });
    peerOf.resolve(peer);
  });
  const session = await open(t, url);
  const peer = await peerOf.promise;
  let sent = 0;
  const sending = (async () => {
    for (; sent < COUNT; sent += 1) await session.send(numbered(sent));
  })();
  await until(() => session.bufferedAmount >= 1 << 20);
  await turns(200);
  assert.ok(session.bufferedAmount < (1 << 20) + 2 * PART, `${session.bufferedAmount} bytes held`);
  assert.ok(sent < COUNT);
  peer.resume();
  await sending;
  await all.promise;
});

test('control frames that were read are served while nobody iterates', async (t) => {
  const pongs = deferred();
  const { url } = await webSocketServer(t, (peer) => {
    peer.on('pong', () => pongs.resolve());
    for (let index = 0; index < 100; index += 1) peer.send('x');
    peer.ping();
  });
  const session = await open(t, url);
  await pongs.promise;
  assert.equal(session.state, 'open');
});

test('a Close that was read ends the session while nobody iterates; what came stays readable', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    for (let index = 0; index < 100; index += 1) peer.send(`${index}`);
    peer.close(1000);
  });
  const session = await open(t, url);
  assert.equal((await session.closed).code, 1000);
  let index = 0;
  for await (const { text } of session) {
    assert.equal(text, `${index}`);
    index += 1;
  }
  assert.equal(index, 100);
});

test('close() finds its answer behind a flood that nobody reads', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    for (let index = 0; index < 300; index += 1) peer.send(numbered(index));
  });
  const session = await open(t, url);
  await until(() => session.stats().incoming.bytes >= 1 << 20);
  const info = await session.close();
  assert.deepEqual([info.code, info.wasClean], [1000, true]);
});

test('two sessions that echo to each other under load lose nothing', async (t) => {
  const { url } = await acceptingServer(t, async (accepted) => {
    const session = await accepted;
    try {
      for await (const received of session) await session.send(received);
    } catch {
      // The client's end is what is looked at.
    }
  });
  const session = await open(t, url);
  const sending = (async () => {
    for (let index = 0; index < 300; index += 1)
      await session.send(numbered(index, 4 + ((index * 977) % 200_000)));
  })();
  for (let index = 0; index < 300; index += 1) {
    const { bytes } = await session.receive();
    assert.deepEqual(
      [bytes.length, Buffer.from(bytes).readUInt32BE()],
      [4 + ((index * 977) % 200_000), index],
    );
  }
  await sending;
});
