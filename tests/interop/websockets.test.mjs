/** Sessions with websockets. */

import { grid } from './grid.mjs';
import { websockets } from './peers/websockets.mjs';

grid(websockets);
