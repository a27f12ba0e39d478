// Who may import whom: cli → collector, fold, render → model, and the table of system calls lies with the model.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** What each folder of src/ may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['collector', 'fold', 'render', 'model', 'syscalls'],
  collector: ['model', 'syscalls'],
  fold: ['model', 'syscalls'],
  render: ['model', 'syscalls'],
  syscalls: ['model'],
  model: ['syscalls'],
};

/** The packages that are met in one place only. */
const ONLY_IN: Readonly<Record<string, RegExp>> = {
  koffi: /^collector\/live\/native\.ts$/,
  yargs: /^cli\//,
  'd3-flame-graph': /^render\/browser\/page\/chart\.ts$/,
  'd3-selection': /^render\/browser\/page\/(?:chart|quick-selection|d3-flame-graph\.d)\.ts$/,
};

interface Import {
  /** From src/ on: `cli/main.ts`. */
  readonly from: string;
  /** A path from src/ on, or the name of a package or of a module of Node's. */
  readonly to: string;
}

/** Every import, export from, import(), import type, require and createRequire()() of every module, types included. */
function imports(): readonly Import[] {
  const found: Import[] = [];
  for (const from of modules()) {
    const path = join(SRC, from);
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext, true);
    for (const specifier of specifiersOf(source)) {
      const to = specifier.startsWith('.') ? relative(SRC, join(dirname(path), specifier)) : specifier;
      found.push({ from, to });
    }
  }
  return found;
}

function modules(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(isOurs);
}

function specifiersOf(node: ts.Node): string[] {
  const own = specifierOf(node);
  const below: string[] = [];
  ts.forEachChild(node, (child) => void below.push(...specifiersOf(child)));
  return own === undefined ? below : [own, ...below];
}

function specifierOf(node: ts.Node): string | undefined {
  let specifier: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) specifier = node.moduleSpecifier;
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) specifier = node.argument.literal;
  else if (
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || isRequire(node.expression))
  ) {
    specifier = node.arguments[0];
  }
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : undefined;
}

function isRequire(callee: ts.Expression): boolean {
  return /^(?:require|createRequire\(.*\))$/s.test(callee.getText());
}

const folderOf = (path: string) => path.split('/')[0] as string;
const isOurs = (path: string) => path.endsWith('.ts');
const packageOf = (name: string) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

t.test('imports run one way', async (t) => {
  t.strictSame(
    [...new Set(modules().map(folderOf))].toSorted(),
    Object.keys(MAY_IMPORT).toSorted(),
    'every folder has a rule',
  );
  const within = imports().filter(({ to }) => isOurs(to));
  t.ok(within.length > 50, 'imports are seen');
  const wrong = within
    .filter(({ from, to }) => folderOf(from) !== folderOf(to) && !MAY_IMPORT[folderOf(from)]?.includes(folderOf(to)))
    .map(({ from, to }) => `${from} imports ${to}`);
  t.strictSame(wrong, []);
  t.strictSame(
    within.filter(({ to }) => !modules().includes(to)),
    [],
    'each leads to a module of src/',
  );
});

t.test('each package is imported in one place', async (t) => {
  const packages = imports().filter(({ to }) => !isOurs(to) && !to.startsWith('node:'));
  const wrong = packages
    .filter(({ from, to }) => ONLY_IN[packageOf(to)]?.test(from) !== true)
    .map(({ from, to }) => `${from} imports ${to}`);
  t.strictSame(wrong, []);
  for (const name of ['koffi', 'yargs', 'd3-flame-graph'])
    t.ok(
      packages.some(({ to }) => packageOf(to) === name),
      `${name} is seen`,
    );
});

t.test('dependencies in package.json are those that src/ imports', async (t) => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  const used = imports()
    .filter(({ from, to }) => !isOurs(to) && !to.startsWith('node:') && !from.startsWith('render/browser/'))
    .map(({ to }) => packageOf(to));
  t.strictSame([...new Set(used)].toSorted(), Object.keys(dependencies).toSorted());
});
