/** Where examples run: a project that has the tarball, ports that are free, and what was started. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { ROOT, run, scratchProject } from '../pkg/support.mjs';
import { assertOutput } from './readme.mjs';

/** How long an example may take, in milliseconds. */
const TIMEOUT = 30_000;

/** The ground for the tests of a file: there before the first of them, gone after the last. */
export function ground(ports) {
  const running = new Ground();
  before(() => running.prepare(ports));
  after(() => running.leave());
  return running;
}

class Ground {
  project;
  /** What stands in the examples, and what stands there for it when they run. */
  #replaced = new Map();
  /** The servers by name: their processes, and the promise of their end. */
  #children = new Map();
  #serving = new Map();

  async prepare(ports) {
    this.project = await scratchProject();
    for (const port of ports) this.replace(new RegExp(`\\b${port}\\b`, 'g'), await freePort());
  }

  /** Ends the servers; all of them must have been there to the last. */
  async leave() {
    const fallen = [];
    for (const [name, { child, closed }] of this.#children) {
      if (!child.kill()) fallen.push(name);
      await closed;
    }
    await this.project.remove();
    assert.deepEqual(fallen, [], 'servers that ended by themselves');
  }

  /** Has another text stand in the examples for one that this machine chooses. */
  replace(said, actual) {
    this.#replaced.set(said, String(actual));
  }

  /** An example as it runs here. */
  adapt(text) {
    let adapted = text;
    for (const [said, actual] of this.#replaced) adapted = adapted.replaceAll(said, actual);
    return adapted;
  }

  /** Writes an example into the project, as it runs here. */
  async write(name, text) {
    await this.project.write(name, this.adapt(text));
  }

  /** Runs a program to its end; it must print what it says. */
  async run(name, text) {
    await this.write(name, text);
    assertOutput(text, await this.node(name));
  }

  /** Runs a file of the project to its end; what it prints. */
  async node(name) {
    const options = { cwd: this.project.folder, timeout: TIMEOUT };
    const { stdout, stderr } = await run(process.execPath, [name], options);
    assert.equal(stderr, '');
    return stdout.trim();
  }

  /** Starts a server, once for all tests; it listens when its first line is printed. */
  serve(name, text) {
    if (!this.#serving.has(name)) this.#serving.set(name, this.#start(name, text));
    return this.#serving.get(name);
  }

  async #start(name, text) {
    await this.write(name, text);
    const stdio = ['ignore', 'pipe', 'inherit'];
    const child = spawn(process.execPath, [name], { cwd: this.project.folder, stdio });
    const closed = once(child, 'close');
    this.#children.set(name, { child, closed });
    const lines = createInterface({ input: child.stdout });
    const ended = closed.then(([status]) => {
      throw new Error(`${name} ended with status ${status} before it listened`);
    });
    ended.catch(() => {});
    await Promise.race([once(lines, 'line'), ended]);
  }

  /** Compiles a program of TypeScript, strictly, and runs it. */
  async compileAndRun(name, text) {
    await this.write(name, text);
    const config = {
      compilerOptions: {
        module: 'node16',
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      files: [name],
    };
    await this.project.write('tsconfig.json', JSON.stringify(config));
    const compiler = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', this.project.folder]);
    await compiler.catch(({ stdout, message }) => Promise.reject(new Error(stdout || message)));
    assertOutput(text, await this.node(name.replace(/\.mts$/, '.mjs')));
  }
}

/** A port that nobody listened on just now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
