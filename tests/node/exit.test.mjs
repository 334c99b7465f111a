/** A process that is done exits by itself: no timer and no socket of a session holds it. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { frame } from './raw.mjs';
import { answeringServer, playingServer, webSocketServer } from './support.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Runs a program that connects to `url`, and tells what it printed and how it ended. */
async function run(url, program) {
  const source = `import { connect, overTransport } from '#framewire';\nconst url = '${url}';\n${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], { cwd: root });
  const began = performance.now();
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  const [status] = await once(child, 'close');
  return { output: output.trim(), status, time: performance.now() - began };
}

function assertExit({ output, status, time }, expected) {
  assert.equal(output, expected);
  assert.equal(status, 0);
  // The shortest of the default timeouts is 10 s.
  assert.ok(time < 8000, `took ${time} ms`);
}

test('after a session that closed in order', async (t) => {
  const { url } = await webSocketServer(t, (peer) => peer.on('message', (data) => peer.send(data)));
  const program = `
    const session = await connect(url, { pingInterval: 60_000 });
    await session.send('x');
    await session.receive();
    await session.ping();
    console.log((await session.close()).code);`;
  assertExit(await run(url, program), '1000');
});

test('after a session that the peer closed', async (t) => {
  const { url } = await webSocketServer(t, (peer) => peer.close(4000));
  assertExit(
    await run(url, 'const s = await connect(url); console.log((await s.closed).code);'),
    '4000',
  );
});

test('after a peer that dropped the connection in the middle of a frame', async (t) => {
  const { url } = await playingServer(t, (peer) =>
    peer.socket.end(frame(2, 'part', { declared: 1000 })),
  );
  const program =
    'const s = await connect(url); console.log((await s.closed).code, (await s.closed).error.code);';
  assertExit(await run(url, program), '1006 ERR_TRANSPORT');
});

test('after a peer that broke the protocol', async (t) => {
  const { url } = await playingServer(t, async (peer) => {
    peer.write(frame(3, ''));
    await peer.close();
    peer.socket.end();
  });
  assertExit(
    await run(url, 'const s = await connect(url); console.log((await s.closed).error.code);'),
    'ERR_PROTOCOL',
  );
});

test('after an upgrade that was refused', async (t) => {
  const { url } = await answeringServer(t, (socket) =>
    socket.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
  );
  assertExit(
    await run(url, 'await connect(url).catch((error) => console.log(error.code, error.status));'),
    'ERR_HANDSHAKE 404',
  );
});

test('after terminate()', async (t) => {
  const { url } = await webSocketServer(t, () => {});
  assertExit(
    await run(
      url,
      'const s = await connect(url); s.terminate(); console.log((await s.closed).code);',
    ),
    '1006',
  );
});

test('after a signal that aborted', async (t) => {
  const { url } = await webSocketServer(t, () => {});
  const program = `
    const controller = new AbortController();
    const s = await connect(url, { signal: controller.signal });
    controller.abort(new Error('over'));
    console.log((await s.closed).error.message);`;
  assertExit(await run(url, program), 'the session was terminated: over');
});

test('after a session over a transport whose other side never ends', async () => {
  const program = `
    const readable = new ReadableStream({ start: (source) => source.enqueue(new Uint8Array([0x88, 0])) });
    const s = overTransport({ readable, writable: new WritableStream() }, { role: 'client' });
    console.log((await s.closed).code);`;
  assertExit(await run('', program), '1005');
});
