/**
 * WebSocket sessions over any byte stream.
 *
 * Sizes are in bytes, times in milliseconds.
 */

import type { AcceptOptions, ConnectOptions, SessionOptions } from './options.js';
import type { WebSocketSession } from './session.js';
import type { ByteTransport } from './transport.js';

export * from './errors.js';
export * from './extension.js';
export * from './frame.js';
export * from './options.js';
export * from './session.js';
export * from './transport.js';

/** Opens a session as a client, with the HTTP/1.1 upgrade of RFC 6455 §4. */
export function connect(url: string | URL, options?: ConnectOptions): Promise<WebSocketSession>;

/** Opens a session as a server: reads the upgrade request from the transport and answers it. */
export function accept(
  transport: ByteTransport,
  options?: AcceptOptions,
): Promise<WebSocketSession>;

/** A session over a transport whose upgrade is done, or that needs none. */
export function overTransport(
  transport: ByteTransport,
  options: SessionOptions & { role: 'client' | 'server' },
): WebSocketSession;
