/** Objects of the core that JavaScript holds: what a call that comes too late, or within another one, gets. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  initSync,
  Scratch,
  ServerUpgrade,
  Session,
} from '../../pkg-template/src/generated/framewire.js';

const source = new URL('../../pkg-template/src/generated/framewire_bg.wasm', import.meta.url);
initSync({ module: readFileSync(source) });

const UNUSABLE = /the object cannot be used now/;

test('an object that was freed is refused', () => {
  const upgrade = new ServerUpgrade();
  assert.equal(upgrade.progress(), 0);
  upgrade.free();
  assert.throws(() => upgrade.progress(), UNUSABLE);
});

test('a call from within a call is refused, and the object is as good as before', (t) => {
  const client = new Session(Session.defaults(false), 0);
  const scratch = new Scratch();
  t.after(() => client.free());
  let thrown;
  t.mock.method(crypto, 'getRandomValues', (bytes) => {
    try {
      client.signals();
    } catch (error) {
      thrown = error;
    }
    return bytes.fill(7);
  });
  const text = (1 << 4) | 1;
  const accepted = client.send(scratch, text, 3);
  assert.match(String(thrown), UNUSABLE);
  assert.equal(client.signals() & 1, accepted & 1);
  assert.equal(client.stats()[4], 1);
});
