// Colours of a difference: red for what grew and blue for what shrank, as flamegraph.pl has them, or orange and blue; the deeper the
// more, white for no change. This module ends up in the browser: it imports nothing but types.

import type { DifferencePalette } from './options.ts';

type Channels = readonly [red: number, green: number, blue: number];

/** The deepest colours. Orange and blue differ in lightness and hue for people who see no red or no green, too. */
const DEEPEST: Readonly<Record<DifferencePalette, readonly [grown: Channels, shrunk: Channels]>> = {
  'red-blue': [
    [255, 0, 0],
    [0, 0, 255],
  ],
  'orange-blue': [
    [230, 110, 0],
    [0, 90, 181],
  ],
};
/** The palest step from white, of 255: no change can be taken for none. */
const PALEST = 210;

/** `#rrggbb`. @param delta of the frame with all on it @param most the largest change of any frame, above 0 */
export function differenceColor(
  delta: number,
  most: number,
  negate: boolean,
  palette: DifferencePalette = 'red-blue',
): string {
  const change = negate ? -delta : delta;
  if (change === 0) return '#ffffff';
  const faded = Math.max(Math.trunc((PALEST * (most - Math.abs(change))) / most), 0);
  const deepest = DEEPEST[palette][change > 0 ? 0 : 1];
  return `#${deepest.map((channel) => hex(channel + ((255 - channel) * faded) / 255)).join('')}`;
}

function hex(channel: number): string {
  return `0${Math.round(channel).toString(16)}`.slice(-2);
}
