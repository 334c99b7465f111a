/** Sessions with websockets. */

import { deflation } from './deflate.mjs';
import { grid } from './grid.mjs';
import { websockets } from './peers/websockets.mjs';

deflation(grid(websockets));
