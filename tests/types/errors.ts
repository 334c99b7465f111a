/** Errors: classes, their codes and what they carry. */

import {
  ClosedError,
  type CloseInfo,
  type ErrorCode,
  type Frame,
  HandshakeError,
  InvalidPayloadError,
  MessageTooBigError,
  OverflowError,
  PingTimeoutError,
  ProtocolError,
  TransportError,
  WebSocketSessionError,
} from 'framewire';

declare const thrown: unknown;

type Codes =
  | 'ERR_HANDSHAKE'
  | 'ERR_PROTOCOL'
  | 'ERR_INVALID_PAYLOAD'
  | 'ERR_MESSAGE_TOO_BIG'
  | 'ERR_PING_TIMEOUT'
  | 'ERR_CLOSED'
  | 'ERR_OVERFLOW'
  | 'ERR_TRANSPORT'
  | 'ERR_CORE';
check<Same<ErrorCode, Codes>>(true);
check<Same<WebSocketSessionError['code'], ErrorCode>>(true);
check<Same<WebSocketSessionError['closeCode'], number | undefined>>(true);
check<Same<WebSocketSessionError['cause'], unknown>>(true);
check<Same<Writable<Omit<HandshakeError, keyof Error>>, never>>(true);
check<Same<Writable<Omit<ClosedError, keyof Error>>, never>>(true);
check<Same<Writable<Omit<InvalidPayloadError, keyof Error>>, never>>(true);

export const error: Error = new WebSocketSessionError('ERR_CLOSED', 'closed', { closeCode: 1000 });
export const all: WebSocketSessionError[] = [
  new HandshakeError('refused', { status: 404, headers: new Headers(), body: new Uint8Array(1) }),
  new WebSocketSessionError('ERR_CORE', 'no WebAssembly', { cause: thrown }),
  new ProtocolError('wrong'),
  new InvalidPayloadError('not UTF-8', { cause: 1 }),
  new MessageTooBigError('too big'),
  new PingTimeoutError('late'),
  new ClosedError('closed', undefined, thrown),
  new OverflowError('full'),
  new TransportError('reset', thrown),
];

export function carried(): void {
  if (thrown instanceof HandshakeError) {
    check<Same<typeof thrown.status, number | undefined>>(true);
    check<Same<typeof thrown.headers, Headers | undefined>>(true);
    check<Same<typeof thrown.body, Uint8Array | undefined>>(true);
  } else if (thrown instanceof ClosedError) {
    check<Same<typeof thrown.closeInfo, CloseInfo | undefined>>(true);
  } else if (thrown instanceof InvalidPayloadError) {
    check<Same<typeof thrown.frame, Frame | undefined>>(true);
  }
}

// @ts-expect-error codes are the package's own
new WebSocketSessionError('ERR_OTHER', 'other');
// @ts-expect-error an error says what happened
new TransportError();
// @ts-expect-error what an error carries stays as it is
(all[0] as WebSocketSessionError).code = 'ERR_CLOSED';
