/** Drives one core session over one wire: bytes in, bytes out, time. */

import { type Core, type Ending, type Session, Signal, type Tenant } from './core.js';
import { MAX_DELAY } from './deadline.js';
import { storyOf } from './ending.js';
import type { Resolved, Settings } from './options.js';
import { type Failure, type Frames, type Owner, onEnd } from './owner.js';
import { Pump, type PumpOwner } from './pump.js';
import { Receiver } from './receiver.js';
import { Sender } from './sender.js';
import { type DriverStats, driverStats, NOTHING, type Remains, remainsOf } from './stats.js';
import { Taken } from './taken.js';
import type { Wire, WireSink } from './transports/wire.js';

export class Driver implements WireSink, PumpOwner, Tenant {
  older: Tenant | undefined;
  newer: Tenant | undefined;
  readonly #core: Core;
  readonly session: Session;
  readonly wire: Wire;
  readonly #owner: Owner;
  /** How the session behaves; one of its own once something of it is changed. */
  settings: Settings;
  #frames!: Frames;
  // There while they are needed: most sessions wait most of the time.
  #receiver: Receiver | undefined;
  #sender: Sender | undefined;
  #pump: Pump | undefined;
  #waiting: Set<() => void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #taken: Taken | undefined;
  #reading = true;
  #closing = false;
  #failure: Failure | undefined;
  /** There once the session has ended. */
  #remains: Remains | undefined;

  constructor(core: Core, { settings, core: options }: Resolved, wire: Wire, owner: Owner) {
    this.#core = core;
    this.settings = settings;
    this.session = options.begin(performance.now());
    this.wire = wire;
    this.#owner = owner;
    core.admit(this);
  }

  /** Begins, with what the wire gave after the upgrade. */
  start(frames: Frames, rest: Uint8Array | undefined): void {
    this.#frames = frames;
    this.#act(() => this.session.signals());
    const goOn = !rest?.length || this.chunk(rest, false);
    this.wire.attach(this);
    if (goOn) this.wire.resume();
  }

  /** Whether the closing handshake is under way, or all is over. */
  get isClosing(): boolean {
    return this.#closing;
  }

