// Stacks and pictures that the tests of render/ have in common.

import fc from 'fast-check';
import { foldProfile } from '../../src/fold/fold.ts';
import { decodeName } from '../../src/model/names.ts';
import { Profile } from '../../src/model/profile.ts';
import { ROOT, Trie } from '../../src/model/trie.ts';
import { type Picture, renderSvg } from '../../src/render/svg.ts';

export type Stack = readonly [readonly string[], number];

export function trieOf(stacks: readonly Stack[], unit: 'ns' | 'samples' | 'calls' = 'samples'): Trie {
  const trie = new Trie([{ name: unit === 'ns' ? 'durationNs' : unit, unit, merge: 'sum' }]);
  for (const [frames, value] of stacks) trie.add(endOf(trie, frames), 0, value);
  return trie;
}

/** Of `[frames, before, after]`: widths are `after`. */
export function differenceOf(stacks: readonly (readonly [readonly string[], number, number])[]): Trie {
  const trie = new Trie([
    { name: 'samples', unit: 'samples', merge: 'sum' },
    { name: 'delta', unit: 'samples', merge: 'sum' },
  ]);
  for (const [frames, before, after] of stacks) {
    const node = endOf(trie, frames);
    trie.add(node, 0, after);
    trie.add(node, 1, after - before);
  }
  return trie;
}

function endOf(trie: Trie, frames: readonly string[]): number {
  let node = ROOT;
  for (const frame of frames) node = trie.child(node, trie.texts.id(frame));
  return node;
}

/** A capture with all weights: calls, errors, durationNs, maxNs, bytes, gapNs. */
export function capture(): Profile {
  const profile = new Profile(['comm', 'path', 'syscall']);
  const rows: readonly (readonly [string, string, string, readonly number[]])[] = [
    ['postgres', '/var/lib/pg_wal/0001', 'fdatasync', [23, 0, 410e6, 210e6, 0, 3e9]],
    ['postgres', '/var/lib/pg_wal/0001', 'pwrite64', [4096, 3, 30e6, 1e6, 16 * 2 ** 20, 1e9]],
    ['postgres', 'socket\0tcp\x0010.0.0.5\0:5432', 'recvfrom', [90, 0, 90e6, 9e6, 8e5, 0]],
    ['npm test', '/home/ann/a;b\n<c>.js', 'newfstatat', [1, 1, 120e6, 120e6, 0, 0]],
    ['npm test', '/home/ann', 'getdents64', [2, 0, 40e6, 30e6, 4096, 0]],
    ['npm test', '/home/ann/tiny', 'close', [1, 0, 1000, 1000, 0, 0]],
    ['npm test', '', 'sync', [1, 0, 50e6, 50e6, 0, 0]],
  ];
  for (const [comm, path, syscall, weights] of rows) {
    const texts = [comm, path, syscall].map((text) => profile.texts.id(text));
    profile.add(texts, weights);
  }
  return profile;
}

export function captureTrie(): Trie {
  return foldProfile(capture());
}

export function svgOf(trie: Trie, picture?: Picture): string {
  return Buffer.concat([...renderSvg(trie, picture)]).toString();
}

export interface DrawnFrame {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** undefined: neutral, or a tint. */
  readonly fill: string | undefined;
  readonly label: string;
}

/** The frames of a picture as they are written, by what a reader of SVG would look for. */
export function drawnFrames(svg: string): readonly DrawnFrame[] {
  const body = svg.slice(svg.indexOf('<g class="frames'), svg.indexOf('<metadata>'));
  return [...body.matchAll(/<g><title>([^<]*)<\/title><rect ([^>]*)\/>(.*?)<\/g>\n/gs)].map(([, title, rect, rest]) => {
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(rect as string)?.[1];
    return {
      title: text(title as string),
      x: Number(attribute('x')),
      y: Number(attribute('y')),
      width: Number(attribute('width')),
      height: Number(attribute('height')),
      fill: attribute('fill'),
      label: text(/<text[^>]*>([^<]*)</.exec(rest as string)?.[1] ?? ''),
    };
  });
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
};

function text(xml: string): string {
  return xml.replace(/&[^;]+;/g, (entity) => ENTITIES[entity] as string);
}

/** Everything that a name may hold to break out of its place or to break the file. */
export const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '</script>',
  '</metadata>',
  ']]>',
  '-->',
  '--',
  '&amp;',
  '"\' onload="alert(1)',
  '\0\x01\x1b[31m\x7f',
  '\u0085',
  '\udcff\udc80',
  '\ud800',
  '\ufffe\uffff\ufdd0',
  '\u{1ffff}',
  '\u202egnp.exe',
  '\u2066\u200f',
  'שלום',
  '日本語の長い名前',
  '😀',
  '\ufeff',
  '\u2028',
  '\n',
  '\\x0a',
  '',
  '   ',
  '/',
  '//',
  '/a/../b',
  'javascript:alert(1)',
  'url(#x)',
  '$&',
  '__proto__',
  'constructor',
];

export const NAME = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.uint8Array({ maxLength: 10 }).map(decodeName),
);

export const STACKS = fc.array(fc.tuple(fc.array(NAME, { minLength: 1, maxLength: 5 }), fc.nat(1000)), {
  maxLength: 20,
});
