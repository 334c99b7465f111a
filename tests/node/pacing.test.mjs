/** When what was sent is written: soon, and together. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { frame, parseFrame } from './raw.mjs';
import { heldTransport, turns, until } from './support.mjs';

/** Frames of 64 KiB together and their headers. */
const BATCH = 65 << 10;
/** So many microtasks a frame may wait for others. */
const SOON = 10;
/** The same in a conversation. */
const SOONER = 5;

/** A session on a transport that keeps what is written; a clock that stands still unless it is turned. */
function counted(t, { free = true, ...options } = {}) {
  const clock = { now: performance.now() };
  t.mock.method(performance, 'now', () => clock.now);
  const held = heldTransport();
  const writes = [];
  const writable = free
    ? new WritableStream({ write: (chunk) => void writes.push({ chunk }) })
    : held.transport.writable;
  const transport = { readable: held.transport.readable, writable };
  const session = overTransport(transport, { role: 'client', ...options });
  t.after(() => session.terminate());
  return { session, held, clock, writes: free ? writes : held.writes };
}

/** Lets so many microtasks pass. */
async function microtasks(count) {
  for (let index = 0; index < count; index += 1) await undefined;
}

/** The texts in all that was written so far, by writes. */
function textsOf(writes) {
  return writes.map(({ chunk }) => {
    const texts = [];
    let rest = Buffer.from(chunk);
    for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
      texts.push(next.payload.toString());
      rest = next.rest;
    }
    assert.equal(rest.length, 0, 'a write is whole frames');
    return texts;
  });
}

const numbers = (count) => Array.from({ length: count }, (_, index) => `${index}`);

test('a lone frame is written within a few microtasks, and within fewer where none came with the last', async (t) => {
  const { session, writes } = counted(t);
  await session.flush();
  for (const [text, soon] of [
    ['first', SOON],
    ['second', SOONER],
    ['third', SOONER],
  ]) {
    // The transport takes its time to say that it is free.
    await turns(1);
    session.send(text);
    await microtasks(soon);
    assert.deepEqual(textsOf(writes.splice(0)), [[text]]);
  }
});

test('a conversation that becomes a stream gathers again', async (t) => {
  const { session, writes } = counted(t);
  for (const text of ['one', 'by one']) {
    session.send(text);
    await session.flush();
    await turns(1);
  }
  writes.length = 0;
  for (const text of numbers(100)) {
    await session.send(text);
    await microtasks(6);
  }
  await session.flush();
  assert.deepEqual(textsOf(writes), [['0'], numbers(100).slice(1)]);
});

test('frames whose sends are awaited one by one leave together', async (t) => {
  const { session, writes } = counted(t);
  for (const text of numbers(1000)) await session.send(text);
  await session.flush();
  assert.deepEqual(textsOf(writes), [numbers(1000)]);
});

test('frames of loops that await more than the send leave together', async (t) => {
  const COUNT = 200;
  const handle = async (session, { text }) => session.send(text);
  const loops = {
    'for await': async (session) => {
      for await (const frame of session) await session.send(frame);
    },
    'for await with a handler of its own': async (session) => {
      for await (const frame of session) await handle(session, frame);
    },
    'for await over a generator': async (session) => {
      const texts = async function* () {
        for await (const { text } of session) yield text;
      };
      for await (const text of texts()) await session.send(text);
    },
    receive: async (session) => {
      for (;;) await session.send(await session.receive());
    },
    values: async (session) => {
      for (;;) await session.sendValue(await session.receiveValue());
    },
    'a pipe': (session) => session.incoming.readable.pipeTo(session.outgoing),
  };
  for (const [name, loop] of Object.entries(loops)) {
    const { session, held, writes } = counted(t);
    loop(session).catch(() => {});
    const texts = numbers(COUNT);
    held.give(Buffer.concat(texts.map((text) => frame(1, text))));
    await until(() => textsOf(writes).flat().length === COUNT);
    assert.deepEqual(textsOf(writes), [texts], name);
    t.mock.restoreAll();
  }
});

test('a full batch is written during the send that fills it', async (t) => {
  const { session, writes } = counted(t);
  await session.flush();
  await turns(1);
  const payload = new Uint8Array(1000);
  let sent = 0;
  for (; writes.length === 0; sent += 1000) {
    assert.ok(sent <= BATCH, 'no more gathers than a batch holds');
    session.send(payload);
  }
  assert.ok(writes[0].chunk.length > BATCH - 2000);
});

