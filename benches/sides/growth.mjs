/** What a frame costs as one thing grows: sessions, size, fragments, chunks. Sides of framewire and of ws. */

import { Duplex } from 'node:stream';
import { Receiver } from 'ws';
import { overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { chunks, frame } from '../support/frames.mjs';
import { deferred, noise } from '../support/payloads.mjs';

/** The bytes of one message in so many fragments. */
function message(size, fragments) {
  if (fragments === 1) return frame(noise(size, 1));
  const part = frame(noise(Math.max(1, Math.floor(size / fragments)), 1));
  const parts = Array.from({ length: fragments }, (_, index) => {
    const one = part.slice();
    one[0] = (index === fragments - 1 ? 0x80 : 0) | (index === 0 ? 2 : 0);
    return one;
  });
  return Buffer.concat(parts);
}

/** As many messages as fill about `total` bytes, in chunks; or one. */
function feed({ size, fragments, chunk, total = 1 << 20 }) {
  const one = message(size, fragments);
  const messages = Math.max(1, Math.floor(total / one.length));
  const bytes = new Uint8Array(Buffer.concat(Array(messages).fill(one)));
  // As Buffers, since that is what a socket gives.
  const buffers = chunks(bytes, chunk).map(({ buffer, length }) => Buffer.from(buffer, 0, length));
  return { chunks: buffers, messages };
}

/** How many bytes a session is fed in one turn of the loop. */
const TURN = 16 * 1024;

/** `count` is that of frames, over all sessions. */
function side(params, open) {
  const { sessions, fragments } = params;
  const { chunks, messages } = feed(params);
  const lanes = Array.from({ length: sessions }, open);
  return {
    async run(count) {
      const rounds = Math.max(1, Math.ceil(count / (messages * fragments * sessions)));
      const expected = rounds * messages;
      const done = lanes.map((lane) => lane.expect(expected));
      let fed = 0;
      for (let round = 0; round < rounds; round += 1) {
        for (const chunk of chunks) {
          for (const lane of lanes) lane.feed(chunk);
          fed += chunk.length;
          if (fed < TURN) continue;
          // What was fed is read before there is more.
          fed = 0;
          await new Promise(setImmediate);
        }
      }
      await Promise.all(done);
      return { done: expected * fragments * sessions };
    },
    close() {
      for (const lane of lanes) lane.close();
    },
  };
}

/** Counts messages until all have come. */
class Count {
  #left = 0;
  #done;

  expect(count) {
    this.#left = count;
    this.#done = deferred();
    return this.#done.promise;
  }

  take(count) {
    this.#left -= count;
    if (this.#left === 0) this.#done.resolve();
  }

  fail(error) {
    this.#done.reject(error);
  }
}

/** A Node stream that chunks are put into. */
function fedDuplex() {
  return new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(),
  });
}

/** Sessions of framewire. */
export function framewire(params) {
  return side(params, () => {
    const duplex = fedDuplex();
    const limits = { maxFrameSize: 1 << 30, maxMessageSize: 1 << 30 };
    const session = overTransport(nodeTransport(duplex), { role: 'client', ...limits });
    const count = new Count();
    const consume = async () => {
      for await (const frames of session.incoming.batches()) count.take(frames.length);
    };
    consume().catch((error) => count.fail(error));
    return {
      expect: (messages) => count.expect(messages),
      feed: (chunk) => duplex.push(chunk),
      close: () => session.terminate(),
    };
  });
}

/** Receivers of ws. */
export function ws(params) {
  return side(params, () => {
    const receiver = new Receiver({ allowSynchronousEvents: true });
    const duplex = fedDuplex();
    duplex.on('data', (chunk) => {
      if (!receiver.write(chunk)) duplex.pause();
    });
    receiver.on('drain', () => duplex.resume());
    const count = new Count();
    receiver.on('message', () => count.take(1));
    receiver.on('error', (error) => count.fail(error));
    return {
      expect: (messages) => count.expect(messages),
      feed: (chunk) => duplex.push(chunk),
      close: () => receiver.destroy(),
    };
  });
}
