// Folded text, `frame;frame count` by line, as this program and others write it. Lines come in as ranges of bytes, stacks
// go out. Taken are TAB before the count, spaces behind it, fractions, comments, blank lines and frames without a name
// (left out, as flamegraph.pl does); a line with two counts is one of a difference. Anything else is counted as bad.

import { unescapeFrame } from '../../model/escape.ts';
import { decodeName } from '../../model/names.ts';
import { ByteTable, HASH_PRIME, HASH_START } from './byte-table.ts';
import type { TextReport } from './report.ts';
import { DOT, NINE, SPACE, ZERO } from './scan.ts';

const TAB = 9;
const CR = 13;
const HASH = 0x23;
const SEMICOLON = 0x3b;

/**
 * One stack. `frames` is filled again for the next one: keep the strings, not the array. `before` is the first count of
 * a line that has two.
 */
export type StackSink = (frames: readonly string[], count: number, before: number | undefined) => void;

export class FoldedFile {
  readonly #name: string;
  readonly #sink: StackSink;
  readonly #report: TextReport;
  readonly #texts = new ByteTable((bytes, start, end) => unescapeFrame(decodeName(bytes.subarray(start, end))));
  readonly #frames: string[] = [];
  /** Set by #countBefore: where the stack ends that the count belongs to. */
  #stackEnd = 0;

  constructor(name: string, sink: StackSink, report: TextReport) {
    this.#name = name;
    this.#sink = sink;
    this.#report = report;
  }

  line(bytes: Buffer, start: number, lineEnd: number, number: number): void {
    const end = withoutSpaces(bytes, start, lineEnd);
    if (end === start || bytes[start] === HASH) return;
    this.#report.lines++;
    let count = this.#countBefore(bytes, start, end);
    let before: number | undefined;
    if (!Number.isNaN(count)) {
      const stackEnd = this.#stackEnd;
      const first = this.#countBefore(bytes, start, stackEnd);
      if (Number.isNaN(first)) this.#stackEnd = stackEnd;
      else before = first;
      if (this.#split(bytes, start, this.#stackEnd)) {
        this.#sink(this.#frames, count, before);
        return;
      }
      count = Number.NaN;
    }
    this.#report.addBad(this.#name, number, bytes, start, end);
  }

  /** The number at the end of a text, `12` or `12.5` with a space or a TAB before it; NaN when there is none. */
  #countBefore(bytes: Buffer, start: number, end: number): number {
    let i = end;
    let hasDot = false;
    for (; i > start; i--) {
      const c = bytes[i - 1] as number;
      if (c === DOT && !hasDot) hasDot = true;
      else if (c < ZERO || c > NINE) break;
    }
    const c = bytes[i - 1] as number;
    if (i === end || i === start || bytes[i] === DOT || (c !== SPACE && c !== TAB)) return Number.NaN;
    this.#stackEnd = withoutSpaces(bytes, start, i);
    if (hasDot || end - i > 15) return countOf(bytes.toString('latin1', i, end));
    let value = 0;
    for (; i < end; i++) value = value * 10 + (bytes[i] as number) - ZERO;
    return value;
  }

  #split(bytes: Buffer, start: number, end: number): boolean {
    const frames = this.#frames;
    let length = 0;
    let frame = start;
    let hash = HASH_START;
    for (let i = start; i <= end; i++) {
      const c = i < end ? (bytes[i] as number) : SEMICOLON;
      if (c !== SEMICOLON) {
        hash = Math.imul(hash ^ c, HASH_PRIME);
        continue;
      }
      if (i > frame) frames[length++] = this.#texts.get(bytes, frame, i, hash);
      frame = i + 1;
      hash = HASH_START;
    }
    frames.length = length;
    return length > 0;
  }
}

/** No counter goes further; sums of numbers without end would be infinite. */
const MOST_COUNT = 2 ** 64;

/** The number of digits and at most one dot; NaN where it is no count. */
export function countOf(text: string): number {
  const count = Number(text);
  return count <= MOST_COUNT ? count : Number.NaN;
}

function withoutSpaces(bytes: Buffer, start: number, end: number): number {
  let i = end;
  for (let c = bytes[i - 1]; i > start && (c === SPACE || c === TAB || c === CR); c = bytes[i - 1]) i--;
  return i;
}
