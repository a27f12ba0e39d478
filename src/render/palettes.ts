// flamegraph.pl's palettes: a name, and three numbers from 0 to 1 that stand for it, become a colour by its formulas, and
// with --hash by its numbers. The formulas are in interop terms what people's eyes and scripts know; the code is ours.

import { byteKey } from '../model/names.ts';
import type { NamePalette } from './options.ts';

/** From 0 to 1, all of them 1 for the brightest colour. */
export type Variation = readonly [v1: number, v2: number, v3: number];

type Flat = 'hot' | 'mem' | 'io' | 'red' | 'green' | 'blue' | 'aqua' | 'yellow' | 'purple' | 'orange';
type Channels = readonly [red: number, green: number, blue: number];

const FORMULAS: Readonly<Record<Flat, (...variation: Variation) => Channels>> = {
  hot: (v1, v2, v3) => [205 + int(50 * v3), int(230 * v1), int(55 * v2)],
  mem: (v1, v2) => [0, 190 + int(50 * v2), int(210 * v1)],
  io: (v1, v2) => [80 + int(60 * v1), 80 + int(60 * v1), 190 + int(55 * v2)],
  red: (v) => [200 + int(55 * v), 50 + int(80 * v), 50 + int(80 * v)],
  green: (v) => [50 + int(60 * v), 200 + int(55 * v), 50 + int(60 * v)],
  blue: (v) => [80 + int(60 * v), 80 + int(60 * v), 205 + int(50 * v)],
  yellow: (v) => [175 + int(55 * v), 175 + int(55 * v), 50 + int(20 * v)],
  purple: (v) => [190 + int(65 * v), 80 + int(60 * v), 190 + int(65 * v)],
  aqua: (v) => [50 + int(60 * v), 165 + int(55 * v), 165 + int(55 * v)],
  orange: (v) => [190 + int(65 * v), 90 + int(65 * v), 0],
};

/** For the palettes of languages the first rule that fits tells which of the others a name takes. */
const RULES: Readonly<Partial<Record<NamePalette, readonly (readonly [RegExp, Flat])[]>>> = {
  java: [
    [/_\[j\]$/, 'green'], // compiled
    [/_\[i\]$/, 'aqua'], // inlined
    [/^L?(java|javax|jdk|net|org|com|io|sun)\//, 'green'],
    [/:::/, 'green'], // as perf-map-agent writes a method
    [/::/, 'yellow'], // C++
    [/_\[k\]$/, 'orange'], // kernel
    [/(?:)/, 'red'],
  ],
  js: [
    [/\/.*_\[j\]$/, 'green'], // compiled
    [/_\[j\]$/, 'aqua'], // built in
    [/::/, 'yellow'],
    [/\/.*\.js/, 'green'],
    [/:/, 'aqua'],
    [/^ $/, 'green'], // no symbol
    [/_\[k\]/, 'orange'],
    [/(?:)/, 'red'],
  ],
  perl: [
    [/::/, 'yellow'],
    [/Perl|\.pl/, 'green'],
    [/_\[k\]$/, 'orange'],
    [/(?:)/, 'red'],
  ],
  wakeup: [[/(?:)/, 'aqua']],
  chain: [
    [/_\[w\]/, 'aqua'], // the waker
    [/(?:)/, 'blue'],
  ],
};

/** `#rrggbb`. */
export function paletteColor(palette: NamePalette, name: string, variation: Variation): string {
  const flat = RULES[palette]?.find(([rule]) => rule.test(name))?.[1] ?? (palette as Flat);
  return `#${FORMULAS[flat](...variation)
    .map((channel) => channel.toString(16).padStart(2, '0'))
    .join('')}`;
}

/** What --hash varies by: three bytes at either end of the name. */
export function hashVariation(name: string): Variation {
  // its input reaches flamegraph.pl's hash as bytes, with round brackets for angle brackets
  const bytes = byteKey(name).replaceAll('<', '(').replaceAll('>', ')');
  const fromEnd = endHash([...bytes].reverse().join(''));
  return [endHash(bytes), fromEnd, fromEnd];
}

/** What stands before the first backtick but its first letter is a module's name, and left out. */
function endHash(bytes: string): number {
  const own = bytes.replace(/.(.*?)`/, '');
  let sum = 0;
  let weight = 1;
  let max = 1;
  for (let i = 0; i < own.length && i < 3; i++) {
    const modulus = 10 + i;
    sum += ((own.charCodeAt(i) % modulus) / (modulus - 1)) * weight;
    max += weight;
    weight *= 0.7;
  }
  return 1 - sum / max;
}

/** What all varies by otherwise: a hash of the whole name (FNV-1a, then murmur3's last step), in three parts. */
export function nameVariation(name: string): Variation {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = (hash ^ (hash >>> 16)) >>> 0;
  return [(hash & 0x3ff) / 0x3ff, ((hash >>> 10) & 0x3ff) / 0x3ff, ((hash >>> 20) & 0x3ff) / 0x3ff];
}

/** As Perl's int. */
function int(value: number): number {
  return Math.trunc(value);
}
