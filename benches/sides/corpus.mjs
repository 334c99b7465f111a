/** The messages of a case: made ones, or real-looking text from `benches/corpus/`. */

import { readFileSync } from 'node:fs';
import { payloads, TURNS } from '../support/payloads.mjs';

const FOLDER = new URL('../corpus/', import.meta.url);
const FILES = { json: 'events.jsonl', log: 'access.txt' };

/** `TURNS` messages of a size: of kind `json` or `log` whole lines, about as long as asked for, else as made by `payloads`. */
export async function listOf({ size, kind }) {
  const file = FILES[kind];
  if (!file) return payloads(size, kind);
  const lines = readFileSync(new URL(file, FOLDER), 'utf8').trimEnd().split('\n');
  let at = 0;
  const message = () => {
    const taken = [];
    for (let length = 0; length < size; at += 1) {
      const line = lines[at % lines.length];
      taken.push(line);
      length += line.length + 1;
    }
    return kind === 'json' && taken.length > 1 ? `[${taken.join(',')}]` : taken.join('\n');
  };
  return Array.from({ length: TURNS }, message);
}
