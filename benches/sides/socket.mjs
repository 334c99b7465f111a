/** The bare socket beneath the sessions: the same bytes, framed before, to the same server. It counts bytes only. */

import { frame } from '../support/frames.mjs';
import { deferred, payloads, TURNS } from '../support/payloads.mjs';
import { upgradedSocket } from '../support/upgrade.mjs';

const KEY = [0x37, 0xfa, 0x21, 0x3d];
/** How much is written at once where that is free. */
const PIECE = 64 * 1024;

/** Frames of all payloads in turns, as one piece to cut writes from. */
function ring({ size, kind }) {
  const all = payloads(size, kind).map((payload) => frame(payload, KEY));
  const length = all[0].length;
  const turns = Math.max(1, Math.ceil(PIECE / (length * TURNS)));
  const bytes = Buffer.concat(Array(turns).fill(Buffer.concat(all)));
  return { bytes, length, frames: turns * TURNS };
}

/** Writes so many frames, from the place in the ring where the last write ended. */
function writer(socket, { bytes, length, frames }) {
  let at = 0;
  return (count) => {
    let left = count;
    let isFree = true;
    while (left > 0) {
      const now = Math.min(left, frames - at);
      isFree = socket.write(bytes.subarray(at * length, (at + now) * length));
      at = (at + now) % frames;
      left -= now;
    }
    return isFree;
  };
}

async function echo(params) {
  const { url, size, kind, sessions, window } = params;
  const cut = ring(params);
  const reply = frame(payloads(size, kind)[0]).length;
  const sockets = [];
  for (let index = 0; index < sessions; index += 1) sockets.push(await upgradedSocket(url));
  const lane = (socket, count) => {
    const done = deferred();
    const write = writer(socket, cut);
    let sent = Math.min(window, count);
    let bytes = 0;
    const take = (chunk) => {
      bytes += chunk.length;
      const received = Math.floor(bytes / reply);
      const next = Math.min(count, received + window) - sent;
      if (next > 0) {
        write(next);
        sent += next;
      }
      if (bytes < count * reply) return;
      socket.off('data', take);
      if (bytes === count * reply) done.resolve();
      else done.reject(new Error(`${bytes} bytes came back`));
    };
    socket.on('data', take);
    socket.on('error', done.reject);
    write(sent);
    return done.promise;
  };
  return {
    async run(count) {
      const each = Math.ceil(count / sessions);
      await Promise.all(sockets.map((socket) => lane(socket, each)));
      return { done: each * sessions };
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads until so many bytes have come. */
function reading(socket, length) {
  const done = deferred();
  let bytes = 0;
  const take = (chunk) => {
    bytes += chunk.length;
    if (bytes < length) return;
    socket.off('data', take);
    done.resolve();
  };
  socket.on('data', take);
  return done.promise;
}

async function floodIn(params) {
  const socket = await upgradedSocket(params.url);
  const list = payloads(params.size);
  for (const payload of list) socket.write(frame(payload, KEY));
  const length = frame(list[0]).length;
  return {
    async run(count) {
      const all = reading(socket, count * length);
      socket.write(frame(String(count), KEY));
      await all;
    },
    close: () => socket.destroy(),
  };
}

async function floodOut(params) {
  const socket = await upgradedSocket(params.url);
  const cut = ring(params);
  return {
    async run(count) {
      const write = writer(socket, cut);
      const step = Math.max(1, Math.floor(PIECE / cut.length));
      const answer = new Promise((resolve) => socket.once('data', resolve));
      for (let left = count; left > 0; left -= step) {
        if (!write(Math.min(step, left)))
          await new Promise((resolve) => socket.once('drain', resolve));
      }
      socket.write(frame('report', KEY));
      const { messages, bytes } = JSON.parse(`${(await answer).subarray(2)}`.replace(/^[^{]*/, ''));
      if (messages !== count || bytes !== count * params.size) {
        throw new Error(`the server counted ${messages} messages, ${bytes} bytes`);
      }
    },
    close: () => socket.destroy(),
  };
}

async function roundTrip(params) {
  const socket = await upgradedSocket(params.url);
  const out = frame(payloads(params.size)[0], KEY);
  const reply = frame(payloads(params.size)[0]).length;
  return {
    async run(count) {
      const times = new Float64Array(count);
      for (let index = 0; index < count; index += 1) {
        const begin = performance.now();
        const back = reading(socket, reply);
        socket.write(out);
        await back;
        times[index] = performance.now() - begin;
      }
      times.sort();
      return { metrics: { median: times[count >> 1], p99: times[Math.floor(count * 0.99)] } };
    },
    close: () => socket.destroy(),
  };
}

const work = { echo, floodIn, floodOut, roundTrip };

/** The socket at each kind of work. */
export const socket = (params) => work[params.work](params);
