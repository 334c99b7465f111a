/** The size budget: what is loaded and what is installed may not grow unnoticed. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { scratchProject } from './support.mjs';

let project;

before(async () => {
  project = await scratchProject();
});

after(() => project?.remove());

const budget = JSON.parse(await readFile(new URL('size.json', import.meta.url), 'utf8'));

const zipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
const file = async (name) => zipped(await readFile(join(project.installed, name)));

/** What a page loads that imports everything of these entries, minified. */
async function bundled(...entries) {
  const lines = entries.map((entry) => `export * from '${entry}';`);
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: project.folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    logLevel: 'silent',
  });
  return zipped(outputFiles[0].contents);
}

/** How each thing of the budget is weighed, in bytes; all but the tarball by gzip. */
const SCALES = {
  'core.wasm': () => file('core.wasm'),
  'deflate.wasm': () => file('deflate.wasm'),
  'lib/web.js and lib/base.js': async () =>
    (await file('lib/web.js')) + (await file('lib/base.js')),
  'lib/slim.js and lib/base.js': async () =>
    (await file('lib/slim.js')) + (await file('lib/base.js')),
  'framewire in a bundle': () => bundled('framewire'),
  'framewire/slim in a bundle': () => bundled('framewire/slim'),
  'framewire and framewire/deflate in a bundle': () => bundled('framewire', 'framewire/deflate'),
  'the tarball': async () => (await readFile(project.tarball)).length,
};

for (const [name, weigh] of Object.entries(SCALES)) {
  test(`${name} is within its budget`, async () => {
    const size = await weigh();
    const limit = budget[name];
    assert.ok(size <= limit, `${name} has ${size} bytes, ${limit} are allowed by size.json`);
  });
}

test('everything of the budget is weighed', () => {
  assert.deepEqual(Object.keys(budget), Object.keys(SCALES));
});
