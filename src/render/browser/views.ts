// What of the stacks is shown, and from which end: a View is a tree of its own over the names, in flat arrays like those of the
// block, with the weights of each frame. In: the block's frames, the stacks to keep. Nothing here knows of elements or px.

import { HAS_SELF, IS_CALL } from '../block-format.ts';
import type { Block, Frames } from './read-block.ts';

export const NO_KIND = 255;

export interface View {
  readonly isReversed: boolean;
  readonly length: number;
  readonly parents: Int32Array;
  readonly ends: Int32Array;
  readonly depths: Int32Array;
  /** -1: what is left out of its parent (and all that stands on it, reversed). */
  readonly names: Int32Array;
  /** A frame of the block that this one shows; it has its colours. */
  readonly sources: Int32Array;
  /** Left edge, in units of column 0. */
  readonly starts: Float64Array;
  /** For each column what the frame is worth. */
  readonly totals: readonly Float64Array[];
  /** What the whole width stands for. */
  readonly whole: number;
}

type Columns = Block['heading']['columns'];

/** The tree of a View before anything is added up. */
type Tree = Pick<View, 'length' | 'parents' | 'ends' | 'depths' | 'names' | 'sources' | 'isReversed'> & {
  readonly selves: readonly Float64Array[];
  readonly gaps?: Float64Array;
};

/** @param keep 1 for the frames of the block whose own stacks are shown; undefined: all */
export function makeView(block: Block, keep: Uint8Array | undefined, isReversed: boolean): View {
  const { frames, heading } = block;
  const tree = isReversed ? reversedTree(block, keep) : keep === undefined ? plainTree(frames) : keptTree(frames, keep);
  return added(tree, heading, keep === undefined);
}

function plainTree(frames: Frames): Tree {
  return { ...frames, sources: frames.parents.map((_, i) => i), isReversed: false };
}

/** What is left when stacks go: frames without any are gone, and with them the room of what was left out. */
function keptTree(frames: Frames, keep: Uint8Array): Tree {
  const isKept = new Uint8Array(frames.length);
  isKept[0] = 1;
  for (let i = frames.length - 1; i > 0; i--) {
    if (keep[i] === 1 && isEnd(frames, i)) isKept[i] = 1;
    if (isKept[i] === 1) isKept[frames.parents[i] as number] = 1;
  }
  const sources = Int32Array.from(frames.parents.keys()).filter((i) => isKept[i] === 1);
  const places = new Int32Array(frames.length + 1); // how many are kept before each
  for (let i = 0; i < frames.length; i++) places[i + 1] = (places[i] as number) + (isKept[i] as number);
  return {
    isReversed: false,
    length: sources.length,
    parents: sources.map((i) => (i === 0 ? -1 : (places[frames.parents[i] as number] as number))),
    ends: sources.map((i) => places[frames.ends[i] as number] as number),
    depths: sources.map((i) => frames.depths[i] as number),
    names: sources.map((i) => frames.names[i] as number),
    sources,
    selves: frames.selves.map((self) => Float64Array.from(sources, (i) => (keep[i] === 1 ? (self[i] as number) : 0))),
  };
}

/** A stack ends in the frame, or in what is left out of its parent. */
export function isEnd(frames: Frames, i: number): boolean {
  return frames.names[i] === -1 || ((frames.flags[i] as number) & HAS_SELF) !== 0;
}

function reversedTree({ frames, names, heading }: Block, keep: Uint8Array | undefined): Tree {
  const tree = new Merged(names.length, heading.columns);
  for (let i = 0; i < frames.length; i++) {
    if (!isEnd(frames, i) || keep?.[i] === 0) continue;
    let node = 0;
    for (let at = i; at > 0; at = frames.parents[at] as number) node = tree.child(node, frames.names[at] as number, at);
    for (let column = 0; column < frames.selves.length; column++) {
      tree.add(node, column, (frames.selves[column] as Float64Array)[i] as number);
    }
  }
  return tree.sorted(names);
}

/** A tree under construction: children by name, numbers in order of insertion. */
class Merged {
  readonly #columns: Columns;
  readonly #parents: number[] = [-1];
  readonly #names: number[] = [0];
  readonly #sources: number[] = [0];
  readonly #selves: number[][];
  readonly #base: number;
  /** parent and name as one number → node. */
  readonly #children = new Map<number, number>();

  constructor(names: number, columns: Columns) {
    this.#base = names + 1;
    this.#columns = columns;
    this.#selves = columns.map(() => [0]);
  }

