// What each format makes of a Trie, and the writing of it. In: the stacks and the run's metadata. Out: the bytes of the
// artifacts, in their places. One row a format; modules are loaded when they are needed.

import { basename } from 'node:path';
import type { FoldWeight } from '../fold/fold.ts';
import type { FoldedUnit } from '../fold/folded.ts';
import { UserError } from '../model/errors.ts';
import type { FrameFields } from '../model/frame-fields.ts';
import type { RunMetadata } from '../model/profile.ts';
import type { Trie } from '../model/trie.ts';
import { formatNs } from '../model/units.ts';
import type { Page, PageFacts } from '../render/page.ts';
import type { Picture } from '../render/svg.ts';
import type { Format, Output } from './outputs.ts';
import { say } from './say.ts';
import type { Signals } from './signals.ts';

export interface ArtifactOptions {
  readonly title: string | undefined;
  readonly unit: FoldedUnit | undefined;
  /** What column 0 is; undefined: nobody knows. */
  readonly weight: FoldWeight | undefined;
  /** Why there is nothing to see, if there is nothing. */
  readonly notice: string;
  /** What has been asked of the picture; it goes before all that is found here. */
  readonly picture?: Picture;
  /** Which field each frame is of, where that is known. */
  readonly fields?: FrameFields | undefined;
  /** What a page tells besides its stacks and the metadata. */
  readonly page?: PageFacts;
  /** The Trie holds what was before and after (fold/difference.ts): how that is drawn. */
  readonly difference?: {
    readonly widthFrom: 'before' | 'after';
    readonly showsGone: boolean;
    readonly sides: readonly [before: string, after: string];
  };
}

type Writer = (trie: Trie, metadata: RunMetadata, options: ArtifactOptions) => Promise<Iterable<Uint8Array>>;

const WRITERS: Readonly<Record<Format, Writer>> = {
  folded: async (trie, _metadata, { unit = 'ns', difference }) => {
    const { writeFolded, writeTwoCounts } = await import('../fold/folded.ts');
    return difference === undefined ? writeFolded(trie, { unit }) : writeTwoCounts(trie, { unit });
  },
  svg: async (trie, metadata, options) => {
    const { renderSvg } = await import('../render/svg.ts');
    return renderSvg(await drawnOf(trie, options), pictureOf(metadata, options));
  },
  html: async (trie, metadata, options) => {
    const [{ renderPage }, { recognizedFields }] = await Promise.all([
      import('../render/page.ts'),
      import('../fold/recognized-fields.ts'),
    ]);
    const picture = pictureOf(metadata, options);
    const isAsRecorded = !picture.isReversed && !picture.flamechart;
    const drawn = await drawnOf(trie, options, true);
    const page: Page = {
      ...picture,
      ...options.difference,
      // weights can be switched: none stands in the title
      ...(options.picture === undefined ? { title: options.title ?? pageTitle(metadata) } : {}),
      wallNs: metadata.lengthNs,
      metadata: factsOf(metadata, options.difference?.sides),
      ...options.page,
      fields: options.fields ?? (isAsRecorded ? recognizedFields(drawn) : undefined),
      still: options.difference?.showsGone ? await drawnOf(trie, options) : drawn,
    };
    return renderPage(drawn, page);
  },
};

/** @param isSwitched what is only on the other side can be switched on, and is no part of the widths yet */
async function drawnOf(trie: Trie, { difference }: ArtifactOptions, isSwitched = false): Promise<Trie> {
  if (difference === undefined) return trie;
  const { drawnDifference } = await import('../fold/difference.ts');
  return drawnDifference(trie, difference.widthFrom, difference.showsGone && !isSwitched);
}

function pageTitle({ command }: RunMetadata): string {
  return command === undefined ? 'I/O' : `I/O of ${basename(command)}`;
}

function pictureOf(metadata: RunMetadata, { title, weight, notice, picture }: ArtifactOptions): Picture {
  return {
    title: title ?? (weight === undefined ? 'I/O' : `I/O by ${weight}`),
    subtitle: subtitleOf(metadata),
    countname: weight === undefined ? 'samples' : weight === 'errors' ? 'errors' : 'calls',
    notice,
    description: factsOf(metadata).map(([name, value]) => `${name}: ${value}`),
    ...picture,
  };
}

/** Writes each output; one that fails says so and costs no other. Returns those that were written. */
export async function writeArtifacts(
  outputs: readonly Output[],
  signals: Signals,
  trie: Trie,
  metadata: RunMetadata,
  options: ArtifactOptions,
): Promise<readonly Output[]> {
  const written: Output[] = [];
  // Files first: what is written as it stands may wait for its reader without end, and Ctrl-C must still end that.
  for (const output of outputs.toSorted((a, b) => Number(a.isDirect) - Number(b.isDirect))) {
    try {
      const chunks = await WRITERS[output.format](trie, metadata, options);
      if (output.isDirect) signals.letThrough(() => output.write(chunks));
      else output.write(chunks);
      written.push(output);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      say(error.message);
    }
  }
  return written;
}

function subtitleOf({ command, host, sources = [], startedAt, lengthNs }: RunMetadata): string {
  const what = command === undefined ? host : `${basename(command)} on ${host}`;
  const read = sources.length > 1 ? [`${sources[0]} and ${sources.length - 1} more`] : sources;
  const start = startedAt?.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  const length = lengthNs === undefined ? undefined : formatNs(lengthNs);
  return [what, ...read, start, length].filter((part) => part !== undefined).join(', ');
}

/** @param sides what the two sources of a difference are called */
function factsOf(
  metadata: RunMetadata,
  sides?: readonly [before: string, after: string],
): (readonly [name: string, value: string])[] {
  const { host, kernel, startedAt, lengthNs, command, sources = [], filters = [] } = metadata;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['host', host],
    ['kernel', kernel],
    ...(sides === undefined
      ? sources.map((source) => ['source', source] as const)
      : [['before', sides[0]] as const, ['after', sides[1]] as const]),
    ['start', startedAt],
    ['length', lengthNs === undefined ? undefined : formatNs(lengthNs)],
    ['command', command],
    ...filters.map((filter) => ['filter', filter] as const),
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
