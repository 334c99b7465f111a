/**
 * Chunks within a long payload, of which the core is told later: what comes of them, what is counted and where the
 * wire pauses is as if it had seen each.
 */

import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { custom } from './extension-kit.mjs';
import { random } from './hand-fed.mjs';
import { closeFrame, frame } from './raw.mjs';
import { assertBytes, noise, until } from './support.mjs';

/** A stream that hands over what it is fed within the call, while it is read. */
class Feed extends Duplex {
  written = [];

  _read() {}

  _write(chunk, _encoding, done) {
    this.written.push(chunk);
    done();
  }
}

/** Lets what was asked for in microtasks and ticks happen. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

function feeding(t, options) {
  const feed = new Feed();
  const session = overTransport(nodeTransport(feed), { role: 'client', ...options });
  t.after(() => session.terminate());
  return { feed, session };
}

const LENGTHS = [0, 1, 125, 400, 1_400, 3_000, 9_000, 16_384, 50_000, 70_000, 200_000];
/** Messages that are laid side by side, with fragments that are longer than most chunks. */
const SHORT = [0, 1, 20, 125, 126, 300, 700, 1_000, 1_500];
const SHORT_CUTS = [1, 2, 3, 5, 10, 20, 40, 80, 150, 300];
const CUTS = [1, 2, 30, 200, 700, 1_460, 1_460, 1_460, 1_460, 4_096, 20_000, 65_536];

const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

/** So many bytes of text; of characters of one to four bytes if it is not plain. */
function letters(length, isPlain) {
  const unit = isPlain ? '0123456789' : 'aé狐🦊';
  return Buffer.from(unit.repeat(length / 10) + '.'.repeat(length % 10));
}

/**
 * A stream of frames: its bytes, and what is handed out of them, each with the places where the bytes of its payload
 * lie in the stream.
 */
function script(next, count, { raw = false, masks = false, lengths = LENGTHS } = {}) {
  const frames = [];
  const out = [];
  let end = 0;
  const add = (opcode, payload, { fin = true } = {}) => {
    const mask = masks && next(3) === 0 ? [1, 2, 3, next(256)] : undefined;
    const bytes = frame(opcode, payload, { fin, mask });
    frames.push(bytes);
    end += bytes.length;
    return { from: end - payload.length, to: end };
  };
  for (let index = 0; index < count; index += 1) {
    const text = next(4) === 0;
    const fragments = next(3) === 0 ? 1 + next(5) : 1;
    const sizes = Array.from({ length: fragments }, () => lengths[next(lengths.length)]);
    const whole = text
      ? letters(sum(sizes), next(2) === 0)
      : Buffer.from(noise(sum(sizes), index + 1));
    const parts = sizes.map((size, part) => {
      const from = sum(sizes.slice(0, part));
      return whole.subarray(from, from + size);
    });
    const spans = [];
    for (const [part, payload] of parts.entries()) {
      const fin = part === fragments - 1;
      const opcode = part > 0 ? 0 : text ? 1 : 2;
      spans.push(add(opcode, payload, { fin }));
      if (raw) out.push({ opcode, fin, payload, spans: [spans.at(-1)] });
      if (next(3) === 0) {
        const ping = Buffer.from(`ping ${index}`);
        const span = add(9, ping);
        if (raw) out.push({ opcode: 9, fin: true, payload: ping, spans: [span] });
      }
    }
    if (!raw) out.push({ opcode: text ? 1 : 2, fin: true, payload: whole, spans });
  }
  let at = 0;
  const ends = frames.map((bytes) => {
    at += bytes.length;
    return at;
  });
  return { stream: Buffer.concat(frames), out, ends };
}

const TYPES = { 0: 'continuation', 1: 'text', 2: 'binary', 9: 'ping' };

/** How many payload bytes of a message lie before a place; in a raw session those of a ping come all at once. */
function come({ opcode, spans }, place) {
  let bytes = 0;
  for (const { from, to } of spans) {
    if (opcode === 9) bytes += place >= to ? to - from : 0;
    else bytes += Math.min(Math.max(place - from, 0), to - from);
  }
  return bytes;
}

