// Tables beside the graph: files, directories, system calls and programs by what they are worth within the zoomed frame. Arrays
// in, rows out; each row bears the item that a click on it focuses on.

import { itemOf } from './filters.ts';
import type { Sums } from './measures.ts';
import type { Paths } from './paths.ts';
import type { Stacks } from './stacks.ts';
import type { Tree } from './tree.ts';

const MOST_ROWS = 100;

export interface Row {
  readonly label: string;
  /** undefined: nothing to focus on. */
  readonly item: string | undefined;
  readonly value: number;
  // of a difference
  readonly before: number;
  readonly after: number;
}

export interface TableWeights {
  /** Of the stacks. */
  readonly drawn: Float64Array;
  /** Of the nodes of the tree, what they are worth in these. */
  readonly sums: Pick<Sums, 'drawn' | 'before' | 'after'>;
  /** Of a difference, which is sorted by change. */
  readonly before?: Float64Array | undefined;
  readonly after?: Float64Array | undefined;
}

export interface Table {
  readonly label: string;
  /** What its rows are, as a heading. */
  readonly noun: string;
  rows(tree: Tree, zoomed: number, weights: TableWeights): readonly Row[];
}

/** Adds up weights by key. @param sums what nodes are worth in these weights */
type Keys = (tree: Tree, zoomed: number, weights: Float64Array, sums: () => Float64Array) => Float64Array;

export function tablesOf(stacks: Stacks, paths: Paths): readonly Table[] {
  const { heading, names, nodes, stackNodes } = stacks;
  const { fields } = heading;
  const fileOf = once(() => pathsOfStacks(stacks, paths));
  const isDirectory = once(() => {
    const is = new Uint8Array(paths.length);
    for (const path of fileOf()) for (let at = paths.parent(path); at > 0; at = paths.parent(at)) is[at] = 1;
    return is;
  });
  const pathText = (path: number) => paths.text(path);
  const nameText = (name: number) => names[name] as string;
  const pathField = fields.indexOf('path');

  const tables: Table[] = [];
  if (heading.painting === 'difference') {
    tables.push({ label: 'Changes', noun: 'Stack', rows: (...all) => changeRows(stacks, paths, ...all) });
  }
  if (pathField >= 0) {
    const files: Keys = (tree, zoomed, weights) => byKey(tree, zoomed, weights, fileOf(), paths.length);
    tables.push(
      { label: 'Files', noun: 'File', rows: rowsOf(files, pathText, pathField, (path) => path > 0) },
      {
        label: 'Directories',
        noun: 'Directory',
        rows: rowsOf(
          (tree, zoomed, weights, nodeSums) => {
            const sums = files(tree, zoomed, weights, nodeSums);
            for (let path = sums.length - 1; path > 0; path--) {
              const parent = paths.parent(path);
              sums[parent] = (sums[parent] as number) + (sums[path] as number);
            }
            return sums;
          },
          pathText,
          pathField,
          (path) => path > 0 && isDirectory()[path] === 1 && paths.text(path).startsWith('/'),
        ),
      },
    );
  }
  for (const [field, name] of [...fields.entries()].toSorted(([, a], [, b]) => rank(a) - rank(b))) {
    if (field === pathField) continue;
    const keys = once(() => namesOfStacks(stacks, field));
    const [label, noun] = FIELD_TABLES[name] ?? [`By ${name}`, name];
    const sums: Keys = (tree, zoomed, weights) => byKey(tree, zoomed, weights, keys(), names.length + 1);
    tables.push({
      label,
      noun,
      rows: rowsOf(
        sums,
        (key) => nameText(key - 1),
        field,
        (key) => key > 0,
      ),
    });
  }
  if (fields.length === 0) {
    const ends = once(() => stackNodes.map((node) => (nodes.names[node] as number) + 1));
    tables.push(
      {
        label: 'Frames',
        noun: 'Frame with all on it',
        rows: rowsOf(
          (tree, zoomed, _weights, sums) => byName(tree, zoomed, sums(), names.length),
          nameText,
          -1,
          () => true,
        ),
      },
      {
        label: 'Ends',
        noun: 'End of stacks',
        rows: rowsOf(
          (tree, zoomed, weights) => byKey(tree, zoomed, weights, ends(), names.length + 1),
          (key) => nameText(key - 1),
          -1,
          (key) => key > 0,
        ),
      },
    );
  }
  return tables;

  function rowsOf(
    keys: Keys,
    label: (key: number) => string,
    field: number,
    isWanted: (key: number) => boolean,
  ): Table['rows'] {
    return (tree, zoomed, weights) => {
      const { sums } = weights;
      const drawn = keys(tree, zoomed, weights.drawn, sums.drawn);
      const before = weights.before === undefined ? undefined : keys(tree, zoomed, weights.before, sums.before);
      const after = weights.after === undefined ? undefined : keys(tree, zoomed, weights.after, sums.after);
      const rankOf =
        before === undefined || after === undefined
          ? drawn
          : before.map((value, key) => Math.abs((after[key] as number) - value));
      const found: number[] = [];
      for (let key = 0; key < rankOf.length; key++) if ((rankOf[key] as number) > 0 && isWanted(key)) found.push(key);
      return largest(found, rankOf).map((key) => ({
        label: label(key),
        item: itemOf(fields, field, label(key)),
        value: drawn[key] as number,
        before: (before?.[key] as number | undefined) ?? 0,
        after: (after?.[key] as number | undefined) ?? 0,
      }));
    };
  }
}

