/** `acceptUpgrade` on a `node:http` server, and sockets as transports. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import {
  accept,
  connect,
  HandshakeError,
  overTransport,
  TransportError,
  WebSocketSession,
} from '#framewire';
import { acceptUpgrade, nodeTransport } from '#framewire/node';

async function echo(session) {
  for await (const frame of session) await session.send(frame);
}

/** An HTTP server that answers requests, and upgrades with these options. */
async function httpServer(t, options) {
  const sessions = [];
  const server = createServer((_request, response) => response.end('an ordinary answer'));
  server.on('upgrade', (request, socket, head) => {
    const accepted = acceptUpgrade(request, socket, head, options);
    sessions.push(accepted);
    accepted.then(echo).catch(() => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: server.address().port, sessions };
}

/** What a request of these headers is answered, up to the end of the connection. */
async function answer(port, headers) {
  const socket = connectTcp(port, '127.0.0.1');
  const lines = ['GET /chat HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const chunks = await socket.toArray();
  return Buffer.concat(chunks).toString();
}

test('acceptUpgrade serves sessions beside ordinary requests', async (t) => {
  const { port, sessions } = await httpServer(t, { selectProtocol: (offered) => offered[1] });
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(await response.text(), 'an ordinary answer');
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat?x=1`, ['a', 'b']);
  await once(socket, 'open');
  assert.equal(socket.protocol, 'b');
  socket.send('hello');
  const [data] = await once(socket, 'message');
  assert.equal(data.toString(), 'hello');
  const session = await sessions[0];
  assert.ok(session instanceof WebSocketSession);
  assert.deepEqual([session.role, session.url, session.protocol], ['server', '/chat?x=1', 'b']);
  socket.close(1000);
  assert.equal((await session.closed).wasClean, true);
});

test('verify refuses with a status, headers and a body', async (t) => {
  const refusal = { status: 403, headers: { 'X-Why': 'no ticket' }, body: 'a ticket is needed' };
  const { port, sessions } = await httpServer(t, { verify: () => refusal });
  const refused = connect(`ws://127.0.0.1:${port}/`);
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof HandshakeError);
    assert.equal(error.status, 403);
    assert.equal(error.headers.get('x-why'), 'no ticket');
    assert.equal(new TextDecoder().decode(error.body), 'a ticket is needed');
    return true;
  });
  await assert.rejects(sessions[0], { name: 'HandshakeError', status: 403 });
});

test('another version is answered with 426 and the version that is spoken', async (t) => {
  const { port, sessions } = await httpServer(t);
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  const text = await answer(port, ['Upgrade: websocket', key, 'Sec-WebSocket-Version: 8']);
  assert.match(text, /^HTTP\/1\.1 426 /);
  assert.match(text, /\r\nSec-WebSocket-Version: 13\r\n/);
  await assert.rejects(sessions[0], { name: 'HandshakeError', status: 426 });
});

test('frames that came with the request are not lost', async (t) => {
  const { port, sessions } = await httpServer(t);
  const socket = connectTcp(port, '127.0.0.1');
  t.after(() => socket.destroy());
  const head = [
    'GET / HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
  socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), frame]));
  let text = '';
  for await (const chunk of socket) {
    text += chunk.toString('latin1');
    if (text.endsWith('\x81\x02hi')) break;
  }
  assert.match(text, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  (await sessions[0]).terminate();
});

test('nodeTransport makes a transport of a socket', async (t) => {
  const { port } = await httpServer(t);
  const socket = connectTcp(port, '127.0.0.1');
  const session = await connect(`ws://127.0.0.1:${port}/`, { transport: nodeTransport(socket) });
  await session.send('over a socket of mine');
  assert.equal((await session.receive()).text, 'over a socket of mine');
  assert.equal((await session.close()).wasClean, true);
});

for (const [what, finish] of [
  ['was destroyed', (socket) => once(socket.destroy(), 'close')],
  ['has ended', (socket) => once(socket.resume(), 'end')],
]) {
  test(`a session over a socket that ${what} before ends at once`, async (t) => {
    const server = createTcpServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const socket = connectTcp({ port: server.address().port, allowHalfOpen: true });
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    await finish(socket);
    const session = overTransport(nodeTransport(socket), { role: 'client' });
    const info = await session.closed;
    assert.equal(info.code, 1006);
    assert.equal(info.initiator, 'transport');
    assert.ok(info.error instanceof TransportError);
  });
}

test('a bad argument is named', async () => {
  await assert.rejects(acceptUpgrade({}, null, new Uint8Array(0)), /socket must be/);
  assert.throws(() => nodeTransport(undefined), /socket must be/);
});

test('a socket that is in use already is refused', async (t) => {
  const { port } = await httpServer(t);
  const url = `ws://127.0.0.1:${port}/`;
  const socket = connectTcp(port, '127.0.0.1');
  const transport = nodeTransport(socket);
  const session = await connect(url, { transport });
  const inUse = (thrown) => thrown instanceof TypeError && /in use/.test(thrown.message);
  for (const again of [transport, nodeTransport(socket)]) {
    assert.throws(() => overTransport(again, { role: 'client' }), inUse);
    await assert.rejects(connect(url, { transport: again }), inUse);
    await assert.rejects(accept(again), inUse);
  }
  await session.send('is not disturbed');
  assert.equal((await session.receive()).text, 'is not disturbed');
  await session.close();
});
