/** Drives one core session over one wire: bytes in, bytes out, time. */

import {
  type Core,
  type Ending,
  type Session,
  type SessionOptions,
  Signal,
  type Tenant,
} from './core.js';
import { MAX_DELAY } from './deadline.js';
import type { FrameBody } from './frame.js';
import { Receiver } from './receiver.js';
import { Sender } from './sender.js';
import { type DriverStats, driverStats } from './stats.js';
import type { Wire, WireSink } from './transports/wire.js';

/** Why the core has no say in a session's end. */
export type Failure =
  | { kind: 'transport'; cause: unknown }
  | { kind: 'terminated'; cause: unknown }
  | { kind: 'core'; cause: unknown };

/** Who is told what happens. */
export interface Owner {
  /** A frame came. The core must not be called. */
  frame(frame: FrameBody): void;
  /** The frames of a chunk have come. */
  received(): void;
  closing(): void;
  ended(ending: Ending | undefined, failure: Failure | undefined): void;
}

export class Driver implements WireSink, Tenant {
  readonly #core: Core;
  readonly #session: Session;
  readonly #wire: Wire;
  readonly #owner: Owner;
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  readonly #closeTimeout: number;
  #reading = true;
  #pumpQueued = false;
  #closing = false;
  #ended = false;
  #flushedAtEnd = false;
  #failure: Failure | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #takenFrames = 0;
  #takenBytes = 0;
  readonly #waiting = new Set<() => void>();

  /** `parts` are the RSV bits of messages that the owner takes in parts. */
  constructor(core: Core, options: SessionOptions, wire: Wire, owner: Owner, parts: number) {
    this.#core = core;
    this.#closeTimeout = options.close_timeout;
    this.#session = options.begin(performance.now());
    this.#wire = wire;
    this.#owner = owner;
    this.#receiver = new Receiver(core, this.#session, parts);
    this.#sender = new Sender(core, this.#session);
    core.admit(this);
  }

  /** Begins, with what the wire gave after the upgrade. */
  start(rest: Uint8Array): void {
    this.#act(() => this.#session.signals());
    const goOn = rest.length === 0 || this.chunk(rest);
    this.#wire.attach(this);
    if (goOn) this.#wire.resume();
  }

  // What the wire tells.

