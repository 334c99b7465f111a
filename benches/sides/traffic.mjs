/** The work of `work.mjs` by the clients of Node, one function for each. */

import { clients } from './clients.mjs';
import { listOf } from './corpus.mjs';
import { work } from './work.mjs';

const by = (name) => async (params) => {
  const open = async () => {
    const client = await clients[name](params.url, params);
    if (params.deflate && !client.isCompressed) throw new Error(`${name} does not compress`);
    return client;
  };
  return work[params.work](open, await listOf(params), params);
};

export const framewire = by('framewire');
export const batches = by('batches');
export const ws = by('ws');
export const undici = by('undici');
