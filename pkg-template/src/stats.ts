/** Counters as users read them. */

import type { SessionStats } from '../types/index.js';

/** What a driver knows of a session's counters. */
export type DriverStats = Omit<SessionStats, 'encoded' | 'decoded'>;

/** Sorts the core's numbers: see `stats` of its session. */
export function driverStats(numbers: ArrayLike<number>): DriverStats {
  const traffic = (at: number) => ({
    frames: numbers[at] ?? 0,
    messages: numbers[at + 1] ?? 0,
    bytes: numbers[at + 2] ?? 0,
  });
  const queue = (at: number) => ({ bytes: numbers[at] ?? 0, frames: numbers[at + 1] ?? 0 });
  return {
    received: { ...traffic(0), reads: numbers[3] ?? 0 },
    sent: { ...traffic(4), writes: numbers[7] ?? 0 },
    incoming: queue(8),
    outgoing: queue(10),
  };
}
