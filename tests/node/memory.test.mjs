/** The core's memory grows while chunks are on their way: nothing that was handed over may change. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { frame, parseFrame } from './raw.mjs';
import { assertBytes, heldTransport, memoryPair, noise } from './support.mjs';

// The instance is made at the first session; its memory is caught here.
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    memory = this.exports.memory ?? memory;
  }
};

/** Makes the core's memory grow, and tells that it did. */
function grow(t) {
  const before = memory.buffer.byteLength;
  const { transport } = heldTransport();
  const session = overTransport(transport, {
    role: 'client',
    outgoing: { highWaterMark: Number.POSITIVE_INFINITY, maxFrames: Number.POSITIVE_INFINITY },
  });
  t.after(() => session.terminate());
  const filling = new Uint8Array(30_000).fill(0x5a);
  while (memory.buffer.byteLength === before) session.send(filling);
}

test('chunks under way stay as they were written while the memory grows', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, {
    role: 'client',
    outgoing: { highWaterMark: 64 << 20 },
  });
  t.after(() => session.terminate());
  const sent = [noise(10, 1), noise(30_000, 2), noise(32_768, 3), noise(1 << 20, 4), noise(200, 5)];
  for (const [at, bytes] of sent.entries()) {
    const copy = bytes.slice();
    session.send(copy);
    copy.fill(0);
    await held.write(held.writes.length > 0 ? 0 : at);
    grow(t);
  }
  let accepted = 0;
  const flushing = session.flush().then(() => {
    accepted = -1;
  });
  while (accepted >= 0) {
    await Promise.race([
      held.write(accepted).then((write) => {
        grow(t);
        write.accept();
        accepted += accepted < 0 ? 0 : 1;
      }),
      flushing,
    ]);
  }
  let rest = Buffer.concat(held.writes.map(({ chunk }) => chunk));
  for (const bytes of sent) {
    const next = parseFrame(rest);
    assertBytes(next.payload, bytes);
    rest = next.rest;
  }
  assert.equal(rest.length, 0);
});

test('frames received stay as they were while the memory grows', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'server' });
  t.after(() => session.terminate());
  const sent = [noise(10, 1), noise(5000, 2), noise(300_000, 3)];
  const frames = [];
  for (const bytes of sent) {
    held.give(frame(2, bytes, { mask: [9, 8, 7, 6] }));
    frames.push(await session.receive());
    grow(t);
  }
  for (const [at, bytes] of sent.entries()) assertBytes(frames[at].bytes, bytes);
});

test('a message whose parts come before and after the growth is whole', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'server' });
  t.after(() => session.terminate());
  const sent = noise(100_000, 7);
  const bytes = frame(2, sent, { mask: [1, 2, 3, 4] });
  for (let at = 0; at < bytes.length; at += 9_999) {
    held.give(bytes.subarray(at, at + 9_999));
    grow(t);
    await new Promise(setImmediate);
  }
  assertBytes((await session.receive()).bytes, sent);
});

test('sessions that talk while others make the memory grow do not notice', async (t) => {
  const [ours, theirs] = memoryPair();
  const client = overTransport(ours, { role: 'client' });
  const server = overTransport(theirs, { role: 'server' });
  t.after(() => client.terminate());
  const echoing = (async () => {
    for await (const received of server) await server.send(received);
  })();
  for (let round = 0; round < 20; round += 1) {
    const bytes = noise(round * 7_000, round + 1);
    await client.send(bytes);
    await client.send(`text ${'é'.repeat(round * 900)}`);
    grow(t);
    assertBytes((await client.receive()).bytes, bytes, `round ${round}`);
    assert.equal((await client.receive()).text, `text ${'é'.repeat(round * 900)}`);
  }
  await client.close();
  await echoing;
});
