/** What permessageDeflate can be told, and what of it the other end is told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { connect, HandshakeError, overTransport } from '#framewire';
import { permessageDeflate } from '#framewire/deflate';
import { compressed, deflated, handFed, NAME, offered, request } from './deflate-kit.mjs';
import { pair } from './extension-kit.mjs';
import { frame } from './raw.mjs';
import { acceptingServer, memoryPair, noise, tcpClient, tcpServer } from './support.mjs';

const NOT_BOOLEAN = [1, 'true', null, {}];
const NOT_NUMBER = ['9', null, {}, 9n, []];
const NOT_WHOLE = [1.5, Number.NaN, Number.NEGATIVE_INFINITY, -1];

const BAD = [
  ['clientMaxWindowBits', NOT_NUMBER, TypeError],
  ['clientMaxWindowBits', [...NOT_WHOLE, 0, 7, 9.5, 16, Number.POSITIVE_INFINITY], RangeError],
  ['serverMaxWindowBits', [...NOT_NUMBER, true, false], TypeError],
  ['serverMaxWindowBits', [...NOT_WHOLE, 0, 7, 9.5, 16, Number.POSITIVE_INFINITY], RangeError],
  ['clientNoContextTakeover', NOT_BOOLEAN, TypeError],
  ['serverNoContextTakeover', NOT_BOOLEAN, TypeError],
  ['level', [...NOT_NUMBER, true], TypeError],
  ['level', [...NOT_WHOLE, 10, Number.POSITIVE_INFINITY], RangeError],
  ['memLevel', [...NOT_NUMBER, true], TypeError],
  ['memLevel', [...NOT_WHOLE, 0, 10, Number.POSITIVE_INFINITY], RangeError],
  ['threshold', [...NOT_NUMBER, true], TypeError],
  ['threshold', [...NOT_WHOLE, 2 ** 53], RangeError],
  ['maxInflatedSize', [...NOT_NUMBER, true], TypeError],
  ['maxInflatedSize', [...NOT_WHOLE, 0, 2 ** 53], RangeError],
  ['compressIf', [true, 'yes', null, {}], TypeError],
];

for (const [name, values, Class] of BAD) {
  test(`${name}: ${Class.name} for a bad one`, () => {
    for (const value of values) {
      assert.throws(
        () => permessageDeflate({ [name]: value }),
        (error) => {
          assert.equal(error.constructor, Class, `${inspect(value)}: ${error}`);
          assert.match(error.message, new RegExp(`^${name} must be `));
          return true;
        },
      );
    }
  });
}

test('options that are not an object throw a TypeError', () => {
  for (const options of [null, 5, 'fast', true]) {
    assert.throws(() => permessageDeflate(options), TypeError);
  }
});

test('what is undefined takes its default, and the bounds are allowed', async (t) => {
  const unset = Object.fromEntries(BAD.map(([name]) => [name, undefined]));
  const without = pair(t, [permessageDeflate()]);
  const undefinedOnes = pair(t, [permessageDeflate(unset)]);
  for (const { client } of [without, undefinedOnes]) {
    assert.deepEqual(client.extensions, [{ name: NAME, parameters: {} }]);
  }
  for (const options of [
    { clientMaxWindowBits: 9, serverMaxWindowBits: 9, level: 0, memLevel: 1, threshold: 0 },
    { clientMaxWindowBits: 15, serverMaxWindowBits: 15, level: 9, memLevel: 9 },
    { threshold: Infinity, maxInflatedSize: Infinity },
    { maxInflatedSize: 1 },
    { clientMaxWindowBits: false, compressIf: () => true },
  ]) {
    const { client } = pair(t, [permessageDeflate(options)]);
    assert.equal(client.extension(NAME).name, NAME, inspect(options));
  }
});

const OFFERS = [
  ['nothing', {}, 'client_max_window_bits'],
  ['clientMaxWindowBits: false', { clientMaxWindowBits: false }, undefined],
  ['clientMaxWindowBits: 9', { clientMaxWindowBits: 9 }, 'client_max_window_bits=9'],
  ['clientMaxWindowBits: 15', { clientMaxWindowBits: 15 }, 'client_max_window_bits=15'],
  [
    'serverMaxWindowBits: 8',
    { serverMaxWindowBits: 8 },
    'server_max_window_bits=8; client_max_window_bits',
  ],
  ['serverMaxWindowBits: 15', { serverMaxWindowBits: 15 }, 'client_max_window_bits'],
  [
    'both takeovers given up',
    { clientNoContextTakeover: true, serverNoContextTakeover: true },
    'server_no_context_takeover; client_no_context_takeover; client_max_window_bits',
  ],
];

for (const [what, options, parameters] of OFFERS) {
  test(`a client with ${what} offers that`, async (t) => {
    const { header, opening } = await offered(t, options);
    assert.equal(header, [NAME, parameters].filter(Boolean).join('; '));
    // The server did without.
    const session = await opening;
    assert.deepEqual(session.extensions, []);
    assert.equal(session.extension(NAME), undefined);
  });
}

test('a client cannot compress with 8 bits: a RangeError, and no connection', async (t) => {
  let connections = 0;
  const { url } = await tcpServer(t, () => {
    connections += 1;
  });
  const extensions = [permessageDeflate({ clientMaxWindowBits: 8 })];
  await assert.rejects(connect(url, { extensions }), (error) => {
    assert.equal(error.constructor, RangeError);
    assert.match(error.message, /clientMaxWindowBits is 8/);
    return true;
  });
  assert.equal(connections, 0);
  const [transport] = memoryPair();
  assert.throws(() => overTransport(transport, { role: 'client', extensions }), RangeError);
  assert.equal(transport.readable.locked, false);
});

test('a server cannot compress with 8 bits: the upgrade is refused, and says why', async (t) => {
  const outcomes = [];
  const server = await acceptingServer(
    t,
    (accepted) => accepted.catch((error) => outcomes.push(error)),
    { extensions: [permessageDeflate({ serverMaxWindowBits: 8 })] },
  );
  const peer = await tcpClient(t, server.port);
  peer.write(request([NAME]));
  assert.match(await peer.head(), /^HTTP\/1\.1 500 /);
  assert.ok(outcomes[0] instanceof HandshakeError);
  assert.match(outcomes[0].message, /serverMaxWindowBits is 8/);
});

test('level: 0 stores, 9 makes less than 1', async (t) => {
  const sizes = {};
  const text = Array.from({ length: 2000 }, (_, index) => `${(index * 7919) % 1000} `).join('');
  for (const level of [0, 1, 9]) {
    const { session } = handFed(t, { deflate: { level } });
    await session.send(text);
    sizes[level] = session.stats().encoded.after;
  }
  assert.ok(sizes[0] > text.length);
  assert.ok(sizes[9] < sizes[1] && sizes[1] < text.length / 2, JSON.stringify(sizes));
});

test('memLevel: messages made with each are read', async (t) => {
  for (let memLevel = 1; memLevel <= 9; memLevel += 1) {
    const { client, server } = pair(t, [permessageDeflate({ memLevel })]);
    const bytes = Buffer.concat([noise(20_000, memLevel), noise(20_000, memLevel)]);
    await client.send(bytes);
    assert.ok(bytes.equals((await server.receive()).bytes), `memLevel ${memLevel}`);
  }
});

test('maxInflatedSize is the longest message taken, and maxMessageSize holds beside it', async (t) => {
  const payload = (length) => deflated(Buffer.alloc(length));
  for (const [deflate, maxMessageSize, most] of [
    [{ maxInflatedSize: 1000 }, undefined, 1000],
    [{ maxInflatedSize: 1000 }, 500, 500],
    [{ maxInflatedSize: 500 }, 1000, 500],
    [{}, 1000, 1000],
    [{ maxInflatedSize: 1 }, undefined, 1],
  ]) {
    const { session, give } = handFed(t, { deflate, maxMessageSize });
    give(compressed(payload(most), { opcode: 2 }), compressed(payload(most + 1), { opcode: 2 }));
    assert.equal((await session.receive()).bytes.length, most);
    const { code, error } = await session.closed;
    assert.deepEqual([code, error.code], [1009, 'ERR_MESSAGE_TOO_BIG']);
  }
});

test('maxInflatedSize leaves messages alone that are not compressed', async (t) => {
  const { session, give } = handFed(t, { deflate: { maxInflatedSize: 10 } });
  give(frame(2, Buffer.alloc(100)));
  assert.equal((await session.receive()).bytes.length, 100);
});

test('a compressIf that ends the session: what is sent rejects as after the end', async (t) => {
  for (const end of ['close', 'terminate']) {
    const { session } = handFed(t, {
      deflate: {
        threshold: 0,
        compressIf() {
          session[end]();
          return true;
        },
      },
    });
    await assert.rejects(session.send('too late'), {
      name: 'ClosedError',
      message: /clos|terminated/,
    });
  }
});
