// Two Tries become a difference: one Trie of all stacks of both, with what each was worth before and after. From that comes what is
// drawn, widths and changes, and folded text with two counts a line, as difffolded.pl writes it.

import { type Column, ROOT, Trie } from '../model/trie.ts';
import { DELTA } from './stacks.ts';

export const BEFORE = 0;
export const AFTER = 1;

export interface DifferenceOptions {
  /** Counts before are scaled to the total after and cut off to whole ones, as difffolded.pl -n does. */
  readonly normalize: boolean;
  /** Addresses in names become `0x...`, as difffolded.pl -s does, so that what was loaded elsewhere is still the same. */
  readonly stripHex: boolean;
}

/** A Trie with the columns BEFORE and AFTER, of column 0 of both. */
export function differenceOf(before: Trie, after: Trie, { normalize, stripHex }: DifferenceOptions): Trie {
  const column = after.columns[0] as Column;
  const both = new Trie([
    { ...column, name: 'before' },
    { ...column, name: 'after' },
  ]);
  const totals = [before, after].map((trie) => trie.totals(0)[ROOT] as number) as [number, number];
  const isScaled = normalize && totals[BEFORE] > 0 && totals[BEFORE] !== totals[AFTER];
  const scale = isScaled ? totals[AFTER] / totals[BEFORE] : 1;
  add(both, before, BEFORE, stripHex);
  add(both, after, AFTER, stripHex);
  if (!isScaled) return both;
  // of whole stacks, not of the lines that they come in
  for (let node = ROOT; node < both.length; node++) {
    const count = both.self(node, BEFORE);
    if (count !== 0) both.add(node, BEFORE, Math.trunc(count * scale) - count);
  }
  return both;
}

function add(both: Trie, from: Trie, column: number, stripHex: boolean): void {
  const names = new Int32Array(from.texts.length).fill(-1);
  const nodes = new Int32Array(from.length);
  for (let node = ROOT + 1; node < from.length; node++) {
    const text = from.name(node);
    if (names[text] === -1) {
      const name = from.texts.text(text);
      names[text] = both.texts.id(stripHex ? name.replace(/0x[0-9a-f]+/gi, '0x...') : name);
    }
    const merged = both.child(nodes[from.parent(node)] as number, names[text] as number);
    nodes[node] = merged;
    both.add(merged, column, from.self(node, 0));
  }
}

export type Side = 'before' | 'after';

/**
 * What is drawn of a difference: a Trie with widths in column 0 and DELTA.
 * @param both as differenceOf makes it
 * @param showsGone a stack without a width has that of the other side
 */
export function drawnDifference(both: Trie, widthFrom: Side, showsGone: boolean): Trie {
  const column: Column = {
    ...(both.columns[AFTER] as Column),
    name: WIDTH_NAMES[both.columns[AFTER]?.unit ?? 'samples'],
  };
  const drawn = new Trie([column, { ...column, name: DELTA }], both.texts, both.length);
  const nodes = new Int32Array(both.length);
  for (let node = ROOT; node < both.length; node++) {
    if (node > ROOT) nodes[node] = drawn.child(nodes[both.parent(node)] as number, both.name(node));
    const before = both.self(node, BEFORE);
    const after = both.self(node, AFTER);
    const [width, other] = widthFrom === 'after' ? [after, before] : [before, after];
    drawn.add(nodes[node] as number, 0, width > 0 || !showsGone ? width : other);
    drawn.add(nodes[node] as number, 1, after - before);
  }
  return drawn;
}

const WIDTH_NAMES: Readonly<Record<Column['unit'], string>> = {
  ns: 'time',
  bytes: 'bytes',
  calls: 'calls',
  samples: 'samples',
};

export interface Change {
  /** From the root up. */
  readonly frames: readonly string[];
  readonly before: number;
  readonly after: number;
}

/** The stacks that changed most, the largest change first. */
export function largestChanges(both: Trie, most: number): readonly Change[] {
  const size = (node: number) => Math.abs(both.self(node, AFTER) - both.self(node, BEFORE));
  const nodes: number[] = [];
  for (let node = ROOT + 1; node < both.length; node++) if (size(node) > 0) nodes.push(node);
  nodes.sort((a, b) => size(b) - size(a) || a - b);
  return nodes.slice(0, most).map((end) => {
    const frames: string[] = [];
    for (let node = end; node > ROOT; node = both.parent(node)) frames.push(both.texts.text(both.name(node)));
    return { frames: frames.reverse(), before: both.self(end, BEFORE), after: both.self(end, AFTER) };
  });
}

/** What stacks look like, as shares of the total; stacks of different fields do not look alike. */
interface Shape {
  /** Stacks that end in system calls, that start with a path, and whose paths are in one piece. */
  readonly calls: number;
  readonly paths: number;
  readonly wholePaths: number;
}

const MOST = 0.9;
const LEAST = 0.1;
const DIFFERENCES: readonly (readonly [keyof Shape, is: string, isNot: string])[] = [
  ['calls', 'end in system calls', 'do not'],
  ['paths', 'start with paths', 'do not'],
  ['wholePaths', 'have paths in one frame', 'have a frame for each directory, or none'],
];

/**
 * How two inputs differ in what their frames are, as a clause: `before's stacks end in system calls, after's do not`; undefined when
 * they look alike. @param isCall whether a name is that of a system call
 */
export function unlikeness(before: Trie, after: Trie, isCall: (name: string) => boolean): string | undefined {
  const shapes = [before, after].map((trie) => shapeOf(trie, isCall));
  const [first, second] = shapes;
  if (first === undefined || second === undefined) return undefined;
  for (const [what, is, isNot] of DIFFERENCES) {
    if (first[what] >= MOST && second[what] <= LEAST) return `the stacks before ${is}, those after ${isNot}`;
    if (second[what] >= MOST && first[what] <= LEAST) return `the stacks after ${is}, those before ${isNot}`;
  }
  return undefined;
}

/** undefined: there is nothing. */
function shapeOf(trie: Trie, isCall: (name: string) => boolean): Shape | undefined {
  const total = trie.totals(0)[ROOT] as number;
  if (!(total > 0)) return undefined;
  const sums = { calls: 0, paths: 0, wholePaths: 0 };
  const names = new Map<number, string>();
  const nameOf = (node: number) => {
    const text = trie.name(node);
    let name = names.get(text);
    if (name === undefined) {
      name = trie.texts.text(text);
      names.set(text, name);
    }
    return name;
  };
  for (let node = ROOT + 1; node < trie.length; node++) {
    const self = trie.self(node, 0);
    const parent = trie.parent(node);
    if (parent === ROOT && nameOf(node).startsWith('/')) sums.paths += trie.totals(0)[node] as number;
    if (self === 0) continue;
    const call = nameOf(node) === '[unfinished]' && parent !== ROOT ? parent : node;
    if (isCall(nameOf(call))) sums.calls += self;
    for (let at = node; at !== ROOT; at = trie.parent(at)) {
      if (!/^\/[^/]+\//.test(nameOf(at))) continue;
      sums.wholePaths += self;
      break;
    }
  }
  return { calls: sums.calls / total, paths: sums.paths / total, wholePaths: sums.wholePaths / total };
}
