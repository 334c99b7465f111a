/** What a session has done and holds, as users read it. */

import type { SessionStats } from '../types/index.js';

/** Takes the counters in the order in which the core gives them. */
export function readStats(counters: Iterable<number>): SessionStats {
  const [
    rf = 0,
    rm = 0,
    rb = 0,
    rc = 0,
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
    received: { frames: rf, messages: rm, bytes: rb, reads: rc },
    sent: { frames: sf, messages: sm, bytes: sb, writes: sc },
    incoming: { bytes: ib, frames: inf },
    outgoing: { bytes: ob, frames: of },
  };
}