  chunk(bytes: Uint8Array): boolean {
    if (this.#ended) return true;
    this.#act(() => {
      this.#reportTaken();
      let signals = this.#receiver.receive(bytes, performance.now(), this.#owner.frame);
      // Frames that went straight to one who waited for them are taken already.
      if ((signals & Signal.CLOSED) === 0) signals = this.#reportTaken();
      // What the sink returns pauses the wire.
      this.#reading = (signals & Signal.READ) !== 0;
      return signals;
    });
    this.#owner.received();
    return this.#reading || this.#ended;
  }

  end(): void {
    if (!this.#ended) this.#act(() => this.#session.receive_end(performance.now()));
    else clearTimeout(this.#timer);
  }

  fail(cause: unknown): void {
    if (this.#ended) {
      clearTimeout(this.#timer);
      return;
    }
    this.#failure = { kind: 'transport', cause };
    this.#act(() => this.#session.transport_failed());
  }

  coreDied(cause: unknown): void {
    if (!this.#ended) {
      this.#failure = { kind: 'core', cause };
      this.#finish(undefined);
    }
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
  }

  // What the user wants.

  /** Queues a frame; returns the core's signals. */
  sendText(head: number, text: string): number {
    return this.#act(() => this.#sender.text(head, text));
  }

  /** Queues a frame with a copy of these bytes; returns the core's signals. */
  sendBytes(head: number, bytes: Uint8Array): number {
    return this.#act(() => this.#sender.bytes(head, bytes));
  }

  /** Whether a frame may be sent now; returns the core's signals. */
  check(head: number): number {
    return this.#act(() => this.#session.check(head));
  }

  /** Why the last command was refused. */
  refusal(): string {
    return this.#session.refusal() ?? 'the frame was refused';
  }

  /** Settles when the queue is below its mark; rejects when the session ends before. */
  room(): Promise<void> {
    return this.#settled(() => this.#session.room()) as Promise<void>;
  }

  /** Settles when all that was sent is written; rejects when the session ends before. */
  flush(): Promise<void> {
    return this.#settled(() => this.#session.flush()) as Promise<void>;
  }

  /** Settles with the round trip; rejects when the session ends before. */
  ping(payload: Uint8Array | undefined): Promise<number> {
    const pong = this.#settled(() => this.#session.ping(payload)) as Promise<number>;
    this.#act(() => this.#session.signals());
    return pong;
  }

  close(code: number | undefined, reason: string): void {
    this.#act(() => this.#session.close(code, reason, performance.now()));
  }

  /** Closes with 1011 and what fits of a text. */
  closeFailed(text: string): void {
    this.#act(() => this.#session.close_failed(text, performance.now()));
  }

  /** Fails the session because of an extension, with what fits of a text. */
  extensionFailed(code: number, text: string): void {
    this.#act(() => this.#session.extension_failed(code, text, performance.now()));
  }

  terminate(cause: unknown): void {
    if (this.#ended) return;
    this.#failure = { kind: 'terminated', cause };
    this.#act(() => {
      this.#session.discard_incoming();
      return this.#session.terminate();
    });
  }

  /** Fails the session for a full queue. */
  overflow(): void {
    this.#act(() => this.#session.overflow(performance.now()));
  }

  /** Says whether somebody takes frames: what does not fit is dropped once the session closes. */
  attend(attended: boolean): void {
    this.#act(() => this.#session.set_attended(attended));
  }

  /** Drops what comes from now on. */
  discard(): void {
    if (this.#ended) this.#takenBytes = this.#takenFrames = Infinity;
    else this.#act(() => this.#session.discard_incoming());
  }

  /** A frame left the queue of those received. */
  readonly taken = (bytes: number): void => {
    this.#takenFrames += 1;
    this.#takenBytes += bytes;
    if (!this.#reading && !this.#ended) this.#act(() => this.#reportTaken());
  };

  /** A message received with `before` bytes holds `after` now. */
  decoded(before: number, after: number): void {
    const signals = this.#act(() => this.#session.decoded(before, after));
    this.#reading &&= (signals & Signal.READ) !== 0;
  }

  setMasking(masking: boolean): void {
    if (!this.#ended) this.#session.set_masking(masking);
  }

  setMaxFrameSize(size: number): void {
    if (!this.#ended) this.#session.set_max_frame_size(size);
  }

  setPingInterval(interval: number): void {
    this.#act(() => this.#session.set_ping_interval(interval, performance.now()));
  }

  setPongTimeout(timeout: number): void {
    this.#act(() => this.#session.set_pong_timeout(timeout));
  }

  get isFlushed(): boolean {
    return this.#ended ? this.#flushedAtEnd : this.#session.is_flushed();
  }

  /** Whether the peer's Close waits for the user's. */
  get owesAnswer(): boolean {
    return !this.#ended && this.#session.owes_answer();
  }

  get bufferedAmount(): number {
    return this.#ended ? 0 : this.#session.buffered_amount();
  }

  stats(): DriverStats {
    if (!this.#ended) {
      this.#reportTaken();
      this.#lastStats = this.#session.stats();
    }
    return driverStats(this.#lastStats, this.#takenBytes, this.#takenFrames);
  }

  #lastStats: ArrayLike<number> = [];

  // What the core asks for.

  /** Runs a call into the core and does what its signals ask for. */
  #act(call: () => number): number {
    if (this.#ended) return Signal.CLOSING | Signal.CLOSED;
    let signals: number;
    try {
      signals = call();
    } catch (thrown) {
      this.#core.judge(thrown);
      return Signal.CLOSING | Signal.CLOSED;
    }
    this.#heed(signals);
    return signals;
  }

  #heed(signals: number): void {
    if (signals & Signal.TIMER) this.#setTimer();
    if (signals & Signal.CLOSING && !this.#closing) {
      this.#closing = true;
      this.#owner.closing();
    }
    if (signals & Signal.CLOSED) {
      this.#finish(this.#session.ending());
      return;
    }
    if (!this.#reading && signals & Signal.READ) {
      this.#reading = true;
      this.#wire.resume();
    }
    if (signals & Signal.BATCH) {
      this.#pump();
    } else if (signals & Signal.TRANSMIT && !this.#pumpQueued) {
      this.#pumpQueued = true;
      queueMicrotask(this.#queuedPump);
    }
  }

  readonly #queuedPump = (): void => {
    this.#pumpQueued = false;
    if (!this.#ended) this.#pump();
  };

  /** Writes what is to be written next, if the wire is free. */
  #pump(): void {
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
      if (this.#session.signals() & Signal.TIMER) this.#setTimer();
    } catch (thrown) {
      this.#core.judge(thrown);
      return;
    }
    if (bytes) this.#wire.write(bytes, this.#accepted);
  }

  readonly #accepted = (): void => {
    if (this.#ended) return;
    this.#act(() => {
      const signals = this.#session.accepted(performance.now());
      // The wire is free: what waits leaves now, not at the end of the microtask.
      return signals & Signal.TRANSMIT ? signals | Signal.BATCH : signals;
    });
  };

  #reportTaken(): number {
    const [frames, bytes] = [this.#takenFrames, this.#takenBytes];
    if (frames === 0) return this.#session.signals();
    this.#takenFrames = 0;
    this.#takenBytes = 0;
    return this.#session.taken(frames, bytes, performance.now());
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const deadline = this.#session.deadline();
    if (deadline === undefined || deadline === Infinity) return;
    // A timer may fire early; the core does nothing then and asks for it again.
    const delay = Math.min(Math.max(Math.ceil(deadline - performance.now()), 0), MAX_DELAY);
    this.#timer = setTimeout(() => {
      this.#act(() => this.#session.handle_timeout(performance.now()) | Signal.TIMER);
    }, delay);
  }

  /** A promise of the core's that also settles if the core dies. */
  #settled(call: () => Promise<unknown> | undefined): Promise<unknown> {
    if (this.#ended) return Promise.reject(undefined);
    let promise: Promise<unknown> | undefined;
    try {
      promise = call();
    } catch (thrown) {
      this.#core.judge(thrown);
    }
    if (!promise) return Promise.reject(undefined);
    const inner = promise;
    return new Promise((resolve, reject) => {
      const cancel = (): void => reject(undefined);
      this.#waiting.add(cancel);
      inner.then(resolve, cancel).finally(() => {
        this.#waiting.delete(cancel);
        this.#moveOut();
      });
    });
  }

  /** Leaves the core when it owes no answer any more. */
  #moveOut(): void {
    if (this.#ended && this.#waiting.size === 0) this.#core.dismiss(this);
  }

  /** The session is over: tells the owner, then takes leave of the wire. */
  #finish(ending: Ending | undefined): void {
    if (this.#ended) return;
    const failure = this.#failure;
    if (failure?.kind !== 'core') {
      this.#reportTaken();
      this.#lastStats = this.#session.stats();
      this.#flushedAtEnd = this.#session.is_flushed();
    }
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#sender.clear();
    const orderly = !failure && ending?.fault !== 'close-timeout';
    this.#owner.ended(ending, failure);
    if (failure?.kind !== 'core') {
      ending?.free();
      // Those who still wait are told by the core, in order and whether it was in time.
      this.#session.free();
    }
    this.#moveOut();
    if (orderly) this.#takeLeave();
    else this.#wire.abort(failure?.cause);
  }

  /**
   * Ends the writable side and reads on to the peer's end: closing a TCP socket with unread bytes
   * would reset it, and the peer could lose our Close (RFC 6455 §7.1.1).
   */
  #takeLeave(): void {
    const delay = Math.min(this.#closeTimeout, MAX_DELAY);
    this.#timer = setTimeout(() => this.#wire.abort(undefined), delay);
    // No process has to stay for this: a socket that is open keeps it anyway.
    (this.#timer as { unref?(): void }).unref?.();
    this.#wire.end();
    this.#wire.resume();
  }
}
