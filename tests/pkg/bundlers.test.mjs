/** The package through esbuild and webpack, as applications use them, for pages and for Node. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import webpack from 'webpack';
import { Readme } from '../docs/readme.mjs';
import {
  CALL,
  CALLED,
  DEFLATED_TALK,
  DEFLATED_TALKED,
  echoServer,
  scratchProject,
  TALK,
  TALKED,
} from './support.mjs';
import { page, serveFolder, startChromium } from './web.mjs';

const readme = new Readme('pkg-template/README.md');

let project;
let peer;
let site;
let chromium;

before(async () => {
  project = await scratchProject();
  [peer, chromium] = await Promise.all([echoServer(), startChromium()]);
  site = await serveFolder(project.folder);
  for (const [name, source] of Object.entries(SOURCES)) await project.write(name, source);
});

after(async () => {
  await chromium?.close();
  site?.close();
  peer?.close();
  await project?.remove();
});

const SOURCES = {
  // One name is imported, the rest and what only the side effect needs might be shaken off.
  'page.js': `
    import { overTransport } from 'framewire';
    report(await (async () => { ${TALK} })());`,
  'mixed.js': `
    import { overTransport } from 'framewire';
    import * as slim from 'framewire/slim';
    const common = require('./common.cjs');
    (async () => {
      const said = await (async () => { ${TALK} })();
      report([said, common.Frame === slim.Frame, common.overTransport === overTransport].join(' '));
    })();`,
  'common.cjs': "module.exports = require('framewire');",
  'required.cjs': `
    const { overTransport, Frame } = require('framewire');
    const slim = require('framewire/slim');
    const { permessageDeflate } = require('framewire/deflate');
    (async () => {
      const said = await (async () => { ${DEFLATED_TALK} })();
      report([said, Frame === slim.Frame].join(' '));
    })();`,
  'slim.js': `
    ${readme.text('webpack.js')}
    import { overTransport } from 'framewire/slim';
    report(await (async () => { ${TALK} })());`,
  'deflate.js': `
    import { overTransport } from 'framewire';
    import { permessageDeflate } from 'framewire/deflate';
    const common = require('framewire/deflate');
    (async () => {
      const said = await (async () => { ${DEFLATED_TALK} })();
      report([said, common.permessageDeflate === permessageDeflate].join(' '));
    })();`,
  'unused.js': `
    import { Frame } from 'framewire/slim';
    import { permessageDeflate } from 'framewire/deflate';
    report('nothing');`,
  'node.js': `
    import { connect } from 'framewire';
    import { acceptUpgrade } from 'framewire/node';
    (async () => {
      const [url, options] = [process.argv[2], {}];
      ${CALL}
      console.log(told, typeof acceptUpgrade);
    })();`,
};

/** The files of lib/ in each bundle of esbuild's. */
const used = new Map();

const BUNDLERS = {
  async esbuild(source, { platform = 'browser', conditions } = {}) {
    const out = `esbuild/${platform}-${source.replace(/\.\w+$/, '')}`;
    const { warnings, metafile } = await build({
      entryPoints: [join(project.folder, source)],
      outfile: join(project.folder, out, 'main.js'),
      bundle: true,
      minify: true,
      format: platform === 'node' ? 'cjs' : 'esm',
      conditions,
      metafile: true,
      platform,
      logLevel: 'silent',
    });
    assert.deepEqual(warnings, []);
    used.set(
      out,
      Object.keys(metafile.inputs).map((file) => file.split('framewire/lib/')[1]),
    );
    return out;
  },
  // Its minifier takes its time: one bundle shows that it does no harm.
  async webpack(source, { platform = 'browser', minimize = source === 'page.js' } = {}) {
    const out = `webpack/${platform}-${source.replace('.js', '')}`;
    const compiler = webpack({
      mode: 'production',
      context: project.folder,
      entry: `./${source}`,
      target: platform === 'node' ? 'node' : 'web',
      output: { path: join(project.folder, out), filename: 'main.js', publicPath: 'auto' },
      performance: { hints: false },
      optimization: { minimize },
    });
    const stats = await promisify(compiler.run.bind(compiler))();
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    await promisify(compiler.close.bind(compiler))();
    assert.deepEqual([errors, warnings], [[], []]);
    return out;
  },
};

/** What a bundle reports in a page. */
async function shown(out) {
  await project.write(`${out}/index.html`, page('main.js'));
  return chromium.visit(`${site.origin}/${out}/`);
}

const code = (out) => readFile(join(project.folder, out, 'main.js'), 'utf8');

/** How many modules of WebAssembly a bundle has inside. */
const modules = (text) => text.match(/AGFzbQ/g)?.length ?? 0;

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`${name}: a bundle for pages has the core, takes nothing of Node along, and runs`, async () => {
    const out = await bundle('page.js');
    assert.doesNotMatch(await code(out), /\bnode:|acceptUpgrade/);
    assert.equal(modules(await code(out)), 1);
    assert.equal(await shown(out), TALKED);
  });

  test(`${name}: framewire/deflate brings its module along, once for import and require`, async () => {
    const out = await bundle('deflate.js');
    assert.equal(modules(await code(out)), 2);
    assert.equal(await shown(out), `${DEFLATED_TALKED} true`);
  });

  test(`${name}: import, require and slim in one bundle are one instance`, async () => {
    assert.equal(await shown(await bundle('mixed.js')), `${TALKED} true true`);
  });

  test(`${name}: a bundle for Node talks over TCP`, async () => {
    const out = await bundle('node.js', { platform: 'node' });
    await project.write(`${out}/package.json`, '{ "type": "commonjs" }');
    assert.equal(await project.node(`${out}/main.js`, peer.url), `${CALLED} function`);
  });

  test(`${name}: what is imported from slim and not used leaves nothing behind`, async () => {
    const out = await bundle('unused.js');
    assert.ok((await code(out)).length < 1000, 'the bundle has code that nobody uses');
  });
}

test('a bundler that knows no condition "module" takes CommonJS for require', async () => {
  // Conditions of one's own replace esbuild's, of which that is one.
  const out = await BUNDLERS.esbuild('required.cjs', { conditions: ['production'] });
  assert.equal(await shown(out), `${DEFLATED_TALKED} true`);
  const files = used.get(out).filter((file) => file !== undefined);
  assert.deepEqual(files.sort(), ['base.cjs', 'deflate.cjs', 'inline.cjs', 'slim.cjs', 'web.cjs']);
});

test('webpack: framewire/core.wasm is an asset by new URL, for slim', async () => {
  const out = await BUNDLERS.webpack('slim.js');
  const assets = await readdir(join(project.folder, out));
  assert.equal(assets.filter((name) => name.endsWith('.wasm')).length, 1, assets.join());
  assert.doesNotMatch(await code(out), /AGFzbQ/);
  assert.equal(await shown(out), TALKED);
});
