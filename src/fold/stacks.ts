// What stacks of text ids go through on their way from a reader into a Trie: stacks in, one after another, and a Trie out in
// the end. The options that change stacks, and not how they are drawn, are here: --diff, --flamechart, --reverse, --base and
// --factor.

import type { Texts } from '../model/texts.ts';
import type { Column, Trie } from '../model/trie.ts';
import { ChartTrie } from './chart-trie.ts';
import { StackTrie } from './stack-trie.ts';

/** The column of a Trie that says how much more a stack has than before. A Trie with it is one of a difference. */
export const DELTA = 'delta';

export interface StackOptions {
  /** What is counted. */
  readonly unit: Column['unit'];
  /** The Trie gets a second column, DELTA. */
  readonly diff: boolean;
  /** Stacks keep their order, and only neighbours are merged. */
  readonly flamechart: boolean;
  /** Leaves become roots. */
  readonly reverse: boolean;
  /** A stack starts at the last frame (the nearest to its leaf) that bears one of these names; without one it is left out. */
  readonly base: readonly string[];
  /** Counts are multiplied by it. */
  readonly factor: number;
}

/** What a Trie is made of stacks by. */
interface TrieMaker {
  /** Frames are text ids from the root up, `frames[start]` up to before `frames[end]`; the array is not kept. */
  add(frames: Int32Array, start: number, end: number, count: number, delta: number): void;
  finish(): Trie;
}

export class Stacks {
  /** Stacks with two counts. */
  differences = 0;
  /** Stacks left out because they have no base. */
  withoutBase = 0;
  readonly #into: TrieMaker;
  readonly #options: StackOptions;
  readonly #bases: ReadonlySet<number>;
  #reversed = new Int32Array(1024);

  /**
   * @param texts of the frames that will come, and of the Trie
   * @param expected about how many nodes there will be: room for them is taken at once, and need not be moved
   */
  constructor(texts: Texts, options: StackOptions, expected?: number) {
    const column: Column = { name: 'samples', unit: options.unit, merge: 'sum' };
    const columns = options.diff ? [column, { ...column, name: DELTA }] : [column];
    this.#into = options.flamechart ? new ChartTrie(columns, texts) : new StackTrie(columns, texts, expected);
    this.#options = options;
    this.#bases = new Set(options.base.map((name) => texts.id(name)));
  }

  /**
   * @param frames text ids, `frames[start]` (at the root) up to before `frames[end]`
   * @param before the first count of a line that has two, as in a difference; otherwise NaN
   */
  stack(frames: Int32Array, start: number, end: number, count: number, before: number): void {
    const { factor, reverse } = this.#options;
    const isDifference = !Number.isNaN(before);
    if (isDifference) this.differences++;
    const delta = isDifference ? (count - before) * factor : 0;
    const first = this.#bases.size === 0 ? start : this.#lastBase(frames, start, end);
    if (first < start) {
      this.withoutBase++;
    } else if (reverse) {
      const length = end - first;
      if (length > this.#reversed.length) this.#reversed = new Int32Array(length * 2);
      for (let i = 0; i < length; i++) this.#reversed[i] = frames[end - 1 - i] as number;
      this.#into.add(this.#reversed, 0, length, count * factor, delta);
    } else {
      this.#into.add(frames, first, end, count * factor, delta);
    }
  }

  finish(): Trie {
    return this.#into.finish();
  }

  /** Below `start` when there is none. */
  #lastBase(frames: Int32Array, start: number, end: number): number {
    let at = end - 1;
    while (at >= start && !this.#bases.has(frames[at] as number)) at--;
    return at;
  }
}
