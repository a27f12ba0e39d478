// `ior-flame diff`: two inputs, each read as `fold` reads it, become one picture of what has changed, or folded text with two counts. What
// cannot be compared is refused before anything is written.

import { constants } from 'node:os';
import { basename } from 'node:path';
import { findInputs } from '../collector/text/inputs.ts';
import { AFTER, BEFORE, type Change, differenceOf, largestChanges, unlikeness } from '../fold/difference.ts';
import { EXIT, UserError } from '../model/errors.ts';
import { visibleText } from '../model/escape.ts';
import { ROOT, type Trie } from '../model/trie.ts';
import { formatCount } from '../model/units.ts';
import { changeShare, changeText, valueText } from '../render/meaning.ts';
import { syscallByName } from '../syscalls/table.ts';
import { writeArtifacts } from './artifacts.ts';
import type { DiffArguments } from './diff.ts';
import { notesOf, whyEmpty } from './fold-notes.ts';
import { foldText, type TextFold } from './fold-text.ts';
import { lossSentence, surplusLoss } from './losses.ts';
import { openOutputs } from './outputs.ts';
import { ReadingProgress, wantsProgress } from './progress.ts';
import { rowFilterOf } from './row-filters.ts';
import { say } from './say.ts';
import { dimensionsFor, fieldsOf, filtersOf, maxRowsOf, syscallsOf, typesOf } from './selection-options.ts';
import { Signals } from './signals.ts';

/** Rows of the table on stderr. */
const MOST_CHANGES = 10;
/** A longer stack loses its middle. */
const STACK_COLUMNS = 100;

