/** Counters as users read them. */

import type { SessionStats } from '../types/index.js';
import type { Session } from './core.js';

/** What a driver knows of a session's counters. */
export type DriverStats = Omit<SessionStats, 'encoded' | 'decoded'>;

/**
 * Sorts the core's numbers: see `stats` of its session. It does not know what was taken after the end.
 */
export function driverStats(
  numbers: ArrayLike<number>,
  taken: { readonly frames: number; readonly bytes: number } | undefined,
): DriverStats {
  const traffic = (at: number) => ({
    frames: numbers[at] ?? 0,
    messages: numbers[at + 1] ?? 0,
    bytes: numbers[at + 2] ?? 0,
  });
  const waiting = (at: number, gone = 0): number => Math.max((numbers[at] ?? 0) - gone, 0);
  return {
    received: { ...traffic(0), reads: numbers[3] ?? 0 },
    sent: { ...traffic(4), writes: numbers[7] ?? 0 },
    incoming: { bytes: waiting(8, taken?.bytes), frames: waiting(9, taken?.frames) },
    outgoing: { bytes: waiting(10), frames: waiting(11) },
  };
}

/** What is left of a core session that ended. */
export interface Remains {
  readonly stats: ArrayLike<number>;
  readonly isFlushed: boolean;
}

/** Of one whose core is dead. */
export const NOTHING: Remains = { stats: [], isFlushed: false };

export function remainsOf(session: Session): Remains {
  return { stats: session.stats(), isFlushed: session.is_flushed() };
}
