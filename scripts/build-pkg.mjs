// Builds the npm package into pkg/ and its tarball into dist/: bundles the TypeScript with the core's
// module inside, and lays the hand-written types beside it.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** An ES module that gives the exports of a CommonJS one, so that both are one instance. */
async function wrap(commonJs, out) {
  const names = Object.keys(await import(join(pkg, 'lib', commonJs)))
    .filter((name) => name !== 'default' && name !== 'module.exports')
    .sort();
  const lines = [
    `import shared from './${commonJs}';`,
    `export const { ${names.join(', ')} } = shared;`,
    '',
  ];
  writeFileSync(join(pkg, 'lib', out), lines.join('\n'));
}

rmSync(pkg, { recursive: true, force: true });
mkdirSync(join(pkg, 'lib'), { recursive: true });
await bundle('node.ts', 'node.cjs', { format: 'cjs', platform: 'node' });
await wrap('node.cjs', 'node.mjs');
await bundle('web.ts', 'web.js', { format: 'esm', platform: 'neutral' });
await bundle('web.ts', 'web.cjs', { format: 'cjs', platform: 'neutral' });

cpSync(wasm, join(pkg, 'core.wasm'));
cpSync(join(template, 'types/index.d.ts'), join(pkg, 'types/index.d.ts'));
cpSync(join(template, 'types/index.d.ts'), join(pkg, 'types/index.d.cts'));
for (const file of ['package.json', 'README.md']) cpSync(join(template, file), join(pkg, file));
for (const file of ['LICENSE-MIT', 'LICENSE-APACHE']) cpSync(join(root, file), join(pkg, file));

const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', dist], { cwd: pkg });
console.log(`pkg: dist/${packed.toString().trim()}`);
