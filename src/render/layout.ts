// Where each frame of a Trie stands: flat arrays out, one element a drawn frame, parents before their children and
// siblings in byte order, so that the same stacks give the same picture in whatever order they came. Frames too narrow
// to see are left out with all above them, and their room stays free; what they are worth is kept with their parent. Any
// depth, no recursion, and of millions of nodes only those are sorted that are drawn.

import { byteKey } from '../model/names.ts';
import { ROOT, type Trie } from '../model/trie.ts';
import { DEFAULT_OPTIONS, type RenderOptions } from './options.ts';

export interface Layout {
  /** Number of drawn frames; 0 when the total is 0. */
  readonly length: number;
  /** The frame's node in the trie. */
  readonly nodes: Int32Array;
  /** 0 for the root. */
  readonly depths: Int32Array;
  /** Left edge and width, in units of column 0: the root goes from 0 to the total. */
  readonly starts: Float64Array;
  readonly values: Float64Array;
  /** What of the frame's value belongs to children that are not drawn. */
  readonly hidden: Float64Array;
  /** 1: nothing stands on the frame in any stack, drawn or not. */
  readonly leaves: Uint8Array;
  /** What the whole width stands for: the sum of all stacks, or --total where that is more. */
  readonly total: number;
  /** px for one unit. */
  readonly scale: number;
  readonly maxDepth: number;
}

/** The narrowest frame that is drawn, in px, of a picture whose root is that wide. */
export function minWidthPx({ value, unit }: RenderOptions['minWidth'], widthPx: number): number {
  return unit === 'px' ? value : (widthPx * value) / 100;
}

/** @param narrowestPx a narrower frame is not drawn */
export function layoutFrames(
  trie: Trie,
  widthPx: number,
  narrowestPx: number = DEFAULT_OPTIONS.minWidth.value,
  options: Partial<Pick<RenderOptions, 'total' | 'flamechart'>> = {},
): Layout {
  const { flamechart = false } = options;
  const totals = trie.totals(0);
  const total = Math.max(totals[ROOT] as number, options.total ?? 0);
  const scale = total > 0 ? widthPx / total : 0;
  const near = nodesNear(trie, totals, (value) => value * scale >= narrowestPx);
  const children = childrenOf(near, flamechart ? undefined : keyOf(trie));

  const { length } = near.drawn;
  const layout = {
    length,
    nodes: new Int32Array(length),
    depths: new Int32Array(length),
    starts: new Float64Array(length),
    values: new Float64Array(length),
    hidden: new Float64Array(length),
    leaves: new Uint8Array(length),
    total: settled(total),
    scale,
    maxDepth: 0,
  };
  const starts = new Float64Array(length); // by number in `drawn`, as depths
  const depths = new Int32Array(length);
  const pending: number[] = length > 0 ? [0] : [];
  for (let frame = pending.pop(), i = 0; frame !== undefined; frame = pending.pop(), i++) {
    const node = near.drawn[frame] as number;
    const depth = depths[frame] as number;
    layout.nodes[i] = node;
    layout.depths[i] = depth;
    layout.starts[i] = settled(starts[frame] as number);
    layout.values[i] = settled(node === ROOT ? total : (totals[node] as number));
    layout.hidden[i] = settled(children.hidden[frame] as number);
    layout.leaves[i] = near.isInner[frame] === 1 ? 0 : 1;
    layout.maxDepth = Math.max(layout.maxDepth, depth);
    let start = starts[frame] as number;
    const first = children.first[frame] as number;
    const end = children.first[frame + 1] as number;
    for (let at = first; at < end; at++) {
      const child = children.frames[at] as number;
      start += children.gaps[at] as number;
      starts[child] = start;
      depths[child] = depth + 1;
      start += totals[near.drawn[child] as number] as number;
    }
    // the leftmost is popped first
    for (let at = end - 1; at >= first; at--) pending.push(children.frames[at] as number);
  }
  return layout;
}

/** The nodes that are drawn, and those that would stand on them and are too narrow. Frames are numbered as in `drawn`. */
interface Near {
  /** In the order of their numbers: the root first, parents before their children. */
  readonly drawn: readonly number[];
  /** The number of the frame that the frame of that number stands on. */
  readonly parents: readonly number[];
  /** 1: the frame has children in the trie. */
  readonly isInner: Uint8Array;
  readonly narrow: readonly number[];
  readonly narrowParents: readonly number[];
  readonly totals: Float64Array;
}

