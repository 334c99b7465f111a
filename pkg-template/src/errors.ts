/** Typed errors: the same fault gives the same code on the wire, in `closed` and here. */

import type { CloseInfo, ErrorCode, Frame } from '../types/index.js';

/** What all errors of a session extend. */
export class WebSocketSessionError extends Error {
  readonly code: ErrorCode;
  readonly closeCode?: number;

  constructor(
    code: ErrorCode,
    message: string,
    details: { closeCode?: number; cause?: unknown } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    if (details.closeCode !== undefined) this.closeCode = details.closeCode;
  }
}

/** The upgrade failed: refused, malformed or too late. */
export class HandshakeError extends WebSocketSessionError {
  readonly status?: number;
  readonly headers?: Headers;
  readonly body?: Uint8Array;

  constructor(
    message: string,
    details: { status?: number; headers?: Headers; body?: Uint8Array; cause?: unknown } = {},
  ) {
    super('ERR_HANDSHAKE', message, 'cause' in details ? { cause: details.cause } : {});
    if (details.status !== undefined) this.status = details.status;
    if (details.headers !== undefined) this.headers = details.headers;
    if (details.body !== undefined) this.body = details.body;
  }
}

/** The peer broke the protocol: 1002. */
export class ProtocolError extends WebSocketSessionError {
  constructor(message: string, details: { cause?: unknown } = {}) {
    super('ERR_PROTOCOL', message, { closeCode: 1002, ...details });
  }
}

/** A payload does not fit its type: text that is not UTF-8 (1007), or a value that is none. */
export class InvalidPayloadError extends WebSocketSessionError {
  readonly frame?: Frame;

  constructor(message: string, details: { frame?: Frame; cause?: unknown } = {}) {
    super('ERR_INVALID_PAYLOAD', message, {
      closeCode: 1007,
      ...('cause' in details && { cause: details.cause }),
    });
    if (details.frame) this.frame = details.frame;
  }
}

/** The peer sent more than is taken: 1009. */
export class MessageTooBigError extends WebSocketSessionError {
  constructor(message: string, details: { cause?: unknown } = {}) {
    super('ERR_MESSAGE_TOO_BIG', message, { closeCode: 1009, ...details });
  }
}

/** The peer did not answer a ping: 1011. */
export class PingTimeoutError extends WebSocketSessionError {
  constructor(message: string) {
    super('ERR_PING_TIMEOUT', message, { closeCode: 1011 });
  }
}

/** The session is closed, or closed with a code that tells of a fault. */
export class ClosedError extends WebSocketSessionError {
  readonly closeInfo?: CloseInfo;

  constructor(message: string, closeInfo?: CloseInfo, cause?: unknown) {
    super('ERR_CLOSED', message, {
      ...(closeInfo && { closeCode: closeInfo.code }),
      ...(cause !== undefined && { cause }),
    });
    if (closeInfo) this.closeInfo = closeInfo;
  }
}

/** A queue was over its budget and had to close: 1008. */
export class OverflowError extends WebSocketSessionError {
  constructor(message: string) {
    super('ERR_OVERFLOW', message, { closeCode: 1008 });
  }
}

/** The transport failed or ended; `cause` is what it threw. */
export class TransportError extends WebSocketSessionError {
  constructor(message: string, cause?: unknown) {
    super('ERR_TRANSPORT', message, cause === undefined ? {} : { cause });
  }
}

/** A sentence's worth of whatever was thrown. */
export function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}
