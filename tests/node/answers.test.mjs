/** When an answer is written to what came: as soon as the next frame is waited for. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { frame, parseFrame } from './raw.mjs';
import { heldTransport, tcpServer, until } from './support.mjs';

/** The texts of the frames in a write. */
function textsOf(chunk) {
  const texts = [];
  let rest = Buffer.from(chunk);
  for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
    texts.push(next.payload.toString());
    rest = next.rest;
  }
  return texts;
}

/** A client on a socket, the peer's end of it, and the texts of each write. */
async function watched(t, options) {
  let peer;
  const { port } = await tcpServer(t, (socket) => {
    peer = socket;
  });
  const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  await until(() => peer);
  const writes = [];
  const { write } = socket;
  socket.write = (chunk, ...rest) => {
    writes.push(textsOf(chunk));
    return write.call(socket, chunk, ...rest);
  };
  const session = overTransport(nodeTransport(socket), { role: 'client', ...options });
  t.after(() => session.terminate());
  const give = (...texts) => peer.write(Buffer.concat(texts.map((text) => frame(1, text))));
  return { session, peer, give, writes };
}

/** The ways to wait for a frame. */
const WAYS = {
  'for await': (session) => {
    const frames = session[Symbol.asyncIterator]();
    return async () => (await frames.next()).value;
  },
  receive: (session) => () => session.receive(),
  'receive with a signal': (session) => {
    const { signal } = new AbortController();
    return () => session.receive({ signal });
  },
  batches: (session) => {
    const batches = session.incoming.batches();
    const left = [];
    return async () => {
      if (left.length === 0) left.push(...(await batches.next()).value);
      return left.shift();
    };
  },
};

for (const [name, way] of Object.entries(WAYS)) {
  test(`${name}: the answers to a chunk from a socket are one write, during the call that waits for more`, async (t) => {
    const { session, give, writes } = await watched(t);
    const next = way(session);
    for (const round of ['a', 'b', 'c']) {
      const texts = [1, 2, 3].map((index) => round + index);
      give(...texts);
      for (const text of texts) {
        assert.equal((await next()).text, text);
        await session.send(text);
        assert.deepEqual(writes, [], 'while frames are at hand, or may be, answers gather');
      }
      const waiting = next();
      assert.deepEqual(writes.splice(0), [texts]);
      give('on');
      assert.equal((await waiting).text, 'on');
    }
  });
}

test('what is sent behind an answer is written too, and gathers', async (t) => {
  const { session, give, writes } = await watched(t);
  const frames = session[Symbol.asyncIterator]();
  give('first');
  await frames.next();
  session.send('answer');
  const waiting = frames.next();
  const later = Array.from({ length: 20 }, (_, index) => `later ${index}`);
  for (const text of later) await session.send(text);
  await session.flush();
  assert.deepEqual(writes, [['answer'], later]);
  give('second');
  assert.equal((await waiting).value.text, 'second');
});

test('an answer after the next frame is waited for is written by itself', async (t) => {
  const { session, give, writes } = await watched(t);
  const frames = session[Symbol.asyncIterator]();
  for (const round of ['a', 'b', 'c']) {
    give(round);
    await frames.next();
    session.send(`${round} at once`);
    const waiting = frames.next();
    await session.flush();
    session.send(`${round} later`);
    await session.flush();
    assert.deepEqual(writes.splice(0), [[`${round} at once`], [`${round} later`]]);
    give('on');
    await waiting;
  }
});

test('a ping behind an answer is not held up', async (t) => {
  const { session, peer, give } = await watched(t);
  const frames = session[Symbol.asyncIterator]();
  give('first');
  await frames.next();
  session.send('answer');
  const waiting = frames.next();
  const came = [];
  peer.on('data', (chunk) => came.push(chunk));
  const pong = session.ping(Buffer.from('now'));
  await until(() => Buffer.concat(came).length >= 12 + 9);
  const first = parseFrame(Buffer.concat(came));
  const second = parseFrame(first.rest);
  assert.deepEqual([String(first.payload), second.opcode], ['answer', 9]);
  peer.write(frame(10, 'now'));
  assert.ok((await pong) >= 0);
  give('second');
  await waiting;
});

test('answers to chunks that lie ready in a stream gather', async (t) => {
  const held = heldTransport();
  const writes = [];
  const writable = new WritableStream({ write: (chunk) => void writes.push(textsOf(chunk)) });
  const { readable } = held.transport;
  const session = overTransport({ readable, writable }, { role: 'client' });
  t.after(() => session.terminate());
  const texts = Array.from({ length: 50 }, (_, index) => `${index}`);
  const answering = (async () => {
    for await (const { text } of session) {
      session.send(text);
      if (text === texts.at(-1)) return;
    }
  })();
  for (const text of texts) held.give(frame(1, text));
  await answering;
  await session.flush().catch(() => {});
  assert.deepEqual(writes.flat().slice(0, texts.length), texts);
  assert.ok(writes.length <= 5, `${writes.length} writes`);
});
