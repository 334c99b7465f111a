/** Limits in time. */

/** How long an upgrade may take unless its caller says otherwise, in milliseconds. */
export const HANDSHAKE_TIMEOUT = 10_000;

/** The longest delay that a timer takes, in milliseconds. */
export const MAX_DELAY = 0x7fffffff;

/** A limit in time beside a signal of the user's. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #leave: () => void;

  /** Aborts with what `late` makes after `delay` milliseconds, or with the reason of `signal`. */
  constructor(delay: number, signal: AbortSignal | undefined, late: () => Error) {
    this.signal = this.#controller.signal;
    const follow = (): void => this.#controller.abort(signal?.reason);
    signal?.addEventListener('abort', follow, { once: true });
    this.#leave = () => signal?.removeEventListener('abort', follow);
    if (signal?.aborted) follow();
    if (delay < MAX_DELAY) {
      this.#timer = setTimeout(() => this.#controller.abort(late()), delay);
    }
  }

  /** Stops the time. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#leave();
  }
}

/** Settles as the promise does, or rejects with the signal's reason if that aborts first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    const leave = (): void => signal.removeEventListener('abort', abort);
    promise.then(
      (value) => {
        leave();
        resolve(value);
      },
      (cause: unknown) => {
        leave();
        reject(cause);
      },
    );
  });
}