for (const [name, options, kinds] of [
  ['a client', {}, {}],
  ['one that takes masked frames too', { allowMaskMismatch: true }, { masks: true }],
  ['short payloads', {}, { lengths: SHORT, cuts: SHORT_CUTS }],
  [
    'short ones masked',
    { allowMaskMismatch: true },
    { lengths: SHORT, cuts: SHORT_CUTS, masks: true },
  ],
  ['a raw session', { raw: true }, { raw: true }],
  ['a short queue', { incoming: { highWaterMark: 60_000 } }, {}],
  ['a short queue of frames', { incoming: { maxFrames: 3, highWaterMark: 150_000 } }, {}],
]) {
  for (let seed = 1; seed <= 10; seed += 1) {
    test(`${name}: content, counters and pauses are those of what came, stream ${seed}`, async (t) => {
      const next = random(seed * 7 + name.length);
      const { feed, session } = feeding(t, options);
      const { stream, out, ends } = script(next, 40, kinds);
      const { cuts = CUTS } = kinds;
      const { highWaterMark = 1 << 20, maxFrames = 4096 } = options.incoming ?? {};
      const kept = [];
      let at = 0;
      let reads = 0;
      let taken = 0;
      const whole = () => {
        let count = taken;
        while (count < out.length && out[count].spans.at(-1).to <= at) count += 1;
        return count;
      };
      const waiting = () => {
        let bytes = 0;
        for (let index = taken; index < out.length && out[index].spans[0].from < at; index += 1) {
          bytes += come(out[index], at);
        }
        return { bytes, frames: whole() - taken };
      };
      const isFull = () => {
        const { bytes, frames } = waiting();
        return frames > 0 && (bytes >= highWaterMark || frames >= maxFrames);
      };
      const checkCounters = () => {
        const stats = session.stats();
        const { bytes, frames } = stats.received;
        const begun = ends.filter((end) => end <= at).length;
        assert.deepEqual([bytes, frames, stats.received.reads], [at, begun, reads], `at ${at}`);
        assert.deepEqual(stats.incoming, waiting(), `the queue at ${at}`);
      };
      const take = async () => {
        const received = await session.receive();
        assert.equal(received.type, TYPES[out[taken].opcode]);
        assert.equal(received.fin, out[taken].fin);
        kept.push([received, out[taken].payload]);
        taken += 1;
      };
      await turn();
      const greedy = next(2) === 0;
      while (at < stream.length) {
        if (isFull()) {
          assert.ok(feed.isPaused(), `full at ${at}`);
          while (isFull()) await take();
          await turn();
        }
        assert.ok(!feed.isPaused(), `room at ${at}`);
        const length = cuts[next(cuts.length)];
        const part = stream.subarray(at, at + length);
        feed.push(next(2) ? Buffer.from(part) : Buffer.from(new Uint8Array(part).buffer));
        at += part.length;
        reads += 1;
        assert.equal(feed.isPaused(), isFull(), `at ${at}`);
        if (next(6) === 0) checkCounters();
        if (next(8) === 0) await session.send('between');
        if (next(20) === 0) session.ping().catch(() => {});
        if (next(12) === 0) await turn();
        if (greedy || next(9) === 0) while (taken < whole()) await take();
      }
      checkCounters();
      while (taken < out.length) await take();
      // What was handed out first is right when all the others have come.
      for (const [received, payload] of kept) {
        if (received.type === 'text' && received.fin) {
          assert.equal(received.text, payload.toString());
        }
        assertBytes(received.bytes, payload);
      }
      checkCounters();
    });
  }
}

test('a fragment that begins with a chunk behind short ones is put behind the one before it', async (t) => {
  for (const between of [Buffer.alloc(0), frame(9, 'a ping'), frame(9, noise(125))]) {
    const { session, feed } = feeding(t, {});
    await turn();
    const [first, second] = [Buffer.from(noise(300, 1)), Buffer.from(noise(500, 2))];
    const bytes = Buffer.concat([
      frame(2, first, { fin: false }),
      between,
      frame(0, second).subarray(0, 4),
    ]);
    for (const part of [bytes.subarray(0, 50), bytes.subarray(50, 100), bytes.subarray(100)]) {
      feed.push(part);
    }
    for (const part of [second.subarray(0, 200), second.subarray(200)]) feed.push(part);
    assertBytes((await session.receive()).bytes, Buffer.concat([first, second]));
  }
});

