/** Sessions with ws. */

import { grid } from './grid.mjs';
import { ws } from './peers/ws.mjs';

grid(ws);