function nodesNear(trie: Trie, totals: Float64Array, isWide: (value: number) => boolean): Near {
  const drawn: number[] = [];
  const drawnParents: number[] = [];
  const narrow: number[] = [];
  const narrowParents: number[] = [];
  /** Number of the frame of each node, + 1; 0: not drawn. */
  const frames = new Int32Array(trie.length);
  const isInner: number[] = [];
  if ((totals[ROOT] as number) > 0) frames[ROOT] = drawn.push(ROOT);
  drawnParents.push(-1);
  for (let node = ROOT + 1; node < trie.length; node++) {
    const parent = (frames[trie.parent(node)] as number) - 1;
    if (parent < 0) continue;
    isInner[parent] = 1;
    const value = totals[node] as number;
    if (value > 0 && isWide(value)) {
      frames[node] = drawn.push(node);
      drawnParents.push(parent);
    } else {
      narrow.push(node);
      narrowParents.push(parent);
    }
  }
  const inner = new Uint8Array(drawn.length);
  for (let i = 0; i < drawn.length; i++) inner[i] = isInner[i] ?? 0;
  return { drawn, parents: drawnParents, isInner: inner, narrow, narrowParents, totals };
}

interface Children {
  /** Those of `frame` are `frames[first[frame]]` up to before `frames[first[frame + 1]]`, from left to right. */
  readonly first: Int32Array;
  readonly frames: Int32Array;
  /** Room that narrow siblings take to the left of each of `frames`. */
  readonly gaps: Float64Array;
  /** By number of the parent: what all of its narrow children are worth. */
  readonly hidden: Float64Array;
}

/** @param key of a node, by which siblings are sorted; undefined: by number */
function childrenOf(near: Near, key: ((node: number) => string) | undefined): Children {
  const { drawn, parents, narrow, narrowParents, totals } = near;
  const { length } = drawn;
  const first = new Int32Array(length + 1);
  for (let frame = 1; frame < length; frame++) add(first, (parents[frame] as number) + 1, 1);
  for (let frame = 0; frame < length; frame++) add(first, frame + 1, first[frame] as number);
  const next = first.slice();
  const frames = new Int32Array(Math.max(length - 1, 0));
  for (let frame = 1; frame < length; frame++) frames[add(next, parents[frame] as number, 1)] = frame;
  const isBefore = (a: number, b: number) => (key === undefined ? a < b : key(a) < key(b));
  if (key !== undefined) {
    for (let frame = 0; frame < length; frame++) {
      const siblings = frames.subarray(first[frame], first[frame + 1]);
      if (siblings.length > 1) {
        siblings.sort((a, b) => (isBefore(drawn[a] as number, drawn[b] as number) ? -1 : 1));
      }
    }
  }
  const gaps = new Float64Array(frames.length);
  const hidden = new Float64Array(length);
  for (let i = 0; i < narrow.length; i++) {
    const node = narrow[i] as number;
    const value = totals[node] as number;
    const parent = narrowParents[i] as number;
    add(hidden, parent, value);
    // the first drawn sibling to the right of it
    let low = first[parent] as number;
    const end = first[parent + 1] as number;
    for (let high = end; low < high; ) {
      const middle = (low + high) >> 1;
      if (isBefore(node, drawn[frames[middle] as number] as number)) high = middle;
      else low = middle + 1;
    }
    if (low < end) add(gaps, low, value);
  }
  return { first, frames, gaps, hidden };
}

function keyOf(trie: Trie): (node: number) => string {
  const keys: string[] = [];
  return (node) => {
    const name = trie.name(node);
    keys[name] ??= byteKey(trie.texts.text(name));
    return keys[name];
  };
}

/**
 * Sums of fractions differ in their last bits with the order in which they were added up; whole numbers do not. Six
 * decimals are more than any folded text means.
 */
function settled(value: number): number {
  return Number.isInteger(value) ? value : Math.round(value * 1e6) / 1e6;
}

/** Adds to an element and returns what it was before. */
function add(array: Int32Array | Float64Array, at: number, value: number): number {
  const before = array[at] as number;
  array[at] = before + value;
  return before;
}
