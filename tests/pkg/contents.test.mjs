/** What the tarball holds, and what importing it does not do. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, run, scratchProject } from './support.mjs';

let project;

before(async () => {
  project = await scratchProject();
});

after(() => project.remove());

test('every file that the exports name is there, and nothing else lies beside them', async () => {
  const folder = join(project.folder, 'node_modules/framewire');
  const { exports, dependencies, scripts } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  assert.deepEqual([dependencies, scripts], [undefined, undefined]);
  const files = (entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(files);
  for (const file of files(exports)) {
    assert.ok((await readFile(join(folder, file))).length > 0, file);
  }
  const expected = [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'core.wasm',
    'deflate.wasm',
    'lib',
    'package.json',
    'types',
  ];
  assert.deepEqual((await readdir(folder)).sort(), expected);
});

test('what an ES module of Node imports is short: Node looks through its text for names', async () => {
  const lib = join(project.folder, 'node_modules/framewire/lib');
  const entries = (await readdir(lib)).filter((file) => file.endsWith('.mjs'));
  const imported = [];
  for (const entry of entries) {
    const text = await readFile(join(lib, entry), 'utf8');
    imported.push(...Array.from(text.matchAll(/from '(\.\/[^']+)'/g), ([, file]) => file));
  }
  assert.ok(imported.length >= entries.length && entries.length > 0);
  for (const file of imported) {
    const { length } = await readFile(join(lib, file), 'utf8');
    assert.ok(length < 4096, `${file} has ${length} characters`);
  }
});

test('importing makes no instance of a module and holds no process', async () => {
  const lines = [
    'let made = 0;',
    "for (const name of ['Instance', 'Module']) {",
    '  const Usual = WebAssembly[name];',
    '  WebAssembly[name] = class extends Usual { constructor(...given) { super(...given); made += 1; } };',
    '}',
    'const before = process.getActiveResourcesInfo().length;',
    "await import('framewire');",
    "(await import('framewire/deflate')).permessageDeflate();",
    'const after = process.getActiveResourcesInfo().length;',
    'console.log(made, after - before);',
  ];
  await project.write('idle.mjs', lines.join('\n'));
  assert.equal(await project.node('idle.mjs'), '0 0');
});

const SERVER = `
  import { createServer } from 'node:http';
  import { connect as connectTcp } from 'node:net';
  import { overTransport } from 'framewire';
  import { acceptUpgrade, nodeTransport } from 'framewire/node';

  createServer().on('upgrade', async (request, socket, head) => {
    const session = await acceptUpgrade(request, socket, head, { headers: { 'X-A': 'b' } });
    for await (const frame of session) await session.send(frame);
  });
  export const raw = overTransport(nodeTransport(connectTcp(80)), { role: 'client' });
`;

const COMMON = `
  import framewire = require('framewire');
  import node = require('framewire/node');
  import deflate = require('framewire/deflate');
  export const opening: Promise<framewire.WebSocketSession> = framewire.connect('ws://a');
  export const upgrade = node.acceptUpgrade;
  const extension: framewire.Extension = deflate.permessageDeflate({ level: 9 });
  export const squeezed = framewire.connect('ws://a', { extensions: [extension] });
`;

test('TypeScript checks programs for Node in both module systems', async () => {
  await project.write('server.mts', SERVER);
  await project.write('common.cts', COMMON);
  const options = {
    compilerOptions: {
      module: 'node16',
      target: 'es2022',
      lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      // The types of Node and those of pages do not agree with each other everywhere.
      skipLibCheck: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    files: ['server.mts', 'common.cts'],
  };
  await project.write('tsconfig.json', JSON.stringify(options));
  const checked = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project.folder]);
  await assert.doesNotReject(checked.catch(({ stdout }) => Promise.reject(new Error(stdout))));
});
