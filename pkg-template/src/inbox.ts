/** The queue of received frames and the one who consumes it. */

import type { Frame } from '../types/index.js';
import { FrameBody } from './frame.js';
import type { Frames } from './owner.js';

type Result = IteratorResult<Frame, undefined>;

/** What one is given who waits for a frame, as an iterator's result or bare; or a promise of it. */
type Given = Result | Frame | undefined | Promise<Result | Frame | undefined>;
type Give = (given: Given) => void;

/** In place of a consumer: one who waits for a bare frame. */
const BARE = {};

/** One who waits behind another one. */
interface Waiting {
  readonly give: Give;
  readonly holder: object | undefined;
  /** Who waits behind it; the first of them behind the last. */
  next: Waiting;
}

/** Who is told how many frames leave the queue, and how many bytes they were received with. */
export interface Taker {
  taken(frames: number, bytes: number): void;
  /** All were taken, and one waits for the next. */
  awaited(): void;
}

export const DONE: IteratorResult<never, undefined> = { value: undefined, done: true };

const QUIETLY = 'quietly';

/** Stands for all queues that are empty: most are. */
const EMPTY: (Frame | undefined)[] = [];

/** Frames in the order they came, then the end: quiet, or an error that is thrown once. */
export class Inbox implements Frames {
  readonly #taker: Taker;
  /** Those before the head were taken. */
  #frames = EMPTY;
  #head = 0;
  /** The one who waits for a frame, and the consumer it belongs to, if it is one's. Mostly there is but one. */
  #give: Give | undefined;
  #giveTo: object | undefined;
  /** The last of those who wait behind it. */
  #last: Waiting | undefined;
  /** How it ended: quietly, or with an error that is still to be thrown. */
  #end: typeof QUIETLY | Error | undefined;
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
    const finished = this.#end === QUIETLY && this.#head === this.#frames.length;
    if (!finished) {
      throw new TypeError('the frames of this session already have a consumer: one at a time');
    }
  }

  /** Whether somebody iterates, or waits for a frame. */
  get isAttended(): boolean {
    return this.#holder !== undefined || this.#give !== undefined;
  }

  /** Whether somebody waits for a frame. */
  get isAwaited(): boolean {
    return this.#give !== undefined;
  }

  /** The consumer leaves the frames to another one, also the one that it still waits for. */
  release(holder: object): void {
    if (this.#holder === holder) this.#holder = undefined;
    const left = this.#remove((waiting) => waiting.holder === holder);
    for (const { give } of left) give(DONE);
  }

  /** Takes a received frame. */
  push(body: FrameBody): void {
    const frame = body as unknown as Frame;
    const give = this.#give;
    if (give) {
      const given = this.#giveTo === BARE ? frame : { value: frame, done: false as const };
      this.#advance();
      this.#taker.taken(1, FrameBody.receivedLength(body));
      give(given);
    } else {
      if (this.#frames === EMPTY) this.#frames = [];
      this.#frames.push(frame);
    }
  }

  /** Messages are whole when they come here. */
  get parts(): number {
    return 0;
  }

  /** Frames wait in the queue until they are asked for, however they came. */
  received(): void {}

  /** Nothing more comes. */
  end(error: Error | undefined): void {
    if (this.#end) return;
    this.#end = error ?? QUIETLY;
    let thrown = this.#give && this.#thrown();
    const late = thrown !== undefined;
    for (const { give, holder } of this.#remove(() => true)) {
      const end = thrown ? Promise.reject(thrown) : holder === BARE ? undefined : DONE;
      thrown = undefined;
      // A promise settles later: those behind one that is rejected must not pass it.
      give(late ? Promise.resolve(end) : end);
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
    this.#end = QUIETLY;
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
    if (this.#end) {
      const thrown = this.#thrown();
      return thrown ? Promise.reject(thrown) : Promise.resolve(DONE);
    }
    return new Promise((resolve) => {
      this.#wait(resolve as Give, holder);
    });
  }

  /** A frame for one who is no consumer, and who may stop waiting for it. Throws if there is a consumer. */
  receive(signal: AbortSignal | undefined): Promise<Frame | undefined> {
    this.check();
    signal?.throwIfAborted();
    const frame = this.#shift();
    if (frame) return Promise.resolve(frame);
    if (this.#end) {
      const thrown = this.#thrown();
      return thrown ? Promise.reject(thrown) : Promise.resolve(undefined);
    }
    return signal
      ? this.#receiveUnless(signal)
      : new Promise((resolve) => this.#wait(resolve as Give, BARE));
  }

  /** A frame for one who stops waiting when a signal aborts. */
  #receiveUnless(signal: AbortSignal): Promise<Frame | undefined> {
    return new Promise((resolve, reject) => {
      const give: Give = (given) => {
        leave();
        resolve(given as Frame | undefined);
      };
      const abort = (): void => {
        this.#remove((other) => other.give === give);
        leave();
        reject(signal.reason);
      };
      const leave = (): void => signal.removeEventListener('abort', abort);
      signal.addEventListener('abort', abort, { once: true });
      this.#wait(give, BARE);
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
    const end = this.#end;
    if (!end || end === QUIETLY) return undefined;
    this.#end = QUIETLY;
    return end;
  }

  /** Puts one behind all who wait. */
  #wait(give: Give, holder: object | undefined): void {
    if (!this.#give) {
      this.#give = give;
      this.#giveTo = holder;
      this.#taker.awaited();
      return;
    }
    const waiting = { give, holder } as Waiting;
    const last = this.#last;
    waiting.next = last?.next ?? waiting;
    if (last) last.next = waiting;
    this.#last = waiting;
  }

  /** The one who has waited longest waits no more. */
  #advance(): void {
    const last = this.#last;
    const first = last?.next;
    this.#give = first?.give;
    this.#giveTo = first?.holder;
    if (first === last) this.#last = undefined;
    else if (last && first) last.next = first.next;
  }

  /** Takes those who leave out of the line. */
  #remove(leaves: (waiting: Pick<Waiting, 'give' | 'holder'>) => boolean) {
    const left: Pick<Waiting, 'give' | 'holder'>[] = [];
    const stay: typeof left = [];
    while (this.#give) {
      const waiting = { give: this.#give, holder: this.#giveTo };
      (leaves(waiting) ? left : stay).push(waiting);
      this.#advance();
    }
    for (const { give, holder } of stay) this.#wait(give, holder);
    return left;
  }
}

/** Frames taken before the array behind them is cut. */
const COMPACT = 1024;
