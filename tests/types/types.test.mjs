/** The public types, as a user's compiler resolves them from the tarball: the programs beside. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, run, scratchProject } from '../pkg/support.mjs';

const FOLDER = join(ROOT, 'tests/types');
const COMPILERS = join(ROOT, 'scripts/compilers/node_modules');

/** The oldest that is promised, and the newest. */
const VERSIONS = {
  5.2: join(COMPILERS, 'typescript-5.2/bin/tsc'),
  '7.0': join(ROOT, 'node_modules/typescript/bin/tsc'),
};

/** How a user's files find the package: by `import`, by `require`, and as bundlers do. */
const MODES = [
  { name: 'node16, ES modules', module: 'node16', moduleResolution: 'node16', extension: 'mts' },
  { name: 'node16, CommonJS', module: 'node16', moduleResolution: 'node16', extension: 'cts' },
  { name: 'bundler', module: 'esnext', moduleResolution: 'bundler', extension: 'ts' },
];

/** The libraries that the types need, as they are called in all versions. */
const OLD_LIB = ['es2023', 'dom', 'dom.iterable', 'esnext.disposable'];

const PROGRAMS = (await readdir(FOLDER))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => file.slice(0, -3));

/** Programs that need the types of Node; the others have those of a page only. */
const FOR_NODE = ['node'];

/** Programs that a version does not take for the language's sake. */
const TOO_NEW = { 5.2: ['instance'], '7.0': [] };

let project;

before(async () => {
  project = await scratchProject();
  await project.write('expect.d.ts', await source('expect.d.ts'));
  for (const program of PROGRAMS) {
    const text = await source(`${program}.ts`);
    for (const { extension } of MODES) await project.write(`${program}.${extension}`, text);
  }
});

after(() => project.remove());

function source(file) {
  return readFile(join(FOLDER, file), 'utf8');
}

/** Compiles programs; the compiler's complaints are the failure. */
async function compile(version, mode, programs, options) {
  const { module, moduleResolution, extension } = mode;
  const config = {
    compilerOptions: {
      module,
      moduleResolution,
      target: 'es2022',
      lib: [...OLD_LIB, 'dom.asynciterable'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
      ...options,
    },
    files: ['expect.d.ts', ...programs.map((program) => `${program}.${extension}`)],
  };
  await project.write('tsconfig.json', JSON.stringify(config));
  const compiler = run(process.execPath, [VERSIONS[version], '-p', project.folder]);
  await compiler.catch(({ stdout, message }) => Promise.reject(new Error(stdout || message)));
}

for (const version of Object.keys(VERSIONS)) {
  for (const mode of MODES) {
    test(`programs for every runtime, TypeScript ${version}, ${mode.name}`, async () => {
      await project.link('@standard-schema/spec');
      const left = [...FOR_NODE, ...TOO_NEW[version]];
      const programs = PROGRAMS.filter((program) => !left.includes(program));
      await compile(version, mode, programs, version === '5.2' ? { lib: OLD_LIB } : {});
    });
  }
}

for (const mode of MODES) {
  test(`programs for Node, ${mode.name}`, async () => {
    const typeRoots = [join(ROOT, 'node_modules/@types')];
    // Programs for Node need nothing of a page.
    const lib = OLD_LIB.filter((name) => !name.startsWith('dom'));
    await compile('7.0', mode, FOR_NODE, { types: ['node'], typeRoots, lib });
  });
}

/** The declarations of the package's entries. */
const ENTRIES = ['index', 'node', 'slim', 'core', 'deflate'];

let read;

/** The package's declarations, read with the compiler's own interface. */
function declarations() {
  read ??= readDeclarations();
  return read;
}

function readDeclarations() {
  const ts = createRequire(join(COMPILERS, 'x.js'))('typescript');
  const types = join(project.folder, 'node_modules/framewire/types');
  const entries = ENTRIES.map((name) => join(types, `${name}.d.ts`));
  const program = ts.createProgram(entries, {
    lib: [
      'lib.es2023.d.ts',
      'lib.dom.d.ts',
      'lib.dom.asynciterable.d.ts',
      'lib.esnext.disposable.d.ts',
    ],
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    module: ts.ModuleKind.Node16,
    strict: true,
  });
  const checker = program.getTypeChecker();
  const exported = entries.flatMap((entry) =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry))),
  );
  // `framewire/slim` has the names of `framewire` again.
  const symbols = [...new Set(exported)];
  return { ts, checker, symbols, types };
}

test('every public name is in a program', async () => {
  const { symbols } = declarations();
  const texts = await Promise.all(PROGRAMS.map((program) => source(`${program}.ts`)));
  const words = new Set(texts.join('\n').match(/\w+/g));
  const names = symbols.map(({ name }) => name);
  for (const name of ['connect', 'nodeTransport', 'init']) assert.ok(names.includes(name), name);
  assert.deepEqual(
    names.filter((name) => !words.has(name)),
    [],
  );
});

test('the README names every public name, option, verb and field', async () => {
  const { ts, checker, symbols, types } = declarations();
  const words = new Set((await readFile(join(types, '../README.md'), 'utf8')).match(/\w+/g));
  const shapes = ts.SymbolFlags.Class | ts.SymbolFlags.Interface;
  const missing = [];
  for (const symbol of symbols) {
    const { flags, name } = symbol;
    if (flags & ts.SymbolFlags.Value && !words.has(name)) missing.push(name);
    // What a transport is made of are the streams of the web.
    if (!(flags & shapes) || /Bytes/.test(name)) continue;
    for (const member of checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))) {
      const own = member.declarations?.some((node) =>
        node.getSourceFile().fileName.startsWith(types),
      );
      const isWord = /^[a-z]\w*$/.test(member.name);
      if (own && isWord && !words.has(member.name)) missing.push(`${name}.${member.name}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('no public type says any', () => {
  const { ts, checker, symbols, types } = declarations();
  const found = [];
  const seen = new Set();
  const ours = (symbol) =>
    symbol?.declarations?.some((node) => node.getSourceFile().fileName.startsWith(types));

  function signatures(type, path, kind) {
    for (const signature of checker.getSignaturesOfType(type, kind)) {
      for (const parameter of signature.getParameters()) {
        visit(checker.getTypeOfSymbol(parameter), `${path}(${parameter.name})`);
      }
      visit(signature.getReturnType(), `${path}()`);
      for (const parameter of signature.getTypeParameters() ?? []) visit(parameter, path);
    }
  }

  function visit(type, path) {
    if (type.flags & ts.TypeFlags.Any) found.push(path);
    if (seen.has(type)) return;
    seen.add(type);
    for (const part of type.types ?? []) visit(part, path);
    for (const part of checker.getTypeArguments(type) ?? []) visit(part, `${path}<>`);
    for (const part of type.aliasTypeArguments ?? []) visit(part, `${path}<>`);
    signatures(type, path, ts.SignatureKind.Call);
    signatures(type, path, ts.SignatureKind.Construct);
    // What the language's own types are made of is not ours.
    for (const member of checker.getPropertiesOfType(type)) {
      if (ours(member)) visit(checker.getTypeOfSymbol(member), `${path}.${member.name}`);
    }
  }

  for (const symbol of symbols) {
    const { flags, name } = symbol;
    const target = flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (target.flags & ts.SymbolFlags.Value) visit(checker.getTypeOfSymbol(target), name);
    if (target.flags & ts.SymbolFlags.Type) visit(checker.getDeclaredTypeOfSymbol(target), name);
  }
  assert.ok(seen.size > 100, `walked ${seen.size} types`);
  assert.deepEqual(found, []);
});
