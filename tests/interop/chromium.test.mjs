/** Sessions with the WebSocket of Chromium. */

import { deflation } from './deflate.mjs';
import { grid } from './grid.mjs';
import { leaving } from './leaving.mjs';
import { chromium } from './peers/browser.mjs';

const peer = grid(chromium);
leaving(peer);
deflation(peer);
