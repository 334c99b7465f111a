/** Whole messages: every form of the length, text of every width, many at once, many sessions. */

import assert from 'node:assert/strict';
import { assertBytes, noise } from '../node/support.mjs';
import { open, openAll } from './ways.mjs';

/** The ends of each form of the length, and up to the longest frame that is taken. */
const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20, 16 << 20];

/** One to four bytes in UTF-8, the last of each and the first of the next among them. */
const CHARACTERS = 'aß€😀\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}';

/** Text of so many bytes in UTF-8. */
export function mixedText(size) {
  const length = Buffer.byteLength(CHARACTERS);
  return CHARACTERS.repeat(Math.floor(size / length)) + '.'.repeat(size % length);
}

/** Has a message sent back and checks that nothing of it changed. */
export async function assertEcho(session, message) {
  await session.send(message);
  const frame = await session.receive();
  if (typeof message === 'string') {
    assert.equal(frame.type, 'text');
    assert.ok(frame.text === message, `text of ${message.length} came back changed`);
  } else {
    assert.equal(frame.type, 'binary');
    assertBytes(frame.bytes, message);
  }
}

export const MESSAGES = {
  'binary messages of every length come back': async (t, peer, way) => {
    const { session } = await open(t, peer, way);
    for (const length of LENGTHS) await assertEcho(session, noise(length, length + 1));
  },

  'text messages of every length come back': async (t, peer, way) => {
    const { session } = await open(t, peer, way);
    for (const length of LENGTHS) await assertEcho(session, mixedText(length));
    for (const text of ['\0', 'e\u0301', '👩‍👩‍👧‍👦']) await assertEcho(session, text);
    if (!peer.can.loseBom) await assertEcho(session, '\ufeffBOM');
  },

  '10,000 messages in one go come back in order': async (t, peer, way) => {
    const { session } = await open(t, peer, way);
    const sent = Array.from({ length: 10_000 }, (_, index) => index);
    const sending = Promise.all(
      sent.map((index) => session.send(index % 2 ? `${index}` : Buffer.from(`${index}`))),
    );
    const received = [];
    for await (const frames of session.incoming.batches()) {
      for (const { type, bytes } of frames) {
        assert.equal(type, received.length % 2 ? 'text' : 'binary');
        received.push(Number(Buffer.from(bytes).toString()));
      }
      if (received.length === sent.length) break;
    }
    assert.deepEqual(received, sent);
    await sending;
  },

  'a hundred sessions at once are kept apart': async (t, peer, way) => {
    const pairs = await openAll(t, peer, way, 100);
    await Promise.all(
      pairs.map(async ({ session, far }) => {
        await assertEcho(session, `for ${far.id}`);
        await assertEcho(session, noise(2000, far.id));
      }),
    );
    const infos = await Promise.all(pairs.map(({ session }) => session.close(3000, 'enough')));
    for (const { code, wasClean } of infos) assert.deepEqual([code, wasClean], [3000, true]);
    const ends = await Promise.all(pairs.map(({ far }) => far.event('close')));
    for (const { code } of ends) assert.equal(code, 3000);
  },
};
