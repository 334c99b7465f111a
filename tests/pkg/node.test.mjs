/** The package in Node, from the tarball: its entries, its end, its types. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PAIR, ROOT, run, scratchProject } from './support.mjs';

let project;

before(async () => {
  project = await scratchProject();
});

after(() => project.remove());

test('the entry for Node has its two functions, and the main entry has not', async () => {
  const lines = [
    "import * as main from 'framewire';",
    "import * as node from 'framewire/node';",
    'console.log(Object.keys(node).join(), "acceptUpgrade" in main);',
  ];
  await project.write('entries.mjs', lines.join('\n'));
  assert.equal(await project.node('entries.mjs'), 'acceptUpgrade,nodeTransport false');
});

test('the core is there as a file of its own', async () => {
  const lines = [
    "import { readFile } from 'node:fs/promises';",
    "const path = new URL(import.meta.resolve('framewire/core.wasm'));",
    'console.log(WebAssembly.validate(await readFile(path)));',
  ];
  await project.write('wasm.mjs', lines.join('\n'));
  assert.equal(await project.node('wasm.mjs'), 'true');
});

test('a process whose sessions are over ends by itself', async () => {
  const lines = [
    "import { overTransport } from 'framewire';",
    PAIR,
    'await server.closed; client.signal; process.stdout.write("end");',
  ];
  await project.write('exit.mjs', lines.join('\n'));
  assert.equal(await project.node('exit.mjs'), 'end');
});

const PROGRAM = `
  import {
    accept, connect, Frame, overTransport, WebSocketSession,
    type ByteTransport, type CloseInfo, type ConnectOptions,
  } from 'framewire';
  import { permessageDeflate, type DeflateOptions } from 'framewire/deflate';

  const deflate: DeflateOptions = {
    clientMaxWindowBits: true, serverMaxWindowBits: 12, compressIf: (frame) => frame.type === 'text',
  };
  const options: ConnectOptions = {
    extensions: [permessageDeflate(deflate), permessageDeflate()],
    protocols: ['chat'], headers: { Authorization: 'x' }, incoming: { onOverflow: 'close' },
  };
  export async function talk(transport: ByteTransport): Promise<CloseInfo> {
    await using session: WebSocketSession = await connect(new URL('ws://localhost/'), options);
    for await (const frame of session) {
      if (frame.type === 'text') { const text: string = frame.data; await session.send(text); }
      else if (frame.type === 'close') { const code: number | undefined = frame.closeReason?.code; void code; }
      else { const bytes: Uint8Array = frame.data; await session.send(bytes); }
    }
    await session.send(Frame.ping(new Uint8Array(2)));
    const server = await accept(transport, { verify: (request) => request.host ? undefined : 400 });
    overTransport({ readable: new ReadableStream<Uint8Array>(), writable: new WritableStream<Uint8Array>() }, { role: 'client' });
    // @ts-expect-error a role is needed
    overTransport(transport, {});
    // @ts-expect-error a level is a number
    permessageDeflate({ level: '9' });
    // @ts-expect-error a number is no data
    await server.send(5);
    return server.closed;
  }
`;

for (const [module, resolution] of [
  ['node16', 'node16'],
  ['esnext', 'bundler'],
]) {
  test(`TypeScript checks a user's program, strict, module ${module}`, async () => {
    await project.write('program.mts', PROGRAM);
    const options = {
      compilerOptions: {
        module,
        moduleResolution: resolution,
        target: 'es2022',
        lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable'],
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        types: [],
      },
      files: ['program.mts'],
    };
    await project.write('tsconfig.json', JSON.stringify(options));
    const checked = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project.folder]);
    await assert.doesNotReject(checked.catch(({ stdout }) => Promise.reject(new Error(stdout))));
  });
}
