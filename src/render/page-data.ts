// The stacks of a page for its script, as page-format.ts lays them down: every stack, with all its weights.

import { escapeXml } from '../model/escape.ts';
import type { FrameFields } from '../model/frame-fields.ts';
import { byteKey } from '../model/names.ts';
import { ROOT, type Trie } from '../model/trie.ts';
import { Digits } from './digits.ts';
import * as format from './page-format.ts';
import { raisedFactor } from './whole-numbers.ts';

/** What of the heading this module finds out. */
type Found = 'columns' | 'factor' | 'total' | 'colors' | 'fields';

export interface PageData extends Omit<format.PageHeading, Found> {
  readonly trie: Trie;
  readonly fields: FrameFields | undefined;
  /** In units of column 0. */
  readonly total: number;
  /** Of the text with that id, before it is escaped for HTML. */
  readonly shownName: (text: number) => string;
  /** The name's part of `colors`. */
  readonly colorCode: (text: number) => string;
}

export function* writePageData(data: PageData): Generator<Buffer> {
  const { trie, fields, total, shownName, colorCode, ...heading } = data;
  const columns = trie.columns.map((_, column) => column).filter((column) => column === 0 || !isZero(trie, column));
  const factor = factorOf(trie, columns);
  const digits = new Digits();
  const names = writeNodes(data, columns, factor, digits);
  const full: format.PageHeading = {
    ...heading,
    columns: columns.map((column) => trie.columns[column] as Trie['columns'][number]),
    fields: fields?.names ?? [],
    factor,
    total: Math.round(total * factor),
    colors: names.map(colorCode).join(''),
  };
  yield Buffer.from(`${escapeXml(JSON.stringify(full))}\n`);
  yield digits.written();
  yield Buffer.from(`\n${names.map((text) => escapeXml(shownName(text))).join('\n')}`);
}

/** Returns the text ids of the names in their order. */
function writeNodes(
  { trie, fields, flamechart }: PageData,
  columns: readonly number[],
  factor: number,
  digits: Digits,
): number[] {
  const names: number[] = [];
  /** By text id: place among `names`, + 1, and the field of its last use. */
  const places = new Int32Array(trie.texts.length);
  const lastFields = new Uint8Array(trie.texts.length);
  const isKept = keptNodes(trie, columns);
  const { first, nodes } = sortedChildren(trie, flamechart);
  const duration = trie.columns.findIndex(({ name }) => name === 'durationNs');
  const signed = trie.columns.map(({ name }) => name === 'delta');
  const isLongest = trie.columns.map(({ name }) => name === 'maxNs' && duration >= 0);
  const pending: number[] = [ROOT];
  const pendingDepths: number[] = [0];
  let depthBefore = -1;
  let fieldBelow = 0;
  const open: number[] = [];

  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const depth = pendingDepths.pop() as number;
    const text = trie.name(node);
    const place = places[text] as number;
    fieldBelow = depth === 0 ? 0 : (open[depth - 1] as number);
    const field = fields?.of[node] ?? 0;
    const expected = place === 0 ? fieldBelow : (lastFields[text] as number);
    const hasSelf = columns.some((column) => trie.self(node, column) !== 0);
    const up = depthBefore + 1 - depth;
    let flags = hasSelf ? format.HAS_SELF : 0;
    if (up > 0) flags |= format.HAS_UP;
    if (field !== expected) flags |= format.HAS_FIELD;
    digits.add((place === 0 ? 0 : names.length - place + 1) * format.REFERENCE + flags);
    if (up > 0) digits.add(up);
    if (field !== expected) digits.add(field);
    if (place === 0) places[text] = names.push(text);
    lastFields[text] = field;
    open[depth] = field;
    if (hasSelf) {
      for (const column of columns) {
        const value = trie.self(node, column);
        const whole = Math.round((isLongest[column] ? trie.self(node, duration) - value : value) * factor);
        if (signed[column] || isLongest[column]) digits.addSigned(whole);
        else digits.add(whole);
      }
    }
    depthBefore = depth;
    for (let i = (first[node + 1] as number) - 1; i >= (first[node] as number); i--) {
      const child = nodes[i] as number;
      if (isKept[child] === 0) continue;
      pending.push(child);
      pendingDepths.push(depth + 1);
    }
  }
  return names;
}

/** 1 for nodes with a number other than 0 in them or above them, and for the root. */
function keptNodes(trie: Trie, columns: readonly number[]): Uint8Array {
  const isKept = new Uint8Array(trie.length);
  for (let node = trie.length - 1; node > ROOT; node--) {
    if (columns.some((column) => trie.self(node, column) !== 0)) isKept[node] = 1;
    if (isKept[node] === 1) isKept[trie.parent(node)] = 1;
  }
  isKept[ROOT] = 1;
  return isKept;
}

/** As trie.children(), siblings by the bytes of their names, or in the order of their numbers. */
function sortedChildren(trie: Trie, isChart: boolean): ReturnType<Trie['children']> {
  const { first, nodes } = trie.children();
  if (isChart) return { first, nodes };
  const keys = Array.from({ length: trie.texts.length }, (_, id) => byteKey(trie.texts.text(id)));
  const order = Int32Array.from(keys.keys()).sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
  const ranks = new Int32Array(keys.length);
  for (let rank = 0; rank < order.length; rank++) ranks[order[rank] as number] = rank;
  for (let node = 0; node < trie.length; node++) {
    const from = first[node] as number;
    const to = first[node + 1] as number;
    if (to - from < 2) continue;
    nodes.subarray(from, to).sort((a, b) => (ranks[trie.name(a)] as number) - (ranks[trie.name(b)] as number));
  }
  return { first, nodes };
}

function isZero(trie: Trie, column: number): boolean {
  for (let node = 0; node < trie.length; node++) if (trie.self(node, column) !== 0) return false;
  return true;
}

/** The power of ten that makes all weights whole, as far as their sum stays below 2^52. */
function factorOf(trie: Trie, columns: readonly number[]): number {
  let factor = 1;
  for (const column of columns) {
    for (let node = 0; node < trie.length; node++) factor = raisedFactor(factor, trie.self(node, column));
  }
  const most = (trie.totals(0)[ROOT] as number) * 2;
  while (factor > 1 && most * factor > 2 ** 52) factor /= 10;
  return factor;
}
