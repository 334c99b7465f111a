/** Checks what callers hand over and turns it into what the core takes. */

import type { Codec, ExtensionContext, QueueOptions, SessionOptions } from '../types/index.js';
import { checkCodec, json } from './codec.js';
import { SessionOptions as CoreOptions } from './core.js';
import { checkExtensions } from './extensions.js';
import { kind } from './frame.js';
import type { Pipeline } from './pipeline.js';

/** A session's options with the defaults in place. Sessions that are told the same share one. */
export interface Settings {
  readonly role: 'client' | 'server';
  readonly masking: boolean;
  readonly maxFrameSize: number;
  readonly maxMessageSize: number;
  /** The incoming queue's mark, in bytes. */
  readonly incomingBytes: number;
  readonly pingInterval: number;
  readonly pongTimeout: number;
  readonly closeTimeout: number;
  readonly raw: boolean;
  /** `Infinity` where messages are not cut. */
  readonly fragmentSize: number;
  readonly codec: Codec;
}

/** What extensions own of a session: see `Pipeline`. */
export type Owned = Pick<Pipeline, 'owned' | 'opcodes' | 'opaque'>;

/** What a session's options come to. */
export interface Resolved {
  readonly settings: Settings;
  /** The same as the core takes them. */
  readonly core: CoreOptions;
}

/** Options that are compared by their values. */
const NAMES = [
  'masking',
  'allowMaskMismatch',
  'autoPong',
  'raw',
  'maxFrameSize',
  'maxMessageSize',
  'pingInterval',
  'pongTimeout',
  'closeTimeout',
  'fragmentSize',
  'codec',
] as const;
const QUEUE_NAMES = ['highWaterMark', 'maxFrames', 'onOverflow'] as const;
const OWNED_NAMES = ['owned', 'opcodes', 'opaque'] as const;

/** What a session was told, as far as it is compared. */
interface Told {
  readonly role: 'client' | 'server';
  readonly options: SessionOptions;
  readonly owned: Owned | undefined;
}

/** What sessions were told of late, and what became of it: mostly they are all told the same. */
const recent: (Resolved & { readonly told: Told })[] = [];
const MOST_RECENT = 8;

/**
 * A session's options with the defaults in place, to be used before others are resolved. Throws a
 * `TypeError` or `RangeError` that names the bad one.
 */
export function resolveOptions(
  options: SessionOptions,
  role: 'client' | 'server',
  owned?: Owned,
): Resolved {
  checkOptions(options);
  for (const known of recent) if (isTold(known.told, options, role, owned)) return known;
  const core = coreOptions(options, role, owned);
  const told = {
    role,
    options: {
      ...pick(options, NAMES),
      incoming: pick(options.incoming, QUEUE_NAMES),
      outgoing: pick(options.outgoing, QUEUE_NAMES),
    },
    owned: pick(owned, OWNED_NAMES) as Owned,
  };
  const resolved = { told, settings: settingsOf(options, core), core };
  recent.unshift(resolved);
  if (recent.length > MOST_RECENT) recent.pop();
  return resolved;
}

/** Whether these options come to the same. Makes nothing: it is called for each session. */
function isTold(
  told: Told,
  options: SessionOptions,
  role: 'client' | 'server',
  owned: Owned | undefined,
): boolean {
  return (
    told.role === role &&
    areSame(told.options, options, NAMES) &&
    areSame(told.options.incoming, options.incoming, QUEUE_NAMES) &&
    areSame(told.options.outgoing, options.outgoing, QUEUE_NAMES) &&
    areSame(told.owned, owned, OWNED_NAMES)
  );
}

function areSame<T extends object>(
  one: T | undefined,
  other: T | undefined,
  names: readonly (keyof T)[],
): boolean {
  for (const name of names) if (one?.[name] !== other?.[name]) return false;
  return true;
}

function pick<T extends object, Name extends keyof T>(
  object: T | undefined,
  names: readonly Name[],
): Pick<T, Name> {
  return Object.fromEntries(names.map((name) => [name, object?.[name]])) as Pick<T, Name>;
}

