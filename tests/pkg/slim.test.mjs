/** `framewire/slim` in Node, from the tarball: where the core may come from, and what goes wrong. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PAIR, ROOT, run, scratchProject, TALKED } from './support.mjs';

let project;
let server;
let origin;
const asked = [];

before(async () => {
  project = await scratchProject();
  const core = await readFile(join(project.installed, 'core.wasm'));
  // What the server says of each path: status, type, body.
  const answers = {
    '/core.wasm': [200, 'application/wasm', core],
    '/typed': [200, 'application/wasm; charset=utf-8', core],
    '/plain': [200, 'text/plain', core],
    '/empty': [200, 'application/wasm', Buffer.from('0061736d01000000', 'hex')],
    '/page': [200, 'text/html', '<!doctype html>'],
    '/streamed-page': [200, 'application/wasm', '<!doctype html>'],
    '/older': [200, 'application/wasm', Buffer.concat([core.subarray(0, -1), Buffer.from('?')])],
    '/broken': [500, 'application/wasm', core],
  };
  server = createServer(({ url }, response) => {
    asked.push(url);
    if (url === '/cut') {
      response.writeHead(200, {
        'Content-Type': 'application/wasm',
        'Content-Length': core.length,
      });
      response.write(core.subarray(0, 1000), () => response.destroy());
      return;
    }
    const [status, type, body] = answers[url] ?? [404, 'text/plain', 'nothing here'];
    response.writeHead(status, { 'Content-Type': type }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(async () => {
  server?.close();
  await project?.remove();
});

const TOLD = "[frame.text, answer.text, info.code, info.wasClean].join(' ')";
let programs = 0;

/** Runs a body that has slim, the origin and the path of core.wasm; what it prints. */
async function program(body, { common = false } = {}) {
  programs += 1;
  const file = `program${programs}.${common ? 'cjs' : 'mjs'}`;
  const head = common
    ? "const slim = require('framewire/slim'); const fs = require('node:fs/promises');"
    : "import * as slim from 'framewire/slim'; import fs from 'node:fs/promises';";
  await project.write(
    file,
    `${head}
    (async () => {
      const { init, overTransport } = slim;
      const [origin, path] = process.argv.slice(2);
      ${body}
    })();`,
  );
  return project.node(file, origin, join(project.installed, 'core.wasm'));
}

/** Something that is worked out once, by who asks first. */
function lazy(make) {
  let made;
  return () => {
    made ??= make();
    return made;
  };
}

const SOURCES = {
  'a URL as a string': 'origin + "/core.wasm"',
  'a URL': 'new URL("/core.wasm", origin)',
  'a file: URL': 'require("node:url").pathToFileURL(path)',
  'a response': 'await fetch(origin + "/core.wasm")',
  'the promise of a response': 'fetch(origin + "/core.wasm")',
  'a response of another type': 'fetch(origin + "/plain")',
  'a response whose type has a parameter': 'fetch(origin + "/typed")',
  'a Buffer': 'await fs.readFile(path)',
  'an ArrayBuffer': '(await fetch(origin + "/core.wasm")).arrayBuffer()',
  'a part of a larger buffer':
    '(await fs.readFile(path).then((core) => { const all = new Uint8Array(core.length + 20); all.set(core, 7); return all.subarray(7, 7 + core.length); }))',
  'a module': 'new WebAssembly.Module(await fs.readFile(path))',
};

/** What became of each source, in a world of its own. */
const talked = lazy(async () => {
  const lines = Object.entries(SOURCES).map(
    ([name, source]) => `await attempt(${JSON.stringify(name)}, async (init) => init(${source}));`,
  );
  const body = `
    const told = {};
    const attempt = async (name, load) => {
      for (const key of Object.keys(require.cache)) delete require.cache[key];
      const { init, overTransport } = require('framewire/slim');
      await load(init);
      ${PAIR}
      told[name] = ${TOLD};
    };
    ${lines.join('\n')}
    console.log(JSON.stringify(told));`;
  return JSON.parse(await program(body, { common: true }));
});

