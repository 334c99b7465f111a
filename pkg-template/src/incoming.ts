/** Iteration over the frames received. */

import type * as Public from '../types/index.js';
import type { Frame, FrameIterator } from '../types/index.js';
import { DONE, type Inbox } from './inbox.js';
import { incomingStream } from './piping.js';

export type IncomingFrames = Public.IncomingFrames;

/** What leaving the loop over a session does. */
export interface Exit {
  discard(): void;
  close(cause: Error | null): Promise<unknown>;
}

/** `session.incoming`: stopping it leaves the session as it is. */
export function incomingFrames(inbox: Inbox): IncomingFrames {
  let stream: ReadableStream<Frame> | undefined;
  const frames: IncomingFrames = {
    get readable() {
      stream ??= incomingStream(inbox);
      return stream;
    },
    next() {
      return inbox.next(frames);
    },
    return() {
      inbox.release(frames);
      return Promise.resolve(DONE);
    },
    batches() {
      const holder = {};
      inbox.claim(holder);
      return iterator<Frame[]>(
        () => inbox.batch(holder),
        async () => inbox.release(holder),
      );
    },
    [Symbol.asyncIterator]() {
      inbox.claim(frames);
      return frames;
    },
  };
  return frames;
}

/** `for await (const frame of session)`: leaving the loop closes the session. */
export function sessionFrames(inbox: Inbox, exit: Exit): FrameIterator<Frame> {
  inbox.claim({});
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
): FrameIterator<T> {
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
