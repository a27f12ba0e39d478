// What every source produces and every output consumes: rows of (dimensions → weights), the run they come from, and
// what was lost on the way. A row exists once for each distinct tuple of dimensions; adding it again adds its weights.
// Memory is bounded by the number of rows, and so is that of the texts, as long as sources ask for them by id().

import { OtherRows } from './other-rows.ts';
import { Texts } from './texts.ts';
import { grown, TupleTable } from './tuple-table.ts';

/** What a row can be told apart by. `path` is `''` for a call without a file. */
export const DIMENSIONS = [
  'comm',
  'path',
  'syscall',
  'type',
  'pid',
  'tid',
  'uid',
  'user',
  'program',
  'tree',
  'cgroup',
  'container',
  'flags',
  'errno',
  'mount',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/**
 * The weights of a row, in the order of `struct ior_cell` (bpf/ior.h). All are sums but `maxNs`.
 * calls, errors: number of calls. durationNs: enter to exit. maxNs: the longest of them. bytes: as returned by the
 * call. gapNs: from the end of the thread's previous call to the enter.
 */
export const WEIGHTS = ['calls', 'errors', 'durationNs', 'maxNs', 'bytes', 'gapNs'] as const;
export type Weight = (typeof WEIGHTS)[number];
export const MAX_NS = WEIGHTS.indexOf('maxNs');

/**
 * What kind of file a call was made on, by number as in `enum ior_type` (bpf/ior.h).
 * none: no file (sync, a bad descriptor); path: known only by its name, as in stat or a failed open;
 * mem: the memory devices, /dev/null, /dev/zero, /dev/urandom and their like.
 */
export const FILE_TYPES = [
  'none',
  'path',
  'file',
  'dir',
  'block',
  'mem',
  'char',
  'tty',
  'pipe',
  'socket',
  'anon',
] as const;
export type FileType = (typeof FILE_TYPES)[number];

/** In a dimension that the source does not tell. */
export const UNKNOWN = '[unknown]';

/** The frame below the system call's of a call that was still running at the end. */
export const UNFINISHED = '[unfinished]';

/** What is traced unless types are asked for: on the others programs wait for one another rather than for storage. */
export const DEFAULT_TYPES: readonly FileType[] = ['none', 'path', 'file', 'dir', 'block', 'mem'];

/** Facts about the run. What is not known is not there: a trace made elsewhere may tell none of them. */
export interface RunMetadata {
  readonly host?: string;
  readonly kernel?: string;
  /** Start of the trace, ISO 8601 in UTC. */
  readonly startedAt?: string;
  readonly lengthNs?: number;
  /** Base names of the files that were read, with what they are, where nothing was traced. */
  readonly sources?: readonly string[];
  /** Base name of the traced command, without its arguments: they hold secrets. */
  readonly command?: string;
  /** The filters in force, in the words of the command line. */
  readonly filters?: readonly string[];
}

/** One way in which a call, a name or a piece of one was lost; `count` is undefined when it could not be read. */
export interface LossCounter {
  readonly name: string;
  readonly count: number | undefined;
  /** One clause for the reader: what a count above 0 means. */
  readonly meaning: string;
  /** The same for each possible CPU, where that tells more. */
  readonly perCpu?: readonly number[];
}

/** Rows that a profile tells apart unless it is said otherwise: 420 MB with paths of 30 bytes (`npm run bench -- churn`). */
export const DEFAULT_MAX_ROWS = 1_000_000;

export class Profile {
  readonly dimensions: readonly Dimension[];
  readonly texts = new Texts();
  readonly #index: TupleTable;
  readonly #maxRows: number;
  readonly #other: OtherRows;
  /** Of the row at hand, what a full profile has never met: value −1, −2 and so on. */
  readonly #unknown: string[] = [];
  #weights = new Float64Array(1024 * WEIGHTS.length);

  /** @param maxRows from then on new rows are folded into `[other]` (src/model/other-rows.ts) */
  constructor(dimensions: readonly Dimension[], maxRows = DEFAULT_MAX_ROWS) {
    this.dimensions = dimensions;
    this.#index = new TupleTable(dimensions.length);
    this.#maxRows = maxRows;
    this.#other = new OtherRows(dimensions, this.texts, this.#index, maxRows);
  }

  /** Number of rows. */
  get length(): number {
    return this.#index.length;
  }

  /** What there was no room for and stands in `[other]`: calls, and of about how many rows. */
  get surplus(): { readonly calls: number; readonly rows: number } {
    return { calls: this.#other.calls, rows: this.#other.stacks };
  }

  /**
   * The id of a text for a value of the row that is added next. A full profile takes in no new texts: below 0 it counts for that row
   * alone and must not be kept.
   */
  id(text: string): number {
    if (this.#index.length < this.#maxRows) return this.texts.id(text);
    const id = this.texts.find(text);
    return id ?? -this.#unknown.push(text);
  }

  /**
   * Adds one row. `values` holds for each of `dimensions` what id() gave, `weights` a number for each of WEIGHTS starting
   * at `offset`; numbers stay exact up to 2^53 (104 days in ns).
   */
  add(values: ArrayLike<number>, weights: ArrayLike<number>, offset = 0): void {
    const width = WEIGHTS.length;
    const isFull = this.#index.length >= this.#maxRows;
    const row = isFull ? this.#rowWhenFull(values, weights[offset] as number) : this.#index.add(values);
    const at = row * width;
    while (at + width > this.#weights.length) this.#weights = grown(this.#weights);
    const sums = this.#weights;
    for (let i = 0; i < width; i++) {
      const weight = weights[offset + i] as number;
      if (i === MAX_NS) sums[at + i] = Math.max(sums[at + i] as number, weight);
      else sums[at + i] = (sums[at + i] as number) + weight;
    }
  }

  #rowWhenFull(values: ArrayLike<number>, calls: number): number {
    const row = this.#index.find(values);
    if (row >= 0) return row;
    const ids = this.dimensions.map((_, i) => values[i] as number);
    const names = ids.map((id) => this.#textOf(id));
    this.#unknown.length = 0;
    return this.#other.rowFor(names, ids, calls);
  }

  #textOf(value: number): string {
    return value < 0 ? (this.#unknown[-1 - value] as string) : this.texts.text(value);
  }

  /** The text id of a row's dimension, the position being that in `dimensions`. */
  value(row: number, position: number): number {
    return this.#index.at(row, position);
  }

  /** The text of a row's dimension; for callers off the hot path. */
  text(row: number, dimension: Dimension): string {
    return this.texts.text(this.value(row, this.dimensions.indexOf(dimension)));
  }

  weight(row: number, weight: Weight): number {
    return this.#weights[row * WEIGHTS.length + WEIGHTS.indexOf(weight)] as number;
  }

  /** The sum over all rows; for maxNs the largest. */
  total(weight: Weight): number {
    let total = 0;
    for (let row = 0; row < this.length; row++) {
      const value = this.weight(row, weight);
      total = weight === 'maxNs' ? Math.max(total, value) : total + value;
    }
    return total;
  }
}
