// How the numbers of a picture stand in its <metadata>, for its script: block.ts writes, browser/read-block.ts reads. This
// module ends up in the browser: it imports nothing but types.
//
// The text has a line of JSON (Heading), a line of numbers, and a line for each name. Numbers are written in digits of five
// bits, the lowest first, each but the last with bit 32 set, as characters from `?` to `~`: none of them means anything in
// XML or HTML. A negative number n is written as -2n - 1, any other as 2n, in columns named `delta` only.
//
// Frames come parents first, from left to right:
//   up       how many levels below the end of the frame before; 0: it stands on that
//   head     reference * 8 + flags. The reference is 0 for the next name in the list, 1 for what is left out of the parent
//            (Rest), otherwise how far back the name is that was used before, + 1
//   gap      (HAS_GAP) room to the left of it that frames take which are left out
//   numbers  (HAS_SELF or Rest) one a column, multiplied by `Heading.factor`

import type { Column } from '../model/trie.ts';
import type { DifferencePalette } from './options.ts';

export const FIRST_DIGIT = 63;
export const REFERENCE = 8;
export const NEXT_NAME = 0;
/** What the children of a frame that are left out are worth, in all columns; the last child of its parent. */
export const REST = 1;

/** The frame is the end of stacks: its own share, in all columns. */
export const HAS_SELF = 1;
export const HAS_GAP = 2;
/** The frame has the colour of its name even where frames are neutral (Painting.calls). */
export const IS_CALL = 4;

export interface Heading {
  readonly columns: readonly Column[];
  readonly countname: string;
  readonly nametype: string;
  /** Numbers are whole: fractions are multiplied by this. */
  readonly factor: number;
  /** What the whole width stands for, multiplied by it. */
  readonly total: number;
  /** px: width that it was drawn for, whether it takes that of its window, and what frames and letters measure. */
  readonly width: number;
  readonly isFluid: boolean;
  readonly frameHeight: number;
  readonly fontSize: number;
  /** Of a letter, px. */
  readonly letterWidth: number;
  /** Labels are clipped, because their letters may be wider than that. */
  readonly isClipped: boolean;
  /** Narrower frames are not drawn, px of the static width. */
  readonly minWidth: number;
  /** Above and below the frames; how many lie upon one another as drawn, without the root. */
  readonly topPad: number;
  readonly bottomPad: number;
  readonly drawnDepth: number;
  readonly inverted: boolean;
  /** Paths run from the file to the root directory. */
  readonly isReversed: boolean;
  readonly flamechart: boolean;
  readonly negate: boolean;
  readonly painting: 'syscalls' | 'names' | 'difference';
  readonly mostDelta: number;
  readonly differencePalette: DifferencePalette;
  /** `#rrggbb` of a search's matches. */
  readonly searchColor: string;
  /**
   * Six hexadecimal digits for each name, in the order of the names; `syscalls`: one letter, its place among `kinds`, `.` for
   * names of no call.
   */
  readonly colors: string;
  readonly kinds: readonly string[];
  /** `names`: `#rrggbb` of the root. */
  readonly rootColor: string;
}