/** Feeds all but the last `left` bytes of these in chunks of 1,000. */
function feedMost(feed, bytes, left) {
  for (let at = 0; at < bytes.length - left; at += 1_000) {
    feed.push(Buffer.from(bytes.subarray(at, Math.min(at + 1_000, bytes.length - left))));
  }
}

for (const [name, end] of [
  ['the stream ends', (_, feed) => feed.push(null)],
  ['the stream fails', (_, feed) => feed.destroy(new Error('cut'))],
  ['it is terminated', (session) => session.terminate()],
]) {
  test(`chunks within a payload are counted when ${name}`, async (t) => {
    const { session, feed } = feeding(t, {});
    session.closed.catch(() => {});
    await turn();
    feedMost(feed, frame(2, noise(20_000)), 4);
    end(session, feed);
    await session.closed.catch(() => {});
    const { bytes, reads, messages } = session.stats().received;
    assert.deepEqual([bytes, reads, messages], [20_000, 20, 0]);
  });
}

test('what comes of a message that nobody wants any more is dropped', async (t) => {
  const { session, feed } = feeding(t, {});
  await turn();
  feed.push(frame(1, 'the last that is wanted'));
  feedMost(feed, frame(2, noise(20_000)), 4_000);
  const leaving = (async () => {
    for await (const { text } of session) {
      assert.equal(text, 'the last that is wanted');
      break;
    }
  })();
  await until(() => feed.written.length > 0);
  feed.push(Buffer.from(noise(20_000).subarray(15_996, 15_998)));
  assert.deepEqual(session.stats().incoming, { bytes: 0, frames: 0 });
  feed.push(Buffer.from(noise(20_000).subarray(15_998)));
  assert.deepEqual(session.stats().incoming, { bytes: 0, frames: 0 });
  assert.equal(session.stats().received.messages, 2);
  feed.push(closeFrame(1000));
  assert.equal((await session.closed).code, 1000);
  await leaving;
});

test('an extension that decodes in parts is given each chunk as it comes', async (t) => {
  const lengths = [];
  const decodePart = ({ bytes }) => {
    lengths.push(bytes.length);
    return bytes.slice();
  };
  const { session, feed } = feeding(t, { extensions: [custom({ decodePart })] });
  await turn();
  const payload = noise(5_000);
  const bytes = frame(2, payload, { rsv: 4 });
  feedMost(feed, bytes, 0);
  assertBytes((await session.receive()).bytes, payload);
  assert.deepEqual(lengths, [996, 1_000, 1_000, 1_000, 1_000, 4]);
});

test('text fails at its first bad byte, in chunks within a payload too', async (t) => {
  for (const mask of [undefined, [1, 2, 3, 4]]) {
    for (const isPlain of [true, false]) {
      const { session, feed } = feeding(t, { allowMaskMismatch: true });
      await turn();
      const text = letters(20_000, isPlain);
      text[7_000] = 0xff;
      const bytes = frame(1, text, { mask });
      const end = bytes.length - text.length + 7_000;
      feedMost(feed, bytes.subarray(0, end), 0);
      assert.equal(session.state, 'open');
      feed.push(bytes.subarray(end, end + 1));
      assert.notEqual(session.state, 'open');
      const { bytes: received, reads, messages } = session.stats().received;
      assert.deepEqual([received, reads, messages], [end + 1, Math.ceil(end / 1_000) + 1, 0]);
      session.terminate();
    }
  }
});

test('one character within a payload of ASCII is read as what it is', async (t) => {
  for (const mask of [undefined, [1, 2, 3, 4]]) {
    for (const length of [3_000, 20_000]) {
      const { session, feed } = feeding(t, { allowMaskMismatch: true });
      await turn();
      const text = `${'a'.repeat(1_500)}é${'b'.repeat(length)}`;
      feedMost(feed, frame(1, text, { mask }), 0);
      assert.equal((await session.receive()).text, text);
    }
  }
});
