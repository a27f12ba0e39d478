// The numbers of a picture for its script, as block-format.ts lays them down: all frames that the picture carries, with the
// exact weights of every stack that ends in them, and for each parent what is left out of it.

import { escapeXml } from '../model/escape.ts';
import type { Trie } from '../model/trie.ts';
import * as format from './block-format.ts';
import { CALL_KINDS, kindOf } from './call-kinds.ts';
import type { CarriedFrames } from './carried-frames.ts';
import { Digits } from './digits.ts';
import { KIND_COLORS, type Painting } from './painting.ts';
import { MOST_FACTOR, raisedFactor } from './whole-numbers.ts';

/** @param shownName of the text with that id; escaped for XML in here */
export function* writeBlock(
  trie: Trie,
  frames: CarriedFrames,
  painting: Painting,
  heading: Omit<
    format.Heading,
    'factor' | 'colors' | 'kinds' | 'rootColor' | 'columns' | 'painting' | 'mostDelta' | 'total'
  >,
  shownName: (text: number) => string,
): Generator<Buffer> {
  const factor = factorOf(trie, frames);
  const digits = new Digits();
  const names = writeFrames(trie, frames, painting, factor, digits);
  const kinds = painting.kind === 'syscalls' ? CALL_KINDS.map((kind) => KIND_COLORS[kind]) : [];
  const full: format.Heading = {
    ...heading,
    columns: trie.columns,
    factor,
    total: frames.total * factor,
    painting: painting.kind,
    mostDelta: painting.mostDelta,
    colors: names.map((text) => colorCode(trie.texts.text(text), painting)).join(''),
    kinds,
    rootColor: painting.rootColor,
  };
  yield Buffer.from(`${escapeXml(JSON.stringify(full))}\n`);
  yield digits.written();
  yield Buffer.from(`\n${names.map((text) => escapeXml(shownName(text))).join('\n')}`);
}

function colorCode(name: string, painting: Painting): string {
  if (painting.kind === 'names') return painting.nameColor(name).slice(1);
  if (painting.kind === 'difference') return '';
  const kind = kindOf(name);
  return kind === undefined ? '.' : String(CALL_KINDS.indexOf(kind));
}

/** Returns the text ids of the names in their order. */
function writeFrames(trie: Trie, frames: CarriedFrames, painting: Painting, factor: number, digits: Digits): number[] {
  const names: number[] = [];
  /** By text id: place among `names`, + 1. */
  const places = new Int32Array(trie.texts.length);
  const rests = restsOf(trie, frames);
  const width = trie.columns.length;
  const isSigned = trie.columns.map(({ name }) => name === 'delta');
  /** Of the frames below the one at hand, one at each depth. */
  const open: number[] = [];
  /** By depth: where the next child starts if there is no gap. */
  const edges: number[] = [];
  let depthBefore = -1;

  for (let i = 0; i < frames.length; i++) {
    const depth = frames.depths[i] as number;
    writeRests(depth);
    const node = frames.nodes[i] as number;
    const start = frames.starts[i] as number;
    const gap = depth === 0 ? 0 : Math.round((start - (edges[depth] as number)) * factor);
    edges[depth] = start + (frames.values[i] as number);
    edges[depth + 1] = start;
    let flags = painting.calls[i] === 1 ? format.IS_CALL : 0;
    if (gap > 0) flags |= format.HAS_GAP;
    for (let column = 0; column < width; column++) if (trie.self(node, column) !== 0) flags |= format.HAS_SELF;
    const text = trie.name(node);
    const place = places[text] as number;
    const reference = place === 0 ? format.NEXT_NAME : names.length - place + 2;
    if (place === 0) places[text] = names.push(text);
    digits.add(depthBefore + 1 - depth);
    digits.add(reference * format.REFERENCE + flags);
    if (gap > 0) digits.add(gap);
    if ((flags & format.HAS_SELF) !== 0) {
      for (let column = 0; column < width; column++) number(trie.self(node, column), column);
    }
    open[depth] = i;
    depthBefore = depth;
  }
  writeRests(0);
  return names;

  /** Of the frames that end before one at `depth`, from above. A rest is the last child of its frame. */
  function writeRests(depth: number): void {
    for (let from = depthBefore; from >= depth; from--) {
      const frame = open[from] as number;
      if (!rests.some((rest) => rest[frame] !== 0)) continue;
      digits.add(depthBefore - from);
      digits.add(format.REST * format.REFERENCE);
      for (let column = 0; column < width; column++) number((rests[column] as Float64Array)[frame] as number, column);
      depthBefore = from + 1;
    }
  }

  function number(value: number, column: number): void {
    const whole = Math.round(value * factor);
    if (isSigned[column]) digits.addSigned(whole);
    else digits.add(whole);
  }
}

/** For each column what the children of each frame are worth that are not carried. */
function restsOf(trie: Trie, frames: CarriedFrames): readonly Float64Array[] {
  return trie.columns.map(({ merge }, column) => {
    const totals = trie.totals(column);
    const rests = new Float64Array(frames.length);
    const parents: number[] = [];
    for (let i = 0; i < frames.length; i++) {
      const node = frames.nodes[i] as number;
      const depth = frames.depths[i] as number;
      parents[depth] = i;
      rests[i] = merge === 'max' ? trie.self(node, column) : (totals[node] as number) - trie.self(node, column);
      if (depth === 0) continue;
      const parent = parents[depth - 1] as number;
      const value = totals[node] as number;
      if (merge === 'max') rests[parent] = Math.max(rests[parent] as number, value);
      else rests[parent] = (rests[parent] as number) - value;
    }
    for (let i = 0; i < frames.length; i++) {
      const rest = rests[i] as number;
      const total = totals[frames.nodes[i] as number] as number;
      // the largest of all is either in sight, or in what is left out
      if (merge === 'max') rests[i] = rest === total ? 0 : total;
      else if (!Number.isInteger(rest)) rests[i] = Math.round(rest * MOST_FACTOR) / MOST_FACTOR;
    }
    return rests;
  });
}

/** The power of ten that makes all weights whole; sums of more than 2^52 of the smallest unit lose their last decimals. */
function factorOf(trie: Trie, frames: CarriedFrames): number {
  const width = trie.columns.length;
  let factor = 1;
  for (let i = 0; i < frames.length; i++) {
    raise(frames.values[i] as number);
    for (let column = 0; column < width; column++) raise(trie.self(frames.nodes[i] as number, column));
  }
  while (factor > 1 && frames.total * factor > 2 ** 52) factor /= 10;
  return factor;

  function raise(value: number): void {
    factor = raisedFactor(factor, value);
  }
}
