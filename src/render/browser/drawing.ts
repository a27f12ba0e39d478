// The frames of a View on the screen. Boxes of one colour in one row are one path, so that 10,000 frames are some hundred
// elements: styling and laying out an element costs a browser ten times what this does. Labels are elements, and so are the
// frame under the pointer and the selected one; which frame lies at a place is told by numbers. Names are text and nothing else.

import { differenceColor } from '../difference.ts';
import { baseline, drawnWidth, fitLabel, isUncertain, LABEL_PAD, X_PAD } from '../geometry.ts';
import { BLACK, inkOn } from '../ink.ts';
import { svgElement } from './elements.ts';
import type { Block } from './read-block.ts';
import { isCall, kindsOf, NO_KIND, type View } from './views.ts';
import type { Words } from './words.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Drawing {
  /** The frames that are drawn, parents before their children. */
  readonly visible: readonly number[];
  /** How many frames lie upon one another, without the root. */
  readonly depth: number;
  draw(zoomed: number, widthPx: number): void;
  /** The frame at a place, in px of the container. */
  at(x: number, y: number): number | undefined;
  /** Where a frame is; undefined: not drawn. */
  boxOf(frame: number): Box | undefined;
  /** The elements of labels, by frame. */
  readonly labels: ReadonlyMap<number, SVGElement>;
  mark(found: Uint8Array): void;
}

/** Each colour or tint (`k` and its kind) that boxes have, by number. */
interface Looks {
  readonly list: readonly string[];
  readonly ofFrame: Int32Array;
  /** The one that a narrow box has in place of it, or a sliver. */
  rough(look: number, isSliver: boolean): number;
  /** Not by its colour alone: it has an outline, where there is room for that. */
  match(isNarrow: boolean): number;
}

const MATCH = 'match ';

/** Boxes narrower than this, px, share their colours with others that look the same there: the fewer colours, the fewer paths. */
const NARROW = 4;
const SLIVER = 1;

