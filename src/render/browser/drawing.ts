// The frames of a View as elements: which are wide enough, where they stand, what is written on them. Those that svg.ts has
// written are used as they are; others are made when a zoom brings them in. Names are text and nothing else: textContent.

import { IS_DRAWN } from '../block-format.ts';
import { differenceColor } from '../difference.ts';
import { baseline, drawnWidth, fitLabel, isUncertain, LABEL_PAD, X_PAD } from '../geometry.ts';
import { BLACK, inkOn } from '../ink.ts';
import type { Block } from './read-block.ts';
import { isCall, kindsOf, NO_KIND, type View } from './views.ts';
import type { Words } from './words.ts';

const SVG = 'http://www.w3.org/2000/svg';

export interface Drawing {
  /** The frames that are drawn, parents before their children. */
  readonly visible: readonly number[];
  /** How many frames lie upon one another, without the root. */
  readonly depth: number;
  /** Takes the elements for what is drawn, as they are. */
  adopt(): void;
  draw(zoomed: number, widthPx: number): void;
  /** The frame whose element this is, or lies in. */
  frameOf(element: Element): number | undefined;
  /** Of a frame that is drawn. */
  elementOf(frame: number): SVGGElement | undefined;
  mark(found: Uint8Array): void;
  /** Upper edge of a frame, before anything is moved. */
  top(frame: number): number;
}

