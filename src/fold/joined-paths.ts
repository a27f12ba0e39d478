// What joinPath made of paths that come again and again, under the directories that they start from. Beside the work it
// saves that the same path is the same string: what looks it up compares no letters.

import { joinPath } from '../model/paths.ts';

/** As many as a large trace has; then it starts anew. */
const MOST_PATHS = 1 << 16;

export class JoinedPaths {
  readonly #byBase = new Map<string | undefined, Map<string, string>>();
  #length = 0;
  #lastBase: string | undefined;
  #lastPaths: Map<string, string> | undefined;

  join(base: string | undefined, path: string): string {
    const paths = this.#below(base);
    let joined = paths.get(path);
    if (joined === undefined) {
      joined = joinPath(base, path);
      paths.set(path, joined);
      if (++this.#length === MOST_PATHS) this.#clear();
    }
    return joined;
  }

  #below(base: string | undefined): Map<string, string> {
    if (base === this.#lastBase && this.#lastPaths !== undefined) return this.#lastPaths;
    let paths = this.#byBase.get(base);
    if (paths === undefined) {
      paths = new Map();
      this.#byBase.set(base, paths);
    }
    this.#lastBase = base;
    this.#lastPaths = paths;
    return paths;
  }

  #clear(): void {
    this.#byBase.clear();
    this.#lastPaths = undefined;
    this.#length = 0;
  }
}
