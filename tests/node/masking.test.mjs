/** Masking: when it applies, and where its keys come from. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { overTransport } from '#framewire';
import { frame, parseFrame } from './raw.mjs';
import { acceptAll, echo, heldTransport, until, webSocketServer } from './support.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

function framesIn(writes) {
  const frames = [];
  let rest = Buffer.concat(writes.map(({ chunk }) => chunk));
  for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
    frames.push(next);
    rest = next.rest;
  }
  return frames;
}

test('masking switched while frames are queued applies to those not yet encoded', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client', closeTimeout: 20 });
  t.after(() => session.terminate());
  const long = new Uint8Array(100_000);
  session.send('stuck');
  await held.write(0);
  session.send('queued');
  session.send(long);
  session.masking = false;
  session.send('switched');
  session.send(long);
  session.masking = true;
  session.send('and back');
  session.masking = false;
  // Answers are encoded when they leave.
  held.give(frame(9, 'ping'));
  await until(() => session.stats().received.frames === 1);
  const closed = session.close();
  acceptAll(held);
  await session.flush();
  await closed;
  const told = framesIn(held.writes).map(({ opcode, masked }) => [opcode, masked]);
  assert.deepEqual(told, [
    [1, true],
    [10, false],
    [1, true],
    [2, true],
    [1, false],
    [2, false],
    [1, true],
    [8, false],
  ]);
});

test('masking is read back as it was set, and starts as the role asks', () => {
  for (const [role, masking] of [
    ['client', true],
    ['server', false],
  ]) {
    const session = overTransport(heldTransport().transport, { role });
    assert.equal(session.masking, masking);
    session.masking = !masking;
    assert.equal(session.masking, !masking);
    assert.throws(() => {
      session.masking = 'yes';
    }, /masking must be a boolean/);
    assert.equal(session.masking, !masking);
    session.terminate();
  }
});

/** Talks to `url` in a process of its own, before whose first line `prelude` runs. */
async function talk(url, prelude) {
  const source = `
    ${prelude}
    const { connect } = await import('#framewire');
    const session = await connect('${url}');
    for (let index = 0; index < 2000; index += 1) session.send('' + index);
    for (let index = 0; index < 2000; index += 1) {
      const { text } = await session.receive();
      if (text !== '' + index) throw new Error(text + ' came as ' + index);
    }
    await session.ping();
    const { wasClean } = await session.close();
    console.log(JSON.stringify({ wasClean, drawn: globalThis.drawn }));`;
  const args = ['--input-type=module', '--eval', source];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  const [status] = await once(child, 'close');
  assert.equal(status, 0);
  return JSON.parse(output);
}

test('nothing needs Math.random', async (t) => {
  const { url } = await webSocketServer(t, echo);
  const prelude = "Math.random = () => { throw new Error('not random enough'); };";
  assert.equal((await talk(url, prelude)).wasClean, true);
});

test('every key comes from getRandomValues, and no byte of it is used twice', async (t) => {
  const keys = [];
  const { url } = await webSocketServer(t, (peer, request) => {
    echo(peer);
    let bytes = Buffer.alloc(0);
    request.socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let next = parseFrame(bytes); next; next = parseFrame(bytes)) {
        keys.push(next.key.toString('hex'));
        bytes = next.rest;
      }
    });
  });
  const prelude = `
    globalThis.drawn = [];
    const usual = crypto.getRandomValues.bind(crypto);
    crypto.getRandomValues = (array) => {
      usual(array);
      drawn.push(Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex'));
      return array;
    };`;
  const { drawn } = await talk(url, prelude);
  assert.equal(keys.length, 2002, 'messages, a ping and a Close');
  // The keys stand in what was drawn, one behind the other: each is found behind the last.
  const pool = drawn.join('');
  let at = 0;
  for (const key of keys) {
    let found = pool.indexOf(key, at);
    while (found >= 0 && found % 2 === 1) found = pool.indexOf(key, found + 1);
    assert.ok(found >= 0, `${key} was not drawn, or not after those before it`);
    at = found + key.length;
  }
});
