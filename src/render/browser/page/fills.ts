// The colour of each frame, and whether its label is dark or light. In: a tree and what is drawn. Out: values of `fill`; those that
// depend on light or dark are variables of the page's style sheet.

import { differenceColor } from '../../difference.ts';
import { inkOn, WHITE } from '../../ink.ts';
import { type FrameKinds, frameKinds, NO_KIND } from './kinds.ts';
import type { Sums } from './measures.ts';
import type { Stacks } from './stacks.ts';
import type { Tree } from './tree.ts';

export type Ink = 'auto' | 'dark' | 'light';

export interface Fills {
  fill(node: number): string;
  /** `auto`: as the page's. */
  ink(node: number): Ink;
  /** Of all frames but some. */
  readonly mostInk: Ink;
  readonly kinds: FrameKinds | undefined;
}

export function fillsOf(
  stacks: Stacks,
  kindsOfStacks: Uint8Array | undefined,
  tree: Tree,
  sums: Sums,
  drawn: Float64Array,
): Fills {
  const { heading } = stacks;
  const { nodes } = tree;
  if (heading.painting === 'difference') return differenceFills(stacks, tree, sums);
  if (kindsOfStacks === undefined) {
    const color = (node: number) => {
      const name = nodes.names[node] as number;
      return `#${heading.colors.slice(name * 6, name * 6 + 6)}`;
    };
    return {
      kinds: undefined,
      mostInk: 'dark',
      fill: color,
      ink: (node) => (inkOn(color(node)) === WHITE ? 'light' : 'dark'),
    };
  }
  const kinds = frameKinds(stacks, kindsOfStacks, tree, drawn);
  const syscall = heading.fields.indexOf('syscall');
  const isCall = (node: number) => node > 0 && nodes.fields[node] === syscall && kinds.most[node] !== NO_KIND;
  return {
    kinds,
    mostInk: 'auto',
    fill(node) {
      const kind = kinds.most[node] as number;
      if (node === 0 || kind === NO_KIND) return 'var(--neutral)';
      return isCall(node) ? `var(--k${kind})` : `var(--t${kind})`;
    },
    ink: (node) => (isCall(node) ? 'dark' : 'auto'),
  };
}

function differenceFills({ heading }: Stacks, { nodes }: Tree, sums: Sums): Fills {
  const [before, after] = [sums.before(), sums.after()];
  let most = 0;
  // the root says how much the whole has changed, which would leave all else pale
  for (let node = 1; node < nodes.length; node++) {
    most = Math.max(most, Math.abs((after[node] as number) - (before[node] as number)));
  }
  const color = (node: number) =>
    differenceColor(
      (after[node] as number) - (before[node] as number),
      Math.max(most, Number.MIN_VALUE),
      heading.negate,
      heading.differencePalette,
    );
  return {
    kinds: undefined,
    mostInk: 'dark',
    fill: color,
    ink: (node) => (inkOn(color(node)) === WHITE ? 'light' : 'dark'),
  };
}
