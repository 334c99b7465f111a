/** The tarball as those who check packages see it: entries, conditions and types that fit each other. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, run, scratchProject } from './support.mjs';

let project;

before(async () => {
  project = await scratchProject();
});

after(() => project?.remove());

/** Runs a program of this workspace on the tarball; the test fails with what it says. */
async function check(name, ...args) {
  const checked = run(process.execPath, [join(ROOT, 'node_modules', name), ...args]);
  return checked.catch(({ stdout, stderr }) => assert.fail(`${stdout}${stderr}`));
}

test('publint has nothing to say', async () => {
  await check('publint/src/cli.js', 'run', '--strict', project.tarball);
});

test('arethetypeswrong finds nothing wrong, in any kind of resolution', async () => {
  await check('@arethetypeswrong/cli/dist/index.js', '--no-color', '--no-emoji', project.tarball);
});

/** What an import of each entry comes to, by the conditions that a runtime or bundler sets. */
const RESOLVED = [
  [[], 'framewire', 'lib/node.mjs'],
  [[], 'framewire/node', 'lib/upgrade.mjs'],
  [[], 'framewire/slim', 'lib/node-slim.mjs'],
  [['workerd', 'worker', 'browser'], 'framewire', 'lib/workerd.js'],
  [[], 'framewire/deflate', 'lib/deflate.mjs'],
  [['workerd', 'worker', 'browser'], 'framewire/deflate', 'lib/deflate-workerd.js'],
  [[], 'framewire/core.wasm', 'core.wasm'],
  [[], 'framewire/package.json', 'package.json'],
];

for (const [conditions, name, file] of RESOLVED) {
  test(`${[name, ...conditions].join(', ')} is ${file}`, async () => {
    await project.write('resolve.mjs', 'console.log(import.meta.resolve(process.argv[2]));');
    const flags = conditions.flatMap((condition) => ['-C', condition]);
    const resolved = await project.run(process.execPath, ...flags, 'resolve.mjs', name);
    assert.ok(resolved.endsWith(`/node_modules/framewire/${file}`), resolved);
  });
}

test('every file that says where the core is counts as one with side effects', async () => {
  const { sideEffects, exports } = JSON.parse(
    await readFile(join(project.installed, 'package.json'), 'utf8'),
  );
  const files = (entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(files);
  const scripts = new Set(files(exports).filter((file) => /\/lib\/.*js$/.test(file)));
  const says = async (file) => {
    const text = await readFile(join(project.installed, file), 'utf8');
    const [, imported] = /^import .* from '\.(\/.*)';/.exec(text) ?? [];
    return text.includes('provideCore(') || (imported ? says(`./lib${imported}`) : false);
  };
  for (const file of scripts) assert.equal(sideEffects.includes(file), await says(file), file);
  for (const file of sideEffects) assert.ok(scripts.has(file), file);
});
