/** The queue of received frames and the one who consumes it. */

import type { Frame } from '../types/index.js';
import { FrameBody } from './frame.js';

/** One who waits for a frame. */
type Waiting = {
  /** The consumer it belongs to, if it is one's. */
  holder?: object | undefined;
  resolve: (result: IteratorResult<Frame, undefined>) => void;
  reject: (cause: unknown) => void;
};

export const DONE: IteratorResult<never, undefined> = { value: undefined, done: true };

/**
 * Frames in the order they came, then the end: quiet, or an error that is thrown once.
 * `taken` is told how many frames leave the queue, and how many bytes they were received with.
 */
export class Inbox {
  /** Those before the head were taken. */
  #frames: (Frame | undefined)[] = [];
  #head = 0;
  #waiting: Waiting[] = [];
  #ended = false;
  #error: Error | undefined;
  #holder: object | undefined;
  readonly #taken: (frames: number, bytes: number) => void;

  constructor(taken: (frames: number, bytes: number) => void) {
    this.#taken = taken;
  }

  /** Makes one the consumer. Throws if there is another and frames may still come. */
  claim(holder: object): void {
    this.check(holder);
    this.#holder = holder;
  }

  /** Throws if there is a consumer, another than this one, and frames may still come. */
  check(holder?: object): void {
    if (!this.#holder || this.#holder === holder) return;
    const finished = this.#ended && !this.#error && this.#head === this.#frames.length;
    if (!finished) {
      throw new TypeError('the frames of this session already have a consumer: one at a time');
    }
  }

  /** Whether somebody iterates, or waits for a frame. */
  get isAttended(): boolean {
    return this.#holder !== undefined || this.#waiting.length > 0;
  }

  /** The consumer leaves the frames to another one, also the one that it still waits for. */
  release(holder: object): void {
    if (this.#holder === holder) this.#holder = undefined;
    const left = this.#waiting.filter((waiting) => waiting.holder === holder);
    if (left.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting.holder !== holder);
    for (const waiting of left) waiting.resolve(DONE);
  }

  /** Takes a received frame. */
  push(body: FrameBody): void {
    const frame = body as unknown as Frame;
    const next = this.#waiting.length > 0 ? this.#waiting.shift() : undefined;
    if (next) {
      this.#taken(1, FrameBody.receivedLength(body));
      next.resolve({ value: frame, done: false });
    } else {
      this.#frames.push(frame);
    }
  }

  /** Nothing more comes. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const waiting of this.#waiting.splice(0)) {
      const thrown = this.#error;
      this.#error = undefined;
      if (thrown) waiting.reject(thrown);
      else waiting.resolve(DONE);
    }
  }

  /** Drops what waits. */
  drop(): void {
    this.#frames = [];
    this.#head = 0;
  }

  /** The consumer is gone: drops what waits, and ends quietly. */
  cancel(): void {
    this.drop();
    this.end(undefined);
    this.#error = undefined;
  }

  /** The next frame for a consumer, or for one who was checked; rejects if there is another consumer. */
  next(holder?: object): Promise<IteratorResult<Frame, undefined>> {
    if (holder !== undefined && holder !== this.#holder) {
      try {
        this.check(holder);
      } catch (thrown) {
        return Promise.reject(thrown);
      }
    }
    const frame = this.#shift();
    if (frame) return Promise.resolve({ value: frame, done: false });
    if (this.#ended) {
      const thrown = this.#error;
      this.#error = undefined;
      return thrown ? Promise.reject(thrown) : Promise.resolve(DONE);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ holder, resolve, reject });
    });
  }

  /** A frame for one who is no consumer, and who may stop waiting for it. */
  async receive(signal: AbortSignal | undefined): Promise<Frame | undefined> {
    this.check();
    signal?.throwIfAborted();
    if (!signal || this.#head < this.#frames.length || this.#ended)
      return (await this.next()).value;
    return new Promise((resolve, reject) => {
      const settle = (): void => signal.removeEventListener('abort', abort);
      const waiting: Waiting = {
        resolve: ({ value }) => {
          settle();
          resolve(value);
        },
        reject: (cause) => {
          settle();
          reject(cause);
        },
      };
      const abort = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        waiting.reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  /** All frames at hand, at least one. */
  batch(holder: object): Promise<IteratorResult<Frame[], undefined>> {
    if (this.#head < this.#frames.length) {
      return Promise.resolve({ value: this.#drain(), done: false });
    }
    return this.next(holder).then(this.#withRest);
  }

  /** A frame that was waited for, and those that came with it. */
  readonly #withRest = ({
    value,
  }: IteratorResult<Frame, undefined>): IteratorResult<Frame[], undefined> =>
    value ? { value: [value, ...this.#drain()], done: false } : DONE;

  #drain(): Frame[] {
    if (this.#frames.length === 0) return [];
    const batch = (this.#head === 0 ? this.#frames : this.#frames.slice(this.#head)) as Frame[];
    this.#frames = [];
    this.#head = 0;
    let bytes = 0;
    for (const frame of batch) bytes += FrameBody.receivedLength(frame as unknown as FrameBody);
    this.#taken(batch.length, bytes);
    return batch;
  }

  #shift(): Frame | undefined {
    const frame = this.#frames[this.#head];
    if (!frame) return undefined;
    // What was taken is not kept: a frame has its payload, and its text once that was read.
    this.#frames[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#frames.length) {
      this.#frames = [];
      this.#head = 0;
    } else if (this.#head === COMPACT) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    this.#taken(1, FrameBody.receivedLength(frame as unknown as FrameBody));
    return frame;
  }
}

/** Frames taken before the array behind them is cut. */
const COMPACT = 1024;
