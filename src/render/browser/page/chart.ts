// d3-flame-graph, which draws, behind what the page needs of it: frames in, elements out. It gets new frames on every zoom and
// never zooms by itself; names reach it as text. What is clicked and pointed at is told by the number of its frame.

import flamegraph, { type HierarchyNode } from 'd3-flame-graph';
import { select } from 'd3-selection';
import type { ChartNode, Visible } from './visible.ts';

export interface ChartLook {
  readonly widthPx: number;
  readonly frameHeight: number;
  readonly isInverted: boolean;
  /** A value of `fill`. */
  readonly fill: (node: number) => string;
}

export interface Chart {
  draw(visible: Visible, look: ChartLook): void;
  /** All drawn frames. */
  frames(): Iterable<readonly [node: number, element: SVGGElement]>;
  element(node: number): SVGGElement | undefined;
  /** The frame that an element is part of; undefined: none. */
  nodeAt(target: EventTarget | null): number | undefined;
}

/** d3-flame-graph hides the label of a narrower frame, and leaves the box of HTML around it, which takes most of the layout's time. */
const NARROWEST_LABEL_PX = 35;

type Bound = SVGGElement & { readonly __data__?: HierarchyNode<ChartNode> };

/** @param onPoint a frame is pointed at; undefined: none is any more */
export function makeChart(
  container: Element,
  onPoint: (node: number | undefined, event: MouseEvent | undefined) => void,
): Chart {
  const graph = flamegraph<ChartNode>().transitionDuration(0);
  // a tooltip of our own: with none of its own d3-flame-graph writes a title for every frame
  const tooltip = Object.assign(() => {}, {
    show: (event: MouseEvent, node: unknown) => onPoint((node as HierarchyNode<ChartNode>).data.i, event),
    hide: () => onPoint(undefined, undefined),
  });
  graph.tooltip(tooltip);
  let elements = new Map<number, SVGGElement>();
  let isDrawn = false;

  return {
    draw(visible, { widthPx, frameHeight, isInverted, fill }) {
      const height = visible.depth * frameHeight;
      graph
        .width(widthPx)
        .height(height)
        .cellHeight(frameHeight)
        .inverted(isInverted)
        .setColorMapper(({ data }) => fill(data.i));
      if (isDrawn) graph.update(visible.root);
      else graph(select(container).datum(visible.root));
      isDrawn = true;
      const svg = container.querySelector('svg');
      svg?.setAttribute('height', String(height));
      svg?.setAttribute('viewBox', `0 0 ${widthPx} ${height}`); // paper has another width
      elements = new Map();
      for (const element of container.querySelectorAll<Bound>('g.frame')) {
        const node = element.__data__?.data.i;
        if (node === undefined) continue;
        elements.set(node, element);
        const label = element.lastElementChild;
        const display = Number(element.getAttribute('width')) < NARROWEST_LABEL_PX ? 'none' : 'inline';
        if (label && label.getAttribute('display') !== display) label.setAttribute('display', display);
      }
    },
    frames: () => elements,
    element: (node) => elements.get(node),
    nodeAt(target) {
      const element = target instanceof Element ? target.closest<Bound>('g.frame') : null;
      return element?.__data__?.data.i;
    },
  };
}
