// Gives what a wasm module exports and imports names of a letter or two, in the module and in its glue:
//
//   node scripts/shorten.mjs <folder> <name>
//
// The names that wasm-bindgen makes are a fiftieth of the core. The memory keeps its name. `<name>.names.json`
// has the new name of each, for tests that look into the module.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IMPORTS = 2;
const EXPORTS = 7;
const FUNCTION = 0;

/** What stands in a module's bytes, from a place on. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text() {
    return this.take(this.number()).toString();
  }
}

/** A number as a module has it. */
function number(value) {
  const bytes = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}

const sized = (bytes) => Buffer.concat([number(bytes.length), bytes]);
const text = (name) => sized(Buffer.from(name));

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Names in the order of their length. */
function* names() {
  for (const letter of ['', ...LETTERS]) for (const last of LETTERS) yield letter + last;
}

/** The imports with the names that `shorten` gives. All of them are functions: a module and a name, then a type. */
function shortImports(content, shorten) {
  const reader = new Reader(content);
  const count = reader.number();
  const parts = [number(count)];
  for (let index = 0; index < count; index++) {
    const [module, name] = [reader.text(), reader.text()];
    if (reader.take(1)[0] !== FUNCTION) throw new Error(`the import ${name} is not a function`);
    parts.push(text(module), text(shorten(name)), Buffer.from([FUNCTION]), number(reader.number()));
  }
  return Buffer.concat(parts);
}

/** The exports, of which functions have the names that `shorten` gives. */
function shortExports(content, shorten) {
  const reader = new Reader(content);
  const count = reader.number();
  const parts = [number(count)];
  for (let index = 0; index < count; index++) {
    const name = reader.text();
    const [kind] = reader.take(1);
    const short = kind === FUNCTION ? shorten(name) : name;
    parts.push(text(short), Buffer.from([kind]), number(reader.number()));
  }
  return Buffer.concat(parts);
}

/** Gives the names of a list out, and remembers to whom. */
function giver() {
  const free = names();
  const given = new Map();
  const shorten = (name) => given.set(name, free.next().value).get(name);
  return { given, shorten };
}

const [folder, name] = process.argv.slice(2);
const file = (suffix) => join(folder, `${name}${suffix}`);
const module = new Reader(readFileSync(file('_bg.wasm')));
const imports = giver();
const exports = giver();

const parts = [module.take(8)];
while (module.at < module.bytes.length) {
  const [id] = module.take(1);
  const content = module.take(module.number());
  let short = content;
  if (id === IMPORTS) short = shortImports(content, imports.shorten);
  if (id === EXPORTS) short = shortExports(content, exports.shorten);
  parts.push(Buffer.from([id]), sized(short));
}

/** A text in which `pattern` finds names, with those in their places; each must be found. */
function renamed(source, pattern, given) {
  const missing = new Set(given.keys());
  const result = source.replaceAll(pattern, (all, before, name, after) => {
    missing.delete(name);
    return given.has(name) ? `${before}${given.get(name)}${after}` : all;
  });
  if (missing.size > 0) throw new Error(`the glue does not name ${[...missing].join(', ')}`);
  return result;
}

let glue = readFileSync(file('.js'), 'utf8');
glue = renamed(glue, /^( {8})(\w+)(: function)/gm, imports.given);
glue = renamed(glue, /\b(wasm\.)(\w+)()/g, exports.given);
const types = readFileSync(file('.d.ts'), 'utf8');

writeFileSync(file('_bg.wasm'), Buffer.concat(parts));
writeFileSync(file('.js'), glue);
writeFileSync(file('.d.ts'), renamed(types, /^( {4}readonly )(\w+)(: \()/gm, exports.given));
writeFileSync(file('.names.json'), JSON.stringify(Object.fromEntries(exports.given)));
