/** Iteration over the frames received. */

import type * as Public from '../types/index.js';
import type { Frame } from '../types/index.js';
import type { Inbox } from './inbox.js';

export type IncomingFrames = Public.IncomingFrames;

/** What leaving the loop over a session does. */
export interface Exit {
  discard(): void;
  close(cause: Error | null): Promise<unknown>;
}

const DONE = { value: undefined, done: true } as const;

/** Makes sure that frames have one consumer. */
class Claim {
  #holder: object | undefined;

  take(holder: object): void {
    if (this.#holder && this.#holder !== holder) {
      throw new TypeError('the frames of this session already have a consumer: one at a time');
    }
    this.#holder = holder;
  }

  release(holder: object): void {
    if (this.#holder === holder) this.#holder = undefined;
  }
}

const claims = new WeakMap<Inbox, Claim>();

function claimOf(inbox: Inbox): Claim {
  const claim = claims.get(inbox) ?? new Claim();
  claims.set(inbox, claim);
  return claim;
}

/** `session.incoming`: stopping it leaves the session as it is. */
export function incomingFrames(inbox: Inbox): IncomingFrames {
  const claim = claimOf(inbox);
  const stopped = false;
  const frames: IncomingFrames = {
    next() {
      return stopped ? Promise.resolve(DONE) : inbox.next();
    },
    return() {
      claim.release(frames);
      return Promise.resolve(DONE);
    },
    batches() {
      const holder = {};
      claim.take(holder);
      return iterator<Frame[]>(
        async () => {
          const batch = await inbox.batch();
          return batch.length > 0 ? { value: batch, done: false } : DONE;
        },
        async () => claim.release(holder),
      );
    },
    [Symbol.asyncIterator]() {
      claim.take(frames);
      return frames;
    },
  };
  return frames;
}

/** `for await (const frame of session)`: leaving the loop closes the session. */
export function sessionFrames(
  _frames: IncomingFrames,
  inbox: Inbox,
  exit: Exit,
): AsyncIterableIterator<Frame> {
  const holder = {};
  claimOf(inbox).take(holder);
  const leave = async (cause: Error | null): Promise<void> => {
    inbox.cancel();
    exit.discard();
    await exit.close(cause);
  };
  return iterator(
    () => inbox.next(),
    () => leave(null),
    (cause) => leave(cause instanceof Error ? cause : new Error(String(cause))),
  );
}

function iterator<T>(
  next: () => Promise<IteratorResult<T, undefined>>,
  leave: () => Promise<void>,
  fail: (cause: unknown) => Promise<void> = leave,
): AsyncIterableIterator<T> {
  let left = false;
  return {
    next() {
      return left ? Promise.resolve(DONE) : next();
    },
    async return() {
      if (!left) {
        left = true;
        await leave();
      }
      return DONE;
    },
    async throw(cause: unknown) {
      if (!left) {
        left = true;
        await fail(cause);
      }
      throw cause;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
