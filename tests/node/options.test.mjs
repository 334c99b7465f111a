/** Bad options throw an error that names them, before any byte is sent. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { accept, connect, overTransport } from '#framewire';
import { memoryPair, tcpServer, turns } from './support.mjs';

const NOT_BOOLEAN = [1, 'true', null, {}];
const NOT_NUMBER = ['5', null, true, {}, 5n];
const NOT_SIZE = [0, -1, 1.5, Number.NaN, Number.NEGATIVE_INFINITY];
const NOT_TIME = [-1, Number.NaN, Number.NEGATIVE_INFINITY];
const NOT_QUEUE = [5, 'suspend', null, true];

/** What every session checks: an option, values, and the error they throw. */
const SESSION = [
  ...['masking', 'allowMaskMismatch', 'raw', 'autoPong'].map((name) => [
    name,
    NOT_BOOLEAN,
    TypeError,
  ]),
  ...['maxFrameSize', 'maxMessageSize'].flatMap((name) => [
    [name, NOT_NUMBER, TypeError],
    [name, NOT_SIZE, RangeError],
  ]),
  ...['pingInterval', 'pongTimeout', 'closeTimeout'].flatMap((name) => [
    [name, NOT_NUMBER, TypeError],
    [name, NOT_TIME, RangeError],
  ]),
  ...['incoming', 'outgoing'].flatMap((name) => [
    [name, NOT_QUEUE, TypeError],
    [
      name,
      NOT_SIZE.map((highWaterMark) => ({ highWaterMark })),
      RangeError,
      `${name}.highWaterMark`,
    ],
    [name, NOT_NUMBER.map((maxFrames) => ({ maxFrames })), TypeError, `${name}.maxFrames`],
    [name, [{ onOverflow: 'drop' }, { onOverflow: 5 }], TypeError, `${name}.onOverflow`],
  ]),
  ['fragmentSize', NOT_NUMBER, TypeError],
  ['fragmentSize', NOT_SIZE.filter((size) => size !== 0), RangeError],
  ['codec', [5, 'json', null, {}, { encode() {}, decode() {} }], TypeError],
  ['signal', ['signal', {}, null, new AbortController()], TypeError],
];

const CONNECT = [
  ...SESSION,
  ['handshakeTimeout', NOT_NUMBER, TypeError],
  ['handshakeTimeout', NOT_TIME, RangeError],
  ['protocols', ['chat', [5], [null], {}, [''], ['with space'], ['a', 'a']], TypeError, /protocol/],
  ['origin', [5, {}, 'bad\r\norigin'], TypeError, /origin/i],
  ['transport', [5, 'tcp', {}, { readable: new ReadableStream() }, null], TypeError],
  ['bridge', [5, 'not a url', 'http://bridge', 'ws://bridge', {}, null], TypeError],
  ['tls', [5, 'tls', null, true], TypeError],
  [
    'headers',
    [
      5,
      'a: b',
      { 'bad name': 'x' },
      { 'X-Bad': 'a\r\nInjected: yes' },
      { 'X-Bad': 'nul\0' },
      [['one']],
    ],
    TypeError,
    /header/i,
  ],
  [
    'headers',
    [{ Upgrade: 'h2c' }, { 'Sec-WebSocket-Key': 'x' }, { Connection: 'close' }],
    TypeError,
    /upgrade|sec-websocket-key|connection/i,
  ],
  [
    'serverCertificateHashes',
    [5, [{ algorithm: 'sha-256', value: 'hex' }], [{}], [null]],
    TypeError,
  ],
];

const ACCEPT = [
  ...SESSION,
  ['handshakeTimeout', NOT_NUMBER, TypeError],
  ['handshakeTimeout', NOT_TIME, RangeError],
  ['selectProtocol', [5, 'chat', {}], TypeError],
  ['verify', [403, true, {}], TypeError],
  ['headers', [5, 'a: b', null, [['one']]], TypeError],
];

function assertNames(thrown, type, name, value) {
  const what = `${name}: ${inspect(value)}: ${thrown}`;
  assert.ok(thrown instanceof type && thrown.constructor === type, what);
  if (name instanceof RegExp) assert.match(thrown.message, name, what);
  else assert.ok(thrown.message.startsWith(name), what);
}

