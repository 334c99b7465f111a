/** The session as users see it. */

import type * as Public from '../types/index.js';
import type { Bytes, CloseInfo, Handshake, SessionOptions, SessionStats } from '../types/index.js';
import { decodeValue } from './codec.js';
import { Conclusion } from './conclusion.js';
import { type Core, type Ending, Signal } from './core.js';
import { untilAborted } from './deadline.js';
import { Driver } from './driver.js';
import { closeInfo, extensionError, overflowError } from './ending.js';
import { ClosedError, describe } from './errors.js';
import type { Agreement } from './extensions.js';
import { checkClose, checkControl, type Frame, viewBytes } from './frame.js';
import { Inbox } from './inbox.js';
import { IncomingFrames, type Left, onLeave, SessionFrames } from './incoming.js';
import { Inward } from './inward.js';
import {
  checkBoolean,
  checkSignal,
  checkSize,
  checkTime,
  resolveOptions,
  type Settings,
} from './options.js';
import { isClose, Outward } from './outward.js';
import { type Failure, type Owner, onEnd } from './owner.js';
import { type Pipeline, StepError } from './pipeline.js';
import { outgoingStream } from './piping.js';
import type { Wire } from './transports/wire.js';

/** What the upgrade came to. */
export interface Opening {
  readonly url: string;
  readonly protocol: string;
  readonly handshake: Handshake | undefined;
  readonly agreement: Agreement;
}

/** What a session is made of. */
export interface SessionParts {
  core: Core;
  wire: Wire;
  role: 'client' | 'server';
  options: SessionOptions;
  opening: Opening;
  /** What the wire gave behind the upgrade. */
  rest: Uint8Array | undefined;
}

const ACCEPTED = Promise.resolve();

const NONE = { messages: 0, before: 0, after: 0 };
const NO_CONVERSIONS = { encoded: NONE, decoded: NONE };

/** Signals of a frame that was not simply queued. */
const UNUSUAL = Signal.WAIT | Signal.OVERFLOW | Signal.REFUSED | Signal.CLOSED;

let make: (parts: SessionParts) => WebSocketSession;

/** Opens a session over a wire whose upgrade is done. */
export function openSession(parts: SessionParts): WebSocketSession {
  return make(parts);
}

/** One WebSocket session. */
export class WebSocketSession implements Public.WebSocketSession, Owner, Left {
  readonly #opening: Opening;
  readonly #driver: Driver;
  readonly #inbox: Inbox;
  /** Where extensions decode messages; none if none do. */
  readonly #inward: Inward | undefined;
  // What follows is made when it is first asked for: most sessions wait most of the time.
  #outward: Outward | undefined;
  #incoming: IncomingFrames | undefined;
  #outgoing: WritableStream<Frame | string | Bytes> | undefined;
  #conclusion: Conclusion | undefined;

  static {
    make = (parts) => new WebSocketSession(parts);
  }

  private constructor(parts: SessionParts) {
    const { core, wire, role, options, opening } = parts;
    this.#opening = opening;
    const resolved = resolveOptions(options, role, opening.agreement.pipeline);
    this.#driver = new Driver(core, resolved, wire, this);
    const steps = this.#steps;
    if (steps) {
      const { incomingBytes } = resolved.settings;
      this.#inward = new Inward(steps, incomingBytes, this.#driver, (fault) => this.#fail(fault));
    }
    this.#inbox = this.#inward?.inbox ?? new Inbox(this.#driver);
    if (options.signal) this.#concluding.follow(options.signal, this);
    this.#driver.start(this.#inward ?? this.#inbox, parts.rest);
    if (steps) this.#open(steps);
  }

  get role(): 'client' | 'server' {
    return this.#settings.role;
  }

  get url(): string {
    return this.#opening.url;
  }

  get protocol(): string {
    return this.#opening.protocol;
  }

  get handshake(): Handshake | undefined {
    return this.#opening.handshake;
  }

  get extensions(): readonly Public.NegotiatedExtension[] {
    return this.#opening.agreement.extensions;
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#conclusion?.info ? 'closed' : this.#driver.isClosing ? 'closing' : 'open';
  }

