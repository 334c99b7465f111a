/** Iteration over the frames received. */

import type * as Public from '../types/index.js';
import type { Frame, FrameIterator } from '../types/index.js';
import { DONE, type Inbox } from './inbox.js';
import { incomingStream } from './piping.js';

/** The name of what a session is told, which its users do not see. */
export const onLeave = Symbol('onLeave');

/** What is told that the loop over it was left. */
export interface Left {
  /** Frames that come are not wanted any more; `cause` is what the loop threw. */
  [onLeave](cause: Error | null): Promise<unknown>;
}

type Result<T> = IteratorResult<T, undefined>;

/** `session.incoming`: stopping it leaves the session as it is. */
export class IncomingFrames implements Public.IncomingFrames {
  readonly #inbox: Inbox;
  #stream: ReadableStream<Frame> | undefined;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  get readable(): ReadableStream<Frame> {
    this.#stream ??= incomingStream(this.#inbox);
    return this.#stream;
  }

  next(): Promise<Result<Frame>> {
    return this.#inbox.next(this);
  }

  return(): Promise<Result<Frame>> {
    this.#inbox.release(this);
    return Promise.resolve(DONE);
  }

  batches(): FrameIterator<Frame[]> {
    return new Batches(this.#inbox);
  }

  [Symbol.asyncIterator](): this {
    this.#inbox.claim(this);
    return this;
  }
}

/** An iterator that is left once. */
abstract class Leaving<T> implements FrameIterator<T> {
  #left = false;

  protected abstract take(): Promise<Result<T>>;
  protected abstract leave(cause: Error | null): Promise<unknown>;

  next(): Promise<Result<T>> {
    return this.#left ? Promise.resolve(DONE) : this.take();
  }

  async return(): Promise<Result<T>> {
    await this.#leave(null);
    return DONE;
  }

  async throw(cause: unknown): Promise<Result<T>> {
    await this.#leave(cause instanceof Error ? cause : new Error(String(cause)));
    throw cause;
  }

  async #leave(cause: Error | null): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    await this.leave(cause);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** `for await (const frames of session.incoming.batches())`: leaving the loop leaves the session as it is. */
class Batches extends Leaving<Frame[]> {
  readonly #inbox: Inbox;
  /** What was asked for last, and how many wait to ask. */
  #last: Promise<unknown> | undefined;
  #behind = 0;
  #released = false;

  constructor(inbox: Inbox) {
    super();
    this.#inbox = inbox;
    inbox.claim(this);
  }

  /** One who asks while another one waits asks when that one has all frames at hand: they come in order. */
  protected take(): Promise<Result<Frame[]>> {
    const inbox = this.#inbox;
    const isBehind = this.#last && (this.#behind > 0 || inbox.isAwaited);
    const batch = isBehind ? this.#follow(this.#last as Promise<unknown>) : inbox.batch(this);
    this.#last = batch;
    return batch;
  }

  protected async leave(): Promise<void> {
    this.#released = true;
    this.#inbox.release(this);
  }

  #follow(last: Promise<unknown>): Promise<Result<Frame[]>> {
    const ask = () => {
      this.#behind -= 1;
      return this.#released ? DONE : this.#inbox.batch(this);
    };
    this.#behind += 1;
    return last.then(ask, ask);
  }
}

/** `for await (const frame of session)`: leaving the loop closes the session. */
export class SessionFrames extends Leaving<Frame> {
  readonly #inbox: Inbox;
  readonly #session: Left;

  constructor(inbox: Inbox, session: Left) {
    super();
    this.#inbox = inbox;
    this.#session = session;
    inbox.claim(this);
  }

  protected take(): Promise<Result<Frame>> {
    return this.#inbox.next();
  }

  protected leave(cause: Error | null): Promise<unknown> {
    this.#inbox.cancel();
    return this.#session[onLeave](cause);
  }
}
