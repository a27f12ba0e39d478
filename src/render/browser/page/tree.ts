// What of the stacks is shown, and in which order their frames stand: a Tree has nodes of its own and knows where each stack ends
// in it. In: the stacks, a grouping, the stacks to keep. Nothing here knows of elements or px.

import type { Grouping } from '../../page-format.ts';
import type { Nodes, Stacks } from './stacks.ts';

export interface Tree {
  readonly nodes: Nodes;
  readonly grouping: Grouping;
  /** For each stack the node that it ends in; -1: it is not shown. */
  readonly endOf: Int32Array;
  /** What each node is worth with all above it, for numbers of stacks. */
  sums(weights: Float64Array, merge?: 'sum' | 'max'): Float64Array;
}

/** @param kept 1 for stacks that are shown; undefined: all */
export function makeTree(stacks: Stacks, grouping: Grouping, kept: Uint8Array | undefined): Tree {
  const { heading, nodes, stackNodes } = stacks;
  const { order, isReversed = false } = grouping;
  const isPlain = !isReversed && (order === undefined || isInOrder(order, heading.fields.length));
  if (isPlain && kept === undefined) return treeOf(nodes, stackNodes, grouping);
  const builder = new Builder(stackNodes.length, heading.flamechart && !isReversed);
  const endOf = new Int32Array(stackNodes.length).fill(-1);
  const path: number[] = [];
  for (let stack = 0; stack < stackNodes.length; stack++) {
    if (kept?.[stack] === 0) continue;
    let length = 0;
    for (let node = stackNodes[stack] as number; node > 0; node = nodes.parents[node] as number) path[length++] = node;
    // the path runs from the leaf to the root
    if (isReversed) endOf[stack] = builder.add(nodes, path, 0, length, 1);
    else if (isPlain) endOf[stack] = builder.add(nodes, path, length - 1, -1, -1);
    else endOf[stack] = builder.addFields(nodes, path, length, order as readonly number[]);
  }
  const { nodes: sorted, places } = builder.finish(rankedNames(stacks));
  return treeOf(
    sorted,
    endOf.map((node) => (node < 0 ? -1 : (places[node] as number))),
    grouping,
  );
}

function isInOrder(order: readonly number[], fields: number): boolean {
  return order.length === fields && order.every((field, i) => field === i);
}

function treeOf(nodes: Nodes, endOf: Int32Array, grouping: Grouping): Tree {
  return {
    nodes,
    endOf,
    grouping,
    sums(weights, merge = 'sum') {
      const sums = new Float64Array(nodes.length);
      const { parents } = nodes;
      for (let stack = 0; stack < endOf.length; stack++) {
        const node = endOf[stack] as number;
        if (node < 0) continue;
        const value = weights[stack] as number;
        if (merge === 'sum') sums[node] = (sums[node] as number) + value;
        else if (value > (sums[node] as number)) sums[node] = value;
      }
      for (let node = nodes.length - 1; node > 0; node--) {
        const parent = parents[node] as number;
        const value = sums[node] as number;
        if (merge === 'sum') sums[parent] = (sums[parent] as number) + value;
        else if (value > (sums[parent] as number)) sums[parent] = value;
      }
      return sums;
    },
  };
}

const rankings = new WeakMap<Stacks, Int32Array>();

