/** What the two ends agree on, over real sockets: answers that are taken or refused, and offers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandshakeError } from '#framewire';
import { permessageDeflate } from '#framewire/deflate';
import { NAME, offered, request } from './deflate-kit.mjs';
import { acceptingServer, answeringServer, open, switching, tcpClient } from './support.mjs';

const header = (parameters) => [NAME, ...parameters].join('; ');

/** What a client with these options takes as an answer. */
const TAKEN = [
  [{}, [], {}],
  [{}, ['server_no_context_takeover'], { server_no_context_takeover: true }],
  [{}, ['client_no_context_takeover'], { client_no_context_takeover: true }],
  [{}, ['server_max_window_bits=8'], { server_max_window_bits: '8' }],
  [{}, ['server_max_window_bits="10"'], { server_max_window_bits: '10' }],
  [{}, ['client_max_window_bits=9'], { client_max_window_bits: '9' }],
  [{ clientMaxWindowBits: 10 }, ['client_max_window_bits=12'], { client_max_window_bits: '12' }],
  [{ clientMaxWindowBits: false }, [], {}],
  [{ serverMaxWindowBits: 10 }, ['server_max_window_bits=9'], { server_max_window_bits: '9' }],
  [
    { serverNoContextTakeover: true },
    ['server_no_context_takeover', 'server_max_window_bits=15'],
    { server_no_context_takeover: true, server_max_window_bits: '15' },
  ],
];

for (const [options, answer, parameters] of TAKEN) {
  test(`a client with ${JSON.stringify(options)} takes the answer ${header(answer)}`, async (t) => {
    const session = await (await offered(t, options, [header(answer)])).opening;
    assert.deepEqual(session.extensions, [{ name: NAME, parameters }]);
  });
}

/** What it refuses, and what the error names. */
const REFUSED = [
  ['an unknown parameter', {}, ['x_unknown'], /x_unknown/],
  ['a parameter twice', {}, ['client_no_context_takeover', 'client_no_context_takeover'], /twice/],
  ['a value too large', {}, ['server_max_window_bits=16'], /server_max_window_bits/],
  ['a value too small', {}, ['client_max_window_bits=7'], /client_max_window_bits/],
  ['a leading zero', {}, ['server_max_window_bits=09'], /server_max_window_bits/],
  ['a value that is no number', {}, ['server_max_window_bits=ten'], /server_max_window_bits/],
  ['no value where one must be', {}, ['server_max_window_bits'], /server_max_window_bits/],
  ["the client's bits without a value", {}, ['client_max_window_bits'], /client_max_window_bits/],
  ['a value where none may be', {}, ['server_no_context_takeover=1'], /server_no_context_takeover/],
  [
    "the client's bits, which were not offered",
    { clientMaxWindowBits: false },
    ['client_max_window_bits=10'],
    /client_max_window_bits.*not offered/,
  ],
  [
    'a window larger than was offered',
    { serverMaxWindowBits: 10 },
    ['server_max_window_bits=11'],
    /server_max_window_bits/,
  ],
  ['no window where one was offered', { serverMaxWindowBits: 10 }, [], /server_max_window_bits/],
  [
    'a takeover that was to be given up',
    { serverNoContextTakeover: true },
    [],
    /server_no_context_takeover/,
  ],
  ['8 bits to compress with', {}, ['client_max_window_bits=8'], /client_max_window_bits/],
];

for (const [what, options, answer, message] of REFUSED) {
  test(`a client refuses an answer with ${what}`, async (t) => {
    const { opening } = await offered(t, options, [header(answer)]);
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof HandshakeError);
      assert.match(error.message, message);
      assert.equal(error.status, 101);
      return true;
    });
  });
}

test('a client refuses an answer that has it twice', async (t) => {
  const { opening } = await offered(t, {}, [`${NAME}, ${NAME}`]);
  await assert.rejects(opening, HandshakeError);
});

test('a client that did not offer it refuses it', async (t) => {
  const { url } = await answeringServer(t, (socket, head) =>
    socket.write(switching(head, [`Sec-WebSocket-Extensions: ${NAME}`])),
  );
  await assert.rejects(open(t, url), HandshakeError);
});

/** What a server with these options answers to offers: parameters, or nothing. */
const ANSWERS = [
  [{}, [''], []],
  [{}, ['client_max_window_bits'], []],
  [{}, ['client_max_window_bits=10'], []],
  [{}, ['server_max_window_bits=10'], ['server_max_window_bits=10']],
  [{}, ['server_max_window_bits="10"'], ['server_max_window_bits=10']],
  [
    {},
    ['server_no_context_takeover; client_no_context_takeover'],
    ['server_no_context_takeover', 'client_no_context_takeover'],
  ],
  [{ clientMaxWindowBits: 9 }, ['client_max_window_bits'], ['client_max_window_bits=9']],
  [{ clientMaxWindowBits: 12 }, ['client_max_window_bits=10'], ['client_max_window_bits=10']],
  [{ clientMaxWindowBits: 8 }, ['client_max_window_bits'], ['client_max_window_bits=8']],
  [{ serverMaxWindowBits: 9 }, [''], ['server_max_window_bits=9']],
  [{ serverMaxWindowBits: 9 }, ['server_max_window_bits=12'], ['server_max_window_bits=9']],
  [
    { serverNoContextTakeover: true, clientNoContextTakeover: true },
    [''],
    ['server_no_context_takeover', 'client_no_context_takeover'],
  ],
  // The first that it supports, whatever it has declined before.
  [{}, ['x_unknown', 'server_max_window_bits=11', ''], ['server_max_window_bits=11']],
  [{}, ['server_max_window_bits=8', ''], []],
  // What may not be offered, or not be granted, is declined.
  [{}, ['x_unknown'], undefined],
  [{}, ['server_max_window_bits'], undefined],
  [{}, ['server_max_window_bits=16'], undefined],
  [{}, ['server_max_window_bits=8'], undefined],
  [{}, ['client_max_window_bits=7'], undefined],
  [{}, ['client_max_window_bits=010'], undefined],
  [{}, ['server_no_context_takeover=yes'], undefined],
  [{}, ['client_no_context_takeover; client_no_context_takeover'], undefined],
  [{ clientMaxWindowBits: 10 }, [''], undefined],
];

for (const [options, offers, answer] of ANSWERS) {
  const told = answer ? `"${answer.join('; ')}"` : 'nothing';
  const asked = offers.map((offer) => `"${offer}"`).join(', ');
  test(`a server with ${JSON.stringify(options)} answers ${told} to ${asked}`, async (t) => {
    const sessions = [];
    const server = await acceptingServer(t, async (accepted) => sessions.push(await accepted), {
      extensions: [permessageDeflate(options)],
    });
    // Offers in one header, and each in its own.
    const list = offers.map((offer) => header(offer ? [offer] : []));
    for (const lines of [[list.join(', ')], list]) {
      const peer = await tcpClient(t, server.port);
      peer.write(request(lines));
      const head = await peer.head();
      assert.match(head, /^HTTP\/1\.1 101 /);
      const line = /^sec-websocket-extensions: (.*)$/im.exec(head)?.[1];
      assert.equal(line, answer && header(answer));
    }
    for (const { extensions } of sessions) assert.equal(extensions.length, answer ? 1 : 0);
  });
}
