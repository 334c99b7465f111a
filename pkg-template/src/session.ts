/** The session as users see it. */

import type * as Public from '../types/index.js';
import type { Bytes, CloseInfo, Handshake, SessionOptions, SessionStats } from '../types/index.js';
import { decodeValue, json } from './codec.js';
import { Bits, type Core, type Ending, Signal } from './core.js';
import { untilAborted } from './deadline.js';
import { Driver, type Failure, type Owner } from './driver.js';
import { closeInfo, overflowError } from './ending.js';
import { ClosedError, describe } from './errors.js';
import { checkClose, checkControl, type Frame, FrameBody, Opcode, viewBytes } from './frame.js';
import { Inbox } from './inbox.js';
import { type IncomingFrames, incomingFrames, sessionFrames } from './incoming.js';
import { checkBoolean, checkSignal, checkSize, checkTime, coreOptions } from './options.js';
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
  /** What the wire gave behind the upgrade. */
  rest: Uint8Array;
}

const ACCEPTED = Promise.resolve();

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
  readonly closed: Promise<CloseInfo>;
  readonly #driver: Driver;
  readonly #inbox: Inbox;
  readonly #closeTimeout: number;
  readonly #codec: Public.Codec;
  readonly #fragmentSize: number;
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
    this.#fragmentSize = options.fragmentSize || Infinity;
    const settings = coreOptions(options, role);
    this.#masking = settings.masking;
    this.#maxFrameSize = settings.max_frame_size;
    this.#pingInterval = settings.ping_interval;
    this.#pongTimeout = settings.pong_timeout;
    this.#closeTimeout = settings.close_timeout;
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#driver = new Driver(core, settings, wire, this.#owner());
    settings.free();
    this.#inbox = new Inbox(this.#driver.taken);
    if (options.signal) this.#follow(options.signal);
    this.#driver.start(parts.rest);
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

  send(data: string | Bytes | Frame, options?: { signal?: AbortSignal }): Promise<void> {
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#state !== 'open' && !(isClose(data) && this.#driver.owesAnswer)) {
      return Promise.reject(this.#closedError('send'));
    }
    let signals: number;
    try {
      signals = this.#queue(data);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
    if ((signals & UNUSUAL) === 0) return ACCEPTED;
    // The core trapped on the way: the frame was not queued.
    if (signals & Signal.CLOSED) return Promise.reject(this.#info?.error);
    if (signals & Signal.REFUSED) return Promise.reject(new TypeError(this.#driver.refusal()));
    if (signals & Signal.OVERFLOW) {
      this.#driver.overflow();
      return Promise.reject(overflowError('outgoing'));
    }
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
    return this.#driver.stats();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Frame> {
    this.#attend();
    return sessionFrames(this.#inbox, {
      discard: () => this.#driver.discard(),
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

  /** Takes what the driver tells. */
  #owner(): Owner {
    return {
      frame: (frame) => this.#inbox.push(frame),
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
    if (failure?.kind === 'terminated') this.#inbox.drop();
    this.#inbox.end(info.error);
    if (this.#abortController) this.#abort(info);
    this.#settleClosed(info);
  }

  #queue(data: string | Bytes | Frame): number {
    const driver = this.#driver;
    if (typeof data === 'string') return this.#sendText(Opcode.TEXT | Bits.FIN, data);
    if (!FrameBody[Symbol.hasInstance](data)) {
      return this.#sendBytes(Opcode.BINARY | Bits.FIN, viewBytes(data, 'data'));
    }
    const frame = data as unknown as FrameBody;
    const head = FrameBody.head(frame);
    if (isClose(data)) {
      const { code, reason } = frame.closeReason ?? { code: undefined, reason: '' };
      driver.close(code, reason);
      return 0;
    }
    const text = FrameBody.pendingText(frame);
    return text === undefined ? this.#sendBytes(head, frame.bytes) : this.#sendText(head, text);
  }

  #sendText(head: number, text: string): number {
    // A character takes at most three bytes for each of its units.
    if (text.length * 3 <= this.#fragmentSize) return this.#driver.sendText(head, text);
    return this.#sendBytes(head, new TextEncoder().encode(text));
  }

  /** Sends a payload as one frame, or a whole message that is long in fragments. */
  #sendBytes(head: number, bytes: Uint8Array): number {
    const size = this.#fragmentSize;
    const opcode = head & Bits.OPCODE;
    const whole = head & Bits.FIN && (opcode === Opcode.TEXT || opcode === Opcode.BINARY);
    if (!whole || bytes.length <= size) return this.#driver.sendBytes(head, bytes);
    let signals = this.#driver.sendBytes(opcode, bytes.subarray(0, size));
    for (let at = size; at < bytes.length; at += size) {
      // What is refused at its beginning is refused as a whole.
      if (signals & (Signal.OVERFLOW | Signal.REFUSED | Signal.CLOSED)) break;
      const fin = at + size >= bytes.length ? Bits.FIN : 0;
      const next = this.#driver.sendBytes(Opcode.CONTINUATION | fin, bytes.subarray(at, at + size));
      signals = next | (signals & Signal.WAIT);
    }
    return signals;
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

function isClose(data: string | Bytes | Frame): boolean {
  if (!FrameBody[Symbol.hasInstance](data)) return false;
  return (FrameBody.head(data as unknown as FrameBody) & Bits.OPCODE) === Opcode.CLOSE;
}
