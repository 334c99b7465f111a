/** What sessions take of the memory of permessage-deflate, and give back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { frame } from './raw.mjs';
import { heldTransport, memoryPair } from './support.mjs';

// The instance is made at the first session; its memory is caught here.
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    if ('codec_deflate' in this.exports) ({ memory } = this.exports);
  }
};
// What only the garbage collector would free is not freed.
globalThis.FinalizationRegistry = class {
  register() {}
  unregister() {}
};
const { permessageDeflate } = await import('#framewire/deflate');
const { compressed, deflated, handFed } = await import('./deflate-kit.mjs');

const TEXT = 'a message that is sent again. '.repeat(20);

// The first: later there is room that others gave back.
test('10,000 sessions that are opened and closed leave the memory as it is', async () => {
  const extensions = [permessageDeflate({ threshold: 0 })];
  const one = () => {
    const session = overTransport(heldTransport().transport, { role: 'client', extensions });
    void session.send('a message').catch(() => {});
    session.terminate();
  };
  for (let index = 0; index < 100; index += 1) one();
  const before = memory.buffer.byteLength;
  for (let index = 0; index < 10_000; index += 1) {
    one();
    if (index % 100 === 0) await new Promise(setImmediate);
  }
  assert.equal(memory.buffer.byteLength, before);
});

test('a bomb costs no more memory than the longest message that is taken', async (t) => {
  const limit = 256 << 10;
  const options = { maxMessageSize: limit };
  const fed = handFed(t, options);
  fed.give(compressed(deflated(Buffer.alloc(limit)), { opcode: 2 }));
  assert.equal((await fed.session.receive()).bytes.length, limit);
  const before = memory.buffer.byteLength;
  const bomb = deflated(Buffer.alloc(32 << 20));
  for (let round = 0; round < 10; round += 1) {
    const { session, give } = handFed(t, options);
    const frames = [bomb.subarray(0, 4000), bomb.subarray(4000)];
    give(compressed(frames[0], { opcode: 2, fin: false }), frame(0, frames[1]));
    assert.equal((await session.closed).code, 1009);
  }
  assert.equal(memory.buffer.byteLength, before);
});

/** Opens sessions that have messages both ways, ends them, and gives how large the memory is then. */
async function live(count, end) {
  const extensions = [permessageDeflate({ threshold: 0 })];
  const pairs = Array.from({ length: count }, () => {
    const [ours, theirs] = memoryPair();
    return [
      overTransport(ours, { role: 'client', extensions }),
      overTransport(theirs, { role: 'server', extensions }),
    ];
  });
  for (const [client, server] of pairs) {
    await client.send(TEXT);
    await server.send(await server.receive());
    await client.receive();
  }
  for (const [client, server] of pairs) {
    end(client);
    await Promise.all([client.closed, server.closed]);
  }
  return memory.buffer.byteLength;
}

const ENDS = {
  'a close': (session) => session.close(),
  'terminate()': (session) => session.terminate(),
  break: (session) => session[Symbol.asyncIterator]().return(),
};

for (const [what, end] of Object.entries(ENDS)) {
  test(`${what} gives the memory of a session back to the next`, async () => {
    const first = await live(20, end);
    for (let round = 0; round < 10; round += 1) {
      assert.equal(await live(20, end), first, `round ${round}`);
    }
  });
}
