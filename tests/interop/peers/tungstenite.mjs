/** tungstenite as a peer: a process, built from `tests/interop/tungstenite`. */

import { resolve } from 'node:path';
import { ROOT } from '../../../scripts/demo/settings.mjs';
import { startProcess } from '../process.mjs';

export const tungstenite = {
  name: 'tungstenite',
  can: {
    serve: true,
    headers: true,
    answerHeaders: true,
    status: true,
    ping: true,
    seePings: true,
    fragments: true,
    abort: true,
    ordered: true,
  },
  start(report, lost) {
    const program = process.env.TUNGSTENITE_PEER || 'target/release/tungstenite-peer';
    return startProcess(resolve(ROOT, program), [], report, lost);
  },
};
