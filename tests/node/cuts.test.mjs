/** Chunks cut anywhere, in memory of any size: what lies before a cut and behind it is one stream. */

import { test } from 'node:test';
import { assertReceived, handFed, random } from './hand-fed.mjs';
import { frame } from './raw.mjs';
import { assertBytes, noise } from './support.mjs';

/** A chunk that is a small part of the memory that it lies in, as transports with a pool give it. */
function pooled(bytes, memory = 64 << 10) {
  const chunk = new Uint8Array(memory).subarray(100, 100 + bytes.length);
  chunk.set(bytes);
  return chunk;
}

test('a payload that begins with a chunk, behind a cut header, is read where little of the memory is its own', async (t) => {
  for (const opcode of [1, 2]) {
    for (const behind of ['', 'and one more']) {
      const { session, held } = handFed(t, { role: 'client' });
      const first = Buffer.from('f'.repeat(125));
      const bytes = Buffer.concat([
        frame(opcode, first),
        behind ? frame(2, behind) : Buffer.alloc(0),
      ]);
      held.give(pooled(bytes.subarray(0, 2)));
      held.give(pooled(bytes.subarray(2)));
      assertBytes((await session.receive()).bytes, first);
      if (behind) assertBytes((await session.receive()).bytes, Buffer.from(behind));
    }
  }
});

test('masked frames behind the payload of one that is not masked are read', async (t) => {
  const { session, held } = handFed(t, { role: 'client', allowMaskMismatch: true });
  const plain = Buffer.from(noise(300, 1));
  const masked = Buffer.from(noise(200, 2));
  const bytes = Buffer.concat([frame(2, plain), frame(2, masked, { mask: [1, 2, 3, 4] })]);
  held.give(pooled(bytes.subarray(0, 4)));
  held.give(pooled(bytes.subarray(4)));
  assertBytes((await session.receive()).bytes, plain);
  assertBytes((await session.receive()).bytes, masked);
});

const LENGTHS = [0, 1, 2, 60, 125, 126, 300, 1_000, 2_048, 4_100, 9_000, 16_384, 40_000, 70_000];
const CUTS = [1, 2, 3, 4, 10, 125, 500, 1_460, 2_048, 5_000, 16_384, 65_536];

for (const [name, options, isMasked] of [
  ['a client', { role: 'client' }, () => false],
  ['a server', { role: 'server' }, () => true],
  ['one that takes both', { role: 'client', allowMaskMismatch: true }, (next) => next(2) === 0],
]) {
  for (let seed = 1; seed <= 12; seed += 1) {
    test(`${name} reads what was cut anywhere, stream ${seed}`, async (t) => {
      const next = random(seed);
      const { session, held } = handFed(t, options);
      const sent = Array.from({ length: 200 }, (_, index) => {
        const length = LENGTHS[next(seed % 3 ? 9 : LENGTHS.length)];
        const text = next(2) === 0;
        const payload = text
          ? Buffer.from((next(2) ? 'a' : 'é').repeat(length).slice(0, length))
          : Buffer.from(noise(length, index + 1));
        const mask = isMasked(next) ? [next(256), next(256), next(256), next(256)] : undefined;
        return { text, payload, bytes: frame(text ? 1 : 2, payload, { mask }) };
      });
      const stream = Buffer.concat(sent.map(({ bytes }) => bytes));
      let end = 0;
      const begins = sent.map(({ payload, bytes }) => {
        end += bytes.length;
        return end - payload.length;
      });
      for (let at = 0; at < stream.length; ) {
        // Behind a header now and then.
        const begin = next(3) === 0 ? begins.find((begin) => begin > at) : undefined;
        const to = begin ?? at + CUTS[next(CUTS.length)];
        const part = stream.subarray(at, to);
        held.give(next(2) ? pooled(part, 256 << 10) : new Uint8Array(part));
        at = to;
      }
      await assertReceived(session, sent);
    });
  }
}

const FRAGMENTS = [1, 2, 3, 10, 40];
const PARTS = [0, 1, 4, 100, 1_000, 9_000, 40_000, 65_536];

for (const role of ['client', 'server']) {
  for (let seed = 1; seed <= 8; seed += 1) {
    test(`a ${role} puts messages together whose fragments were cut anywhere, stream ${seed}`, async (t) => {
      const next = random(seed);
      const { session, held } = handFed(t, { role });
      const frames = [];
      const sent = Array.from({ length: 25 }, (_, index) => {
        const text = next(2) === 0;
        const count = FRAGMENTS[next(FRAGMENTS.length)];
        // All of a kind, or each of another length.
        const usual = next(2) ? PARTS[next(PARTS.length)] : undefined;
        const parts = Array.from({ length: count }, (_, part) => {
          const length = usual ?? PARTS[next(PARTS.length)];
          return text ? Buffer.alloc(length, 'abc') : Buffer.from(noise(length, index + part));
        });
        for (const [part, payload] of parts.entries()) {
          const mask = role === 'server' ? [index, part, 7, 9] : undefined;
          const opcode = part > 0 ? 0 : text ? 1 : 2;
          frames.push(frame(opcode, payload, { fin: part === count - 1, mask }));
          if (next(6) === 0) frames.push(frame(10, 'a pong', { mask }));
        }
        return { text, payload: Buffer.concat(parts) };
      });
      const stream = Buffer.concat(frames);
      const size = [undefined, 1_460, 16_384, 65_536][seed % 4];
      for (let at = 0; at < stream.length; ) {
        const to = at + (size ?? CUTS[next(CUTS.length)] * 20);
        held.give(new Uint8Array(stream.subarray(at, to)));
        at = to;
      }
      await assertReceived(session, sent);
    });
  }
}

test('a part that stays in its chunk behind an empty one that was copied is not written over', async (t) => {
  const { session, held } = handFed(t, { role: 'client', allowMaskMismatch: true });
  const mask = [1, 2, 3, 4];
  const [first, second, third] = [40_000, 300, 200].map((length) =>
    Buffer.from(noise(length, length)),
  );
  held.give(new Uint8Array(frame(2, first, { fin: false })));
  held.give(
    new Uint8Array(
      Buffer.concat([frame(10, 'unmasked in place', { mask }), frame(0, '', { fin: false, mask })]),
    ),
  );
  held.give(pooled(frame(0, second, { fin: false })));
  held.give(new Uint8Array(frame(0, third, { mask })));
  assertBytes((await session.receive()).bytes, Buffer.concat([first, second, third]));
});
