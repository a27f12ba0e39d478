// Where the rows go for which a full Profile has no room: into rows whose path is `[other]` in the directory, then in the one
// above, and so on to the top, and at last into rows of which only the system call and the type are told. In: the texts of
// a row. Out: the row that it is added to. There are few of these rows, so that memory stays bounded; no weight is lost.

import { DistinctCount, hashOf } from './distinct-count.ts';
import type { Texts } from './texts.ts';
import type { TupleTable } from './tuple-table.ts';

export const OTHER = '[other]';

/** Rows of paths that are `[other]`, for each row of the Profile's own. */
const SHARE = 1 / 8;
/** Dimensions that take few values, whatever is traced. */
const FEW: readonly string[] = ['syscall', 'type', 'errno'];

export class OtherRows {
  /** Calls whose own row there was no room for. */
  calls = 0;
  readonly #stacks = new DistinctCount();
  readonly #dimensions: readonly string[];
  readonly #pathAt: number;
  readonly #texts: Texts;
  readonly #rows: TupleTable;
  readonly #most: number;
  #length = 0;

  constructor(dimensions: readonly string[], texts: Texts, rows: TupleTable, maxRows: number) {
    this.#dimensions = dimensions;
    this.#pathAt = dimensions.indexOf('path');
    this.#texts = texts;
    this.#rows = rows;
    this.#most = Math.ceil(maxRows * SHARE);
  }

  /** About how many different rows have been folded. */
  get stacks(): number {
    return this.#stacks.count;
  }

  /** The row that stands for one of these texts, in the order of the dimensions; `ids` are theirs, below 0 if they have none. */
  rowFor(names: readonly string[], ids: readonly number[], calls: number): number {
    this.calls += calls;
    this.#stacks.add(hashOf(names));
    const at = this.#pathAt;
    const foldedNames = [...names];
    const foldedIds = [...ids];
    let share = 1;
    for (const path of at < 0 ? [] : otherPaths(names[at] as string)) {
      foldedNames[at] = path;
      foldedIds[at] = this.#texts.find(path) ?? -1;
      // each level leaves the next one half of what is left, however many directories there are
      share /= 2;
      const row = this.#row(foldedNames, foldedIds, this.#length < this.#most * (1 - share));
      if (row >= 0) return row;
    }
    for (const [i, dimension] of this.#dimensions.entries()) {
      if (FEW.includes(dimension)) continue;
      foldedNames[i] = OTHER;
      foldedIds[i] = this.#texts.id(OTHER);
    }
    return this.#row(foldedNames, foldedIds, true);
  }

  /** −1: there is none yet, and none may be made. */
  #row(names: readonly string[], ids: readonly number[], mayBeMade: boolean): number {
    const found = this.#rows.find(ids);
    if (found >= 0 || !mayBeMade) return found;
    this.#length++;
    return this.#rows.add(names.map((name) => this.#texts.id(name)));
  }
}

/** `/usr/lib/x`: `/usr/lib/[other]`, `/usr/[other]`, `/[other]`. What is in no directory loses its frames from the end. */
export function* otherPaths(path: string): Generator<string> {
  const isPath = path.startsWith('/') || path.startsWith('.../');
  const separator = isPath ? '/' : '\0';
  let end = path.lastIndexOf(separator);
  while (end >= 0) {
    yield `${path.slice(0, end)}${separator}${OTHER}`;
    end = end === 0 ? -1 : path.lastIndexOf(separator, end - 1);
  }
  if (path !== '' && !path.startsWith('/')) yield OTHER;
}
