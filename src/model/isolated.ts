// Texts of both directions side by side. In: a name as it is shown. This module ends up in the browser: it imports nothing.

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Keeps letters that run from right to left from pulling along the numbers that follow them in the same text. */
export function isolated(visible: string): string {
  return RIGHT_TO_LEFT.test(visible) ? `\u2068${visible}\u2069` : visible;
}
