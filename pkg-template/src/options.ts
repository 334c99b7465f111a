/** Checks what callers hand over and turns it into what the core takes. */

import type { ExtensionContext, QueueOptions, SessionOptions } from '../types/index.js';
import { checkCodec } from './codec.js';
import { SessionOptions as CoreOptions } from './core.js';
import { checkExtensions } from './extensions.js';
import { kind } from './frame.js';

/** Options as the core takes them. Throws a `TypeError` or `RangeError` that names the bad one. */
export function coreOptions(options: SessionOptions, role: 'client' | 'server'): CoreOptions {
  checkOptions(options);
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
  return core;
}

/** What extensions are told of a session with these options. */
export function extensionContext(
  options: SessionOptions,
  role: 'client' | 'server',
): ExtensionContext {
  const { max_message_size: maxMessageSize } = coreOptions(options, role);
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
