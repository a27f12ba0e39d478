// What two threads say to one another while folded text is read: blocks of whole lines go to the other thread, their stacks
// come back, in their order. See remote-lines.ts and stack-worker.ts.

import type { BadLine } from '../text/report.ts';

/** The next file, from now on; or the next block of the file, where one has ended with LF; or the file's end. */
export type Work =
  | { readonly kind: 'file'; readonly name: string; readonly linesBefore: number }
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

/** What became of the work of kind `block` or `end` that has waited longest. */
export type Result =
  | {
      readonly kind: 'stacks';
      /** The names that come up for the first time, in the order of their numbers. */
      readonly names: readonly string[];
      /** By number of the name: the frames of all stacks, one after another. */
      readonly frames: Int32Array;
      /** Of each stack: where it ends in `frames`, its count, and NaN or the first of two counts. */
      readonly ends: Int32Array;
      readonly counts: Float64Array;
      readonly befores: Float64Array;
      /** In the file, so far. */
      readonly lines: number;
    }
  | { readonly kind: 'report'; readonly lines: number; readonly bad: number; readonly firstBad: BadLine | undefined };

/** Scanners look a few bytes beyond a block. */
export const SLACK_BYTES = 8;
