// What became of the lines of a text: how many were read, how many were understood, and the first that was not.

import { decodeName } from '../../model/names.ts';

/** Enough of a line to recognise it. */
const SHOWN_BYTES = 200;

export interface BadLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export class TextReport {
  /** Lines that were not blank. */
  lines = 0;
  /** Lines that were not understood. */
  bad = 0;
  /** The first of them. */
  firstBad: BadLine | undefined;
  /** Lines that say nothing of calls: signals, messages of the tracer, other events. Among the understood ones. */
  notes = 0;
  /** Events that the tracer itself says it lost (perf). */
  lostEvents = 0;
  /** Why inputs could not be read to their end, by name. */
  readonly damages: { readonly file: string; readonly what: string }[] = [];
  /** Stamps of the first and the last line that has one, from the start of the trace's clock. */
  firstNs = Number.NaN;
  lastNs = Number.NaN;
  /** When that clock started, in ms since 1970; NaN where the stamps do not tell the date. */
  epochMs = Number.NaN;

  get understood(): number {
    return this.lines - this.bad;
  }

  addBad(file: string, line: number, bytes: Buffer, start: number, end: number): void {
    this.bad++;
    const { firstBad } = this;
    if (firstBad !== undefined && (firstBad.file !== file || firstBad.line < line)) return;
    this.firstBad = { file, line, text: decodeName(bytes.subarray(start, Math.min(end, start + SHOWN_BYTES))) };
  }

  /** Lines too long to be read; their text is gone. */
  addOverlong(file: string, count: number): void {
    if (count === 0) return;
    this.lines += count;
    this.bad += count;
    this.firstBad ??= { file, line: 0, text: '[a line longer than 16 MiB]' };
  }

  sawTime(timeNs: number): void {
    if (Number.isNaN(this.firstNs)) this.firstNs = timeNs;
    this.lastNs = timeNs;
  }
}

/** One sentence on the lines that were left out; undefined when there are none. */
export function describeBad(report: TextReport): string | undefined {
  const { bad, firstBad } = report;
  if (firstBad === undefined) return undefined;
  const where = `${firstBad.file}:${firstBad.line}: ${JSON.stringify(firstBad.text)}`;
  return `Ignored ${bad} ${bad === 1 ? 'line' : 'lines'} with invalid format${bad === 1 ? '' : ', the first'}: ${where}`;
}
