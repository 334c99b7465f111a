/** Any call into the core may make its memory grow, which detaches all views of it: here each does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, overTransport } from '#framewire';
import { understood } from './random-kit.mjs';
import { frame } from './raw.mjs';
import { acceptAll, assertBytes, drain, heldTransport, noise, turns } from './support.mjs';

// The instance is made at the first session; its memory grows at the end of each call from then on.
const { Instance } = WebAssembly;
WebAssembly.Instance = class {
  constructor(...given) {
    const { exports } = new Instance(...given);
    const { memory } = exports;
    const growing = (call) =>
      function grow(...values) {
        const result = call(...values);
        memory.grow(1);
        return result;
      };
    const wrap = ([name, value]) => [name, typeof value === 'function' ? growing(value) : value];
    this.exports = Object.fromEntries(Object.entries(exports).map(wrap));
  }
};

const LENGTHS = [0, 1, 100, 20_000, 40_000, 150_000];

for (const role of ['client', 'server']) {
  test(`what a ${role} sends is right though the memory grows`, async (t) => {
    const held = heldTransport();
    acceptAll(held);
    const session = overTransport(held.transport, { role });
    t.after(() => session.terminate());
    const sent = [];
    for (const [seed, length] of LENGTHS.entries()) {
      for (const data of [noise(length, seed + 1), 'a'.repeat(length), 'ü€'.repeat(length / 2)]) {
        sent.push(Buffer.from(data));
        await session.send(data);
      }
    }
    session.send(Frame.ping(noise(125))).catch(() => {});
    session.ping(noise(3)).catch(() => {});
    await session.flush();
    session.close(3000, 'enough');
    await turns();
    const written = held.writes.map(({ chunk }) => chunk);
    const heard = await understood(written, { masked: role === 'client' });
    assert.equal(heard.messages.length, sent.length);
    for (const [at, { payload }] of heard.messages.entries()) assertBytes(payload, sent[at]);
    assert.deepEqual(heard.close, { code: 3000, reason: 'enough' });
  });

  test(`what a ${role} receives is right though the memory grows`, async (t) => {
    const held = heldTransport();
    acceptAll(held);
    const session = overTransport(held.transport, { role });
    t.after(() => session.terminate());
    const mask = role === 'server' ? [1, 2, 3, 4] : undefined;
    const sent = [];
    const parts = [];
    for (const [seed, length] of LENGTHS.entries()) {
      for (const data of [noise(length, seed + 1), 'a'.repeat(length), 'ü€'.repeat(length / 2)]) {
        const payload = Buffer.from(data);
        const opcode = typeof data === 'string' ? 1 : 2;
        const half = payload.length >> 1;
        parts.push(
          frame(opcode, payload.subarray(0, half), { mask, fin: false }),
          frame(9, 'between', { mask }),
          frame(0, payload.subarray(half), { mask }),
          frame(opcode, payload, { mask }),
        );
        sent.push([opcode, data, payload], [opcode, data, payload]);
      }
    }
    const bytes = new Uint8Array(Buffer.concat([...parts, frame(8, '', { mask })]));
    for (let at = 0; at < bytes.length; at += 70_000) held.give(bytes.slice(at, at + 70_000));
    const { frames, thrown } = await drain(session);
    assert.equal(thrown, undefined);
    assert.equal(frames.length, sent.length);
    for (const [at, received] of frames.entries()) {
      const [opcode, data, payload] = sent[at];
      if (opcode === 1) assert.ok(received.text === data, `text ${at}`);
      assertBytes(received.bytes, payload);
    }
  });
}
