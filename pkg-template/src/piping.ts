/** A session's two directions as Web Streams. */

import type { Bytes, Frame } from '../types/index.js';
import { ClosedError } from './errors.js';
import type { Inbox } from './inbox.js';
import type { WebSocketSession } from './session.js';

/**
 * What is written is sent; a write settles as `send` does. Closing closes the session with 1000,
 * aborting with 1011, or with 1000 for an `AbortError`. The stream fails when the session ends.
 */
export function outgoingStream(session: WebSocketSession): WritableStream<Frame | string | Bytes> {
  return new WritableStream({
    start(controller) {
      session.closed.then((info) => {
        const ended = new ClosedError(`the session was closed with ${info.code}`, info);
        controller.error(info.error ?? ended);
      });
    },
    write(data) {
      return session.send(data);
    },
    async close() {
      await session.close();
    },
    async abort(reason) {
      if (reason === undefined) await session.close(1011);
      else await session.close(reason instanceof Error ? reason : new Error(String(reason)));
    },
  });
}

/**
 * The frames received. Nothing is read ahead, so that the budget is the session's; cancelling leaves
 * the session as it is.
 */
export function incomingStream(inbox: Inbox): ReadableStream<Frame> {
  const holder = {};
  inbox.claim(holder);
  let cancelled = false;
  return new ReadableStream<Frame>(
    {
      async pull(controller) {
        const { value, done } = await inbox.next(holder);
        if (!done) controller.enqueue(value);
        else if (!cancelled) controller.close();
      },
      cancel() {
        cancelled = true;
        inbox.release(holder);
      },
    },
    { highWaterMark: 0 },
  );
}
