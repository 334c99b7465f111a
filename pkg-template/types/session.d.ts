/** The session, what it tells of itself, and the frames that come in. */

import type { NegotiatedExtension } from './extension.js';
import type { Frame } from './frame.js';
import type { StandardSchema } from './options.js';
import type { Bytes } from './transport.js';

/** What the peer answered (client) or asked (server) in the upgrade. */
export interface Handshake {
  /** The status of the answer: 101. */
  readonly status: number;
  /** The headers of the answer (client) or of the request (server). */
  readonly headers: Headers;
}

/** A close code and the reason beside it. A Close without a code counts as 1005. */
export interface CloseStatus {
  /** The close code (RFC 6455 §7.4). */
  readonly code: number;
  /** The reason, at most 123 bytes of UTF-8; empty for none. */
  readonly reason: string;
}

/** How a session ended. */
export interface CloseInfo extends CloseStatus {
  /** What the peer's Close said if there was one, else what ours said, else 1006. */
  readonly code: number;
  /** The reason that came with that code; empty for none. */
  readonly reason: string;
  /** A Close went each way, and nothing failed. */
  readonly wasClean: boolean;
  /** Who began: this end, the peer, or the transport, which failed or ended by itself. */
  readonly initiator: 'local' | 'remote' | 'transport';
  /** Our Close. */
  readonly sent?: CloseStatus;
  /** The peer's Close. */
  readonly received?: CloseStatus;
  /** Why the session did not end quietly. */
  readonly error?: Error;
}

/** Counters of one direction. */
export interface Traffic {
  /** Frames, control frames included. */
  readonly frames: number;
  /** Whole text and binary messages. */
  readonly messages: number;
  /** Bytes of the transport, headers included. */
  readonly bytes: number;
}

/** Messages that went through the steps of extensions. */
export interface Conversion {
  /** How many. */
  readonly messages: number;
  /** Bytes of payload before. */
  readonly before: number;
  /** Bytes of payload after. */
  readonly after: number;
}

/** What a session has done and holds. */
export interface SessionStats {
  /** What came in so far. */
  readonly received: Traffic & {
    /** Chunks read from the transport. */
    readonly reads: number;
  };
  /** What went out so far. */
  readonly sent: Traffic & {
    /** Chunks written to the transport. */
    readonly writes: number;
  };
  /** What was received and not taken. */
  readonly incoming: QueueSize;
  /** What was sent and not accepted by the transport. */
  readonly outgoing: QueueSize;
  /** What extensions made of messages that were sent. */
  readonly encoded: Conversion;
  /** What extensions made of messages that were received. */
  readonly decoded: Conversion;
}

/** What a queue holds at the moment. */
export interface QueueSize {
  /** Bytes of payload. */
  readonly bytes: number;
  /** Frames. */
  readonly frames: number;
}

/** One WebSocket session. */
export class WebSocketSession implements AsyncIterable<Frame>, AsyncDisposable {
  private constructor();
  /** Which end of the connection this is. */
  readonly role: 'client' | 'server';
  /** The URL connected to; for a server the target that was asked for; empty without an upgrade. */
  readonly url: string;
  /** The subprotocol selected; empty for none. */
  readonly protocol: string;
  /** The extensions negotiated, in the order that the server answered. */
  readonly extensions: readonly NegotiatedExtension[];
  /** What the peer answered or asked; `undefined` without an upgrade. */
  readonly handshake: Handshake | undefined;
  /** Whether frames that go out are masked; applies to frames not yet sent. */
  masking: boolean;
  /** The longest frame taken, in bytes. */
  maxFrameSize: number;
  /** Time between pings in milliseconds; 0 sends none. */
  pingInterval: number;
  /** How long a ping may stay unanswered, in milliseconds; 0 is for ever. */
  pongTimeout: number;
  /** `'closing'` from the first Close, sent or received, or the first fault, to the end. */
  readonly state: 'open' | 'closing' | 'closed';
  /** Payload bytes of text and binary that the transport has not accepted yet, without headers. */
  readonly bufferedAmount: number;
  /**
   * What is written is sent; a write settles as `send` does. Closing it closes the session with
   * 1000, aborting it with 1011, or with 1000 for an `AbortError`. It fails when the session ends.
   */
  readonly outgoing: WritableStream<Frame | string | Bytes>;
  /** The frames received. Iterated by itself it does not close the session: it only stops. */
  readonly incoming: IncomingFrames;
  /** How the session ended. Never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Aborts when the session ends. */
  readonly signal: AbortSignal;

