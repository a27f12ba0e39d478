// What can be drawn: the weights of the page as readers choose them, and what each node of a tree is worth in them. Sums are
// found when they are asked for and kept as long as their tree.

import type { Column } from '../../../model/trie.ts';
import type { Stacks } from './stacks.ts';
import type { Tree } from './tree.ts';

export interface Measure {
  /** Place in the columns. */
  readonly index: number;
  readonly column: Column;
  /** As it stands in the address and on the control. */
  readonly label: string;
  readonly countname: string;
  readonly factor: number;
}

const LABELS: Readonly<Record<string, string>> = { durationNs: 'duration', gapNs: 'gap' };
/** In the order of the control. */
const ORDER = ['durationNs', 'calls', 'bytes', 'errors', 'gapNs'];

export function measuresOf({ heading }: Stacks): readonly Measure[] {
  const measures = heading.columns.flatMap((column, index) => {
    if (column.merge === 'max' || column.name === 'delta') return [];
    const label = LABELS[column.name] ?? column.name;
    return [{ index, column, label, countname: index === 0 ? heading.countname : 'samples', factor: heading.factor }];
  });
  const rank = ({ column }: Measure) => ORDER.indexOf(column.name);
  return measures.toSorted((a, b) => rank(a) - rank(b));
}

/** What the nodes of one tree are worth, multiplied by the factor. */
export interface Sums {
  /** What widths are drawn from. */
  drawn(): Float64Array;
  /** What the whole width stands for. */
  readonly whole: number;
  /** What one node is worth in a column: for a tooltip, which needs no sums of all the others. */
  value(index: number, node: number): number;
  // of a difference
  before(): Float64Array;
  after(): Float64Array;
}

/** Weights of the stacks. */
export interface StackWeights {
  drawn(measure: Measure, showsGone: boolean): Float64Array;
  before(): Float64Array;
  after(): Float64Array;
}

export function stackWeights({ heading, weights }: Stacks): StackWeights {
  const [widths] = weights as [Float64Array];
  const deltas = weights[heading.columns.findIndex(({ name }) => name === 'delta')];
  const fromAfter = heading.widthFrom === 'after';
  const other = once(() => widths.map((width, i) => width + (fromAfter ? -1 : 1) * ((deltas?.[i] as number) ?? 0)));
  const withGone = once(() => widths.map((width, i) => (width > 0 ? width : (other()[i] as number))));
  return {
    drawn: ({ index }, showsGone) =>
      deltas !== undefined && showsGone ? withGone() : (weights[index] as Float64Array),
    before: () => (fromAfter ? other() : widths),
    after: () => (fromAfter ? widths : other()),
  };
}

export function sumsOf(stacks: Stacks, all: StackWeights, tree: Tree, measure: Measure, showsGone: boolean): Sums {
  const { heading, weights } = stacks;
  const drawn = once(() => tree.sums(all.drawn(measure, showsGone)));
  const isAll = tree.endOf.every((node) => node >= 0);
  const most = measure.index === 0 && isAll ? heading.total : 0;
  return {
    drawn,
    whole: Math.max(most, drawn()[0] as number),
    value(index, node) {
      const column = weights[index] as Float64Array;
      const isLongest = heading.columns[index]?.merge === 'max';
      const end = tree.nodes.ends[node] as number;
      let value = 0;
      for (let stack = 0; stack < column.length; stack++) {
        const at = tree.endOf[stack] as number;
        if (at < node || at >= end) continue;
        value = isLongest ? Math.max(value, column[stack] as number) : value + (column[stack] as number);
      }
      return value;
    },
    before: once(() => tree.sums(all.before())),
    after: once(() => tree.sums(all.after())),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
