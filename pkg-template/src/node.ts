/** What Node has beside: sockets as transports, and upgrades of `node:http` servers. */

import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import type { AcceptOptions, ByteTransport } from '../types/index.js';
import { acceptWire, checkAcceptOptions } from './accept.js';
import { core, ServerUpgrade } from './core.js';
import { HandshakeError } from './errors.js';
import { kind } from './frame.js';
import type { WebSocketSession } from './session.js';
import { SocketWire } from './transports/node.js';
import { type DirectTransport, openWire } from './transports/streams.js';
import type { Wire } from './transports/wire.js';
import { packed } from './upgrade.js';

/**
 * Answers the `upgrade` event of a `node:http` or `node:https` server. Rejects with a
 * `HandshakeError` if the request was refused; the answer is written then, and the socket ended.
 */
export async function acceptUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options: AcceptOptions = {},
): Promise<WebSocketSession> {
  checkAcceptOptions(options);
  checkDuplex(socket, 'socket');
  options.signal?.throwIfAborted();
  core();
  const { method = '', url = '', httpVersionMinor, rawHeaders } = request;
  let upgrade: ServerUpgrade;
  try {
    upgrade = ServerUpgrade.parsed(method, url, httpVersionMinor, packed(rawHeaders), head);
  } catch (cause) {
    socket.destroy();
    throw new HandshakeError('the request has a header that cannot stand in one', { cause });
  }
  return acceptWire(new SocketWire(socket), upgrade, options);
}

/** A socket, or another duplex stream of bytes, as a transport; faster than `Duplex.toWeb`. */
export function nodeTransport(socket: Duplex): ByteTransport {
  checkDuplex(socket, 'socket');
  return new SocketTransport(socket);
}

/** The streams are made only for who asks for them. */
class SocketTransport implements DirectTransport {
  readonly #socket: Duplex;
  #streams: ReturnType<typeof Duplex.toWeb> | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  get readable(): ByteTransport['readable'] {
    return this.#web.readable as ByteTransport['readable'];
  }

  get writable(): ByteTransport['writable'] {
    return this.#web.writable as ByteTransport['writable'];
  }

  close(): void {
    this.#socket.destroy();
  }

  [openWire](): Wire {
    return new SocketWire(this.#socket);
  }

  get #web(): ReturnType<typeof Duplex.toWeb> {
    this.#streams ??= Duplex.toWeb(this.#socket);
    return this.#streams;
  }
}

function checkDuplex(socket: unknown, name: string): asserts socket is Duplex {
  const { on, write } = (socket ?? {}) as Partial<Duplex>;
  if (typeof on !== 'function' || typeof write !== 'function') {
    throw new TypeError(`${name} must be a socket or another Duplex, not ${kind(socket)}`);
  }
}
