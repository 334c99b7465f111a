/** The package in other runtimes than the machine's Node: sessions with a server made with ws. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { Readme } from '../docs/readme.mjs';
import { selfSigned } from '../node/certificate.mjs';
import { runtime } from './runtimes.mjs';
import {
  CALL,
  CALLED,
  DEFLATED_CALL,
  DEFLATED_CALLED,
  echoServer,
  scratchProject,
} from './support.mjs';

/** How each runs a file. */
const RUNTIMES = {
  'this Node': { program: process.execPath, args: [], skip: false },
  'Node 22': { ...runtime('node 22'), args: [] },
  Deno: { ...runtime('deno'), args: ['run', '--allow-net', '--allow-read', '--allow-env'] },
  Bun: { ...runtime('bun'), args: ['run'] },
};

const OPEN = 'const [url, ...given] = process.argv.slice(2); const options = {};';

const readme = new Readme('pkg-template/README.md');

let project;
const servers = {};

before(async () => {
  project = await scratchProject();
  servers.plain = await echoServer();
  const { key, cert } = selfSigned('localhost');
  servers.secure = await echoServer({ key, cert });
  await project.write('ca.pem', cert);
  const call = `${OPEN} ${CALL} console.log(told);`;
  await project.write(
    'esm.mjs',
    `import process from 'node:process'; import { connect } from 'framewire'; ${call}`,
  );
  await project.write(
    'common.cjs',
    `const { connect } = require('framewire'); (async () => { ${call} })();`,
  );
  await project.write('both.mjs', BOTH);
  await project.write('deflate.mjs', DEFLATE);
  await project.write(
    'deflate.cjs',
    `const { connect } = require('framewire');
     const { permessageDeflate } = require('framewire/deflate');
     (async () => { ${OPEN} ${DEFLATED_CALL} console.log(squeezed); })();`,
  );
  await project.write(
    'tls.mjs',
    `import { readFileSync } from 'node:fs';
     import process from 'node:process';
     import { connect } from 'framewire';
     ${OPEN}
     options.tls = { ca: readFileSync('ca.pem') };
     ${CALL}
     console.log(told);`,
  );
});

after(async () => {
  for (const server of Object.values(servers)) server.close();
  await project?.remove();
});

const BOTH = `
  import { createRequire } from 'node:module';
  import process from 'node:process';
  import * as esm from 'framewire';
  import * as esmNode from 'framewire/node';
  import * as esmSlim from 'framewire/slim';

  const require = createRequire(import.meta.url);
  const [common, commonNode, commonSlim] =
    [require('framewire'), require('framewire/node'), require('framewire/slim')];
  ${OPEN}
  const { connect } = common;
  ${CALL}
  const late = await session.send('late').catch((error) => error);
  await esmSlim.init('nowhere:');
  console.log(
    told,
    session instanceof esm.WebSocketSession,
    session instanceof esmSlim.WebSocketSession,
    late instanceof esm.ClosedError && late instanceof commonSlim.WebSocketSessionError,
    esm.Frame.text('x') instanceof common.Frame,
    Object.keys(esm).join() === Object.keys(common).join(),
    Object.keys(esmSlim).join() === Object.keys(commonSlim).join(),
    esmNode.acceptUpgrade === commonNode.acceptUpgrade,
  );
`;

const DEFLATE = `
  import { readFileSync } from 'node:fs';
  import { createRequire } from 'node:module';
  import process from 'node:process';
  import { connect, init } from 'framewire/slim';
  import { permessageDeflate } from 'framewire/deflate';

  const require = createRequire(import.meta.url);
  ${OPEN}
  await init(readFileSync(require.resolve('framewire/core.wasm')));
  ${DEFLATED_CALL}
  console.log(squeezed, permessageDeflate === require('framewire/deflate').permessageDeflate);
`;

