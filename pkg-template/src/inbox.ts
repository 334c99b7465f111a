/** The queue of received frames and the one who consumes it. */

import type { Frame } from '../types/index.js';
import { FrameBody } from './frame.js';
import type { Frames } from './owner.js';

type Result = IteratorResult<Frame, undefined>;

/** One who waits for a frame: as what an iterator gives, or bare. */
type Waiting = (
  | { readonly bare: false; readonly resolve: (result: Result) => void }
  | { readonly bare: true; readonly resolve: (frame: Frame | undefined) => void }
) & {
  readonly reject: (cause: unknown) => void;
  /** The consumer it belongs to, if it is one's. */
  readonly holder: object | undefined;
  /** Who waits behind it. */
  next: Waiting | undefined;
};

/** Who is told how many frames leave the queue, and how many bytes they were received with. */
export interface Taker {
  taken(frames: number, bytes: number): void;
}

export const DONE: IteratorResult<never, undefined> = { value: undefined, done: true };

/** Stands for all queues that are empty: most are. */
const EMPTY: (Frame | undefined)[] = [];

/** Frames in the order they came, then the end: quiet, or an error that is thrown once. */
export class Inbox implements Frames {
  readonly #taker: Taker;
  /** Those before the head were taken. */
  #frames = EMPTY;
  #head = 0;
  /** Those who wait, the first and the last of them. */
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #ended = false;
  #error: Error | undefined;
  #holder: object | undefined;

  constructor(taker: Taker) {
    this.#taker = taker;
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
    return this.#holder !== undefined || this.#first !== undefined;
  }

  /** The consumer leaves the frames to another one, also the one that it still waits for. */
  release(holder: object): void {
    if (this.#holder === holder) this.#holder = undefined;
    const left = this.#remove((waiting) => waiting.holder === holder);
    for (const waiting of left) give(waiting, undefined);
  }

  /** Takes a received frame. */
  push(body: FrameBody): void {
    const frame = body as unknown as Frame;
    const next = this.#first && this.#shiftWaiting();
    if (next) {
      this.#taker.taken(1, FrameBody.receivedLength(body));
      give(next, frame);
    } else {
      if (this.#frames === EMPTY) this.#frames = [];
      this.#frames.push(frame);
    }
  }

  /** Frames wait in the queue until they are asked for, however they came. */
  received(): void {}

  /** Nothing more comes. */
  end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const waiting of this.#remove(() => true)) {
      const thrown = this.#thrown();
      if (thrown) waiting.reject(thrown);
      else give(waiting, undefined);
    }
  }

  /** Drops what waits. */
  drop(): void {
    this.#frames = EMPTY;
    this.#head = 0;
  }

  /** The consumer is gone: drops what waits, and ends quietly. */
  cancel(): void {
    this.drop();
    this.end(undefined);
    this.#error = undefined;
  }

  /** The next frame for a consumer, or for one who was checked; rejects if there is another consumer. */
  next(holder?: object): Promise<Result> {
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
      const thrown = this.#thrown();
      return thrown ? Promise.reject(thrown) : Promise.resolve(DONE);
    }
    return new Promise((resolve, reject) => {
      this.#wait({ bare: false, resolve, reject, holder, next: undefined });
    });
  }

  /** A frame for one who is no consumer, and who may stop waiting for it. Throws if there is a consumer. */
  receive(signal: AbortSignal | undefined): Promise<Frame | undefined> {
    this.check();
    signal?.throwIfAborted();
    const frame = this.#shift();
    if (frame) return Promise.resolve(frame);
    if (this.#ended) {
      const thrown = this.#thrown();
      return thrown ? Promise.reject(thrown) : Promise.resolve(undefined);
    }
    return new Promise((resolve, reject) => {
      if (!signal) {
        this.#wait({ bare: true, resolve, reject, holder: undefined, next: undefined });
        return;
      }
      const waiting: Waiting = {
        bare: true,
        resolve: (frame) => {
          leave();
          resolve(frame);
        },
        reject: (cause) => {
          leave();
          reject(cause);
        },
        holder: undefined,
        next: undefined,
      };
      const abort = (): void => {
        this.#remove((other) => other === waiting);
        waiting.reject(signal.reason);
      };
      const leave = (): void => signal.removeEventListener('abort', abort);
      signal.addEventListener('abort', abort, { once: true });
      this.#wait(waiting);
    });
  }

  /** All frames at hand, at least one. */
  batch(holder: object): Promise<IteratorResult<Frame[], undefined>> {
    if (this.#head < this.#frames.length) {
      return Promise.resolve({ value: this.#drain(), done: false });
    }
    return this.next(holder).then(({ value }) =>
      value ? { value: [value, ...this.#drain()], done: false } : DONE,
    );
  }

  #drain(): Frame[] {
    if (this.#frames.length === 0) return [];
    const batch = (this.#head === 0 ? this.#frames : this.#frames.slice(this.#head)) as Frame[];
    this.#frames = EMPTY;
    this.#head = 0;
    let bytes = 0;
    for (const frame of batch) bytes += FrameBody.receivedLength(frame as unknown as FrameBody);
    this.#taker.taken(batch.length, bytes);
    return batch;
  }

  #shift(): Frame | undefined {
    const frame = this.#frames[this.#head];
    if (!frame) return undefined;
    // What was taken is not kept: a frame has its payload, and its text once that was read.
    this.#frames[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#frames.length) {
      this.#frames = EMPTY;
      this.#head = 0;
    } else if (this.#head === COMPACT) {
      this.#frames = this.#frames.slice(this.#head);
      this.#head = 0;
    }
    this.#taker.taken(1, FrameBody.receivedLength(frame as unknown as FrameBody));
    return frame;
  }

  /** The error of the end, for the first who asks. */
  #thrown(): Error | undefined {
    const thrown = this.#error;
    this.#error = undefined;
    return thrown;
  }

  /** Puts one behind all who wait. */
  #wait(waiting: Waiting): void {
    if (this.#last) this.#last.next = waiting;
    else this.#first = waiting;
    this.#last = waiting;
  }

  /** The one who has waited longest. */
  #shiftWaiting(): Waiting | undefined {
    const first = this.#first;
    this.#first = first?.next;
    if (!this.#first) this.#last = undefined;
    return first;
  }

  /** Takes those who leave out of the line. */
  #remove(leaves: (waiting: Waiting) => boolean): Waiting[] {
    const left: Waiting[] = [];
    let waiting = this.#first;
    this.#first = undefined;
    this.#last = undefined;
    while (waiting) {
      const { next }: Waiting = waiting;
      waiting.next = undefined;
      if (leaves(waiting)) left.push(waiting);
      else this.#wait(waiting);
      waiting = next;
    }
    return left;
  }
}

/** Gives one who waited a frame, or the quiet end. */
function give(waiting: Waiting, frame: Frame | undefined): void {
  if (waiting.bare) waiting.resolve(frame);
  else waiting.resolve(frame ? { value: frame, done: false } : DONE);
}

/** Frames taken before the array behind them is cut. */
const COMPACT = 1024;
