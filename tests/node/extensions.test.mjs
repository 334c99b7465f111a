/** Extensions: what is offered, answered and refused, and who owns which bit. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frame, HandshakeError, overTransport, ProtocolError } from '#framewire';
import { custom, marking, offered, pair, request } from './extension-kit.mjs';
import {
  acceptingServer,
  heldTransport,
  memoryPair,
  open,
  tcpClient,
  tcpServer,
  webSocketServer,
} from './support.mjs';

/** Our server's answer to these offers: its extensions as on the wire, or none. */
async function answered(t, extensions, offers) {
  const server = await acceptingServer(t, () => {}, { extensions });
  const peer = await tcpClient(t, server.port);
  peer.write(request(offers));
  return /^sec-websocket-extensions: (.*)$/im.exec(await peer.head())?.[1];
}

test('both ends agree, and know on what', async (t) => {
  const log = [];
  const serverLog = [];
  let session;
  const server = await acceptingServer(
    t,
    async (accepted) => {
      session = await accepted;
      for await (const frame of session) await session.send(frame);
    },
    { extensions: [marking('x-mark', 1, { log: serverLog })] },
  );
  const parameters = { level: '9', fast: true };
  const client = await open(t, server.url, {
    extensions: [marking('x-mark', 1, { log, parameters })],
  });
  assert.deepEqual(client.extensions, [{ name: 'x-mark', parameters }]);
  assert.deepEqual(client.extension('x-mark'), client.extensions[0]);
  assert.equal(client.extension('x-other'), undefined);
  assert.ok(Object.isFrozen(client.extensions));
  await client.send('through both');
  assert.equal((await client.receive()).text, 'through both');
  assert.deepEqual(session.extensions, client.extensions);
  await client.close();
  await session.closed;
  assert.deepEqual(log, [
    ['x-mark', 'accepts', parameters],
    'x-mark encodes',
    'x-mark decodes',
    'x-mark closes',
  ]);
  assert.deepEqual(serverLog[0], ['x-mark', 'answers', [parameters]]);
});

test('several sets of parameters are offered in order', async (t) => {
  const extension = {
    ...marking('x-mark', 1),
    offer: () => [{ a: '1', b: true }, {}],
  };
  const { header, opening } = await offered(t, [extension, marking('x-next')], []);
  assert.equal(header, 'x-mark; a=1; b, x-mark, x-next');
  assert.deepEqual((await opening).extensions, []);
});

test('parameters in quotes are read without them', async (t) => {
  const log = [];
  const { opening } = await offered(
    t,
    [marking('x-mark', 1, { log })],
    ['x-mark; a="1"; b="t\\o"'],
  );
  await opening;
  assert.deepEqual(log, [['x-mark', 'accepts', { a: '1', b: 'to' }]]);
  const serverLog = [];
  const extensions = [marking('x-mark', 1, { log: serverLog })];
  assert.equal(await answered(t, extensions, ['x-mark; a="1"', 'x-mark; b']), 'x-mark; a=1');
  assert.deepEqual(serverLog, [['x-mark', 'answers', [{ a: '1' }, { b: true }]]]);
});

test('a server declines what it does not know, and what its extension declines', async (t) => {
  assert.equal(await answered(t, [marking('x-mark', 1)], ['x-other, x-mark; a']), 'x-mark; a');
  assert.equal(await answered(t, [], ['x-other']), undefined);
  const declining = { ...marking('x-mark', 1), answer: () => undefined };
  assert.equal(await answered(t, [declining], ['x-mark']), undefined);
});

test('a server declines an offer with a parameter twice', async (t) => {
  assert.equal(await answered(t, [marking('x-mark', 1)], ['x-mark; a; a=1']), undefined);
  assert.equal(await answered(t, [marking('x-mark', 1)], ['x-mark; a; a=1, x-mark']), 'x-mark');
});

test('a server agrees to one of two extensions that own the same bit', async (t) => {
  const extensions = [marking('x-a', 1), marking('x-b', 1), marking('x-c', 2)];
  assert.equal(await answered(t, extensions, ['x-b, x-a, x-c']), 'x-b, x-c');
});

test('a client refuses an answer with two extensions that own the same bit', async (t) => {
  const { opening } = await offered(t, [marking('x-a', 1), marking('x-b', 1)], ['x-a', 'x-b']);
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof HandshakeError);
    assert.match(error.message, /x-a and x-b, which own the same RSV bit/);
    assert.equal(error.status, 101);
    return true;
  });
});

