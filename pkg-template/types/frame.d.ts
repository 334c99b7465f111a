/** Frames. */

import type { CloseStatus } from './session.js';
import type { Bytes } from './transport.js';

/** What every frame has. */
export interface FrameFields {
  /** The last fragment of its message; always true outside `raw` sessions. */
  readonly fin: boolean;
  /** The first reserved bit, as it came; always false without an extension that owns it. */
  readonly rsv1: boolean;
  /** The second reserved bit, as it came; always false without an extension that owns it. */
  readonly rsv2: boolean;
  /** The third reserved bit, as it came; always false without an extension that owns it. */
  readonly rsv3: boolean;
  /** The payload. Valid as long as it is held, whatever the session does next. */
  readonly bytes: Uint8Array;
  /** The payload of a text frame. Throws on a fragment, and on any other frame. */
  readonly text: string;
}

/** A text message, or the first fragment of one. */
export interface TextFrame extends FrameFields {
  /** Tells the kinds of frames apart. */
  readonly type: 'text';
  /** The text. The bytes for a fragment, which only a `raw` session hands out. */
  readonly data: string;
}
/** A binary message, or the first fragment of one. */
export interface BinaryFrame extends FrameFields {
  /** Tells the kinds of frames apart. */
  readonly type: 'binary';
  /** The bytes. */
  readonly data: Uint8Array;
}
/** A further fragment of a message. */
export interface ContinuationFrame extends FrameFields {
  /** Tells the kinds of frames apart. */
  readonly type: 'continuation';
  /** The bytes. */
  readonly data: Uint8Array;
}
/** A Close. */
export interface CloseFrame extends FrameFields {
  /** Tells the kinds of frames apart. */
  readonly type: 'close';
  /** The payload: code and reason as they stand on the wire. */
  readonly data: Uint8Array;
  /** What it says; `undefined` if it is empty. */
  readonly closeReason: CloseStatus | undefined;
}
/** A ping. */
export interface PingFrame extends FrameFields {
  /** Tells the kinds of frames apart. */
  readonly type: 'ping';
  /** The payload, which its pong repeats. */
  readonly data: Uint8Array;
}
/** A pong. */
export interface PongFrame extends FrameFields {
  /** Tells the kinds of frames apart. */
  readonly type: 'pong';
  /** The payload, that of the ping it answers. */
  readonly data: Uint8Array;
}

/** One frame, immutable, told apart by its `type`. It may be sent to many sessions. */
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
   * RSV1, where an extension owns it: on the first frame of a message only. A message that has an RSV bit
   * is sent as it is, past the extensions' steps. Default: false.
   */
  rsv1?: boolean;
  /** RSV2, as RSV1. Default: false. */
  rsv2?: boolean;
  /** RSV3, as RSV1. Default: false. */
  rsv3?: boolean;
}

/** Builds frames. Control payloads over 125 bytes throw a `RangeError`. */
export const Frame: {
  /** A text message; with `fin: false` its first fragment. Lone surrogates become U+FFFD. */
  text(text: string, options?: FrameOptions): TextFrame;
  /** A binary message; with `fin: false` its first fragment. The bytes are copied. */
  binary(bytes: Bytes, options?: FrameOptions): BinaryFrame;
  /** A further fragment; with `fin: false` not the last. The bytes are copied. */
  continuation(data: string | Bytes, options?: FrameOptions): ContinuationFrame;
  /** A Close: empty without a code. The rules for both are those of `close` of a session. */
  close(code?: number, reason?: string): CloseFrame;
  /** A ping with up to 125 bytes, which are copied. Default: none. */
  ping(payload?: Bytes): PingFrame;
  /** A pong with up to 125 bytes, which are copied. Default: none. */
  pong(payload?: Bytes): PongFrame;
  /** Whether something is a frame, of whichever session or builder. */
  [Symbol.hasInstance](value: unknown): value is Frame;
};
