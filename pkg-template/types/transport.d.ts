/** Byte streams, and bytes. */

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
