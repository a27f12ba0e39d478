// Which colour each frame has. In: the frames of a picture and its options. Out: a colour for each frame and, where colours
// mean something, the legend. The palettes of flamegraph.pl go by the name alone, `syscalls` by what the call does, and a
// difference by how much a stack has grown.

import { ROOT, type Trie } from '../model/trie.ts';
import { CALL_KINDS, type CallKind, kindOf } from './call-kinds.ts';
import type { CarriedFrames } from './carried-frames.ts';
import { differenceColor } from './difference.ts';
import { UNFINISHED } from './frame-text.ts';
import { type NamePalette, namePalette, type RenderOptions } from './options.ts';
import { hashVariation, nameVariation, paletteColor } from './palettes.ts';

/**
 * Apart from each other and from the neutral ones for people who see no green or no red, too, and black on all of them is
 * legible: test/render/colors.test.ts computes both.
 */
export const KIND_COLORS: Readonly<Record<CallKind, string>> = {
  read: '#8ccbf8',
  write: '#e98a1f',
  metadata: '#f7e04a',
  sync: '#d0505c',
  'open/close': '#62cf95',
  directory: '#9579dc',
  other: '#9c9ca0',
};
/** Of frames that are no calls: programs, directories, files. In the dark the second, with NEUTRAL_INK's second. */
export const NEUTRAL_COLORS = ['#e8e4dc', '#3a3f47'] as const;
export const NEUTRAL_INKS = ['#000000', '#e9e7e2'] as const;

/** How much of a kind's colour lies on the background where most of a frame is of that kind. */
export const TINT = 0.3;

/** flamegraph.pl's separators of kernel and user stacks. */
const SEPARATORS: ReadonlyMap<string, string> = new Map([
  ['-', '#c8c8c8'],
  ['--', '#a0a0a0'],
]);
/** The leaves are system calls when those that are have this share of the picture. */
const MOST = 0.9;

export interface Painting {
  readonly kind: 'syscalls' | 'names' | 'difference';
  /** `syscalls` only: 1 for a frame that has the colour of its call, or of that below it; the others are neutral. */
  readonly calls: Uint8Array;
  /** `syscalls` only: place in CALL_KINDS of what most of a frame that is no call is worth; NO_TINT: there is none. */
  readonly tints: Uint8Array;
  /** `#rrggbb`; `syscalls`: of the call of that name. */
  readonly nameColor: (name: string) => string;
  /** `names` only: of the root, which has no name of its own. */
  readonly rootColor: string;
  /** `difference` only: the largest change of a frame. */
  readonly mostDelta: number;
  /** What each kind of calls is worth, in units of column 0; empty where colours mean nothing. */
  readonly legend: ReadonlyMap<CallKind, number>;
}

export const NO_TINT = 255;
const NO_LEGEND: ReadonlyMap<CallKind, number> = new Map();

export function paintFrames(trie: Trie, frames: CarriedFrames, options: RenderOptions): Painting {
  const calls = new Uint8Array(frames.length);
  const tints = new Uint8Array(frames.length).fill(NO_TINT);
  const common = { calls, tints, rootColor: '', mostDelta: 1, legend: NO_LEGEND };
  const delta = trie.columns.findIndex(({ name }) => name === 'delta');
  if (delta > 0) {
    const nameColor = () => differenceColor(0, 1, false);
    return { ...common, kind: 'difference', nameColor, mostDelta: largestDelta(trie, delta) };
  }
  const { colors, hash, nameColors: chosen } = options;
  const end = isByCall(options) ? callEnd(trie, frames) : undefined;
  if (end !== undefined || colors === 'syscalls') {
    markCalls(trie, frames, end ?? 'leaf', calls);
    markTints(trie, frames, calls, tints);
    return { ...common, kind: 'syscalls', nameColor: callColor, legend: legendOf(trie, end ?? 'leaf') };
  }
  const nameColor = nameColors(namePalette(colors), hash, chosen);
  return { ...common, kind: 'names', nameColor, rootColor: nameColor('') };
}

/** Whether colours may tell what calls do, where there are any: who asks for colours of names does not ask for that. */
export function isByCall({ colors, hash, nameColors: chosen }: RenderOptions): boolean {
  return colors === 'syscalls' || (colors === undefined && !hash && chosen === undefined);
}

function callColor(name: string): string {
  return KIND_COLORS[kindOf(name) ?? 'other'];
}

/** The colour of a name in flamegraph.pl's palettes, where an empty name is the root's. @param chosen go before them */
export function nameColors(
  palette: NamePalette,
  hash: boolean,
  chosen: ReadonlyMap<string, string> = new Map(),
): (name: string) => string {
  const colors = new Map(chosen);
  return (name) => {
    let color = colors.get(name);
    if (color === undefined) {
      const variation = hash ? hashVariation(name) : nameVariation(name || 'all');
      color = SEPARATORS.get(name) ?? paletteColor(palette, name, variation);
      colors.set(name, color);
    }
    return color;
  };
}

/** Of any frame but the root: that says how much the whole has changed, which would leave all else pale. */
function largestDelta(trie: Trie, column: number): number {
  const totals = trie.totals(column);
  let most = 0;
  for (let node = ROOT + 1; node < trie.length; node++) most = Math.max(most, Math.abs(totals[node] as number));
  return most === 0 ? 1 : most;
}

