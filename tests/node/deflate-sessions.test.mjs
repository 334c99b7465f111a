/** Sessions that share the module of permessage-deflate are kept apart. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permessageDeflate } from '#framewire/deflate';
import { compressed, deflated, deflating, handFed } from './deflate-kit.mjs';
import { pair } from './extension-kit.mjs';
import { closeFrame, frame } from './raw.mjs';
import { acceptingServer, assertBytes, echo, noise, open, webSocketServer } from './support.mjs';

const text = (id, length = 200) => Array.from({ length }, (_, at) => `${id}:${at}`).join(' ');

test('fragments of two sessions that come in turn are kept apart', async (t) => {
  const sessions = [handFed(t), handFed(t)];
  const codecs = [deflating(), deflating()];
  for (let round = 0; round < 5; round += 1) {
    const payloads = await Promise.all(
      codecs.map((deflate, id) => deflate(Buffer.from(text(`${id}/${round}`)))),
    );
    const ends = payloads.map(({ length }) => length);
    const most = Math.max(...ends);
    for (let at = 0; at < most; at += 50) {
      for (const [id, { give }] of sessions.entries()) {
        if (at >= ends[id]) continue;
        const part = payloads[id].subarray(at, at + 50);
        const fin = at + 50 >= ends[id];
        give(at === 0 ? compressed(part, { fin }) : frame(0, part, { fin }));
        await new Promise(setImmediate);
      }
    }
    for (const [id, { session }] of sessions.entries()) {
      assert.equal((await session.receive()).text, text(`${id}/${round}`));
    }
  }
});

test('many sessions of both roles, each with a window of its own, talk at once', async (t) => {
  const extensions = [permessageDeflate({ threshold: 0 })];
  const server = await acceptingServer(
    t,
    async (accepted) => {
      const session = await accepted;
      for await (const message of session) await session.send(message);
    },
    { extensions },
  );
  const foreign = await webSocketServer(t, echo, { perMessageDeflate: { threshold: 0 } });
  await Promise.all(
    Array.from({ length: 40 }, async (_, id) => {
      const session = await open(t, id % 2 ? server.url : foreign.url, { extensions });
      assert.equal(session.extensions.length, 1);
      for (let round = 0; round < 10; round += 1) {
        await session.send(text(id + round));
        await session.send(noise(3000, id + 1));
        assert.equal((await session.receive()).text, text(id + round));
        assertBytes((await session.receive()).bytes, noise(3000, id + 1));
      }
      const { before, after } = session.stats().encoded;
      assert.ok(after < before);
      await session.close();
    }),
  );
});

test('a session that fails leaves the others as they are', async (t) => {
  const { client, server } = pair(t, [permessageDeflate({ threshold: 0 })]);
  await client.send(text('before'));
  assert.equal((await server.receive()).text, text('before'));
  const bad = handFed(t);
  bad.give(compressed(deflated('fine')), compressed([0x06]));
  assert.equal((await bad.session.closed).code, 1007);
  await client.send(text('before'));
  assert.equal((await server.receive()).text, text('before'));
});

test('what is received stays as it was while the memory of the module grows', async (t) => {
  const { client, server } = pair(t, [permessageDeflate({ threshold: 0 })]);
  const messages = [noise(1000, 1), noise(100_000, 2), noise(3 << 20, 3), noise(10, 4)];
  const frames = [];
  for (const message of messages) {
    await client.send(message);
    frames.push(await server.receive());
  }
  for (const [at, { bytes }] of frames.entries()) assertBytes(bytes, messages[at]);
});

test('what is decoded after the end is counted as it is taken', async (t) => {
  const { session, give } = handFed(t, { incoming: { highWaterMark: 1 } });
  // One takes more room than it says, the other less.
  const sent = [noise(3000), Buffer.alloc(3000, 'much the same')];
  const payloads = sent.map((bytes) => deflated(bytes));
  const frames = payloads.map((payload) => compressed(payload, { opcode: 2 }));
  give(...frames, closeFrame(1000));
  await session.closed;
  assert.deepEqual(session.stats().incoming, { frames: 2, bytes: 3000 + payloads[1].length });
  assertBytes((await session.receive()).bytes, sent[0]);
  assert.deepEqual(session.stats().incoming, { frames: 1, bytes: 3000 });
  assertBytes((await session.receive()).bytes, sent[1]);
  assert.deepEqual(session.stats().incoming, { frames: 0, bytes: 0 });
});
