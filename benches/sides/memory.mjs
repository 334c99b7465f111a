/**
 * Streams in memory that cost as little as a stream can: what framewire and its peers read from and write to. All
 * sides of a case have the same kind, a Node stream unless they are named otherwise.
 */

import { Duplex } from 'node:stream';

/**
 * A Node stream that gives chunks as a socket does: a push for each, one after the other for as long as they are
 * taken, with what follows from one done before the next as far as it needs only microtasks. What is written to it
 * goes to a drain.
 */
export class MemoryDuplex extends Duplex {
  #chunks = [];
  #at = 0;
  #total = 0;
  #isGiving = false;
  #isWanted = false;
  #drain;

  constructor(drain = { take() {} }) {
    super();
    this.#drain = drain;
  }

  /** Gives the chunks, so many times. */
  feed(chunks, passes) {
    this.#chunks = chunks;
    this.#at = 0;
    this.#total = chunks.length * passes;
    if (this.#isWanted) this._read();
  }

  _read() {
    this.#isWanted = true;
    if (this.#isGiving || this.#at === this.#total) return;
    this.#isGiving = true;
    queueMicrotask(this.#give);
  }

  _write(chunk, _encoding, done) {
    this.#drain.take(chunk);
    done();
  }

  _writev(list, done) {
    for (const { chunk } of list) this.#drain.take(chunk);
    done();
  }

  #give = () => {
    this.#isGiving = false;
    if (this.destroyed || this.#at === this.#total) return;
    const chunk = this.#chunks[this.#at % this.#chunks.length];
    this.#at += 1;
    this.#isWanted = this.push(chunk);
    if (!this.#isWanted || this.#isGiving) return;
    this.#isGiving = true;
    queueMicrotask(this.#give);
  };
}

/** Takes bytes as a transport would, at no cost of its own. */
export class Drain {
  bytes = 0;
  /** The parts, while they are kept to be looked at. */
  kept;

  take(part) {
    this.bytes += part.length;
    this.kept?.push(part.slice());
  }
}

/** How many chunks lie ready in a Web Stream: to take one from a queue costs more the longer it is. */
const READY = 64;

/** A Web Stream of the chunks, so many times, that never lets its reader wait. */
export function webReadable(chunks, passes) {
  const total = chunks.length * passes;
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const end = Math.min(total, at + READY);
        for (; at < end; at += 1) controller.enqueue(chunks[at % chunks.length]);
      },
    },
    { highWaterMark: 1 },
  );
}

/** A Web Stream into a drain. */
export function webWritable(drain) {
  return new WritableStream({ write: (chunk) => drain.take(chunk) });
}