/** The numbers of the names in their order. */
function rankedNames(stacks: Stacks): Int32Array {
  let ranked = rankings.get(stacks);
  if (ranked === undefined) {
    const { names } = stacks;
    ranked = Int32Array.from(names.keys()).sort((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
    rankings.set(stacks, ranked);
  }
  return ranked;
}

/** A tree under construction: nodes in the order of their insertion, children found by a hash of parent and name. */
class Builder {
  readonly #isChart: boolean;
  #length = 1;
  #parents: Int32Array;
  #names: Int32Array;
  #fields: Uint8Array;
  /** Of a flame chart: the child that came last. */
  #lastChild: Int32Array;
  /** Open addressing; 0 = free; a power of two long and at least twice the number of nodes. */
  #slots: Int32Array;

  constructor(stacks: number, isChart: boolean) {
    const capacity = 1 << Math.max(10, 33 - Math.clz32(stacks));
    this.#isChart = isChart;
    this.#parents = new Int32Array(capacity);
    this.#names = new Int32Array(capacity);
    this.#fields = new Uint8Array(capacity);
    this.#lastChild = new Int32Array(isChart ? capacity : 0);
    this.#slots = new Int32Array(capacity * 2);
    this.#parents[0] = -1;
  }

  /** The frames `path[from]` to before `path[to]`. Returns the node at their end. */
  add(nodes: Nodes, path: readonly number[], from: number, to: number, step: 1 | -1): number {
    let node = 0;
    for (let i = from; i !== to; i += step) {
      const source = path[i] as number;
      node = this.#child(node, nodes.names[source] as number, nodes.fields[source] as number);
    }
    return node;
  }

  /** The frames of the first field in the order, then those of the next. @param path from the leaf to the root */
  addFields(nodes: Nodes, path: readonly number[], length: number, order: readonly number[]): number {
    let node = 0;
    for (const field of order) {
      for (let i = length - 1; i >= 0; i--) {
        const source = path[i] as number;
        if (nodes.fields[source] === field) node = this.#child(node, nodes.names[source] as number, field);
      }
    }
    return node;
  }

  #child(parent: number, name: number, field: number): number {
    if (this.#isChart) {
      const last = this.#lastChild[parent] as number;
      return last !== 0 && this.#names[last] === name ? last : this.#append(parent, name, field);
    }
    const mask = this.#slots.length - 1;
    let slot = hash(parent, name) & mask;
    for (let node = this.#slots[slot] as number; node !== 0; node = this.#slots[slot] as number) {
      if (this.#parents[node] === parent && this.#names[node] === name) return node;
      slot = (slot + 1) & mask;
    }
    const node = this.#append(parent, name, field);
    // a new slot, if the table has grown
    if (mask === this.#slots.length - 1) this.#slots[slot] = node;
    return node;
  }

  #append(parent: number, name: number, field: number): number {
    const node = this.#length++;
    if (node === this.#parents.length) this.#grow();
    this.#parents[node] = parent;
    this.#names[node] = name;
    this.#fields[node] = field;
    if (this.#isChart) this.#lastChild[parent] = node;
    else if (this.#length * 2 > this.#slots.length) this.#rehash();
    return node;
  }

  #grow(): void {
    this.#parents = doubled(this.#parents);
    this.#names = doubled(this.#names);
    this.#fields = doubled(this.#fields);
    if (this.#isChart) this.#lastChild = doubled(this.#lastChild);
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let node = 1; node < this.#length; node++) {
      let slot = hash(this.#parents[node] as number, this.#names[node] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node;
    }
    this.#slots = slots;
  }

  /** Nodes parents first, siblings in the order of `ranked`; of a flame chart as they came. */
  finish(ranked: Int32Array): { readonly nodes: Nodes; readonly places: Int32Array } {
    const length = this.#length;
    const firstChild = new Int32Array(length);
    const nextSibling = new Int32Array(length);
    // put in front of its siblings one after another, the last first
    const link = (node: number) => {
      const parent = this.#parents[node] as number;
      nextSibling[node] = firstChild[parent] as number;
      firstChild[parent] = node;
    };
    if (this.#isChart) for (let node = length - 1; node > 0; node--) link(node);
    else for (const node of this.#byName(ranked)) link(node);

    const nodes = {
      length,
      parents: new Int32Array(length),
      ends: new Int32Array(length),
      depths: new Int32Array(length),
      names: new Int32Array(length),
      fields: new Uint8Array(length),
    };
    const places = new Int32Array(length);
    let place = 0;
    let depth = 0;
    for (let node = 0; ; ) {
      places[node] = place;
      const parent = this.#parents[node] as number;
      nodes.parents[place] = parent < 0 ? -1 : (places[parent] as number);
      nodes.depths[place] = depth;
      nodes.names[place] = this.#names[node] as number;
      nodes.fields[place] = this.#fields[node] as number;
      place++;
      if (firstChild[node] !== 0) {
        node = firstChild[node] as number;
        depth++;
        continue;
      }
      while (node > 0 && nextSibling[node] === 0) {
        nodes.ends[places[node] as number] = place;
        node = this.#parents[node] as number;
        depth--;
      }
      nodes.ends[places[node] as number] = place;
      if (node === 0) return { nodes, places };
      node = nextSibling[node] as number;
    }
  }

  /** All nodes but the root, the last names first. */
  #byName(ranked: Int32Array): Int32Array {
    const ranks = new Int32Array(ranked.length);
    for (let rank = 0; rank < ranked.length; rank++) ranks[ranked[rank] as number] = rank;
    const counts = new Int32Array(ranked.length + 1);
    for (let node = 1; node < this.#length; node++) {
      const bucket = ranked.length - (ranks[this.#names[node] as number] as number);
      counts[bucket] = (counts[bucket] as number) + 1;
    }
    for (let i = 1; i < counts.length; i++) counts[i] = (counts[i] as number) + (counts[i - 1] as number);
    const order = new Int32Array(this.#length - 1);
    for (let node = 1; node < this.#length; node++) {
      const bucket = ranked.length - (ranks[this.#names[node] as number] as number) - 1;
      const at = counts[bucket] as number;
      order[at] = node;
      counts[bucket] = at + 1;
    }
    return order;
  }
}

function doubled<T extends Int32Array | Uint8Array>(array: T): T {
  const next = new (array.constructor as new (length: number) => T)(array.length * 2);
  next.set(array);
  return next;
}

/** Of two small integers; murmur3's last step. */
function hash(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0xcc9e2d51);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
