/** Control frames under load: one pong is pending, it passes data between frames, and a Close never does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { frame, parseFrame } from './raw.mjs';
import { heldTransport, until } from './support.mjs';

const MASK = [1, 2, 3, 4];

/** A server session whose transport accepts nothing until it is told to. */
function stuck(t, options) {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'server', ...options });
  t.after(() => session.terminate());
  return { session, held };
}

/** Lets the transport accept all, up to the frame that `last` knows, and gives the frames. */
async function release(held, last) {
  const frames = [];
  let rest = Buffer.alloc(0);
  for (let index = 0; ; index += 1) {
    const { chunk, accept } = await held.write(index);
    accept();
    rest = Buffer.concat([rest, chunk]);
    for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
      frames.push(next);
      rest = next.rest;
    }
    if (frames.length > 0 && last(frames.at(-1))) return frames;
  }
}

const opcodes = (frames) => frames.map(({ opcode }) => opcode);

test('a flood of pings while the writer is stuck leaves one pong pending, the newest', async (t) => {
  const { session, held } = stuck(t);
  session.send(new Uint8Array(100_000));
  session.send('behind');
  await held.write(0);
  const COUNT = 50_000;
  for (let first = 0; first < COUNT; first += 1000) {
    const pings = Array.from({ length: 1000 }, (_, at) =>
      frame(9, `ping ${first + at}`, { mask: MASK }),
    );
    held.give(Buffer.concat(pings));
  }
  await until(() => session.stats().received.frames === COUNT);
  assert.equal(session.bufferedAmount, 100_006, 'pongs take no room');
  assert.equal(held.writes.length, 1);
  const frames = await release(held, ({ opcode }) => opcode === 1);
  assert.deepEqual(opcodes(frames), [2, 10, 1]);
  assert.equal(frames[1].payload.toString(), `ping ${COUNT - 1}`);
  await session.flush();
  assert.equal(held.writes.length, 3);
});

test('a pong passes data that waits, between two messages and between two fragments', async (t) => {
  for (const [name, options, send] of [
    ['messages', {}, (session) => [0, 1, 2, 3].map(() => session.send(new Uint8Array(70_000)))],
    ['fragments', { fragmentSize: 70_000 }, (session) => [session.send(new Uint8Array(280_000))]],
  ]) {
    const { session, held } = stuck(t, options);
    const sent = Promise.all(send(session));
    await held.write(0);
    held.give(frame(9, 'now', { mask: MASK }));
    await until(() => session.stats().received.frames === 1);
    session.send('the last');
    const frames = await release(held, ({ opcode }) => opcode === 1);
    const data = name === 'messages' ? [2, 2, 2] : [0, 0, 0];
    assert.deepEqual(opcodes(frames), [2, 10, ...data, 1], name);
    await sent;
  }
});

test('a ping of ours passes data that waits', async (t) => {
  const { session, held } = stuck(t);
  session.send(new Uint8Array(70_000));
  session.send(new Uint8Array(70_000));
  await held.write(0);
  const pong = session.ping(new TextEncoder().encode('mine'));
  session.send('the last');
  const frames = await release(held, ({ opcode }) => opcode === 1);
  assert.deepEqual(opcodes(frames), [2, 9, 2, 1]);
  held.give(frame(10, 'mine', { mask: MASK }));
  assert.ok((await pong) >= 0);
});

test('a Close never passes data, though a pong does', async (t) => {
  const { session, held } = stuck(t);
  session.send(new Uint8Array(70_000));
  session.send(new Uint8Array(70_000));
  session.send('the last');
  await held.write(0);
  const closed = session.close(4000, 'done');
  held.give(frame(9, 'still there?', { mask: MASK }));
  await until(() => session.stats().received.frames === 1);
  const frames = await release(held, ({ opcode }) => opcode === 8);
  assert.deepEqual(opcodes(frames), [2, 10, 2, 1, 8]);
  assert.deepEqual([frames.at(-1).code, frames.at(-1).payload.toString('utf8', 2)], [4000, 'done']);
  held.give(frame(8, [0x0f, 0xa0], { mask: MASK }));
  assert.equal((await closed).wasClean, true);
});

test('the answer to a Close of the peer passes no data either', async (t) => {
  const { session, held } = stuck(t);
  session.send(new Uint8Array(70_000));
  session.send('the last');
  await held.write(0);
  held.give(frame(8, [0x03, 0xe9], { mask: MASK }));
  await until(() => session.state === 'closing');
  const frames = await release(held, ({ opcode }) => opcode === 8);
  assert.deepEqual(opcodes(frames), [2, 1, 8]);
  assert.equal((await session.closed).code, 1001);
});