export async function runDiff(argv: DiffArguments): Promise<number> {
  const paths = [argv.before, argv.after] as readonly [string, string]; // yargs asks for both
  if (paths.every((path) => path === '-' || path === '/dev/stdin')) {
    throw new UserError('BEFORE and AFTER are both stdin: name a file for one of them');
  }
  const fields = fieldsOf(argv);
  const types = typesOf(argv);
  const selection = await syscallsOf(argv);
  const filter = rowFilterOf(argv, false);
  const maxRows = maxRowsOf(argv);
  const inputs = paths.map((path) => findInputs([path]));
  const signals = new Signals();
  const outputs = openOutputs(argv.output, argv.format);
  const discard = () => {
    for (const output of outputs) output.discard();
  };
  process.once('exit', discard);
  signals.handler = (signal) => process.exit(128 + constants.signals[signal]);
  const sizeBytes = inputs.reduce<number | undefined>(
    (sum, input) => (sum === undefined || input.sizeBytes === undefined ? undefined : sum + input.sizeBytes),
    0,
  );
  const progress = wantsProgress(argv) ? new ReadingProgress(sizeBytes) : undefined;
  try {
    const folds: TextFold[] = [];
    for (const { groups } of inputs) {
      const fold = await foldText(groups, {
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
      folds.push(fold);
    }
    progress?.end();
    const [before, after] = folds as [TextFold, TextFold];
    requireAlike(before, after);
    const notes: string[] = folds.flatMap((fold, i) => notesOf(fold, inputs[i] as (typeof inputs)[number], argv));
    const both = differenceOf(before.trie, after.trie, {
      normalize: argv.normalize ?? false,
      stripHex: argv['strip-hex'] ?? false,
    });
    const scale = differenceOfScale(folds, argv);
    if (scale !== undefined) notes.push(scale);
    const emptiness = whyNothing(both, before, after, argv['width-from'], argv.gone ?? false);
    const names = paths.map((path) => (path === '/dev/stdin' ? 'stdin' : basename(path))) as [string, string];
    const losses = [...after.losses, surplusLoss(after.profile)].map((loss, i) => {
      const counts = [[...before.losses, surplusLoss(before.profile)][i]?.count, loss.count];
      const count = counts.some((one) => one === undefined) ? undefined : (counts[0] ?? 0) + (counts[1] ?? 0);
      return { ...loss, count };
    });
    const hasCalls = folds.some(({ reads }) => reads.some(({ format }) => format !== 'folded'));
    const written = await writeArtifacts(
      outputs,
      signals,
      both,
      { sources: names, filters: filtersOf(argv) },
      {
        title: argv.title ?? 'Difference',
        unit: argv.unit,
        weight: after.weight,
        notice: emptiness ?? '',
        difference: { widthFrom: argv['width-from'], showsGone: argv.gone ?? false, sides: names },
        picture: {
          title: argv.title ?? 'Difference',
          subtitle: names.join(' → '),
          countname: after.weight === undefined ? 'samples' : after.weight === 'errors' ? 'errors' : 'calls',
          notice: emptiness ?? '',
          colors: argv.colors,
          negate: argv.negate ?? false,
        },
        page: { remarks: notes, losses: hasCalls ? losses : [] },
      },
    );
    const isNamed = argv.output.length > 0;
    for (const { isStdout, target } of written) if (!isNamed && !isStdout) say(`wrote ${target}`);
    const changes = largestChanges(both, MOST_CHANGES);
    if (argv.json) process.stderr.write(`${JSON.stringify(summaryOf(both, changes, names, notes))}\n`);
    else if (!argv.quiet) {
      process.stderr.write(formatChanges(both, changes, names));
      for (const note of notes) say(visibleText(note));
    }
    if (emptiness !== undefined) say(emptiness);
    const loss = argv['fail-on-loss'] ? lossSentence(losses) : undefined;
    if (loss !== undefined) say(loss);
    const damages = folds.flatMap(({ reads }) => reads.flatMap(({ report }) => report.damages));
    for (const { file, what } of damages) say(`${file}: ${what}: what comes before that is compared`);
    const failed = written.length < outputs.length || damages.length > 0 || loss !== undefined;
    return failed || (before.trie.length === 1 && after.trie.length === 1) ? EXIT.failure : EXIT.ok;
  } finally {
    progress?.end();
    discard();
    signals.close();
  }
}

/** @throws UserError when the numbers or the frames of the two mean different things */
function requireAlike(before: TextFold, after: TextFold): void {
  if (before.weight !== after.weight) {
    const [first, second] = [before, after].map(({ weight }) => weight ?? 'counts of folded text, whatever they are');
    throw new UserError(
      `cannot compare: before are ${first}, after ${second}: give --weight, or fold both by the same weight`,
    );
  }
  const isCall = (name: string) => syscallByName(name) !== undefined || /^syscall_\d+$/.test(name);
  const what = unlikeness(before.trie, after.trie, isCall);
  if (what !== undefined) throw new UserError(`cannot compare: ${what}: fold both by the same --fields`);
}

/** Totals further apart are told: they may be of different weights or units, which folded text does not tell. */
const FAR_APART = 1000;

/** A sentence about numbers whose meaning nobody has told, and which can hardly be the same; undefined: they can. */
function differenceOfScale(folds: readonly TextFold[], { normalize }: DiffArguments): string | undefined {
  if (normalize || !folds.some(({ reads }) => reads.some(({ format }) => format === 'folded'))) return undefined;
  const [before, after] = folds.map(({ trie }) => trie.totals(0)[ROOT] as number) as [number, number];
  const ratio = Math.max(before, after) / Math.min(before, after);
  if (!(ratio >= FAR_APART && ratio < Number.POSITIVE_INFINITY)) return undefined;
  const side = after > before ? 'after' : 'before';
  return `The total ${side} is ${formatCount(ratio)} times the other: folded text does not tell what it counts, are both of one weight and unit?`;
}

function whyNothing(
  both: Trie,
  before: TextFold,
  after: TextFold,
  widthFrom: 'before' | 'after',
  showsGone: boolean,
): string | undefined {
  const [first, second] = [BEFORE, AFTER].map((column) => both.totals(column)[ROOT] as number) as [number, number];
  if (first === 0 && second === 0) return whyEmpty(after) ?? whyEmpty(before) ?? 'Both are empty.';
  if (showsGone || (widthFrom === 'after' ? second : first) > 0) return undefined;
  return `There is nothing ${widthFrom}: --gone draws what there is on the other side.`;
}

function summaryOf(
  both: Trie,
  changes: readonly Change[],
  [before, after]: readonly [string, string],
  notes: readonly string[],
) {
  const { unit } = both.columns[AFTER] as Trie['columns'][number];
  const total = (column: number) => both.totals(column)[ROOT] as number;
  return {
    before: { name: before, total: total(BEFORE) },
    after: { name: after, total: total(AFTER) },
    unit,
    changes,
    notes,
  };
}

function formatChanges(both: Trie, changes: readonly Change[], [before, after]: readonly [string, string]): string {
  const column = both.columns[AFTER] as Trie['columns'][number];
  const text = (value: number) => valueText(value, column, 'samples');
  const rowOf = (change: Change) =>
    [changeText(change.after - change.before, column, 'samples'), changeShare(change.before, change.after)] as const;
  const [first, second] = [BEFORE, AFTER].map((side) => both.totals(side)[ROOT] as number) as [number, number];
  const whole = rowOf({ frames: [], before: first, after: second });
  const lines = [
    `before ${text(first)} (${visibleText(before)}), after ${text(second)} (${visibleText(after)}): ${whole.filter((part) => part !== '').join(', ')}`,
  ];
  if (changes.length === 0) return `${lines[0]}\nno stack has changed\n`;
  const rows = changes.map(rowOf);
  const widths = [0, 1].map((i) => Math.max(...rows.map((row) => (row[i] as string).length))) as [number, number];
  lines.push('largest changes');
  for (const [i, { frames }] of changes.entries()) {
    const [delta, share] = rows[i] as readonly [string, string];
    lines.push(
      `  ${delta.padStart(widths[0])}  ${share.padStart(widths[1])}  ${shortened(visibleText(stackText(frames)))}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** `cat /var/log/x read`: the frames of a path in one piece. */
function stackText(frames: readonly string[]): string {
  return frames.reduce((text, frame) =>
    frame.startsWith('/') && /\/[^ ]*$/.test(text) ? text + frame : `${text} ${frame}`,
  );
}

function shortened(text: string): string {
  if (text.length <= STACK_COLUMNS) return text;
  const half = (STACK_COLUMNS - 1) / 2;
  return `${text.slice(0, Math.floor(half))}…${text.slice(-Math.ceil(half))}`;
}
