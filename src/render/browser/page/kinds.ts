// What system calls do, as colours tell it: the kind of each stack, and for each frame of a tree that of its call or of most of
// what stands on it.

import type { Stacks } from './stacks.ts';
import type { Tree } from './tree.ts';

export const NO_KIND = 255;

/** Of each stack the place of its call's kind in `heading.kinds`. */
export function kindsOfStacks({ heading, names, nodes, stackNodes }: Stacks): Uint8Array {
  const { colors, fields } = heading;
  const syscall = fields.indexOf('syscall');
  const codes = Uint8Array.from(names, (_, name) => (colors[name] === '.' ? NO_KIND : Number(colors[name])));
  return Uint8Array.from(stackNodes, (end) => {
    for (let node = end; node > 0 && nodes.fields[node] === syscall; node = nodes.parents[node] as number) {
      const kind = codes[nodes.names[node] as number] as number;
      if (kind !== NO_KIND) return kind;
    }
    return NO_KIND;
  });
}

export interface FrameKinds {
  /** What more than half of a frame is worth; NO_KIND: none. */
  readonly most: Uint8Array;
  /** What a frame is worth in each kind. */
  worth(node: number): Float64Array;
}

export function frameKinds({ heading }: Stacks, ofStacks: Uint8Array, tree: Tree, weights: Float64Array): FrameKinds {
  const count = heading.kinds.length;
  const { nodes, endOf } = tree;
  const sums = new Float64Array(nodes.length * count);
  const totals = new Float64Array(nodes.length);
  for (let stack = 0; stack < endOf.length; stack++) {
    const node = endOf[stack] as number;
    if (node < 0) continue;
    const kind = ofStacks[stack] as number;
    const weight = weights[stack] as number;
    totals[node] = (totals[node] as number) + weight;
    if (kind !== NO_KIND) sums[node * count + kind] = (sums[node * count + kind] as number) + weight;
  }
  const most = new Uint8Array(nodes.length).fill(NO_KIND);
  for (let node = nodes.length - 1; node >= 0; node--) {
    const parent = nodes.parents[node] as number;
    if (parent >= 0) totals[parent] = (totals[parent] as number) + (totals[node] as number);
    for (let kind = 0; kind < count; kind++) {
      const worth = sums[node * count + kind] as number;
      if (worth === 0) continue;
      if (worth * 2 > (totals[node] as number)) most[node] = kind;
      if (parent >= 0) sums[parent * count + kind] = (sums[parent * count + kind] as number) + worth;
    }
  }
  return { most, worth: (node) => sums.subarray(node * count, (node + 1) * count) };
}
