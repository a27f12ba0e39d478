// Stacks merged by their common prefixes: what fold makes of a Profile or of folded text, and what every picture is
// drawn from. Nodes are numbers in insertion order, so a parent's number is always below its children's and one pass
// backwards sums a tree of any depth without recursion.

import { Texts } from './texts.ts';
import { grown, TupleTable } from './tuple-table.ts';

/** What a number on a node means. The first column of a Trie is the one that widths are drawn from. */
export interface Column {
  readonly name: string;
  readonly unit: 'ns' | 'bytes' | 'calls' | 'samples';
  /** How the values of two stacks become one. */
  readonly merge: 'sum' | 'max';
}

export const ROOT = 0;

export class Trie {
  readonly columns: readonly Column[];
  readonly texts: Texts;
  /** (parent, text id of the frame's name) → node. */
  readonly #nodes = new TupleTable(2);
  readonly #key = new Int32Array(2);
  readonly #self: Float64Array[];

  constructor(columns: readonly Column[], texts = new Texts()) {
    this.columns = columns;
    this.texts = texts;
    this.#self = columns.map(() => new Float64Array(1024));
    this.child(-1, texts.id('all'));
  }

  /** Number of nodes, the root (number 0, `all`) among them. */
  get length(): number {
    return this.#nodes.length;
  }

  /** The child of `parent` with that name, made when it is not there yet. */
  child(parent: number, name: number): number {
    this.#key[0] = parent;
    this.#key[1] = name;
    const node = this.#nodes.add(this.#key);
    if (node >= (this.#self[0] as Float64Array).length) {
      for (let i = 0; i < this.#self.length; i++) this.#self[i] = grown(this.#self[i] as Float64Array);
    }
    return node;
  }

  /** Adds `value` to the node's own share (without its children) of column `column`. */
  add(node: number, column: number, value: number): void {
    const self = this.#self[column] as Float64Array;
    const before = self[node] as number;
    self[node] = this.columns[column]?.merge === 'max' ? Math.max(before, value) : before + value;
  }

  /** The parent's number; -1 for the root. */
  parent(node: number): number {
    return this.#nodes.at(node, 0);
  }

  /** The text id of the frame's name. */
  name(node: number): number {
    return this.#nodes.at(node, 1);
  }

  /** What belongs to the stack that ends in this node. */
  self(node: number, column: number): number {
    return (this.#self[column] as Float64Array)[node] as number;
  }

  /** The children of every node: those of `node` are `nodes[first[node]]` up to before `nodes[first[node + 1]]`. */
  children(): { readonly first: Int32Array; readonly nodes: Int32Array } {
    const first = new Int32Array(this.length + 1);
    for (let node = 1; node < this.length; node++) add(first, this.parent(node) + 1, 1);
    for (let node = 0; node < this.length; node++) add(first, node + 1, first[node] as number);
    const next = first.slice();
    const nodes = new Int32Array(this.length - 1);
    for (let node = 1; node < this.length; node++) nodes[add(next, this.parent(node), 1)] = node;
    return { first, nodes };
  }

  /** For each node, its own share and that of all below it. */
  totals(column: number): Float64Array {
    const totals = (this.#self[column] as Float64Array).slice(0, this.length);
    const max = this.columns[column]?.merge === 'max';
    for (let node = totals.length - 1; node > ROOT; node--) {
      const parent = this.parent(node);
      const value = totals[node] as number;
      totals[parent] = max ? Math.max(totals[parent] as number, value) : (totals[parent] as number) + value;
    }
    return totals;
  }
}

/** Adds to an element and returns what it was before. */
function add(array: Int32Array, at: number, value: number): number {
  const before = array[at] as number;
  array[at] = before + value;
  return before;
}
