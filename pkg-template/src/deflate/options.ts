/** What permessage-deflate can be told, checked. */

import type { DeflateOptions } from '../../types/deflate.js';

/** Options with their defaults. */
export type Settings = Required<Omit<DeflateOptions, 'compressIf'>> &
  Pick<DeflateOptions, 'compressIf'>;

const DEFAULTS: Settings = {
  clientMaxWindowBits: true,
  serverMaxWindowBits: 15,
  clientNoContextTakeover: false,
  serverNoContextTakeover: false,
  level: 6,
  memLevel: 8,
  threshold: 1024,
  maxInflatedSize: Infinity,
};

/** Checks options. Throws a `TypeError` or `RangeError` that names the bad one. */
export function settingsOf(options: DeflateOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, not ${kind(options)}`);
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: Settings = { ...DEFAULTS, ...Object.fromEntries(given) };
  if (typeof settings.clientMaxWindowBits !== 'boolean') {
    checkWhole(settings.clientMaxWindowBits, 'clientMaxWindowBits', 8, 15);
  }
  checkWhole(settings.serverMaxWindowBits, 'serverMaxWindowBits', 8, 15);
  for (const name of ['clientNoContextTakeover', 'serverNoContextTakeover'] as const) {
    const value: unknown = settings[name];
    if (typeof value !== 'boolean') {
      throw new TypeError(`${name} must be a boolean, not ${kind(value)}`);
    }
  }
  checkWhole(settings.level, 'level', 0, 9);
  checkWhole(settings.memLevel, 'memLevel', 1, 9);
  checkWhole(settings.threshold, 'threshold', 0, Infinity);
  checkWhole(settings.maxInflatedSize, 'maxInflatedSize', 1, Infinity);
  const { compressIf } = settings;
  if (compressIf !== undefined && typeof compressIf !== 'function') {
    throw new TypeError(`compressIf must be a function, not ${kind(compressIf)}`);
  }
  return settings;
}

function checkWhole(value: unknown, name: string, least: number, most: number): void {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, not ${kind(value)}`);
  const whole = Number.isSafeInteger(value) || value === most;
  if (!whole || value < least || value > most) {
    const range =
      most === Infinity ? `of at least ${least}, or Infinity` : `from ${least} to ${most}`;
    throw new RangeError(`${name} must be a whole number ${range}, not ${value}`);
  }
}

function kind(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
