/** Many sessions take turns: what one of them has under way is not seen by another. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { assertReceived, handFed, random } from './hand-fed.mjs';
import { frame, parseFrame } from './raw.mjs';
import { heldTransport, noise } from './support.mjs';

/** Longer than what the core is shown at once, longer than what is gathered with its neighbours, and short. */
const LENGTHS = [40_000, 9000, 1500, 300, 5, 0];

test('messages that come in pieces, to sessions in turns, are those that were sent', async (t) => {
  const below = random(7);
  const sessions = Array.from({ length: 4 }, (_, index) => {
    const { session, held } = handFed(t, { role: 'client' });
    const sent = Array.from({ length: 12 }, (_, at) => ({
      text: false,
      payload: Buffer.from(noise(LENGTHS[(at + index) % LENGTHS.length], 100 * index + at)),
    }));
    const bytes = Buffer.concat(sent.map(({ payload }) => frame(2, payload)));
    return { session, held, sent, bytes, at: 0 };
  });
  const received = Promise.all(sessions.map(({ session, sent }) => assertReceived(session, sent)));
  for (
    let left = sessions;
    left.length > 0;
    left = left.filter(({ bytes, at }) => at < bytes.length)
  ) {
    const one = left[below(left.length)];
    const size = [1, 3, 200, 1460, 20_000][below(5)];
    one.held.give(new Uint8Array(one.bytes.subarray(one.at, one.at + size)));
    one.at += size;
    // The session has read it when its reader asks for more.
    await new Promise(setImmediate);
  }
  await received;
});

test('sessions that write in turns, on transports that take their time, each write what they were given', async (t) => {
  const sessions = Array.from({ length: 4 }, () => {
    const held = heldTransport();
    const session = overTransport(held.transport, { role: 'server' });
    t.after(() => session.terminate());
    return { session, held };
  });
  for (let round = 0; round < 6; round += 1) {
    for (const [index, { session }] of sessions.entries()) await session.send(`${index} ${round}`);
    // Each waits for its own transport: the second one's takes the next first.
    const order = round % 2 ? sessions : sessions.toReversed();
    const writes = await Promise.all(sessions.map(({ held }) => held.write(round)));
    for (const one of order) writes[sessions.indexOf(one)].accept();
    await Promise.all(sessions.map(({ session }) => session.flush()));
    for (const [index, { chunk }] of writes.entries()) {
      assert.equal(String(parseFrame(chunk).payload), `${index} ${round}`);
    }
  }
});

test('a write on its way is not lost to the session while others write', async (t) => {
  const [slow, quick] = [heldTransport(), heldTransport()].map((held) => {
    const session = overTransport(held.transport, { role: 'server' });
    t.after(() => session.terminate());
    return { session, held };
  });
  await slow.session.send('slow');
  const under = await slow.held.write(0);
  for (let count = 0; count < 3; count += 1) {
    await quick.session.send(`quick ${count}`);
    const { chunk, accept } = await quick.held.write(count);
    assert.equal(String(parseFrame(chunk).payload), `quick ${count}`);
    accept();
    await quick.session.flush();
  }
  await slow.session.send('after it');
  under.accept();
  const next = await slow.held.write(1);
  assert.equal(String(parseFrame(next.chunk).payload), 'after it');
  next.accept();
  await slow.session.flush();
  assert.equal(slow.held.writes.length, 2);
});
