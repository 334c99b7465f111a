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
  constructor(code: ErrorCode, message: string, details?: { closeCode?: number; cause?: unknown });
  readonly code: ErrorCode;
  /** The close code that says the same on the wire, where one applies. */
  readonly closeCode?: number;
  readonly cause?: unknown;
}
/** The upgrade failed: refused, malformed or too late. */
export class HandshakeError extends WebSocketSessionError {
  constructor(
    message: string,
    details?: { status?: number; headers?: Headers; body?: Uint8Array; cause?: unknown },
  );
  /** The status of the answer, if one came. */
  readonly status?: number;
  readonly headers?: Headers;
  /** Up to 64 KiB of the answer's body. */
  readonly body?: Uint8Array;
}
/** The peer broke the protocol: 1002. */
export class ProtocolError extends WebSocketSessionError {
  constructor(message: string);
}
/** The peer sent text that is not UTF-8: 1007. Or a message that is not the value expected. */
export class InvalidPayloadError extends WebSocketSessionError {
  constructor(message: string, details?: { frame?: Frame; cause?: unknown });
  /** The message that could not be decoded. */
  readonly frame?: Frame;
}
/** The peer sent more than is taken: 1009. */
export class MessageTooBigError extends WebSocketSessionError {
  constructor(message: string);
}
/** The peer did not answer a ping: 1011. */
export class PingTimeoutError extends WebSocketSessionError {
  constructor(message: string);
}
/** The session is closed, or closed with a code that tells of a fault. */
export class ClosedError extends WebSocketSessionError {
  constructor(message: string, closeInfo?: CloseInfo, cause?: unknown);
  /** How it ended; `undefined` while the closing handshake is under way. */
  readonly closeInfo?: CloseInfo;
}
/** A queue was over its budget and had to close: 1008. */
export class OverflowError extends WebSocketSessionError {
  constructor(message: string);
}
/** The transport failed or ended; `cause` is what it threw. */
export class TransportError extends WebSocketSessionError {
  constructor(message: string, cause?: unknown);
}
