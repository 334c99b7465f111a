/** Wires that deliver within the write: one session's chunk comes while the other one is in the middle of its own. */

import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { permessageDeflate } from '#framewire/deflate';
import { nodeTransport } from '#framewire/node';
import { rounds } from './random-kit.mjs';
import { assertBytes } from './support.mjs';

/** Two duplex streams, each the other's end: what is written is read before the write returns. */
function straightPair() {
  const ends = [];
  const make = (other) =>
    new Duplex({
      read() {},
      write(bytes, _encoding, done) {
        ends[other].push(bytes);
        done();
      },
      final(done) {
        ends[other].push(null);
        done();
      },
      destroy(cause, done) {
        if (!ends[other].destroyed) ends[other].push(null);
        done(cause);
      },
    });
  ends.push(make(1), make(0));
  return ends;
}

function straightSessions(t, options) {
  const [ours, theirs] = straightPair();
  const client = overTransport(nodeTransport(ours), { role: 'client', ...options });
  const server = overTransport(nodeTransport(theirs), { role: 'server', ...options });
  t.after(() => client.terminate());
  t.after(() => server.terminate());
  return { client, server };
}

test('two sessions that talk at once over such wires get all, in order', async (t) => {
  await rounds('straight', 20, async (dice, told) => {
    const options = {
      incoming: { highWaterMark: dice.of([1, 1000, 1 << 20]), maxFrames: dice.of([1, 4, 4096]) },
      outgoing: { highWaterMark: dice.of([1, 1000, 1 << 20]) },
      extensions: dice.one(3) ? [permessageDeflate({ threshold: 0 })] : [],
    };
    Object.assign(told, options.incoming);
    const { client, server } = straightSessions(t, options);
    const bound = dice.of([100, 5000, 200_000]);
    const count = 1 + dice.below(bound > 5000 ? 15 : 100);
    const lots = [client, server].map(() =>
      Array.from({ length: count }, () => dice.message(bound)),
    );
    const eager = dice.of([1, 3, 50]);
    const sending = [client, server].map(async (session, at) => {
      for (const { string, payload } of lots[at]) {
        const sent = session.send(string ?? payload);
        if (dice.one(5)) session.ping().catch(() => {});
        if (dice.one(eager)) await sent;
      }
    });
    const receiving = [client, server].map(async (session, at) => {
      const kept = [];
      for (const { text, payload } of lots[1 - at]) {
        const frame = await session.receive();
        assert.equal(frame.type, text ? 'text' : 'binary');
        assertBytes(frame.bytes, payload);
        kept.push([frame, payload]);
      }
      for (const [frame, payload] of kept) assertBytes(frame.bytes, payload);
    });
    await Promise.all([...sending, ...receiving]);
    const [one, other] = await Promise.all([client.close(3000), server.closed]);
    assert.deepEqual([one.code, other.code, one.wasClean], [3000, 3000, true]);
  });
});

test('one may end all sessions from where one is told of an end', async (t) => {
  for (const how of ['close', 'terminate', 'send']) {
    const pairs = Array.from({ length: 4 }, () => straightSessions(t));
    const all = pairs.flatMap(({ client, server }) => [client, server]);
    for (const session of all) {
      session.signal.addEventListener('abort', () => {
        for (const one of all) {
          if (how === 'close') one.close(1000);
          else if (how === 'terminate') one.terminate();
          else one.send(new Uint8Array(100_000)).catch(() => {});
          assert.ok(one.stats().sent.frames >= 0);
          one.flush().catch(() => {});
          one.ping().catch(() => {});
          one.pingInterval = 1000;
          one.masking = false;
        }
      });
    }
    for (const { client } of pairs) client.send(new Uint8Array(100_000));
    if (how === 'send') for (const one of all) one.terminate();
    else pairs[0].client.terminate();
    const infos = await Promise.all(all.map(({ closed }) => closed));
    assert.equal(infos.length, all.length);
  }
});
