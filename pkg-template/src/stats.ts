/** What a session has done and holds, as users read it. */

import type { SessionStats } from '../types/index.js';

/**
 * Takes the counters in the order in which the core gives them. It does not know how many chunks
 * were read: it gets a long one in parts. Nor does it know what was taken after the end.
 */
export function readStats(
  counters: Iterable<number>,
  reads: number,
  takenBytes: number,
  takenFrames: number,
): SessionStats {
  const [
    rf = 0,
    rm = 0,
    rb = 0,
    ,
    sf = 0,
    sm = 0,
    sb = 0,
    sc = 0,
    ib = 0,
    inf = 0,
    ob = 0,
    of = 0,
  ] = counters;
  return {
    received: { frames: rf, messages: rm, bytes: rb, reads },
    sent: { frames: sf, messages: sm, bytes: sb, writes: sc },
    incoming: { bytes: Math.max(ib - takenBytes, 0), frames: Math.max(inf - takenFrames, 0) },
    outgoing: { bytes: ob, frames: of },
  };
}
