// A Profile folded into stacks: one row in, one stack out, its frames being the dimensions asked for in the order asked
// for. All weights go along, so that a picture can tell each of them; the chosen one is column 0. No row is left out,
// not even those whose chosen weight is 0, and the result does not depend on the order of the rows.

import { UserError } from '../model/errors.ts';
import type { FrameFields } from '../model/frame-fields.ts';
import { wholePath } from '../model/paths.ts';
import type { Dimension, Profile, Weight } from '../model/profile.ts';
import type { Texts } from '../model/texts.ts';
import { type Column, ROOT, Trie } from '../model/trie.ts';
import { grown } from '../model/tuple-table.ts';

/** The weights that --weight takes, and the weight of a Profile's row that each stands for. */
export const FOLD_WEIGHTS = {
  duration: 'durationNs',
  count: 'calls',
  bytes: 'bytes',
  errors: 'errors',
  gap: 'gapNs',
} as const satisfies Record<string, Weight>;
export type FoldWeight = keyof typeof FOLD_WEIGHTS;

export interface FoldOptions {
  /** Frames from the root upwards; `comm`, `path`, `syscall` unless given. */
  readonly fields?: readonly Dimension[] | undefined;
  /** A frame for each component of a path (the default), or one for all of it. */
  readonly pathFrames?: 'split' | 'whole' | undefined;
  /** What widths are drawn from; `duration` unless given. */
  readonly weight?: FoldWeight | undefined;
}

type WeightColumn = Column & { readonly name: Weight };

const COLUMNS: readonly WeightColumn[] = [
  { name: 'durationNs', unit: 'ns', merge: 'sum' },
  { name: 'calls', unit: 'calls', merge: 'sum' },
  { name: 'bytes', unit: 'bytes', merge: 'sum' },
  { name: 'errors', unit: 'calls', merge: 'sum' },
  { name: 'maxNs', unit: 'ns', merge: 'max' },
  { name: 'gapNs', unit: 'ns', merge: 'sum' },
];

/** The numbers among the dimensions show what they number, and must not end in a space and digits: `pid:123`. */
const NUMBERED: readonly Dimension[] = ['pid', 'tid', 'uid'];

/** A call without an open file has no flags, one without a path no mountpoint, a task outside of all units no container. */
const MAY_BE_NONE: readonly Dimension[] = ['flags', 'mount', 'container'];

/** A stack that would have no frame at all: folded by `path` alone, a call without a file. */
const NO_FILE = '[no file]';

/** What --weight puts into column 0 of a Trie. */
export function columnOf(weight: FoldWeight): WeightColumn {
  return COLUMNS.find(({ name }) => name === FOLD_WEIGHTS[weight]) as WeightColumn;
}

/**
 * @returns a Trie with the columns durationNs, calls, bytes, errors, maxNs, gapNs; the chosen one comes first
 * @throws UserError when the profile lacks one of the fields
 */
export function foldProfile(profile: Profile, options: FoldOptions = {}): Trie {
  return foldWithFields(profile, options).trie;
}

/** The same, with the field that each frame is of; of a frame that is of two, the one that came first. */
export function foldWithFields(
  profile: Profile,
  options: FoldOptions = {},
): { readonly trie: Trie; readonly fields: FrameFields } {
  const { fields = ['comm', 'path', 'syscall'], pathFrames = 'split', weight = 'duration' } = options;
  const chosen = columnOf(weight);
  const columns = [chosen, ...COLUMNS.filter((column) => column !== chosen)];
  const trie = new Trie(columns);
  const positions = fields.map((field) => positionOf(field, profile));
  const frames = fields.map((field) => new FrameCache(profile.texts, trie.texts, framesOf(field, pathFrames)));

  let of = new Uint8Array(1024);

  for (let row = 0; row < profile.length; row++) {
    let node = ROOT;
    for (let i = 0; i < frames.length; i++) {
      const cache = frames[i] as FrameCache;
      let at = cache.start(profile.value(row, positions[i] as number));
      for (let left = cache.flat[at++] as number; left > 0; left--) {
        const before = trie.length;
        node = trie.child(node, cache.flat[at++] as number);
        if (node < before) continue;
        while (node >= of.length) of = grown(of);
        of[node] = i;
      }
    }
    if (node === ROOT) node = trie.child(ROOT, trie.texts.id(NO_FILE));
    for (let i = 0; i < columns.length; i++) trie.add(node, i, profile.weight(row, (columns[i] as WeightColumn).name));
  }
  while (of.length < trie.length) of = grown(of); // a node of NO_FILE came last
  return { trie, fields: { names: fields, of: of.subarray(0, trie.length) } };
}

function positionOf(field: Dimension, profile: Profile): number {
  const position = profile.dimensions.indexOf(field);
  if (position >= 0) return position;
  throw new UserError(`cannot fold by ${field}: what was recorded is ${profile.dimensions.join(', ')}`);
}

/** How a text of that dimension becomes frames. Any of them may hold several, joined by NUL. */
function framesOf(field: Dimension, pathFrames: 'split' | 'whole'): (text: string) => readonly string[] {
  if (field === 'path') return pathFrames === 'split' ? splitPath : (path) => (path === '' ? [] : [wholePath(path)]);
  if (NUMBERED.includes(field)) return (text) => [`${field}:${text}`];
  if (MAY_BE_NONE.includes(field)) return (text) => (text === '' ? [] : text.split('\0'));
  return (text) => text.split('\0');
}

/** `/usr/lib` → `/usr`, `/lib`; `.../a` → `...`, `/a`; `socket\0tcp` → `socket`, `tcp`; `pipe` → `pipe`; none for ''. */
export function splitPath(path: string): readonly string[] {
  if (path === '') return [];
  if (!path.startsWith('/') && !path.startsWith('.../')) return path.split('\0');
  const frames: string[] = [];
  for (let start = 0, end = 0; end < path.length; start = end) {
    end = path.indexOf('/', start + 1);
    if (end < 0) end = path.length;
    frames.push(path.slice(start, end));
  }
  return frames;
}

/** The frames of each text id, found once: a million rows share a few thousand texts. */
class FrameCache {
  /** For each text seen, one after another: the number of its frames, then their ids in the trie's texts. */
  flat = new Int32Array(1024);
  #length = 0;
  readonly #starts: Int32Array;
  readonly #from: Texts;
  readonly #to: Texts;
  readonly #frames: (text: string) => readonly string[];

  constructor(from: Texts, to: Texts, frames: (text: string) => readonly string[]) {
    this.#starts = new Int32Array(from.length).fill(-1);
    this.#from = from;
    this.#to = to;
    this.#frames = frames;
  }

  /** Where the frames of the text with that id start in `flat`. */
  start(id: number): number {
    let start = this.#starts[id] as number;
    if (start < 0) {
      start = this.#length;
      const frames = this.#frames(this.#from.text(id));
      while (start + frames.length >= this.flat.length) this.flat = grown(this.flat);
      this.flat[this.#length++] = frames.length;
      for (const frame of frames) this.flat[this.#length++] = this.#to.id(frame);
      this.#starts[id] = start;
    }
    return start;
  }
}
