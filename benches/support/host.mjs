/** A Node of its own in which sides run: `worker.mjs` at its other end. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** How long one call may take, in milliseconds: longer means that it hangs. */
const LIMIT = 60_000;

/** Runs sides in another process. */
export class Host {
  #child;
  #next = 0;
  #waiting = new Map();

  /** `env` and `execArgv` are those of the process. */
  constructor({ env = {}, execArgv = [] } = {}) {
    const extra = process.env.BENCH_NODE_OPTIONS?.split(' ') ?? [];
    this.#child = fork(WORKER, [], {
      env: { ...process.env, ...env },
      execArgv: [...execArgv, ...extra],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', ({ id, error, value }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) reject(new Error(error));
      else resolve(value);
    });
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`a process of the benchmark ended: ${signal ?? code}`));
      }
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** Opens a side: the function `name` of a module in `benches/sides/`, given `params`. */
  async open(module, name, params) {
    const key = await this.#call('open', { module, name, params });
    return {
      run: (count) => this.#call('run', { key, count }),
      verify: () => this.#call('verify', { key }),
      close: () => this.#call('close', { key }),
    };
  }

  /** Ends the process, in order. */
  async end() {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await gone;
  }

  #call(verb, given) {
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${verb} was not done within ${LIMIT / 1000} s`));
      const timer = setTimeout(late, LIMIT);
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      this.#waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#child.send({ id, verb, ...given });
    });
  }
}

/** The process of framewire and of the peers at their best, and that of `ws` as it comes from npm. */
export function hosts(options = {}) {
  const best = new Host({ ...options, env: { WS_NO_BUFFER_UTIL: '', ...options.env } });
  const plain = new Host({ ...options, env: { WS_NO_BUFFER_UTIL: '1', ...options.env } });
  return {
    best,
    plain,
    end: () => Promise.all([best.end(), plain.end()]),
  };
}
