// The numbers and the rules of measure that the writer of the picture and the script inside it share, in px. Readers expect
// them (flamegraph.pl, inferno): 1200 wide, frames 16 high. This module ends up in the browser: it imports nothing.

export const X_PAD = 10;
/** Kept free on both sides of the title, for the buttons and the search. */
export const TITLE_MARGIN = 330;
/** From the frame's left edge to its label, and kept free at the right. */
export const LABEL_PAD = 3;
/**
 * Of a letter, for a font size of 1: what monospaced fonts have, and no letter of theirs is wider. flamegraph.pl reckons 0.59 for
 * Verdana, on average: labels in another font are clipped to their frames.
 */
export const LETTER_WIDTH = 0.602;
export const OTHER_LETTER_WIDTH = 0.59;
/** From the right edge of a frame to its neighbour, where there is room for it. */
const GAP = 0.5;
const WIDE_ENOUGH_FOR_GAP = 2;

export const LEGEND_SQUARE = 10;
const LEGEND_SPACE = 18;

export interface Pads {
  /** Above the frames: title, subtitle, legend. */
  readonly top: number;
  /** Below them: the line that tells about the frame under the pointer. */
  readonly bottom: number;
  /** Base lines. */
  readonly title: number;
  readonly subtitle: number;
  readonly legend: number;
}

export function padsOf(fontSize: number, hasSubtitle: boolean, hasLegend: boolean): Pads {
  const subtitle = hasSubtitle ? fontSize * 2 : 0;
  const legend = hasLegend ? legendRow(fontSize) : 0;
  return {
    top: fontSize * 3 + subtitle + legend,
    bottom: fontSize * 2 + 10,
    title: fontSize * 2,
    subtitle: fontSize * 4,
    legend: fontSize * 3 + subtitle + fontSize,
  };
}

export function legendRow(fontSize: number): number {
  return fontSize + 12;
}

/** Of an entry of the legend, with the space behind it. */
export function legendWidth(text: string, letterWidth: number): number {
  return LEGEND_SQUARE + 5 + columnsOf(text) * letterWidth + LEGEND_SPACE;
}

/** Of a label, from the upper edge of its frame. */
export function baseline(frameHeight: number, fontSize: number): number {
  return Math.round((frameHeight - 1) / 2 + fontSize * 0.3);
}

/** What is drawn of a frame of that width. */
export function drawnWidth(widthPx: number): number {
  return widthPx < WIDE_ENOUGH_FOR_GAP ? widthPx : widthPx - GAP;
}

/** Letters of the scripts that are two columns wide in a monospaced font, and pictographs. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{3fffd}]/u;
const NOT_ASCII = /[^ -~]/;

/** `text` cut (`..` at its end) to what fits into `widthPx`; '' when that is less than three letters. */
export function fitText(text: string, widthPx: number, letterWidth: number): string {
  const columns = Math.floor(widthPx / letterWidth);
  if (columns < 3) return '';
  if (!NOT_ASCII.test(text)) return text.length <= columns ? text : `${text.slice(0, columns - 2)}..`;
  let used = 0;
  let cut = 0; // where the text ends if it has to be cut
  let at = 0;
  for (const character of text) {
    used += WIDE.test(character) ? 2 : 1;
    at += character.length;
    if (used <= columns - 2) cut = at;
    if (used > columns) return `${text.slice(0, cut)}..`;
  }
  return text;
}

/** The label of a frame of that width. */
export function fitLabel(name: string, widthPx: number, letterWidth: number): string {
  return fitText(name, widthPx - 2 * LABEL_PAD, letterWidth);
}

/** Whether a label may be wider than was reckoned, so that it has to be clipped: only of ASCII the width is certain. */
export function isUncertain(label: string): boolean {
  return NOT_ASCII.test(label);
}

function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : 1;
  return columns;
}
