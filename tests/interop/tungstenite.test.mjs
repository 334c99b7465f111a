/** Sessions with tungstenite. */

import { grid } from './grid.mjs';
import { tungstenite } from './peers/tungstenite.mjs';

grid(tungstenite);
