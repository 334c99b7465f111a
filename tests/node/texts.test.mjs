/** Texts of every length, as strings: whatever way they are decoded, a string is what was sent. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { custom } from './extension-kit.mjs';
import { frame } from './raw.mjs';
import { heldTransport } from './support.mjs';

const UNITS = {
  'Latin with accents': 'Füchse žluťoučké, ',
  Chinese: '狐狸在跑',
  emoji: '🦊🐻',
  'a mixture': 'a 狐 🦊, and ASCII for a while; ß',
  'a byte order mark': '\ufeffx',
  'controls and the last of each length': '\0\x7f\x80\u07ff\u0800\uffff\u{10000}\u{10ffff}',
};

/** From less than is worth a way of its own to more than the core takes at once. */
const LENGTHS = [1, 7, 8, 40, 63, 64, 65, 1000, 20_000, 65_535, 65_536, 65_537, 200_000];

/** A text of the units that takes so many bytes. */
function text(unit, length) {
  const size = Buffer.byteLength(unit);
  return '.'.repeat(length % size) + unit.repeat(Math.floor(length / size));
}

/** What sessions in this process make of frames, given in chunks of this size. */
async function received(frames, chunk, options) {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client', ...options });
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.length; at += chunk) {
    held.give(new Uint8Array(bytes.subarray(at, at + chunk)));
  }
  const all = [];
  while (all.length < frames.length) all.push(await session.receive());
  session.terminate();
  return all;
}

for (const [name, unit] of Object.entries(UNITS)) {
  for (const chunk of [1460, 1 << 20]) {
    test(`${name}, in chunks of ${chunk} bytes`, async () => {
      const texts = LENGTHS.map((length) => text(unit, length));
      const frames = await received(
        texts.map((each) => frame(1, each)),
        chunk,
      );
      // Read last to first, so that nothing is decoded in the order in which it lies.
      for (const [index, expected] of [...texts.entries()].toReversed()) {
        assert.equal(frames[index].text, expected, `${LENGTHS[index]} bytes`);
      }
    });
  }
}

test('what is not UTF-8, in a raw session with an extension, has replacement characters', async () => {
  for (const length of [10, 100, 1000]) {
    for (const wrong of [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
      const bytes = Buffer.concat([Buffer.alloc(length, 'ä'), Buffer.from(wrong)]);
      const extensions = [custom({})];
      const frames = await received([frame(1, bytes, { rsv: 4 })], 1 << 20, {
        raw: true,
        extensions,
      });
      assert.equal(frames[0].text, bytes.toString());
    }
  }
});
