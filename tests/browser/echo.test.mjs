/** Messages from a page over the bridge to an echo server made with ws, and back. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { deferred, echo, noise, webSocketServer } from '../node/support.mjs';
import { stage } from './stage.mjs';

const { pageTest } = stage();

/** Where the form of the length changes, and beyond, up to 4 MiB. */
const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 1 << 20, 4 << 20];

pageTest('text of every length form comes back unchanged, up to 4 MiB', async (page, t) => {
  const { url } = await webSocketServer(t, echo);
  await page.run(
    async ([{ open, text }, address, sizes]) => {
      const session = await open(address);
      for (const size of sizes) {
        const sent = text(size);
        await session.send(sent);
        const frame = await session.receive();
        if (frame.type !== 'text') throw new Error(`${frame.type} came back`);
        if (frame.bytes.length !== size) throw new Error(`${frame.bytes.length} bytes of ${size}`);
        if (frame.text !== sent) throw new Error(`text of ${size} bytes came back changed`);
      }
      await session.close();
    },
    url,
    SIZES,
  );
});

pageTest('binary of every length form comes back unchanged, up to 4 MiB', async (page, t) => {
  const { url } = await webSocketServer(t, echo);
  await page.run(
    async ([{ open, noise, checkBytes }, address, sizes]) => {
      const session = await open(address);
      for (const size of sizes) {
        const sent = noise(size, size + 1);
        await session.send(sent);
        const frame = await session.receive();
        if (frame.type !== 'binary') throw new Error(`${frame.type} came back`);
        checkBytes(frame.bytes, sent);
      }
      await session.close();
    },
    url,
    SIZES,
  );
});

pageTest(
  'messages of every length form that are under way together stay whole',
  async (page, t) => {
    const { url } = await webSocketServer(t, echo);
    await page.run(
      async ([{ open, noise, checkBytes }, address, sizes]) => {
        const session = await open(address);
        const sending = (async () => {
          for (const size of sizes) await session.send(noise(size, size + 1));
        })();
        for (const size of sizes)
          checkBytes((await session.receive()).bytes, noise(size, size + 1));
        await sending;
        await session.close();
      },
      url,
      [...SIZES, ...SIZES],
    );
  },
);

pageTest('10,000 small messages come back in order', async (page, t) => {
  const { url } = await webSocketServer(t, echo);
  const received = await page.run(async ([{ open }, address]) => {
    const session = await open(address);
    const sending = (async () => {
      for (let index = 0; index < 10_000; index += 1) await session.send(`message ${index}`);
    })();
    for (let index = 0; index < 10_000; index += 1) {
      const { text } = await session.receive();
      if (text !== `message ${index}`) throw new Error(`${text} came as number ${index}`);
    }
    await sending;
    await session.close();
    return session.stats().received.messages;
  }, url);
  assert.equal(received, 10_000);
});

pageTest(
  'overwriting the buffer right after send() changes nothing on the wire',
  async (page, t) => {
    const sizes = [1, 125, 126, 1000, 65_536, 300_000, 4 << 20];
    const received = [];
    const all = deferred();
    const { url } = await webSocketServer(t, (peer) =>
      peer.on('message', (data) => {
        received.push(digest(data));
        if (received.length === sizes.length) all.resolve();
      }),
    );
    await page.run(
      async ([{ open, noise }, address, sizes]) => {
        const session = await open(address);
        const sent = [];
        for (const size of sizes) {
          const bytes = noise(size, size);
          sent.push(session.send(bytes));
          bytes.fill(0);
        }
        await Promise.all(sent);
      },
      url,
      sizes,
    );
    await all.promise;
    assert.deepEqual(
      received,
      sizes.map((size) => digest(noise(size, size))),
    );
  },
);

function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
