/** Python's websockets as a peer: a process, in the environment that `make setup` made. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../../scripts/demo/settings.mjs';
import { startProcess } from '../process.mjs';

export const websockets = {
  name: 'websockets',
  can: {
    serve: true,
    headers: true,
    answerHeaders: true,
    status: true,
    ping: true,
    seePings: true,
    fragments: true,
    abort: true,
    deflate: true,
    windows: true,
  },
  start(report, lost) {
    const python = join(ROOT, '.tools/python/bin/python');
    const script = fileURLToPath(new URL('websockets_peer.py', import.meta.url));
    return startProcess(python, [script], report, lost);
  },
};
