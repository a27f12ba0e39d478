// --comm and --path: which rows of a trace are wanted, by globs. Names as a Profile has them come in, yes or no comes out.
// Hot path: whatever was asked lately is remembered, so that a million calls on a thousand files are a thousand matches;
// what is remembered is bounded, as the names of a trace are not.

import { parseGlob } from './globs.ts';
import { encodeName } from './names.ts';
import { baseName, wholePath } from './paths.ts';

type Predicate = (name: string) => boolean;

export interface RowFilterOptions {
  /** Globs; none: every comm. */
  readonly comms: readonly string[];
  /**
   * Globs, of which one with a slash is absolute or begins with `**`. One without a wildcard takes a directory and all
   * below it, one without a slash the base name. None: every path, and calls without a file.
   */
  readonly paths: readonly string[];
}

/** Enough for what a trace is about at any one time; at 100 bytes a name 10 MB. */
const MOST_REMEMBERED = 65_536;
/** The kernel cuts a comm to this many bytes. */
const COMM_BYTES = 15;
const DELETED = ' (deleted)';

export class RowFilter {
  /** Whether it asks for the comm at all. */
  readonly hasComms: boolean;
  readonly #comm: Predicate | undefined;
  readonly #path: Predicate | undefined;

  constructor({ comms, paths }: RowFilterOptions) {
    this.hasComms = comms.length > 0;
    this.#comm = this.hasComms ? remembered(anyOf(comms.map(commMatcher))) : undefined;
    this.#path = paths.length > 0 ? remembered(anyOf(paths.map(pathMatcher))) : undefined;
  }

  /** `path2` is the other name of a call that has two, else ''. */
  matches(comm: string, path: string, path2 = ''): boolean {
    if (this.#comm !== undefined && !this.#comm(comm)) return false;
    if (this.#path === undefined) return true;
    return this.#path(path) || (path2 !== '' && this.#path(path2));
  }
}

function anyOf(predicates: readonly Predicate[]): Predicate {
  return (name) => predicates.some((matches) => matches(name));
}

function remembered(matches: Predicate): Predicate {
  const known = new Map<string, boolean>();
  return (name) => {
    let result = known.get(name);
    if (result === undefined) {
      if (known.size >= MOST_REMEMBERED) known.clear();
      result = matches(name);
      known.set(name, result);
    }
    return result;
  };
}

function commMatcher(text: string): Predicate {
  const glob = parseGlob(text);
  if (glob.hasWildcard) return glob.matches;
  const bytes = Buffer.from(encodeName(glob.literal));
  if (bytes.length <= COMM_BYTES) return glob.matches;
  return (comm) => comm === glob.literal || bytes.subarray(0, COMM_BYTES).equals(encodeName(comm));
}

function pathMatcher(text: string): Predicate {
  const matches = text.includes('/') ? wholeMatcher(text) : baseMatcher(text);
  return (path) => matches(path) || (path.endsWith(DELETED) && matches(path.slice(0, -DELETED.length)));
}

/** What lies in no directory has no base name: all that is shown of it is matched, as in `socket:tcp:*`. */
function baseMatcher(text: string): Predicate {
  const glob = parseGlob(text);
  return (path) => path !== '' && glob.matches(baseName(path) ?? wholePath(path));
}

function wholeMatcher(text: string): Predicate {
  const glob = parseGlob(text.replace(/\/+$/, '') || '/', '/');
  if (glob.hasWildcard) return glob.matches;
  const { literal } = glob;
  const below = literal === '/' ? literal : `${literal}/`;
  return (path) => path === literal || path.startsWith(below);
}
