/** Sessions with the WebSocket of Chromium. */

import { grid } from './grid.mjs';
import { leaving } from './leaving.mjs';
import { chromium } from './peers/browser.mjs';

leaving(grid(chromium));
