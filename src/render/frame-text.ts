// What a frame says in words: its tooltip, the line below the picture, what is copied. Names come in as they are shown
// (visibleName). The writer and the script inside the picture say the same; this module ends up in the browser.

import type { Column } from '../model/trie.ts';
import { counted, formatCount, formatNs, formatPercent, formatValue } from '../model/units.ts';

export interface Wording {
  readonly columns: readonly Column[];
  /** What column 0 counts, in the plural, where it is no duration and no size. */
  readonly countname: string;
  /** Of a difference: the sign of deltas is turned round. */
  readonly negate: boolean;
}

export const UNFINISHED = '[unfinished]';
/** No path of Linux is longer (PATH_MAX). 100,000 frames with a slash in front are none, and each would repeat all below it. */
const LONGEST_PATH = 4096;

/** One component of a path, with its slash: `/usr`, but neither `/` nor `/usr/lib`. */
export function isComponent(name: string): boolean {
  return name.length > 1 && name.charCodeAt(0) === 0x2f && name.indexOf('/', 1) < 0;
}

/**
 * The path that a frame is part of, '' for none. @param below name and path of the frame that it stands on
 * @param isReversed the stacks run from the file to the root directory
 */
export function joinedPath(name: string, below: string, belowPath: string, isReversed: boolean): string {
  if (!isComponent(name)) return name.startsWith('/') || name === '...' ? name : '';
  if (!isComponent(below) && (below !== '...' || isReversed)) return name;
  if (belowPath.length + name.length > LONGEST_PATH) return isReversed ? name : `...${name}`;
  return isReversed ? name + belowPath : belowPath + name;
}

/**
 * The tooltip: `/var/log: 1.24 s (12.3 %) · 4,096 calls · 16 MiB · 3 errors · longest 210 ms`, for samples as flamegraph.pl has
 * it: `vfs_read (1,234 samples, 12.34%)`.
 * @param label what the frame is called; its letters are not to pull its numbers along (isolated)
 * @param values of the frame, one a column
 * @param total what the root is worth; undefined: the frame is the root
 */
export function frameText(
  wording: Wording,
  label: string,
  values: ArrayLike<number>,
  total: number | undefined,
): string {
  const { columns } = wording;
  const value = values[0] as number;
  if (columns[0]?.unit === 'samples') return `${label} ${sampleText(wording, value, values, total)}`;
  let text = `${label}: ${weightText(wording, 0, value)} (${formatPercent(value, total ?? value)})`;
  for (let column = 1; column < columns.length; column++) {
    const other = values[column] as number;
    if (other !== 0) text += ` · ${weightText(wording, column, other)}`;
  }
  return text;
}

function sampleText(
  { columns, countname, negate }: Wording,
  value: number,
  values: ArrayLike<number>,
  total: number | undefined,
): string {
  if (total === undefined) return `(${formatCount(value)} ${countname}, 100%)`;
  let text = `(${formatCount(value)} ${countname}, ${((100 * Math.round(value)) / total).toFixed(2)}%`;
  const column = columns.findIndex(({ name }) => name === 'delta');
  if (column > 0) {
    const delta = (values[column] as number) * (negate ? -1 : 1);
    const change = ((100 * delta) / total).toFixed(2);
    text += `; ${delta > 0 ? '+' : ''}${change}%`;
  }
  return `${text})`;
}

function weightText({ columns, countname, negate }: Wording, column: number, value: number): string {
  const { name, unit } = columns[column] as Column;
  if (name === 'delta') return `${value > 0 !== negate ? '+' : '−'}${formatValue(Math.abs(value), unit)}`;
  if (name === 'errors') return counted(value, 'errors');
  if (name === 'maxNs') return `longest ${formatNs(value)}`;
  if (name === 'gapNs') return `gap ${formatNs(value)}`;
  return formatValue(value, unit, column === 0 && countname !== 'samples' ? countname : undefined);
}
