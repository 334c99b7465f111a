/** The session as users see it. */

import type * as Public from '../types/index.js';
import type { Bytes, CloseInfo, Handshake, SessionOptions, SessionStats } from '../types/index.js';
import { decodeValue, json } from './codec.js';
import { type Core, type Ending, Signal } from './core.js';
import { untilAborted } from './deadline.js';
import { Driver, type Failure, type Owner } from './driver.js';
import { closeInfo, extensionError, overflowError } from './ending.js';
import { ClosedError, describe } from './errors.js';
import type { Agreement } from './extensions.js';
import { checkClose, checkControl, type Frame, viewBytes } from './frame.js';
import { Inbox } from './inbox.js';
import { type IncomingFrames, incomingFrames, sessionFrames } from './incoming.js';
import { Inward } from './inward.js';
import { checkBoolean, checkSignal, checkSize, checkTime, coreOptions } from './options.js';
import { isClose, Outward } from './outward.js';
import { type Pipeline, StepError } from './pipeline.js';
import { outgoingStream } from './piping.js';
import type { Wire } from './transports/wire.js';

/** What a session is made of. */
export interface SessionParts {
  core: Core;
  wire: Wire;
  role: 'client' | 'server';
  options: SessionOptions;
  url: string;
  protocol: string;
  handshake: Handshake | undefined;
  agreement: Agreement;
  /** What the wire gave behind the upgrade. */
  rest: Uint8Array;
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
export class WebSocketSession implements Public.WebSocketSession {
  readonly role: 'client' | 'server';
  readonly url: string;
  readonly protocol: string;
  readonly handshake: Handshake | undefined;
  readonly extensions: readonly Public.NegotiatedExtension[];
  readonly closed: Promise<CloseInfo>;
  readonly #driver: Driver;
  readonly #inbox: Inbox;
  /** Where extensions decode messages; none if none do. */
  readonly #inward: Inward | undefined;
  readonly #outward: Outward;
  readonly #pipeline: Pipeline | undefined;
  readonly #closeTimeout: number;
  readonly #codec: Public.Codec;
  #incoming: IncomingFrames | undefined;
  #outgoing: WritableStream<Frame | string | Bytes> | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #info: CloseInfo | undefined;
  #settleClosed!: (info: CloseInfo) => void;
  #closeCause: Error | undefined;
  #abortController: AbortController | undefined;
  #masking: boolean;
  #maxFrameSize: number;
  #pingInterval: number;
  #pongTimeout: number;
  #leave: (() => void) | undefined;

  static {
    make = (parts) => new WebSocketSession(parts);
  }