  /**
   * Sends a message, or a frame. Settles when it is in the outgoing queue; waits while the queue is
   * over its mark. The bytes are copied during the call. Rejects with a `ClosedError` after Close. A
   * signal that aborts gives up waiting; the frame, in its place in the order, still leaves. Whether an
   * extension compresses the message is up to it, unless `compress` says so.
   */
  send(
    data: string | Bytes | Frame,
    options?: { signal?: AbortSignal; compress?: boolean },
  ): Promise<void>;
  /** Sends a value as the codec encodes it. */
  sendValue(value: unknown): Promise<void>;
  /**
   * The next message as the codec decodes it, checked by a Standard Schema if one is given. Rejects
   * with an `InvalidPayloadError` that keeps the frame if it is no such value, and with the session's
   * error or a `ClosedError` at the end.
   */
  receiveValue<T = unknown>(options?: { schema?: StandardSchema<T> }): Promise<T>;
  /**
   * One frame; `undefined` at the end. Rejects once if the session did not end quietly. Calls are
   * served in order. Rejects with a `TypeError` while an iterator or `incoming.readable` takes the
   * frames: from when that is made until it is left, cancelled or at its end.
   */
  receive(options?: { signal?: AbortSignal }): Promise<Frame | undefined>;
  /**
   * Settles when all that was sent before has been accepted by the transport's writer. Says nothing
   * about the peer having it. Rejects with the session's error if it failed first.
   */
  flush(options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Sends a ping, before data that waits, and settles with the round trip in milliseconds.
   * @param payload at most 125 bytes; by default one that no other ping of the session has.
   */
  ping(payload?: Bytes, options?: { signal?: AbortSignal }): Promise<number>;
  /**
   * Begins the closing handshake: what was sent before leaves first. Settles when it is over, or at
   * `closeTimeout`. The first caller wins. Never rejects.
   * @param code 1000–1003, 1007–1014 or 3000–4999. Default: 1000.
   * @param reason at most 123 bytes.
   * @throws RangeError for a code or reason that may not be sent; nothing is sent then.
   */
  close(code?: number, reason?: string): Promise<CloseInfo>;
  /** `null` closes with 1000, an `AbortError` too; another error with 1011 and its message. */
  close(cause: Error | null): Promise<CloseInfo>;
  /**
   * Ends the session at once: nothing more is written, what was received and not taken is dropped,
   * the transport is aborted. Whoever iterates is told by a `ClosedError`; `cause` is its cause.
   */
  terminate(cause?: unknown): void;
  /** Counters, and the sizes of the queues. */
  stats(): SessionStats;
  /** The extension of this name, if it was negotiated. */
  extension(name: string): NegotiatedExtension | undefined;
  /**
   * Ends quietly after a Close with 1000, 1001 or no code. Any other end throws once, after the
   * frames received were handed out; `terminate` drops them. Leaving the loop closes the session with
   * 1000: `break`, and an error thrown inside too, which JavaScript does not tell the iterator. Its own
   * `throw(error)` closes with 1011.
   * @throws TypeError while another iterator or `incoming.readable` takes the frames.
   */
  [Symbol.asyncIterator](): FrameIterator<Frame>;
  /** Closes with 1000 and waits for the end. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Iterates over what is received. Concurrent calls of `next` settle in order. */
export interface FrameIterator<T> extends AsyncIterableIterator<T> {
  /** The next one; done at the end. Rejects once if the session did not end quietly. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** Leaves, as `break` does. */
  return(): Promise<IteratorResult<T, undefined>>;
  /** The iterator itself. */
  [Symbol.asyncIterator](): FrameIterator<T>;
}

/**
 * The frames received, in order. One consumer at a time: an iterator of this or of the session,
 * `batches()` or `readable`, from when it is made until it is left, cancelled or at its end. A second
 * one throws a `TypeError`; `next()` and the session's `receive()` reject with it. What one that was
 * left still waits for is done: no frame goes to it.
 */
export interface IncomingFrames extends FrameIterator<Frame> {
  /** The frames as a stream with the same back-pressure. Cancelling it leaves the session open. */
  readonly readable: ReadableStream<Frame>;
  /** All frames at hand, at least one at a time. */
  batches(): FrameIterator<Frame[]>;
  /** The frames themselves; the one who asks is their consumer. */
  [Symbol.asyncIterator](): IncomingFrames;
}
