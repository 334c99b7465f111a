/** `tests/CONTRACT.md` names tests that exist, for each section of the contract. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** The rows of the tables: a rule, a file, the names of tests in it. A row without a rule goes on. */
function rows(text) {
  const found = [];
  for (const line of text.split('\n')) {
    const cells = /^\| (.*?) ?\| `(tests\/.+?)` \| (.+) \|$/.exec(line);
    if (cells) found.push({ rule: cells[1], file: cells[2], names: cells[3].split('<br>') });
  }
  return found;
}

/**
 * The names of the tests in a file. What is put together at run time stands as `…`; the rows of a
 * table that makes tests have names of their own.
 */
function namesIn(file) {
  const source = readFileSync(join(root, file), 'utf8');
  const names = new Set();
  const patterns = file.endsWith('.rs')
    ? [/^ *fn (?<name>\w+)\(/gm]
    : [
        /\b(?:test|pageTest)\(\s*(?<quote>['"`])(?<name>(?:\\.|(?!\k<quote>)[^\\])*)\k<quote>/g,
        /[{[(]\s*(?:name: )?(?<quote>['"])(?<name>(?:(?!\k<quote>).)+)\k<quote>,/g,
      ];
  for (const pattern of patterns) {
    for (const { groups } of source.matchAll(pattern)) {
      names.add(groups.name.replaceAll(/\$\{.*?\}/g, '…').replaceAll('\\', ''));
    }
  }
  return names;
}

const table = rows(readFileSync(join(root, 'tests/CONTRACT.md'), 'utf8'));

test('every test that CONTRACT.md names is there', () => {
  const missing = [];
  const known = new Map();
  for (const { file, names } of table) {
    if (!existsSync(join(root, file))) {
      missing.push(file);
      continue;
    }
    if (!known.has(file)) known.set(file, namesIn(file));
    for (const name of names) {
      if (!known.get(file).has(name)) missing.push(`${file}: ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('CONTRACT.md is read as it is meant', () => {
  const lines = readFileSync(join(root, 'tests/CONTRACT.md'), 'utf8').split('\n');
  const body = lines.filter((line) => line.startsWith('|') && !/^\|( rule|---)/.test(line));
  assert.equal(table.length, body.length, 'each line of a table is a row');
  assert.ok(table.length > 100);
  assert.ok(table[0].rule !== '');
  const rules = table.map(({ rule }) => rule).filter((rule) => rule !== '');
  assert.equal(new Set(rules).size, rules.length, 'each rule stands once');
});
