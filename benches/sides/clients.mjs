/**
 * The clients that are compared, each behind the same face: `send(payload)` and `pressed()`, which is something to
 * wait for while too much is queued; messages go to `onMessage(data)`, text as a string, else bytes.
 */

import { WebSocket as Undici } from 'undici';
import { WebSocket } from 'ws';
import { connect } from '#framewire';
import { deferred } from '../support/payloads.mjs';

/** How much may be queued before a peer without back-pressure of its own is made to wait. */
const MARK = 1 << 20;

/** The extensions of a session: permessage-deflate, if the package has it. */
async function extensionsOf({ deflate }) {
  if (!deflate) return [];
  const { permessageDeflate } = await import('#framewire/deflate');
  return [permessageDeflate()];
}

function sessionClient(consume) {
  return async (url, params) => {
    const extensions = await extensionsOf(params);
    const session = await connect(url, {
      extensions,
      maxFrameSize: 1 << 28,
      maxMessageSize: 1 << 28,
    });
    const client = {
      session,
      isCompressed: session.extension('permessage-deflate') !== undefined,
      send: (payload) => session.send(payload),
      flush: () => session.flush(),
      close: () => session.terminate(),
    };
    consume(session, client).catch((error) => client.onError(error));
    return client;
  };
}

const dataOf = (frame) => (frame.type === 'text' ? frame.text : frame.bytes);

/** framewire, frame by frame; a send is awaited where its frame was received, as in the README. */
const framewire = sessionClient(async (session, client) => {
  for await (const frame of session) {
    const sent = client.onMessage(dataOf(frame));
    if (sent) await sent;
  }
});

/** framewire, by all frames at hand; the last send of a batch is awaited. */
const batches = sessionClient(async (session, client) => {
  for await (const frames of session.incoming.batches()) {
    let sent;
    for (const frame of frames) sent = client.onMessage(dataOf(frame)) ?? sent;
    if (sent) await sent;
  }
});

/** ws, with events. */
function ws(url, { deflate }) {
  return new Promise((resolve, reject) => {
    // Of the options of permessage-deflate, the threshold is said: by default ws leaves messages under 1 KiB as they are.
    const perMessageDeflate = deflate ? { threshold: 0 } : false;
    const socket = new WebSocket(url, {
      perMessageDeflate,
      allowSynchronousEvents: true,
      maxPayload: 1 << 28,
    });
    let drained;
    const noted = () => {
      if (drained && socket.bufferedAmount < MARK) {
        drained.resolve();
        drained = undefined;
      }
    };
    const client = {
      send(payload) {
        // To be called back costs something, and matters only where the mark is near.
        if (socket.bufferedAmount + payload.length < MARK) socket.send(payload);
        else socket.send(payload, noted);
        if (socket.bufferedAmount < MARK) return undefined;
        drained ??= deferred();
        return drained.promise;
      },
      close: () => socket.terminate(),
    };
    socket.on('message', (data, isBinary) => client.onMessage(isBinary ? data : data.toString()));
    socket.once('open', () => {
      client.isCompressed = socket.extensions.includes('permessage-deflate');
      resolve(client);
    });
    socket.on('error', (error) => (client.onError ?? reject)(error));
  });
}

/** undici's WebSocket, with events. */
function undici(url) {
  return new Promise((resolve, reject) => {
    const socket = new Undici(url);
    socket.binaryType = 'arraybuffer';
    const client = {
      send(payload) {
        socket.send(payload);
        return socket.bufferedAmount < MARK ? undefined : drained();
      },
      close: () => socket.close(),
    };
    // It tells nobody when it has drained, so it is asked once a turn of the loop.
    const drained = async () => {
      while (socket.bufferedAmount >= MARK) await new Promise(setImmediate);
    };
    socket.addEventListener('message', ({ data }) => {
      client.onMessage(typeof data === 'string' ? data : new Uint8Array(data));
    });
    socket.addEventListener('open', () => resolve(client));
    socket.addEventListener('error', ({ error }) => (client.onError ?? reject)(error));
  });
}

/** The clients by name. */
export const clients = { framewire, batches, ws, undici };