for (const name of Object.keys(SOURCES)) {
  test(`init takes ${name}`, async () => {
    assert.equal((await talked())[name], TALKED);
  });
}

test('an ES module imports it', async () => {
  const body = `await init(new URL(import.meta.resolve('framewire/core.wasm'))); ${PAIR} console.log(${TOLD});`;
  assert.equal(await program(body), TALKED);
});

test('before init every way to a session fails and says what to call', async () => {
  const body = `
    const stream = () => new TransformStream();
    const transport = { readable: stream().readable, writable: stream().writable };
    const told = (error) => [
      error instanceof slim.WebSocketSessionError, error.code, /await init\\(\\) of framewire\\/slim/.test(error.message),
    ].join(' ');
    const attempts = [
      async () => slim.connect('ws://127.0.0.1:1/'),
      async () => slim.connect('ws://127.0.0.1:1/', { transport }),
      async () => slim.accept(transport),
      async () => overTransport(transport, { role: 'client' }),
    ];
    for (const attempt of attempts) console.log(await attempt().catch(told));
    console.log(transport.readable.locked, transport.writable.locked);`;
  const lines = (await program(body)).split('\n');
  assert.deepEqual(lines, [...Array(4).fill('true ERR_CORE true'), 'false false']);
});

test('init counts once: concurrent and later calls share it, whatever they name', async () => {
  asked.length = 0;
  const body = `
    const first = init(origin + '/core.wasm');
    const second = init(origin + '/nothing');
    await Promise.all([first, second]);
    const third = init(5);
    await third;
    ${PAIR}
    console.log(first === second, first === third, ${TOLD});`;
  assert.equal(await program(body), `true true ${TALKED}`);
  assert.deepEqual(asked, ['/core.wasm']);
});

test('init that failed may be called again', async () => {
  const body = `
    const failed = await init(origin + '/nothing').catch((error) => error.code);
    await init(origin + '/core.wasm');
    ${PAIR}
    console.log(failed, ${TOLD});`;
  assert.equal(await program(body), `ERR_CORE ${TALKED}`);
});

test('where framewire itself is imported too, init loads nothing and all are one', async () => {
  asked.length = 0;
  const body = `
    const whole = await import('framewire');
    await init(origin + '/nothing');
    ${PAIR}
    console.log(client instanceof whole.WebSocketSession, slim.connect === whole.connect, ${TOLD});`;
  assert.equal(await program(body), `true true ${TALKED}`);
  assert.deepEqual(asked, []);
});

const FAULTS = {
  'a URL that is not there, with its status': [
    'origin + "/nothing"',
    /could not load the framewire core: http:.*\/nothing answered 404/,
  ],
  'a response that is a fault, with its URL and status': [
    'fetch(origin + "/broken")',
    /http:.*\/broken answered 500/,
  ],
  'a server that is not there': ['"http://127.0.0.1:1/"', /core from http:\/\/127\.0\.0\.1:1\/: /],
  'a promise that is rejected': [
    'fetch("http://127.0.0.1:1/")',
    /could not load the framewire core from what init was given: fetch failed/,
  ],
  'a file that is not there': ['"file:///nowhere/core.wasm"', /from file:\/\/\/nowhere\/.*ENOENT/],
  'a response that breaks off': ['origin + "/cut"', /core from http:.*\/cut: /],
  'a page instead of the core': ['origin + "/page"', /the bytes are no WebAssembly/],
  'a page under the name of wasm': ['origin + "/streamed-page"', /the bytes are no WebAssembly/],
  'another WebAssembly': ['origin + "/empty"', /is not the framewire core/],
  'the core of another version': [
    'origin + "/older"',
    /core is that of framewire \d+\.\d+\.\d+-\w{15}\?, but this is framewire [\d.]+-\w{16}$/,
  ],
  'a module of something else': [
    'new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))',
    /is not the framewire core/,
  ],
};