  #hasEnded(): boolean {
    return this.#remains !== undefined;
  }

  // What the wire tells.

  chunk(bytes: Uint8Array, lent: boolean): boolean {
    if (this.#hasEnded()) return true;
    const receiver = this.#receiver ?? Receiver.take(this.#core);
    let signals: number;
    try {
      if (this.#reading && receiver.go(this.session, bytes)) return true;
      const told = this.#counting();
      const { frames, bytes: taken } = told;
      told.clear();
      const now = performance.now();
      signals = receiver.receive(this.session, this.#frames, bytes, lent, frames, taken, now);
      this.#receiver = receiver.kept();
      if ((signals & (Signal.READ | Signal.CLOSED)) === 0) {
        told.await(this.#core.excess);
        // Frames that went straight to one who waited for them are taken already.
        if (told.isEnough) signals = this.#report();
      }
    } catch (thrown) {
      this.#core.judge(thrown);
      return true;
    }
    // What the sink returns pauses the wire.
    this.#reading = (signals & Signal.READ) !== 0;
    this.#heed(signals);
    this.#frames.received();
    return this.#reading || this.#hasEnded();
  }

  end(): void {
    if (!this.#hasEnded()) this.#act(() => this.session.receive_end(performance.now()));
    else clearTimeout(this.#timer);
  }

  fail(cause: unknown): void {
    if (this.#hasEnded()) clearTimeout(this.#timer);
    else this.#failure = { kind: 'transport', cause };
    this.#act(() => this.session.transport_failed());
  }

  coreDied(cause: unknown): void {
    if (!this.#hasEnded()) {
      this.#failure = { kind: 'core', cause };
      this.#finish(undefined);
    }
    for (const cancel of this.#waiting ?? []) cancel();
    this.#waiting = undefined;
  }

  // What the pump tells.

  accepted(): void {
    this.#act(() => this.session.accepted(performance.now()));
  }

  rested(): void {
    this.#pump?.giveBack();
    this.#pump = undefined;
  }

  // What the user wants.

  /** Queues a frame; returns the core's signals. */
  sendText(head: number, text: string): number {
    return this.#act(() => this.sender.text(head, text));
  }

  /** Queues a frame with a copy of these bytes; returns the core's signals. */
  sendBytes(head: number, bytes: Uint8Array): number {
    return this.#act(() => this.sender.bytes(head, bytes));
  }

  get sender(): Sender {
    this.#sender ??= new Sender(this.#core, this.session, this.wire);
    return this.#sender;
  }

  /** Whether a frame may be sent now; returns the core's signals. */
  check(head: number): number {
    return this.#act(() => this.session.check(head));
  }

  /** Why the last command was refused. */
  refusal(): string {
    return this.session.refusal() ?? 'the frame was refused';
  }

  /** Settles when the queue is below its mark; rejects when the session ends before. */
  room(): Promise<void> {
    return this.#settled(() => this.session.room()) as Promise<void>;
  }

  /** Settles when all that was sent is written; rejects when the session ends before. */
  flush(): Promise<void> {
    return this.#settled(() => this.session.flush()) as Promise<void>;
  }

  /** Settles with the round trip; rejects when the session ends before. */
  ping(payload: Uint8Array | undefined): Promise<number> {
    const pong = this.#settled(() => this.session.ping(payload)) as Promise<number>;
    this.#act(() => this.session.signals());
    return pong;
  }

  close(code: number | undefined, reason: string): void {
    this.#act(() => this.session.close(code, reason, performance.now()));
  }

  /** Closes with 1011 and what fits of a text. */
  closeFailed(text: string): void {
    this.#act(() => this.session.close_failed(text, performance.now()));
  }

  /** Fails the session because of an extension, with what fits of a text. */
  extensionFailed(code: number, text: string): void {
    this.#act(() => this.session.extension_failed(code, text, performance.now()));
  }

  terminate(cause: unknown): void {
    if (this.#hasEnded()) return;
    this.#failure = { kind: 'terminated', cause };
    this.#act(() => {
      this.session.discard_incoming();
      return this.session.terminate();
    });
  }

  /** Fails the session for a full queue. */
  overflow(): void {
    this.#act(() => this.session.overflow(performance.now()));
  }

  /** Says whether somebody takes frames: what does not fit is dropped once the session closes. */
  attend(attended: boolean): void {
    this.#act(() => this.session.set_attended(attended));
  }

  /** Drops what comes from now on. */
  discard(): void {
    if (this.#hasEnded()) this.#counting().add(Infinity, Infinity);
    else this.#act(() => this.session.discard_incoming());
  }

  /** Frames left the queue of those received. */
  taken(frames: number, bytes: number): void {
    const taken = this.#counting();
    taken.add(frames, bytes);
    if (!this.#reading && taken.isEnough && !this.#hasEnded()) {
      this.#act(() => this.#report());
    }
  }

  awaited(): void {
    this.#pump?.settle();
  }

  /** A message received with `before` bytes holds `after` now. */
  decoded(before: number, after: number): void {
    const told = this.#counting();
    if (this.#hasEnded()) told.add(0, before - after);
    const signals = this.#act(() => {
      this.#report();
      told.await(undefined);
      return this.session.decoded(before, after);
    });
    this.#reading &&= (signals & Signal.READ) !== 0;
  }

  setMasking(masking: boolean): void {
    this.settings = { ...this.settings, masking };
    if (!this.#hasEnded()) this.session.set_masking(masking);
  }

  setMaxFrameSize(maxFrameSize: number): void {
    this.settings = { ...this.settings, maxFrameSize };
    if (!this.#hasEnded()) this.session.set_max_frame_size(maxFrameSize);
  }

  setPingInterval(pingInterval: number): void {
    this.settings = { ...this.settings, pingInterval };
    this.#act(() => this.session.set_ping_interval(pingInterval, performance.now()));
  }

  setPongTimeout(pongTimeout: number): void {
    this.settings = { ...this.settings, pongTimeout };
    this.#act(() => this.session.set_pong_timeout(pongTimeout));
  }

  get isFlushed(): boolean {
    return this.#remains?.isFlushed ?? this.session.is_flushed();
  }

  /** Whether the peer's Close waits for the user's. */
  get owesAnswer(): boolean {
    return !this.#hasEnded() && this.session.owes_answer();
  }

  get bufferedAmount(): number {
    return this.#hasEnded() ? 0 : this.session.buffered_amount();
  }

  stats(): DriverStats {
    if (!this.#hasEnded()) this.#report();
    const stats = this.#remains?.stats ?? this.session.stats();
    return driverStats(stats, this.#taken);
  }

  // What the core asks for.

  /** Runs a call into the core and does what its signals ask for. */
  #act(call: () => number): number {
    if (this.#hasEnded()) return Signal.CLOSING | Signal.CLOSED;
    let signals: number;
    try {
      this.#receiver?.tell(this.session);
      signals = call();
    } catch (thrown) {
      this.#core.judge(thrown);
      return Signal.CLOSING | Signal.CLOSED;
    }
    this.#heed(signals);
    return signals;
  }

  #heed(signals: number): void {
    if (signals & Signal.TIMER) this.setTimer();
    if (signals & Signal.CLOSING) this.#closing = true;
    if (signals & Signal.CLOSED) {
      this.#finish(this.session.ending());
      return;
    }
    if (!this.#reading && signals & Signal.READ) {
      this.#reading = true;
      this.wire.resume();
    }
    if (signals & Signal.TRANSMIT) {
      this.#pump ??= Pump.take(this.#core, this);
      this.#pump.heed(signals);
    }
  }

  #counting(): Taken {
    this.#taken ??= new Taken();
    return this.#taken;
  }

  #report(): number {
    this.#receiver?.tell(this.session);
    if (!this.#taken?.frames) return this.session.signals();
    const { frames, bytes } = this.#taken;
    this.#taken.clear();
    return this.session.taken(frames, bytes, performance.now());
  }

  setTimer(): void {
    clearTimeout(this.#timer);
    const deadline = this.session.deadline();
    if (deadline === Infinity) return;
    // A timer may fire early; the core does nothing then and asks for it again.
    const delay = Math.min(Math.max(Math.ceil(deadline - performance.now()), 0), MAX_DELAY);
    this.#timer = setTimeout(() => {
      this.#act(() => this.session.handle_timeout(performance.now()) | Signal.TIMER);
    }, delay);
  }

  /** A promise of the core's that also settles if the core dies. */
  #settled(call: () => Promise<unknown> | undefined): Promise<unknown> {
    if (this.#hasEnded()) return Promise.reject(undefined);
    let inner: Promise<unknown> | undefined;
    try {
      inner = call();
    } catch (thrown) {
      this.#core.judge(thrown);
    }
    if (!inner) return Promise.reject(undefined);
    return new Promise((resolve, reject) => {
      const cancel = (): void => reject(undefined);
      this.#waiting ??= new Set();
      this.#waiting.add(cancel);
      inner.then(resolve, cancel).finally(() => {
        this.#waiting?.delete(cancel);
        this.#moveOut();
      });
    });
  }

  /** Leaves the core when it owes no answer any more. */
  #moveOut(): void {
    if (this.#waiting?.size === 0) this.#waiting = undefined;
    if (this.#hasEnded() && !this.#waiting) this.#core.dismiss(this);
  }

  /** The session is over: tells the owner, then takes leave of the wire. */
  #finish(ending: Ending | undefined): void {
    if (this.#hasEnded()) return;
    const failure = this.#failure;
    let remains = NOTHING;
    if (failure?.kind !== 'core') {
      this.#report();
      remains = remainsOf(this.session);
    }
    this.#remains = remains;
    clearTimeout(this.#timer);
    this.#pump?.stop();
    this.#sender?.clear();
    const orderly = !failure && storyOf(ending).fault !== 'close-timeout';
    this.#owner[onEnd](ending, failure);
    if (failure?.kind !== 'core') {
      ending?.free();
      // Those who still wait are told by the core, in order and whether it was in time.
      this.session.free();
    }
    this.#moveOut();
    if (orderly) this.#takeLeave();
    else this.wire.abort(failure?.cause);
  }

  /**
   * Ends the writable side and reads on to the peer's end: closing a TCP socket with unread bytes
   * would reset it, and the peer could lose our Close (RFC 6455 §7.1.1).
   */
  #takeLeave(): void {
    const delay = Math.min(this.settings.closeTimeout, MAX_DELAY);
    this.#timer = setTimeout(() => this.wire.abort(undefined), delay);
    // No process has to stay for this: a socket that is open keeps it anyway.
    (this.#timer as { unref?(): void }).unref?.();
    this.wire.end();
    this.wire.resume();
  }
}
