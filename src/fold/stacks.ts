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
  /** Frames are text ids from the root up; the array is filled again for the next stack. */
  add(frames: Int32Array, length: number, count: number, delta: number): void;
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
  #shaped = new Int32Array(1024);

  /** @param texts of the frames that will come, and of the Trie */
  constructor(texts: Texts, options: StackOptions) {
    const column: Column = { name: 'samples', unit: options.unit, merge: 'sum' };
    const columns = options.diff ? [column, { ...column, name: DELTA }] : [column];
    this.#into = options.flamechart ? new ChartTrie(columns, texts) : new StackTrie(columns, texts);
    this.#options = options;
    this.#bases = new Set(options.base.map((name) => texts.id(name)));
  }

  /**
   * @param frames text ids, `frames[0]` (at the root) up to before `frames[length]`
   * @param before the first count of a line that has two, as in a difference; otherwise NaN
   */
  stack(frames: Int32Array, length: number, count: number, before: number): void {
    const { factor, reverse } = this.#options;
    const isDifference = !Number.isNaN(before);
    if (isDifference) this.differences++;
    const delta = isDifference ? (count - before) * factor : 0;
    const start = this.#bases.size === 0 ? 0 : this.#lastBase(frames, length);
    if (start < 0) {
      this.withoutBase++;
    } else if (start === 0 && !reverse) {
      this.#into.add(frames, length, count * factor, delta);
    } else {
      const shaped = length > this.#shaped.length ? new Int32Array(length * 2) : this.#shaped;
      this.#shaped = shaped;
      const last = length - 1;
      for (let i = start; i < length; i++) shaped[i - start] = frames[reverse ? last + start - i : i] as number;
      this.#into.add(shaped, length - start, count * factor, delta);
    }
  }

  finish(): Trie {
    return this.#into.finish();
  }

  #lastBase(frames: Int32Array, length: number): number {
    let at = length - 1;
    while (at >= 0 && !this.#bases.has(frames[at] as number)) at--;
    return at;
  }
}
