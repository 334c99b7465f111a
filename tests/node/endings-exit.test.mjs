/** No ending leaves a timer or a reader behind: a process in which sessions ended in all ways exits. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROWS } from './endings-rows.mjs';
import { WIRES } from './endings-stage.mjs';

test('a process in which sessions ended in every way exits by itself', async (t) => {
  const program = fileURLToPath(new URL('endings-child.mjs', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const [status] = await once(child, 'close');
  const wires = ROWS.flatMap((row) => row.wires ?? Object.keys(WIRES));
  assert.equal(output, `${wires.length} endings\n`);
  assert.equal(status, 0);
});
