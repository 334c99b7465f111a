/** A pair of Web Streams as a wire. */

import type { ByteTransport } from '../../types/index.js';
import { kind } from '../frame.js';
import { uninitialized } from '../slab.js';
import type { Wire, WireSink } from './wire.js';

/** The name of what a transport has that is more than a pair of streams: it opens a wire of its own. */
export const openWire = Symbol('openWire');

/** A transport that is best used directly. */
export interface DirectTransport extends ByteTransport {
  [openWire](): Wire;
}

/** The wire of a transport, which nobody else may use from now on. */
export function transportWire(transport: ByteTransport): Wire {
  return isDirect(transport) ? transport[openWire]() : new StreamWire(transport);
}

function isDirect(transport: unknown): transport is DirectTransport {
  return typeof transport === 'object' && transport !== null && openWire in transport;
}

/** Checks that something is a {@link ByteTransport}. */
export function checkTransport(
  transport: unknown,
  name: string,
): asserts transport is ByteTransport {
  if (isDirect(transport)) return;
  const { readable, writable } = (transport ?? {}) as Partial<ByteTransport>;
  if (typeof readable?.getReader !== 'function' || typeof writable?.getWriter !== 'function') {
    throw new TypeError(
      `${name} must have a ReadableStream as readable and a WritableStream as writable, not be ${kind(transport)} without them`,
    );
  }
  if (readable.locked || writable.locked) {
    throw new TypeError(
      `${name} is in use: its ${readable.locked ? 'readable' : 'writable'} is locked`,
    );
  }
}

/** Reads and writes a {@link ByteTransport}. */
export class StreamWire implements Wire {
  /** Several chunks may lie ready in a stream. */
  readonly takesTurns = false;
  readonly #transport: ByteTransport;
  readonly #explain: (cause: unknown) => unknown;
  readonly #reader: ReturnType<ByteTransport['readable']['getReader']>;
  readonly #writer: ReturnType<ByteTransport['writable']['getWriter']>;
  #sink: WireSink | undefined;
  #resume: (() => void) | undefined;
  #done = false;
  /** The sides that are still open, reading and writing. */
  #sides = 2;

  /** `explain` turns what the streams throw into what the sink is told. */
  constructor(transport: ByteTransport, explain: (cause: unknown) => unknown = (cause) => cause) {
    this.#transport = transport;
    this.#explain = explain;
    this.#reader = transport.readable.getReader();
    this.#writer = transport.writable.getWriter();
    // Rejections are seen where they matter: at the reads and writes.
    this.#writer.closed.catch(ignore);
    this.#reader.closed.catch(ignore);
    if (transport.closed) Promise.resolve(transport.closed).catch(ignore);
  }

  attach(sink: WireSink): void {
    const first = this.#sink === undefined;
    this.#sink = sink;
    if (first) void this.#read();
  }

  resume(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  /** Streams may read a chunk after they have accepted it: each has memory of its own. */
  allocate(length: number): Uint8Array {
    return uninitialized(length);
  }

  write(bytes: Uint8Array, accepted: () => void): void {
    this.#writer.write(bytes).then(
      () => {
        if (!this.#done) accepted();
      },
      (cause: unknown) => this.#writeFailed(cause),
    );
  }

  end(): void {
    this.#writer.close().then(
      () => this.#sideEnded(),
      (cause: unknown) => this.#writeFailed(cause),
    );
  }

  abort(cause: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.resume();
    this.#reader.cancel(cause).catch(ignore);
    this.#writer.abort(cause).catch(ignore);
    this.#close();
  }

  async #read(): Promise<void> {
    try {
      while (!this.#done) {
        const { value, done } = await this.#reader.read();
        if (this.#done) return;
        if (done) {
          this.#sink?.end();
          this.#sideEnded();
          return;
        }
        if (!(value instanceof Uint8Array)) {
          throw new TypeError(`the transport's readable gave ${kind(value)}, not a Uint8Array`);
        }
        if (value.length > 0 && this.#sink?.chunk(value, false) === false) {
          await new Promise<void>((resolve) => {
            this.#resume = resolve;
          });
        }
      }
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /**
   * The readable side often knows better what happened: it may still give what the peer sent before,
   * and fail with a cause of its own. It has a moment to do so.
   */
  #writeFailed(cause: unknown): void {
    if (this.#done) return;
    const timer = setTimeout(() => this.#fail(cause), GRACE);
    const settle = (known: unknown): void => {
      clearTimeout(timer);
      this.#fail(known);
    };
    this.#reader.closed.then(() => settle(cause), settle);
  }

  #fail(cause: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#reader.cancel(cause).catch(ignore);
    this.#writer.abort(cause).catch(ignore);
    this.#sink?.fail(this.#explain(cause));
    this.#close();
  }

  #sideEnded(): void {
    this.#sides -= 1;
    if (this.#sides > 0 || this.#done) return;
    this.#done = true;
    this.#close();
  }

  #close(): void {
    try {
      Promise.resolve(this.#transport.close?.()).catch(ignore);
    } catch {
      // The transport is given up; that it can't be closed twice is nobody's concern.
    }
  }
}

/** How long the readable side may tell more after the writable one failed, in milliseconds. */
const GRACE = 500;

function ignore(): void {}
