/** Every way a session can end, over a socket and over streams: what all who have to do with it see. */

import { test } from 'node:test';
import { ROWS } from './endings-rows.mjs';
import { MODES, play, WIRES } from './endings-stage.mjs';

for (const row of ROWS) {
  for (const wire of row.wires ?? Object.keys(WIRES)) {
    for (const mode of MODES) {
      test(`${row.name} over ${wire}, ${mode}`, () => play(row, wire, mode));
    }
  }
}
