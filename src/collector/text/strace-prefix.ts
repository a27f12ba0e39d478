// What stands in front of the call in a line of strace's: tid and comm, stamps, number of the call, instruction pointer.
// Ranges of bytes come in; tid, time and comm go out as fields that hold until the next line.

import { HASH_PRIME, HASH_START } from './byte-table.ts';
import {
  COLON,
  DOT,
  decimalEnd,
  FRACTION_NS,
  fractionEnd,
  GREATER,
  LEFT_BRACKET,
  LEFT_PAREN,
  LESS,
  NINE,
  NUMBER,
  RIGHT_BRACKET,
  RIGHT_PAREN,
  SPACE,
  scanned,
  startsWith,
  twoDigits,
  ZERO,
} from './scan.ts';
import type { StraceTrace } from './strace-trace.ts';
import { currentView } from './words.ts';

/** Linux gives no larger number to a task (PID_MAX_LIMIT); a larger one at the start of a line is a stamp. */
const MAX_TID = 1 << 22;
/** Seconds of a stamp before 1973 are not those of a clock but of -r. */
const FIRST_EPOCH_SECOND = 100_000_000;
const DAY_SECONDS = 86_400;

export class StracePrefix {
  /** -1 where the line bears none. */
  tid = -1;
  /** How lines are stamped, by the last one that was. */
  clock: 'none' | 'epoch' | 'wall' | 'relative' = 'none';
  /** `[pid 1234]`, as strace writes it without -o while there is more than one task. */
  isBracketed = false;
  /** NaN where the line has no stamp. */
  timeNs = Number.NaN;
  threadComm: string | undefined = undefined;
  readonly #trace: StraceTrace;
  /** The sum of relative stamps; the last wall-clock one and the midnights before it, in seconds. */
  #relativeNs = 0;
  #daySecond = 0;
  #midnights: number;
  /** The ten digits of the last second since 1970, for most lines are of the same one, and its time in ns. */
  #secondHead = 0;
  #secondMiddle = 0;
  #secondTail = 0;
  #secondNs = 0;

  /** @param daySeconds added to wall-clock stamps */
  constructor(trace: StraceTrace, daySeconds: number) {
    this.#trace = trace;
    this.#midnights = daySeconds;
  }

  /**
   * Reads what comes before the call: `1234 `, `1234<cat> `, `[pid 1234<cat>] `, stamps, `[   3] ` of -n and
   * `[00007f..] ` of -i. Returns where the call begins.
   */
  read(bytes: Buffer, start: number, end: number): number {
    this.tid = -1;
    this.isBracketed = false;
    this.timeNs = Number.NaN;
    this.threadComm = undefined;
    let i = start;
    if (bytes[i] === LEFT_BRACKET && startsWith(bytes, i, end, '[pid ')) {
      i += 5;
      while (bytes[i] === SPACE) i++;
      const digits = i;
      i = decimalEnd(bytes, i, end);
      const tid = scanned[NUMBER] as number;
      if (i === digits) return start;
      i = this.#tidEnd(tid, bytes, i, end);
      if (bytes[i] !== RIGHT_BRACKET) return start;
      this.isBracketed = true;
      i++;
    }
    while (i < end) {
      const c = bytes[i] as number;
      if (c === SPACE) i++;
      else if (c >= ZERO && c <= NINE) {
        const next = this.#numberAt(bytes, i, end);
        if (next < 0) return i;
        i = next;
      } else if (c === LEFT_PAREN || c === LEFT_BRACKET) {
        // `(+     0.000123) ` of -r beside -t
        const close = bytes.indexOf(c === LEFT_PAREN ? RIGHT_PAREN : RIGHT_BRACKET, i);
        if (close < 0 || close >= end || bytes[close + 1] !== SPACE) return i;
        i = close + 2;
      } else return i;
    }
    return i;
  }

