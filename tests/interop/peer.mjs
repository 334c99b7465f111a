/**
 * A peer: another implementation that is told what to do and tells what it sees, the same way whether
 * it is in this process, a program or a browser. By itself it sends back every message.
 *
 * Commands are objects with `do` and the `id` of a connection; payloads are hexadecimal digits:
 *
 *   connect    url, protocols, headers,  opens the connection, as a client
 *              deflate
 *   ping       payload
 *   fragments  kind, parts, ping         a message in these parts, with this ping between them
 *   close      code, reason              both may be missing
 *   abort                                ends the TCP connection without a Close
 *
 * A server takes the id from the path, refuses any other path with 403 and `not here`, marks its
 * answer with `X-Served` and speaks the subprotocol `v1.chat`. What either end has for permessage-deflate
 * is as in `deflate.mjs`; a server is told in the query, as `deflate` in JSON. Reports are objects with
 * `event`:
 *
 *   ready      port                      once, before all others
 *   open       protocol, headers,        the other's headers, with names in lower case
 *              agreed                    of permessage-deflate, `null` if not
 *   refused    status                    in place of `open`
 *   ping, pong payload
 *   close      code, reason              what the other's Close said; 1005 and 1006 as RFC 6455 §7.1.5
 *
 * What a peer can do is in `can`: `serve` (it is a server too), `headers` (as a client, in what it
 * asks), `answerHeaders` and `status` (it tells them), `ping`, `seePings`, `fragments`, `abort`;
 * `deflate` (it takes settings of permessage-deflate, and tells what was agreed on), `windows` (as a
 * client it offers to limit its own), `eight` (it takes a limit of 8 bits for its own), `parameters`
 * (it tells `extensions`, the answer); `ordered` (a pong waits until the messages before the ping were sent back), `loseBom` (it drops
 * U+FEFF at the start of a text); `codes`, the close codes that it can send, where not all.
 */

import { after, before } from 'node:test';

/** How long a peer may take to start, in milliseconds. */
const START_TIMEOUT = 60_000;

let lastId = 0;

/** A peer for the tests of a file: it starts before the first and has ended after the last. */
export class Peer {
  #start;
  #running;
  #connections = new Map();
  #port;

  constructor({ name, can, start }) {
    this.name = name;
    this.can = can;
    this.#start = start;
    before(() => this.#begin(), { timeout: START_TIMEOUT });
    after(() => this.#running?.end());
  }

  /** A connection to be, with an id of its own. */
  connection() {
    lastId += 1;
    const connection = new Connection(lastId, (command) => this.#running.command(command));
    this.#connections.set(lastId, connection);
    return connection;
  }

  /** Where the peer is a server. */
  get port() {
    return this.#port;
  }

  async #begin() {
    await new Promise((resolve, reject) => {
      const lost = (error) => {
        reject(error);
        for (const connection of this.#connections.values()) connection.fail(error);
      };
      const report = ({ event, id, ...rest }) => {
        if (event === 'ready') {
          this.#port = rest.port;
          resolve();
        } else {
          this.#connections.get(id).take(event, rest);
        }
      };
      Promise.resolve(this.#start(report, lost)).then((running) => {
        this.#running = running;
      }, reject);
    });
  }
}

/** The peer's end of one session. */
export class Connection {
  #command;
  #reports = [];
  #waiting = [];
  #lost;

  constructor(id, command) {
    this.id = id;
    this.#command = command;
  }

  /** Tells the peer to do something. */
  do(what, details = {}) {
    this.#command({ do: what, id: this.id, ...details });
  }

  /** The next report of this kind that nobody has had; those of other kinds wait. */
  event(kind) {
    const index = this.#reports.findIndex(({ event }) => event === kind);
    if (index >= 0) return Promise.resolve(this.#reports.splice(index, 1)[0]);
    if (this.#lost) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => this.#waiting.push({ kind, resolve, reject }));
  }

  /** Takes a report. */
  take(event, rest) {
    const told = { event, ...rest };
    const index = this.#waiting.findIndex(({ kind }) => kind === event);
    if (index >= 0) this.#waiting.splice(index, 1)[0].resolve(told);
    else this.#reports.push(told);
  }

  /** The peer is gone: whoever waits hears of it. */
  fail(error) {
    this.#lost = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** Bytes or text as hexadecimal digits. */
export function hex(data) {
  return Buffer.from(data).toString('hex');
}
