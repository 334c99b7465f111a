/** Sockets of framewire's own, which share the memory that they are read into: TCP and TLS, any sizes. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { TransportError } from '#framewire';
import { selfSigned } from './certificate.mjs';
import { closeFrame, frame, RawPeer } from './raw.mjs';
import { deferred, open, switching, turns, until } from './support.mjs';

const KINDS = ['ws', 'wss'];
const { key, cert } = selfSigned('localhost');

/** A server on TCP or TLS that upgrades, with bytes right behind its answer, and does then what `play` says. */
async function server(t, kind, behind, play) {
  const sockets = new Set();
  const serve = async (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const peer = new RawPeer(socket);
    const request = await peer.head();
    if (request === undefined) return;
    socket.write(Buffer.concat([Buffer.from(switching(request)), ...behind]));
    await play?.(peer);
  };
  const listening = kind === 'ws' ? createTcpServer(serve) : createTlsServer({ key, cert }, serve);
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return `${kind}://localhost:${listening.address().port}/`;
}

/** Different payloads of many sizes, around those where the receiver goes another way. */
function payloads() {
  const sizes = [
    0, 1, 100, 125, 126, 700, 2047, 2049, 8191, 16_383, 40_000, 65_536, 131_073, 300_000,
  ];
  return [...sizes, ...sizes.toReversed(), ...Array(300).fill(90)].map((size, index) =>
    Buffer.alloc(size, `${index} `),
  );
}

const OPTIONS = { tls: { ca: cert, family: 4 } };

for (const kind of KINDS) {
  test(`${kind}: frames that are kept do not change when more is read`, async (t) => {
    const sent = payloads();
    const frames = Buffer.concat(sent.map((bytes, index) => frame(index % 3 === 0 ? 1 : 2, bytes)));
    const url = await server(t, kind, [], async (peer) => {
      for (let at = 0, count = 0; at < frames.length; count += 1) {
        // Now and then a long piece; the end, of many short frames, in short ones.
        const size = count % 4 === 0 && at < frames.length - 20_000 ? 150_000 : 700;
        peer.write(frames.subarray(at, at + size));
        at += size;
        await turns();
      }
      peer.write(closeFrame(1000));
    });
    const session = await open(t, url, OPTIONS);
    const received = [];
    for await (const taken of session) received.push(taken);
    assert.equal(received.length, sent.length);
    for (const [index, { bytes, type }] of received.entries()) {
      assert.equal(type, index % 3 === 0 ? 'text' : 'binary');
      assert.ok(sent[index].equals(bytes), `message ${index} of ${sent[index].length} bytes`);
    }
  });

  test(`${kind}: two sessions that read in turns do not see each other's bytes`, async (t) => {
    const letters = ['a', 'b'];
    const done = [];
    for (const letter of letters) {
      const sent = Buffer.alloc(50_000, letter);
      const url = await server(t, kind, [], async (peer) => {
        for (let count = 0; count < 40; count += 1) {
          peer.write(frame(2, sent));
          await turns();
        }
        peer.write(closeFrame(1000));
      });
      const session = await open(t, url, OPTIONS);
      done.push(
        (async () => {
          const received = [];
          for await (const { bytes } of session) received.push(bytes);
          return received.length === 40 && received.every((bytes) => sent.equals(bytes));
        })(),
      );
    }
    assert.deepEqual(await Promise.all(done), [true, true]);
  });

  test(`${kind}: what comes behind the upgrade in one go is all there, with the end`, async (t) => {
    const sent = payloads();
    const url = await server(
      t,
      kind,
      [...sent.map((bytes) => frame(2, bytes)), closeFrame(1000)],
      (peer) => peer.socket.end(),
    );
    const session = await open(t, url, OPTIONS);
    let index = 0;
    for await (const { bytes } of session) {
      assert.ok(sent[index].equals(bytes), `message ${index}`);
      index += 1;
    }
    assert.equal(index, sent.length);
    assert.equal((await session.closed).code, 1000);
  });

  test(`${kind}: frames, a Close and the end that came before there was room are not lost`, async (t) => {
    const sent = [...'abcdefgh'].map((letter) => Buffer.alloc(15_000, letter));
    const gone = deferred();
    const url = await server(
      t,
      kind,
      [...sent.map((bytes) => frame(2, bytes)), closeFrame(1000)],
      async ({ socket }) => {
        socket.end();
        await once(socket, 'finish');
        gone.resolve();
      },
    );
    const session = await open(t, url, { ...OPTIONS, incoming: { highWaterMark: 1000 } });
    await gone.promise;
    await until(() => session.stats().incoming.frames > 0);
    let count = 0;
    for await (const { bytes } of session) {
      assert.ok(sent[count].equals(bytes), `message ${count}`);
      count += 1;
      await turns();
    }
    assert.equal(count, sent.length);
    assert.equal((await session.closed).code, 1000);
  });

  test(`${kind}: an end without a Close is told behind what was read ahead of it`, async (t) => {
    const full = deferred();
    const gone = deferred();
    const url = await server(t, kind, [frame(2, Buffer.alloc(2000))], async ({ socket }) => {
      await full.promise;
      for (const letter of 'abc') socket.write(frame(2, Buffer.alloc(15_000, letter)));
      socket.end();
      await once(socket, 'finish');
      await turns();
      gone.resolve();
    });
    const session = await open(t, url, { ...OPTIONS, incoming: { highWaterMark: 1000 } });
    await until(() => session.stats().incoming.frames === 1);
    full.resolve();
    await gone.promise;
    assert.equal((await session.receive()).bytes.length, 2000);
    for (const letter of 'abc') {
      assert.ok(Buffer.alloc(15_000, letter).equals((await session.receive()).bytes));
    }
    await assert.rejects(session.receive(), TransportError);
    assert.equal((await session.closed).initiator, 'transport');
  });

  test(`${kind}: a session that does not take is read no further, and gets all later`, async (t) => {
    const sent = (index) => Buffer.alloc(10_000, `${index} `);
    const stalled = deferred();
    const url = await server(t, kind, [], async ({ socket }) => {
      for (let count = 0; count < 2000; count += 1) {
        if (socket.write(frame(2, sent(count)))) continue;
        stalled.resolve();
        await once(socket, 'drain');
      }
      socket.write(closeFrame(1000));
    });
    const session = await open(t, url, { ...OPTIONS, incoming: { highWaterMark: 30_000 } });
    await stalled.promise;
    await until(() => session.stats().incoming.bytes >= 30_000);
    await turns();
    // Another one is read into the same memory meanwhile.
    const other = await open(t, url, OPTIONS);
    assert.ok(sent(0).equals((await other.receive()).bytes));
    const { bytes } = session.stats().incoming;
    // A read, or a record of TLS, more than the mark.
    assert.ok(bytes < 30_000 + 160_000, `${bytes} bytes wait`);
    let count = 0;
    for await (const { bytes } of session) {
      assert.ok(sent(count).equals(bytes));
      count += 1;
    }
    assert.equal(count, 2000);
  });
}
