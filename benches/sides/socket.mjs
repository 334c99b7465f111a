/** The bare socket beneath the sessions of Node. */

import { deferred } from '../support/payloads.mjs';
import { upgradedSocket } from '../support/upgrade.mjs';
import { bare } from './bare.mjs';

async function open(url) {
  const socket = await upgradedSocket(url);
  let drained;
  const pipe = {
    write(bytes) {
      if (socket.write(bytes)) return undefined;
      drained ??= deferred();
      return drained.promise;
    },
    close: () => socket.destroy(),
  };
  socket.on('drain', () => {
    drained?.resolve();
    drained = undefined;
  });
  socket.on('data', (chunk) => pipe.onData?.(chunk));
  socket.on('error', (error) => pipe.onError?.(error));
  return pipe;
}

/** The socket at each kind of work. */
export const socket = (params) => bare[params.work](() => open(params.url), params);
