/**
 * WebSocket sessions over any byte stream.
 *
 * Sizes are in bytes, times in milliseconds.
 */

/** What bytes may be handed over as. They are copied during the call. */
export type Bytes = ArrayBufferView | ArrayBuffer;

/**
 * A duplex byte stream. A `WebTransportBidirectionalStream`, a `Deno.Conn`, a socket of Cloudflare's
 * `connect()`, Direct Sockets' opened pair, Node's `Duplex.toWeb(socket)` and a pair of
 * `TransformStream`s are ones as they are.
 */
export interface ByteTransport {
  readonly readable: ReadableBytes;
  readonly writable: WritableBytes;
  /** Called when the session is over, if there. */
  close?(): unknown;
  /** Not awaited; its rejection names the cause when a stream of the transport fails. */
  readonly closed?: Promise<unknown>;
}

/** What is used of a `ReadableStream<Uint8Array>`, whichever library declares it. */
export interface ReadableBytes {
  readonly locked: boolean;
  getReader(): {
    readonly closed: Promise<unknown>;
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/** What is used of a `WritableStream<Uint8Array>`, whichever library declares it. */
export interface WritableBytes {
  readonly locked: boolean;
  getWriter(): {
    readonly closed: Promise<unknown>;
    write(chunk: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(reason?: unknown): Promise<void>;
  };
}

/** How much may wait in a queue. */
export interface QueueOptions {
  /** The mark in bytes of payload. Default: 1 MiB. */
  highWaterMark?: number;
  /** The most frames. Default: 4096. */
  maxFrames?: number;
  /**
   * What reaching the mark does. `'suspend'`: the transport is no longer read, `send` waits.
   * `'close'`: the session fails with an `OverflowError`; what was received stays readable.
   * Default: `'suspend'`.
   */
  onOverflow?: 'suspend' | 'close';
}

/** Turns values into messages and back. */
export interface Codec {
  /** The message of a value: text for a string, binary for bytes. */
  encode(value: unknown): string | Bytes;
  /** The value of a message: its text if it is one, else its bytes. May throw. */
  decode(data: string | Uint8Array, frame: Frame): unknown;
  /** Whether a message is one of this codec's. */
  applies(frame: Frame): boolean;
}

/** What is used of a validator that keeps to Standard Schema. */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
  };
}

/** What a Standard Schema makes of a value. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** What every session can be told at its start. */
export interface SessionOptions {
  /** Whether frames that go out are masked. Default: as the role asks, true for a client. */
  masking?: boolean;
  /**
   * Takes masked and unmasked frames alike. Default: false; a client refuses masked frames, a server
   * unmasked ones, with 1002.
   */
  allowMaskMismatch?: boolean;
  /** The longest frame taken, refused from its header with 1009. Default: 16 MiB. */
  maxFrameSize?: number;
  /**
   * The longest message taken, refused with 1009. Each of its fragments counts 16 bytes more.
   * Default: 64 MiB.
   */
  maxMessageSize?: number;
  /** What may be received and not taken. */
  incoming?: QueueOptions;
  /** What may be sent and not written. */
  outgoing?: QueueOptions;
  /** Time between pings. Default: 0, which sends none. */
  pingInterval?: number;
  /**
   * How long a ping may stay unanswered before the session ends with 1011 and a `PingTimeoutError`;
   * 0 is for ever. Default: 15 000.
   */
  pongTimeout?: number;
  /**
   * How long the closing handshake may take before the transport is aborted; it begins anew while
   * data that was sent before still leaves. Default: 10 000.
   */
  closeTimeout?: number;
  /** Hands out every frame as it came and answers nothing. Default: false. */
  raw?: boolean;
  /** Answers pings. Default: true. */
  autoPong?: boolean;
  /**
   * Messages longer than this leave as fragments of this size, so that a pong or ping can pass
   * between them. Default: 0, which fragments nothing.
   */
  fragmentSize?: number;
  /** How `sendValue` and `receiveValue` turn values into messages. Default: JSON text. */
  codec?: Codec;
  /**
   * Before the session is open: the promise rejects with the signal's reason. After: Close 1000 is
   * sent if the transport takes it, and the session ends as with `terminate`.
   */
  signal?: AbortSignal;
}

/** A function that opens a transport. The signal aborts when the attempt is given up. */
export type OpenTransport = (
  url: URL,
  options: { signal: AbortSignal },
) => ByteTransport | Promise<ByteTransport>;

/** What {@link connect} can be told. */
export interface ConnectOptions extends SessionOptions {
  /** Subprotocols to offer, the preferred first. */
  protocols?: string[];
  /** Headers of the request, also those that a page can't set on `WebSocket`. */
  headers?: HeadersInit;
  /** The `Origin` header. Default in a page: its own origin. */
  origin?: string;
  /** The byte stream to talk over, or a function that opens it. */
  transport?: ByteTransport | OpenTransport;
  /** The URL of a framewire-bridge, such as `https://host:4433`. */
  bridge?: string | URL;
  /** Hashes of the certificates that the bridge may show, for one that no authority has signed. */
  serverCertificateHashes?: readonly { algorithm: string; value: Bytes }[];
  /** How long connecting and the upgrade may take together. Default: 10 000. */
  handshakeTimeout?: number;
  /** Node, Deno and Bun: passed to `tls.connect`. */
  tls?: object;
}

/** A request for an upgrade, as a server sees it. */
export interface UpgradeRequest {
  readonly method: string;
  /** The request target: the path and query. */
  readonly target: string;
  readonly host: string;
  readonly headers: Headers;
  /** The subprotocols offered, the preferred first. */
  readonly protocols: readonly string[];
}

/** A refusal of a request. */
export interface Refusal {
  /** From 300 to 599. */
  status: number;
  headers?: HeadersInit;
  body?: string | Bytes;
}

/** What {@link accept} can be told. */
export interface AcceptOptions extends SessionOptions {
  /** Chooses one of the subprotocols offered. Default: none is chosen. */
  selectProtocol?(offered: string[], request: UpgradeRequest): string | undefined;
  /** Returns a status, or more, to refuse the request with; nothing to go on. */
  verify?(
    request: UpgradeRequest,
  ): number | Refusal | undefined | Promise<number | Refusal | undefined>;
  /** More headers of the response. */
  headers?: HeadersInit;
  /** How long the request may take to come. Default: 10 000. */
  handshakeTimeout?: number;
}

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

/** What the peer answered (client) or asked (server) in the upgrade. */
export interface Handshake {
  /** The status of the answer: 101. */
  readonly status: number;
  readonly headers: Headers;
}

/** A close code and the reason beside it. A Close without a code counts as 1005. */
export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}

