// Colours of a difference, as flamegraph.pl has them: red for a stack that grew, blue for one that shrank, the deeper the
// more, white for no change. This module ends up in the browser: it imports nothing.

/** `#rrggbb`. @param delta of the frame's own stack @param most the largest change of any stack, above 0 */
export function differenceColor(delta: number, most: number, negate: boolean): string {
  const change = negate ? -delta : delta;
  const faded = Math.trunc((210 * (most - Math.abs(change))) / most);
  const other = `0${Math.max(faded, 0).toString(16)}`.slice(-2);
  if (change > 0) return `#ff${other}${other}`;
  return change < 0 ? `#${other}${other}ff` : '#ffffff';
}
