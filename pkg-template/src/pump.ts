/** Writes what a core session has to write: one thing at a time, as its wire takes it. */

import { type Core, type Session, Signal } from './core.js';
import type { Sender } from './sender.js';
import type { Wire } from './transports/wire.js';

/** Who drives the session that is pumped. */
export interface PumpOwner {
  /** The wire has taken what was written. */
  accepted(): void;
  /** The session's deadline is another one. */
  rescheduled(): void;
}

export class Pump {
  readonly #core: Core;
  readonly #session: Session;
  readonly #sender: Sender;
  readonly #wire: Wire;
  readonly #owner: PumpOwner;
  #queued = false;
  #stopped = false;

  constructor(core: Core, session: Session, sender: Sender, wire: Wire, owner: PumpOwner) {
    this.#core = core;
    this.#session = session;
    this.#sender = sender;
    this.#wire = wire;
    this.#owner = owner;
  }

  /** Does what signals ask for: a full batch is written at once, less at the end of the microtask. */
  heed(signals: number): void {
    if (this.#stopped) return;
    if (signals & Signal.BATCH) {
      this.#write();
    } else if (signals & Signal.TRANSMIT && !this.#queued) {
      this.#queued = true;
      queueMicrotask(this.#turn);
    }
  }

  /** The session is over: nothing is written any more. */
  stop(): void {
    this.#stopped = true;
  }

  readonly #turn = (): void => {
    this.#queued = false;
    if (!this.#stopped) this.#write();
  };

  /** Writes what is to be written next, if the wire is free. */
  #write(): void {
    let bytes: Uint8Array | undefined;
    try {
      switch (this.#session.poll_transmit(performance.now())) {
        case 0:
          return;
        case 1:
          bytes = this.#core.copy(this.#session.flight() >>> 0, this.#session.flight_length());
          break;
        default:
          bytes = this.#sender.shift();
      }
      // A ping that leaves begins to wait for its pong.
      if (this.#session.signals() & Signal.TIMER) this.#owner.rescheduled();
    } catch (thrown) {
      this.#core.judge(thrown);
      return;
    }
    if (bytes) this.#wire.write(bytes, this.#accepted);
  }

  readonly #accepted = (): void => {
    if (!this.#stopped) this.#owner.accepted();
  };
}
