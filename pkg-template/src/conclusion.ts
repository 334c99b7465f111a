/** The end of a session, for those who wait for it. */

import type { CloseInfo } from '../types/index.js';
import { ClosedError } from './errors.js';

/** Who is closed by a signal of the user's. */
interface Closable {
  close(code: number): unknown;
  terminate(cause: unknown): void;
}

/** What is known of a session's end, and who is told of it. Most sessions just go on: it is made when it is needed. */
export class Conclusion {
  /** How the session ended, once it has. */
  info: CloseInfo | undefined;
  /** The error that the user, or an extension, ended it with. */
  cause: Error | undefined;
  #closed: Promise<CloseInfo> | undefined;
  #settle: ((info: CloseInfo) => void) | undefined;
  #controller: AbortController | undefined;
  #leave: (() => void) | undefined;

  /** Settles with the end. */
  get closed(): Promise<CloseInfo> {
    this.#closed ??= this.info
      ? Promise.resolve(this.info)
      : new Promise((resolve) => {
          this.#settle = resolve;
        });
    return this.#closed;
  }

  /** Aborts with the end. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.info) this.#abort(this.info);
    }
    return this.#controller.signal;
  }

  /** Ends a session when a signal of the user's aborts. */
  follow(signal: AbortSignal, session: Closable): void {
    const abort = (): void => {
      session.close(1000);
      queueMicrotask(() => session.terminate(signal.reason));
    };
    if (signal.aborted) queueMicrotask(abort);
    else signal.addEventListener('abort', abort, { once: true });
    this.#leave = () => signal.removeEventListener('abort', abort);
  }

  /** The session has ended so; those who wait are told by {@link tell}. */
  conclude(info: CloseInfo): void {
    this.info = info;
    this.#leave?.();
  }

  /** Tells those who wait. */
  tell(info: CloseInfo): void {
    if (this.#controller) this.#abort(info);
    this.#settle?.(info);
  }

  #abort(info: CloseInfo): void {
    this.#controller?.abort(
      info.error ?? new ClosedError(`the session was closed with ${info.code}`, info),
    );
  }
}
