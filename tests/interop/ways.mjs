/** The ways to a session with a peer: as its client, or as its server over a socket or behind `node:http`. */

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { accept, connect } from '#framewire';
import { acceptUpgrade } from '#framewire/node';
import { deferred, tcpServer } from '../node/support.mjs';

/** The ways that a peer has, by name. */
export function waysOf(peer) {
  return peer.can.serve ? ['connect', 'accept', 'acceptUpgrade'] : ['accept', 'acceptUpgrade'];
}

/**
 * Opens a session; `far` is the peer's end of it, and `opened` what the peer said then.
 *
 *   session  options of the session
 *   ask      `protocols` and `headers` of the request, whoever makes it
 *   deflate  what the peer has for permessage-deflate
 *   answer   options of `accept` for the answer, where it is ours
 *   relayed  puts a TCP relay between, as `relay`, which can hold what the peer sends
 *   verb     what a peer that is a client does in place of `connect`
 */
export async function open(t, peer, way, options = {}) {
  return (await openAll(t, peer, way, 1, options))[0];
}

/** Opens many at once. */
export async function openAll(t, peer, way, count, options = {}) {
  const host =
    way === 'connect'
      ? undefined
      : await startHost(t, way, { ...options.session, ...options.answer });
  const one = async () => {
    const far = peer.connection();
    const { session, relay } = host
      ? await host.meet(t, far, options)
      : await dial(t, peer, far, options);
    t.after(() => session.terminate());
    return { session, far, relay, opened: await far.event('open') };
  };
  return Promise.all(Array.from({ length: count }, one));
}

async function dial(t, peer, far, { session: options, ask, deflate, relayed }) {
  const relay = relayed && (await startRelay(t, peer.port, 'back'));
  const query = deflate ? `?deflate=${encodeURIComponent(JSON.stringify(deflate))}` : '';
  const url = `ws://127.0.0.1:${relay?.port ?? peer.port}/${far.id}${query}`;
  return { session: await connect(url, { ...options, ...ask }), relay };
}

/** A server of ours, which tells clients apart by the path that they ask for. */
export async function startHost(t, way, options) {
  const expected = new Map();
  const refusals = deferred();
  const take = (accepted) =>
    accepted.then((session) => expected.get(session.url).resolve(session), refusals.resolve);
  const port = await (way === 'accept' ? listenTcp : listenHttp)(t, take, options);
  return {
    /** What the first refused client got. */
    refused: refusals.promise,
    url: ({ id }) => `ws://127.0.0.1:${port}/${id}`,
    /** Has a peer connect. */
    async meet(t, far, { ask = {}, deflate, relayed, verb = 'connect' }) {
      const relay = relayed && (await startRelay(t, port, 'forth'));
      const opened = deferred();
      expected.set(`/${far.id}`, opened);
      const url = `ws://127.0.0.1:${relay?.port ?? port}/${far.id}`;
      const { protocols = [], headers = {} } = ask;
      far.do(verb, { url, protocols, headers, deflate });
      return { session: await Promise.race([opened.promise, refusals.promise.then(raise)]), relay };
    },
  };
}

async function listenTcp(t, take, options) {
  const { port } = await tcpServer(t, (socket) => take(accept(Duplex.toWeb(socket), options)));
  return port;
}

async function listenHttp(t, take, options) {
  const server = createHttpServer();
  server.on('upgrade', (request, socket, head) => {
    take(acceptUpgrade(request, socket, head, options));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server.address().port;
}

/**
 * A TCP relay for one connection to a port. It can hold what goes to us, which is `forth`, to the port,
 * or `back`, from it.
 */
async function startRelay(t, port, direction) {
  const arrived = deferred();
  let held;
  const { port: own } = await tcpServer(t, (caller) => {
    const called = connectTcp(port, '127.0.0.1');
    t.after(() => called.destroy());
    const pass = (from, to, isHeld) => {
      from.on('data', (bytes) => {
        if (isHeld && held) {
          held.push(() => to.write(bytes));
          arrived.resolve();
        } else {
          to.write(bytes);
        }
      });
      from.on('end', () => (isHeld && held ? held.push(() => to.end()) : to.end()));
      from.on('error', () => to.destroy());
    };
    pass(caller, called, direction === 'forth');
    pass(called, caller, direction === 'back');
  });
  return {
    port: own,
    /** Holds what goes to us from now on. */
    hold() {
      held = [];
    },
    /** Settles when something is held. */
    arrived: arrived.promise,
    /** Lets go. */
    release() {
      const late = held;
      held = undefined;
      for (const pass of late) pass();
    },
  };
}

function raise(error) {
  throw error;
}
