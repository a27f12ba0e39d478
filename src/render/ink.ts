// Black or white: what is legible on a colour. This module ends up in the browser: it imports nothing.

export const BLACK = '#000000';
export const WHITE = '#ffffff';

/** The ink with the better contrast on `#rrggbb`: at least 4.58:1, whatever the colour. */
export function inkOn(color: string): string {
  // where both have the same contrast: sqrt(1.05 * 0.05) - 0.05
  return luminance(color) > 0.179 ? BLACK : WHITE;
}

/** Contrast of two `#rrggbb` colours as in WCAG 2: 1 to 21. */
export function contrast(a: string, b: string): number {
  const first = luminance(a) + 0.05;
  const second = luminance(b) + 0.05;
  return Math.max(first, second) / Math.min(first, second);
}

function luminance(color: string): number {
  return 0.2126 * channel(color, 1) + 0.7152 * channel(color, 3) + 0.0722 * channel(color, 5);
}

function channel(color: string, at: number): number {
  const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
