/** A Node socket as a wire, and TCP and TLS connections of our own. */

import { connect as connectTcp, isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Dial } from '../dial.js';
import { describe, TransportError } from '../errors.js';
import { Spares } from './spares.js';
import type { Wire, WireSink } from './wire.js';

/** Under this name a socket knows its wire: its listeners are the same for all, and have no memory of their own. */
const wire = Symbol('framewire');
type Wired = Duplex & { [wire]: SocketWire };

function onData(this: Wired, bytes: Uint8Array): void {
  this[wire].received(bytes);
}

function onEnd(this: Wired): void {
  this[wire].ended();
}

function onError(this: Wired, cause: Error): void {
  this[wire].failed(cause);
}

function onClose(this: Wired): void {
  this[wire].failed(new Error('the socket was closed'));
}

const spares = new Spares();

/** Reads and writes a socket, or another duplex stream of bytes. */
export class SocketWire implements Wire {
  readonly #socket: Duplex;
  #sink: WireSink | undefined;
  /** True when nobody is told any more; or what became of the socket before there was a sink. */
  #done: boolean | { cause: unknown } = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    (socket as Wired)[wire] = this;
    socket.on('error', onError);
    socket.on('close', onClose);
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
  }

  resume(): void {
    this.#socket.resume();
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

  received(bytes: Uint8Array): void {
    if (!this.#done && this.#sink?.chunk(bytes) === false) this.#socket.pause();
  }

  ended(): void {
    if (!this.#done) this.#sink?.end();
  }

  failed(cause: unknown): void {
    if (this.#done) return;
    this.#done = this.#sink ? true : { cause };
    this.#sink?.fail(cause);
  }
}

/** Connects to the host of a URL, over TLS for `wss:` and `https:`. */
export const dial: Dial = (url, { tls, signal }) =>
  new Promise((resolve, reject) => {
    const secure = url.protocol === 'wss:' || url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port) || (secure ? 443 : 80);
    // The peer may end its side behind its Close; ours still has to leave.
    const target = { host, port, noDelay: true, allowHalfOpen: true };
    const socket: Socket = secure
      ? connectTls({
          ...(isIP(host) ? {} : { servername: host }),
          ...(tls as ConnectionOptions | undefined),
          ...target,
          ALPNProtocols: ['http/1.1'],
        })
      : connectTcp({ ...target, autoSelectFamily: true });
    socket.setNoDelay(true);
    const settle = (): void => {
      signal.removeEventListener('abort', give);
      socket.off('error', fail);
    };
    const give = (): void => {
      settle();
      socket.on('error', () => {});
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
      resolve(new SocketWire(socket));
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
