// Where each frame of a Trie stands: flat arrays out, one element a drawn frame, parents before their children and
// siblings in byte order, so that the same stacks give the same picture in whatever order they came. Frames too narrow
// to see are left out with all above them; what they are worth is kept with their parent. Any depth, no recursion.

import { byteKey } from '../model/names.ts';
import { ROOT, type Trie } from '../model/trie.ts';

export interface Layout {
  /** Number of drawn frames; 0 when the total is 0. */
  readonly length: number;
  /** The frame's node in the trie. */
  readonly nodes: Int32Array;
  /** 0 for the root. */
  readonly depths: Int32Array;
  /** Left edge and width, in units of column 0: the root goes from 0 to its total. */
  readonly starts: Float64Array;
  readonly values: Float64Array;
  /** What of the frame's value belongs to children that are not drawn. */
  readonly hidden: Float64Array;
  /** px for one unit. */
  readonly scale: number;
  readonly maxDepth: number;
}

/** @param minWidthPx a narrower frame is not drawn */
export function layoutFrames(trie: Trie, widthPx: number, minWidthPx = 0.1): Layout {
  const totals = trie.totals(0);
  const { first, nodes: children } = trie.children();
  const rootTotal = totals[ROOT] as number;
  const scale = rootTotal > 0 ? widthPx / rootTotal : 0;
  const keys: string[] = [];
  const nodes: number[] = [];
  const depths: number[] = [];
  const starts: number[] = [];
  const hidden: number[] = [];
  let maxDepth = 0;

  const pending = rootTotal > 0 ? [{ node: ROOT, depth: 0, start: 0 }] : [];
  for (let frame = pending.pop(); frame !== undefined; frame = pending.pop()) {
    const { node, depth } = frame;
    let { start } = frame;
    let undrawn = 0;
    nodes.push(node);
    depths.push(depth);
    starts.push(start);
    maxDepth = Math.max(maxDepth, depth);
    const drawnBefore = pending.length;
    for (const child of sorted(children.subarray(first[node], first[node + 1]))) {
      const total = totals[child] as number;
      if (total > 0 && total * scale >= minWidthPx) pending.push({ node: child, depth: depth + 1, start });
      else undrawn += total;
      start += total;
    }
    hidden.push(undrawn);
    reverse(pending, drawnBefore); // the leftmost is to be popped first
  }
  return {
    length: nodes.length,
    nodes: Int32Array.from(nodes),
    depths: Int32Array.from(depths),
    starts: Float64Array.from(starts),
    values: Float64Array.from(nodes, (node) => totals[node] as number),
    hidden: Float64Array.from(hidden),
    scale,
    maxDepth,
  };

  function sorted(siblings: Int32Array): Int32Array {
    return siblings.length < 2 ? siblings : siblings.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  function key(node: number): string {
    const name = trie.name(node);
    keys[name] ??= byteKey(trie.texts.text(name));
    return keys[name];
  }
}

function reverse<T>(array: T[], from: number): void {
  for (let low = from, high = array.length - 1; low < high; low++, high--) {
    const kept = array[low] as T;
    array[low] = array[high] as T;
    array[high] = kept;
  }
}
