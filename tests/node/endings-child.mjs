/**
 * Plays every ending in a process without a test runner, which must end by itself: the timers of the
 * sessions would hold it for ten minutes. Prints an ending that left a timer behind.
 */

import { ROWS } from './endings-rows.mjs';
import { play, WIRES } from './endings-stage.mjs';

let played = 0;
for (const row of ROWS) {
  for (const wire of row.wires ?? Object.keys(WIRES)) {
    await play(row, wire, 'waiting');
    played += 1;
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    if (timers.length > 0) console.log(`${row.name} over ${wire}: a timer is left`);
  }
}
console.log(`${played} endings`);