  /** A tid or a stamp; -1 when it is neither. */
  #numberAt(bytes: Buffer, start: number, end: number): number {
    if (start + 10 < end && bytes[start + 10] === DOT && this.#isSameSecond(bytes, start)) {
      this.clock = 'epoch';
      const fraction = fractionEnd(bytes, start + 10, end);
      this.timeNs = this.#secondNs + (scanned[FRACTION_NS] as number);
      return fraction;
    }
    let i = decimalEnd(bytes, start, end);
    let value = scanned[NUMBER] as number;
    const c = bytes[i] as number;
    if (i < end && c === COLON) {
      // 19:27:55.422364
      const minutes = i + 1;
      const seconds = i + 4;
      if (seconds + 2 > end || bytes[i + 3] !== COLON) return -1;
      value = value * 3600 + twoDigits(bytes, minutes) * 60 + twoDigits(bytes, seconds);
      i = seconds + 2;
      if (Number.isNaN(value)) return -1;
      if (value < this.#daySecond - DAY_SECONDS / 2) this.#midnights += DAY_SECONDS;
      this.#daySecond = value;
      value += this.#midnights;
      this.clock = 'wall';
    } else if (i < end && c !== DOT && value <= MAX_TID && this.tid < 0 && !this.#isRelative(bytes, start)) {
      return this.#tidEnd(value, bytes, i, end);
    } else if (value < FIRST_EPOCH_SECOND) {
      this.clock = 'relative';
      i = fractionEnd(bytes, i, end);
      this.#relativeNs += value * 1e9 + (scanned[FRACTION_NS] as number);
      this.#setTime(0, this.#relativeNs);
      return i;
    } else {
      this.clock = 'epoch';
      if (Number.isNaN(this.#trace.report.epochMs)) this.#trace.report.epochMs = value * 1000;
      this.#setTime(value, 0);
      if (i === start + 10) this.#keepSecond(bytes, start);
    }
    i = fractionEnd(bytes, i, end);
    this.#setTime(value, scanned[FRACTION_NS] as number);
    return i;
  }

  #isSameSecond(bytes: Buffer, start: number): boolean {
    const view = currentView(bytes);
    return (
      view.getInt32(start + 4, true) === this.#secondMiddle &&
      view.getInt32(start, true) === this.#secondHead &&
      view.getInt16(start + 8, true) === this.#secondTail
    );
  }

  #keepSecond(bytes: Buffer, start: number): void {
    const view = currentView(bytes);
    this.#secondHead = view.getInt32(start, true);
    this.#secondMiddle = view.getInt32(start + 4, true);
    this.#secondTail = view.getInt16(start + 8, true);
    this.#secondNs = this.timeNs;
  }

  /** Tids stand at the left, relative stamps at the right of their columns. */
  #isRelative(bytes: Buffer, start: number): boolean {
    return start > 0 && bytes[start - 1] === SPACE;
  }

  #setTime(seconds: number, ns: number): void {
    const trace = this.#trace;
    if (Number.isNaN(trace.baseSecond)) trace.baseSecond = seconds;
    this.timeNs = (seconds - trace.baseSecond) * 1e9 + ns;
  }

  /** Behind the number may stand the comm, `1234<cat>`; returns where that ends. */
  #tidEnd(tid: number, bytes: Buffer, start: number, end: number): number {
    let i = start;
    this.tid = tid;
    if (i >= end || bytes[i] !== LESS) return i;
    const comm = ++i;
    const { comms } = this.#trace;
    const length = comms.guess(tid, bytes, comm, end);
    if (length >= 0 && bytes[comm + length] === GREATER) {
      this.threadComm = comms.guessed;
      return comm + length + 1;
    }
    let hash = HASH_START;
    for (let c = bytes[i] as number; i < end && c !== GREATER; c = bytes[++i] as number) {
      hash = Math.imul(hash ^ c, HASH_PRIME);
    }
    if (i >= end) return end;
    this.threadComm = comms.get(bytes, comm, i, hash);
    comms.remember(tid);
    return i + 1;
  }
}
