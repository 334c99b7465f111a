/** The examples of a README: its code blocks that have a file's name behind the language. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../pkg/support.mjs';

/** Code blocks of these languages are run. */
const PROGRAMS = [
  'js',
  'mjs',
  'cjs',
  'jsx',
  'javascript',
  'ts',
  'mts',
  'tsx',
  'typescript',
  'html',
];

/** A fence, perhaps indented in a list: its indentation, marks, language and the rest of the line. */
const FENCE = /^( *)(`{3,}|~{3,})\s*(\S*)\s*(.*)$/;

/** The code blocks of a Markdown text. */
export function codeBlocks(markdown) {
  const blocks = [];
  let open;
  for (const [at, line] of markdown.split('\n').entries()) {
    const [, indent, marks, language, info] = FENCE.exec(line) ?? [];
    if (!open && marks) {
      open = { line: at + 1, indent: indent.length, marks, language, name: info.trim(), lines: [] };
    } else if (open && marks?.startsWith(open.marks) && !language) {
      blocks.push({ ...open, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else {
      open?.lines.push(line.slice(open.indent));
    }
  }
  if (open) throw new Error(`the code block of line ${open.line} has no end`);
  return blocks;
}

/** What a program says that it prints: the comments behind `console.log`, with … for anything. */
export function saidOutput(text) {
  return text
    .split('\n')
    .map((line) => /console\.log\(.*\);?\s*\/\/ (.+)$/.exec(line)?.[1])
    .filter((said) => said !== undefined);
}

/** Checks that a program printed what it says, in that order. */
export function assertOutput(text, printed) {
  let rest = printed;
  for (const said of saidOutput(text)) {
    const parts = said.split('…').map((part) => literal(part).join('\\s+'));
    const found = new RegExp(`(?:^|\\n)${parts.join('[^]*?')}(?=\\n|$)`).exec(rest);
    assert.ok(found, `it says that it prints ${said}, but printed:\n${printed}`);
    rest = rest.slice(found.index + found[0].length);
  }
}

/** The words of a text, each as a pattern that is nothing but itself. */
function literal(text) {
  const words = text.trim().split(/\s+/);
  return words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
}

/** Checks the links of a Markdown file that stay within the repository. */
export function assertLinks(path) {
  const markdown = readFileSync(join(ROOT, path), 'utf8');
  const blocks = codeBlocks(markdown).map(({ text }) => text);
  const prose = blocks.reduce((rest, text) => rest.replace(text, ''), markdown);
  const anchors = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading));
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    if (link.startsWith('#')) return !anchors.includes(link.slice(1));
    return !existsSync(join(ROOT, dirname(path), link));
  });
  assert.deepEqual(broken, []);
}

/** The anchor that GitHub and npm give a heading. */
function anchorOf(heading) {
  const plain = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '');
  return plain.replaceAll(' ', '-');
}

/** A README whose examples are all run. */
export class Readme {
  #path;
  #blocks;
  #taken = new Set();

  constructor(path) {
    this.#path = path;
    const markdown = readFileSync(join(ROOT, path), 'utf8');
    this.#blocks = codeBlocks(markdown).filter(({ language }) => PROGRAMS.includes(language));
  }

  /** The text of an example. */
  text(name) {
    const block = this.#blocks.find((one) => one.name === name);
    assert.ok(block, `${this.#path} has no example ${name}`);
    return block.text;
  }

  /** A test of an example, or of several that belong together. */
  example(names, run) {
    const list = [names].flat();
    for (const name of list) this.#taken.add(name);
    const texts = () => list.map((name) => this.text(name));
    test(`${this.#path}: ${list.join(', ')}`, (t) => run(t, ...texts()));
  }

  /** An example that another file of tests runs: it has to ask for its text as `readme.text(name)`. */
  runElsewhere(name, file) {
    this.#taken.add(name);
    test(`${this.#path}: ${name} is run by ${file}`, () => {
      this.text(name);
      const source = readFileSync(join(ROOT, file), 'utf8');
      assert.ok(source.includes(`readme.text('${name}')`), `${file} does not ask for it`);
      assert.ok(source.includes(`new Readme('${this.#path}')`), `${file} reads another README`);
    });
  }

  /** A test that every example is run: to be called last. */
  everyExampleIsRun() {
    test(`${this.#path}: every example is run`, () => {
      const names = this.#blocks.map(({ name }) => name);
      assert.deepEqual([...new Set(names)], names, 'each has a name of its own');
      const left = this.#blocks.filter(({ name }) => !this.#taken.has(name));
      assert.deepEqual(
        left.map(({ line, name }) => `line ${line}: ${name || 'without a name'}`),
        [],
      );
    });
  }
}
