// The frames as a tree to those who hear the page: roles and levels, set when there is time for it, because a picture may have
// 10,000 frames. Their names are those of their tooltips.

import type { Drawing } from './drawing.ts';
import type { View } from './views.ts';

const AT_ONCE = 400;
const described = new WeakMap<Element, number>();
let turn = 0;

export function describeTree(container: Element, title: string, view: View, drawing: Drawing): void {
  container.setAttribute('role', 'tree');
  container.setAttribute('aria-label', title);
  const mine = ++turn;
  const { visible } = drawing;
  let next = 0;
  whenIdle(some);

  function some(): void {
    if (mine !== turn) return;
    const end = Math.min(next + AT_ONCE, visible.length);
    for (; next < end; next++) {
      const frame = visible[next] as number;
      const element = drawing.elementOf(frame);
      const level = (view.depths[frame] as number) + 1;
      if (element === undefined || described.get(element) === level) continue;
      described.set(element, level);
      element.setAttribute('role', 'treeitem');
      element.setAttribute('aria-level', String(level));
    }
    if (next < visible.length) whenIdle(some);
  }
}

function whenIdle(run: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(run);
  else setTimeout(run, 50);
}
