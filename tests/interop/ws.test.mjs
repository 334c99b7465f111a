/** Sessions with ws. */

import { deflation } from './deflate.mjs';
import { grid } from './grid.mjs';
import { ws } from './peers/ws.mjs';

deflation(grid(ws));
