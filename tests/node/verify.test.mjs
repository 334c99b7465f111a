/** `verify` and `selectProtocol`: what refuses a request, and what their faults do. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { HandshakeError } from '#framewire';
import { acceptingServer, deferred } from './support.mjs';

for (const [name, verdict, status, body] of [
  ['a status', 403, 403, ''],
  ['a promise of a status', Promise.resolve(429), 429, ''],
  [
    'status, headers and body',
    { status: 401, headers: { 'X-Why': 'token' }, body: 'no token' },
    401,
    'no token',
  ],
]) {
  test(`verify refuses with ${name}`, async (t) => {
    const accepted = deferred();
    const { url } = await acceptingServer(
      t,
      (accepting) => accepted.resolve(accepting.catch((thrown) => thrown)),
      {
        verify: () => verdict,
      },
    );
    const socket = new WebSocket(url);
    socket.on('error', () => {});
    const [, answer] = await once(socket, 'unexpected-response');
    assert.equal(answer.statusCode, status);
    let text = '';
    for await (const chunk of answer) text += chunk;
    assert.equal(text, body);
    if (body) assert.equal(answer.headers['x-why'], 'token');
    const thrown = await accepted.promise;
    assert.ok(thrown instanceof HandshakeError);
    assert.deepEqual([thrown.code, thrown.status], ['ERR_HANDSHAKE', status]);
  });
}

const FAULT = new Error('no database');
const throws = () => {
  throw FAULT;
};

for (const [name, options, error] of [
  ['a verify that throws', { verify: throws }, { status: 500, cause: FAULT }],
  [
    'a verify that rejects',
    { verify: () => Promise.reject(FAULT) },
    { status: 500, cause: FAULT, message: 'verify threw: no database' },
  ],
  [
    'a selectProtocol that throws',
    { selectProtocol: throws },
    { status: 500, cause: FAULT, message: 'selectProtocol threw: no database' },
  ],
  [
    'a subprotocol that was not offered',
    { selectProtocol: () => 'other' },
    { name: 'TypeError', message: /other/ },
  ],
  [
    'a verify whose status cannot refuse',
    { verify: () => 200 },
    { name: 'TypeError', message: /300 to 599/ },
  ],
  ['a verify whose body is none', { verify: () => ({ status: 403, body: 5 }) }, TypeError],
]) {
  test(`${name} is answered with 500 and rejects`, async (t) => {
    const accepted = deferred();
    const { url } = await acceptingServer(t, (accepting) => accepted.resolve(accepting), options);
    const rejected = assert.rejects(accepted.promise, error);
    const socket = new WebSocket(url, ['v1']);
    socket.on('error', () => {});
    const [, answer] = await once(socket, 'unexpected-response');
    answer.resume();
    assert.equal(answer.statusCode, 500);
    await once(answer, 'end');
    await rejected;
  });
}

test('a verify that does not settle within handshakeTimeout is answered with 500 and rejects', async (t) => {
  const accepted = deferred();
  const verdict = deferred();
  const asked = deferred();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { url } = await acceptingServer(t, (accepting) => accepted.resolve(accepting), {
    verify() {
      asked.resolve();
      return verdict.promise;
    },
    handshakeTimeout: 30,
  });
  const rejected = assert.rejects(accepted.promise, {
    name: 'HandshakeError',
    status: 500,
    message: 'verify did not settle within 30 ms',
  });
  const socket = new WebSocket(url);
  socket.on('error', () => {});
  // The time passes when the request was read.
  await asked.promise;
  t.mock.timers.tick(30);
  const [, answer] = await once(socket, 'unexpected-response');
  answer.resume();
  assert.equal(answer.statusCode, 500);
  await rejected;
  verdict.resolve(403);
  await once(answer, 'end');
});

test('a signal that aborts while verify decides rejects with its reason and drops the client', async (t) => {
  const owner = new AbortController();
  const accepted = deferred();
  const reason = new Error('shutting down');
  const { url } = await acceptingServer(t, (accepting) => accepted.resolve(accepting), {
    verify: () => new Promise(() => owner.abort(reason)),
    signal: owner.signal,
  });
  const rejected = assert.rejects(accepted.promise, reason);
  const socket = new WebSocket(url);
  await once(socket, 'error');
  await rejected;
});

test('verify sees the request before it is answered', async (t) => {
  const seen = deferred();
  const { url } = await acceptingServer(t, (accepted) => accepted, {
    verify: (asked) => seen.resolve(asked),
    selectProtocol: ([first]) => first,
  });
  const socket = new WebSocket(`${url}/v?x=1`, ['a', 'b'], { origin: 'https://example.com' });
  t.after(() => socket.terminate());
  await once(socket, 'open');
  const { method, target, host, headers, protocols } = await seen.promise;
  assert.deepEqual([method, target, `ws://${host}`], ['GET', '/v?x=1', url]);
  assert.equal(headers.get('origin'), 'https://example.com');
  assert.deepEqual([...protocols], ['a', 'b']);
});
