// Stacks of text ids become a Trie, fast for millions of them in any order. They are put aside and added in batches, those
// together that begin alike: what a part of a batch works on fits into the cache. Added one by one, each step of each stack
// waits for memory (docs/performance.md).

import type { Texts } from '../model/texts.ts';
import { type Column, ROOT, Trie } from '../model/trie.ts';
import { grown } from '../model/tuple-table.ts';

/** Stacks of a batch are sorted by the last of so many first nodes that they go through. These stay in the cache: 16 bytes each. */
const HOT_NODES = 1 << 14;
/** The first batch is small, for there is nothing yet to sort by; each one after it is four times as large. */
const FIRST_BATCH = 1 << 8;
const LARGEST_BATCH = 1 << 18;
const MORE = 4;

export class StackTrie {
  readonly #trie: Trie;
  readonly #hasDeltas: boolean;
  #length = 0;
  /** The frames of all stacks of the batch, one after another, and where each stack ends. */
  #frames = new Int32Array(1 << 14);
  #used = 0;
  #ends = new Int32Array(FIRST_BATCH);
  #counts = new Float64Array(FIRST_BATCH);
  #deltas = new Float64Array(FIRST_BATCH);

  /**
   * @param columns of counts and, if there is a second, of deltas
   * @param expected about how many nodes; see Trie
   */
  constructor(columns: readonly Column[], texts: Texts, expected?: number) {
    this.#trie = new Trie(columns, texts, expected);
    this.#hasDeltas = columns.length > 1;
  }

  add(frames: Int32Array, start: number, end: number, count: number, delta: number): void {
    while (this.#used + end - start > this.#frames.length) this.#frames = grown(this.#frames);
    const to = this.#frames;
    let used = this.#used;
    for (let i = start; i < end; i++) to[used++] = frames[i] as number;
    this.#used = used;
    this.#ends[this.#length] = used;
    this.#counts[this.#length] = count;
    if (this.#hasDeltas) this.#deltas[this.#length] = delta;
    if (++this.#length < this.#ends.length) return;
    this.#flush();
    const batch = Math.min(this.#ends.length * MORE, LARGEST_BATCH);
    if (batch === this.#ends.length) return;
    this.#ends = new Int32Array(batch);
    this.#counts = new Float64Array(batch);
    if (this.#hasDeltas) this.#deltas = new Float64Array(batch);
  }

  finish(): Trie {
    this.#flush();
    return this.#trie;
  }

  #flush(): void {
    const trie = this.#trie;
    const length = this.#length;
    const frames = this.#frames;
    const ends = this.#ends;
    /** Of each stack, where it leaves the hot nodes, and the first of its frames behind that. */
    const nodes = new Int32Array(length);
    const starts = new Int32Array(length);
    const sizes = new Int32Array(HOT_NODES);
    for (let stack = 0, at = 0; stack < length; stack++) {
      const end = ends[stack] as number;
      let node = ROOT;
      for (; at < end; at++) {
        const next = trie.find(node, frames[at] as number);
        if (next === 0 || next >= HOT_NODES) break;
        node = next;
      }
      nodes[stack] = node;
      starts[stack] = at;
      sizes[node] = (sizes[node] as number) + 1;
      at = end;
    }
    for (const stack of sortedBy(nodes, sizes)) {
      const node = trie.path(nodes[stack] as number, frames, starts[stack] as number, ends[stack] as number);
      trie.add(node, 0, this.#counts[stack] as number);
      if (this.#hasDeltas) trie.add(node, 1, this.#deltas[stack] as number);
    }
    this.#length = 0;
    this.#used = 0;
  }
}

/** The numbers of the elements of `keys` in the order of the keys, equal ones as they stand. @param sizes how many there are of each key */
function sortedBy(keys: Int32Array, sizes: Int32Array): Int32Array {
  const next = new Int32Array(sizes.length);
  for (let key = 1; key < sizes.length; key++) next[key] = (next[key - 1] as number) + (sizes[key - 1] as number);
  const sorted = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    const place = next[key] as number;
    sorted[place] = i;
    next[key] = place + 1;
  }
  return sorted;
}