  child(parent: number, name: number, source: number): number {
    const key = parent * this.#base + name + 1;
    let node = this.#children.get(key);
    if (node === undefined) {
      node = this.#parents.length;
      this.#children.set(key, node);
      this.#parents.push(parent);
      this.#names.push(name);
      this.#sources.push(source);
      for (const self of this.#selves) self.push(0);
    }
    return node;
  }

  add(node: number, column: number, value: number): void {
    const self = this.#selves[column] as number[];
    const before = self[node] as number;
    self[node] = this.#columns[column]?.merge === 'max' ? Math.max(before, value) : before + value;
  }

  /** Parents before their children, siblings by name. */
  sorted(texts: readonly string[]): Tree {
    const length = this.#parents.length;
    const ranks = new Int32Array(texts.length + 1); // of -1 the last
    const order = [...texts.keys()].sort((a, b) => ((texts[a] as string) < (texts[b] as string) ? -1 : 1));
    for (const [rank, name] of order.entries()) ranks[name] = rank;
    const rankOf = (node: number) => ranks[this.#names[node] as number] ?? texts.length;
    const children: (number[] | undefined)[] = [];
    for (let node = 1; node < length; node++) {
      const parent = this.#parents[node] as number;
      const siblings = children[parent];
      if (siblings === undefined) children[parent] = [node];
      else siblings.push(node);
    }
    const sources: number[] = [];
    const places = new Int32Array(length);
    const depths: number[] = [];
    const pending = [0];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      places[node] = sources.length;
      depths.push(node === 0 ? 0 : (depths[places[this.#parents[node] as number] as number] as number) + 1);
      sources.push(node);
      const siblings = children[node];
      if (siblings === undefined) continue;
      if (siblings.length > 1) siblings.sort((a, b) => rankOf(b) - rankOf(a));
      for (const child of siblings) pending.push(child); // the leftmost is popped first
    }
    const ends = new Int32Array(length).fill(length);
    const open: number[] = [];
    for (let i = 0; i < length; i++) {
      const depth = depths[i] as number;
      while (open.length > depth) ends[open.pop() as number] = i;
      open.push(i);
    }
    return {
      isReversed: true,
      length,
      parents: Int32Array.from(sources, (node) =>
        node === 0 ? -1 : (places[this.#parents[node] as number] as number),
      ),
      ends,
      depths: Int32Array.from(depths),
      names: Int32Array.from(sources, (node) => this.#names[node] as number),
      sources: Int32Array.from(sources, (node) => this.#sources[node] as number),
      selves: this.#selves.map((self) => Float64Array.from(sources, (node) => self[node] as number)),
    };
  }
}

/** @param isAll nothing is filtered out: the whole is what the picture says it is */
function added(tree: Tree, { columns, total }: Block['heading'], isAll: boolean): View {
  const { parents, length, gaps, names } = tree;
  const totals = columns.map(({ merge }, column) => {
    const values = (tree.selves[column] as Float64Array).slice();
    for (let i = length - 1; i > 0; i--) {
      const parent = parents[i] as number;
      const value = values[i] as number;
      values[parent] = merge === 'max' ? Math.max(values[parent] as number, value) : (values[parent] as number) + value;
    }
    return values;
  });
  const [widths] = totals as [Float64Array];
  const starts = new Float64Array(length);
  const edges = new Float64Array(length); // where the next child of each starts
  for (let i = 1; i < length; i++) {
    const parent = parents[i] as number;
    const start = (edges[parent] as number) + ((gaps?.[i] as number | undefined) ?? 0);
    starts[i] = start;
    edges[i] = start;
    // where there are gaps, what is left out has its room there already
    const isRoomTaken = gaps !== undefined && names[i] === -1;
    edges[parent] = isRoomTaken ? start : start + (widths[i] as number);
  }
  const whole = isAll ? Math.max(total, widths[0] as number) : (widths[0] as number);
  widths[0] = whole;
  return { ...tree, starts, totals, whole };
}

/** For each frame of the view the kind (place in `kinds`) of a call, or of most of what stands on the frame; NO_KIND: of none. */
export function kindsOf(view: View, { frames, heading }: Block): Uint8Array {
  const kinds = new Uint8Array(view.length).fill(NO_KIND);
  if (heading.painting !== 'syscalls') return kinds;
  const count = heading.kinds.length;
  const worth = new Float64Array(view.length * count);
  const [widths] = view.totals as [Float64Array];
  for (let i = view.length - 1; i > 0; i--) {
    if (isCall(view, frames, i)) {
      const kind = Number(heading.colors[view.names[i] as number]);
      kinds[i] = kind;
      worth.fill(0, i * count, (i + 1) * count);
      worth[i * count + kind] = widths[i] as number;
    }
    const parent = view.parents[i] as number;
    for (let kind = 0; kind < count; kind++) {
      const sum = worth[i * count + kind] as number;
      if (kinds[i] === NO_KIND && sum * 2 > (widths[i] as number)) kinds[i] = kind;
      worth[parent * count + kind] = (worth[parent * count + kind] as number) + sum;
    }
  }
  // what stands on a call, where stacks are reversed, is part of it
  const isOnCall = new Uint8Array(view.length);
  for (let i = 1; i < view.length; i++) {
    const parent = view.parents[i] as number;
    if (isOnCall[parent] === 0 && !isCall(view, frames, parent)) continue;
    isOnCall[i] = 1;
    if (kinds[i] === NO_KIND) kinds[i] = kinds[parent] as number;
  }
  return kinds;
}

export function isCall(view: View, frames: Frames, i: number): boolean {
  return view.names[i] !== -1 && ((frames.flags[view.sources[i] as number] as number) & IS_CALL) !== 0;
}
