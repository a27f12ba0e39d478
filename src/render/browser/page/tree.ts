// What of the stacks is shown, and in which order their frames stand: a Tree has nodes of its own and knows where each stack ends
// in it. In: the stacks, a grouping, the stacks to keep. Nothing here knows of elements or px.
//
// A tree is made by sorting: stacks become lines of frames, lines are sorted, and what a line has in common with the one before is
// its way down to the new nodes, which so come parents first and in order. From the end, 100,000 stacks have over a million nodes: a
// hash of parent and name for each took ten times as long.

import type { Grouping } from '../../page-format.ts';
import type { Nodes, Stacks } from './stacks.ts';

export interface Tree {
  readonly nodes: Nodes;
  readonly grouping: Grouping;
  /** For each stack the node that it ends in; -1: it is not shown. */
  readonly endOf: Int32Array;
  /** What each node is worth with all above it, for numbers of stacks. */
  sums(weights: Float64Array): Float64Array;
}

/** @param kept 1 for stacks that are shown; undefined: all */
export function makeTree(stacks: Stacks, grouping: Grouping, kept: Uint8Array | undefined): Tree {
  const { heading, nodes, stackNodes } = stacks;
  const { order, isReversed = false } = grouping;
  const isPlain = !isReversed && (order === undefined || isInOrder(order, heading.fields.length));
  if (isPlain && kept === undefined) return treeOf(nodes, stackNodes, grouping);
  const lines = linesOf(stacks, kept, isPlain ? undefined : grouping);
  // as they are, they come in order: in a flame chart that of time
  if (!isPlain) sortLines(lines);
  return mergedLines(stacks, lines, grouping);
}

function isInOrder(order: readonly number[], fields: number): boolean {
  return order.length === fields && order.every((field, i) => field === i);
}

function treeOf(nodes: Nodes, endOf: Int32Array, grouping: Grouping): Tree {
  return {
    nodes,
    endOf,
    grouping,
    sums(weights) {
      const sums = new Float64Array(nodes.length);
      const { parents } = nodes;
      for (let stack = 0; stack < endOf.length; stack++) {
        const node = endOf[stack] as number;
        if (node < 0) continue;
        sums[node] = (sums[node] as number) + (weights[stack] as number);
      }
      for (let node = nodes.length - 1; node > 0; node--) {
        const parent = parents[node] as number;
        sums[parent] = (sums[parent] as number) + (sums[node] as number);
      }
      return sums;
    },
  };
}

/** The numbers of the names in their order, and of each name its place in that. */
interface Ranking {
  readonly ranked: Int32Array;
  readonly ranks: Int32Array;
}

const rankings = new WeakMap<Stacks, Ranking>();