  private constructor(parts: SessionParts) {
    const { core, wire, role, options } = parts;
    this.role = role;
    this.url = parts.url;
    this.protocol = parts.protocol;
    this.handshake = parts.handshake;
    this.#codec = options.codec ?? json;
    const { extensions, pipeline } = parts.agreement;
    this.extensions = extensions;
    this.#pipeline = pipeline;
    const settings = coreOptions(options, role);
    settings.owned_rsv = pipeline?.owned ?? 0;
    settings.opaque = pipeline?.opaque ?? false;
    settings.owned_opcodes = options.raw ? 0 : (pipeline?.opcodes ?? 0);
    this.#masking = settings.masking;
    this.#maxFrameSize = settings.max_frame_size;
    this.#pingInterval = settings.ping_interval;
    this.#pongTimeout = settings.pong_timeout;
    this.#closeTimeout = settings.close_timeout;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    const steps = options.raw ? undefined : pipeline;
    this.#driver = new Driver(core, settings, wire, this.#owner(), steps?.parts ?? 0);
    const fragmentSize = options.fragmentSize || Infinity;
    this.#outward = new Outward(this.#driver, steps, fragmentSize, (fault) => this.#fail(fault));
    this.#inbox = new Inbox((bytes) => {
      this.#driver.taken(bytes);
      this.#inward?.taken(bytes);
    });
    this.#inward =
      steps &&
      new Inward(steps, this.#inbox, settings.incoming_bytes, {
        decoded: (before, after) => this.#driver.decoded(before, after),
        consumed: (bytes) => this.#driver.taken(bytes),
        failed: (fault) => this.#fail(fault),
      });
    if (options.signal) this.#follow(options.signal);
    this.#driver.start(parts.rest);
    if (steps) this.#open(steps);
  }

  get state(): 'open' | 'closing' | 'closed' {
    return this.#state;
  }

  get bufferedAmount(): number {
    return this.#driver.bufferedAmount;
  }

  get masking(): boolean {
    return this.#masking;
  }

  set masking(masking: boolean) {
    checkBoolean(masking, 'masking');
    this.#masking = masking;
    this.#driver.setMasking(masking);
  }

  get maxFrameSize(): number {
    return this.#maxFrameSize;
  }

  set maxFrameSize(size: number) {
    checkSize(size, 'maxFrameSize');
    this.#maxFrameSize = size;
    this.#driver.setMaxFrameSize(size);
  }

  get pingInterval(): number {
    return this.#pingInterval;
  }

  set pingInterval(interval: number) {
    checkTime(interval, 'pingInterval');
    this.#pingInterval = interval;
    this.#driver.setPingInterval(interval);
  }

  get pongTimeout(): number {
    return this.#pongTimeout;
  }

  set pongTimeout(timeout: number) {
    checkTime(timeout, 'pongTimeout');
    this.#pongTimeout = timeout;
    this.#driver.setPongTimeout(timeout);
  }

  get signal(): AbortSignal {
    if (!this.#abortController) {
      this.#abortController = new AbortController();
      if (this.#info) this.#abort(this.#info);
    }
    return this.#abortController.signal;
  }

  get outgoing(): WritableStream<Frame | string | Bytes> {
    this.#outgoing ??= outgoingStream(this);
    return this.#outgoing;
  }

  get incoming(): IncomingFrames {
    this.#attend();
    this.#incoming ??= incomingFrames(this.#inbox);
    return this.#incoming;
  }

  send(
    data: string | Bytes | Frame,
    options?: { signal?: AbortSignal; compress?: boolean },
  ): Promise<void> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#state !== 'open' && !(isClose(data) && this.#driver.owesAnswer)) {
      return Promise.reject(this.#closedError('send'));
    }
    let signals: number;
    try {
      signals = this.#outward.send(data, options?.compress);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    if ((signals & UNUSUAL) === 0) return ACCEPTED;
    const refused = this.#refused(signals);
    if (refused) return Promise.reject(refused);
    return this.#wait(this.#driver.room(), signal);
  }

  async receive(options?: { signal?: AbortSignal }): Promise<Frame | undefined> {
    checkSignal(options?.signal, 'signal');
    this.#attend();
    return this.#inbox.receive(options?.signal);
  }

  async sendValue(value: unknown): Promise<void> {
    await this.send(this.#codec.encode(value));
  }

  async receiveValue<T = unknown>(options?: { schema?: Public.StandardSchema<T> }): Promise<T> {
    const frame = await this.receive();
    if (!frame) throw this.#closedError('receive a value');
    return decodeValue(frame, this.#codec, options?.schema);
  }

  flush(options?: { signal?: AbortSignal }): Promise<void> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#driver.isFlushed) return ACCEPTED;
    if (this.#info) return Promise.reject(this.#info.error ?? this.#closedError('flush'));
    return this.#wait(this.#driver.flush(), signal);
  }

  async ping(payload?: Bytes, options?: { signal?: AbortSignal }): Promise<number> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    const bytes = payload === undefined ? undefined : viewBytes(payload, 'payload');
    if (bytes) checkControl(bytes);
    if (this.#state !== 'open') throw this.#closedError('ping');
    return this.#wait(this.#driver.ping(bytes), signal);
  }

  close(code?: number | Error | null, reason = ''): Promise<CloseInfo> {
    if (this.#state === 'open') this.#driver.attend(this.#inbox.isAttended);
    if (code instanceof Error && code.name !== 'AbortError') {
      if (this.#state === 'open') this.#closeCause = code;
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
    return { ...this.#driver.stats(), ...(this.#pipeline?.conversions ?? NO_CONVERSIONS) };
  }

  extension(name: string): Public.NegotiatedExtension | undefined {
    return this.extensions.find((extension) => extension.name === name);
  }

  [Symbol.asyncIterator](): Public.FrameIterator<Frame> {
    this.#attend();
    return sessionFrames(this.#inbox, {
      discard: () => {
        this.#inward?.cancel();
        this.#driver.discard();
      },
      close: (cause) => this.close(cause),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Somebody takes frames though the session closes. */
  #attend(): void {
    if (this.#state === 'closing') this.#driver.attend(true);
  }

  /** Why a frame was not queued; nothing if it was. */
  #refused(signals: number): Error | undefined {
    // The core trapped on the way.
    if (signals & Signal.CLOSED) return this.#info?.error;
    if (signals & Signal.REFUSED) return new TypeError(this.#driver.refusal());
    if ((signals & Signal.OVERFLOW) === 0) return undefined;
    this.#driver.overflow();
    return overflowError('outgoing');
  }

  /** Tells extensions how to send frames of their own. */
  #open(pipeline: Pipeline): void {
    try {
      pipeline.open((opcode, bytes) => {
        if (this.#state !== 'open') throw this.#closedError('send');
        const refused = this.#refused(this.#outward.frame(opcode, bytes));
        if (refused) throw refused;
      });
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      this.#fail(thrown);
    }
  }

  /** Takes what the driver tells. */
  #owner(): Owner {
    return {
      frame: (frame) => (this.#inward ?? this.#inbox).push(frame),
      received: () => this.#inward?.run(),
      closing: () => {
        this.#state = 'closing';
      },
      ended: (ending, failure) => this.#end(ending, failure),
    };
  }

  #end(ending: Ending | undefined, failure: Failure | undefined): void {
    const info = closeInfo(ending, failure, this.#closeCause, this.#closeTimeout);
    this.#state = 'closed';
    this.#info = info;
    this.#leave?.();
    if (failure?.kind === 'terminated') {
      this.#inward?.cancel();
      this.#inbox.drop();
    }
    (this.#inward ?? this.#inbox).end(info.error);
    // Where messages are decoded, that is done by who decodes the last.
    if (!this.#inward) this.#pipeline?.close();
    if (this.#abortController) this.#abort(info);
    this.#settleClosed(info);
  }

  /** Waits for the core, but not past a signal; a session that ended says why. */
  #wait<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const explained = promise.catch((): never => {
      throw this.#info?.error ?? this.#closedError('go on');
    });
    return signal ? untilAborted(explained, signal) : explained;
  }

  /** Ends the session when a signal of the user's aborts. */
  #follow(signal: AbortSignal): void {
    const abort = (): void => {
      this.close(1000);
      queueMicrotask(() => this.terminate(signal.reason));
    };
    if (signal.aborted) queueMicrotask(abort);
    else signal.addEventListener('abort', abort, { once: true });
    this.#leave = () => signal.removeEventListener('abort', abort);
  }

  /** Ends the session because of an extension. */
  #fail(fault: StepError): Error {
    const error = extensionError(fault);
    if (this.#state !== 'closed') {
      this.#closeCause = error;
      this.#driver.extensionFailed(error.closeCode ?? 1011, describe(error));
    }
    return error;
  }

  #abort(info: CloseInfo): void {
    this.#abortController?.abort(
      info.error ?? new ClosedError(`the session was closed with ${info.code}`, info),
    );
  }

  #closedError(verb: string): ClosedError {
    const info = this.#info;
    if (!info) return new ClosedError(`cannot ${verb}: the session is closing`);
    const why = info.error ? `: ${info.error.message}` : '';
    return new ClosedError(
      `cannot ${verb}: the session was closed with ${info.code}${why}`,
      info,
      info.error,
    );
  }
}
