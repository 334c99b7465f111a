/** The package in a Vite application: its server for development, and what it builds. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, createServer } from 'vite';
import { Readme } from '../docs/readme.mjs';
import { DEFLATED_TALK, DEFLATED_TALKED, PAIR, scratchProject, TALK, TALKED } from './support.mjs';
import { page, serveFolder, startChromium } from './web.mjs';

/** What is the same for both: quiet, and reading no file of settings. */
const settings = () => ({ root: project.folder, configFile: false, logLevel: 'error' });

const readme = new Readme('pkg-template/README.md');

let project;
let chromium;
let site;
let server;

const SOURCES = {
  'whole.js': `
    import { overTransport } from 'framewire';
    report(await (async () => { ${TALK} })());`,
  'slim.js': `
    ${readme.text('vite.js')}
    import * as whole from 'framewire';
    import { overTransport, WebSocketSession } from 'framewire/slim';
    report([await (async () => { ${TALK} })(), WebSocketSession === whole.WebSocketSession].join(' '));`,
  'fetched.js': `
    import { init, overTransport } from 'framewire/slim';
    import url from 'framewire/core.wasm?url';
    await init(fetch(url));
    report(await (async () => { ${TALK} })());`,
  'deflate.js': `
    import { init, overTransport } from 'framewire/slim';
    import { permessageDeflate } from 'framewire/deflate';
    import url from 'framewire/core.wasm?url';
    await init(url);
    report(await (async () => { ${DEFLATED_TALK} })());`,
  'host.js': `
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => report(data);
    worker.onerror = ({ message }) => report('error: ' + message);
    worker.postMessage('begin');`,
  'worker.js': `
    import { overTransport } from 'framewire';
    onmessage = async () => {
      ${PAIR}
      postMessage([frame.text, answer.text, info.code, info.wasClean].join(' '));
    };`,
};

const PAGES = ['whole', 'slim', 'fetched', 'deflate', 'host'];

before(async () => {
  project = await scratchProject();
  for (const [name, source] of Object.entries(SOURCES)) await project.write(name, source);
  for (const name of PAGES) await project.write(`${name}.html`, page(`/${name}.js`));
  chromium = await startChromium();
  await build({
    ...settings(),
    build: {
      rolldownOptions: { input: PAGES.map((name) => join(project.folder, `${name}.html`)) },
    },
  });
  site = await serveFolder(join(project.folder, 'dist'));
  server = await createServer({ ...settings(), server: { host: '127.0.0.1', port: 0 } });
  await server.listen();
});

after(async () => {
  await chromium?.close();
  await server?.close();
  site?.close();
  await project?.remove();
});

const EXPECTED = {
  whole: ['imports framewire', TALKED],
  slim: [
    'framewire/slim takes framewire/core.wasm?url, and is one with framewire',
    `${TALKED} true`,
  ],
  fetched: ['framewire/slim takes what fetch promises', TALKED],
  deflate: ['framewire/deflate compresses with framewire/slim', DEFLATED_TALKED],
  host: ['a module worker imports framewire', TALKED],
};

for (const [name, [title, expected]] of Object.entries(EXPECTED)) {
  test(`Vite in development: ${title}`, async () => {
    const { port } = server.httpServer.address();
    assert.equal(await chromium.visit(`http://127.0.0.1:${port}/${name}.html`), expected);
  });

  test(`Vite's build: ${title}`, async () => {
    assert.equal(await chromium.visit(`${site.origin}/${name}.html`), expected);
  });
}

test("Vite's build of slim alone has the core as a file and nowhere else", async () => {
  const assets = join(project.folder, 'dist/assets');
  const files = await readdir(assets);
  assert.equal(files.filter((name) => name.endsWith('.wasm')).length, 1, files.join());
  // A set is iterated with what is added meanwhile.
  const loaded = new Set(files.filter((name) => name.startsWith('fetched-')));
  for (const name of loaded) {
    const text = await readFile(join(assets, name), 'utf8');
    assert.doesNotMatch(text, /AGFzbQ/, name);
    for (const [, next] of text.matchAll(/["']\.\/([\w.-]+\.js)["']/g)) {
      if (files.includes(next)) loaded.add(next);
    }
  }
  assert.ok(loaded.size > 1, 'the page loads no chunk of the package');
});
