/**
 * What 10,000 messages cost in calls into the core, reads and writes of the transport and typed arrays, against
 * figures that are kept in `counts.json`. They do not depend on the machine. After a change that is meant,
 * `UPDATE=1 node --test tests/node/counts.test.mjs` writes them anew.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { calls, countArrays, countCalls } from './counting.mjs';

countCalls();
const { overTransport } = await import('#framewire');
const arrays = countArrays();

const FILE = new URL('counts.json', import.meta.url);
/** How far a count may be off: the random pool is filled at other moments, and views are made anew. */
const TOLERANCE = 0.02;
const MESSAGES = 10_000;
const SIZES = { 'of 16 B': 16, 'of 1 KiB': 1024, 'of 64 KiB': 65_536 };

const kept = JSON.parse(readFileSync(FILE, 'utf8'));
const found = {};

for (const [name, size] of Object.entries(SIZES)) {
  test(`10,000 messages ${name} received cost what they did`, async () => {
    const chunks = chunksOf(size);
    const readable = new ReadableStream({
      pull(controller) {
        controller.enqueue(chunks.next().value);
      },
    });
    const session = overTransport({ readable, writable: new WritableStream() }, { role: 'client' });
    const count = async (messages) => {
      for (let index = 0; index < messages; index += 1) {
        const { bytes } = await session.receive();
        assert.equal(bytes.length, size);
      }
    };
    await compare(`received ${name}`, session, count);
  });

  test(`10,000 messages ${name} sent cost what they did`, async (t) => {
    // How long frames gather is a matter of time: here it stands still.
    const now = performance.now();
    t.mock.method(performance, 'now', () => now);
    const session = overTransport(
      { readable: new ReadableStream(), writable: new WritableStream() },
      { role: 'client' },
    );
    const payload = new Uint8Array(size);
    const count = async (messages) => {
      for (let index = 0; index < messages; index += 1) await session.send(payload);
      await session.flush();
    };
    await compare(`sent ${name}`, session, count);
  });
}

after(() => {
  if (process.env.UPDATE) writeFileSync(FILE, `${JSON.stringify(found, undefined, 2)}\n`);
});

/** Does the work for as many messages, warm, and holds its counts to those that are kept. */
async function compare(name, session, work) {
  await work(100);
  const before = totals(session);
  await work(MESSAGES);
  const now = totals(session);
  session.terminate();
  const counts = {};
  for (const [what, count] of Object.entries(now)) counts[what] = count - before[what];
  found[name] = counts;
  if (process.env.UPDATE) return;
  for (const [what, count] of Object.entries(counts)) {
    const figure = kept[name]?.[what];
    const room = Math.max(4, figure * TOLERANCE);
    assert.ok(Math.abs(count - figure) <= room, `${count} ${what}, ${figure} before`);
  }
}

function totals(session) {
  const { received, sent } = session.stats();
  return {
    'calls into the core': calls(),
    'typed arrays': arrays(),
    'transport reads': received.reads,
    'transport writes': sent.writes,
  };
}

/** Chunks of 64 KiB without end, with frames of this size one after the other. */
function* chunksOf(size) {
  const head = size < 126 ? [0x82, size] : [0x82, 126, size >> 8, size & 0xff];
  if (size > 65_535) head.splice(1, 3, 127, 0, 0, 0, 0, 0, size >> 16, 0, 0);
  const frame = Buffer.concat([Buffer.from(head), Buffer.alloc(size, 7)]);
  const many = Buffer.concat(Array(Math.ceil(0x20000 / frame.length) + 1).fill(frame));
  for (let at = 0; ; at = (at + 65_536) % frame.length)
    yield new Uint8Array(many.subarray(at, at + 65_536));
}
