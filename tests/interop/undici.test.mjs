/** Sessions with undici. */

import { grid } from './grid.mjs';
import { undici } from './peers/undici.mjs';

grid(undici);