export function drawView(
  boxes: Element,
  texts: Element,
  block: Block,
  view: View,
  words: Words,
  height: number,
): Drawing {
  const { heading, frames } = block;
  const { frameHeight, letterWidth } = heading;
  const [widths] = view.totals as [Float64Array];
  const kinds = kindsOf(view, block);
  const delta = heading.columns.findIndex(({ name }) => name === 'delta');
  const labels = new Map<number, SVGElement>();
  const looks = looksOf(view.length, heading.searchColor, (i) => fillOf(i) || `k${kinds[i]}`);
  let visible: number[] = [];
  /** Of the visible ones, in their order. */
  let lefts = new Float64Array(0);
  let rights = new Float64Array(0);
  /** By depth: places in `visible`, from left to right. */
  let rows: number[][] = [];
  let zoomed = 0;
  let found: Uint8Array = new Uint8Array(view.length);

  /** Those of `zoomed` and all below and on it that are wide enough. */
  function choose(scale: number): number[] {
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

  function draw(target: number, widthPx: number): void {
    zoomed = target;
    const room = widthPx - 2 * X_PAD;
    const scale = room / (widths[zoomed] as number);
    const start = view.starts[zoomed] as number;
    visible = choose(scale);
    lefts = new Float64Array(visible.length);
    rights = new Float64Array(visible.length);
    rows = [];
    for (let place = 0; place < visible.length; place++) {
      const i = visible[place] as number;
      const left = i < zoomed ? X_PAD : X_PAD + ((view.starts[i] as number) - start) * scale;
      lefts[place] = left;
      rights[place] = left + (i < zoomed ? room : (widths[i] as number) * scale);
      const depth = view.depths[i] as number;
      const row = rows[depth];
      if (row === undefined) rows[depth] = [place];
      else row.push(place);
    }
    paint();
    write();
  }

  function paint(): void {
    const groups: SVGElement[] = [];
    for (const [depth, row] of rows.entries()) {
      const shapes: string[] = []; // by look
      const used: number[] = [];
      for (const place of row) {
        const i = visible[place] as number;
        const left = lefts[place] as number;
        const width = (rights[place] as number) - left;
        const own = looks.ofFrame[i] as number;
        const isNarrow = width < NARROW;
        const look = found[i] === 1 ? looks.match(isNarrow) : isNarrow ? looks.rough(own, width < SLIVER) : own;
        if (shapes[look] === undefined) used.push(look);
        // in hundredths of a px: whole numbers become letters much faster
        const x = Math.round(left * 100);
        const breadth = Math.round(drawnWidth(width) * 100);
        shapes[look] = `${shapes[look] ?? ''}M${x} 0h${breadth}v${frameHeight - 1}h-${breadth}z`;
      }
      const group = svgElement('g', { transform: `translate(0 ${topOf(depth)}) scale(.01 1)` });
      if (depth < (view.depths[zoomed] as number)) group.setAttribute('opacity', '0.55');
      for (const look of used) group.append(pathOf(looks.list[look] as string, shapes[look] as string));
      groups.push(group);
    }
    boxes.replaceChildren(...groups);
  }

  function pathOf(look: string, shape: string): SVGElement {
    if (look.startsWith(MATCH)) return svgElement('path', { d: shape, fill: look.slice(MATCH.length), class: 'match' });
    if (look.startsWith('#')) return svgElement('path', { d: shape, fill: look });
    return svgElement('path', look === `k${NO_KIND}` ? { d: shape } : { d: shape, class: look });
  }

  /** '': the neutral one, or a tint. */
  function fillOf(i: number): string {
    const name = view.names[i] as number;
    if (heading.painting === 'names' && i === 0) return heading.rootColor;
    if (heading.painting === 'names') return name < 0 ? '#c8c8c8' : `#${heading.colors.slice(name * 6, name * 6 + 6)}`;
    if (heading.painting === 'difference') {
      const change = (view.totals[delta] as Float64Array)[i] as number;
      return differenceColor(change / heading.factor, heading.mostDelta, heading.negate, heading.differencePalette);
    }
    return isCall(view, frames, i) ? (heading.kinds[kinds[i] as number] ?? '') : '';
  }

  function topOf(depth: number): number {
    if (heading.inverted) return heading.topPad + depth * frameHeight;
    return height - heading.bottomPad - (depth + 1) * frameHeight + 1;
  }

  /** The labels. */
  function write(): void {
    const focused = [...labels].find(([, element]) => element === document.activeElement)?.[0];
    labels.clear();
    const line = baseline(frameHeight, heading.fontSize);
    for (let place = 0; place < visible.length; place++) {
      const left = lefts[place] as number;
      const width = (rights[place] as number) - left;
      if (width < letterWidth * 3) continue;
      const i = visible[place] as number;
      const label = fitLabel(words.name(i), width, letterWidth);
      if (label === '') continue;
      const y = topOf(view.depths[i] as number);
      const text = svgElement('text', inkOf(i));
      text.textContent = label;
      if (!heading.isClipped && !isUncertain(label)) {
        text.setAttribute('x', (left + LABEL_PAD).toFixed(2));
        text.setAttribute('y', String(y + line));
        labels.set(i, text);
        continue;
      }
      text.setAttribute('y', String(line));
      const room = Math.max(width - LABEL_PAD, 0).toFixed(2);
      const clip = svgElement('svg', { x: (left + LABEL_PAD).toFixed(2), y, width: room, height: frameHeight - 1 });
      clip.append(text);
      labels.set(i, clip);
    }
    texts.replaceChildren(...labels.values());
    if (focused !== undefined) labels.get(focused)?.focus({ preventScroll: true });
  }

  function inkOf(i: number): Readonly<Record<string, string>> {
    if (found[i] === 1) return { fill: inkOn(heading.searchColor) };
    const fill = fillOf(i);
    return fill === '' ? { class: 'n', fill: BLACK } : { fill: inkOn(fill) };
  }

  /** The last place of a row that starts at or before x. */
  function placeAt(row: readonly number[], x: number): number | undefined {
    let low = 0;
    let high = row.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lefts[row[middle] as number] as number) <= x) low = middle + 1;
      else high = middle;
    }
    return row[low - 1];
  }

  return {
    get visible() {
      return visible;
    },
    get depth() {
      return rows.length - 1;
    },
    labels,
    draw,
    at(x, y) {
      const up = Math.floor((heading.inverted ? y - topOf(0) : topOf(0) + frameHeight - 1 - y) / frameHeight);
      const place = placeAt(rows[up] ?? [], x);
      return place === undefined || (rights[place] as number) < x ? undefined : visible[place];
    },
    boxOf(frame) {
      const depth = view.depths[frame] as number;
      const place = rows[depth]?.find((place) => visible[place] === frame);
      if (place === undefined) return undefined;
      const x = lefts[place] as number;
      return { x, y: topOf(depth), width: (rights[place] as number) - x };
    },
    mark(wanted) {
      const before = found;
      found = wanted;
      paint();
      for (const [i, element] of labels) {
        if (before[i] === found[i]) continue;
        const text = element.localName === 'svg' ? (element.firstElementChild as Element) : element;
        text.removeAttribute('class');
        for (const [name, value] of Object.entries(inkOf(i))) text.setAttribute(name, value);
      }
    },
  };
}

function looksOf(length: number, match: string, look: (frame: number) => string): Looks {
  const list: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (text: string) => {
    let number = numbers.get(text);
    if (number === undefined) {
      number = list.push(text) - 1;
      numbers.set(text, number);
    }
    return number;
  };
  const ofFrame = new Int32Array(length);
  for (let i = 0; i < length; i++) ofFrame[i] = numberOf(look(i));
  const exact = list.slice();
  const narrow = exact.map((text) => numberOf(text.replace(/^#(.).(.).(.).$/, '#$18$28$38')));
  const slivers = exact.map((text) => numberOf(text.startsWith('#') ? rounded(text) : text));
  const narrowMatch = numberOf(match);
  const wideMatch = numberOf(MATCH + match);
  return {
    list,
    ofFrame,
    rough: (look, isSliver) => (isSliver ? slivers : narrow)[look] as number,
    match: (isNarrow) => (isNarrow ? narrowMatch : wideMatch),
  };
}

/** Of each channel the upper two bits. */
function rounded(color: string): string {
  const value = Number.parseInt(color.slice(1), 16);
  return `#${((value & 0xc0c0c0) | 0x202020).toString(16).padStart(6, '0')}`;
}
