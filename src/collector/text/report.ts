// What became of the lines of a text: how many were read, how many were understood, and the first that was not.

import { decodeName } from '../../model/names.ts';

/** Enough of a line to recognise it. */
const SHOWN_BYTES = 120;

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
    if (!this.#isFirst(file, line)) return;
    this.firstBad = { file, line, text: decodeName(bytes.subarray(start, Math.min(end, start + SHOWN_BYTES))) };
  }

  /** Lines too long to be read; their text is gone. */
  addOverlong(file: string, count: number, line: number): void {
    this.lines += count;
    this.bad += count;
    if (count > 0 && this.#isFirst(file, line)) this.firstBad = { file, line, text: '[longer than 16 MiB]' };
  }

  /** Lines come in their order but for those that were put aside. */
  #isFirst(file: string, line: number): boolean {
    const { firstBad } = this;
    return firstBad === undefined || (firstBad.file === file && line < firstBad.line);
  }

  sawTime(timeNs: number): void {
    if (Number.isNaN(this.firstNs)) this.firstNs = timeNs;
    this.lastNs = timeNs;
  }
}

/** One sentence on the lines that were left out; undefined when there are none. */
export function describeBad(reports: readonly TextReport[]): string | undefined {
  const bad = reports.reduce((sum, report) => sum + report.bad, 0);
  const first = reports.find(({ firstBad }) => firstBad !== undefined)?.firstBad;
  if (first === undefined) return undefined;
  const where = `line ${first.line} of ${first.file}: "${first.text}"`;
  if (bad === 1) return `Ignored 1 line with invalid format: ${where}`;
  return `Ignored ${bad} lines with invalid format, the first is ${where}`;
}
