/** 250 MiB from and to a peer in another process: nothing piles up, nothing is lost. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isSettled, open, until } from './support.mjs';

const TOTAL = 250 << 20;
const PART = 64 << 10;
/** What is read of a socket at once. */
const CHUNK = 128 << 10;
/** The default budgets. */
const MARK = 1 << 20;
const MAX_FRAMES = 4096;

/** The server of `flood.mjs`, which ends with the test. */
async function floodServer(t) {
  const child = fork(fileURLToPath(new URL('flood.mjs', import.meta.url)));
  t.after(() => child.kill());
  const [port] = await once(child, 'message');
  return { child, url: `ws://127.0.0.1:${port}` };
}

/** Waits until a value stays the same over many round trips of another session, and gives it. */
async function unchanging(t, url, read) {
  const other = await open(t, url);
  for (;;) {
    const value = read();
    for (let trip = 0; trip < 100; trip += 1) await other.ping();
    if (read() === value) {
      await other.close();
      return value;
    }
  }
}

for (const [name, size, budget, most] of [
  ['bytes', PART, ({ bytes }) => bytes, MARK + CHUNK],
  ['frames', 250, ({ frames }) => frames, MAX_FRAMES + Math.ceil(CHUNK / 250)],
]) {
  test(`nobody reads and the peer sends 250 MiB: held is the budget in ${name} plus a chunk`, async (t) => {
    const { url } = await floodServer(t);
    const count = TOTAL / size;
    const session = await open(t, `${url}/flood?size=${size}&count=${count}`);
    const full = name === 'bytes' ? MARK : MAX_FRAMES;
    await until(() => budget(session.stats().incoming) >= full);
    await unchanging(t, url, () => session.stats().received.reads);
    const { incoming, received } = session.stats();
    assert.ok(budget(incoming) <= most, `${budget(incoming)} ${name} are held`);
    assert.ok(incoming.bytes <= MARK + CHUNK, `${incoming.bytes} bytes are held`);
    assert.ok(received.bytes <= MARK + 2 * CHUNK, `${received.bytes} bytes were read`);

    let number = 0;
    for await (const batch of session.incoming.batches()) {
      for (const { bytes } of batch) {
        const right =
          bytes.length === size &&
          ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) === number &&
          bytes[size - 1] === (number & 0xff);
        if (!right) assert.fail(`message ${number} is another`);
        number += 1;
      }
    }
    assert.equal(number, count);
    assert.deepEqual(session.stats().incoming, { bytes: 0, frames: 0 });
    assert.equal((await session.closed).wasClean, true);
  });
}

test('250 MiB to a peer that does not read: send waits at the mark, flush waits, all arrives', async (t) => {
  const { child, url } = await floodServer(t);
  const session = await open(t, `${url}/sink`);
  const count = TOTAL / PART;
  let sent = 0;
  const sending = (async () => {
    const bytes = new Uint8Array(PART);
    for (; sent < count; sent += 1) {
      bytes.fill(sent & 0xff);
      new DataView(bytes.buffer).setUint32(0, sent);
      await session.send(bytes);
    }
  })();
  await until(() => session.bufferedAmount >= MARK);
  await unchanging(t, url, () => sent);
  const { outgoing, sent: done } = session.stats();
  assert.ok(sent < count);
  assert.equal(session.bufferedAmount, outgoing.bytes);
  assert.equal(outgoing.bytes, outgoing.frames * PART, 'whole messages wait');
  assert.equal(outgoing.bytes, MARK + PART, 'the mark, and the message whose send waits');
  assert.equal(done.messages, sent + 1);
  const flushed = session.flush();
  assert.equal(await isSettled(flushed), false);

  child.send('go');
  await Promise.all([sending, flushed]);
  await session.flush();
  assert.equal(session.bufferedAmount, 0);
  const told = once(child, 'message');
  assert.equal((await session.close()).wasClean, true);
  assert.deepEqual((await told)[0], { count, inOrder: true });
});