for (const [option, values, type, name = option] of CONNECT) {
  test(`connect: ${type.name} for a bad ${name instanceof RegExp ? option : name}`, async (t) => {
    let connections = 0;
    const { url } = await tcpServer(t, () => {
      connections += 1;
    });
    for (const value of values) {
      const thrown = await connect(url, { handshakeTimeout: 100, [option]: value }).catch(
        (cause) => cause,
      );
      assertNames(thrown, type, name, value);
    }
    await turns();
    assert.equal(connections, 0);
  });
}

for (const [option, values, type, name = option] of ACCEPT) {
  test(`accept: ${type.name} for a bad ${name}`, async () => {
    for (const value of values) {
      const [ours] = memoryPair();
      const thrown = await accept(ours, { [option]: value }).catch((cause) => cause);
      assertNames(thrown, type, name, value);
      assert.equal(ours.readable.locked, false);
    }
  });
}

for (const [option, values, type, name = option] of SESSION) {
  test(`overTransport: ${type.name} for a bad ${name}`, () => {
    for (const value of values) {
      const [ours] = memoryPair();
      assert.throws(
        () => overTransport(ours, { role: 'client', [option]: value }),
        (thrown) => {
          assertNames(thrown, type, name, value);
          return true;
        },
      );
      assert.equal(ours.readable.locked, false);
    }
  });
}

test('overTransport needs a role', () => {
  for (const role of [undefined, 'peer', 5]) {
    assert.throws(() => overTransport(memoryPair()[0], { role }), {
      name: 'TypeError',
      message: /^role must be/,
    });
  }
});

test('options that are not an object throw a TypeError', async () => {
  for (const options of [null, 5, 'options']) {
    await assert.rejects(connect('ws://a/', options), {
      name: 'TypeError',
      message: /^options must be/,
    });
    await assert.rejects(accept(memoryPair()[0], options), {
      name: 'TypeError',
      message: /^options must be/,
    });
  }
});

test('a URL that is none, or of another scheme, throws a TypeError', async () => {
  for (const url of ['', 'chat', '/path', 'ftp://a/', 'file:///a', 'ws://', undefined, null, 5]) {
    await assert.rejects(connect(url), { name: 'TypeError', message: /^url must/ }, String(url));
  }
});

test('a transport whose streams are locked throws a TypeError', async () => {
  const [ours] = memoryPair();
  ours.writable.getWriter();
  await assert.rejects(connect('ws://a/', { transport: ours }), {
    name: 'TypeError',
    message: /locked/,
  });
});

test('what is undefined takes its default, and the bounds are allowed', () => {
  const [ours] = memoryPair();
  const session = overTransport(ours, {
    role: 'server',
    masking: undefined,
    maxFrameSize: Number.POSITIVE_INFINITY,
    maxMessageSize: 1,
    pingInterval: 0,
    pongTimeout: Number.POSITIVE_INFINITY,
    closeTimeout: 0,
    incoming: { highWaterMark: 1, maxFrames: Number.POSITIVE_INFINITY },
    outgoing: {},
    signal: undefined,
  });
  assert.deepEqual(
    [session.masking, session.maxFrameSize, session.pingInterval, session.pongTimeout],
    [false, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY],
  );
  session.terminate();
  const [other] = memoryPair();
  const plain = overTransport(other, { role: 'client' });
  assert.deepEqual(
    [plain.masking, plain.maxFrameSize, plain.pingInterval, plain.pongTimeout],
    [true, 16 << 20, 0, 15_000],
  );
  plain.terminate();
});

test('what is writable on a session is checked as its option is, and keeps its value', () => {
  const session = overTransport(memoryPair()[0], { role: 'client' });
  const writable = ['masking', 'maxFrameSize', 'pingInterval', 'pongTimeout'];
  for (const [option, values, type] of SESSION.filter(([name]) => writable.includes(name))) {
    const before = session[option];
    for (const value of values) {
      try {
        session[option] = value;
        assert.fail(`${option} took ${inspect(value)}`);
      } catch (thrown) {
        assertNames(thrown, type, option, value);
      }
    }
    assert.equal(session[option], before);
  }
  session.terminate();
});