test('a sender that never pauses does not hold its frames back for long', async (t) => {
  const { session, clock, writes } = counted(t);
  for (const text of numbers(1000)) {
    clock.now += 0.1;
    await session.send(text);
  }
  await session.flush();
  const texts = textsOf(writes);
  assert.deepEqual(texts.flat(), numbers(1000));
  const longest = Math.max(...texts.map(({ length }) => length));
  assert.ok(longest <= 32, `${longest} frames waited for each other`);
});

test('a sender that takes long over each message does not hold its frames back', async (t) => {
  const { session, clock, writes } = counted(t);
  for (const text of numbers(100)) {
    clock.now += 5;
    await session.send(text);
  }
  await session.flush();
  const texts = textsOf(writes);
  assert.deepEqual(texts.flat(), numbers(100));
  const longest = Math.max(...texts.map(({ length }) => length));
  assert.ok(longest <= 8, `${longest} frames waited for each other`);
});

test('what gathers while the transport is busy leaves together, whoever sent it', async (t) => {
  const { session, held, writes } = counted(t, { free: false });
  session.send('first');
  await held.write(0);
  const sender = async (name) => {
    for (const text of numbers(20)) await session.send(name + text);
  };
  await Promise.all([sender('a'), sender('b'), sender('c')]);
  const flushed = session.flush();
  held.writes[0].accept();
  (await held.write(1)).accept();
  await flushed;
  const turnsOfAll = numbers(20).flatMap((text) => [`a${text}`, `b${text}`, `c${text}`]);
  assert.deepEqual(textsOf(writes), [['first'], turnsOfAll]);
});

test('what is sent once the transport is free again gathers with what waited', async (t) => {
  const { session, held, writes } = counted(t, { free: false });
  session.send('first');
  await held.write(0);
  session.send('waits');
  writes[0].accept();
  for (const text of numbers(100)) await session.send(text);
  (await held.write(1)).accept();
  await session.flush();
  assert.deepEqual(textsOf(writes), [['first'], ['waits', ...numbers(100)]]);
});

test('control frames wait for nothing, and take along what gathers', async (t) => {
  const acts = {
    ping: [9, (session) => session.ping().catch(() => {})],
    pong: [10, (_, held) => held.give(frame(9, 'now'))],
    close: [8, (session) => session.close()],
  };
  for (const [name, [opcode, act]] of Object.entries(acts)) {
    const { session, held, writes } = counted(t);
    await session.flush();
    await turns(1);
    const sending = (async () => {
      for (const text of numbers(100)) await session.send(text);
    })();
    act(session, held);
    await sending.catch(() => {});
    const opcodes = [];
    for (const { chunk } of writes) {
      let rest = Buffer.from(chunk);
      for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
        opcodes.push(next.opcode);
        rest = next.rest;
      }
    }
    assert.ok(opcodes.includes(opcode), `${name}: ${opcodes}`);
    t.mock.restoreAll();
  }
});

test('close sends what gathered in front of the Close, and terminate sends nothing', async (t) => {
  const orderly = counted(t);
  await orderly.session.send('kept');
  orderly.session.close();
  await until(() => orderly.writes.length > 0);
  const [{ chunk }] = orderly.writes;
  const first = parseFrame(Buffer.from(chunk));
  assert.deepEqual([first.opcode, parseFrame(first.rest).opcode], [1, 8]);
  t.mock.restoreAll();

  const { session, writes } = counted(t);
  await session.send('lost');
  session.terminate();
  await turns();
  assert.equal(writes.length, 0);
});

test('frames of a power of two fill a batch, with their headers', async (t) => {
  for (const size of [1 << 10, 4 << 10, 16 << 10]) {
    const { session, writes } = counted(t);
    await session.flush();
    const count = (64 << 10) / size;
    for (let sent = 0; sent <= count; sent += 1) session.send(new Uint8Array(size));
    await session.flush();
    assert.deepEqual(
      writes.map(({ chunk }) => Math.floor(chunk.length / size)),
      [count, 1],
      `frames of ${size} bytes`,
    );
    t.mock.restoreAll();
  }
});
