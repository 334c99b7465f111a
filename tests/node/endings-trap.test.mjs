/** The last way in which a session can end: the core traps, under all sessions of the process at once. */

import { test } from 'node:test';
import { TRAP } from './endings-rows.mjs';
import { begin, MODES, WIRES } from './endings-stage.mjs';
import { trapIn } from './trap.mjs';

const arm = trapIn('session_receive');

test('a trap of the core, over socket and over streams, waiting and iterating', async (t) => {
  const stands = [];
  for (const wire of Object.keys(WIRES)) {
    for (const mode of MODES) stands.push(await begin(TRAP, wire, mode));
  }
  t.after(() => {
    for (const stand of stands) stand.leave();
  });
  arm();
  await stands[0].act();
  for (const stand of stands) await stand.finish();
});