function rankingOf(stacks: Stacks): Ranking {
  let ranking = rankings.get(stacks);
  if (ranking === undefined) {
    const { names } = stacks;
    const ranked = Int32Array.from(names.keys()).sort((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
    const ranks = new Int32Array(names.length);
    for (let rank = 0; rank < ranked.length; rank++) ranks[ranked[rank] as number] = rank;
    ranking = { ranked, ranks };
    rankings.set(stacks, ranking);
  }
  return ranking;
}

/** Stacks as lines of frames from the root up. */
interface Lines {
  /** Their places among the stacks, in the order of the lines. */
  readonly order: Int32Array;
  /** By stack: where its frames begin, and behind the last stack where they end. */
  readonly starts: Int32Array;
  /** Of all stacks, one behind another: the rank of the name, and in the lowest bits the field. */
  readonly frames: Int32Array;
}

const FIELD_BITS = 5;
const FIELD_MASK = (1 << FIELD_BITS) - 1;

/** @param grouping undefined: frames as they are */
function linesOf(stacks: Stacks, kept: Uint8Array | undefined, grouping: Grouping | undefined): Lines {
  const { nodes, stackNodes } = stacks;
  const { parents, names, fields, depths } = nodes;
  const { ranks } = rankingOf(stacks);
  const count = stackNodes.length;
  const starts = new Int32Array(count + 1);
  const shown = new Int32Array(count);
  let lines = 0;
  let length = 0;
  for (let stack = 0; stack < count; stack++) {
    if (kept === undefined || kept[stack] === 1) {
      shown[lines++] = stack;
      length += depths[stackNodes[stack] as number] as number;
    }
    starts[stack + 1] = length;
  }
  const order = shown.subarray(0, lines);
  const frames = new Int32Array(length);
  const isReversed = grouping?.isReversed ?? false;
  const step = isReversed ? 1 : -1;
  for (let line = 0; line < lines; line++) {
    const stack = order[line] as number;
    let at = isReversed ? (starts[stack] as number) : (starts[stack + 1] as number) - 1;
    for (let node = stackNodes[stack] as number; node > 0; node = parents[node] as number) {
      frames[at] = ((ranks[names[node] as number] as number) << FIELD_BITS) | (fields[node] as number);
      at += step;
    }
  }
  return grouping?.order === undefined
    ? { order, starts, frames }
    : regrouped({ order, starts, frames }, grouping.order);
}

/** The frames of the first field, then those of the next; those of no field in `fields` are left out. */
function regrouped({ order, starts, frames }: Lines, fields: readonly number[]): Lines {
  const to = { order, starts: new Int32Array(starts.length), frames: new Int32Array(frames.length) };
  let at = 0;
  for (let stack = 0; stack + 1 < starts.length; stack++) {
    const end = starts[stack + 1] as number;
    for (const field of fields) {
      for (let i = starts[stack] as number; i < end; i++) {
        const frame = frames[i] as number;
        if ((frame & FIELD_MASK) === field) to.frames[at++] = frame;
      }
    }
    to.starts[stack + 1] = at;
  }
  return to;
}

/** By their frames; one that another begins with comes before that. Quicksort by the frames of one depth after another (Bentley, Sedgewick 1997). */
function sortLines({ order, starts, frames }: Lines): void {
  const pending = [0, order.length, 0];
  while (pending.length > 0) {
    const depth = pending.pop() as number;
    const to = pending.pop() as number;
    const from = pending.pop() as number;
    const middle = keyAt(order[(from + to) >>> 1] as number, depth);
    let less = from;
    let more = to;
    for (let at = from; at < more; ) {
      const line = order[at] as number;
      const key = keyAt(line, depth);
      if (key === middle) at++;
      else if (key < middle) {
        order[at++] = order[less] as number;
        order[less++] = line;
      } else {
        order[at] = order[--more] as number;
        order[more] = line;
      }
    }
    if (less - from > 1) pending.push(from, less, depth);
    if (to - more > 1) pending.push(more, to, depth);
    if (middle >= 0 && more - less > 1) pending.push(less, more, depth + 1);
  }

  /** -1 behind the end of a line. */
  function keyAt(line: number, depth: number): number {
    const at = (starts[line] as number) + depth;
    return at < (starts[line + 1] as number) ? (frames[at] as number) : -1;
  }
}

/** One node for what neighbouring lines begin with. */
function mergedLines(stacks: Stacks, { order, starts, frames }: Lines, grouping: Grouping): Tree {
  const { ranked } = rankingOf(stacks);
  const most = frames.length + 1;
  const parents = new Int32Array(most);
  const ends = new Int32Array(most);
  const depths = new Int32Array(most);
  const names = new Int32Array(most);
  const fields = new Uint8Array(most);
  const endOf = new Int32Array(stacks.stackNodes.length).fill(-1);
  /** Of the line before, by depth: its nodes and their frames. */
  const open = [0];
  const openFrames = [-1];
  let depth = 0;
  let length = 1;
  parents[0] = -1;
  names[0] = stacks.nodes.names[0] as number;
  for (let i = 0; i < order.length; i++) {
    const line = order[i] as number;
    const end = starts[line + 1] as number;
    let at = starts[line] as number;
    let common = 0;
    while (common < depth && at < end && frames[at] === openFrames[common + 1]) {
      common++;
      at++;
    }
    while (depth > common) ends[open[depth--] as number] = length;
    for (; at < end; at++) {
      const frame = frames[at] as number;
      parents[length] = open[depth] as number;
      depths[length] = ++depth;
      names[length] = ranked[frame >> FIELD_BITS] as number;
      fields[length] = frame & FIELD_MASK;
      openFrames[depth] = frame;
      open[depth] = length++;
    }
    endOf[line] = open[depth] as number;
  }
  while (depth >= 0) ends[open[depth--] as number] = length;
  const nodes: Nodes = {
    length,
    parents: parents.subarray(0, length),
    ends: ends.subarray(0, length),
    depths: depths.subarray(0, length),
    names: names.subarray(0, length),
    fields: fields.subarray(0, length),
  };
  return treeOf(nodes, endOf, grouping);
}
