// What every source produces and every output consumes: rows of (dimensions → weights), the run they come from, and
// what was lost on the way. A row exists once for each distinct tuple of dimensions; adding it again adds its weights.

import { Texts } from './texts.ts';
import { grown, TupleTable } from './tuple-table.ts';

/** What a row can be told apart by. `path` is `''` for a call without a file. */
export const DIMENSIONS = ['comm', 'path', 'syscall', 'type', 'pid', 'tid', 'uid'] as const;
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

export class Profile {
  readonly dimensions: readonly Dimension[];
  readonly texts = new Texts();
  readonly #index: TupleTable;
  #weights = new Float64Array(1024 * WEIGHTS.length);

  constructor(dimensions: readonly Dimension[]) {
    this.dimensions = dimensions;
    this.#index = new TupleTable(dimensions.length);
  }

  /** Number of rows. */
  get length(): number {
    return this.#index.length;
  }

  /**
   * Adds one row. `values` holds a text id for each of `dimensions`, `weights` a number for each of WEIGHTS starting
   * at `offset`; numbers stay exact up to 2^53 (104 days in ns).
   */
  add(values: ArrayLike<number>, weights: ArrayLike<number>, offset = 0): void {
    const width = WEIGHTS.length;
    const at = this.#index.add(values) * width;
    while (at + width > this.#weights.length) this.#weights = grown(this.#weights);
    const sums = this.#weights;
    for (let i = 0; i < width; i++) {
      const weight = weights[offset + i] as number;
      if (i === MAX_NS) sums[at + i] = Math.max(sums[at + i] as number, weight);
      else sums[at + i] = (sums[at + i] as number) + weight;
    }
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
