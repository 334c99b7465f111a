/** permessage-deflate: each combination of its parameters, with messages of many kinds. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permessageDeflate } from '#framewire/deflate';
import { assertBytes, noise } from '../node/support.mjs';
import { TIMEOUT } from './grid.mjs';
import { hex } from './peer.mjs';
import { open } from './ways.mjs';

const NAME = 'permessage-deflate';
const TAKEOVERS = [false, true].flatMap((serverNoContextTakeover) =>
  [false, true].map((clientNoContextTakeover) => ({
    serverNoContextTakeover,
    clientNoContextTakeover,
  })),
);

/** What a client may offer. A client's window that is false is not offered, true stands for no value. */
const OFFERED = {
  serverMaxWindowBits: [undefined, 8, 9, 12, 15],
  clientMaxWindowBits: [false, true, 8, 9, 15],
};
/** What a server may have. */
const SERVED = {
  serverMaxWindowBits: [undefined, 9, 12, 15],
  clientMaxWindowBits: [undefined, 8, 9, 12, 15],
};

/** What an end has that was told nothing. */
const ANY = { serverNoContextTakeover: false, clientNoContextTakeover: false };

function combinations(takeovers, { serverMaxWindowBits, clientMaxWindowBits }) {
  return serverMaxWindowBits.flatMap((server) =>
    clientMaxWindowBits.map((client) => ({
      ...takeovers,
      ...(server && { serverMaxWindowBits: server }),
      ...(client !== undefined && { clientMaxWindowBits: client }),
    })),
  );
}

/**
 * What holds between a client and a server with these settings (RFC 7692 §7.1). Nothing where the server
 * cannot compress with 8 bits, or could not tell the client of a limit.
 */
function expected(client, server, serverHasEight) {
  const hint = client.clientMaxWindowBits;
  if (client.serverMaxWindowBits === 8 && !serverHasEight) return undefined;
  if (!hint && server.clientMaxWindowBits < 15) return undefined;
  return {
    serverNoContextTakeover: client.serverNoContextTakeover || server.serverNoContextTakeover,
    clientNoContextTakeover: client.clientNoContextTakeover || server.clientNoContextTakeover,
    serverMaxWindowBits: Math.min(
      client.serverMaxWindowBits ?? 15,
      server.serverMaxWindowBits ?? 15,
    ),
    clientMaxWindowBits: hint
      ? Math.min(hint === true ? 15 : hint, server.clientMaxWindowBits ?? 15)
      : 15,
  };
}

/** What holds by the parameters of an answer and the client's hint, which holds without an answer too. */
function holding(parameters, client) {
  const hint = client.clientMaxWindowBits;
  const most = typeof hint === 'number' ? hint : 15;
  return {
    serverNoContextTakeover: parameters.server_no_context_takeover === true,
    clientNoContextTakeover: parameters.client_no_context_takeover === true,
    serverMaxWindowBits: Number(parameters.server_max_window_bits ?? 15),
    clientMaxWindowBits: Number(parameters.client_max_window_bits ?? most),
  };
}

const JSON_TEXT = JSON.stringify(
  Array.from({ length: 120 }, (_, id) => ({
    id,
    name: `name ${id}`,
    tags: ['a', 'b', 'é'],
    id2: id,
  })),
).slice(0, 10 << 10);

/** Bytes that come again after so many: within reach of some windows and not of others. */
const again = (distance) => Buffer.concat([noise(distance, distance), noise(distance, distance)]);

const MESSAGES = [
  'short',
  JSON_TEXT,
  '',
  noise(2000),
  JSON_TEXT,
  again(600),
  again(5000),
  Buffer.alloc(0),
  again(20_000),
  again(5000),
];

/** A mebibyte, of what compresses and of what does not. */
const LARGE = [JSON_TEXT.repeat(110).slice(0, 1 << 20), noise(1 << 20, 9)];