const FIELD_TABLES: Readonly<Record<string, readonly [label: string, noun: string]>> = {
  syscall: ['System calls', 'System call'],
  comm: ['Programs', 'Program'],
};
const RANKS = ['syscall', 'comm'];

function rank(field: string): number {
  const at = RANKS.indexOf(field);
  return at < 0 ? RANKS.length : at;
}

/** Of each stack all of its path; 0: it has none. */
function pathsOfStacks({ heading, nodes, stackNodes }: Stacks, paths: Paths): Int32Array {
  const pathOf = paths.of(nodes, heading.isReversed);
  return stackNodes.map((end) => {
    let node = end;
    while (node > 0 && pathOf[node] === 0) node = nodes.parents[node] as number;
    return node > 0 ? (pathOf[node] as number) : 0;
  });
}

/** Of each stack the last name of a field, + 1; what is still running goes by its call. */
function namesOfStacks({ nodes, names, stackNodes }: Stacks, field: number): Int32Array {
  const unfinished = names.indexOf('[unfinished]');
  return stackNodes.map((end) => {
    let node = end;
    while (node > 0 && (nodes.fields[node] !== field || nodes.names[node] === unfinished)) {
      node = nodes.parents[node] as number;
    }
    return node > 0 ? (nodes.names[node] as number) + 1 : 0;
  });
}

function byKey(tree: Tree, zoomed: number, weights: Float64Array, keys: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  const end = tree.nodes.ends[zoomed] as number;
  for (let stack = 0; stack < keys.length; stack++) {
    const node = tree.endOf[stack] as number;
    if (node < zoomed || node >= end) continue;
    const key = keys[stack] as number;
    sums[key] = (sums[key] as number) + (weights[stack] as number);
  }
  return sums;
}

/** With all that stands on a frame; a name that stands on itself counts once. */
function byName({ nodes }: Tree, zoomed: number, worth: Float64Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  /** Of each name: where the frame of that name ends that is open. */
  const openUntil = new Int32Array(count);
  for (let node = Math.max(zoomed, 1); node < (nodes.ends[zoomed] as number); node++) {
    const name = nodes.names[node] as number;
    if (node < (openUntil[name] as number)) continue;
    openUntil[name] = nodes.ends[node] as number;
    sums[name] = (sums[name] as number) + (worth[node] as number);
  }
  return sums;
}

/** The stacks that changed most. */
function changeRows(stacks: Stacks, paths: Paths, tree: Tree, zoomed: number, weights: TableWeights): readonly Row[] {
  const { nodes, stackNodes, heading, names } = stacks;
  const { drawn, before = drawn, after = drawn } = weights;
  const end = tree.nodes.ends[zoomed] as number;
  const sizes = before.map((value, stack) => Math.abs((after[stack] as number) - value));
  const found: number[] = [];
  for (let stack = 0; stack < sizes.length; stack++) {
    const node = tree.endOf[stack] as number;
    if (node >= zoomed && node < end && (sizes[stack] as number) > 0) found.push(stack);
  }
  const pathOf = paths.of(nodes, heading.isReversed);
  return largest(found, sizes).map((stack) => ({
    label: stackText(stackNodes[stack] as number),
    item: undefined,
    value: drawn[stack] as number,
    before: before[stack] as number,
    after: after[stack] as number,
  }));

  function stackText(end: number): string {
    const parts: string[] = [];
    for (let node = end; node > 0; node = nodes.parents[node] as number) {
      const path = pathOf[node] as number;
      parts.push(path === 0 ? (names[nodes.names[node] as number] as string) : paths.text(path));
      for (let at = path; paths.parent(at) !== 0; at = paths.parent(at)) node = nodes.parents[node] as number;
    }
    return parts.reverse().join(' ');
  }
}

function largest(keys: number[], sizes: Float64Array): readonly number[] {
  return keys.sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || a - b).slice(0, MOST_ROWS);
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