  get bufferedAmount(): number {
    return this.#driver.bufferedAmount;
  }

  get masking(): boolean {
    return this.#settings.masking;
  }

  set masking(masking: boolean) {
    checkBoolean(masking, 'masking');
    this.#driver.setMasking(masking);
  }

  get maxFrameSize(): number {
    return this.#settings.maxFrameSize;
  }

  set maxFrameSize(maxFrameSize: number) {
    checkSize(maxFrameSize, 'maxFrameSize');
    this.#driver.setMaxFrameSize(maxFrameSize);
  }

  get pingInterval(): number {
    return this.#settings.pingInterval;
  }

  set pingInterval(pingInterval: number) {
    checkTime(pingInterval, 'pingInterval');
    this.#driver.setPingInterval(pingInterval);
  }

  get pongTimeout(): number {
    return this.#settings.pongTimeout;
  }

  set pongTimeout(pongTimeout: number) {
    checkTime(pongTimeout, 'pongTimeout');
    this.#driver.setPongTimeout(pongTimeout);
  }

  get closed(): Promise<CloseInfo> {
    return this.#concluding.closed;
  }

  get signal(): AbortSignal {
    return this.#concluding.signal;
  }

  get outgoing(): WritableStream<Frame | string | Bytes> {
    this.#outgoing ??= outgoingStream(this);
    return this.#outgoing;
  }

  get incoming(): IncomingFrames {
    this.#attend();
    this.#incoming ??= new IncomingFrames(this.#inbox);
    return this.#incoming;
  }

