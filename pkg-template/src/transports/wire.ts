/** What the driver of a session needs of a byte stream. */

/** Takes what comes off a wire. */
export interface WireSink {
  /**
   * Takes a chunk; false asks for no more until {@link Wire.resume}. Memory that is `lent` is read into
   * again after the call: nothing of it may be kept.
   */
  chunk(bytes: Uint8Array, lent: boolean): boolean;
  /** The peer will send no more. Called once, as the last or before `fail`. */
  end(): void;
  /** The wire failed, reading or writing. Called once, as the last. */
  fail(cause: unknown): void;
}

/**
 * A byte stream that pushes what it reads. After {@link Wire.abort} it calls nobody.
 */
export interface Wire {
  /** Whether each chunk comes in a turn of the event loop of its own: none follows in the same microtasks. */
  readonly takesTurns: boolean;
  /** Begins to read; or hands what is read to another sink from now on. */
  attach(sink: WireSink): void;
  /** Reads on after a sink asked for no more. */
  resume(): void;
  /**
   * Memory for a chunk that is to be written. A wire that is done with a chunk when it has accepted it may
   * give the same memory again.
   */
  allocate(length: number): Uint8Array;
  /** Writes a chunk; `accepted` is called, never during the call, when the next may follow. */
  write(bytes: Uint8Array, accepted: () => void): void;
  /** Ends the writable side in order; what was written leaves first. */
  end(): void;
  /** Ends both sides at once. */
  abort(cause: unknown): void;
}
