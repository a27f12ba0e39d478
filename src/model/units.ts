// Numbers as people read them, the same in summary, tables and pictures: three significant digits, a space before the
// unit, no locale. Numbers come in as they are counted (ns, bytes, calls); nothing here is meant to be parsed again.

import type { Column } from './trie.ts';

const NS_UNITS = ['ns', 'µs', 'ms', 's'] as const;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;
const NS_PER_SECOND = 1e9;

/** `87 ns`, `1.5 µs`, `210 ms`, `1.24 s`, `2 min 5 s`, `3 h 12 min`. */
export function formatNs(ns: number): string {
  if (ns < 59.95 * NS_PER_SECOND) return scaled(ns, NS_UNITS, 1000);
  const seconds = Math.round(ns / NS_PER_SECOND);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return withRest(minutes, 'min', seconds % 60, 's');
  const rounded = Math.round(seconds / 60);
  return withRest(Math.floor(rounded / 60), 'h', rounded % 60, 'min');
}

/** `512 B`, `1.5 KiB`, `16 MiB`. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, BYTE_UNITS, 1024);
}

/** `4,096`; fractions (folded text may hold them) are rounded. */
export function formatCount(count: number): string {
  const whole = Math.round(count);
  return String(whole < 1e21 ? whole : BigInt(whole)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `12.3 %`. Only all is 100 % and only nothing is 0 %; `–` when there is no whole. */
export function formatPercent(part: number, whole: number): string {
  if (!(whole > 0)) return '–';
  const percent = (part / whole) * 100;
  if (percent <= 0) return '0 %';
  if (percent < 0.01) return '<0.01 %';
  if (percent < 100 && percent >= 99.95) return '>99.9 %';
  return `${trimmed(percent, percent < 1 ? 2 : 1)} %`;
}

/** A number of a Trie's column. `noun` replaces the unit's own word for what is counted: `4,096 reads`. */
export function formatValue(value: number, unit: Column['unit'], noun: string = unit): string {
  if (unit === 'ns') return formatNs(value);
  if (unit === 'bytes') return formatBytes(value);
  return counted(value, noun);
}

/** `1 call`, `4,096 calls`: `plural` without its s for one. */
export function counted(count: number, plural: string): string {
  return `${formatCount(count)} ${count === 1 ? plural.replace(/s$/, '') : plural}`;
}

function scaled(value: number, units: readonly string[], step: number): string {
  let unit = 0;
  let rest = value;
  // Rounded first: 999,999 ns is 1 ms, not 1,000 µs.
  while (unit < units.length - 1 && Math.round(rest) >= step) {
    rest /= step;
    unit++;
  }
  return `${trimmed(rest, unit === 0 ? 0 : rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0)} ${units[unit]}`;
}

function trimmed(value: number, decimals: number): string {
  return decimals === 0 ? formatCount(value) : value.toFixed(decimals).replace(/\.?0+$/, '');
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${restUnit}`;
}
