/** The package in workerd, bundled as Cloudflare's tools do: the condition `workerd`, wasm as a module. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { Readme } from '../docs/readme.mjs';
import { runtime } from './runtimes.mjs';
import {
  CALL,
  CALLED,
  DEFLATED_CALL,
  DEFLATED_CALLED,
  echoServer,
  PAIR,
  scratchProject,
} from './support.mjs';

/** The wasm modules of the package. */
const MODULES = ['core.wasm', 'deflate.wasm'];

/** The conditions that wrangler gives esbuild. */
const CONDITIONS = ['workerd', 'worker', 'browser'];

const { program, skip } = runtime('workerd');

const readme = new Readme('pkg-template/README.md');

let project;
let peer;
let worker;

before(async () => {
  if (skip) return;
  project = await scratchProject();
  peer = await echoServer();
  for (const name of MODULES) {
    await copyFile(join(project.installed, name), join(project.folder, name));
  }
  const fromReadme = readme.text('cloudflare.js').replace('ws://127.0.0.1:9001/', peer.url);
  WORKERS.readme = fromReadme;
  for (const [name, source] of Object.entries(WORKERS)) await bundle(name, source);
  await project.write('config.capnp', config(Object.keys(WORKERS)));
  worker = await serve(Object.keys(WORKERS));
});

after(async () => {
  worker?.child.kill();
  peer?.close();
  await project?.remove();
});

/** A worker that answers with what a session over a `connect()` socket said. */
const session = (imports, call = `${CALL} const answer = told;`) => `
  import { connect as openSocket } from 'cloudflare:sockets';
  ${imports}
  export default {
    async fetch(request) {
      const url = request.headers.get('X-Peer');
      const options = { transport: ({ hostname, port }) => openSocket({ hostname, port }) };
      ${call}
      return new Response(answer);
    },
  };`;

const WORKERS = {
  whole: session("import { connect } from 'framewire';"),
  slim: session(`${readme.text('slim-worker.js')} import { connect } from 'framewire/slim';`),
  deflate: session(
    "import { connect } from 'framewire'; import { permessageDeflate } from 'framewire/deflate';",
    `${DEFLATED_CALL} const answer = squeezed;`,
  ),
  slimDeflate: session(
    `${readme.text('slim-worker.js')}
      import { connect } from 'framewire/slim';
      import { permessageDeflate } from 'framewire/deflate';`,
    `${DEFLATED_CALL} const answer = squeezed;`,
  ),
  mixed: `
    import * as whole from 'framewire';
    import * as slim from 'framewire/slim';
    const { overTransport } = whole;
    export default {
      async fetch() {
        ${PAIR}
        return new Response([info.code, client instanceof slim.WebSocketSession].join(' '));
      },
    };`,
  alone: `
    import { connect } from 'framewire';
    export default {
      async fetch() {
        const { name, message } = await connect('ws://127.0.0.1:1/').catch((error) => error);
        return new Response([name, message].join(': '));
      },
    };`,
  bytes: `
    import { connect, init } from 'framewire/slim';
    export default {
      async fetch() {
        const early = await connect('ws://a/', { transport: {
          readable: new ReadableStream(), writable: new WritableStream() } }).catch((error) => error);
        const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
        const forbidden = await init(bytes).catch((error) => error);
        return Response.json([early, forbidden].map(({ code, message }) => [code, message]));
      },
    };`,
};

async function bundle(name, source) {
  await project.write(`${name}.src.js`, source);
  await build({
    entryPoints: [join(project.folder, `${name}.src.js`)],
    outfile: join(project.folder, `${name}.js`),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: CONDITIONS,
    external: ['cloudflare:*'],
    plugins: [wasmModules],
    logLevel: 'silent',
  });
}

/** Leaves wasm as a module of its own, as wrangler does. */
const wasmModules = {
  name: 'wasm-modules',
  setup(build) {
    build.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({
      path: `./${basename(path)}`,
      external: true,
    }));
  },
};

function config(names) {
  const services = names.map(
    (name) => `
      (name = "${name}", worker = (
        modules = [
          (name = "${name}.js", esModule = embed "${name}.js"),
          ${MODULES.map((module) => `(name = "${module}", wasm = embed "${module}"),`).join('')}
        ],
        compatibilityDate = "2025-01-01",
        globalOutbound = "network",
      ))`,
  );
  const sockets = names.map(
    (name) => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "network", network = (allow = ["private", "local"])),${services.join(',')}
      ],
      sockets = [${sockets.join(', ')}],
    );`;
}

/** Starts workerd, which says on a descriptor of its own where each of its sockets listens. */
async function serve(names) {
  const child = spawn(program, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: project.folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const ports = {};
  const gone = once(child, 'exit').then(([status]) => assert.fail(`workerd ended with ${status}`));
  gone.catch(() => {});
  const listening = (async () => {
    for await (const line of createInterface({ input: child.stdio[3] })) {
      const { event, socket, port } = JSON.parse(line);
      if (event === 'listen') ports[socket] = port;
      if (names.every((name) => name in ports)) return;
    }
  })();
  await Promise.race([listening, gone]);
  return { child, ports };
}

async function ask(name) {
  const response = await fetch(`http://127.0.0.1:${worker.ports[name]}/`, {
    headers: { 'X-Peer': peer.url },
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

test('framewire is imported as it is, and talks over a socket of connect()', { skip }, async () => {
  peer.seen.length = 0;
  // Requests at the same time share one instance.
  assert.deepEqual(await Promise.all([ask('whole'), ask('whole')]), [CALLED, CALLED]);
  assert.deepEqual(peer.seen, ['Bearer x', 'Bearer x']);
});

test('the Worker of the README answers with what its session was sent', { skip }, async () => {
  assert.equal(await ask('readme'), 'hello from a worker');
});

test('connect without a transport says what to pass', { skip }, async () => {
  assert.match(await ask('alone'), /^TypeError: this runtime cannot open a TCP connection: pass /);
});

test('framewire/slim is given the module of framewire/core.wasm', { skip }, async () => {
  assert.deepEqual(await Promise.all([ask('slim'), ask('slim')]), [CALLED, CALLED]);
  // The next request meets the instance that is there.
  assert.equal(await ask('slim'), CALLED);
});

test('framewire/deflate has its module there, with framewire and with slim', {
  skip,
}, async () => {
  assert.deepEqual(await Promise.all(['deflate', 'slimDeflate', 'deflate'].map(ask)), [
    DEFLATED_CALLED,
    DEFLATED_CALLED,
    DEFLATED_CALLED,
  ]);
});

test('framewire and framewire/slim are one there', { skip }, async () => {
  assert.equal(await ask('mixed'), '1000 true');
});

test('framewire/slim says what is missing, and that workerd compiles no bytes', {
  skip,
}, async () => {
  const [early, forbidden] = JSON.parse(await ask('bytes'));
  assert.deepEqual([early[0], forbidden[0]], ['ERR_CORE', 'ERR_CORE']);
  assert.match(early[1], /await init\(\)/);
  assert.match(forbidden[1], /refuses to compile WebAssembly: .* workerd, needs the module of/);
});
