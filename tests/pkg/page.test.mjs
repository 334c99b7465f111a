/** The package in a page without a bundler, from the tarball: its files as they are, slim, strict CSP. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DEFLATED_TALK, DEFLATED_TALKED, PAIR, scratchProject, TALK, TALKED } from './support.mjs';
import { page, serveFolder, startChromium } from './web.mjs';

const LIB = '/node_modules/framewire/lib';
const CORE = '/node_modules/framewire/core.wasm';

/** Policies that allow nothing that is not listed, with and without WebAssembly. */
const STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'";
const POLICIES = {
  '/allowed/': STRICT.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"),
  '/forbidden/': STRICT,
};

let project;
let site;
let chromium;
let pages = 0;

before(async () => {
  project = await scratchProject();
  chromium = await startChromium();
  site = await serveFolder(project.folder, (path, usual) => {
    if (path === CORE) return { ...usual, 'Content-Type': type };
    const [, policy] = Object.entries(POLICIES).find(([folder]) => path.startsWith(folder)) ?? [];
    return policy ? { ...usual, 'Content-Security-Policy': policy } : usual;
  });
});

after(async () => {
  await chromium?.close();
  site?.close();
  await project?.remove();
});

/** What core.wasm is served as. */
let type = 'application/wasm';

/** What the module of a page of its own reports. */
async function visit(source, folder) {
  pages += 1;
  await project.write(`${folder}page${pages}.js`, source);
  await project.write(`${folder}page${pages}.html`, page(`page${pages}.js`));
  return chromium.visit(`${site.origin}${folder}page${pages}.html`);
}

/** A function `tell` of a page: an error as plain data. */
const TELL = `const tell = (error) => ({
  isTyped: error instanceof slim.WebSocketSessionError,
  code: error.code,
  message: error.message,
  cause: error.cause?.name,
});`;

/** What a program in a page returns that has `whole` and `slim`. */
function shown(body, folder = '/') {
  const imports = `import * as whole from '${LIB}/web.js'; import * as slim from '${LIB}/slim.js';`;
  return visit(`${imports} ${TELL} report(await (async () => { ${body} })());`, folder);
}

/** What a program in a page returns that has `slim` alone, or the error that it throws. */
function shownSlim(body, folder = '/') {
  const imports = `import * as slim from '${LIB}/slim.js'; const { init, overTransport } = slim;`;
  return visit(`${imports} ${TELL} report(await (async () => { ${body} })().catch(tell));`, folder);
}

/** A program's lines that import permessage-deflate. */
const DEFLATE = `const { permessageDeflate } = await import('${LIB}/deflate.js');`;

const MEMORY = `
  const stream = () => new TransformStream();
  const transport = { readable: stream().readable, writable: stream().writable };`;

test('a pair of sessions talks in a page', async () => {
  assert.equal(await shown(`const { overTransport } = whole; ${TALK}`), TALKED);
});

test('a page with no transport and no bridge is told what to pass', async () => {
  const told = await shown(`
    return whole.connect('ws://127.0.0.1:1/').catch(({ name, message }) => [name, message].join(': '));`);
  assert.match(
    told,
    /^TypeError: this runtime cannot open a TCP connection: pass bridge .* or transport/,
  );
});

test('framewire and framewire/slim are one in a page', async () => {
  const names = await shown(
    'return Object.keys(slim).filter((name) => slim[name] !== whole[name]).join();',
  );
  assert.equal(names, 'init');
});

test('messages are compressed in a page, with framewire and with slim', async () => {
  const body = `${DEFLATE} ${DEFLATED_TALK}`;
  assert.equal(await shown(`const { overTransport } = whole; ${body}`), DEFLATED_TALKED);
  assert.equal(await shownSlim(`await init('${CORE}'); ${body}`), DEFLATED_TALKED);
});

for (const served of ['application/wasm', 'text/plain', 'application/octet-stream']) {
  test(`slim loads a core that is served as ${served}`, async (t) => {
    t.after(() => {
      type = 'application/wasm';
    });
    type = served;
    assert.equal(await shownSlim(`await init('${CORE}'); ${TALK}`), TALKED);
  });
}

test('slim names the URL and the status of a core that is not there', async () => {
  const { isTyped, code, message } = await shownSlim("await init('/nowhere/core.wasm');");
  assert.deepEqual([isTyped, code], [true, 'ERR_CORE']);
  assert.match(message, /\/nowhere\/core\.wasm answered 404/);
});

test("a strict policy with 'wasm-unsafe-eval' is enough", async () => {
  assert.equal(await shown(`const { overTransport } = whole; ${TALK}`, '/allowed/'), TALKED);
  assert.equal(await shownSlim(`await init('${CORE}'); ${TALK}`, '/allowed/'), TALKED);
  const deflated = `await init('${CORE}'); ${DEFLATE} ${DEFLATED_TALK}`;
  assert.equal(await shownSlim(deflated, '/allowed/'), DEFLATED_TALKED);
});

/** Checks that an error says what the page's policy lacks. */
function assertForbidden({ isTyped, code, message, cause }) {
  assert.deepEqual([isTyped, code, cause], [true, 'ERR_CORE', 'CompileError'], message);
  assert.match(message, /Content-Security-Policy .* must have 'wasm-unsafe-eval'/);
}

test('without it every way to a session says what the policy lacks, each time', async () => {
  const told = await shown(
    `${MEMORY}
     const attempts = [
       async () => whole.connect('ws://a/', { bridge: 'https://127.0.0.1:1' }),
       async () => whole.connect('ws://a/', { transport }),
       async () => whole.accept(transport),
       async () => whole.overTransport(transport, { role: 'client' }),
     ];
     return Promise.all(attempts.map((attempt) => attempt().catch(tell)));`,
    '/forbidden/',
  );
  assert.equal(told.length, 4);
  for (const error of told) assertForbidden(error);
});

test('without it permessage-deflate says what the policy lacks, each time', async () => {
  const told = await shown(
    `${DEFLATE}
     const extension = permessageDeflate();
     return [1, 2].map(() => {
       try { return extension.offer({ role: 'client', maxMessageSize: 1 }); }
       catch (error) { return tell(error); }
     });`,
    '/forbidden/',
  );
  for (const { message, cause } of told) {
    assert.equal(cause, 'CompileError', message);
    assert.match(message, /Content-Security-Policy .* must have 'wasm-unsafe-eval'/);
  }
});

test('without it slim says so when it loads the core, whatever from', async () => {
  assertForbidden(await shownSlim(`await init('${CORE}');`, '/forbidden/'));
  assertForbidden(
    await shownSlim(
      `const response = await fetch('${CORE}'); await init(response.arrayBuffer());`,
      '/forbidden/',
    ),
  );
});

test('a module worker imports the files as they are', async () => {
  await project.write(
    'worker.js',
    `import { overTransport } from '${LIB}/web.js';
     onmessage = async () => { ${PAIR} postMessage([frame.text, info.code].join(' ')); };`,
  );
  const told = await shown(`
    const worker = new Worker('/worker.js', { type: 'module' });
    return new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve('error: ' + message);
      worker.postMessage('begin');
    });`);
  assert.equal(told, 'hello 1000');
});
