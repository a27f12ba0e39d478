// Files of folded text, also compressed by gzip, become stacks of text ids. Paths come in; stacks go to a sink, in the order of
// their lines, and what became of the lines of each file is returned. A file in which nothing is understood is no error here.

import { availableParallelism } from 'node:os';
import type { Texts } from '../../model/texts.ts';
import { LineReader, type Progress, textInput } from '../text/lines.ts';
import { TextReport } from '../text/report.ts';
import { FrameNames } from './frame-names.ts';
import { RemoteLines } from './remote-lines.ts';
import { type LineBlocks, StackLines, type StackSink } from './stack-lines.ts';

/** From so much text on a second thread pays: it is slow at first, as all code is until it has been compiled (bench/render). */
const PAYS_FROM_BYTES = 48 << 20;

export interface ReadStacksOptions {
  /** Of all files; undefined when it is not known. */
  readonly sizeBytes?: number | undefined;
  readonly onProgress?: Progress | undefined;
  /** How many threads may be used; as many as there are CPUs unless given. */
  readonly threads?: number;
}

/** @param paths one after another; `-` is stdin. */
export async function readStacks(
  paths: readonly string[],
  texts: Texts,
  sink: StackSink,
  { sizeBytes = 0, onProgress, threads = availableParallelism() }: ReadStacksOptions = {},
): Promise<readonly TextReport[]> {
  const reports: TextReport[] = [];
  let isRemote = threads > 1 && sizeBytes >= PAYS_FROM_BYTES;
  let blocks: LineBlocks = isRemote ? new RemoteLines(texts, sink) : new StackLines(new FrameNames(texts), sink);
  let readBytes = 0;
  try {
    for (const path of paths) {
      const input = textInput(path);
      const reader = new LineReader(input, onProgress);
      const report = new TextReport();
      blocks.file(input.name, report, 0);
      try {
        do {
          const readBefore = readBytes;
          while (reader.nextBlock()) {
            readBytes += reader.end - reader.start;
            await blocks.block(reader.bytes, reader.start, reader.end);
          }
          // no line has ended: it may become too long, and then its number is asked for
          if (readBytes === readBefore) reader.number = await blocks.lines();
          if (!isRemote && threads > 1 && readBytes >= PAYS_FROM_BYTES) {
            const lines = await blocks.lines();
            isRemote = true;
            blocks = new RemoteLines(texts, sink);
            blocks.file(input.name, report, lines);
          }
        } while (await reader.fill());
      } finally {
        await reader.close();
      }
      await blocks.end();
      if (reader.damage !== undefined) report.damages.push({ file: input.name, what: reader.damage });
      report.addOverlong(input.name, reader.overlong, reader.firstOverlong);
      reports.push(report);
    }
  } finally {
    await blocks.close();
  }
  return reports;
}
