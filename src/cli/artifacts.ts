// What each format makes of a Trie. In: the stacks and the run's metadata. Out: the bytes of the artifact. One row a
// format; modules are loaded when they are needed.

import { basename } from 'node:path';
import type { FoldWeight } from '../fold/fold.ts';
import type { FoldedUnit } from '../fold/folded.ts';
import type { RunMetadata } from '../model/profile.ts';
import type { Trie } from '../model/trie.ts';
import { formatNs } from '../model/units.ts';
import type { Format } from './outputs.ts';

export interface ArtifactOptions {
  readonly title: string | undefined;
  readonly unit: FoldedUnit;
  readonly weight: FoldWeight;
}

type Writer = (trie: Trie, metadata: RunMetadata, options: ArtifactOptions) => Promise<Iterable<Uint8Array>>;

const WRITERS: Readonly<Record<Format, Writer>> = {
  folded: async (trie, _metadata, { unit }) => {
    const { writeFolded } = await import('../fold/folded.ts');
    return writeFolded(trie, { unit });
  },
  svg: async (trie, metadata, { title, weight }) => {
    const { renderSvg } = await import('../render/svg.ts');
    return renderSvg(trie, {
      title: title ?? `I/O by ${weight}`,
      subtitle: subtitleOf(metadata),
      countname: weight === 'errors' ? 'errors' : 'calls',
      notice: 'No system call was seen: nothing in scope made one of the selected calls while the trace ran.',
      description: descriptionOf(metadata),
    });
  },
};

export function chunksOf(format: Format, trie: Trie, metadata: RunMetadata, options: ArtifactOptions) {
  return WRITERS[format](trie, metadata, options);
}

function subtitleOf({ command, host, startedAt, lengthNs }: RunMetadata): string {
  const what = command === undefined ? host : `${basename(command)} on ${host}`;
  return `${what}, ${startedAt?.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}, ${formatNs(lengthNs)}`;
}

function descriptionOf({ host, kernel, startedAt, lengthNs, command, filters = [] }: RunMetadata): string[] {
  return [
    `host: ${host}`,
    `kernel: ${kernel}`,
    `start: ${startedAt}`,
    `length: ${formatNs(lengthNs)}`,
    ...(command === undefined ? [] : [`command: ${command}`]),
    ...filters.map((filter) => `filter: ${filter}`),
  ];
}
