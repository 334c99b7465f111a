/** The core traps while a frame is sent. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedError, overTransport } from '#framewire';
import { memoryPair } from './support.mjs';
import { trapIn } from './trap.mjs';

const arm = trapIn('session_send');

test('a send in which the core traps rejects, and the session is over', async () => {
  const [ours] = memoryPair();
  const session = overTransport(ours, { role: 'client' });
  arm();
  await assert.rejects(session.send('lost'), (error) => {
    assert.ok(error instanceof ClosedError);
    assert.match(error.message, /core trapped/);
    return true;
  });
  assert.equal((await session.closed).code, 1006);
});
