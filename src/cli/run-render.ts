// `ior-flame render`: folded text, from files or stdin, becomes a picture. What is wrong with the command line or a name is said
// before anything is read, and nothing is written until all has been. Where no line holds a stack, the picture says so.

import { constants } from 'node:os';
import { readStacks } from '../collector/folded/read-stacks.ts';
import { findInputs, inputPath } from '../collector/text/inputs.ts';
import { describeBad, type TextReport } from '../collector/text/report.ts';
import { type StackOptions, Stacks } from '../fold/stacks.ts';
import { EXIT, UserError } from '../model/errors.ts';
import { Texts } from '../model/texts.ts';
import { ROOT, type Trie } from '../model/trie.ts';
import { counted, formatCount } from '../model/units.ts';
import { namePalette, type RenderOptions } from '../render/options.ts';
import { writeArtifacts } from './artifacts.ts';
import { openOutputs } from './outputs.ts';
import { readPalette, writePalette } from './palette-map.ts';
import { ReadingProgress, wantsProgress } from './progress.ts';
import { countUnit, HELP, type RenderSettings, renderSettings } from './render-options.ts';
import { say } from './say.ts';
import { Signals } from './signals.ts';

/** Of folded text, for one node of the tree: less than that of most captures, so that there is room enough. */
const NODE_BYTES = 24;
const MOST_EXPECTED = 1 << 24;

/** @param words behind `render` @returns the exit code */
export async function runRender(words: readonly string[]): Promise<number> {
  const settings = renderSettings(words);
  if (settings.files.length === 0 && process.stdin.isTTY) {
    throw new UserError(`no FILE to render: name one, or pipe folded text in; see ${HELP}`);
  }
  const named = settings.files.length === 0 ? ['-'] : settings.files;
  const { groups, sizeBytes, repeated } = findInputs(named);
  // in the order of the command line: a flame chart tells time
  const places = new Map(named.map((name, i) => [inputPath(name), i] as const).reverse());
  const paths = groups.flat().sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
  const palette = settings.cp ? readPalette() : undefined;
  const signals = new Signals();
  const outputs = openOutputs(settings.output, settings.format);
  const discard = () => {
    for (const output of outputs) output.discard();
  };
  process.once('exit', discard);
  signals.handler = (signal) => process.exit(128 + constants.signals[signal]);
  const progress = wantsProgress(settings) ? new ReadingProgress(sizeBytes) : undefined;
  try {
    const texts = new Texts();
    const stacks = new Stacks(
      texts,
      stackOptions(settings),
      Math.min(Math.ceil((sizeBytes ?? 0) / NODE_BYTES), MOST_EXPECTED),
    );
    const reports = await readStacks(paths, texts, stacks, { sizeBytes, onProgress: progress?.add });
    const trie = stacks.finish();
    progress?.end();
    const notes = repeated.map((name) => `${name} was named before and is read once`);
    const ofPictures = outputs.some(({ format }) => format === 'html') ? optionsOfPictures(settings.options) : [];
    if (ofPictures.length > 0) {
      notes.push(
        `A page is as wide as its window, in light or dark colours of its own: ${ofPictures.join(', ')} left out`,
      );
    }
    notes.push(...notesOf(stacks, trie, settings));
    const bad = describeBad(reports);
    if (bad !== undefined) notes.push(bad);
    if (!settings.quiet) for (const note of notes) say(note);
    const emptiness = whyEmpty(trie, reports, stacks);
    if (emptiness !== undefined) say(emptiness);
    const damages = reports.flatMap((report) => report.damages);
    for (const { file, what } of damages) say(`${file}: ${what}: what comes before that is drawn`);
    const written = await writeArtifacts(
      outputs,
      signals,
      trie,
      {},
      {
        title: undefined,
        unit: undefined,
        weight: undefined,
        notice: '',
        picture: { ...pictureOf(settings, emptiness), nameColors: palette },
        page: { remarks: notes },
      },
    );
    if (palette !== undefined && emptiness === undefined) await savePalette(palette, trie, settings.options);
    const isNamed = settings.output.length > 0;
    if (!isNamed) for (const { isStdout, target } of written) if (!isStdout) say(`wrote ${target}`);
    const failed = emptiness !== undefined || written.length < outputs.length || damages.length > 0;
    return failed ? EXIT.failure : EXIT.ok;
  } finally {
    progress?.end();
    discard();
    signals.close();
  }
}

/** With the colours that all names of the picture have. */
async function savePalette(
  palette: Map<string, string>,
  { texts }: Trie,
  { colors, hash }: RenderOptions,
): Promise<void> {
  const { nameColors } = await import('../render/painting.ts');
  const colorOf = nameColors(namePalette(colors), hash, palette);
  for (let id = 0; id < texts.length; id++) {
    const name = id === 0 ? '' : texts.text(id);
    palette.set(name, colorOf(name));
  }
  writePalette(palette);
}

/** The options given that mean nothing to a page. */
function optionsOfPictures({ isFluid, fontWidth, bgcolors }: RenderOptions): string[] {
  const given = { '--width': !isFluid, '--fontwidth': fontWidth !== undefined, '--bgcolors': bgcolors !== undefined };
  return Object.entries(given).flatMap(([option, isGiven]) => (isGiven ? [option] : []));
}

function stackOptions({ options, reverse, base, factor, diff }: RenderSettings): StackOptions {
  const { unit, scale } = countUnit(options.countname);
  return { unit, diff, flamechart: options.flamechart, reverse, base, factor: factor * scale };
}

function pictureOf({ options, reverse, factor }: RenderSettings, emptiness: string | undefined) {
  const { scale } = countUnit(options.countname);
  const total = options.total === undefined ? undefined : options.total * factor * scale;
  return { ...options, total, isReversed: reverse, notice: emptiness ?? '' };
}

/** What was understood otherwise than it may have been meant. */
function notesOf(stacks: Stacks, trie: Trie, { options, base, factor, diff }: RenderSettings): string[] {
  const notes: string[] = [];
  if (stacks.differences > 0 && !diff) {
    notes.push(
      `${counted(stacks.differences, 'lines')} with two counts: the second was taken, --diff shows what changed`,
    );
  }
  if (diff && stacks.differences === 0) {
    notes.push('no line has two counts: there is nothing for --diff and --negate to show');
  }
  if (stacks.withoutBase > 0) {
    notes.push(`${counted(stacks.withoutBase, 'stacks')} without ${base.join(' or ')} left out, as --base asks`);
  }
  const { scale } = countUnit(options.countname);
  const sum = (trie.totals(0)[ROOT] as number) / factor / scale;
  // a difference that small is one of rounding
  if (options.total !== undefined && sum > options.total * 1.02) {
    notes.push(`Specified --total ${options.total} is less than actual total ${formatCount(sum)}, so ignored`);
  }
  return notes;
}

/** Why there is no picture; undefined when there is one. */
function whyEmpty(trie: Trie, reports: readonly TextReport[], stacks: Stacks): string | undefined {
  if ((trie.totals(0)[ROOT] as number) > 0) return undefined;
  const understood = reports.reduce((sum, report) => sum + report.understood, 0);
  let why = 'a line of folded text is "frame;frame count"';
  if (reports.every(({ lines }) => lines === 0)) why = 'nothing to read';
  else if (stacks.withoutBase > 0 && stacks.withoutBase === understood) why = 'no stack has the base';
  else if (understood > 0) why = 'all counts are 0';
  return `No stack counts found: ${why}`;
}
