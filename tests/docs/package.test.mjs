/** The examples of the package's README. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser } from './browser.mjs';
import { ground } from './ground.mjs';
import { Readme } from './readme.mjs';

const readme = new Readme('pkg-template/README.md');
const node = ground([9001, 9002, 9003, 9004]);
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
  'slim.mjs': ['server.mjs'],
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

const [extension, server, client] = [
  'run-length.mjs',
  'run-length-server.mjs',
  'run-length-client.mjs',
];

readme.example([extension, server, client], async (_, ...texts) => {
  await node.write(extension, texts[0]);
  await node.serve(server, texts[1]);
  await node.run(client, texts[2]);
});

readme.example(['deflate-server.mjs', 'deflate-client.mjs'], async (_, ...texts) => {
  await node.serve('deflate-server.mjs', texts[0]);
  await node.run('deflate-client.mjs', texts[1]);
});

/** What the extension makes of frames that a raw session writes by hand. */
const RUN_LENGTH_FAULTS = `
  import { createServer } from 'node:http';
  import { connect, Frame } from 'framewire';
  import { acceptUpgrade } from 'framewire/node';
  import { runLength } from './run-length.mjs';

  const server = createServer();
  const coded = [[3, 97, 255, 98], [3], [255, 0, 255, 0]];
  server.on('upgrade', async (request, socket, head) => {
    const options = { extensions: [runLength], raw: true };
    const session = await acceptUpgrade(request, socket, head, options);
    await session.send(Frame.text('plain'));
    await session.send(Frame.binary(new Uint8Array(coded.shift()), { rsv1: true }));
    const { closeReason } = await session.receive();
    await session.close(closeReason?.code);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = \`ws://127.0.0.1:\${server.address().port}/\`;
  for (let left = 3; left > 0; left -= 1) {
    const session = await connect(url, { extensions: [runLength], maxMessageSize: 300 });
    const { text } = await session.receive();
    const told = await session.receive().then(
      ({ bytes }) => [bytes.length, bytes[2], bytes[3]],
      ({ name, closeCode, message }) => [name, closeCode, message],
    );
    await session.close();
    console.log([text, ...told].join(' '));
  }
  server.close();
`;

test('the extension of the README decodes what was encoded, and ends what was not', async () => {
  await node.write(extension, readme.text(extension));
  await node.write('run-length-faults.mjs', RUN_LENGTH_FAULTS);
  assert.deepEqual((await node.node('run-length-faults.mjs')).split('\n'), [
    'plain 258 97 98',
    'plain InvalidPayloadError 1007 half a pair',
    'plain MessageTooBigError 1009 510 bytes are too many',
  ]);
});

test('a server that does not know the extension of the README is spoken to without it', async () => {
  await serve('server.mjs');
  await node.write(extension, readme.text(extension));
  const text = `
    import { connect } from 'framewire';
    import { runLength } from './run-length.mjs';
    const session = await connect('ws://127.0.0.1:9001/', { extensions: [runLength] });
    await session.send('aaaaaaaa');
    console.log(session.extensions, (await session.receive()).text); // [] aaaaaaaa
    await session.close();`;
  await node.run('run-length-alone.mjs', text);
});

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

readme.runElsewhere('deno.mjs', 'tests/pkg/runtimes.test.mjs');
readme.runElsewhere('cloudflare.js', 'tests/pkg/workerd.test.mjs');
readme.runElsewhere('slim-worker.js', 'tests/pkg/workerd.test.mjs');
readme.runElsewhere('vite.js', 'tests/pkg/vite.test.mjs');
readme.runElsewhere('webpack.js', 'tests/pkg/bundlers.test.mjs');

readme.everyExampleIsRun();
