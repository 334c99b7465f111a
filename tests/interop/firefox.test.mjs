/** Sessions with the WebSocket of Firefox. */

import { deflation } from './deflate.mjs';
import { grid } from './grid.mjs';
import { leaving } from './leaving.mjs';
import { firefox } from './peers/browser.mjs';

const peer = grid(firefox);
leaving(peer);
deflation(peer);