/** Sends messages all at once, and checks what comes back. */
async function converse(session, messages) {
  const sending = messages.map((message, at) =>
    session.send(message, at % 4 === 3 ? { compress: false } : {}),
  );
  for (const message of messages) {
    const frame = await session.receive();
    assert.equal(frame.type, typeof message === 'string' ? 'text' : 'binary');
    assertBytes(frame.bytes, Buffer.from(message));
  }
  await Promise.all(sending);
}

/** Tries one combination. `client` and `server` are the settings of each end. */
async function tryOut(t, peer, way, { client, server, index, isLarge }) {
  const [ours, theirs] = way === 'connect' ? [client, server] : [server, client];
  const { session, far, opened } = await open(t, peer, way, {
    session: {
      extensions: [permessageDeflate({ ...ours, threshold: 0 })],
      fragmentSize: index % 2 ? 777 : 0,
    },
    ...(peer.can.deflate && { deflate: theirs }),
  });
  const { parameters } = session.extension(NAME) ?? {};
  const wanted = expected(client, server, peer.can.eight && way === 'connect');
  assert.deepEqual(parameters && holding(parameters, client), wanted);
  if (peer.can.deflate) assert.deepEqual(opened.agreed ?? undefined, wanted);
  else if (peer.can.parameters) assert.deepEqual(parsed(opened.extensions), parameters);
  else assert.equal(opened.extensions, parameters ? NAME : '');

  await converse(session, MESSAGES);
  if (peer.can.fragments) {
    const parts = [JSON_TEXT.slice(0, 5000), '', JSON_TEXT.slice(5000)];
    far.do('fragments', { kind: 'text', parts: parts.map(hex) });
    assert.equal((await session.receive()).text, JSON_TEXT);
  }
  // They take their time: one combination of each test has them, each time another.
  if (isLarge) await converse(session, LARGE);

  const { encoded, decoded } = session.stats();
  if (wanted) assert.ok(encoded.after < encoded.before && decoded.after > decoded.before);
  assert.equal((await session.close()).code, 1000);
  assert.equal((await far.event('close')).code, 1000);
}

/** The parameters in what a browser tells of its extensions; none if there are none. */
function parsed(extensions) {
  const [name, ...parameters] = extensions.split(/ *; */);
  if (name !== NAME) return undefined;
  const pairs = parameters.map((parameter) => {
    const [key, value = true] = parameter.split('=');
    return [key, value];
  });
  return Object.fromEntries(pairs);
}

/** Makes the tests of a peer: what each end can say, the other saying nothing. */
export function deflation(peer) {
  for (const way of peer.can.serve ? ['connect', 'accept'] : ['accept']) {
    const weOffer = way === 'connect';
    // 8 bits are never what one compresses with, unless the peer takes them for 9.
    const takesEight = !weOffer && (peer.can.eight || !peer.can.windows);
    const anyClient = { ...ANY, clientMaxWindowBits: weOffer || peer.can.windows };
    const isLegal = ({ clientMaxWindowBits }) => clientMaxWindowBits !== 8 || takesEight;
    const kinds = {
      ...((weOffer || peer.can.deflate) && { 'the client offers': OFFERED }),
      'the server has': SERVED,
    };
    for (const [who, table] of Object.entries(kinds)) {
      for (const [number, takeovers] of TAKEOVERS.entries()) {
        const given = Object.keys(takeovers).filter((name) => takeovers[name]);
        const name = `${who} ${['every window', ...given].join(', ')}`;
        test(`${peer.name}, ${way}, permessage-deflate: ${name}`, { timeout: TIMEOUT }, (t) =>
          Promise.all(
            combinations(takeovers, table)
              .filter((settings) => isLegal(settings))
              .map(async (settings, index) => {
                const client = table === OFFERED ? settings : anyClient;
                const server = table === OFFERED ? ANY : settings;
                try {
                  await tryOut(t, peer, way, {
                    client,
                    server,
                    index,
                    isLarge: index === 5 * number,
                  });
                } catch (error) {
                  error.message += `\nfor ${JSON.stringify({ client, server })}`;
                  throw error;
                }
              }),
          ),
        );
      }
    }
  }
}