/** How a session ended. */
export interface CloseInfo extends CloseStatus {
  /** What the peer's Close said if there was one, else what ours said, else 1006. */
  readonly code: number;
  readonly reason: string;
  /** A Close went each way. */
  readonly wasClean: boolean;
  /** Who began. */
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
  readonly messages: number;
  /** Bytes of the transport, headers included. */
  readonly bytes: number;
}

/** What a session has done and holds. */
export interface SessionStats {
  readonly received: Traffic & { /** Chunks read from the transport. */ readonly reads: number };
  readonly sent: Traffic & { /** Chunks written to the transport. */ readonly writes: number };
  /** What was received and not taken. */
  readonly incoming: { readonly bytes: number; readonly frames: number };
  /** What was sent and not accepted by the transport. */
  readonly outgoing: { readonly bytes: number; readonly frames: number };
}

/** One WebSocket session. */
export class WebSocketSession implements AsyncIterable<Frame>, AsyncDisposable {
  private constructor();
  readonly role: 'client' | 'server';
  /** The URL connected to; for a server the target that was asked for; empty without an upgrade. */
  readonly url: string;
  /** The subprotocol selected; empty for none. */
  readonly protocol: string;
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
  readonly state: 'open' | 'closing' | 'closed';
  /** Payload bytes of text and binary that the transport has not accepted yet, without headers. */
  readonly bufferedAmount: number;
  /**
   * What is written is sent; a write settles as `send` does. Closing it closes the session with
   * 1000, aborting it with 1011.
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
   * signal that aborts gives up waiting; the frame, in its place in the order, still leaves.
   */
  send(data: string | Bytes | Frame, options?: { signal?: AbortSignal }): Promise<void>;
  /** Sends a value as the codec encodes it. */
  sendValue(value: unknown): Promise<void>;
  /**
   * The next message as the codec decodes it, checked by a Standard Schema if one is given. Rejects
   * with an `InvalidPayloadError` that keeps the frame if it is no such value, and with the session's
   * error or a `ClosedError` at the end.
   */
  receiveValue<T = unknown>(options?: { schema?: StandardSchema<T> }): Promise<T>;
  /** One frame; `undefined` at the end. Rejects once if the session did not end quietly. */
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
  /** Ends the session at once: nothing more is written, the transport is aborted. */
  terminate(cause?: unknown): void;
  /** Counters, and the sizes of the queues. */
  stats(): SessionStats;
  /**
   * Ends quietly after a Close with 1000, 1001 or no code. Any other end throws once, after the
   * frames received were handed out. Leaving the loop closes the session with 1000: `break`, and an
   * error thrown inside too, which JavaScript does not tell the iterator. Its own `throw(error)`
   * closes with 1011.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Frame>;
  /** Closes with 1000 and waits for the end. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The frames received, in order. One consumer at a time. */
export interface IncomingFrames extends AsyncIterableIterator<Frame> {
  next(): Promise<IteratorResult<Frame, undefined>>;
  return(): Promise<IteratorResult<Frame, undefined>>;
  /** The frames as a stream with the same back-pressure. Cancelling it leaves the session open. */
  readonly readable: ReadableStream<Frame>;
  /** All frames at hand, at least one at a time. */
  batches(): AsyncIterableIterator<Frame[]>;
  [Symbol.asyncIterator](): IncomingFrames;
}

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

/** Builds frames. Control payloads over 125 bytes throw a `RangeError`. */
export const Frame: {
  text(text: string, options?: { fin?: boolean }): TextFrame;
  binary(bytes: Bytes, options?: { fin?: boolean }): BinaryFrame;
  continuation(data: string | Bytes, options?: { fin?: boolean }): ContinuationFrame;
  close(code?: number, reason?: string): CloseFrame;
  ping(payload?: Bytes): PingFrame;
  pong(payload?: Bytes): PongFrame;
  [Symbol.hasInstance](value: unknown): value is Frame;
};

/** The codes of the errors. */
export type ErrorCode =
  | 'ERR_HANDSHAKE'
  | 'ERR_PROTOCOL'
  | 'ERR_INVALID_PAYLOAD'
  | 'ERR_MESSAGE_TOO_BIG'
  | 'ERR_PING_TIMEOUT'
  | 'ERR_CLOSED'
  | 'ERR_OVERFLOW'
  | 'ERR_TRANSPORT';

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