function coreOptions(
  options: SessionOptions,
  role: 'client' | 'server',
  owned: Owned | undefined,
): CoreOptions {
  const core = new CoreOptions(role === 'server');
  core.masking = options.masking ?? core.masking;
  core.allow_mask_mismatch = options.allowMaskMismatch ?? core.allow_mask_mismatch;
  core.auto_pong = options.autoPong ?? core.auto_pong;
  core.raw = options.raw ?? core.raw;
  core.max_frame_size = options.maxFrameSize ?? core.max_frame_size;
  core.max_message_size = options.maxMessageSize ?? core.max_message_size;
  core.ping_interval = options.pingInterval ?? core.ping_interval;
  core.pong_timeout = options.pongTimeout ?? core.pong_timeout;
  core.close_timeout = options.closeTimeout ?? core.close_timeout;
  const { incoming, outgoing } = options;
  core.incoming_bytes = incoming?.highWaterMark ?? core.incoming_bytes;
  core.incoming_frames = incoming?.maxFrames ?? core.incoming_frames;
  core.incoming_close = incoming?.onOverflow === 'close';
  core.outgoing_bytes = outgoing?.highWaterMark ?? core.outgoing_bytes;
  core.outgoing_frames = outgoing?.maxFrames ?? core.outgoing_frames;
  core.outgoing_close = outgoing?.onOverflow === 'close';
  core.owned_rsv = owned?.owned ?? 0;
  core.opaque = owned?.opaque ?? false;
  core.owned_opcodes = options.raw ? 0 : (owned?.opcodes ?? 0);
  return core;
}

function settingsOf(options: SessionOptions, core: CoreOptions): Settings {
  return Object.freeze({
    role: core.server ? 'server' : 'client',
    masking: core.masking,
    maxFrameSize: core.max_frame_size,
    maxMessageSize: core.max_message_size,
    incomingBytes: core.incoming_bytes,
    pingInterval: core.ping_interval,
    pongTimeout: core.pong_timeout,
    closeTimeout: core.close_timeout,
    raw: core.raw,
    fragmentSize: options.fragmentSize || Infinity,
    codec: options.codec ?? json,
  });
}

/** What extensions are told of a session with these options. */
export function extensionContext(
  options: SessionOptions,
  role: 'client' | 'server',
): ExtensionContext {
  const { maxMessageSize } = resolveOptions(options, role).settings;
  return Object.freeze({ role, maxMessageSize });
}

/** Checks a session's options before anything is opened or sent. */
export function checkOptions(options: SessionOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, not ${kind(options)}`);
  }
  for (const name of ['masking', 'allowMaskMismatch', 'raw', 'autoPong'] as const) {
    checkBoolean(options[name], name);
  }
  for (const name of ['maxFrameSize', 'maxMessageSize'] as const) checkSize(options[name], name);
  for (const name of ['pingInterval', 'pongTimeout', 'closeTimeout'] as const) {
    checkTime(options[name], name);
  }
  for (const name of ['incoming', 'outgoing'] as const) checkQueue(options[name], name);
  if (options.fragmentSize !== 0) checkSize(options.fragmentSize, 'fragmentSize');
  checkExtensions(options.extensions);
  checkCodec(options.codec);
  checkSignal(options.signal, 'signal');
}

/** A size in bytes or frames: a positive number, `Infinity` for no bound. */
export function checkSize(value: unknown, name: string): void {
  if (value === undefined) return;
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, not ${kind(value)}`);
  if (!(value >= 1) || (value !== Infinity && !Number.isSafeInteger(value))) {
    throw new RangeError(`${name} must be a whole number of at least 1, or Infinity, not ${value}`);
  }
}

/** A time in milliseconds; `Infinity` is for ever. */
export function checkTime(value: unknown, name: string): void {
  if (value === undefined) return;
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, not ${kind(value)}`);
  if (!(value >= 0)) {
    throw new RangeError(`${name} must be a time in milliseconds of 0 or more, not ${value}`);
  }
}

export function checkBoolean(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`${name} must be a boolean, not ${kind(value)}`);
  }
}

export function checkFunction(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, not ${kind(value)}`);
  }
}

export function checkString(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'string') {
    throw new TypeError(`${name} must be a string, not ${kind(value)}`);
  }
}

export function checkSignal(value: unknown, name: string): void {
  if (value === undefined) return;
  const signal = value as Partial<AbortSignal> | null;
  if (typeof signal?.aborted !== 'boolean' || typeof signal.addEventListener !== 'function') {
    throw new TypeError(`${name} must be an AbortSignal, not ${kind(value)}`);
  }
}

function checkQueue(queue: QueueOptions | undefined, name: string): void {
  if (queue === undefined) return;
  if (typeof queue !== 'object' || queue === null) {
    throw new TypeError(`${name} must be an object, not ${kind(queue)}`);
  }
  checkSize(queue.highWaterMark, `${name}.highWaterMark`);
  checkSize(queue.maxFrames, `${name}.maxFrames`);
  const { onOverflow } = queue;
  if (onOverflow !== undefined && onOverflow !== 'suspend' && onOverflow !== 'close') {
    throw new TypeError(
      `${name}.onOverflow must be 'suspend' or 'close', not ${String(onOverflow)}`,
    );
  }
}
