// A Trie written as folded text, `frame;frame count` by line: what flamegraph.pl, inferno, speedscope, the Firefox
// Profiler and Pyroscope read. Counts are whole numbers, lines stand in the order of `LC_ALL=C sort`, each stack has
// one, none has 0, and they add up to the rounded total. Never a line that one of those readers takes for another kind
// (see escapeFrame), and never one string of everything: a million stacks can be more than a string holds.

import { escapeFrame } from '../model/escape.ts';
import { byteKey } from '../model/names.ts';
import { ROOT, type Trie } from '../model/trie.ts';

/** What durations are counted in, in ns. Firefox makes one sample for each unit: nanoseconds hang it. */
export const FOLDED_UNITS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 } as const;
export type FoldedUnit = keyof typeof FOLDED_UNITS;

const CHUNK_BYTES = 1 << 18;

/**
 * The stacks of column 0, in chunks of about 256 KiB; nothing when all of them are 0. Lines of the root itself, which
 * fold never makes, would be a stack `all`.
 * @param options.unit of durations (`ns` unless given); other columns are counted in what they are
 */
export function* writeFolded(trie: Trie, options: { readonly unit?: FoldedUnit } = {}): Generator<Buffer> {
  const divisor = divisorOf(trie, options.unit);
  const frames = frameBytes(trie);
  const counts = wholeCounts(trie, frames, divisor);
  yield* writeLines(trie, frames, (node) => ((counts[node] as number) > 0 ? String(counts[node]) : ''));
}

/**
 * The stacks of columns 0 and 1 with both counts, `frame;frame 12 34`, as difffolded.pl writes them: each rounded for itself, stacks
 * that have 0 in both left out.
 */
export function* writeTwoCounts(trie: Trie, options: { readonly unit?: FoldedUnit } = {}): Generator<Buffer> {
  const divisor = divisorOf(trie, options.unit);
  const count = (node: number, column: number) => Math.round(trie.self(node, column) / divisor);
  yield* writeLines(trie, frameBytes(trie), (node) => {
    const [first, second] = [count(node, 0), count(node, 1)];
    return first === 0 && second === 0 ? '' : `${first} ${second}`;
  });
}

function divisorOf(trie: Trie, unit: FoldedUnit = 'ns'): number {
  return trie.columns[0]?.unit === 'ns' ? FOLDED_UNITS[unit] : 1;
}

/** What stands behind a node's stack on its line; '': it has none. */
type CountText = (node: number) => string;

function* writeLines(trie: Trie, frames: FrameBytes, countOf: CountText): Generator<Buffer> {
  const depths = new Int32Array(trie.length);
  for (let node = ROOT + 1; node < trie.length; node++) depths[node] = (depths[trie.parent(node)] as number) + 1;
  /** The frames above the line, each with its `;`, and how much of it belongs to the children of each depth. */
  let prefix = Buffer.allocUnsafe(4096);
  const prefixLengths = [0];
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let used = 0;

  for (const step of lineOrder(trie, frames, countOf)) {
    const node = step >> 1;
    const depth = depths[node] as number;
    const prefixLength = prefixLengths[depth - 1] ?? 0;
    if (step % 2 === ENTER) {
      const frame = frames.inner[trie.name(node)] as string;
      const length = prefixLength + frame.length + 1;
      if (length > prefix.length) prefix = Buffer.concat([prefix], length * 2);
      prefix.write(`${frame};`, prefixLength, 'latin1');
      prefixLengths[depth] = length;
      continue;
    }
    const line = `${frames.last[trie.name(node)]} ${countOf(node)}\n`;
    if (used + prefixLength + line.length > chunk.length) {
      if (used > 0) yield chunk.subarray(0, used);
      chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, prefixLength + line.length));
      used = 0;
    }
    used += prefix.copy(chunk, used, 0, prefixLength);
    used += chunk.write(line, used, 'latin1');
  }
  if (used > 0) yield chunk.subarray(0, used);
}

/** For each text id the bytes of its frame (see byteKey), within a stack and as its last frame. */
interface FrameBytes {
  readonly inner: readonly string[];
  readonly last: readonly string[];
}

function frameBytes(trie: Trie): FrameBytes {
  const inner: string[] = [];
  const last: string[] = [];
  for (let id = 0; id < trie.texts.length; id++) {
    const name = trie.texts.text(id);
    inner.push(byteKey(escapeFrame(name)));
    last.push(byteKey(escapeFrame(name, true)));
  }
  return { inner, last };
}

/** A step of lineOrder is twice the node's number, plus this. */
const ENTER = 0;
const LINE = 1;

/**
 * The way through the trie that meets the lines in byte order: a step LINE for each node that has one, a step ENTER
 * for each node with children, before theirs. `read 5` sorts before `read64;x 3`, and that before `read;y 2`: a frame's
 * own line and the lines below it need not be neighbours.
 */
function lineOrder(trie: Trie, frames: FrameBytes, countOf: CountText): Int32Array {
  const { first, nodes } = trie.children();
  const order = new Int32Array(trie.length * 2);
  let length = 0;
  const pending: number[] = [ROOT * 2 + ENTER];
  if (hasLine(ROOT)) pending.push(ROOT * 2 + LINE);
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    if (step !== ROOT * 2 + ENTER) order[length++] = step;
    if (step % 2 === LINE) continue;
    const steps: { readonly step: number; readonly key: string }[] = [];
    for (let i = first[step >> 1] as number; i < (first[(step >> 1) + 1] as number); i++) {
      const child = nodes[i] as number;
      const name = trie.name(child);
      if (hasLine(child)) steps.push({ step: child * 2 + LINE, key: `${frames.last[name]} ${countOf(child)}` });
      if (first[child] !== first[child + 1]) steps.push({ step: child * 2 + ENTER, key: `${frames.inner[name]};` });
    }
    steps.sort((a, b) => (a.key < b.key ? 1 : -1));
    for (const { step } of steps) pending.push(step);
  }
  return order.subarray(0, length);

  function hasLine(node: number): boolean {
    return countOf(node) !== '';
  }
}

/**
 * Each node's own share in whole units. What rounding down takes away goes, one each, to those that lost most (largest
 * remainder), so that the counts add up to the rounded total; equal ones are served in the order of their stacks.
 */
function wholeCounts(trie: Trie, frames: FrameBytes, divisor: number): Float64Array {
  const counts = new Float64Array(trie.length);
  const remainders = new Float64Array(trie.length);
  let total = 0;
  let given = 0;
  let isExact = true;
  for (let node = 0; node < trie.length; node++) {
    const value = trie.self(node, 0);
    const count = Math.floor(value / divisor);
    counts[node] = count;
    remainders[node] = value - count * divisor;
    if (remainders[node] !== 0) isExact = false;
    total += value;
    given += count;
  }
  if (isExact) return counts;

  const missing = Math.round(total / divisor) - given;
  if (missing <= 0) return counts;
  const least = remainders.toSorted()[trie.length - missing] as number;
  let ties = missing;
  for (const remainder of remainders) if (remainder > least) ties--;
  for (const step of lineOrder(trie, frames, (node) => (trie.self(node, 0) > 0 ? '0' : ''))) {
    if (step % 2 === ENTER) continue;
    const node = step >> 1;
    const remainder = remainders[node] as number;
    if (remainder > least || (remainder === least && ties-- > 0)) counts[node] = (counts[node] as number) + 1;
  }
  return counts;
}
