/**
 * What clients are made to do: pipelined echo, floods in and out, round trips. `open()` gives a client, `list` is the
 * messages in turns. Runs in Node and in a page.
 */

import { bytesOf, Checker, deferred, TURNS } from '../support/payloads.mjs';

/** How many bytes are compared before a case at most, unless a message on each session is more. */
const VERIFIED = 4 << 20;

/**
 * Work on one session or more at the same time. `runLane(lane, count)` does a lane's part of it, a lane being a client
 * with a checker; `ready(client)` is done before all.
 */
async function lanesOf(open, list, { sessions = 1 }, runLane, ready = async () => {}) {
  const lanes = [];
  for (let index = 0; index < sessions; index += 1) {
    const client = await open();
    await ready(client);
    lanes.push({ client, checker: new Checker(list) });
  }
  const run = async (count) => {
    const each = Math.ceil(count / sessions);
    const parts = await Promise.all(
      lanes.map((lane) => {
        lane.checker.turn = 0;
        return runLane(lane, each);
      }),
    );
    return { done: each * sessions, parts };
  };
  return {
    run: async (count) => ({ done: (await run(count)).done }),
    /** The same with what each lane gave. */
    parts: run,
    async verify() {
      for (const { checker } of lanes) checker.thorough = true;
      const all = list.reduce((sum, { length }) => sum + length, 0) * sessions;
      await run(Math.max(sessions, Math.floor(TURNS * sessions * Math.min(1, VERIFIED / all))));
      for (const { checker } of lanes) checker.thorough = false;
    },
    close() {
      for (const { client } of lanes) client.close();
    },
  };
}

/** Pipelined echo: `window` messages are under way on each session, and each that comes back sends the next. */
function echo(open, list, params) {
  const { window } = params;
  const take = typeof list[0] === 'string' ? 'text' : 'bytes';
  return lanesOf(open, list, params, ({ client, checker }, count) => {
    const done = deferred();
    let sent = 0;
    let received = 0;
    const next = () => {
      const payload = list[sent % TURNS];
      sent += 1;
      return client.send(payload);
    };
    client.onError = done.reject;
    client.onMessage = (data) => {
      checker[take](data);
      received += 1;
      if (received === count) done.resolve();
      return sent < count ? next() : undefined;
    };
    while (sent < Math.min(window, count)) next();
    return done.promise;
  });
}

/** A server sends as fast as it can, and the client reads. What it is to send it is told first, as binary messages. */
function floodIn(open, list, params) {
  const kept = list.map(bytesOf);
  const tell = async (client) => {
    for (const payload of kept) await client.send(payload);
  };
  return lanesOf(
    open,
    kept,
    params,
    ({ client, checker }, count) => {
      const done = deferred();
      let received = 0;
      client.onError = done.reject;
      client.onMessage = (data) => {
        checker.bytes(data);
        received += 1;
        if (received === count) done.resolve();
      };
      client.send(String(count));
      return done.promise;
    },
    tell,
  );
}

/** The client sends as fast as it can, and the server counts. */
function floodOut(open, list, params) {
  const all = list.map(bytesOf);
  const sums = all.map((bytes) => bytes.reduce((sum, byte) => sum + byte, 0));
  const wanted = (of, count) => {
    let total = 0;
    for (let index = 0; index < count; index += 1) total += of[index % TURNS];
    return total;
  };
  const lengths = all.map(({ length }) => length);
  return lanesOf(open, list, params, async ({ client }, count) => {
    const done = deferred();
    client.onError = done.reject;
    client.onMessage = (text) => done.resolve(JSON.parse(text));
    for (let index = 0; index < count; index += 1) {
      const sent = client.send(list[index % TURNS]);
      if (sent) await sent;
    }
    client.send('report');
    const { messages, bytes, sum } = await done.promise;
    if (messages !== count || bytes !== wanted(lengths, count) || sum !== wanted(sums, count)) {
      throw new Error(`the server counted ${messages} messages, ${bytes} bytes, the sum ${sum}`);
    }
  });
}

/** Messages there and back one by one on each session; the times in milliseconds, those of all sessions together. */
async function roundTrip(open, list, params) {
  const take = typeof list[0] === 'string' ? 'text' : 'bytes';
  const side = await lanesOf(open, list, params, async ({ client, checker }, count) => {
    const times = new Float64Array(count);
    const done = deferred();
    let index = 0;
    let begin = 0;
    const next = () => {
      begin = performance.now();
      client.send(list[index % TURNS]);
    };
    client.onError = done.reject;
    client.onMessage = (data) => {
      times[index] = performance.now() - begin;
      checker[take](data);
      index += 1;
      if (index === count) done.resolve();
      else next();
    };
    next();
    await done.promise;
    return times;
  });
  return {
    ...side,
    async run(count) {
      const { done, parts } = await side.parts(count);
      return { done, metrics: timesOf(parts) };
    },
  };
}

/** Median and 99th percentile of times that were measured apart. */
export function timesOf(parts) {
  const times = Float64Array.from(parts.flatMap((part) => [...part])).sort();
  const { length } = times;
  return { median: times[length >> 1], p99: times[Math.floor(length * 0.99)] };
}

/** Each kind of work by its name. */
export const work = { echo, floodIn, floodOut, roundTrip };
