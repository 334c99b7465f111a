/** The processes that the demo starts: what they say first, and that none outlives it. */

import { fork, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Complaint } from './settings.mjs';

/** How long a process may take to say that it is ready, and how long to end, in milliseconds. */
const START_TIMEOUT = 10_000;
const END_TIMEOUT = 3_000;

/** Processes that are ended together. */
export class Children {
  #running = new Set();

  /** Starts a module of the demo in a Node of its own, with an IPC channel. */
  fork(module, { args = [], env = {} } = {}) {
    const child = fork(fileURLToPath(new URL(module, import.meta.url)), args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    return this.#keep(child);
  }

  /** Starts a program. */
  spawn(program, args) {
    return this.#keep(spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] }));
  }

  /** Ends all of them: in order where they do so in time, else at once. */
  async end() {
    await Promise.all([...this.#running].map(endChild));
  }

  /** Ends all of them without waiting. */
  kill() {
    for (const child of this.#running) child.kill('SIGKILL');
  }

  #keep(child) {
    this.#running.add(child);
    child.lastWords = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      child.lastWords = (child.lastWords + text).slice(-4096);
    });
    child.gone = new Promise((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      child.once('close', (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `ended with status ${code}`),
      );
    });
    child.gone.then(() => this.#running.delete(child));
    return child;
  }
}

/** Starts the echo server and gives its port. */
export async function startEchoServer(children, { port, authorization }) {
  const child = children.fork('echo-server.mjs', {
    env: { ECHO_PORT: String(port), ECHO_AUTHORIZATION: authorization },
  });
  const said = new Promise((resolve) => child.once('message', resolve));
  const { failed, port: bound } = await ready(child, 'the echo server', said);
  if (failed) throw new Complaint(`The echo server cannot start: ${failed}.`);
  return { child, port: bound };
}

/** Starts the bridge, with further options, and gives its URL and the hash of its certificate. */
export async function startBridge(children, settings) {
  const { binary, port, target, origins, infoFile, options = [] } = settings;
  rmSync(infoFile, { force: true });
  const child = children.spawn(binary, [
    ...['--listen', `127.0.0.1:${port}`],
    ...['--allow', target],
    ...origins.flatMap((origin) => ['--allow-origin', origin]),
    ...['--info-file', infoFile],
    ...['--drain-timeout', '1s'],
    ...['--log', 'warn'],
    ...options,
  ]);
  const stop = new AbortController();
  try {
    const { url, certificateHash } = await ready(child, 'the bridge', readInfo(infoFile, stop));
    return { child, url, certificateHash };
  } catch (error) {
    if (!child.lastWords.includes('port is taken')) throw error;
    throw new Complaint(
      `The bridge cannot start: UDP port ${port} is taken by another program; choose one with BRIDGE_PORT.`,
    );
  } finally {
    stop.abort();
  }
}

/** What a process has to say first; a `Complaint` if it ends or is silent instead. */
async function ready(child, name, said) {
  let timer;
  const silent = new Promise((_, reject) => {
    const seconds = START_TIMEOUT / 1000;
    const late = () => reject(new Complaint(`Not ready within ${seconds} s: ${name}.`));
    timer = setTimeout(late, START_TIMEOUT);
  });
  try {
    return await Promise.race([said, lossOf(child, name), silent]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the file that the bridge writes when it listens. */
async function readInfo(file, stop) {
  while (!stop.signal.aborted) {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function endChild(child) {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT);
  await child.gone;
  clearTimeout(timer);
}

/** Rejects with a `Complaint` when a process is gone. */
export function lossOf(child, name) {
  const loss = child.gone.then((how) => {
    const line = child.lastWords.trim().split('\n').at(-1).replace(/\.$/, '');
    const sentence = `${name} ${how}${line && `: ${line}`}.`;
    throw new Complaint(sentence.charAt(0).toUpperCase() + sentence.slice(1));
  });
  // Nobody may be waiting for it any more.
  loss.catch(() => {});
  return loss;
}
