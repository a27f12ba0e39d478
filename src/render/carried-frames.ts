// Which frames a picture carries. Drawn are those that are wide enough to be seen. Of the others the largest come along as
// numbers, for the script inside: they appear on zooming, a search counts them and the reversed graph has them. That they may
// cost half a megabyte is a bargain for most captures, which then are complete; of a million stacks it is a small part.

import { ROOT, type Trie } from '../model/trie.ts';
import { type Layout, layoutFrames, minWidthPx } from './layout.ts';
import type { RenderOptions } from './options.ts';

/** What frames that are not drawn may add to the file, about. */
export const HIDDEN_BYTES = 512 * 1024;
/** And how many there may be: each costs the reader's browser time as well. Ten thousand stacks are complete (bench/svg-page). */
const HIDDEN_FRAMES = 100_000;
/** On average, of a frame without its name and of one number: half of the frames have none. Measured on captures. */
const FRAME_BYTES = 3;
const NUMBER_BYTES = 2;
/** Bits of a double's upper half that are not told apart. */
const FRACTION = 14;

export interface CarriedFrames extends Layout {
  /** 1: the frame is drawn. */
  readonly drawn: Uint8Array;
  /** Of the drawn frames. */
  readonly drawnDepth: number;
}

export function carriedFrames(trie: Trie, widthPx: number, options: RenderOptions): CarriedFrames {
  const narrowestPx = minWidthPx(options.minWidth, widthPx);
  const layout = layoutFrames(trie, widthPx, Math.min(narrowestPx, hiddenWidthPx(trie, widthPx, options)), options);
  const drawn = new Uint8Array(layout.length);
  let drawnDepth = 0;
  for (let i = 0; i < layout.length; i++) {
    if ((layout.values[i] as number) * layout.scale < narrowestPx) continue;
    drawn[i] = 1;
    drawnDepth = Math.max(drawnDepth, layout.depths[i] as number);
  }
  return { ...layout, drawn, drawnDepth };
}

/** The width in px of the narrowest frames for which HIDDEN_BYTES are enough. */
function hiddenWidthPx(trie: Trie, widthPx: number, { minWidth, total = 0 }: RenderOptions): number {
  const most = Math.min(HIDDEN_FRAMES, Math.floor(HIDDEN_BYTES / frameBytes(trie)));
  if (trie.length <= most) return 0;
  const totals = trie.totals(0);
  const scale = widthPx / Math.max(totals[ROOT] as number, total);
  const drawnFrom = minWidthPx(minWidth, widthPx) / scale;
  // A bucket for each 64th of a power of two: the exponent of a double and the first bits of its fraction.
  const words = new Uint32Array(totals.buffer, totals.byteOffset, totals.length * 2);
  const counts = new Uint32Array(1 << (32 - FRACTION));
  for (let node = 0; node < totals.length; node++) {
    const value = totals[node] as number;
    if (value > 0 && value < drawnFrom) bump(counts, (words[2 * node + 1] as number) >>> FRACTION);
  }
  let left = most;
  let bucket = counts.length;
  while (bucket > 0 && left >= (counts[bucket - 1] as number)) left -= counts[--bucket] as number;
  const edge = new Float64Array(1);
  new Uint32Array(edge.buffer)[1] = bucket * 2 ** FRACTION;
  return (edge[0] as number) * scale;
}

function frameBytes(trie: Trie): number {
  const { texts } = trie;
  let characters = 0;
  // all of them: a sample would depend on the order in which they came, and so would the picture
  for (let id = 0; id < texts.length; id++) characters += texts.text(id).length;
  const namesPerNode = Math.min(1, texts.length / trie.length);
  return FRAME_BYTES + NUMBER_BYTES * trie.columns.length + (characters / texts.length) * namesPerNode + 1;
}

function bump(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] as number) + 1;
}
