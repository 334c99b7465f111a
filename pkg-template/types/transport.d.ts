/** Byte streams, and bytes. */

/** What bytes may be handed over as. They are copied during the call. */
export type Bytes = ArrayBufferView | ArrayBuffer;

/**
 * A duplex byte stream. A `WebTransportBidirectionalStream`, a `Deno.Conn`, a socket of Cloudflare's
 * `connect()`, Direct Sockets' opened pair, Node's `Duplex.toWeb(socket)` and a pair of
 * `TransformStream`s are ones as they are.
 */
export interface ByteTransport {
  /** What the peer sends. A session reads it alone; it must not be locked. */
  readonly readable: ReadableBytes;
  /** What goes to the peer. A session writes it alone; it must not be locked. */
  readonly writable: WritableBytes;
  /** Called when the session is over, if there. */
  close?(): unknown;
  /** Not awaited; its rejection names the cause when a stream of the transport fails. */
  readonly closed?: Promise<unknown>;
}

/** What is used of a `ReadableStream<Uint8Array>`, whichever library declares it. */
export interface ReadableBytes {
  /** Whether somebody reads it. */
  readonly locked: boolean;
  /** Makes the caller the one who reads. */
  getReader(): BytesReader;
}

/** What is used of a `ReadableStreamDefaultReader<Uint8Array>`. */
export interface BytesReader {
  /** Settles at the end, rejects when the stream fails. */
  readonly closed: Promise<unknown>;
  /** The next chunk, or the end. */
  read(): Promise<BytesResult>;
  /** Gives the stream up. */
  cancel(reason?: unknown): Promise<void>;
}

/** What a read gives. */
export interface BytesResult {
  /** Whether the stream has ended. */
  done: boolean;
  /** The chunk, unless it has. */
  value?: Uint8Array | undefined;
}

/** What is used of a `WritableStream<Uint8Array>`, whichever library declares it. */
export interface WritableBytes {
  /** Whether somebody writes it. */
  readonly locked: boolean;
  /** Makes the caller the one who writes. */
  getWriter(): BytesWriter;
}

/** What is used of a `WritableStreamDefaultWriter<Uint8Array>`. */
export interface BytesWriter {
  /** Settles at the end, rejects when the stream fails. */
  readonly closed: Promise<unknown>;
  /** Writes a chunk; settles when the next may follow. */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the stream behind what was written. */
  close(): Promise<void>;
  /** Gives the stream up, and what was not written. */
  abort(reason?: unknown): Promise<void>;
}
