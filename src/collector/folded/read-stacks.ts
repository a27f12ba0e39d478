// Files of folded text, also compressed by gzip, become stacks of text ids. Paths come in; stacks go to a sink, and what
// became of the lines of each file is returned. A file in which nothing is understood is no error here.

import type { Texts } from '../../model/texts.ts';
import { LineReader, type Progress, textInput } from '../text/lines.ts';
import { TextReport } from '../text/report.ts';
import { FrameNames } from './frame-names.ts';
import { StackLines, type StackSink } from './stack-lines.ts';

/** @param paths one after another; `-` is stdin. */
export async function readStacks(
  paths: readonly string[],
  texts: Texts,
  sink: StackSink,
  onProgress?: Progress,
): Promise<readonly TextReport[]> {
  const names = new FrameNames(texts);
  const reports: TextReport[] = [];
  for (const path of paths) {
    const input = textInput(path);
    const reader = new LineReader(input, onProgress);
    const report = new TextReport();
    const lines = new StackLines(input.name, names, sink, report);
    try {
      do {
        while (reader.nextBlock()) reader.number = lines.block(reader.bytes, reader.start, reader.end, reader.number);
      } while (await reader.fill());
    } finally {
      await reader.close();
    }
    if (reader.damage !== undefined) report.damages.push({ file: input.name, what: reader.damage });
    report.addOverlong(input.name, reader.overlong, reader.firstOverlong);
    reports.push(report);
  }
  return reports;
}
