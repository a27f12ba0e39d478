// The way in for text: files of any of the formats, under any name, also compressed with gzip. Paths come in; events go to
// sinks, one a trace, and stacks of folded text to theirs. What cannot be understood is counted in the report, and a file
// in which nothing can be is an InputError that says what was expected.

import { InputError } from '../../model/errors.ts';
import type { EventSink } from '../../model/event.ts';
import { detectFormat, type LineTaker, SAMPLE_LINES } from './detect.ts';
import { FoldedFile, type StackSink } from './folded.ts';
import { FORMAT_NAMES, TEXT_FORMATS, type TextFormat } from './formats.ts';
import { LineReader, type Progress, textInput } from './lines.ts';
import { PerfScriptFile } from './perf-script.ts';
import { PerfTraceFile } from './perf-trace.ts';
import { TextReport } from './report.ts';
import { StraceFile } from './strace.ts';
import { readStraceFiles, tidOfFile } from './strace-files.ts';
import { StraceTrace } from './strace-trace.ts';

export interface ReadTextOptions {
  /** The format; found by content unless given. */
  readonly from?: TextFormat | undefined;
  /** Asked for a sink when a trace begins. */
  readonly events: () => EventSink;
  readonly stack: StackSink;
  readonly onProgress?: Progress | undefined;
}

export interface TextRead {
  /** The files, as messages call them. */
  readonly names: readonly string[];
  readonly format: TextFormat;
  readonly report: TextReport;
}

/**
 * Reads the files of one trace: a group that groupFiles made, which is one file unless `strace -ff` wrote them. Files of
 * another format that happen to be in one group are read one after another, each with a sink of its own.
 */
export async function readText(paths: readonly string[], options: ReadTextOptions): Promise<TextRead[]> {
  const reads: TextRead[] = [];
  const straces: string[] = [];
  for (const path of paths) {
    if (paths.length > 1 && (await isStrace(path, options))) straces.push(path);
    else reads.push(await readFile(path, options));
  }
  if (straces.length > 0) {
    const report = new TextReport();
    await readStraceFiles(straces, options.events(), report, options.onProgress);
    reads.push({ names: straces, format: 'strace', report });
    if (report.understood === 0) throw nothingUnderstood(straces[0] as string, report, options.from);
  }
  return reads;
}

/** Of a file of a group. One in which there is nothing yet is one of a task that made no call. */
async function isStrace(path: string, { from }: ReadTextOptions): Promise<boolean> {
  if (from !== undefined) return from === 'strace';
  const reader = new LineReader(textInput(path));
  const format = await sample(reader);
  const isEmpty = reader.peek(1).length === 0;
  await reader.close();
  return format === 'strace' || isEmpty;
}

async function sample(reader: LineReader): Promise<TextFormat | undefined> {
  let lines = reader.peek(SAMPLE_LINES);
  while (lines.length < SAMPLE_LINES && (await reader.fill())) lines = reader.peek(SAMPLE_LINES);
  return detectFormat(reader.bytes, lines);
}

async function readFile(path: string, options: ReadTextOptions): Promise<TextRead> {
  const input = textInput(path);
  const reader = new LineReader(input, options.onProgress);
  const report = new TextReport();
  try {
    // where no line is of any format, folded text is what the first bad line is looked for in
    const found = await sample(reader);
    const format = options.from ?? found ?? 'folded';
    const taker = lineTaker(format, path, report, options);
    do {
      while (reader.next()) taker.line(reader.bytes, reader.start, reader.end, reader.number);
    } while (await reader.fill());
    taker.finish?.();
    if (reader.damage !== undefined) report.damages.push({ file: input.name, what: reader.damage });
    report.addOverlong(input.name, reader.overlong, reader.firstOverlong);
    if (report.understood === 0) throw nothingUnderstood(input.name, report, options.from);
    return { names: [input.name], format, report };
  } finally {
    await reader.close();
  }
}

function lineTaker(format: TextFormat, path: string, report: TextReport, options: ReadTextOptions): LineTaker {
  const name = path === '-' ? 'stdin' : path;
  switch (format) {
    case 'strace': {
      const trace = new StraceTrace(options.events(), report);
      const file = new StraceFile(trace, { name, tid: tidOfFile(path) });
      return {
        line: (bytes, start, end, number) => file.line(bytes, start, end, number),
        finish() {
          file.finish();
          trace.finish();
        },
      };
    }
    case 'perf-trace':
      return new PerfTraceFile(name, options.events(), report);
    case 'perf-script':
      return new PerfScriptFile(name, options.events(), report);
    case 'folded':
      return new FoldedFile(name, options.stack, report);
  }
}

function nothingUnderstood(name: string, report: TextReport, from: TextFormat | undefined): InputError {
  const expected = from === undefined ? EXPECTED : FORMAT_NAMES[from];
  const { firstBad, damages } = report;
  const damage = damages[0] === undefined ? '' : ` (${damages[0].what})`;
  if (firstBad === undefined) return new InputError(name, `nothing to read${damage}, expected ${expected}`);
  const remedy = MISTAKEN.find(([pattern]) => pattern.test(firstBad.text))?.[1];
  if (remedy !== undefined) return new InputError(firstBad.file, remedy, firstBad);
  return new InputError(firstBad.file, `no line is understood, expected ${expected}`, firstBad);
}

const EXPECTED = `${TEXT_FORMATS.map((format) => FORMAT_NAMES[format]).join(', ')}`.replace(/, ([^,]*)$/, ' or $1');

/** What is given by mistake, by the start of it, and what to do instead. */
const MISTAKEN: readonly (readonly [RegExp, string])[] = [
  [/^% time +seconds /, 'strace -c tells sums instead of calls, run it without -c'],
  [/^ *Summary of events:/, 'perf trace -s tells sums instead of calls, run it without -s'],
  [/^PERFILE2/, 'this is what perf recorded, fold what `perf script -i` or `perf trace -i` prints of it'],
  [
    /^<(?:\?xml|svg|!DOCTYPE|html)/i,
    'this is a picture or a page, fold the folded text or the trace that it was made of',
  ],
];
