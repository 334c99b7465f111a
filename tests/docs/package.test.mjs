/** The examples of the package's README. */

import assert from 'node:assert/strict';
import { browser } from './browser.mjs';
import { ground } from './ground.mjs';
import { Readme } from './readme.mjs';

const readme = new Readme('pkg-template/README.md');
const node = ground([9001, 9002, 9003]);
const pages = browser(node);

/** Starts the servers that an example talks to. */
async function serve(...names) {
  for (const name of names) await node.serve(name, readme.text(name));
}

/** Programs that run as they are, and the servers they need. */
const PROGRAMS = {
  'client.mjs': ['server.mjs'],
  'client.cjs': ['server.mjs'],
  'guest.mjs': ['guarded.mjs'],
  'streams.mjs': [],
  'many.mjs': ['server.mjs'],
  'frames.mjs': [],
  'pressure.mjs': ['server.mjs'],
  'codec.mjs': ['server.mjs'],
  'errors.mjs': ['guarded.mjs'],
  'raw.mjs': ['server.mjs'],
};

for (const [name, servers] of Object.entries(PROGRAMS)) {
  readme.example(name, async (_, text) => {
    await serve(...servers);
    await node.run(name, text);
  });
}

/** Pieces that go on from the session of `session.mjs`. */
const PIECES = [
  'sending.mjs',
  'receiving.mjs',
  'batches.mjs',
  'ping.mjs',
  'closing.mjs',
  'giving-up.mjs',
  'counters.mjs',
];

for (const name of PIECES) {
  readme.example(name, async (_, text) => {
    await serve('server.mjs');
    await node.run(name, `${readme.text('session.mjs')}\n${text}\nawait session.close();\n`);
  });
}

readme.example('session.mjs', async (_, text) => {
  await serve('server.mjs');
  await node.run('session.mjs', `${text}\nconsole.log(session.state); // open\nsession.close();\n`);
});

readme.example('server.mjs', async (_, text) => {
  await node.serve('server.mjs', text);
  const answer = await fetch(node.adapt('http://127.0.0.1:9001/'));
  assert.equal(await answer.text(), 'an ordinary answer\n');
});

// `guest.mjs` is its client.
readme.example('guarded.mjs', (_, text) => node.serve('guarded.mjs', text));

readme.example('proxy.mjs', async (_, text) => {
  await serve('server.mjs');
  await node.serve('proxy.mjs', text);
  await node.run('through.mjs', readme.text('client.mjs').replace('9001', '9003'));
});

for (const name of ['typed.mts', 'values.mts']) {
  readme.example(name, async (_, text) => {
    await serve('server.mjs');
    await node.project.link('valibot');
    await node.compileAndRun(name, text);
  });
}

readme.example('index.html', async (t, text) => {
  await serve('server.mjs');
  await node.write('index.html', text);
  assert.equal(await pages.log(t, 'index.html'), 'hello from a page');
});

readme.example(['main.js', 'worker.js'], async (t, main, worker) => {
  await serve('server.mjs');
  await node.write('main.js', main);
  await node.write('worker.js', worker);
  await pages.bundle('main.js', 'worker.js');
  await node.write('worker.html', pages.around('built/main.js'));
  // With the policy that the README asks for.
  assert.equal(await pages.log(t, 'worker.html', { policy: true }), 'hello from a worker');
});

readme.everyExampleIsRun();
