/** Writes what a core session has to write: one thing at a time, as its wire takes it. */

import { type Core, Report, type Session, Signal } from './core.js';
import type { Sender } from './sender.js';
import type { Wire } from './transports/wire.js';

/** Who drives the session that is pumped. */
export interface PumpOwner {
  readonly session: Session;
  readonly wire: Wire;
  readonly sender: Sender;
  /** The wire has taken what was written. */
  accepted(): void;
  /** The session's deadline is another one. */
  setTimer(): void;
  /** Nothing is to be written, or on its way: the pump may be given back. */
  rested(): void;
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

/** What the core may have to write; else it is a frame that the sender holds. */
const NOTHING = 0;
const BYTES = 1;

const READY = Promise.resolve();

/** One that no session needs at the moment. */
let spare: Pump | undefined;

/**
 * Paces the writes. A full batch leaves as soon as the wire is free, a control frame that is owed in the next
 * microtask, with what waits. Less than a batch of data leaves when its sender has paused, so that frames that
 * are sent one after the other leave together, though each `send` is awaited.
 */
export class Pump {
  readonly #core: Core;
  #owner: PumpOwner | undefined;
  /** The wire has not accepted what was written last. */
  #writing = false;
  /** A microtask is queued that looks whether the sender has paused. */
  #looking = false;
  /** Something was sent since the last look. */
  #fresh = false;
  /** Something was sent since the last write. */
  #unsent = false;
  /** A control frame is to leave. */
  #urgent = false;
  /** No more looks are needed: all that was to be sent together is written. */
  #settled = false;
  /** How many looks in a row found nothing new. */
  #quiet = 0;
  /** How many found something since they began. */
  #found = 0;
  /** How many looks found something new since the last write, and at how many the clock is read. */
  #looks = 0;
  #reading = FIRST_READING;
  /** What the clock said first. */
  #since = 0;
  #stopped = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** One for a session that has none. */
  static take(core: Core, owner: PumpOwner): Pump {
    const taken = spare ?? new Pump(core);
    spare = undefined;
    taken.#owner = owner;
    return taken;
  }

  /** Gives it back, for another session. */
  giveBack(): void {
    this.#owner = undefined;
    spare = this;
  }

  /** Does what signals ask for. */
  heed(signals: number): void {
    if ((signals & Signal.TRANSMIT) === 0 || this.#stopped) return;
    if (signals & Signal.BATCH) {
      this.#write();
      return;
    }
    this.#unsent = true;
    this.#settled = false;
    if (signals & Signal.URGENT) this.#urgent = true;
    else this.#fresh = true;
    if (this.#looking) return;
    this.#looking = true;
    READY.then(this.#look);
  }

  /** All that came was taken: if nothing follows at once, what was sent meanwhile waits for no more. */
  settle(): void {
    if (!this.#unsent || this.#stopped || !this.#owner?.wire.takesTurns) return;
    this.#write();
    this.#fresh = false;
    this.#settled = true;
  }

  /** The session is over: nothing is written any more. */
  stop(): void {
    this.#stopped = true;
  }

  readonly #look = (): void => {
    const fresh = this.#fresh;
    this.#fresh = false;
    const sender = this.#owner?.sender;
    if (!sender) return;
    if (!this.#settled) {
      this.#quiet = fresh ? 0 : this.#quiet + 1;
      if (fresh) this.#found += 1;
      if (this.#found > 1) sender.streak = true;
      const most = sender.streak ? QUIET : PROMPT;
      const isOver = fresh ? !this.#isPatient() : this.#quiet >= most;
      if ((isOver || this.#urgent) && this.#unsent && !this.#stopped) this.#write();
      if (this.#quiet < QUIET && !this.#stopped) {
        READY.then(this.#look);
        return;
      }
      sender.streak = this.#found > 1;
    }
    this.#looking = this.#settled = false;
    this.#quiet = this.#found = 0;
    this.#rest();
  };

  #rest(): void {
    const isBusy = this.#looking || this.#writing || this.#unsent;
    if (!isBusy && !this.#stopped) this.#owner?.rested();
  }

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
    const owner = this.#owner;
    if (!owner) return;
    const core = this.#core;
    const { session, wire } = owner;
    this.#unsent = this.#urgent = false;
    this.#looks = 0;
    this.#reading = FIRST_READING;
    let bytes: Uint8Array | undefined;
    try {
      const polled = session.poll_transmit(core.scratch, performance.now());
      const kind = polled >>> 16;
      if (kind === NOTHING) return;
      if (kind === BYTES) {
        const { report, words } = core;
        bytes = wire.allocate(words[report + Report.FLIGHT_LENGTH] as number);
        core.fill(bytes, words[report + Report.FLIGHT] as number);
      } else {
        bytes = owner.sender.shift();
      }
      // A ping that leaves begins to wait for its pong.
      if (polled & Signal.TIMER) owner.setTimer();
    } catch (thrown) {
      core.judge(thrown);
      return;
    }
    if (!bytes) return;
    this.#writing = true;
    wire.write(bytes, this.#accepted);
  }

  readonly #accepted = (): void => {
    if (this.#stopped) return;
    this.#writing = false;
    this.#owner?.accepted();
    this.#rest();
  };
}
