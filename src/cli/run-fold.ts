// `ior-flame fold`: traces made elsewhere and folded text, read from files or stdin, become folded text or a picture. What is
// wrong with the command line or a name is said before anything is read, and nothing is written until all has been.

import { constants } from 'node:os';
import { FORMAT_NAMES } from '../collector/text/formats.ts';
import { findInputs } from '../collector/text/inputs.ts';
import { EXIT, UserError } from '../model/errors.ts';
import { DIMENSIONS, type Dimension, type RunMetadata } from '../model/profile.ts';
import { writeArtifacts } from './artifacts.ts';
import type { FoldArguments } from './fold.ts';
import { notesOf, whyEmpty } from './fold-notes.ts';
import { formatFoldSummary, nameOfFiles, summarizeFold } from './fold-summary.ts';
import { foldText, type TextFold } from './fold-text.ts';
import { lossSentence } from './losses.ts';
import { openOutputs } from './outputs.ts';
import { ReadingProgress, wantsProgress } from './progress.ts';
import { rowFilterOf } from './row-filters.ts';
import { say } from './say.ts';
import {
  dimensionsFor,
  fieldsOf,
  filtersOf,
  maxRowsOf,
  type SelectionArguments,
  syscallsOf,
  typesOf,
} from './selection-options.ts';
import { Signals } from './signals.ts';
import { summaryAsJson } from './summary.ts';

/** What traces made elsewhere do not tell. */
const UNTOLD: readonly Dimension[] = ['uid', 'user', 'tree', 'cgroup', 'container', 'mount'];

export async function runFold(argv: FoldArguments): Promise<number> {
  const paths = [...(argv.files ?? []), ...(argv['--'] ?? [])];
  if (paths.length === 0 && process.stdin.isTTY) {
    throw new UserError('no FILE to fold: name one, or pipe a trace in; see ior-flame fold --help');
  }
  const fields = fieldsOf(argv);
  const types = typesOf(argv);
  const selection = await syscallsOf(argv);
  const filter = rowFilterOf(argv, false);
  const maxRows = maxRowsOf(argv);
  const untold = fields.find((name) => UNTOLD.includes(name));
  if (untold !== undefined) {
    const others = DIMENSIONS.filter((name) => !UNTOLD.includes(name)).join(', ');
    throw new UserError(`--fields: no trace tells the ${untold}: choose from ${others}`);
  }
  const inputs = findInputs(paths.length === 0 ? ['-'] : paths);
  const signals = new Signals();
  const outputs = openOutputs(argv.output.length > 0 ? argv.output : ['-'], argv.format, {
    fallback: 'folded',
  });
  const discard = () => {
    for (const output of outputs) output.discard();
  };
  process.once('exit', discard);
  signals.handler = (signal) => process.exit(128 + constants.signals[signal]);
  const progress = wantsProgress(argv) ? new ReadingProgress(inputs.sizeBytes) : undefined;
  try {
    const folded = await foldText(inputs.groups, {
      from: argv.from,
      selection,
      types,
      filter,
      maxRows,
      dimensions: dimensionsFor(fields, filter),
      fields,
      pathFrames: argv['path-frames'],
      weight: argv.weight,
      unit: argv.unit,
      onProgress: progress?.add,
    });
    progress?.end();
    const notes = notesOf(folded, inputs, argv);
    const emptiness = whyEmpty(folded);
    const metadata = metadataOf(folded, argv);
    const summary = summarizeFold(folded, metadata, emptiness === undefined ? notes : [...notes, emptiness]);
    const { losses, leftOut, filteredOut, notes: remarks } = summary;
    const written = await writeArtifacts(outputs, signals, folded.trie, metadata, {
      title: argv.title,
      unit: argv.unit,
      weight: folded.weight,
      notice: emptiness ?? '',
      fields: folded.fields,
      page: { losses, leftOut, filteredOut, remarks },
    });
    if (!argv.quiet) process.stderr.write(argv.json ? summaryAsJson(summary) : formatFoldSummary(summary));
    const loss = argv['fail-on-loss'] ? lossSentence(summary.losses) : undefined;
    if (loss !== undefined) say(loss);
    const damages = folded.reads.flatMap(({ report }) => report.damages);
    for (const { file, what } of damages) say(`${file}: ${what}: what comes before that is folded`);
    return written.length < outputs.length || damages.length > 0 || loss !== undefined ? EXIT.failure : EXIT.ok;
  } finally {
    progress?.end();
    discard();
    signals.close();
  }
}

/** A trace made elsewhere does not tell its host, and several traces have no start and length in common. */
function metadataOf({ reads }: TextFold, argv: SelectionArguments): RunMetadata {
  const sources = reads.map(({ names, format }) => `${nameOfFiles(names)} (${FORMAT_NAMES[format]})`);
  const [report, ...others] = reads.filter(({ format }) => format !== 'folded').map((read) => read.report);
  const isTimed = report !== undefined && others.length === 0 && report.lastNs > report.firstNs;
  const startMs = isTimed ? report.epochMs + report.firstNs / 1e6 : Number.NaN;
  return {
    sources,
    filters: filtersOf(argv),
    ...(Number.isNaN(startMs) ? {} : { startedAt: new Date(startMs).toISOString() }),
    ...(isTimed ? { lengthNs: report.lastNs - report.firstNs } : {}),
  };
}
