/** A Node socket as a wire, and TCP and TLS connections of our own. */

import { connect as connectTcp, isIP, type OnReadOpts, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Dial } from '../dial.js';
import { describe, TransportError } from '../errors.js';
import { Spares } from './spares.js';
import type { Wire, WireSink } from './wire.js';

/** Under this name a socket knows its wire: its listeners are the same for all, and have no memory of their own. */
const wire = Symbol('framewire');
type Wired = Duplex & { [wire]: SocketWire };

const CLOSED = 'the socket was closed';

function onData(this: Wired, bytes: Uint8Array): void {
  this[wire].received(bytes, false);
}

function onEnd(this: Wired): void {
  this[wire].ended();
}

function onError(this: Wired, cause: Error): void {
  this[wire].failed(cause);
}

function onClose(this: Wired): void {
  this[wire].failed(new Error(CLOSED));
}

const spares = new Spares();

/** How much of a socket is read at once. */
const READ_SIZE = 128 << 10;
/**
 * What sockets of our own are read into, one after the other. In place of it Node would make memory of this
 * size for each read, however little there is.
 */
let shared: Uint8Array | undefined;

/** Makes a socket give what it read to a wire, on loan. A runtime that does not know the option gives `data`. */
function lending(): { onread: OnReadOpts; serve: (wire: SocketWire) => void } {
  let served: SocketWire | undefined;
  shared ??= new Uint8Array(READ_SIZE);
  const callback = (length: number, memory: Uint8Array): boolean => {
    served?.received(memory.subarray(0, length), true);
    return true;
  };
  const serve = (wire: SocketWire): void => {
    served = wire;
  };
  return { onread: { buffer: shared, callback }, serve };
}

/** Reads and writes a socket, or another duplex stream of bytes. */
export class SocketWire implements Wire {
  readonly #socket: Duplex;
  #sink: WireSink | undefined;
  /** True when nobody is told any more; or what became of the socket before there was a sink. */
  #done: boolean | { cause: unknown } = false;
  /** What came before a sink, or after it asked for no more: TLS gives all that it has decrypted. */
  #ahead: Uint8Array[] | undefined;

  constructor(socket: Duplex) {
    if (wire in socket) throw new TypeError('the socket is in use: another session has it');
    this.#socket = socket;
    (socket as Wired)[wire] = this;
    socket.on('error', onError);
    socket.on('close', onClose);
    if (socket.destroyed) this.failed(socket.errored ?? new Error(CLOSED));
  }

  attach(sink: WireSink): void {
    const first = this.#sink === undefined;
    this.#sink = sink;
    if (!first) return;
    const early = this.#done;
    if (typeof early === 'object') {
      queueMicrotask(() => sink.fail(early.cause));
      return;
    }
    this.#socket.on('data', onData);
    this.#socket.on('end', onEnd);
    if (this.#ahead) this.resume();
    if (this.#socket.readableEnded) queueMicrotask(() => this.ended());
  }

  resume(): void {
    if (this.#ahead) queueMicrotask(() => this.#catchUp());
    else this.#socket.resume();
  }

  /** What is read of another duplex may lie ready. */
  get takesTurns(): boolean {
    return this.#socket instanceof Socket;
  }

  /** A socket calls back when the system, or TLS, has taken the bytes; another duplex may pass them on. */
  allocate(length: number): Uint8Array {
    return this.#socket instanceof Socket ? spares.take(length) : Buffer.allocUnsafeSlow(length);
  }

  write(bytes: Uint8Array, accepted: () => void): void {
    this.#socket.write(bytes, (cause) => {
      if (cause) return;
      spares.give(bytes);
      if (!this.#done) accepted();
    });
  }

  end(): void {
    this.#socket.end();
  }

  abort(_cause: unknown): void {
    this.#done = true;
    this.#socket.destroy();
  }

  // What the socket tells.

  /** Memory that is `lent` is read into again after the call. */
  received(bytes: Uint8Array, lent: boolean): void {
    if (this.#done) return;
    if (!this.#sink || this.#ahead || this.#socket.isPaused()) {
      this.#ahead ??= [];
      this.#ahead.push(lent ? bytes.slice() : bytes);
      this.#socket.pause();
    } else if (!this.#sink.chunk(bytes, lent)) {
      this.#socket.pause();
    }
  }

  ended(): void {
    if (this.#done) return;
    this.#handOver();
    this.#sink?.end();
  }

  failed(cause: unknown): void {
    if (this.#done) return;
    this.#handOver();
    this.#done = this.#sink ? true : { cause };
    this.#sink?.fail(cause);
  }

  /** Hands on all that came ahead of the end, which is told at once: it is not lost, nor more than TLS had. */
  #handOver(): void {
    if (!this.#sink || !this.#ahead) return;
    for (const bytes of this.#ahead.splice(0)) this.#sink.chunk(bytes, false);
  }

  /** Hands on what came ahead, as long as more is asked for. */
  #catchUp(): void {
    const ahead = this.#ahead;
    while (ahead && !this.#done) {
      const bytes = ahead.shift();
      if (!bytes) {
        this.#ahead = undefined;
        this.#socket.resume();
        return;
      }
      if (this.#sink?.chunk(bytes, false) === false) return;
    }
  }
}

/** Connects to the host of a URL, over TLS for `wss:` and `https:`. */
export const dial: Dial = (url, { tls, signal }) =>
  new Promise((resolve, reject) => {
    const secure = url.protocol === 'wss:' || url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port) || (secure ? 443 : 80);
    // The peer may end its side behind its Close; ours still has to leave.
    const { onread, serve } = lending();
    const target = { host, port, noDelay: true, allowHalfOpen: true, onread };
    const socket: Socket = secure
      ? connectTls({
          ...(isIP(host) ? {} : { servername: host }),
          ...(tls as ConnectionOptions | undefined),
          ...target,
          ALPNProtocols: ['http/1.1'],
        })
      : connectTcp({ ...target, autoSelectFamily: true });
    const opened = new SocketWire(socket);
    serve(opened);
    socket.setNoDelay(true);
    const settle = (): void => {
      signal.removeEventListener('abort', give);
      socket.off('error', fail);
    };
    const give = (): void => {
      settle();
      socket.destroy();
      reject(signal.reason);
    };
    const fail = (cause: Error): void => {
      settle();
      reject(new TransportError(explain(cause, host, port), cause));
    };
    signal.addEventListener('abort', give);
    socket.on('error', fail);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      settle();
      resolve(opened);
    });
  });

const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'no answer came',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ECONNRESET: 'the connection was reset',
};

function explain(cause: Error, host: string, port: number): string {
  const { code, errors } = cause as Error & {
    code?: string;
    errors?: (Error & { code?: string })[];
  };
  const first = code ?? errors?.[0]?.code ?? '';
  const why = CAUSES[first] ?? describe(cause);
  return `could not connect to ${host} port ${port}: ${why}${first ? ` (${first})` : ''}`;
}