/** @param isOwn the view is that of the elements that are in the container already */
export function drawView(container: Element, block: Block, view: View, words: Words, isOwn: boolean, height: number): Drawing {
  const { heading, frames } = block;
  const { frameHeight, letterWidth } = heading;
  const [widths] = view.totals as [Float64Array];
  const kinds = kindsOf(view, block);
  const elements: (SVGGElement | undefined)[] = [];
  const numbers = new Map<Element, number>();
  const labelled: Uint8Array = new Uint8Array(view.length);
  let visible: number[] = [];
  /** What is wanted to be marked, and what elements say. */
  let found: Uint8Array = new Uint8Array(view.length);
  const marked = new Uint8Array(view.length);
  const below = new Uint8Array(view.length);
  let shown = new Uint8Array(view.length);
  let depth = 0;

  if (isOwn) {
    let next = container.firstElementChild;
    for (let i = 0; i < view.length && next !== null; i++) {
      if (((frames.flags[i] as number) & IS_DRAWN) === 0) continue;
      own(i, next as SVGGElement);
      if (next.childElementCount > 2) labelled[i] = 1;
      next = next.nextElementSibling;
    }
  } else container.replaceChildren();

  function own(i: number, element: SVGGElement): void {
    elements[i] = element;
    numbers.set(element, i);
  }

  /** Those of `zoomed` and all below and on it that are wide enough. */
  function choose(zoomed: number, scale: number): number[] {
    const chosen: number[] = [];
    for (let at = view.parents[zoomed] as number; at >= 0; at = view.parents[at] as number) chosen.push(at);
    chosen.reverse();
    const end = view.ends[zoomed] as number;
    const narrowest = heading.minWidth / scale;
    for (let i = zoomed; i < end; ) {
      // what has no name is not drawn, unless something stands on it (reversed)
      const isDrawn = (widths[i] as number) >= narrowest && (view.names[i] !== -1 || view.isReversed);
      if (isDrawn || i === zoomed) chosen.push(i++);
      else i = view.ends[i] as number;
    }
    return chosen;
  }

  function draw(zoomed: number, widthPx: number): void {
    const room = widthPx - 2 * X_PAD;
    const scale = room / (widths[zoomed] as number);
    const chosen = choose(zoomed, scale);
    const nowShown = new Uint8Array(view.length);
    const start = view.starts[zoomed] as number;
    const inView: SVGGElement[] = [];
    depth = 0;
    for (const i of chosen) {
      const isBelow = i < zoomed;
      const left = isBelow ? X_PAD : X_PAD + ((view.starts[i] as number) - start) * scale;
      const element = elements[i] ?? make(i);
      place(i, element, left, isBelow ? room : (widths[i] as number) * scale);
      toggle(below, i, 'below', isBelow);
      toggle(marked, i, 'match', found[i] === 1);
      nowShown[i] = 1;
      inView.push(element);
      depth = Math.max(depth, view.depths[i] as number);
    }
    // most of a redraw at another width is the same frames: these are left where they are
    if (inView.length !== container.childElementCount || chosen.some((i) => shown[i] === 0)) {
      container.replaceChildren(...inView);
    }
    visible = chosen;
    shown = nowShown;
  }

  /** Asks no element what it knows already: there may be 10,000. */
  function toggle(states: Uint8Array, i: number, name: string, isOn: boolean): void {
    if ((states[i] === 1) === isOn) return;
    states[i] = isOn ? 1 : 0;
    elements[i]?.classList.toggle(name, isOn);
  }

  function make(i: number): SVGGElement {
    const group = document.createElementNS(SVG, 'g');
    const title = document.createElementNS(SVG, 'title');
    title.textContent = words.text(i);
    const rect = document.createElementNS(SVG, 'rect');
    rect.setAttribute('y', String(top(i)));
    rect.setAttribute('height', String(frameHeight - 1));
    const fill = fillOf(i);
    const kind = kinds[i] as number;
    if (fill !== '') rect.setAttribute('fill', fill);
    else if (kind !== NO_KIND) rect.setAttribute('class', `k${kind}`);
    group.append(title, rect);
    own(i, group);
    return group;
  }

  function top(i: number): number {
    const below = view.depths[i] as number;
    return heading.inverted
      ? heading.topPad + below * frameHeight
      : height - heading.bottomPad - (below + 1) * frameHeight + 1;
  }

  /** '': the neutral one. */
  function fillOf(i: number): string {
    const name = view.names[i] as number;
    if (heading.painting === 'names') return name < 0 ? '#c8c8c8' : `#${heading.colors.slice(name * 6, name * 6 + 6)}`;
    if (heading.painting === 'difference') {
      const delta = heading.columns.findIndex((column) => column.name === 'delta');
      const change = (view.totals[delta] as Float64Array)[i] as number;
      return differenceColor(change / heading.factor, heading.mostDelta, heading.negate);
    }
    return isCall(view, frames, i) ? (heading.kinds[kinds[i] as number] ?? '') : '';
  }

  function place(i: number, element: SVGGElement, left: number, widthPx: number): void {
    const rect = element.children[1] as SVGRectElement;
    rect.setAttribute('x', left.toFixed(2));
    rect.setAttribute('width', drawnWidth(widthPx).toFixed(2));
    const label = fitLabel(words.name(i), widthPx, letterWidth);
    if (label === '' && labelled[i] === 0) return;
    if (label === '') {
      element.children[2]?.remove();
      labelled[i] = 0;
      return;
    }
    const isClipped = heading.isClipped || isUncertain(label);
    let holder = labelled[i] === 1 ? (element.children[2] as SVGElement) : undefined;
    if (holder !== undefined && (holder.localName === 'svg') !== isClipped) {
      holder.remove();
      holder = undefined;
    }
    holder ??= makeLabel(i, element, isClipped);
    holder.setAttribute('x', (left + LABEL_PAD).toFixed(2));
    if (isClipped) holder.setAttribute('width', Math.max(widthPx - LABEL_PAD, 0).toFixed(2));
    const text = isClipped ? (holder.firstElementChild as Element) : holder;
    if (text.textContent !== label) text.textContent = label;
  }

  function makeLabel(i: number, element: SVGGElement, isClipped: boolean): SVGElement {
    const text = document.createElementNS(SVG, 'text');
    const fill = fillOf(i);
    if (fill === '') text.setAttribute('class', 'n');
    text.setAttribute('fill', fill === '' ? BLACK : inkOn(fill));
    const line = baseline(frameHeight, heading.fontSize);
    text.setAttribute('y', String(isClipped ? line : top(i) + line));
    labelled[i] = 1;
    if (!isClipped) {
      element.append(text);
      return text;
    }
    const clip = document.createElementNS(SVG, 'svg');
    clip.setAttribute('y', String(top(i)));
    clip.setAttribute('height', String(frameHeight - 1));
    clip.append(text);
    element.append(clip);
    return clip;
  }

  return {
    get visible() {
      return visible;
    },
    get depth() {
      return depth;
    },
    adopt() {
      visible = [...elements.keys()].filter((i) => elements[i] !== undefined);
      for (const i of visible) shown[i] = 1;
      depth = heading.drawnDepth;
    },
    draw,
    frameOf(element) {
      const group = element.closest('.frames > g');
      return group === null ? undefined : numbers.get(group);
    },
    elementOf: (frame) => (shown[frame] === 1 ? elements[frame] : undefined),
    mark(wanted) {
      found = wanted;
      for (const i of visible) toggle(marked, i, 'match', found[i] === 1);
    },
    top,
  };
}
