// Builds the npm package into pkg/ and its tarball into dist/: bundles the TypeScript with the wasm
// modules inside, and lays the hand-written types beside it.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const template = join(root, 'pkg-template');
const pkg = join(root, 'pkg');
const generated = (file) => readFileSync(join(template, 'src/generated', file));

/** Which core the JavaScript was built with: the two may be served apart, and must not be mixed. */
const code = generated('framewire_bg.wasm');
const { version } = JSON.parse(readFileSync(join(template, 'package.json'), 'utf8'));
const id = `${version}-${createHash('sha256').update(code).digest('hex').slice(0, 16)}`;

/** The core's module with its id in a custom section of its own. */
const core = Buffer.concat([code, customSection('framewire', id)]);

function customSection(name, content) {
  const named = Buffer.concat([Buffer.from([name.length]), Buffer.from(name + content)]);
  // Lengths are LEB128: one byte up to 127.
  if (named.length > 127) throw new Error(`the section ${name} is too long`);
  return Buffer.concat([Buffer.from([0, named.length]), named]);
}

/** The module of permessage-deflate. */
const deflate = generated('deflate_bg.wasm');

/** What the sources import of the build: the modules in base64, and the core's id. */
const VIRTUAL = {
  'framewire:core': core.toString('base64'),
  'framewire:deflate': deflate.toString('base64'),
  'framewire:id': id,
};

const virtual = {
  name: 'framewire:virtual',
  setup(build) {
    const filter = /^framewire:/;
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'virtual' }));
    build.onLoad({ filter, namespace: 'virtual' }, ({ path }) => ({
      contents: VIRTUAL[path],
      loader: 'text',
    }));
  },
};

const shared = {
  bundle: true,
  target: 'es2022',
  sourcemap: false,
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  // The glue's own loading by URL is never reached.
  define: { 'import.meta.url': '""' },
  plugins: [virtual],
};

/** What the entries are made around: one bundle each for Node's kind and for pages, in both module systems. */
const [NODE, PAGE, PAGE_COMMON] = ['shared.cjs', 'base.js', 'base.cjs'];
/** The core's module for CommonJS, and for what wraps it. */
const INLINE = 'inline.cjs';
const BUNDLES = [PAGE, PAGE_COMMON];

/** Leaves the imports of the bundles as they are. */
const apart = {
  name: 'framewire:apart',
  setup(build) {
    const filter = new RegExp(`^\\./(${BUNDLES.join('|')})$`);
    build.onResolve({ filter }, ({ path }) => ({ path, external: true }));
  },
};

/**
 * The core's objects are freed in order: an upgrade when it is decided, a session when it ends, until when the
 * instance knows it anyway. To register it with the collector would cost 98 bytes more.
 */
const freed = { define: { ...shared.define, FinalizationRegistry: 'undefined' } };

async function bundle(entry, out, options) {
  await build({
    ...shared,
    ...options,
    entryPoints: [join(template, 'src/entry', entry)],
    outfile: join(pkg, 'lib', out),
  });
}

/** The names that an entry gives, out of all that the bundle for Node has. */
const NODE_ONLY = ['acceptUpgrade', 'nodeTransport'];
const SLIM_ONLY = ['init'];
const INTERNAL = ['provideCore', 'default', 'module.exports'];
const ofNode = (name) => NODE_ONLY.includes(name);
const ofSlim = (name) => !NODE_ONLY.includes(name);
const ofMain = (name) => ofSlim(name) && !SLIM_ONLY.includes(name);

const write = (file, lines) => writeFileSync(join(pkg, 'lib', file), `${lines.join('\n')}\n`);

/** An entry that requires a bundle. With `core` it says where the module is. */
function commonEntry(file, bundle, names, { core }) {
  // Each name is assigned by itself, so that Node finds it for `import { name }`.
  const lines = names.map((name) => `exports.${name} = shared.${name};`);
  const provide = core ? [`shared.provideCore(require('./${INLINE}').coreBytes);`] : [];
  write(file, [`'use strict';`, `const shared = require('./${bundle}');`, ...provide, ...lines]);
}

/**
 * An ES module over an entry of CommonJS, so that both are one instance. Node looks through the text of what an ES
 * module imports for names: the entry is short, and what it requires is not looked through.
 */
