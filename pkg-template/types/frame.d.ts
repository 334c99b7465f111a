/** Frames. */

import type { CloseStatus } from './session.js';
import type { Bytes } from './transport.js';

interface FrameFields {
  /** The last fragment of its message; always true outside `raw` sessions. */
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly rsv2: boolean;
  readonly rsv3: boolean;
  /** The payload. Valid as long as it is held, whatever the session does next. */
  readonly bytes: Uint8Array;
  /** The payload of a text frame. Throws on a fragment, and on any other frame. */
  readonly text: string;
}

/** A text message, or the first fragment of one. */
export interface TextFrame extends FrameFields {
  readonly type: 'text';
  readonly data: string;
}
/** A binary message, or the first fragment of one. */
export interface BinaryFrame extends FrameFields {
  readonly type: 'binary';
  readonly data: Uint8Array;
}
/** A further fragment of a message. */
export interface ContinuationFrame extends FrameFields {
  readonly type: 'continuation';
  readonly data: Uint8Array;
}
/** A Close. */
export interface CloseFrame extends FrameFields {
  readonly type: 'close';
  readonly data: Uint8Array;
  /** What it says; `undefined` if it is empty. */
  readonly closeReason: CloseStatus | undefined;
}
/** A ping. */
export interface PingFrame extends FrameFields {
  readonly type: 'ping';
  readonly data: Uint8Array;
}
/** A pong. */
export interface PongFrame extends FrameFields {
  readonly type: 'pong';
  readonly data: Uint8Array;
}

/** One frame, immutable. It may be sent to many sessions. */
export type Frame =
  | TextFrame
  | BinaryFrame
  | ContinuationFrame
  | CloseFrame
  | PingFrame
  | PongFrame;

/** What the builders of data frames can be told. */
export interface FrameOptions {
  /** The last fragment of its message. Default: true. */
  fin?: boolean;
  /**
   * RSV bits, where an extension owns them: on the first frame of a message only. A message that has one
   * is sent as it is, past the extensions' steps. Default: false.
   */
  rsv1?: boolean;
  rsv2?: boolean;
  rsv3?: boolean;
}

/** Builds frames. Control payloads over 125 bytes throw a `RangeError`. */
export const Frame: {
  text(text: string, options?: FrameOptions): TextFrame;
  binary(bytes: Bytes, options?: FrameOptions): BinaryFrame;
  continuation(data: string | Bytes, options?: FrameOptions): ContinuationFrame;
  close(code?: number, reason?: string): CloseFrame;
  ping(payload?: Bytes): PingFrame;
  pong(payload?: Bytes): PongFrame;
  [Symbol.hasInstance](value: unknown): value is Frame;
};