for (const [what, answer, message] of [
  ['was not offered', 'x-other', /x-other.*not offered/],
  ['stands there twice', 'x-mark, x-mark', /twice/],
  ['has a parameter twice', 'x-mark; a; a', /parameter twice/],
  ['is malformed', 'x-mark; =', /token/],
  ['its extension refuses', 'x-mark; bad', /x-mark cannot be accepted: no bad/],
]) {
  test(`a client refuses an answer that ${what}`, async (t) => {
    const extension = {
      ...marking('x-mark', 1),
      accept(parameters) {
        if (parameters.bad) throw new Error('no bad');
        return {};
      },
    };
    const { opening } = await offered(t, [extension], [answer]);
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof HandshakeError);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('a server whose extension throws answers 500', async (t) => {
  const extension = {
    ...marking('x-mark', 1),
    answer() {
      throw new Error('out of order');
    },
  };
  const outcomes = [];
  const server = await acceptingServer(
    t,
    (accepted) => accepted.catch((error) => outcomes.push(error)),
    {
      extensions: [extension],
    },
  );
  const peer = await tcpClient(t, server.port);
  peer.write(request(['x-mark']));
  assert.match(await peer.head(), /^HTTP\/1\.1 500 /);
  assert.ok(outcomes[0] instanceof HandshakeError);
  assert.match(outcomes[0].message, /out of order/);
});

test('a foreign server that knows none of it is spoken to without', async (t) => {
  const { url } = await webSocketServer(t, (peer) =>
    peer.on('message', (data) => peer.send(`${data}`)),
  );
  const session = await open(t, url, { extensions: [marking('x-mark', 1)] });
  assert.deepEqual(session.extensions, []);
  await session.send('plain');
  assert.equal((await session.receive()).text, 'plain');
});

test('a bit that no extension owns is refused', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, {
    role: 'client',
    extensions: [marking('x-mark', 2)],
  });
  t.after(() => session.terminate());
  held.give(new Uint8Array([0xc2, 1, 0]));
  const { error, code } = await closedAfter(held, session);
  assert.ok(error instanceof ProtocolError);
  assert.equal(code, 1002);
});

for (const [what, bytes] of [
  ['a continuation', [0x22, 1, 0x61, 0xa0, 1, 0x62]],
  ['a control frame', [0xa9, 0]],
]) {
  test(`an owned bit on ${what} is refused`, async (t) => {
    const held = heldTransport();
    const session = overTransport(held.transport, {
      role: 'client',
      extensions: [marking('x-mark', 2)],
    });
    t.after(() => session.terminate());
    held.give(new Uint8Array(bytes));
    const { error } = await closedAfter(held, session);
    assert.ok(error instanceof ProtocolError);
  });
}

/** How a session ended after its Close was written. */
async function closedAfter(held, session) {
  (await held.write(0)).accept();
  return session.closed;
}

test('bits set by hand are sent where they are owned, and refused elsewhere', async (t) => {
  const { client, server } = pair(t, [custom({})], { raw: true });
  await client.send(Frame.binary(new Uint8Array([1]), { rsv1: true }));
  const frame = await server.receive();
  assert.deepEqual([frame.rsv1, frame.rsv2, frame.rsv3], [true, false, false]);
  await assert.rejects(client.send(Frame.text('x', { rsv2: true })), TypeError);
  await client.send('still open');
  assert.equal((await server.receive()).text, 'still open');
});

test('a raw session sees coded frames as they came', async (t) => {
  const [ours, theirs] = memoryPair();
  const extensions = [marking('x-mark', 3)];
  const client = overTransport(ours, { role: 'client', extensions });
  const server = overTransport(theirs, { role: 'server', extensions, raw: true });
  t.after(() => {
    client.terminate();
    server.terminate();
  });
  await client.send('text');
  const frame = await server.receive();
  assert.equal(frame.rsv3, true);
  assert.equal(new TextDecoder().decode(frame.bytes), 'x-marktext');
});

for (const [what, extensions, message] of [
  ['that are no array', marking('x', 1), /must be an array/],
  ['without a name', [{ ...marking('x', 1), name: '' }], /must have a name/],
  ['with a name twice', [marking('x', 1), marking('x', 2)], /x is there twice/],
  [
    'without their functions',
    [{ name: 'x' }],
    /x must have the functions offer, accept and answer/,
  ],
  ['with other bits', [{ ...marking('x', 1), rsv: [4] }], /rsv of x/],
  [
    'that share a bit, without an upgrade',
    [marking('a', 1), marking('b', 1)],
    /a and b own the same/,
  ],
]) {
  test(`extensions ${what} are refused before the transport is touched`, () => {
    const [transport] = memoryPair();
    assert.throws(
      () => overTransport(transport, { role: 'client', extensions }),
      (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, message);
        return true;
      },
    );
    assert.equal(transport.readable.locked, false);
  });
}

test('a name or parameter that is no token is refused before a connection is made', async (t) => {
  let connections = 0;
  const { url } = await tcpServer(t, () => {
    connections += 1;
  });
  for (const extension of [
    { ...marking('a b', 1) },
    { ...marking('x', 1), offer: () => ({ 'a,b': true }) },
    { ...marking('x', 1), offer: () => ({ a: '1, x-evil' }) },
    { ...marking('x', 1), offer: () => ({ a: '' }) },
    { ...marking('x', 1), offer: () => ({ a: 5 }) },
  ]) {
    await assert.rejects(open(t, url, { extensions: [extension] }), TypeError);
  }
  assert.equal(connections, 0);
});
