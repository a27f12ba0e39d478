// How the stacks of a page stand in its <template>, for its script: page-data.ts writes, browser/page/read-page.ts reads. This
// module ends up in the browser: it imports nothing but types.
//
// The text has a line of JSON (PageHeading), a line of numbers, and a line for each name. The digits are those of
// block-format.ts. Nothing is left out but stacks whose numbers are all 0.
//
// Nodes come parents first, from left to right:
//   head    reference * 8 + flags. The reference is 0 for the next name in the list, otherwise how far back the name is that was
//           used before, + 1
//   up      (HAS_UP) how many levels below the end of the node before; without it: 0, it stands on that
//   field   (HAS_FIELD) place in `fields`; without it that of the name when it was last used, at first that of the node below
//   numbers (HAS_SELF) of the stack that ends in the node, one a column, multiplied by `factor`; signed in the column `delta`; of
//           maxNs what durationNs has more

import type { Column } from '../model/trie.ts';
import type { DifferencePalette, RenderOptions } from './options.ts';

export const REFERENCE = 8;
export const HAS_SELF = 1;
export const HAS_UP = 2;
export const HAS_FIELD = 4;

/** A way to put the stacks together. */
export interface Grouping {
  /** `comm → path → syscall`. */
  readonly label: string;
  /** Places in `fields` from the root up; undefined: stacks as they are. */
  readonly order?: readonly number[];
  /** Stacks are turned round. */
  readonly isReversed?: boolean;
}

export interface PageHeading {
  readonly title: string;
  /** The first is what was asked for; all but maxNs and delta can be drawn. */
  readonly columns: readonly Column[];
  readonly countname: string;
  /** Stands before a frame's name in the line below the graph; '': nothing. */
  readonly nametype: string;
  /** Numbers are whole: fractions are multiplied by this. */
  readonly factor: number;
  /** What the whole width stands for in column 0, where it is more than the sum; multiplied by the factor. */
  readonly total: number;
  /** Names of the fields that frames are of; none: nobody knows. */
  readonly fields: readonly string[];
  readonly groupings: readonly Grouping[];
  /** Stacks came turned round: paths run from the file to the root directory. */
  readonly isReversed: boolean;
  readonly flamechart: boolean;
  readonly inverted: boolean;
  readonly negate: boolean;
  /** px. */
  readonly frameHeight: number;
  readonly fontSize: number;
  /** A family for `font-family`; '': ours. */
  readonly fontType: string;
  /** Narrower frames are not drawn. */
  readonly minWidth: RenderOptions['minWidth'];
  /** `#rrggbb` of what a search finds; '': ours. */
  readonly searchColor: string;
  readonly painting: 'syscalls' | 'names' | 'difference';
  readonly differencePalette: DifferencePalette;
  /** Six hexadecimal digits for each name; `syscalls`: one letter, its place among `kinds`, `.` for names of no call. */
  readonly colors: string;
  readonly kinds: readonly { readonly name: string; readonly color: string }[];
  /** Length of the trace; null: not known. */
  readonly wallNs: number | null;
  /** Something was dropped: numbers are lower bounds. */
  readonly isAtLeast: boolean;
  /** Of a difference: whose weights the widths are, and what the two are called. */
  readonly widthFrom: 'before' | 'after';
  readonly sides: readonly [before: string, after: string];
  /** Frames that are only on the other side are drawn at first. */
  readonly showsGone: boolean;
}
