/** What framewire has for Node beside what it has everywhere. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AcceptOptions, ByteTransport, WebSocketSession } from './index.js';

/**
 * Answers the `upgrade` event of a `node:http` or `node:https` server.
 *
 * Rejects with a `HandshakeError` if the request was refused, by `verify` or because it is no proper
 * upgrade; the answer is written then, and the socket ended.
 */
export function acceptUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Uint8Array,
  options?: AcceptOptions,
): Promise<WebSocketSession>;

/** A socket, or another duplex stream of bytes, as a transport; faster than `Duplex.toWeb`. */
export function nodeTransport(socket: Duplex): ByteTransport;
