/** The HTTP/1.1 upgrade over a wire. */

import type { Handshake, HeadersLike } from '../types/index.js';
import type { ClientUpgrade, ServerUpgrade } from './core.js';
import { describe, TransportError } from './errors.js';
import { kind } from './frame.js';
import type { Wire, WireSink } from './transports/wire.js';

/** What `receive` of an upgrade says. */
const PENDING = 0;

/**
 * Reads from a wire until an upgrade is decided. Afterwards it keeps the wire still, and what becomes
 * of it, for the sink that follows.
 */
export class UpgradeReader implements WireSink {
  readonly #wire: Wire;
  readonly #upgrade: ClientUpgrade | ServerUpgrade;
  #settle: { resolve: () => void; reject: (cause: unknown) => void } | undefined;
  #ended = false;
  #failure: { cause: unknown } | undefined;

  constructor(wire: Wire, upgrade: ClientUpgrade | ServerUpgrade) {
    this.#wire = wire;
    this.#upgrade = upgrade;
  }

  /** Settles when the upgrade is done or failed; rejects if the wire fails or `signal` aborts. */
  decided(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#settle?.reject(signal.reason);
      const settle = (): void => {
        signal.removeEventListener('abort', abort);
        this.#settle = undefined;
      };
      this.#settle = {
        resolve: () => {
          settle();
          resolve();
        },
        reject: (cause) => {
          settle();
          reject(cause);
        },
      };
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      else this.#wire.attach(this);
    });
  }

  /** The wire as it goes on, for a sink that is attached at once: it is told what became of it meanwhile. */
  handOver(): Wire {
    const wire = this.#wire;
    if (!this.#failure && !this.#ended) return wire;
    return {
      takesTurns: wire.takesTurns,
      attach: (sink) => {
        wire.attach(sink);
        if (this.#failure) sink.fail(this.#failure.cause);
        else if (this.#ended) sink.end();
      },
      resume: () => wire.resume(),
      allocate: (length) => wire.allocate(length),
      write: (bytes, accepted) => wire.write(bytes, accepted),
      end: () => wire.end(),
      abort: (cause) => wire.abort(cause),
    };
  }

  chunk(bytes: Uint8Array): boolean {
    if (!this.#settle || this.#upgrade.receive(bytes) === PENDING) return true;
    this.#settle.resolve();
    return false;
  }

  end(): void {
    this.#ended = true;
    if (!this.#settle) return;
    this.#upgrade.receive_end();
    this.#settle.resolve();
  }

  fail(cause: unknown): void {
    this.#failure = { cause };
    this.#settle?.reject(
      cause instanceof TransportError
        ? cause
        : new TransportError(`the transport failed during the upgrade: ${describe(cause)}`, cause),
    );
  }
}

/** Headers as the core takes them: name, value, name, value. */
export function flatHeaders(headers: HeadersLike | undefined): string[] {
  const flat: string[] = [];
  if (headers === undefined) return flat;
  if (typeof headers !== 'object' || headers === null) {
    throw new TypeError(`headers must be an object or a list of pairs, not ${kind(headers)}`);
  }
  // `Headers` of a page would drop the names that it forbids to `fetch`; a list is read as it is.
  const entries =
    typeof (headers as Iterable<unknown>)[Symbol.iterator] === 'function'
      ? (headers as Iterable<readonly [string, string]>)
      : Object.entries(headers as Record<string, string>);
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 2) {
      throw new TypeError('headers must be pairs of a name and a value');
    }
    flat.push(String(entry[0]), String(entry[1]));
  }
  return flat;
}

/** A list of texts as the core takes it: each behind its length. */
export function packed(texts: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

/** A list of texts as the core hands it out: a line each. */
export function lines(texts: string): string[] {
  return texts.split('\n').slice(0, -1);
}

/** Headers as users read them, from lines of names and values. */
export function readHeaders(texts: string): Headers {
  const headers = new Headers();
  const flat = lines(texts);
  for (let at = 0; at + 1 < flat.length; at += 2)
    headers.append(flat[at] ?? '', flat[at + 1] ?? '');
  return headers;
}

/**
 * The upgrade of a session, as its user sees it. Its headers are read when somebody asks for them: few do, they
 * would take more memory than all else of a session, and a runtime may have to load its `Headers` first.
 */
export class Upgraded implements Handshake {
  readonly status: number;
  /** Names and values, a line each. */
  #lines: string;
  #headers: Headers | undefined;

  constructor(status: number, lines: string) {
    this.status = status;
    this.#lines = lines;
    Object.freeze(this);
  }

  get headers(): Headers {
    if (!this.#headers) {
      this.#headers = readHeaders(this.#lines);
      this.#lines = '';
    }
    return this.#headers;
  }
}
