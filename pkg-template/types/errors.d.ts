/** Errors, typed by what went wrong. */

import type { Frame } from './frame.js';
import type { CloseInfo } from './session.js';

/** The codes of the errors. */
export type ErrorCode =
  | 'ERR_HANDSHAKE'
  | 'ERR_PROTOCOL'
  | 'ERR_INVALID_PAYLOAD'
  | 'ERR_MESSAGE_TOO_BIG'
  | 'ERR_PING_TIMEOUT'
  | 'ERR_CLOSED'
  | 'ERR_OVERFLOW'
  | 'ERR_TRANSPORT'
  /** WebAssembly is missing or forbidden, the core is not loaded, or it has trapped. */
  | 'ERR_CORE';

/** What all errors of a session extend. */
export class WebSocketSessionError extends Error {
  /** An error as the package itself makes them. */
  constructor(code: ErrorCode, message: string, details?: { closeCode?: number; cause?: unknown });
  /** Which fault it is; each class has its own. */
  readonly code: ErrorCode;
  /** The close code that says the same on the wire, where one applies. */
  readonly closeCode?: number;
  /** What was thrown underneath, where something was. */
  readonly cause?: unknown;
}
/** The upgrade failed: refused, malformed or too late. */
export class HandshakeError extends WebSocketSessionError {
  /** An error with what is known of the answer. */
  constructor(
    message: string,
    details?: { status?: number; headers?: Headers; body?: Uint8Array; cause?: unknown },
  );
  /** For a client the status of the answer, if one came; for a server the one that fits the fault. */
  readonly status?: number;
  /** The headers of the answer, if one came. */
  readonly headers?: Headers;
  /** Up to 64 KiB of the answer's body. */
  readonly body?: Uint8Array;
}
/** The peer broke the protocol: 1002. */
export class ProtocolError extends WebSocketSessionError {
  /** An error that says what was wrong. */
  constructor(message: string, details?: { cause?: unknown });
}
/**
 * The peer sent text that is not UTF-8, which ends the session with 1007. Or `receiveValue` got a
 * message that is no such value: that ends nothing.
 */
export class InvalidPayloadError extends WebSocketSessionError {
  /** An error that says what was wrong, with the message it is about. */
  constructor(message: string, details?: { frame?: Frame; cause?: unknown });
  /** The message that `receiveValue` could not decode; `undefined` for text that is not UTF-8. */
  readonly frame?: Frame;
}
/** The peer sent more than `maxFrameSize` or `maxMessageSize`: 1009. */
export class MessageTooBigError extends WebSocketSessionError {
  /** An error that says what was too big. */
  constructor(message: string, details?: { cause?: unknown });
}
/** The peer did not answer a ping within `pongTimeout`: 1011. */
export class PingTimeoutError extends WebSocketSessionError {
  /** An error that says so. */
  constructor(message: string);
}
/** The session is closed, or closed with a code that tells of a fault. */
export class ClosedError extends WebSocketSessionError {
  /** An error that tells how the session ended, with what caused it. */
  constructor(message: string, closeInfo?: CloseInfo, cause?: unknown);
  /** How it ended; `undefined` while the closing handshake is under way. */
  readonly closeInfo?: CloseInfo;
}
/** A queue with `onOverflow: 'close'` was over its budget: 1008. */
export class OverflowError extends WebSocketSessionError {
  /** An error that says which queue. */
  constructor(message: string);
}
/** The transport failed or ended; `cause` is what it threw. */
export class TransportError extends WebSocketSessionError {
  /** An error with what the transport threw. */
  constructor(message: string, cause?: unknown);
}
