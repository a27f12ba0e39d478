// What the frames of a Tree are called and what is said of them: label, joined path, tooltip, the stack as it is copied.

import { isolated } from '../../../model/isolated.ts';
import { formatPercent } from '../../../model/units.ts';
import { frameText } from '../../frame-text.ts';
import { changeShare, changeText, valueText } from '../../meaning.ts';
import type { Measure, Sums } from './measures.ts';
import type { Paths } from './paths.ts';
import type { Stacks } from './stacks.ts';
import type { Tree } from './tree.ts';

export interface Words {
  name(node: number): string;
  /** Of a part of a path all of it up to there, otherwise the name. */
  fullName(node: number): string;
  /** The tooltip: all weights, and beside a zoomed frame the share of that. */
  text(node: number, zoomed: number): string;
  /** From the root's child to the frame, `;` between, paths joined. */
  stack(node: number): string;
}

export function wordsOf(stacks: Stacks, paths: Paths, tree: Tree, sums: Sums, measure: Measure): Words {
  const { heading, names } = stacks;
  const { nodes } = tree;
  const isReversed = (tree.grouping.isReversed ?? false) !== heading.isReversed;
  const pathOf = () => paths.of(nodes, isReversed);

  const name = (node: number) => names[nodes.names[node] as number] as string;

  function fullName(node: number): string {
    const path = pathOf()[node] as number;
    return path === 0 ? name(node) : paths.text(path);
  }

  function label(node: number): string {
    return isolated(node === 0 ? name(0) : fullName(node));
  }

  function differenceText(node: number, total: number): string {
    const { column, countname, factor } = measure;
    const [width, before, after] = [sums.drawn(), sums.before(), sums.after()].map(
      (values) => (values[node] as number) / factor,
    ) as [number, number, number];
    const change = [changeText(after - before, column, countname), changeShare(before, after)].filter(
      (part) => part !== '',
    );
    return [
      `${label(node)}: ${valueText(width, column, countname)} (${formatPercent(width, total)})`,
      `before ${valueText(before, column, countname)}`,
      `after ${valueText(after, column, countname)}`,
      change.length > 1 ? `${change[0]} (${change[1]})` : change[0],
    ].join(' · ');
  }

  function weightsText(node: number, total: number): string {
    const { factor } = measure;
    const order = [measure.index, ...heading.columns.keys()].filter((column, i, all) => all.indexOf(column) === i);
    const columns = order.map((column) => heading.columns[column] as (typeof heading.columns)[number]);
    const values = order.map((column) => sums.value(column, node) / factor);
    if (node === 0) values[0] = total;
    const wording = { columns, countname: measure.countname, negate: false };
    return frameText(wording, label(node), values, node === 0 ? undefined : total);
  }

  return {
    name,
    fullName,
    text(node, zoomed) {
      const drawn = sums.drawn();
      const total = sums.whole / measure.factor;
      let text = heading.painting === 'difference' ? differenceText(node, total) : weightsText(node, total);
      if (zoomed > 0 && node !== zoomed && node > zoomed) {
        text += ` · ${formatPercent(drawn[node] as number, drawn[zoomed] as number)} of the zoomed frame`;
      }
      const path = lastPath(node);
      return path === '' ? text : `${text}\n${isolated(path)}`;
    },
    stack(node) {
      const parts: string[] = [];
      const byNode = pathOf();
      for (let at = node; at > 0; at = nodes.parents[at] as number) {
        parts.push(fullName(at));
        // a path's lower frames are in it already
        while (isContinued(at)) at = nodes.parents[at] as number;
      }
      return parts.reverse().join(';');

      function isContinued(at: number): boolean {
        const path = byNode[at] as number;
        const below = byNode[nodes.parents[at] as number] as number;
        return path !== 0 && below !== 0 && paths.parent(path) === below;
      }
    },
  };

  /** The path that a call stands on; '' for none. */
  function lastPath(node: number): string {
    const field = heading.fields[nodes.fields[node] as number];
    const parent = nodes.parents[node] as number;
    if (field !== 'syscall' || parent <= 0) return '';
    const path = pathOf()[parent] as number;
    return path === 0 ? '' : paths.text(path);
  }
}
