/**
 * What no codec behind the same interface can leave out: the chunks are read from the same stream, cut where the
 * frames are known to be, and handed out in the same way; messages are copied and written in the same way. Nothing
 * is parsed, validated or masked. The distance to these is what a codec itself costs.
 */

import { TURNS } from '../support/payloads.mjs';
import { reading } from './decode.mjs';
import { drained } from './encode.mjs';
import { MemoryDuplex } from './memory.mjs';

/** Texts up to this long are cut from their chunk's decoding. */
const SHORT = 256;
/** How many bytes of payloads may lie ready. */
const MARK = 1 << 20;
/** What is written at once. */
const PIECE = 64 * 1024;

/** Frame by frame, with a promise for each. */
export function decodeEach(params) {
  return cutting(params, async (payloads, total, check) => {
    let at = 0;
    let batch = [];
    const iterator = {
      async more() {
        at = 0;
        batch = await payloads();
        return iterator.next();
      },
      next: () =>
        at < batch.length
          ? Promise.resolve({ value: { data: batch[at++] }, done: false })
          : iterator.more(),
      return: () => Promise.resolve({ done: true }),
      [Symbol.asyncIterator]: () => iterator,
    };
    let left = total;
    for await (const { data } of iterator) {
      check(data);
      left -= 1;
      if (left === 0) break;
    }
  });
}

/** All the frames of a chunk at once. */
export function decodeBatches(params) {
  return cutting(params, async (payloads, total, check) => {
    for (let left = total; left > 0; ) {
      const batch = await payloads();
      for (const data of batch) check(data);
      left -= batch.length;
    }
  });
}

function cutting(params, consume) {
  const cutter = new Cutter(params);
  const prepare = () => {
    cutter.reset();
    return new MemoryDuplex();
  };
  return reading(params, prepare, async (duplex, passes, total, given) => {
    const { buffers, checker, isText } = given;
    const check = isText ? (text) => checker.text(text) : (bytes) => checker.bytes(bytes);
    let ready = [];
    let waiting;
    duplex.on('data', (chunk) => {
      for (const payload of cutter.take(chunk)) ready.push(payload);
      if (ready.length === 0) return;
      waiting?.();
      waiting = undefined;
      // As much as a session takes before it is read.
      if (ready.length * params.size >= MARK) duplex.pause();
    });
    duplex.feed(buffers, passes);
    const payloads = async () => {
      if (ready.length === 0) {
        duplex.resume();
        await new Promise((resolve) => {
          waiting = resolve;
        });
      }
      const taken = ready;
      ready = [];
      return taken;
    };
    await consume(payloads, total, check);
  });
}

/** Cuts chunks into payloads that are all of one size. */
class Cutter {
  #header;
  #size;
  #kind;
  /** How much of the frame under way has come. */
  #come = 0;
  #held;

  constructor({ size, kind }) {
    this.#size = size;
    this.#kind = kind;
    this.#header = size < 126 ? 2 : size < 65536 ? 4 : 10;
  }

  reset() {
    this.#come = 0;
    this.#held = undefined;
  }

  take(chunk) {
    const out = [];
    const [header, size] = [this.#header, this.#size];
    const isCut = this.#kind === 'ascii' && size <= SHORT;
    const characters = isCut ? decode(chunk, 0, chunk.length, 'ascii') : '';
    for (let at = 0; at < chunk.length; ) {
      const come = this.#come;
      if (come < header) {
        const skipped = Math.min(header - come, chunk.length - at);
        this.#come += skipped;
        at += skipped;
        continue;
      }
      const here = Math.min(header + size - come, chunk.length - at);
      if (here < size) {
        this.#held ??= Buffer.allocUnsafeSlow(size);
        this.#held.set(chunk.subarray(at, at + here), come - header);
      }
      at += here;
      this.#come += here;
      if (this.#come < header + size) continue;
      if (this.#held) out.push(this.#message(this.#held, 0));
      else if (isCut) out.push(characters.slice(at - here, at));
      else out.push(this.#message(chunk, at - here));
      this.reset();
    }
    return out;
  }

  #message(bytes, at) {
    const size = this.#size;
    if (this.#kind !== 'binary') return decode(bytes, at, size, this.#kind);
    return bytes.length === size ? bytes : new Uint8Array(bytes.buffer, at, size);
  }
}

function decode({ buffer, byteOffset }, at, length, kind) {
  const bytes = Buffer.from(buffer, byteOffset + at, length);
  return kind === 'ascii' ? bytes.latin1Slice() : bytes.utf8Slice();
}

/** Each message awaited. */
export function encodeEach(params) {
  return writing(params, 1);
}

/** One message of 64 awaited. */
export function encodeBurst(params) {
  return writing(params, 64);
}

const ACCEPTED = Promise.resolve();
const encoder = new TextEncoder();

function writing(params, awaited) {
  return drained(params, (duplex, header) => {
    const piece = Buffer.allocUnsafeSlow(PIECE);
    let at = 0;
    const write = (bytes) => new Promise((resolve) => duplex.write(bytes, resolve));
    const flush = () => {
      const written = write(Buffer.from(Uint8Array.prototype.slice.call(piece, 0, at).buffer));
      at = 0;
      return written;
    };
    const send = (payload) => {
      const room = header + params.size;
      if (room >= PIECE) {
        const frame = Buffer.allocUnsafeSlow(room);
        if (typeof payload === 'string') encoder.encodeInto(payload, frame.subarray(header));
        else frame.set(payload, header);
        return write(frame);
      }
      const full = at + room > PIECE ? flush() : undefined;
      if (typeof payload === 'string') {
        encoder.encodeInto(payload, piece.subarray(at + header, at + room));
      } else {
        piece.set(payload, at + header);
      }
      at += room;
      return full ?? ACCEPTED;
    };
    return async (list, count) => {
      for (let index = 0; index < count; index += 1) {
        const sent = send(list[index % TURNS]);
        if (index % awaited === awaited - 1) await sent;
      }
      await flush();
    };
  });
}
