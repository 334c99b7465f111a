/** Memory for large writes, used again and again. */

/** Shorter chunks come from Node's own pool. */
const LEAST = 16 << 10;
/** Sizes are multiples of this, so that chunks of about the same length share memory. */
const STEP = 4 << 10;
/** How much is kept for all sockets together: two frames of a MiB. */
const MOST = (2 << 20) + 2 * STEP;

/**
 * Memory that was written and may be written to again. Fresh memory costs more than the copy into it: the
 * system gives it page by page, and the collector is called for what was used once.
 */
export class Spares {
  readonly #free: ArrayBuffer[] = [];
  /** What was given out by {@link take}. */
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #kept = 0;

  /** So many bytes, with anything in them. */
  take(length: number): Uint8Array {
    if (length < LEAST) return Buffer.allocUnsafe(length);
    const fits = ({ byteLength }: ArrayBuffer): boolean =>
      byteLength >= length && byteLength <= 2 * length;
    const index = this.#free.findLastIndex(fits);
    const [spare] = index < 0 ? [] : this.#free.splice(index, 1);
    this.#kept -= spare?.byteLength ?? 0;
    const memory = spare ?? fresh(Math.ceil(length / STEP) * STEP);
    this.#lent.add(memory);
    return Buffer.from(memory, 0, length);
  }

  /** Takes back what nobody reads any more; others than those given out are left alone. */
  give({ buffer, length }: Uint8Array): void {
    // What is short was not given out from here, and a set that refers weakly is slow to say so.
    if (length < LEAST || !this.#lent.delete(buffer)) return;
    if (this.#kept + buffer.byteLength > MOST) return;
    this.#kept += buffer.byteLength;
    this.#free.push(buffer as ArrayBuffer);
  }
}

function fresh(length: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer;
}
