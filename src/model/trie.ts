// Stacks merged by their common prefixes: what fold makes of a Profile or of folded text, and what every picture is
// drawn from. Nodes are numbers in insertion order, so a parent's number is always below its children's and one pass
// backwards sums a tree of any depth without recursion.

import { Texts } from './texts.ts';
import { grown } from './tuple-table.ts';

/** What a number on a node means. The first column of a Trie is the one that widths are drawn from. */
export interface Column {
  readonly name: string;
  readonly unit: 'ns' | 'bytes' | 'calls' | 'samples';
  /** How the values of two stacks become one. */
  readonly merge: 'sum' | 'max';
}

export const ROOT = 0;

/**
 * A row of `#rows` is parent, text id of the name, first child, next sibling (0: none): each step of a stack looks into one or
 * two lines of cache. Siblings beyond so many are found by hash, though they are linked, too: behind the last of these.
 */
const ROW = 4;
const PARENT = 0;
const NAME = 1;
const FIRST_CHILD = 2;
const NEXT_SIBLING = 3;
const LOOKED_THROUGH = 8;
const FIRST_CAPACITY = 1024;

export class Trie {
  readonly columns: readonly Column[];
  readonly texts: Texts;
  /** Number of nodes, the root (number 0, `all`) among them. */
  length = 1;
  #capacity: number;
  #rows: Int32Array;
  readonly #self: Float64Array[];
  /**
   * (parent, name) → node, for children that are not looked through. Open addressing; 0 = free; a power of two long and at
   * least twice the number of those nodes.
   */
  #slots = new Int32Array(FIRST_CAPACITY);
  #used = 0;
  /** What `totals` found, by column, for as long as nothing is added. */
  #totals: (Float64Array | undefined)[] = [];
  #isSummed = true;

  /** @param expected so many nodes there is room for at once; memory is taken when they come */
  constructor(columns: readonly Column[], texts = new Texts(), expected = FIRST_CAPACITY) {
    this.columns = columns;
    this.texts = texts;
    this.#capacity = Math.max(expected, FIRST_CAPACITY);
    this.#rows = new Int32Array(this.#capacity * ROW);
    this.#self = columns.map(() => new Float64Array(this.#capacity));
    this.#rows[PARENT] = -1;
    this.#rows[NAME] = texts.id('all');
  }

