/** What is written lies in memory that may be used again: only once nobody reads it any more. */

import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { parseFrame } from './raw.mjs';
import {
  assertBytes,
  deferred,
  echo,
  heldTransport,
  noise,
  open,
  playingServer,
  turns,
  webSocketServer,
} from './support.mjs';

const SIZES = [16_384, 100, 65_536, 40_000, 200_000, 20_000, 1 << 20, 32_768, 3 << 20];

/** Messages of all sizes, each unlike all others. */
function messages(rounds, seed) {
  return Array.from({ length: rounds * SIZES.length }, (_, index) =>
    noise(SIZES[index % SIZES.length] + index, seed + index),
  );
}

// The first test: what others leave would be taken again in place of what is given back too early.
test('what a socket has not taken yet is not written over', async (t) => {
  const reader = deferred();
  const { url } = await playingServer(t, (peer) => {
    peer.socket.pause();
    reader.resolve(peer);
  });
  const session = await open(t, url);
  const peer = await reader.promise;
  const sent = [];
  const send = () => {
    sent.push(noise(100_000, sent.length + 1));
    session.send(sent.at(-1));
  };
  // Until the system takes no more; what comes then must find memory of its own.
  while (session.bufferedAmount === 0) {
    send();
    await turns(20);
  }
  for (let index = 0; index < 8; index += 1) send();
  peer.socket.resume();
  for (const payload of sent) assertBytes((await peer.frame()).payload, payload);
});

test('frames of many sizes on sessions side by side arrive as they were sent', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const lane = async (seed) => {
    const session = await open(t, url, { outgoing: { highWaterMark: 64 << 20 } });
    const sent = messages(4, seed);
    for (const payload of sent) session.send(payload);
    for (const payload of sent) assertBytes((await session.receive()).bytes, payload);
  };
  for (const seed of [1, 1001]) await Promise.all([lane(seed), lane(seed + 1e4), lane(seed + 2e4)]);
});

test('a transport that keeps what was written keeps it as it was', async (t) => {
  const kept = [];
  const keep = (chunk) => kept.push({ chunk, copy: Buffer.from(chunk) });
  const duplex = new Duplex({
    read() {},
    write(chunk, _, done) {
      keep(chunk);
      done();
    },
  });
  const writable = new WritableStream({ write: keep });
  for (const [name, transport] of [
    ['a duplex', nodeTransport(duplex)],
    ['streams', { readable: heldTransport().transport.readable, writable }],
  ]) {
    kept.length = 0;
    const session = overTransport(transport, { role: 'server' });
    t.after(() => session.terminate());
    const sent = messages(3, 7);
    for (const payload of sent) {
      await session.send(payload);
      await session.flush();
    }
    assert.equal(kept.length, sent.length, name);
    for (const [index, { chunk, copy }] of kept.entries()) {
      assertBytes(chunk, copy, name);
      assertBytes(parseFrame(Buffer.from(chunk)).payload, sent[index], name);
    }
  }
});
