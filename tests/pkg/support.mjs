/** The packed tarball, installed as a user would, and peers and programs to run it with. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocketServer } from 'ws';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const run = promisify(execFile);

/** How long a program of a project may run. */
const TIMEOUT = 60_000;

/** A scratch project that has the tarball as its only dependency. */
export async function scratchProject() {
  const [tarball, ...others] = await readdir(join(ROOT, 'dist'));
  if (!tarball || others.length > 0) throw new Error('dist/ must hold one tarball: run make pkg');
  const folder = await mkdtemp(join(tmpdir(), 'framewire-'));
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const packed = join(ROOT, 'dist', tarball);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', packed], { cwd: folder });
  return {
    folder,
    tarball: packed,
    installed: join(folder, 'node_modules/framewire'),
    remove: () => rm(folder, { recursive: true, force: true }),
    async write(name, text) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return path;
    },
    /** Lets the project import a package that the repository has. */
    async link(name) {
      const place = join(folder, 'node_modules', name);
      await mkdir(dirname(place), { recursive: true });
      await rm(place, { force: true });
      await symlink(join(ROOT, 'node_modules', name), place);
    },
    /** Runs a file of the project with Node; what it prints. */
    node(name, ...args) {
      return this.run(process.execPath, name, ...args);
    },
    /** Runs a program in the project; what it prints. What it caches stays in the project. */
    async run(program, ...args) {
      const env = { ...process.env, HOME: folder, DENO_DIR: join(folder, '.deno') };
      const { stdout } = await run(program, args, { cwd: folder, timeout: TIMEOUT, env });
      return stdout.trim();
    },
  };
}

/** A server made with ws that echoes, compressed to who asks for it; `seen` has the Authorization header of each session. */
export async function echoServer({ key, cert } = {}) {
  const secure = key && createServer({ key, cert }).listen(0, '127.0.0.1');
  const place = secure ? { server: secure } : { host: '127.0.0.1', port: 0 };
  const server = new WebSocketServer({ ...place, perMessageDeflate: { threshold: 0 } });
  await once(server, 'listening');
  const seen = [];
  server.on('connection', (peer, { headers }) => {
    seen.push(headers.authorization);
    peer.on('error', () => {});
    peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
  });
  const { port } = (secure || server).address();
  return {
    seen,
    port,
    url: `${secure ? 'wss' : 'ws'}://127.0.0.1:${port}/`,
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
      if (secure) secure.close();
    },
  };
}

/** A program's body: a session with the server at `url`, opened with `options` beside. */
export const CALL = `
  const session = await connect(url, { headers: { Authorization: 'Bearer x' }, ...options });
  await session.send('hello');
  await session.send(new Uint8Array([1, 2, 3]));
  const said = [];
  while (said.length < 2) said.push(String((await session.receive()).data));
  const roundTrip = await session.ping();
  const { code, wasClean } = await session.close(1000, 'done');
  const told = [...said, roundTrip >= 0, code, wasClean].join(' ');
`;

/** What {@link CALL} leaves in `told`. */
export const CALLED = 'hello 1,2,3 true 1000 true';

/** {@link CALL} with messages compressed. */
export const DEFLATED_CALL = `
  options.extensions = [permessageDeflate({ threshold: 0 })];
  ${CALL}
  const { encoded, decoded } = session.stats();
  const squeezed = [told, session.extensions[0]?.name, encoded.messages, decoded.messages].join(' ');
`;

/** What it leaves in `squeezed`. */
export const DEFLATED_CALLED = `${CALLED} permessage-deflate 2 2`;

const pair = (options) => `
  const [there, back] = [new TransformStream(), new TransformStream()];
  const client = overTransport(
    { readable: back.readable, writable: there.writable },
    { role: 'client'${options} },
  );
  const server = overTransport(
    { readable: there.readable, writable: back.writable },
    { role: 'server'${options} },
  );
  await client.send('hello');
  const frame = await server.receive();
  await server.send(frame);
  const answer = await client.receive();
  const info = await client.close(1000, 'done');
`;

/** A program's body: a pair of sessions in memory that talk. */
export const PAIR = pair('');

/** A function's body that gives what a pair of sessions said. */
export const TALK = `${PAIR} return [frame.text, answer.text, info.code, info.wasClean].join(' ');`;

/** What {@link TALK} gives. */
export const TALKED = 'hello hello 1000 true';

/** The same with messages compressed. */
export const DEFLATED_TALK = `
  const extensions = [permessageDeflate({ threshold: 0 })];
  ${pair(', extensions')}
  const { encoded, decoded } = client.stats();
  return [frame.text, answer.text, info.code, encoded.messages, decoded.messages].join(' ');`;

/** What {@link DEFLATED_TALK} gives. */
export const DEFLATED_TALKED = 'hello hello 1000 1 1';
