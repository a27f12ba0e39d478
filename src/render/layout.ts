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
  const totals = trie.totals(0);
  const total = Math.max(totals[ROOT] as number, options.total ?? 0);
  const scale = total > 0 ? widthPx / total : 0;
  const isBefore = options.flamechart ? byNumber : byName(trie);
  const nodes: number[] = [];
  const depths: number[] = [];
  const starts: number[] = [];
  const hidden: number[] = [];
  let maxDepth = 0;

  // what is still to be walked: three stacks of numbers
  const pending: Pending = { nodes: [], depths: [], starts: [] };
  if ((totals[ROOT] as number) > 0) push(pending, ROOT, 0, 0);
  while (pending.nodes.length > 0) {
    const node = pending.nodes.pop() as number;
    const depth = pending.depths.pop() as number;
    let start = pending.starts.pop() as number;
    nodes.push(node);
    depths.push(depth);
    starts.push(start);
    maxDepth = Math.max(maxDepth, depth);
    const first = trie.firstChild(node);
    if (first === 0 || trie.nextSibling(first) === 0) {
      // nearly all frames: there is nothing to sort
      const value = first === 0 ? 0 : (totals[first] as number);
      const isWide = value > 0 && value * scale >= narrowestPx;
      if (isWide) push(pending, first, depth + 1, start);
      hidden.push(isWide || value < 0 ? 0 : value);
      continue;
    }
    const wide: number[] = [];
    const narrow: number[] = [];
    let undrawn = 0;
    for (let child = first; child !== 0; child = trie.nextSibling(child)) {
      const value = totals[child] as number;
      if (value > 0 && value * scale >= narrowestPx) wide.push(child);
      else if (value > 0) {
        narrow.push(child);
        undrawn += value;
      }
    }
    hidden.push(undrawn);
    if (wide.length === 0) continue;
    if (wide.length > 1) wide.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    const gaps = gapsBefore(wide, narrow, totals, isBefore);
    const drawnBefore = pending.nodes.length;
    for (let i = 0; i < wide.length; i++) {
      const child = wide[i] as number;
      start += gaps[i] ?? 0;
      push(pending, child, depth + 1, start);
      start += totals[child] as number;
    }
    // the leftmost is to be popped first
    reverse(pending.nodes, drawnBefore);
    reverse(pending.starts, drawnBefore);
  }
  const values = new Float64Array(nodes.length);
  const leaves = new Uint8Array(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as number;
    values[i] = node === ROOT ? total : (totals[node] as number);
    leaves[i] = trie.firstChild(node) === 0 ? 1 : 0;
  }
  return {
    length: nodes.length,
    nodes: new Int32Array(nodes),
    depths: new Int32Array(depths),
    starts: allSettled(new Float64Array(starts)),
    values: allSettled(values),
    hidden: allSettled(new Float64Array(hidden)),
    leaves,
    total: settled(total),
    scale,
    maxDepth,
  };
}

interface Pending {
  readonly nodes: number[];
  readonly depths: number[];
  readonly starts: number[];
}

function push(pending: Pending, node: number, depth: number, start: number): void {
  pending.nodes.push(node);
  pending.depths.push(depth);
  pending.starts.push(start);
}

/** Whether one sibling stands to the left of another. */
type Order = (a: number, b: number) => boolean;

const byNumber: Order = (a, b) => a < b;

function byName(trie: Trie): Order {
  const keys: string[] = [];
  return (a, b) => key(trie.name(a)) < key(trie.name(b));

  function key(name: number): string {
    keys[name] ??= byteKey(trie.texts.text(name));
    return keys[name];
  }
}

/**
 * What the narrow siblings are worth that stand between each of the wide ones and the one to its left. The narrow ones, of
 * which there may be a million, are not sorted for that. @param wide sorted
 */
function gapsBefore(
  wide: readonly number[],
  narrow: readonly number[],
  totals: Float64Array,
  isBefore: Order,
): readonly number[] {
  const gaps: number[] = [];
  for (const node of narrow) {
    let low = 0;
    for (let high = wide.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (isBefore(node, wide[middle] as number)) high = middle;
      else low = middle + 1;
    }
    gaps[low] = (gaps[low] ?? 0) + (totals[node] as number);
  }
  return gaps;
}

/**
 * Sums of fractions differ in their last bits with the order in which they were added up; whole numbers do not. Six
 * decimals are more than any folded text means.
 */
function settled(value: number): number {
  return Number.isInteger(value) ? value : Math.round(value * 1e6) / 1e6;
}

/** In place: with `from` and a function the whole layout takes twice as long. */
function allSettled(values: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i++) values[i] = settled(values[i] as number);
  return values;
}

function reverse<T>(array: T[], from: number): void {
  for (let low = from, high = array.length - 1; low < high; low++, high--) {
    const kept = array[low] as T;
    array[low] = array[high] as T;
    array[high] = kept;
  }
}
