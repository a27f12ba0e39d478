// One sentence on what the widths of a page's frames mean, for those who see a flame graph for the first time. The writer of the
// page and its script say the same; this module ends up in the browser.

import type { Column } from '../model/trie.ts';
import { counted, formatCount, formatNs, formatValue } from '../model/units.ts';
import type { DifferencePalette } from './options.ts';

export interface Meaning {
  /** What is drawn. */
  readonly column: Column;
  /** What it adds up to. */
  readonly total: number;
  /** What is counted, where the column has no unit of its own. */
  readonly countname: string;
  /** Length of the trace; null: not known. */
  readonly wallNs: number | null;
  readonly isAtLeast: boolean;
  /** Of a difference whose weights are drawn, and what they are called. */
  readonly side?: 'before' | 'after' | undefined;
  /** What is only on the other side is drawn, too. */
  readonly showsGone?: boolean;
  readonly negate?: boolean;
  readonly palette?: DifferencePalette;
}

/** `Widths are time in system calls, summed over all threads: 42 s of wall time, 118 s summed.` */
export function meaningOf(meaning: Meaning): string {
  const { column, total, countname, wallNs, isAtLeast, side, showsGone, negate, palette } = meaning;
  const amount = `${isAtLeast ? 'at least ' : ''}${formatValue(total, column.unit, nounOf(column, countname))}`;
  const inTime = wallNs === null ? '' : ` in ${formatNs(wallNs)}`;
  const wall = wallNs === null ? '' : `${formatNs(wallNs)} of wall time, `;
  const sentences: Readonly<Record<string, string>> = {
    durationNs: `Widths are time in system calls, summed over all threads: ${wall}${amount} summed.`,
    gapNs: `Widths are time that threads spent before these calls, since their last ones: ${wall}${amount} summed over all threads.`,
    calls: `Widths are numbers of system calls: ${amount}${inTime}.`,
    bytes: `Widths are bytes that system calls moved: ${amount}${inTime}.`,
    errors: `Widths are numbers of failed system calls: ${amount}${inTime}.`,
  };
  const sentence = sentences[column.name] ?? `Widths are ${widthNoun(column, countname)}: ${amount} in all.`;
  if (side === undefined) return sentence;
  const [warm, blue] = negate ? ['shrank', 'grew'] : ['grew', 'shrank'];
  const color = palette === 'orange-blue' ? 'Orange' : 'Red';
  const others = side === 'after' ? ', and before of what has disappeared' : ', and after of what is new';
  return `Widths are ${widthNoun(column, countname)} ${side}${showsGone ? others : ''}: ${amount} in all. ${color} ${warm}, blue ${blue}, white is unchanged; the deeper, the more.`;
}

function nounOf({ name, unit }: Column, countname: string): string {
  if (name === 'errors') return 'errors';
  return unit === 'samples' ? countname : unit;
}

function widthNoun({ unit }: Column, countname: string): string {
  if (unit === 'ns') return 'time';
  return unit === 'bytes' ? 'bytes' : unit === 'samples' ? countname : 'calls';
}

/** `1 call`: what a page says of a number in a column. */
export function valueText(value: number, column: Column, countname: string): string {
  const noun = nounOf(column, countname);
  return column.unit === 'ns' || column.unit === 'bytes' ? formatValue(value, column.unit) : counted(value, noun);
}

/** `+1.2 s`, `−3 calls`, `0 B`. */
export function changeText(delta: number, column: Column, countname: string): string {
  const sign = delta > 0 ? '+' : delta < 0 ? '−' : '';
  return sign + valueText(Math.abs(delta), column, countname);
}

/** `+12.5 %`, `×40`, `new`, `gone`; '' for no change. */
export function changeShare(before: number, after: number): string {
  if (before === after) return '';
  if (before <= 0) return 'new';
  if (after <= 0) return 'gone';
  const percent = ((after - before) / before) * 100;
  const size = Math.abs(percent);
  if (size >= 1000) return `×${formatCount(after / before)}`;
  const digits = size >= 100 ? 0 : size >= 1 ? 1 : 2;
  return `${percent > 0 ? '+' : '−'}${size.toFixed(digits).replace(/\.0+$/, '')} %`;
}
