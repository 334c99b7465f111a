/** Counters as users read them. */

import type { SessionStats } from '../types/index.js';

/** What a driver knows of a session's counters. */
export type DriverStats = Omit<SessionStats, 'encoded' | 'decoded'>;

/**
 * Sorts the core's numbers: see `stats` of its session. It does not know what was taken after the end.
 */
export function driverStats(
  numbers: ArrayLike<number>,
  takenBytes: number,
  takenFrames: number,
): DriverStats {
  const traffic = (at: number) => ({
    frames: numbers[at] ?? 0,
    messages: numbers[at + 1] ?? 0,
    bytes: numbers[at + 2] ?? 0,
  });
  const [bytes, frames] = [numbers[8] ?? 0, numbers[9] ?? 0];
  return {
    received: { ...traffic(0), reads: numbers[3] ?? 0 },
    sent: { ...traffic(4), writes: numbers[7] ?? 0 },
    incoming: { bytes: Math.max(bytes - takenBytes, 0), frames: Math.max(frames - takenFrames, 0) },
    outgoing: { bytes: numbers[10] ?? 0, frames: numbers[11] ?? 0 },
  };
}
