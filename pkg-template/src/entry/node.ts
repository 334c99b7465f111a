/** Everything but the core's module, for Node, Deno and Bun. */

import { readFile } from 'node:fs/promises';
import { provideDial } from '../dial.js';
import { provideReadFile } from '../load.js';
import { dial } from '../transports/node.js';

provideDial(dial);
provideReadFile(async (url) => new Uint8Array(await readFile(url)));

export * from '../node.js';
export * from './web.js';
