/**
 * What clients are made to do: pipelined echo, floods in and out, round trips. `open()` gives a client, `list` is the
 * messages in turns. Runs in Node and in a page.
 */

import { bytesOf, Checker, deferred, TURNS } from '../support/payloads.mjs';

/** Pipelined echo: `window` messages are under way on each session, and each that comes back sends the next. */
async function echo(open, list, { sessions, window }) {
  const take = typeof list[0] === 'string' ? 'text' : 'bytes';
  const lanes = [];
  for (let index = 0; index < sessions; index += 1) {
    lanes.push({ client: await open(), checker: new Checker(list) });
  }
  const runLane = ({ client, checker }, count) => {
    const done = deferred();
    let sent = 0;
    let received = 0;
    checker.turn = 0;
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
  };
  const run = async (count) => {
    const each = Math.ceil(count / lanes.length);
    await Promise.all(lanes.map((lane) => runLane(lane, each)));
    return { done: each * lanes.length };
  };
  return {
    run,
    async verify() {
      for (const { checker } of lanes) checker.thorough = true;
      await run(TURNS * lanes.length);
      for (const { checker } of lanes) checker.thorough = false;
    },
    close() {
      for (const { client } of lanes) client.close();
    },
  };
}

/** A server sends as fast as it can, and the client reads. */
async function floodIn(open, list) {
  const client = await open();
  for (const payload of list) await client.send(payload);
  const checker = new Checker(list);
  const run = (count) => {
    const done = deferred();
    let received = 0;
    checker.turn = 0;
    client.onError = done.reject;
    client.onMessage = (data) => {
      checker.bytes(data);
      received += 1;
      if (received === count) done.resolve();
    };
    client.send(String(count));
    return done.promise;
  };
  return {
    run,
    async verify() {
      checker.thorough = true;
      await run(TURNS);
      checker.thorough = false;
    },
    close: () => client.close(),
  };
}

/** The client sends as fast as it can, and the server counts. */
async function floodOut(open, list, { size }) {
  const client = await open();
  const sums = list.map((payload) => bytesOf(payload).reduce((sum, byte) => sum + byte, 0));
  return {
    async run(count) {
      const done = deferred();
      client.onError = done.reject;
      client.onMessage = (text) => done.resolve(JSON.parse(text));
      for (let index = 0; index < count; index += 1) {
        const sent = client.send(list[index % TURNS]);
        if (sent) await sent;
      }
      client.send('report');
      const { messages, bytes, sum } = await done.promise;
      let wanted = 0;
      for (let index = 0; index < count; index += 1) wanted += sums[index % TURNS];
      if (messages !== count || bytes !== count * size || sum !== wanted) {
        throw new Error(`the server counted ${messages} messages, ${bytes} bytes, the sum ${sum}`);
      }
    },
    close: () => client.close(),
  };
}

/** Messages there and back one by one; the times in milliseconds. */
async function roundTrip(open, list) {
  const client = await open();
  const checker = new Checker(list);
  return {
    async run(count) {
      const times = new Float64Array(count);
      const done = deferred();
      let index = 0;
      let begin = 0;
      checker.turn = 0;
      const next = () => {
        begin = performance.now();
        client.send(list[index % TURNS]);
      };
      client.onError = done.reject;
      client.onMessage = (data) => {
        times[index] = performance.now() - begin;
        checker.bytes(data);
        index += 1;
        if (index === count) done.resolve();
        else next();
      };
      next();
      await done.promise;
      times.sort();
      return { metrics: { median: times[count >> 1], p99: times[Math.floor(count * 0.99)] } };
    },
    close: () => client.close(),
  };
}

/** Each kind of work by its name. */
export const work = { echo, floodIn, floodOut, roundTrip };
