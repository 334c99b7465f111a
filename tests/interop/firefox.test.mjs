/** Sessions with the WebSocket of Firefox. */

import { grid } from './grid.mjs';
import { leaving } from './leaving.mjs';
import { firefox } from './peers/browser.mjs';

leaving(grid(firefox));