/** What each of them is rejected with: a failed init may be repeated. */
const rejected = lazy(async () => {
  const lines = Object.entries(FAULTS).map(
    ([name, [source]]) =>
      `told[${JSON.stringify(name)}] = await tell(async () => init(${source}));`,
  );
  const body = `
    const told = {};
    const tell = async (load) => load().then(
      () => [],
      (error) => [error instanceof slim.WebSocketSessionError, error.name, error.code, error.message],
    );
    ${lines.join('\n')}
    console.log(JSON.stringify(told));`;
  return JSON.parse(await program(body));
});

for (const [name, [, pattern]] of Object.entries(FAULTS)) {
  test(`init rejects ${name}`, async () => {
    const [typed, className, code, message] = (await rejected())[name];
    assert.deepEqual([typed, className, code], [true, 'WebSocketSessionError', 'ERR_CORE']);
    assert.match(message, pattern);
  });
}

test('a runtime without WebAssembly says so', async () => {
  const body = `
    const whole = await import('framewire');
    delete globalThis.WebAssembly;
    const stream = new TransformStream();
    for (const attempt of [
      async () => whole.overTransport(stream, { role: 'client' }),
      async () => whole.connect('ws://127.0.0.1:1/'),
    ]) {
      const { code, message } = await attempt().catch((error) => error);
      console.log(code, message);
    }`;
  const line = 'ERR_CORE this runtime has no WebAssembly';
  assert.deepEqual((await program(body)).split('\n'), [line, line]);
});

test('init throws a TypeError for what is no source', async () => {
  const body = `
    for (const source of [undefined, null, 5, {}, () => {}]) {
      const error = await init(source).catch((error) => error);
      console.log(error instanceof TypeError, error.message);
    }`;
  const kinds = ['undefined', 'null', 'number', 'object', 'function'];
  const expected = kinds.map(
    (kind) => `true init needs a URL, a Response, bytes or a WebAssembly.Module, not ${kind}`,
  );
  assert.deepEqual((await program(body)).split('\n'), expected);
});

test('slim has no wasm inside, and what framewire has beside init', async () => {
  const body = `
    const whole = Object.keys(await import('framewire'));
    console.log(Object.keys(slim).filter((name) => !whole.includes(name)).join(), whole.every((name) => name in slim));`;
  assert.equal(await program(body), 'init true');
  for (const file of [
    'slim.js',
    'base.js',
    'slim.cjs',
    'base.cjs',
    'node-slim.mjs',
    'shared.cjs',
  ]) {
    assert.doesNotMatch(await readFile(join(project.installed, 'lib', file), 'utf8'), /AGFzbQ/);
  }
});

const TYPED = `
  import { connect, init, type CoreSource, type WebSocketSession } from 'framewire/slim';
  import type { WebSocketSession as Whole } from 'framewire';
  import core from 'framewire/core.wasm';
  export async function open(module: WebAssembly.Module): Promise<Whole> {
    const sources: CoreSource[] = ['/core.wasm', new URL('http://a'), new Response(), new Uint8Array(1), module];
    await init(sources[0] ?? module);
    await init(core);
    await init(fetch('/core.wasm'));
    // @ts-expect-error a number is no source
    await init(5);
    const session: WebSocketSession = await connect('ws://a');
    return session;
  }
`;

test('TypeScript checks programs with it, in both module systems', async () => {
  await project.write('typed.mts', TYPED);
  await project.write(
    'typed.cts',
    `import slim = require('framewire/slim');
     import core = require('framewire/core.wasm');
     export const done: Promise<void> = slim.init(core);`,
  );
  const compilerOptions = {
    module: 'node16',
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable'],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
  };
  const files = ['typed.mts', 'typed.cts'];
  await project.write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
  const checked = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project.folder]);
  await assert.doesNotReject(checked.catch(({ stdout }) => Promise.reject(new Error(stdout))));
});