  send(
    data: string | Bytes | Frame,
    options?: { signal?: AbortSignal; compress?: boolean },
  ): Promise<void> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (!this.#isOpen() && !(isClose(data) && this.#driver.owesAnswer)) {
      return Promise.reject(this.#closedError('send'));
    }
    let signals: number;
    try {
      signals = this.#sending().send(data, options?.compress);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    if ((signals & UNUSUAL) === 0) return ACCEPTED;
    const refused = this.#refused(signals);
    if (refused) return Promise.reject(refused);
    return this.#wait(this.#driver.room(), signal);
  }

  receive(options?: { signal?: AbortSignal }): Promise<Frame | undefined> {
    try {
      checkSignal(options?.signal, 'signal');
      this.#attend();
      return this.#inbox.receive(options?.signal);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  async sendValue(value: unknown): Promise<void> {
    await this.send(this.#settings.codec.encode(value));
  }

  async receiveValue<T = unknown>(options?: { schema?: Public.StandardSchema<T> }): Promise<T> {
    const frame = await this.receive();
    if (!frame) throw this.#closedError('receive a value');
    return decodeValue(frame, this.#settings.codec, options?.schema);
  }

  flush(options?: { signal?: AbortSignal }): Promise<void> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#driver.isFlushed) return ACCEPTED;
    const info = this.#conclusion?.info;
    if (info) return Promise.reject(info.error ?? this.#closedError('flush'));
    return this.#wait(this.#driver.flush(), signal);
  }

  async ping(payload?: Bytes, options?: { signal?: AbortSignal }): Promise<number> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    const bytes = payload === undefined ? undefined : viewBytes(payload, 'payload');
    if (bytes) checkControl(bytes);
    if (!this.#isOpen()) throw this.#closedError('ping');
    return this.#wait(this.#driver.ping(bytes), signal);
  }

  close(code?: number | Error | null, reason = ''): Promise<CloseInfo> {
    if (this.#isOpen()) this.#driver.attend(this.#inbox.isAttended);
    if (code instanceof Error && code.name !== 'AbortError') {
      if (this.#isOpen()) this.#concluding.cause = code;
      this.#driver.closeFailed(describe(code));
    } else {
      const number = code === null || code instanceof Error ? 1000 : (code ?? 1000);
      checkClose(number, reason);
      this.#driver.close(number, reason);
    }
    return this.closed;
  }

  terminate(cause?: unknown): void {
    this.#driver.terminate(cause);
  }

  stats(): SessionStats {
    return {
      ...this.#driver.stats(),
      ...(this.#opening.agreement.pipeline?.conversions ?? NO_CONVERSIONS),
    };
  }

  extension(name: string): Public.NegotiatedExtension | undefined {
    return this.extensions.find((extension) => extension.name === name);
  }

  [Symbol.asyncIterator](): Public.FrameIterator<Frame> {
    this.#attend();
    return new SessionFrames(this.#inbox, this);
  }

  [onLeave](cause: Error | null): Promise<CloseInfo> {
    this.#inward?.cancel();
    this.#driver.discard();
    return this.close(cause);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Somebody takes frames though the session closes. */
  #attend(): void {
    if (this.state === 'closing') this.#driver.attend(true);
  }

  /** Why a frame was not queued; nothing if it was. */
  #refused(signals: number): Error | undefined {
    // The core trapped on the way.
    if (signals & Signal.CLOSED) return this.#conclusion?.info?.error;
    // What an extension calls to encode a message may have closed the session.
    if (signals & Signal.REFUSED) {
      return this.#isOpen() ? new TypeError(this.#driver.refusal()) : this.#closedError('send');
    }
    if ((signals & Signal.OVERFLOW) === 0) return undefined;
    this.#driver.overflow();
    return overflowError('outgoing');
  }

  /** Tells extensions how to send frames of their own. */
  #open(pipeline: Pipeline): void {
    try {
      pipeline.open((opcode, bytes) => {
        if (!this.#isOpen()) throw this.#closedError('send');
        const refused = this.#refused(this.#sending().frame(opcode, bytes));
        if (refused) throw refused;
      });
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      this.#fail(thrown);
    }
  }

  get #settings(): Settings {
    return this.#driver.settings;
  }

  get #concluding(): Conclusion {
    this.#conclusion ??= new Conclusion();
    return this.#conclusion;
  }

  #isOpen(): boolean {
    return !this.#driver.isClosing && !this.#conclusion?.info;
  }

  /** What messages go through; nothing in a raw session. */
  get #steps(): Pipeline | undefined {
    return this.#settings.raw ? undefined : this.#opening.agreement.pipeline;
  }

  #sending(): Outward {
    this.#outward ??= this.#makeOutward();
    return this.#outward;
  }

  #makeOutward(): Outward {
    const steps = this.#steps;
    // Where there is no extension none fails.
    const failed = steps
      ? (fault: StepError) => (this.#isOpen() ? this.#fail(fault) : this.#closedError('send'))
      : extensionError;
    return new Outward(this.#driver, steps, failed);
  }

  [onEnd](ending: Ending | undefined, failure: Failure | undefined): void {
    const conclusion = this.#concluding;
    const { closeTimeout } = this.#settings;
    const info = closeInfo(ending, failure, conclusion.cause, closeTimeout);
    conclusion.conclude(info);
    if (failure?.kind === 'terminated') {
      this.#inward?.cancel();
      this.#inbox.drop();
    }
    (this.#inward ?? this.#inbox).end(info.error);
    // Where messages are decoded, that is done by who decodes the last.
    if (!this.#inward) this.#opening.agreement.pipeline?.close();
    conclusion.tell(info);
  }

  /** Waits for the core, but not past a signal; a session that ended says why. */
  #wait<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const explained = promise.catch((): never => {
      throw this.#conclusion?.info?.error ?? this.#closedError('go on');
    });
    return signal ? untilAborted(explained, signal) : explained;
  }

  /** Ends the session because of an extension. */
  #fail(fault: StepError): Error {
    const error = extensionError(fault);
    if (!this.#conclusion?.info) {
      this.#concluding.cause = error;
      this.#driver.extensionFailed(error.closeCode ?? 1011, describe(error));
    }
    return error;
  }

  #closedError(verb: string): ClosedError {
    const info = this.#conclusion?.info;
    if (!info) return new ClosedError(`cannot ${verb}: the session is closing`);
    const why = info.error ? `: ${info.error.message}` : '';
    return new ClosedError(
      `cannot ${verb}: the session was closed with ${info.code}${why}`,
      info,
      info.error,
    );
  }
}
