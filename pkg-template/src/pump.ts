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
 * something that is ready, then its `send`, takes from one of them a message to eight.
 */
const QUIET = 8;
/** The same where the last frame came alone, as in a conversation, until another one follows. */
const PROMPT = 3;
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
  #looking = false;
  /** Something was sent since the last look. */
  #fresh = false;
  /** Something was sent since the last write. */
  #unsent = false;
  /** A control frame is to leave. */
  #urgent = false;
  /** How many looks in a row found nothing new. */
  #quiet = 0;
  /** How many found something since they began, and whether it was more than one, now or the last time. */
  #found = 0;
  #streak = true;
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
    this.#unsent = true;
    if (signals & Signal.URGENT) this.#urgent = true;
    else this.#fresh = true;
    if (this.#looking) return;
    this.#looking = true;
    READY.then(this.#look);
  }

  /** The session is over: nothing is written any more. */
  stop(): void {
    this.#stopped = true;
  }

  readonly #look = (): void => {
    const fresh = this.#fresh;
    this.#fresh = false;
    this.#quiet = fresh ? 0 : this.#quiet + 1;
    if (fresh) this.#found += 1;
    if (this.#found > 1) this.#streak = true;
    const most = this.#streak ? QUIET : PROMPT;
    const isOver = fresh ? !this.#isPatient() : this.#quiet >= most;
    if ((isOver || this.#urgent) && this.#unsent && !this.#stopped) this.#write();
    if (this.#quiet < QUIET && !this.#stopped) {
      READY.then(this.#look);
      return;
    }
    this.#looking = false;
    this.#streak = this.#found > 1;
    this.#quiet = this.#found = 0;
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
    this.#unsent = this.#urgent = false;
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
