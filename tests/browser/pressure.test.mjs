/** Back-pressure through the bridge: nothing piles up, and all arrives in order later. */

import assert from 'node:assert/strict';
import { deferred, echo, webSocketServer } from '../node/support.mjs';
import { stage } from './stage.mjs';

const { pageTest } = stage();

const PART = 64 << 10;
const MARK = 1 << 20;
/** More than all the windows and buffers on the way hold together. */
const COUNT = 768;
/** 250 MiB. */
const FLOOD = 4000;
/** As much as the page reads in one piece of work. */
const STEP = 500;
/** What they may hold: the page's, QUIC's, the bridge's and those of two TCP sockets. */
const ON_THE_WAY = 24 << 20;

/** A message whose first bytes tell its number. */
function numbered(index) {
  const bytes = Buffer.alloc(PART, index & 0xff);
  bytes.writeUInt32BE(index);
  return bytes;
}

/** Waits until a value stays the same over many round trips of another session, and gives it. */
async function unchanging(page, other, read) {
  for (;;) {
    const value = read();
    await page.run(([{ pings }, session]) => pings(session), other);
    if (read() === value) return value;
  }
}

pageTest(
  'a page that does not read holds the server back, and gets all in order',
  async (page, t) => {
    const connected = deferred();
    const { url } = await webSocketServer(t, (peer, { url: path }) => {
      if (path === '/flood') connected.resolve(peer);
      else echo(peer);
    });
    const session = await page.session(`${url}/flood`);
    const other = await page.session(url);
    const peer = await connected.promise;
    const written = deferred();
    for (let index = 0; index < FLOOD; index += 1) {
      peer.send(numbered(index), index === FLOOD - 1 ? written.resolve : undefined);
    }
    await page.run(
      async ([, session, other, mark]) => {
        while (session.stats().incoming.bytes < mark) await other.ping();
      },
      session,
      other,
      MARK,
    );
    const waiting = await unchanging(page, other, () => peer.bufferedAmount);
    assert.ok(waiting >= FLOOD * PART - ON_THE_WAY, `only ${waiting} bytes wait at the server`);

    const held = await page.run(([, session]) => session.stats().incoming.bytes, session);
    const frames = await page.keep(([, session]) => session[Symbol.asyncIterator](), session);
    let count = 0;
    for (; count < FLOOD; count += STEP) {
      await page.run(
        async ([, frames, part, step, first]) => {
          for (let index = first; index < first + step; index += 1) {
            const { bytes } = (await frames.next()).value;
            const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
            const right = number === index && bytes.length === part;
            if (!right || bytes[part - 1] !== (index & 0xff)) {
              throw new Error(`message ${number} came as number ${index}`);
            }
          }
        },
        frames,
        PART,
        STEP,
        count,
      );
    }
    const wasClean = await page.run(
      async ([, session, other, frames]) => {
        await frames.return();
        await other.close();
        return (await session.closed).wasClean;
      },
      session,
      other,
      frames,
    );
    assert.ok(held < MARK + 2 * PART, `${held} bytes held in the page`);
    assert.deepEqual([count, wasClean], [FLOOD, true]);
    await written.promise;
  },
);

pageTest('a server that does not read makes send wait, and gets all in order', async (page, t) => {
  const connected = deferred();
  const all = deferred();
  const order = [];
  const { url } = await webSocketServer(t, (peer, { url: path }) => {
    if (path !== '/slow') return echo(peer);
    peer.pause();
    peer.on('message', (data) => {
      order.push(data.length === PART ? data.readUInt32BE() : -1);
      if (order.length === COUNT) all.resolve();
    });
    connected.resolve(peer);
  });
  const session = await page.session(`${url}/slow`);
  const other = await page.session(url);
  const sending = await page.keep(
    ([, session, part, count]) => {
      const sending = { sent: 0, done: undefined };
      sending.done = (async () => {
        for (; sending.sent < count; sending.sent += 1) {
          const bytes = new Uint8Array(part);
          new DataView(bytes.buffer).setUint32(0, sending.sent);
          await session.send(bytes);
        }
      })();
      return sending;
    },
    session,
    PART,
    COUNT,
  );
  const stalled = await page.run(
    async ([{ pings }, session, other, sending, mark]) => {
      for (;;) {
        const { sent } = sending;
        await pings(other);
        const buffered = session.bufferedAmount;
        if (sending.sent === sent && buffered >= mark) return { sent, buffered };
      }
    },
    session,
    other,
    sending,
    MARK,
  );
  assert.ok(stalled.sent * PART < ON_THE_WAY, `${stalled.sent} messages were taken`);
  assert.ok(stalled.buffered < MARK + 2 * PART, `${stalled.buffered} bytes buffered`);

  const peer = await connected.promise;
  peer.resume();
  const after = await page.run(
    async ([, session, sending]) => {
      await sending.done;
      await session.flush();
      return session.bufferedAmount;
    },
    session,
    sending,
  );
  assert.equal(after, 0);
  await all.promise;
  assert.deepEqual(
    order,
    Array.from({ length: COUNT }, (_, index) => index),
  );
});

pageTest(
  'a session that nobody reads does not hold up others to the same server',
  async (page, t) => {
    const { url } = await webSocketServer(t, (peer, { url: path }) => {
      if (path !== '/flood') return echo(peer);
      for (let index = 0; index < COUNT / 2; index += 1) peer.send(numbered(index));
    });
    await page.session(`${url}/flood`);
    const tunnels = await page.run(async ([{ open, noise, checkBytes, tunnels }, address]) => {
      const session = await open(address);
      const bytes = noise(1 << 20);
      for (let round = 0; round < 20; round += 1) {
        await session.send(bytes);
        checkBytes((await session.receive()).bytes, bytes);
      }
      await session.close();
      return tunnels();
    }, url);
    assert.equal(tunnels, 1);
  },
);
