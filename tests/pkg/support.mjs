/** The packed tarball, installed as a user would. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const run = promisify(execFile);

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
    remove: () => rm(folder, { recursive: true, force: true }),
    write: (name, text) => writeFile(join(folder, name), text),
    /** Lets the project import a package that the repository has. */
    async link(name) {
      const place = join(folder, 'node_modules', name);
      await mkdir(dirname(place), { recursive: true });
      await rm(place, { force: true });
      await symlink(join(ROOT, 'node_modules', name), place);
    },
    /** Runs a file of the project; what it prints. */
    async node(name) {
      const { stdout } = await run(process.execPath, [name], { cwd: folder, timeout: 30_000 });
      return stdout.trim();
    },
  };
}

/** A program's body: a pair of sessions in memory that talk; prints what came. */
export const PAIR = `
  const [there, back] = [new TransformStream(), new TransformStream()];
  const client = overTransport(
    { readable: back.readable, writable: there.writable },
    { role: 'client' },
  );
  const server = overTransport(
    { readable: there.readable, writable: back.writable },
    { role: 'server' },
  );
  await client.send('hello');
  const frame = await server.receive();
  await server.send(frame);
  const answer = await client.receive();
  const info = await client.close(1000, 'done');
`;
