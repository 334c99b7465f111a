/** The wasm instance: the one file that imports generated code. */

import CORE_ID from 'framewire:id';
import { WebSocketSessionError } from './errors.js';
import * as glue from './generated/framewire.js';

export type { Ending } from './generated/framewire.js';
export { ClientUpgrade, ServerUpgrade, Session } from './generated/framewire.js';

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
  /** A control frame is among what there is to write. */
  URGENT: 1 << 9,
} as const;

/** What an upgrade tells of itself: see `part` of the core's bindings. */
export const Part = {
  MESSAGE: 0,
  HEADERS: 1,
  PROTOCOLS: 2,
  EXTENSIONS: 3,
  METHOD: 4,
  TARGET: 5,
  HOST: 6,
  REQUEST: 7,
  BODY: 8,
  /** Bytes behind the answer. */
  REST: 9,
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

/** So few bytes are copied one by one. */
const FEW = 64;

/** How many words one descriptor takes. */
export const WORDS = 3;

/** Words of the report that receiving leaves, or polling for what to write: see `report` of the core's scratch. */
export const Report = {
  TABLE: 0,
  WORDS: 1,
  ASIDE: 2,
  REWRITTEN: 3,
  WHOLE: 4,
  UNSEEN: 5,
  REMAINING: 6,
  EXCESS_BYTES: 7,
  EXCESS_FRAMES: 8,
  QUEUED: 9,
  UNEVENTFUL: 10,
  FLIGHT: 0,
  FLIGHT_LENGTH: 1,
} as const;

/** What the core says of a chunk within a payload: see `receive_within` of its session. */
export const Within = {
  ASCII: 1 << 1,
  REWRITTEN: 1 << 2,
} as const;

/** How much must leave a full queue of received frames: so many bytes and frames, or all frames. */
export interface Excess {
  bytes: number;
  frames: number;
  all: number;
}

/** A session's options by name. The core takes them as numbers in the same order: its `Told`. */
export class SessionOptions {
  readonly server: boolean;
  masking: boolean;
  allow_mask_mismatch: boolean;
  auto_pong: boolean;
  raw: boolean;
  owned_rsv: number;
  owned_opcodes: number;
  opaque: boolean;
  max_frame_size: number;
  max_message_size: number;
  incoming_bytes: number;
  incoming_frames: number;
  incoming_close: boolean;
  outgoing_bytes: number;
  outgoing_frames: number;
  outgoing_close: boolean;
  ping_interval: number;
  pong_timeout: number;
  close_timeout: number;
  /** As the core takes them, once they were given to it: they must not change any more. */
  #told: Float64Array | undefined;

  /** The defaults of a role. */
  constructor(server: boolean) {
    const told = glue.Session.defaults(server);
    const is = (index: number): boolean => told[index] === 1;
    const number = (index: number): number => told[index] ?? 0;
    this.server = is(0);
    this.masking = is(1);
    this.allow_mask_mismatch = is(2);
    this.auto_pong = is(3);
    this.raw = is(4);
    this.owned_rsv = number(5);
    this.owned_opcodes = number(6);
    this.opaque = is(7);
    this.max_frame_size = number(8);
    this.max_message_size = number(9);
    this.incoming_bytes = number(10);
    this.incoming_frames = number(11);
    this.incoming_close = is(12);
    this.outgoing_bytes = number(13);
    this.outgoing_frames = number(14);
    this.outgoing_close = is(15);
    this.ping_interval = number(16);
    this.pong_timeout = number(17);
    this.close_timeout = number(18);
  }

  /** A session of the core with these options. */
  begin(now: number): glue.Session {
    this.#told ??= Float64Array.from(Object.values(this), Number);
    return new glue.Session(this.#told, now);
  }
}

/** One who has to know when the instance dies. They are a list of their own, which takes no memory beside them. */
export interface Tenant {
  /** Those admitted before and after it, which only the instance changes. */
  older: Tenant | undefined;
  newer: Tenant | undefined;
  coreDied(cause: unknown): void;
}

/** The instance that all sessions share, and views of its memory. */
export class Core {
  readonly scratch: glue.Scratch;
  readonly capacity: number;
  /** Where the report is, as an index of words. */
  readonly report: number;
  /** What trapped, once something has: nothing may be called then. */
  death: { cause: unknown } | undefined;
  readonly #memory: WebAssembly.Memory;
  /** The one admitted last. */
  #newest: Tenant | undefined;
  readonly #chunkAt: number;
  #chunk: Uint8Array;
  #heap: Uint8Array;
  #words: Uint32Array;

  constructor(source: WebAssembly.Module | BufferSource) {
    this.#memory = glue.initSync({ module: source }).memory;
    this.scratch = new glue.Scratch();
    this.capacity = this.scratch.capacity();
    this.#chunkAt = this.scratch.chunk();
    this.#chunk = this.#viewChunk();
    this.report = this.scratch.report() >>> 2;
    this.#heap = new Uint8Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
  }

  /** The memory as bytes. Valid until the next call: growing detaches it. */
  get heap(): Uint8Array {
    if (this.#heap.length === 0) this.#heap = new Uint8Array(this.#memory.buffer);
    return this.#heap;
  }

  /** The memory as words. */
  get words(): Uint32Array {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.#memory.buffer);
    return this.#words;
  }

  /** What the last report says of the queue. */
  get excess(): Excess {
    const { words, report } = this;
    return {
      bytes: words[report + Report.EXCESS_BYTES] as number,
      frames: words[report + Report.EXCESS_FRAMES] as number,
      all: words[report + Report.QUEUED] as number,
    };
  }

  /** The scratch's chunk. Valid until the next call. */
  get chunk(): Uint8Array {
    if (this.#chunk.length === 0) this.#chunk = this.#viewChunk();
    return this.#chunk;
  }

  /** Copies bytes into the scratch's chunk. */
  stage(bytes: Uint8Array): void {
    this.chunk.set(bytes);
  }

  /** A view of bytes of the scratch's chunk. Valid until the next call. */
  staged(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#chunkAt + at, length);
  }

  /** Copies the first `length` bytes of the scratch's chunk to a place. */
  unstage(target: Uint8Array, at: number, length: number): void {
    target.set(length === this.capacity ? this.chunk : this.staged(0, length), at);
  }

  /** Copies bytes out of the memory. */
  copy(at: number, length: number): Uint8Array {
    return this.heap.slice(at, at + length);
  }

  /** Copies bytes out of the memory to a place, as many as it holds. */
  fill(target: Uint8Array, at: number): void {
    const { heap } = this;
    const { length } = target;
    // A view takes longer to make than a few bytes to copy.
    if (length > FEW) target.set(heap.subarray(at, at + length));
    else for (let index = 0; index < length; index += 1) target[index] = heap[at + index] as number;
  }

  #viewChunk(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#chunkAt, this.capacity);
  }

  /** Registers one who lives on this instance. */
  admit(tenant: Tenant): void {
    tenant.older = this.#newest;
    if (this.#newest) this.#newest.newer = tenant;
    this.#newest = tenant;
  }

  /** Forgets one, if it is still known. */
  dismiss(tenant: Tenant): void {
    const { older, newer } = tenant;
    if (newer) newer.older = older;
    else if (this.#newest === tenant) this.#newest = older;
    if (older) older.newer = newer;
    tenant.older = tenant.newer = undefined;
  }

  /**
   * Takes what a call into the instance threw. A trap leaves the instance in no defined state, so
   * every session on it ends; anything else is thrown on.
   */
  judge(thrown: unknown): void {
    if (!(thrown instanceof WebAssembly.RuntimeError)) throw thrown;
    this.death ??= { cause: thrown };
    const tenants: Tenant[] = [];
    for (let tenant = this.#newest; tenant; tenant = this.#newest) {
      tenants.push(tenant);
      this.dismiss(tenant);
    }
    for (const tenant of tenants.reverse()) tenant.coreDied(thrown);
  }
}

/** Compiled code, or bytes of it. */
export type CoreBinary = WebAssembly.Module | BufferSource;

let provide: (() => CoreBinary) | undefined;
let instance: Core | undefined;

/** Says where the module comes from when it is first needed. The first to say it counts. */
export function provideCore(source: () => CoreBinary): void {
  provide ??= source;
}

/** Whether {@link core} has a module, or knows where one comes from. */
export function hasCore(): boolean {
  return provide !== undefined;
}

/** The instance, if there is one that can be used. */
export function liveCore(): Core | undefined {
  return instance?.death ? undefined : instance;
}

/**
 * The instance, made when first asked for.
 * @throws WebSocketSessionError with the code `ERR_CORE` if there can be none.
 */
export function core(): Core {
  if (instance?.death) {
    throw coreError('the framewire core trapped and cannot be used any more', {
      cause: instance.death.cause,
    });
  }
  if (!instance) {
    if (!provide) {
      throw coreError('the framewire core is not loaded: await init() of framewire/slim first');
    }
    instance = start(provide());
  }
  return instance;
}

/** Makes the instance of a module that must be the core. */
export function start(binary: CoreBinary): Core {
  if (instance) return instance;
  if (globalThis.WebAssembly === undefined) throw coreError('this runtime has no WebAssembly');
  const module = binary instanceof WebAssembly.Module ? binary : compiled(binary);
  const [section] = WebAssembly.Module.customSections(module, 'framewire');
  if (!section) throw coreError('the WebAssembly module is not the framewire core');
  const id = new TextDecoder().decode(section);
  if (id !== CORE_ID) {
    throw coreError(`the core is that of framewire ${id}, but this is framewire ${CORE_ID}`);
  }
  instance = new Core(module);
  return instance;
}

function compiled(bytes: BufferSource): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw compileError(bytes, cause);
  }
}

/** What to tell of bytes that did not compile: they are wrong, or the runtime does not allow it. */
export function compileError(bytes: BufferSource, cause: unknown): WebSocketSessionError {
  return coreError(
    WebAssembly.validate(bytes)
      ? "this runtime refuses to compile WebAssembly: the Content-Security-Policy of a page must have 'wasm-unsafe-eval' in its script-src; a runtime that compiles nothing itself, such as workerd, needs the module of framewire/core.wasm as an import"
      : 'the bytes are no WebAssembly that this runtime knows; the framewire core needs its SIMD instructions',
    { cause },
  );
}

/** An error of the core itself. */
export function coreError(
  message: string,
  details: { cause?: unknown } = {},
): WebSocketSessionError {
  return new WebSocketSessionError('ERR_CORE', message, details);
}
