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

/**
 * For so many microtasks in a row nothing may be sent before what gathered is written. A loop that awaits
 * something that is ready, then its `send`, takes from two of them a message to eight.
 */
const QUIET = 8;
/** For how long at most, in milliseconds, frames gather while more are sent. */
const PATIENCE = 0.5;
/** The clock is read when frames were sent in 2, 4, 8 and 16 microtasks, then after 16 more each time. */
const FIRST_READING = 2;
const READING = 16;

const READY = Promise.resolve();

/**
 * Paces the writes. A full batch leaves as soon as the wire is free, a control frame that is owed in the next
 * microtask, with what waits. Less than a batch of data leaves when its sender has paused, so that frames that
 * are sent one after the other leave together, though each `send` is awaited.
 */
export class Pump {
  readonly #core: Core;
  readonly #session: Session;
  readonly #sender: Sender;
  readonly #wire: Wire;
  readonly #owner: PumpOwner;
  /** A microtask is queued that looks whether the sender has paused. */
  #gathering = false;
  /** Something was sent since the last look. */
  #fresh = false;
  /** A control frame is to leave. */
  #urgent = false;
  /** How many looks in a row found nothing new. */
  #quiet = 0;
  /** How many looks found something new since the last write, and at how many the clock is read. */
  #looks = 0;
  #reading = FIRST_READING;
  /** What the clock said first. */
  #since = 0;
  #stopped = false;

  constructor(core: Core, session: Session, sender: Sender, wire: Wire, owner: PumpOwner) {
    this.#core = core;
    this.#session = session;
    this.#sender = sender;
    this.#wire = wire;
    this.#owner = owner;
  }

  /** Does what signals ask for. */
  heed(signals: number): void {
    if ((signals & Signal.TRANSMIT) === 0 || this.#stopped) return;
    if (signals & Signal.BATCH) {
      this.#write();
      return;
    }
    if (signals & Signal.URGENT) this.#urgent = true;
    else this.#fresh = true;
    if (this.#gathering) return;
    this.#gathering = true;
    READY.then(this.#look);
  }

  /** The session is over: nothing is written any more. */
  stop(): void {
    this.#stopped = true;
  }

  readonly #look = (): void => {
    if (!this.#urgent && (this.#fresh ? this.#isPatient() : this.#quiet < QUIET)) {
      this.#quiet = this.#fresh ? 1 : this.#quiet + 1;
      this.#fresh = false;
      READY.then(this.#look);
      return;
    }
    this.#gathering = false;
    this.#urgent = false;
    if (!this.#stopped) this.#write();
  };

  /** Whether frames may gather on while more are sent. */
  #isPatient(): boolean {
    this.#looks += 1;
    if (this.#looks < this.#reading) return true;
    this.#reading += Math.min(this.#looks, READING);
    const now = performance.now();
    if (this.#looks === FIRST_READING) this.#since = now;
    return now - this.#since < PATIENCE;
  }

  /** Writes what is to be written next, if the wire is free. */
  #write(): void {
    this.#looks = 0;
    this.#reading = FIRST_READING;
    let bytes: Uint8Array | undefined;
    try {
      switch (this.#session.poll_transmit(performance.now())) {
        case 0:
          return;
        case 1:
          bytes = this.#wire.allocate(this.#session.flight_length());
          this.#core.fill(bytes, this.#session.flight() >>> 0);
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
