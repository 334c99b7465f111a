/** The wasm instance: the one file that imports generated code. */

import * as glue from './generated/framewire.js';

export type { Ending } from './generated/framewire.js';
export { ClientUpgrade, ServerUpgrade, Session, SessionOptions } from './generated/framewire.js';

/** Bits of what a verb of a core session returns: what is to be done next. */
export const Signal = {
  /** There is something to write. */
  TRANSMIT: 1 << 0,
  /** A full batch is among it. */
  BATCH: 1 << 1,
  /** The transport should be read. */
  READ: 1 << 2,
  /** The session is no longer open. */
  CLOSING: 1 << 3,
  /** The session is over. */
  CLOSED: 1 << 4,
  /** The deadline is another one than was last asked for. */
  TIMER: 1 << 5,
  /** The frame was queued over the mark. */
  WAIT: 1 << 6,
  /** The frame was not queued: the budget is spent. */
  OVERFLOW: 1 << 7,
  /** The command was refused. */
  REFUSED: 1 << 8,
} as const;

/** A descriptor's bits: see `FrameTable` of the core. */
export const Bits = {
  OPCODE: 0xf,
  FIN: 1 << 4,
  RSV: 0b111 << 5,
  LAST: 1 << 8,
  ASCII: 1 << 9,
  ASIDE: 1 << 10,
} as const;

/** How many words one descriptor takes. */
export const WORDS = 3;

/** One who has to know when the instance dies. */
export interface Tenant {
  coreDied(cause: unknown): void;
}

/** The instance that all sessions share, and views of its memory. */
export class Core {
  readonly scratch: glue.Scratch;
  readonly capacity: number;
  /** What trapped, once something has: nothing may be called then. */
  death: { cause: unknown } | undefined;
  readonly #memory: WebAssembly.Memory;
  readonly #tenants = new Set<Tenant>();
  readonly #chunk: number;
  #heap: Uint8Array;
  #words: Uint32Array;

  constructor(source: WebAssembly.Module | BufferSource) {
    this.#memory = glue.initSync({ module: source }).memory;
    this.scratch = new glue.Scratch();
    this.capacity = this.scratch.capacity();
    this.#chunk = this.scratch.chunk();
    this.#heap = new Uint8Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
  }

  /** The memory as bytes. Valid until the next call: growing detaches it. */
  get heap(): Uint8Array {
    if (this.#heap.byteLength === 0) this.#heap = new Uint8Array(this.#memory.buffer);
    return this.#heap;
  }

  /** The memory as words. */
  get words(): Uint32Array {
    if (this.#words.byteLength === 0) this.#words = new Uint32Array(this.#memory.buffer);
    return this.#words;
  }

  /** Copies bytes into the scratch's chunk. */
  stage(bytes: Uint8Array): void {
    this.heap.set(bytes, this.#chunk);
  }

  /** A view of the first `length` bytes of the scratch's chunk. Valid until the next call. */
  staged(length: number): Uint8Array {
    return this.heap.subarray(this.#chunk, this.#chunk + length);
  }

  /** Copies the first `length` bytes of the scratch's chunk to a place. */
  unstage(target: Uint8Array, at: number, length: number): void {
    target.set(this.staged(length), at);
  }

  /** Copies bytes out of the memory. */
  copy(at: number, length: number): Uint8Array {
    return this.heap.slice(at, at + length);
  }

  /** Registers one who lives on this instance. */
  admit(tenant: Tenant): void {
    this.#tenants.add(tenant);
  }

  /** Forgets one. */
  dismiss(tenant: Tenant): void {
    this.#tenants.delete(tenant);
  }

  /**
   * Takes what a call into the instance threw. A trap leaves the instance in no defined state, so
   * every session on it ends; anything else is thrown on.
   */
  judge(thrown: unknown): void {
    if (!(thrown instanceof WebAssembly.RuntimeError)) throw thrown;
    this.death ??= { cause: thrown };
    const tenants = [...this.#tenants];
    this.#tenants.clear();
    for (const tenant of tenants) tenant.coreDied(thrown);
  }
}

type Source = WebAssembly.Module | BufferSource;

let provide: (() => Source) | undefined;
let instance: Core | undefined;

/** Says where the module comes from when it is first needed. */
export function provideCore(source: () => Source): void {
  provide ??= source;
}

/** The instance, made when first asked for. */
export function core(): Core {
  if (instance?.death) {
    throw new Error('the framewire core trapped and cannot be used any more', {
      cause: instance.death.cause,
    });
  }
  if (!instance) {
    if (!provide) throw new Error('the framewire core is not loaded');
    instance = new Core(provide());
  }
  return instance;
}
