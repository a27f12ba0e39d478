// The numbers and the one rule of measure that the writer of the picture and the script inside it share, in px. Readers
// expect them (flamegraph.pl, inferno). This module ends up in the browser: it imports nothing.

export const X_PAD = 10;
/** Above the frames: title; more with a subtitle. Below: the line that tells about the frame under the pointer. */
export const TOP_PAD = 36;
export const SUBTITLE_PAD = 24;
export const BOTTOM_PAD = 34;
export const FRAME_HEIGHT = 16;
export const FONT_SIZE = 12;
export const TITLE_SIZE = 17;
/** From the frame's left edge to its label, and kept free at the right. */
export const LABEL_PAD = 3;
/** Of a letter, for a font size of 1. flamegraph.pl reckons 0.59 for Verdana; 0.602 is what monospaced fonts have, and no letter of theirs is wider. */
export const CHAR_WIDTH = 0.602;

/** Letters of the scripts that are two columns wide in a monospaced font, and pictographs. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{3fffd}]/u;

/** `text` cut (`..` at its end) to what fits into `widthPx`; '' when that is less than three characters. */
export function fitText(text: string, widthPx: number, fontSize = FONT_SIZE): string {
  const columns = Math.floor(widthPx / (fontSize * CHAR_WIDTH));
  if (columns < 3) return '';
  if (text.length * 2 <= columns) return text;
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
export function fitLabel(name: string, widthPx: number): string {
  return fitText(name, widthPx - 2 * LABEL_PAD);
}
