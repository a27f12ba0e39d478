// The labelled frames as a tree to those who hear the page, with all that their tooltips say; set when there is time for it.
// Narrower frames are reached from these by keys.

import type { Drawing } from './drawing.ts';
import type { View } from './views.ts';
import type { Words } from './words.ts';

const AT_ONCE = 200;

export type DescribeTree = (drawing: Drawing, view: View, words: Words) => void;

export function treeDescriber(container: Element, title: string): DescribeTree {
  let turn = 0;
  container.setAttribute('role', 'tree');
  container.setAttribute('aria-label', title);
  return (drawing, view, words) => {
    const mine = ++turn;
    const labels = [...drawing.labels];
    let next = 0;
    whenIdle(some);

    function some(): void {
      if (mine !== turn) return;
      const end = Math.min(next + AT_ONCE, labels.length);
      for (; next < end; next++) {
        const [frame, element] = labels[next] as [number, SVGElement];
        element.setAttribute('role', 'treeitem');
        element.setAttribute('aria-level', String((view.depths[frame] as number) + 1));
        element.setAttribute('aria-label', words.text(frame));
        if (!element.hasAttribute('tabindex')) element.setAttribute('tabindex', '-1');
      }
      if (next < labels.length) whenIdle(some);
    }
  };
}

function whenIdle(run: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(run);
  else setTimeout(run, 50);
}
