// The join of the text sources and the pairing engine: texts of tracers and folded stacks become one Trie. Files come in,
// read one trace after another; stacks go out, with what became of lines and calls. Each trace has an engine of its own,
// for times and task numbers mean nothing beyond it, and all of them fill one Profile.

import type { TextFormat } from '../collector/text/formats.ts';
import type { Progress } from '../collector/text/lines.ts';
import { readText, type TextRead } from '../collector/text/read.ts';
import { paysApart, readTextApart } from '../collector/text/read-apart.ts';
import { columnOf, type FoldWeight, foldWithFields } from '../fold/fold.ts';
import { FOLDED_UNITS, type FoldedUnit } from '../fold/folded.ts';
import { mergeTrie } from '../fold/merge.ts';
import { type PairingCounter, PairingEngine } from '../fold/pairing.ts';
import type { FrameFields } from '../model/frame-fields.ts';
import { type Dimension, type FileType, type LossCounter, Profile, WEIGHTS, type Weight } from '../model/profile.ts';
import type { RowFilter } from '../model/row-filter.ts';
import { ROOT, Trie } from '../model/trie.ts';
import type { SyscallSelection } from '../syscalls/table.ts';

export interface TextFoldOptions {
  /** The format; found by content unless given. */
  readonly from: TextFormat | undefined;
  readonly selection: SyscallSelection;
  readonly types: readonly FileType[];
  /** Rows that are wanted; every one unless given. */
  readonly filter?: RowFilter | undefined;
  /** Rows that the profile tells apart. */
  readonly maxRows?: number | undefined;
  /** What the profile tells apart, the fields among them. */
  readonly dimensions: readonly Dimension[];
  readonly fields: readonly Dimension[];
  readonly pathFrames: 'split' | 'whole' | undefined;
  /** undefined: duration, or count where no call has one. Of folded text it says what the counts are. */
  readonly weight: FoldWeight | undefined;
  readonly unit: FoldedUnit | undefined;
  readonly onProgress?: Progress | undefined;
}

export interface TextFold {
  readonly trie: Trie;
  /** Which field each frame of the trie is of; undefined when folded text has gone into it. */
  readonly fields: FrameFields | undefined;
  /** The calls, without the stacks of folded text. */
  readonly profile: Profile;
  /** What column 0 is; undefined for the counts of folded text that nobody gave a meaning. */
  readonly weight: FoldWeight | undefined;
  readonly reads: readonly TextRead[];
  readonly counters: Readonly<Record<PairingCounter, number>>;
  readonly losses: readonly LossCounter[];
  readonly leftOut: ReadonlyMap<FileType, Readonly<Record<Weight, number>>>;
  /** Calls that --comm and --path did not let through, and the time in them. */
  readonly filteredOut: { readonly calls: number; readonly durationNs: number };
  /** Lines of folded text with two counts, of which the second was taken. */
  readonly differences: number;
}

export async function foldText(groups: readonly (readonly string[])[], options: TextFoldOptions): Promise<TextFold> {
  const { from, selection, types, filter, onProgress } = options;
  const profile = new Profile(options.dimensions, options.maxRows);
  const engines: PairingEngine[] = [];
  const stacks = new StackTrie();
  const reads: TextRead[] = [];
  for (const paths of groups) {
    const before = engines.length;
    const read = paysApart(paths) ? readTextApart : readText;
    const found = await read(paths, {
      from,
      events: () => {
        const engine = new PairingEngine({ profile, selection, types, filter });
        engines.push(engine);
        return engine;
      },
      stack: stacks.add,
      onProgress,
    });
    const traces = found.filter(({ format }) => format !== 'folded');
    for (const [i, { report }] of traces.entries()) engines[before + i]?.finish(report.lastNs);
    reads.push(...found);
  }
  const calls = sumOf(engines);
  const isFolded = engines.length === 0;
  const isUntimed = calls.counters.exits > 0 && calls.counters.untimed === calls.counters.exits;
  const fallback = isFolded ? undefined : isUntimed && stacks.trie.length === 1 ? 'count' : 'duration';
  const weight = options.weight ?? fallback;
  return { ...joined(), profile, weight, reads, ...calls, differences: stacks.differences };

  function joined(): Pick<TextFold, 'trie' | 'fields'> {
    if (weight === undefined) return { trie: stacks.trie, fields: undefined };
    const { fields, pathFrames, unit = 'ns' } = options;
    const calls = isFolded ? undefined : foldWithFields(profile, { fields, pathFrames, weight });
    if (calls !== undefined && stacks.trie.length === 1) return calls;
    const trie = calls?.trie ?? new Trie([columnOf(weight)]);
    mergeTrie(trie, stacks.trie, columnOf(weight).unit === 'ns' ? FOLDED_UNITS[unit] : 1);
    return { trie, fields: undefined };
  }
}

/** The stacks of folded text. */
class StackTrie {
  readonly trie = new Trie([{ name: 'samples', unit: 'samples', merge: 'sum' }]);
  differences = 0;

  readonly add = (frames: readonly string[], count: number, before: number | undefined): void => {
    const { trie } = this;
    let node = ROOT;
    for (let i = 0; i < frames.length; i++) node = trie.child(node, trie.texts.id(frames[i] as string));
    trie.add(node, 0, count);
    if (before !== undefined) this.differences++;
  };
}

function sumOf(engines: readonly PairingEngine[]): Pick<TextFold, 'counters' | 'losses' | 'leftOut' | 'filteredOut'> {
  const first = engines[0] ?? new PairingEngine({});
  const { counters, losses } = first;
  const leftOut = new Map<FileType, Record<Weight, number>>();
  for (const engine of engines) {
    for (const [type, weights] of engine.leftOut) {
      const sums = leftOut.get(type);
      if (sums === undefined) leftOut.set(type, { ...weights });
      else for (const weight of WEIGHTS) sums[weight] += weights[weight];
    }
  }
  return {
    counters: Object.fromEntries(
      Object.keys(counters).map((name) => [name, total((engine) => engine.counters[name as PairingCounter])]),
    ) as Record<PairingCounter, number>,
    losses: losses.map((loss, i) => ({ ...loss, count: total((engine) => engine.losses[i]?.count ?? 0) })),
    leftOut,
    filteredOut: {
      calls: total((engine) => engine.filteredOut.calls),
      durationNs: total((engine) => engine.filteredOut.durationNs),
    },
  };

  function total(value: (engine: PairingEngine) => number): number {
    return engines.reduce((sum, engine) => sum + value(engine), 0);
  }
}
