// Builds the npm package into pkg/ and its tarball into dist/: bundles the TypeScript with the core's
// module inside, and lays the hand-written types beside it.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const template = join(root, 'pkg-template');
const pkg = join(root, 'pkg');
const wasm = join(template, 'src/generated/framewire_bg.wasm');

/** The core's module as an import that gives it in base64. */
const inlineCore = {
  name: 'framewire:core',
  setup(build) {
    build.onResolve({ filter: /^framewire:core$/ }, ({ path }) => ({ path, namespace: 'core' }));
    build.onLoad({ filter: /.*/, namespace: 'core' }, () => ({
      contents: readFileSync(wasm).toString('base64'),
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
  plugins: [inlineCore],
};

async function bundle(entry, out, options) {
  await build({
    ...shared,
    ...options,
    entryPoints: [join(template, 'src/entry', entry)],
    outfile: join(pkg, 'lib', out),
  });
}

/** Names that one of the entries gives. */
const NODE_ONLY = ['acceptUpgrade', 'nodeTransport'];

/** Entries, in both module systems, that give names of a shared bundle: all are one instance. */
async function entries(bundle, split) {
  const names = Object.keys(await import(join(pkg, 'lib', bundle)))
    .filter((name) => name !== 'default' && name !== 'module.exports')
    .sort();
  for (const [entry, wanted] of Object.entries(split)) {
    const list = names.filter(wanted);
    const esm = `import shared from './${bundle}';\nexport const { ${list.join(', ')} } = shared;\n`;
    // Each name is assigned by itself, so that Node finds it for `import { name }`.
    const lines = list.map((name) => `exports.${name} = shared.${name};`);
    const cjs = `'use strict';\nconst shared = require('./${bundle}');\n${lines.join('\n')}\n`;
    writeFileSync(join(pkg, 'lib', `${entry}.mjs`), esm);
    writeFileSync(join(pkg, 'lib', `${entry}.cjs`), cjs);
  }
}

rmSync(pkg, { recursive: true, force: true });
mkdirSync(join(pkg, 'lib'), { recursive: true });
await bundle('node.ts', 'shared.cjs', { format: 'cjs', platform: 'node' });
await entries('shared.cjs', {
  node: (name) => !NODE_ONLY.includes(name),
  upgrade: (name) => NODE_ONLY.includes(name),
});
await bundle('web.ts', 'web.js', { format: 'esm', platform: 'neutral' });
await bundle('web.ts', 'web.cjs', { format: 'cjs', platform: 'neutral' });

cpSync(wasm, join(pkg, 'core.wasm'));
mkdirSync(join(pkg, 'types'));
for (const file of readdirSync(join(template, 'types')).filter((name) => name.endsWith('.d.ts'))) {
  const types = readFileSync(join(template, 'types', file), 'utf8');
  writeFileSync(join(pkg, 'types', file), types);
  // For CommonJS the same types refer to each other by another extension.
  const common = types.replaceAll(/'(\.\/\w+)\.js'/g, "'$1.cjs'");
  writeFileSync(join(pkg, 'types', file.replace('.d.ts', '.d.cts')), common);
}
for (const file of ['package.json', 'README.md']) cpSync(join(template, file), join(pkg, file));
for (const file of ['LICENSE-MIT', 'LICENSE-APACHE']) cpSync(join(root, file), join(pkg, file));

const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', dist], { cwd: pkg });
console.log(`pkg: dist/${packed.toString().trim()}`);