const UPGRADES = `
  import { createServer } from 'node:http';
  import { acceptUpgrade } from 'framewire/node';
  const server = createServer((request, response) => response.end('a page'));
  server.on('upgrade', async (request, socket, head) => {
    const session = await acceptUpgrade(request, socket, head);
    for await (const frame of session) await session.send(frame);
    const { code, wasClean } = await session.closed;
    console.log(code, wasClean);
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

/** Starts a program that ends with the test; `said` gives its lines, one by one. */
function start(t, program, args) {
  const child = spawn(program, args, {
    cwd: project.folder,
    env: { ...process.env, HOME: project.folder, DENO_DIR: `${project.folder}/.deno` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const status = once(child, 'exit').then(([status]) => status);
  return { said: async () => (await lines.next()).value, status };
}

for (const [name, { program, args, skip }] of Object.entries(RUNTIMES)) {
  const runFile = (file, ...given) => project.run(program, ...args, file, ...given);

  test(`${name}: an ES module imports it and talks over TCP`, { skip }, async () => {
    servers.plain.seen.length = 0;
    assert.equal(await runFile('esm.mjs', servers.plain.url), CALLED);
    // A header that a WebSocket of the runtime could not have sent.
    assert.deepEqual(servers.plain.seen, ['Bearer x']);
  });

  test(`${name}: a CommonJS module requires it and talks over TCP`, { skip }, async () => {
    assert.equal(await runFile('common.cjs', servers.plain.url), CALLED);
  });

  test(`${name}: both in one process share one instance, slim too`, { skip }, async () => {
    const shared = Array(7).fill(true).join(' ');
    assert.equal(await runFile('both.mjs', servers.plain.url), `${CALLED} ${shared}`);
  });

  test(`${name}: messages are compressed, with slim and ES modules, and with CommonJS`, {
    skip,
  }, async () => {
    const [module, common] = await Promise.all([
      runFile('deflate.mjs', servers.plain.url),
      runFile('deflate.cjs', servers.plain.url),
    ]);
    assert.deepEqual([module, common], [`${DEFLATED_CALLED} true`, DEFLATED_CALLED]);
  });

  test(`${name}: it talks over TLS with a certificate of its own`, { skip }, async () => {
    const url = servers.secure.url.replace('127.0.0.1', 'localhost');
    assert.equal(await runFile('tls.mjs', url), CALLED);
  });
}

for (const name of ['Node 22', 'Deno', 'Bun']) {
  const { program, args, skip } = RUNTIMES[name];

  test(`${name}: acceptUpgrade serves beside ordinary requests of node:http`, {
    skip,
  }, async (t) => {
    await project.write('upgrades.mjs', UPGRADES);
    const child = start(t, program, [...args, 'upgrades.mjs']);
    const port = Number(await child.said());
    const page = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await page.text(), 'a page');
    const peer = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(peer, 'open');
    peer.send('hello');
    const [answer] = await once(peer, 'message');
    peer.close(1000);
    assert.deepEqual([String(answer), await child.said()], ['hello', '1000 true']);
  });
}

test('Deno: accept takes a Deno.Conn as it is', { skip: RUNTIMES.Deno.skip }, async (t) => {
  const { program, args } = RUNTIMES.Deno;
  const talk = async (child) => {
    const peer = new WebSocket(`ws://127.0.0.1:${Number(await child.said())}/`);
    await once(peer, 'open');
    peer.send('hello');
    const [answer] = await once(peer, 'message');
    peer.close(1000);
    const [code] = await once(peer, 'close');
    return [String(answer), code];
  };
  await project.write('readme.mjs', readme.text('deno.mjs').replace('9001', '0'));
  assert.deepEqual(await talk(start(t, program, [...args, 'readme.mjs'])), ['hello', 1000]);
  await project.write(
    'serve.mjs',
    `import { accept } from 'framewire';
     const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
     console.log(listener.addr.port);
     const session = await accept(await listener.accept());
     listener.close();
     for await (const frame of session) await session.send(frame);
     console.log((await session.closed).code);`,
  );
  const single = start(t, program, [...args, 'serve.mjs']);
  assert.deepEqual(await talk(single), ['hello', 1000]);
  assert.deepEqual([await single.said(), await single.status], ['1000', 0]);
});

test('Deno: its own types fit those of the package', { skip: RUNTIMES.Deno.skip }, async () => {
  await project.write(
    'typed.ts',
    `import { accept, connect } from 'framewire';
     import { permessageDeflate } from 'framewire/deflate';
     import { init } from 'framewire/slim';
     await init(await Deno.readFile('core.wasm'));
     const session = await accept(await Deno.connect({ port: 1 }));
     for await (const frame of session) await session.send(frame.data);
     const options = { extensions: [permessageDeflate()], transport: () => Deno.connectTls({ hostname: 'a', port: 1 }) };
     await (await connect('wss://a', options)).send(await Deno.readFile('a'));
     // @ts-expect-error a listener is no transport
     await accept(Deno.listen({ port: 1 }));`,
  );
  await project.run(RUNTIMES.Deno.program, 'check', '--quiet', 'typed.ts');
});