function nodeEntry(file, common, names) {
  write(file, [
    `import shared from './${common}';`,
    `export const { ${names.join(', ')} } = shared;`,
  ]);
}

/** An ES module over the bundle for pages; `lines` say where the core's module is. */
async function pageEntry(file, names, lines) {
  await written(file, [...lines, `export { ${names.join(', ')} } from './${PAGE}';`]);
}

/** An ES module of these lines. */
async function written(file, lines) {
  await build({
    ...shared,
    plugins: [...shared.plugins, apart],
    external: ['../core.wasm', '../deflate.wasm'],
    stdin: {
      contents: lines.join('\n'),
      resolveDir: join(template, 'src/entry'),
    },
    outfile: join(pkg, 'lib', file),
    format: 'esm',
    platform: 'neutral',
  });
}

rmSync(pkg, { recursive: true, force: true });
mkdirSync(join(pkg, 'lib'), { recursive: true });
await bundle('node.ts', NODE, { ...freed, format: 'cjs', platform: 'node' });
await bundle('web.ts', PAGE, { ...freed, format: 'esm', platform: 'neutral' });
await bundle('web.ts', PAGE_COMMON, { ...freed, format: 'cjs', platform: 'neutral' });
await bundle('inline.ts', INLINE, { format: 'cjs', platform: 'neutral' });

const all = Object.keys(await import(join(pkg, 'lib', NODE)))
  .filter((name) => !INTERNAL.includes(name))
  .sort();
const [main, node, slim] = [ofMain, ofNode, ofSlim].map((wanted) => all.filter(wanted));
for (const [entry, names, core] of [
  ['node', main, true],
  ['upgrade', node, true],
  ['node-slim', slim, false],
]) {
  commonEntry(`${entry}.cjs`, NODE, names, { core });
  nodeEntry(`${entry}.mjs`, `${entry}.cjs`, names);
}
const provide = `import { provideCore } from './${PAGE}';`;
await pageEntry('web.js', main, [
  provide,
  `import { coreBytes } from './inline.js';`,
  'provideCore(coreBytes);',
]);
await pageEntry('workerd.js', main, [
  provide,
  `import module from '../core.wasm';`,
  'provideCore(() => module);',
]);
await pageEntry('slim.js', slim, []);
commonEntry('web.cjs', PAGE_COMMON, main, { core: true });
commonEntry('slim.cjs', PAGE_COMMON, slim, { core: false });

// permessage-deflate stands alone: it shares no class with the rest.
await bundle('deflate.ts', 'deflate.cjs', { format: 'cjs', platform: 'neutral' });
await bundle('deflate.ts', 'deflate.js', { format: 'esm', platform: 'neutral' });
commonEntry('deflate-node.cjs', 'deflate.cjs', ['permessageDeflate'], { core: false });
nodeEntry('deflate.mjs', 'deflate-node.cjs', ['permessageDeflate']);
await written('deflate-workerd.js', [
  `import { provideDeflate } from '../deflate/module.js';`,
  `import module from '../deflate.wasm';`,
  'provideDeflate(() => module);',
  `export { permessageDeflate } from '../deflate/extension.js';`,
]);

writeFileSync(join(pkg, 'core.wasm'), core);
writeFileSync(join(pkg, 'deflate.wasm'), deflate);
mkdirSync(join(pkg, 'types'));
for (const file of readdirSync(join(template, 'types')).filter((name) => name.endsWith('.d.ts'))) {
  const types = readFileSync(join(template, 'types', file), 'utf8');
  writeFileSync(join(pkg, 'types', file), types);
  // For CommonJS the same types refer to each other by another extension.
  const common = types
    .replaceAll(/'(\.\/\w+)\.js'/g, "'$1.cjs'")
    .replace(/^export default (\w+);$/m, 'export = $1;');
  writeFileSync(join(pkg, 'types', file.replace('.d.ts', '.d.cts')), common);
}
for (const file of ['package.json', 'README.md']) cpSync(join(template, file), join(pkg, file));
for (const file of ['LICENSE-MIT', 'LICENSE-APACHE']) cpSync(join(root, file), join(pkg, file));

const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', dist], { cwd: pkg });
console.log(`pkg: dist/${packed.toString().trim()}`);
