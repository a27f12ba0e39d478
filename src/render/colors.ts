// Colours of frames: a name always has the same one, in every picture. Warm ones for what is on the way (programs,
// directories), blue ones for the end of a stack, the system call. On all of them, and on the one that marks what a
// search found, black text has a contrast of at least 4.5:1 (WCAG AA); a test goes through them.

export const TEXT_COLOR = '#000000';
export const ROOT_COLOR = '#d8d8d8';
export const MATCH_COLOR = '#ee6aee';

/** `#rrggbb` for a frame. @param isLeaf nothing stands above it in any stack */
export function frameColor(name: string, isLeaf: boolean): string {
  const hash = hashName(name);
  const v1 = (hash & 0xffff) / 0xffff;
  const v2 = (hash >>> 16) / 0xffff;
  return isLeaf ? rgb(130 + 50 * v1, 165 + 40 * v1, 225 + 30 * v2) : rgb(232 + 23 * v1, 135 + 75 * v2, 70 + 45 * v1);
}

/** Contrast of two `#rrggbb` colours as in WCAG 2: 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].toSorted((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function rgb(...parts: readonly number[]): string {
  return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** FNV-1a, then murmur3's last step: neighbouring names (`/lib`, `/lib64`) shall not have neighbouring colours. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
