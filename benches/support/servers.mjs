/** The native programs of the benchmarks, and the bridge: started, and ended with the run. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Children, startBridge as launchBridge } from '../../scripts/demo/children.mjs';
import { ROOT, readSettings } from '../../scripts/demo/settings.mjs';

const FOLDER = join(process.env.CARGO_TARGET_DIR || join(ROOT, 'target'), 'release');

/** A native program that speaks lines of JSON and ends with its stdin. */
class Program {
  #child;
  #lines;
  hello;

  static async start(name, args = []) {
    const program = new Program();
    const file = join(FOLDER, name);
    if (!existsSync(file)) throw new Error(`${file} is not there: make bench builds it`);
    program.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    program.#lines = createInterface({ input: program.#child.stdout })[Symbol.asyncIterator]();
    return program;
  }

  /** The next line. */
  async line() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('a native program of the benchmark ended');
    return JSON.parse(value);
  }

  /** Says a line, and gives the answer. */
  ask(command) {
    this.#child.stdin.write(`${command}\n`);
    return this.line();
  }

  get pid() {
    return this.#child.pid;
  }

  async end() {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await gone;
  }
}

/** The server; its paths are said in `benches/native/src/server.rs`. */
export async function startServer() {
  const program = await Program.start('bench-server');
  const { port } = await program.line();
  return {
    program,
    port,
    url: (path) => `ws://127.0.0.1:${port}/${path}`,
    end: () => program.end(),
  };
}

/** A plain relay to a target, or with `echo` a target that sends back what comes. */
export async function startRelay(target) {
  const program = await Program.start('bench-relay', [target]);
  const { port } = await program.line();
  return { program, port, address: `127.0.0.1:${port}`, end: () => program.end() };
}

/** A WebTransport server that sends back what comes on each stream. */
export async function startQuicEcho() {
  const program = await Program.start('bench-quic');
  const { port, certificateHash } = await program.line();
  const url = `https://127.0.0.1:${port}`;
  return { program, url, certificateHash, end: () => program.end() };
}

/** What loads a relay or the bridge with streams; `way` is its first line. */
export async function startLoad(way) {
  const program = await Program.start('bench-load');
  await program.ask(way);
  return program;
}

/** The bridge, with every port of this machine allowed, for pages of these origins. */
export async function startBridge(origins = []) {
  const children = new Children();
  const folder = mkdtempSync(join(tmpdir(), 'framewire-bench-'));
  const { child, url, certificateHash } = await launchBridge(children, {
    binary: readSettings(process.env).bridgeBinary,
    port: 0,
    target: '127.0.0.1:*',
    origins,
    infoFile: join(folder, 'bridge.json'),
    options: ['--idle-timeout', '60s', '--keep-alive', '5s'],
  });
  const end = async () => {
    await children.end();
    rmSync(folder, { recursive: true, force: true });
  };
  return { pid: child.pid, url, certificateHash, end };
}

/** Processor seconds and resident bytes of a process so far, as Linux tells them. */
export function usage(pid) {
  // In nanoseconds for each thread; `stat` has hundredths of a second, too coarse for short runs.
  const tasks = readdirSync(`/proc/${pid}/task`);
  const time = (task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0];
  const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return {
    cpu: tasks.reduce((sum, task) => sum + Number(time(task)), 0) / 1e9,
    resident: Number(resident) * 1024,
  };
}
