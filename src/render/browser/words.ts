// What the frames of a View are called and what is said of them: label, joined path, tooltip, the stack as it is copied.

import { isolated } from '../../model/isolated.ts';
import { formatPercent } from '../../model/units.ts';
import { frameText, isComponent, joinedPath } from '../frame-text.ts';
import type { Block } from './read-block.ts';
import { isCall, type View } from './views.ts';

/** Frames too narrow for the file, by whatever names. */
const LEFT_OUT = '(too narrow)';

export interface Words {
  name(i: number): string;
  /** Of a component of a path all of it up to there, otherwise the name. */
  fullName(i: number): string;
  /** The tooltip. */
  text(i: number): string;
  /** Beside the tooltip when the picture is zoomed into `zoomed`: ` · 12.3 % of the zoomed frame`. */
  share(i: number, zoomed: number): string;
  /** Full names from the frame down to the root's child, as they are when the stacks are turned round. */
  turned(i: number): string[];
  /** From the root's child to the frame, `;` between, paths joined. */
  stack(i: number): string;
}

export function wordsOf(view: View, { heading, names, frames }: Block): Words {
  const { columns, countname, negate, factor } = heading;
  const wording = { columns, countname, negate };
  const isReversed = view.isReversed !== heading.isReversed;
  const paths: (string | undefined)[] = [];
  const values = new Float64Array(columns.length);

  function name(i: number): string {
    const at = view.names[i] as number;
    return at < 0 ? LEFT_OUT : (names[at] as string);
  }

  /** Goes down to what is known already, and up again: there may be 100,000 frames below. */
  function path(i: number): string {
    let from = i;
    const above: number[] = [];
    while (from > 0 && paths[from] === undefined) {
      above.push(from);
      const isPart = isComponent(name(from)) || (isCall(view, frames, from) && !isReversed);
      from = isPart ? (view.parents[from] as number) : 0;
    }
    for (let at = above.pop(); at !== undefined; at = above.pop()) {
      const below = view.parents[at] as number;
      const belowPath = below > 0 ? (paths[below] ?? '') : '';
      const own = joinedPath(name(at), below > 0 ? name(below) : '', belowPath, isReversed);
      paths[at] = own === '' && isCall(view, frames, at) ? belowPath : own;
    }
    return paths[i] ?? '';
  }

  function fullName(i: number): string {
    return isComponent(name(i)) ? path(i) : name(i);
  }

  return {
    name,
    fullName,
    text(i) {
      for (let column = 0; column < columns.length; column++) {
        values[column] = ((view.totals[column] as Float64Array)[i] as number) / factor;
      }
      const total = i === 0 ? undefined : view.whole / factor;
      const text = frameText(wording, isolated(fullName(i)), values, total);
      return isCall(view, frames, i) && path(i) !== '' ? `${text}\n${isolated(path(i))}` : text;
    },
    share(i, zoomed) {
      const [widths] = view.totals as [Float64Array];
      return ` · ${formatPercent(widths[i] as number, widths[zoomed] as number)} of the zoomed frame`;
    },
    turned(i) {
      const all: string[] = [];
      let below = '';
      let path = '';
      for (let at = i; at > 0; at = view.parents[at] as number) {
        const own = name(at);
        path = joinedPath(own, below, path, !isReversed);
        all.push(isComponent(own) ? path : own);
        below = own;
      }
      return all;
    },
    stack(i) {
      const parts: string[] = [];
      for (let at = i; at > 0; at = view.parents[at] as number) {
        parts.push(fullName(at));
        // a path's lower components are in it already
        while (isComponent(name(at)) && isComponent(name(view.parents[at] as number))) at = view.parents[at] as number;
        if (isComponent(name(at)) && name(view.parents[at] as number) === '...') at = view.parents[at] as number;
      }
      return parts.reverse().join(';');
    },
  };
}
