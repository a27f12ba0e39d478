// Stacks of text ids become the Trie of a flame chart: they keep their order, and a stack shares with the one before it what
// both have in common at their roots. What comes again later is drawn again.

import type { Texts } from '../model/texts.ts';
import { type Column, ROOT, Trie } from '../model/trie.ts';
import { grown } from '../model/tuple-table.ts';

export class ChartTrie {
  readonly #trie: Trie;
  /** The nodes of the stack before, from the root up, without the root. */
  #nodes = new Int32Array(1024);
  #length = 0;

  /** @param columns of counts and, if there is a second, of deltas */
  constructor(columns: readonly Column[], texts: Texts) {
    this.#trie = new Trie(columns, texts);
  }

  add(frames: Int32Array, start: number, end: number, count: number, delta: number): void {
    const trie = this.#trie;
    const length = end - start;
    while (length > this.#nodes.length) this.#nodes = grown(this.#nodes);
    const nodes = this.#nodes;
    const most = Math.min(length, this.#length);
    let shared = 0;
    while (shared < most && trie.name(nodes[shared] as number) === frames[start + shared]) shared++;
    let node = shared === 0 ? ROOT : (nodes[shared - 1] as number);
    for (let i = shared; i < length; i++) {
      node = trie.append(node, frames[start + i] as number);
      nodes[i] = node;
    }
    this.#length = length;
    trie.add(node, 0, count);
    if (trie.columns.length > 1) trie.add(node, 1, delta);
  }

  finish(): Trie {
    return this.#trie;
  }
}
