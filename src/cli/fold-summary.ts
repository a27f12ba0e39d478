// What folding texts came to, for stderr: as text for people, or as one line of JSON. In: the result of foldText. Out:
// text. Whatever was ignored, lost, or taken otherwise than it may have been meant stands in it.

import { basename } from 'node:path';
import { FORMAT_NAMES, type TextFormat } from '../collector/text/formats.ts';
import type { TextRead } from '../collector/text/read.ts';
import { type BadLine, describeBad } from '../collector/text/report.ts';
import type { FoldWeight } from '../fold/fold.ts';
import { visibleText } from '../model/escape.ts';
import type { RunMetadata } from '../model/profile.ts';
import { counted, formatBytes, formatCount, formatNs } from '../model/units.ts';
import type { TextFold } from './fold-text.ts';
import { surplusLoss } from './losses.ts';
import { type CommonSummary, leftOutLines, leftOutRows, lossLines, topFileLines, topFiles } from './summary.ts';

const SHOWN_INPUTS = 10;

export interface FoldSummary extends CommonSummary {
  readonly metadata: RunMetadata;
  /** null: nobody said what the counts of folded text are. */
  readonly weight: FoldWeight | null;
  readonly inputs: readonly {
    readonly files: readonly string[];
    readonly format: TextFormat;
    readonly lines: number;
    readonly ignored: number;
    readonly firstIgnored: BadLine | null;
  }[];
  /** Selected calls that were paired, and those of them that the filters let through. */
  readonly syscalls: number;
  readonly syscallsAfterFilters: number;
  readonly durationNs: number;
  readonly bytes: number;
  readonly errors: number;
  /** Lines of folded text that were understood. */
  readonly stacks: number;
  /** Whatever the user should know besides, in sentences. */
  readonly notes: readonly string[];
}

export function summarizeFold(folded: TextFold, metadata: RunMetadata, notes: readonly string[]): FoldSummary {
  const { profile, counters, reads, weight } = folded;
  const stacks = reads.filter(({ format }) => format === 'folded');
  return {
    metadata,
    weight: weight ?? null,
    inputs: reads.map(({ names, format, report }) => ({
      files: names,
      format,
      lines: report.lines,
      ignored: report.bad,
      firstIgnored: report.firstBad ?? null,
    })),
    syscalls: counters.exits,
    syscallsAfterFilters: counters.folded,
    durationNs: profile.total('durationNs'),
    bytes: profile.total('bytes'),
    errors: profile.total('errors'),
    stacks: stacks.reduce((sum, { report }) => sum + report.understood, 0),
    topFiles: weight === undefined ? [] : topFiles(profile, weight),
    leftOut: leftOutRows(folded.leftOut),
    filteredOut: folded.filteredOut,
    losses: [
      ...folded.losses,
      surplusLoss(profile),
      {
        name: 'lost events',
        count: reads.reduce((sum, { report }) => sum + report.lostEvents, 0),
        meaning: 'events that perf says it lost',
      },
      {
        name: 'ignored lines',
        count: reads.reduce((sum, { report }) => sum + report.bad, 0),
        meaning: 'lines that were not understood',
      },
    ],
    notes: [...notes, ...ignoredLines(reads)],
  };
}

function ignoredLines(reads: readonly TextRead[]): readonly string[] {
  const sentence = describeBad(reads.map(({ report }) => report));
  return sentence === undefined ? [] : [sentence];
}

export function formatFoldSummary(summary: FoldSummary): string {
  const { inputs, weight, syscalls, syscallsAfterFilters, stacks } = summary;
  const hasCalls = inputs.some(({ format }) => format !== 'folded');
  const lines = inputs.slice(0, SHOWN_INPUTS).map((input) => {
    return `read ${nameOfFiles(input.files)}: ${FORMAT_NAMES[input.format]}, ${counted(input.lines, 'lines')}`;
  });
  if (inputs.length > SHOWN_INPUTS) lines.push(`read ${counted(inputs.length - SHOWN_INPUTS, 'inputs')} more`);
  if (summary.metadata.lengthNs !== undefined) lines.push(`  time           ${formatNs(summary.metadata.lengthNs)}`);
  if (hasCalls) {
    lines.push(
      `  system calls   ${formatCount(syscalls)}, after filters ${formatCount(syscallsAfterFilters)}`,
      `  in them        ${formatNs(summary.durationNs)}, ${formatBytes(summary.bytes)}, ${counted(summary.errors, 'errors')}`,
    );
  }
  if (inputs.some(({ format }) => format === 'folded')) lines.push(`  stacks         ${formatCount(stacks)}`);
  if (weight !== null) lines.push(...topFileLines(summary, weight));
  lines.push(...leftOutLines(summary), ...(hasCalls ? lossLines(summary) : []), ...summary.notes.map(visibleText));
  return `${lines.join('\n')}\n`;
}

/** `trace.1858 and 8 more`. */
export function nameOfFiles(names: readonly string[]): string {
  const [first = '', ...others] = names.map((name) => visibleText(basename(name)));
  return others.length === 0 ? first : `${first} and ${formatCount(others.length)} more`;
}