  /** The child of `parent` with that name; 0 when there is none. */
  find(parent: number, name: number): number {
    const rows = this.#rows;
    let node = rows[parent * ROW + FIRST_CHILD] as number;
    for (let i = 0; i < LOOKED_THROUGH; i++) {
      if (node === 0 || rows[node * ROW + NAME] === name) return node;
      node = rows[node * ROW + NEXT_SIBLING] as number;
    }
    return node === 0 ? 0 : (this.#slots[this.#slotOf(parent, name)] as number);
  }

  /** The child of `parent` with that name, made when it is not there yet. */
  child(parent: number, name: number): number {
    const rows = this.#rows;
    let link = parent * ROW + FIRST_CHILD;
    for (let i = 0; i < LOOKED_THROUGH; i++) {
      const node = rows[link] as number;
      if (node === 0) return this.#add(parent, name, link);
      if (rows[node * ROW + NAME] === name) return node;
      link = node * ROW + NEXT_SIBLING;
    }
    const slot = this.#slotOf(parent, name);
    const found = this.#slots[slot] as number;
    if (found !== 0) return found;
    const node = this.#add(parent, name, link);
    this.#slots[slot] = node;
    if (++this.#used * 2 > this.#slots.length) this.#rehash();
    return node;
  }

  /** The node at the end of a path that starts in `start` and leads through names[from] up to before names[to]. */
  path(start: number, names: Int32Array, from: number, to: number): number {
    let node = start;
    let at = from;
    let isNew = false;
    while (at < to && !isNew) {
      const { length } = this;
      node = this.child(node, names[at++] as number);
      isNew = node === length;
    }
    // nothing stands on a new node, so that all that follows is new
    while (this.length + to - at > this.#capacity) this.#grow();
    const rows = this.#rows;
    for (; at < to; at++) {
      const next = this.length++;
      rows[node * ROW + FIRST_CHILD] = next;
      rows[next * ROW + PARENT] = node;
      rows[next * ROW + NAME] = names[at] as number;
      node = next;
    }
    return node;
  }

  /** A new child of `parent`, whether or not there is one with that name, which find and child may then not find. */
  append(parent: number, name: number): number {
    return this.#add(parent, name, parent * ROW + FIRST_CHILD);
  }

  /** Adds `value` to the node's own share (without its children) of column `column`. */
  add(node: number, column: number, value: number): void {
    this.#isSummed = false;
    const self = this.#self[column] as Float64Array;
    const before = self[node] as number;
    self[node] = this.columns[column]?.merge === 'max' ? Math.max(before, value) : before + value;
  }

  /** The parent's number; -1 for the root. */
  parent(node: number): number {
    return this.#rows[node * ROW + PARENT] as number;
  }

  /** One of the node's children, from which nextSibling leads to the others, in no order; 0 when there is none. */
  firstChild(node: number): number {
    return this.#rows[node * ROW + FIRST_CHILD] as number;
  }

  /** 0 behind the last one. */
  nextSibling(node: number): number {
    return this.#rows[node * ROW + NEXT_SIBLING] as number;
  }

  /** The text id of the frame's name. */
  name(node: number): number {
    return this.#rows[node * ROW + NAME] as number;
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

  /** For each node, its own share and that of all below it. Not to be changed: the next one who asks gets the same array. */
  totals(column: number): Float64Array {
    if (!this.#isSummed) this.#totals = [];
    this.#isSummed = true;
    const totals = this.#totals[column] ?? this.#summed(column);
    this.#totals[column] = totals;
    return totals;
  }

  #summed(column: number): Float64Array {
    const totals = (this.#self[column] as Float64Array).slice(0, this.length);
    const max = this.columns[column]?.merge === 'max';
    const rows = this.#rows;
    for (let node = totals.length - 1; node > ROOT; node--) {
      const parent = rows[node * ROW + PARENT] as number;
      const value = totals[node] as number;
      totals[parent] = max ? Math.max(totals[parent] as number, value) : (totals[parent] as number) + value;
    }
    return totals;
  }

  /** A new node, to which the link in `#rows[link]` will lead, and from it to where that led before. */
  #add(parent: number, name: number, link: number): number {
    if (this.length === this.#capacity) this.#grow();
    this.#isSummed = false;
    const rows = this.#rows;
    const node = this.length++;
    const row = node * ROW;
    rows[row + PARENT] = parent;
    rows[row + NAME] = name;
    rows[row + NEXT_SIBLING] = rows[link] as number;
    rows[link] = node;
    return node;
  }

  /** The slot that holds that child, or the free one where it belongs. */
  #slotOf(parent: number, name: number): number {
    const rows = this.#rows;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash(parent, name) & mask;
    for (let node = slots[slot] as number; node !== 0; node = slots[slot] as number) {
      const row = node * ROW;
      if (rows[row + PARENT] === parent && rows[row + NAME] === name) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #rehash(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2);
    const mask = slots.length - 1;
    for (let i = 0; i < old.length; i++) {
      const node = old[i] as number;
      if (node === 0) continue;
      let slot = hash(this.parent(node), this.name(node)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = node;
    }
    this.#slots = slots;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#rows = grown(this.#rows);
    for (let i = 0; i < this.#self.length; i++) this.#self[i] = grown(this.#self[i] as Float64Array);
  }
}

/** Of two small integers; murmur3's last step. */
function hash(a: number, b: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0xcc9e2d51);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Adds to an element and returns what it was before. */
function add(array: Int32Array, at: number, value: number): number {
  const before = array[at] as number;
  array[at] = before + value;
  return before;
}
