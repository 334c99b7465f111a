/**
 * The same work beneath a session: frames that were masked before go down a bare pipe to the same server, and what
 * comes back is only counted. A pipe has `write(bytes)`, which gives something to wait for while too much is queued,
 * and `close()`; chunks go to its `onData`. Runs in Node and in a page.
 */

import { frame } from '../support/frames.mjs';
import { bytesOf, deferred, payloads, TURNS } from '../support/payloads.mjs';
import { timesOf } from './work.mjs';

const KEY = [0x37, 0xfa, 0x21, 0x3d];
/** How much is written at once where that is free. */
const PIECE = 64 * 1024;

/** Frames of all payloads in turns, as one piece to cut writes from. */
function ring({ size, kind }) {
  const all = payloads(size, kind).map((payload) => frame(payload, KEY));
  const { length } = all[0];
  const turns = Math.max(1, Math.ceil(PIECE / (length * TURNS)));
  const bytes = new Uint8Array(length * turns * TURNS);
  for (let at = 0; at < turns * TURNS; at += 1) bytes.set(all[at % TURNS], at * length);
  return { bytes, length, frames: turns * TURNS };
}

/** Writes so many frames, from the place in the ring where the last write ended. */
function writer(pipe, { bytes, length, frames }) {
  let at = 0;
  return (count) => {
    let left = count;
    let pressed;
    while (left > 0) {
      const now = Math.min(left, frames - at);
      pressed = pipe.write(bytes.subarray(at * length, (at + now) * length));
      at = (at + now) % frames;
      left -= now;
    }
    return pressed;
  };
}

/** Waits until so many bytes have come; `some` is told how many so far. */
function reading(pipe, length, some) {
  const done = deferred();
  let bytes = 0;
  pipe.onError = done.reject;
  pipe.onData = (chunk) => {
    bytes += chunk.length;
    some?.(bytes);
    if (bytes === length) done.resolve();
    else if (bytes > length) done.reject(new Error(`${bytes} bytes came back, not ${length}`));
  };
  return done.promise;
}

/** Work on one pipe or more at the same time: `runLane(pipe, count)` does a pipe's part of it. */
async function lanesOf(open, { sessions = 1 }, runLane, ready = () => {}) {
  const pipes = [];
  for (let index = 0; index < sessions; index += 1) {
    const pipe = await open();
    ready(pipe);
    pipes.push(pipe);
  }
  return {
    async run(count) {
      const each = Math.ceil(count / sessions);
      const parts = await Promise.all(pipes.map((pipe) => runLane(pipe, each)));
      return { done: each * sessions, parts };
    },
    close() {
      for (const pipe of pipes) pipe.close();
    },
  };
}

function echo(open, params) {
  const { size, kind, window } = params;
  const cut = ring(params);
  const reply = frame(payloads(size, kind)[0]).length;
  return lanesOf(open, params, (pipe, count) => {
    const write = writer(pipe, cut);
    let sent = Math.min(window, count);
    const all = reading(pipe, count * reply, (bytes) => {
      const next = Math.min(count, Math.floor(bytes / reply) + window) - sent;
      if (next <= 0) return;
      sent += next;
      write(next);
    });
    write(sent);
    return all;
  });
}

function floodIn(open, params) {
  const list = payloads(params.size, params.kind).map(bytesOf);
  const { length } = frame(list[0]);
  const tell = (pipe) => {
    for (const payload of list) pipe.write(frame(payload, KEY));
  };
  const lane = (pipe, count) => {
    const all = reading(pipe, count * length);
    pipe.write(frame(String(count), KEY));
    return all;
  };
  return lanesOf(open, params, lane, tell);
}

function floodOut(open, params) {
  const cut = ring(params);
  const step = Math.max(1, Math.floor(PIECE / cut.length));
  return lanesOf(open, params, async (pipe, count) => {
    const write = writer(pipe, cut);
    const answer = new Promise((resolve, reject) => {
      pipe.onData = resolve;
      pipe.onError = reject;
    });
    for (let left = count; left > 0; left -= step) {
      const pressed = write(Math.min(step, left));
      if (pressed) await pressed;
    }
    pipe.write(frame('report', KEY));
    const text = new TextDecoder().decode((await answer).subarray(2));
    const { messages, bytes } = JSON.parse(text.slice(text.indexOf('{')));
    if (messages !== count || bytes !== count * params.size) {
      throw new Error(`the server counted ${messages} messages, ${bytes} bytes`);
    }
  });
}

async function roundTrip(open, params) {
  const { size, kind } = params;
  const out = frame(payloads(size, kind)[0], KEY);
  const { length } = frame(payloads(size, kind)[0]);
  const side = await lanesOf(open, params, async (pipe, count) => {
    const times = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      const begin = performance.now();
      const back = reading(pipe, length);
      pipe.write(out);
      await back;
      times[index] = performance.now() - begin;
    }
    return times;
  });
  return {
    ...side,
    async run(count) {
      const { done, parts } = await side.run(count);
      return { done, metrics: timesOf(parts) };
    },
  };
}

/** Each kind of work by its name. */
export const bare = { echo, floodIn, floodOut, roundTrip };
