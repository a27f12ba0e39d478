// Which of the formats a text is in, by content: the first lines are given to the reader of each, and the one that
// understands most of them has it. A line of strace that ends in a number is a valid line of folded text too, so that of
// equals the stricter wins.

import type { EventSink } from '../../model/event.ts';
import { FoldedFile } from './folded.ts';
import { TEXT_FORMATS, type TextFormat } from './formats.ts';
import { PerfScriptFile } from './perf-script.ts';
import { PerfTraceFile } from './perf-trace.ts';
import { TextReport } from './report.ts';
import { StraceFile } from './strace.ts';
import { StraceTrace } from './strace-trace.ts';

/** How many lines detectFormat wants to see. */
export const SAMPLE_LINES = 200;

/** Something that takes a text line by line. */
export interface LineTaker {
  line(bytes: Buffer, start: number, end: number, number: number): void;
  finish?(): void;
}

const NO_SINK: EventSink = { enter() {}, exit() {}, fork() {}, exec() {}, had() {}, signal() {}, end() {} };

/** The format of a text that starts with these lines; undefined when no line is of any. */
export function detectFormat(
  bytes: Buffer,
  lines: readonly (readonly [start: number, end: number])[],
): TextFormat | undefined {
  let best: TextFormat | undefined;
  let most = 0;
  for (const format of TEXT_FORMATS) {
    const report = new TextReport();
    const taker = sampleTaker(format, report);
    for (let i = 0; i < lines.length; i++) {
      const [start, end] = lines[i] as readonly [number, number];
      taker.line(bytes, start, end, i + 1);
    }
    taker.finish?.();
    // one line may have been cut off in a sample, and notes alone are no trace
    const understood = report.understood - (format === 'folded' ? 0 : report.notes);
    if (understood <= most) continue;
    most = understood;
    best = format;
  }
  return best;
}

function sampleTaker(format: TextFormat, report: TextReport): LineTaker {
  switch (format) {
    case 'strace':
      return new StraceFile(new StraceTrace(NO_SINK, report), { name: '' });
    case 'perf-trace':
      return new PerfTraceFile('', NO_SINK, report);
    case 'perf-script':
      return new PerfScriptFile('', NO_SINK, report);
    case 'folded':
      return new FoldedFile('', () => {}, report);
  }
}