/** Where the system calls of a stack are: its leaf, the frame on the root (--reverse), or nowhere. */
function callEnd(trie: Trie, frames: CarriedFrames): 'leaf' | 'first' | undefined {
  let leaves = 0;
  let callLeaves = 0;
  let firsts = 0;
  let callFirsts = 0;
  const names: string[] = [];
  for (let i = 1; i < frames.length; i++) {
    const name = nameOf(trie, frames, i);
    const depth = frames.depths[i] as number;
    names[depth] = name;
    const value = frames.values[i] as number;
    const isCall = kindOf(name === UNFINISHED ? (names[depth - 1] ?? '') : name) !== undefined;
    if (depth === 1) {
      firsts += value;
      if (isCall) callFirsts += value;
    }
    if (frames.leaves[i] === 1) {
      leaves += value;
      if (isCall) callLeaves += value;
    }
  }
  if (leaves > 0 && callLeaves >= leaves * MOST) return 'leaf';
  return firsts > 0 && callFirsts >= firsts * MOST ? 'first' : undefined;
}

function markCalls(trie: Trie, frames: CarriedFrames, end: 'leaf' | 'first', calls: Uint8Array): void {
  const names: string[] = [];
  for (let i = 1; i < frames.length; i++) {
    const name = nameOf(trie, frames, i);
    const depth = frames.depths[i] as number;
    names[depth] = name;
    if (name === UNFINISHED) {
      // on its call, or (--reverse) below it
      if (calls[i - 1] === 1 && frames.depths[i - 1] === depth - 1) calls[i] = 1;
      continue;
    }
    if (kindOf(name) === undefined) continue;
    const node = frames.nodes[i] as number;
    const isAtEnd =
      end === 'first'
        ? depth === 1 || (depth === 2 && names[1] === UNFINISHED)
        : frames.leaves[i] === 1 || trie.self(node, 0) > 0 || isUnfinished(trie, frames, i);
    if (isAtEnd) calls[i] = 1;
  }
}

/** Whether the call of frame `i` has nothing on it but the time it was still running. */
function isUnfinished(trie: Trie, frames: CarriedFrames, i: number): boolean {
  const next = i + 1;
  return (
    next < frames.length &&
    frames.depths[next] === (frames.depths[i] as number) + 1 &&
    nameOf(trie, frames, next) === UNFINISHED
  );
}

/** Of the frames that are carried: what is left out counts as of no kind. */
function markTints(trie: Trie, frames: CarriedFrames, calls: Uint8Array, tints: Uint8Array): void {
  const count = CALL_KINDS.length;
  /** For each frame what each kind is worth of it; of a call only that of its own. */
  const worth = new Float64Array(frames.length * count);
  const parents = parentsOf(frames);
  const kinds = new Uint8Array(frames.length).fill(NO_TINT);
  for (let i = frames.length - 1; i > 0; i--) {
    const from = i * count;
    const value = frames.values[i] as number;
    if (calls[i] === 1) {
      const kind = CALL_KINDS.indexOf(kindOf(nameOf(trie, frames, i)) ?? 'other');
      kinds[i] = kind;
      // a call on a call is the part of it that was still running
      worth.fill(0, from, from + count);
      worth[from + kind] = value;
    }
    const to = (parents[i] as number) * count;
    for (let kind = 0; kind < count; kind++) {
      const sum = worth[from + kind] as number;
      if (sum === 0) continue;
      if (sum * 2 > value && calls[i] === 0) tints[i] = kind;
      worth[to + kind] = (worth[to + kind] as number) + sum;
    }
  }
  // what stands on a call, where stacks are reversed, is part of it
  for (let i = 1; i < frames.length; i++) {
    const parent = parents[i] as number;
    if (kinds[i] === NO_TINT) kinds[i] = kinds[parent] as number;
    if (calls[i] === 0 && tints[i] === NO_TINT) tints[i] = kinds[i] as number;
  }
}

function parentsOf(frames: CarriedFrames): Int32Array {
  const parents = new Int32Array(frames.length);
  const open: number[] = [];
  for (let i = 0; i < frames.length; i++) {
    const depth = frames.depths[i] as number;
    open[depth] = i;
    parents[i] = open[depth - 1] ?? -1;
  }
  return parents;
}

/** Of all stacks, drawn or not. */
function legendOf(trie: Trie, end: 'leaf' | 'first'): ReadonlyMap<CallKind, number> {
  const worth = new Map<CallKind, number>(CALL_KINDS.map((kind) => [kind, 0]));
  const nameAt = (node: number) => trie.texts.text(trie.name(node));
  for (let node = 1; node < trie.length; node++) {
    const self = trie.self(node, 0);
    if (self === 0) continue;
    let call = node;
    if (end === 'first') while (trie.parent(call) !== ROOT) call = trie.parent(call);
    else if (nameAt(call) === UNFINISHED) call = trie.parent(call);
    const kind = kindOf(nameAt(call)) ?? 'other';
    worth.set(kind, (worth.get(kind) as number) + self);
  }
  return worth;
}

function nameOf(trie: Trie, frames: CarriedFrames, i: number): string {
  return trie.texts.text(trie.name(frames.nodes[i] as number));
}
