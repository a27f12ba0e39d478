// Folded text, `frame;frame count` by line, read for speed: a million stacks are 14 million frames. Blocks of whole lines
// come in, stacks of text ids go out, and there is no string, no object and no array for a line or a frame. What counts as a
// line is the same as in ../text/folded.ts, which is slower and easier to read; a test holds the two together.

import { grown } from '../../model/tuple-table.ts';
import { countOf } from '../text/folded.ts';
import { TextReport } from '../text/report.ts';
import { DOT, NINE, SPACE, ZERO } from '../text/scan.ts';
import type { FrameNames } from './frame-names.ts';

/** What stacks are handed to. */
export interface StackSink {
  /**
   * One stack: text ids, `frames[start]` (at the root) up to before `frames[end]`; the array is filled again for the next one.
   * @param before the first count of a line that has two; NaN where there is one
   */
  stack(frames: Int32Array, start: number, end: number, count: number, before: number): void;
}

const TAB = 9;
const LF = 10;
const CR = 13;
const HASH_SIGN = 0x23;
/** `;` four times. */
const SEMICOLONS = 0x3b3b3b3b;
const HASH_START = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;

/** Takes the lines of files, in blocks: here, or in another thread (RemoteLines). */
export interface LineBlocks {
  /** The blocks that follow are of this file. @param linesBefore in the file, before the first of them */
  file(name: string, report: TextReport, linesBefore: number): void;
  /** The lines from `bytes[start]` up to before `bytes[end]`, where one has ended with LF. Up to 3 bytes behind may be read. */
  block(bytes: Buffer, start: number, end: number): Promise<void> | void;
  /** How many lines of the file there have been. */
  lines(): Promise<number> | number;
  /** The report of the file is complete after this. */
  end(): Promise<void> | void;
  close(): Promise<void> | void;
}

export class StackLines implements LineBlocks {
  readonly #names: FrameNames;
  readonly #sink: StackSink;
  #name = '';
  #report = new TextReport();
  #number = 0;
  #frames = new Int32Array(1024);
  /** Where each of `#frames` ends, from the start of its line. */
  #ends = new Int32Array(1024);
  #length = 0;
  /** Set by #countBefore: where the stack ends that the count belongs to. */
  #stackEnd = 0;

  constructor(names: FrameNames, sink: StackSink) {
    this.#names = names;
    this.#sink = sink;
  }

  file(name: string, report: TextReport, linesBefore: number): void {
    this.#name = name;
    this.#report = report;
    this.#number = linesBefore;
  }

  block(bytes: Buffer, start: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let before = -1; // where the line before starts, if it is in this block and holds a stack
    let line = start;
    while (line < end) {
      const lineEnd = bytes.indexOf(LF, line);
      this.#number++;
      const isStack = this.#line(bytes, view, line, lineEnd, before);
      before = isStack ? line : -1;
      line = lineEnd + 1;
    }
  }

  lines(): number {
    return this.#number;
  }

  end(): void {}

  close(): void {}

  /** Returns whether it held a stack, so that the next line can be compared with it. */
  #line(bytes: Buffer, view: DataView, start: number, lineEnd: number, before: number): boolean {
    const end = withoutSpaces(bytes, start, lineEnd);
    if (end === start || bytes[start] === HASH_SIGN) return false;
    this.#report.lines++;
    const count = this.#countBefore(bytes, start, end);
    if (!Number.isNaN(count)) {
      const stackEnd = this.#stackEnd;
      const first = this.#countBefore(bytes, start, stackEnd);
      if (Number.isNaN(first)) this.#stackEnd = stackEnd;
      const shared = before < 0 ? 0 : this.#shared(view, before, start, this.#stackEnd);
      this.#split(view, start, this.#stackEnd, shared);
      if (this.#length > 0) {
        this.#sink.stack(this.#frames, 0, this.#length, count, first);
        return true;
      }
    }
    this.#report.addBad(this.#name, this.#number, bytes, start, end);
    return false;
  }

  /** How many frames, all but the last, the line has in common with the line before. */
  #shared(view: DataView, before: number, start: number, stackEnd: number): number {
    const most = this.#length - 1;
    if (most <= 0) return 0;
    const ends = this.#ends;
    const limit = Math.min(stackEnd - start, ends[most] as number);
    let same = 0;
    while (same + 4 <= limit && view.getInt32(before + same, true) === view.getInt32(start + same, true)) same += 4;
    while (same < limit && view.getUint8(before + same) === view.getUint8(start + same)) same++;
    let shared = 0;
    // the `;` behind a frame must be the same, too
    while (shared < most && (ends[shared] as number) < same) shared++;
    return shared;
  }

  /** Fills `#frames` with those from `start` to `end`, of which the first `shared` are there already. */
  #split(view: DataView, start: number, end: number, shared: number): void {
    let frames = this.#frames;
    let ends = this.#ends;
    const names = this.#names;
    let length = shared;
    let frame = shared === 0 ? start : start + (ends[shared - 1] as number) + 1;
    while (frame < end) {
      // the hash of four bytes after another, until there is a `;` among them (a zero byte in `x`)
      let hash = HASH_START;
      let at = frame;
      let word = view.getInt32(at, true);
      let x = word ^ SEMICOLONS;
      let found = (x - 0x01010101) & ~x & 0x80808080;
      while (found === 0 && at + 4 < end) {
        hash = Math.imul(hash ^ word, HASH_PRIME);
        hash ^= hash >>> 15;
        at += 4;
        word = view.getInt32(at, true);
        x = word ^ SEMICOLONS;
        found = (x - 0x01010101) & ~x & 0x80808080;
      }
      let rest = found === 0 ? 4 : (31 - Math.clz32(found & -found)) >>> 3;
      if (at + rest > end) rest = end - at;
      if (rest > 0) {
        hash = Math.imul(hash ^ (rest === 4 ? word : word & ((1 << (rest << 3)) - 1)), HASH_PRIME);
        hash ^= hash >>> 15;
        at += rest;
      }
      if (at > frame) {
        if (length === frames.length) {
          frames = this.#frames = grown(frames);
          ends = this.#ends = grown(ends);
        }
        frames[length] = names.id(view, frame, at, hash);
        ends[length++] = at - start;
      }
      frame = at + 1;
    }
    this.#length = length;
  }

  /** The number at the end of a text, `12` or `12.5` with a space or a TAB before it; NaN when there is none. */
  #countBefore(bytes: Buffer, start: number, end: number): number {
    let i = end;
    let hasDot = false;
    let value = 0;
    let power = 1;
    for (; i > start; i--) {
      const c = bytes[i - 1] as number;
      if (c >= ZERO && c <= NINE) {
        value += (c - ZERO) * power;
        power *= 10;
      } else if (c === DOT && !hasDot) hasDot = true;
      else break;
    }
    const c = bytes[i - 1] as number;
    if (i === end || i === start || bytes[i] === DOT || (c !== SPACE && c !== TAB)) return Number.NaN;
    this.#stackEnd = withoutSpaces(bytes, start, i);
    return hasDot || end - i > 15 ? countOf(bytes.toString('latin1', i, end)) : value;
  }
}

function withoutSpaces(bytes: Buffer, start: number, end: number): number {
  let i = end;
  for (let c = bytes[i - 1]; i > start && (c === SPACE || c === TAB || c === CR); c = bytes[i - 1]) i--;
  return i;
}
