// The two frames that stand out: the one under the pointer, whose element has the tooltip, and the selected one with its ring. The
// selected one is the frame that Tab leads to: its label is, or where it has none, the ring.

import { drawnWidth } from '../geometry.ts';
import type { Drawing } from './drawing.ts';
import { svgElement } from './elements.ts';

export interface Pointers {
  hover(frame: number | undefined, text: string): void;
  /** @param isShown the ring; without it the frame is only where Tab leads to */
  select(frame: number, text: string, level: number, isShown: boolean): void;
  focus(): void;
  hasFocus(): boolean;
}

export function makePointers(container: Element, frameHeight: number, drawingNow: () => Drawing): Pointers {
  let hovered: SVGElement | undefined;
  let hoveredFrame: number | undefined;
  let ring: SVGElement | undefined;
  /** What has the focus when the selected frame has. */
  let target: SVGElement | undefined;

  function boxElement(frame: number, name: string): SVGElement | undefined {
    const box = drawingNow().boxOf(frame);
    if (box === undefined) return undefined;
    const { x, y, width } = box;
    const shown = Math.max(drawnWidth(width), 0.5);
    return svgElement('rect', { class: name, x: x.toFixed(2), y, width: shown.toFixed(2), height: frameHeight - 1 });
  }

  return {
    hover(frame, text) {
      if (frame === hoveredFrame && hovered?.isConnected) return;
      hovered?.remove();
      hoveredFrame = frame;
      hovered = frame === undefined ? undefined : boxElement(frame, 'hover');
      if (hovered === undefined) return;
      const title = svgElement('title');
      title.textContent = text;
      hovered.append(title);
      // behind the labels
      container.insertBefore(hovered, container.children[1] ?? null);
    },
    select(frame, text, level, isShown) {
      const hadFocus = target !== undefined && target === document.activeElement;
      ring?.remove();
      target?.setAttribute('tabindex', '-1');
      target?.removeAttribute('aria-selected');
      ring = boxElement(frame, isShown ? 'ring' : 'ring gone');
      if (ring === undefined) return;
      container.append(ring);
      target = drawingNow().labels.get(frame) ?? ring;
      target.setAttribute('tabindex', '0');
      target.setAttribute('role', 'treeitem');
      target.setAttribute('aria-level', String(level));
      target.setAttribute('aria-label', text);
      target.setAttribute('aria-selected', 'true');
      if (hadFocus) target.focus({ preventScroll: true });
    },
    focus: () => target?.focus({ preventScroll: true }),
    hasFocus: () => target !== undefined && target === document.activeElement,
  };
}
