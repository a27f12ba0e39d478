/// <reference lib="dom" />
// The script inside the picture: zoom, search, and the line about the frame under the pointer. It reads the frames from
// the picture's own elements (svg.ts says what their data- attributes hold) and works without it being there alone: two
// pictures in one page do not touch. Names are text and nothing else: textContent, never markup.
// scripts/build-browser.mjs makes flame.generated.ts of it.

import { formatPercent } from '../../model/units.ts';
import { CHAR_WIDTH, FONT_SIZE, fitLabel, fitText, LABEL_PAD, X_PAD } from '../geometry.ts';

interface Frame {
  readonly group: SVGGElement;
  readonly rect: SVGRectElement;
  text: SVGTextElement | null;
  readonly title: string;
  readonly name: string;
  readonly depth: number;
  readonly start: number;
  readonly value: number;
  readonly hidden: number;
  readonly number: number;
  /** Number of the first frame behind this one that does not stand on it: parents come before their children. */
  end: number;
  isMatch: boolean;
}

/** What a search found of one frame, in units of the weight. */
interface Share {
  readonly matched: number;
  /** Belongs to frames too narrow to be drawn, whose names are not known here. */
  readonly unknown: number;
}

const SVG = 'http://www.w3.org/2000/svg';
const XHTML = 'http://www.w3.org/1999/xhtml';
const SEARCH_WIDTH = 310;

const svg = document.currentScript?.closest('svg') ?? document.querySelector('svg');
if (svg?.querySelector('.frames g')) start(svg);

function start(svg: SVGSVGElement): void {
  const width = svg.viewBox.baseVal?.width || Number(svg.getAttribute('width'));
  const container = find('.frames');
  const resetButton = find('.reset');
  const searchButton = find('.search');
  const details = find('.details');
  const matched = find('.matched');
  const frames = readFrames(container);
  const frameOf = new Map(frames.map((frame) => [frame.group as Element, frame]));
  const root = frames[0] as Frame;
  const { box, input, isRegExp } = searchField(width);
  let zoomed = root;

  container.classList.add('live');
  searchButton.classList.remove('hide');
  svg.append(box);

  container.addEventListener('click', (event) => {
    const frame = frameAt(event);
    if (frame) zoom(frame);
  });
  container.addEventListener('mouseover', (event) => {
    const frame = frameAt(event);
    details.textContent = frame ? fitDetails(frame) : '';
  });
  container.addEventListener('mouseleave', () => {
    details.textContent = '';
  });
  resetButton.addEventListener('click', () => zoom(root));
  searchButton.addEventListener('click', openSearch);
  input.addEventListener('input', search);
  isRegExp.addEventListener('change', search);
  window.addEventListener('keydown', (event) => {
    // A second Ctrl-F is the browser's own search.
    if ((event.ctrlKey || event.metaKey) && event.key === 'f' && document.activeElement !== input) {
      event.preventDefault();
      openSearch();
    } else if (event.key === 'Escape') {
      if (box.classList.contains('hide')) zoom(root);
      else closeSearch();
    }
  });

  function find(selector: string): SVGElement {
    return svg.querySelector<SVGElement>(selector) as SVGElement; // svg.ts writes each of them
  }

  function frameAt(event: Event): Frame | undefined {
    const group = (event.target as Element).closest('.frames > g');
    return group ? frameOf.get(group) : undefined;
  }

  /** The tooltip beside what the search found; a long name is cut, its numbers are not. */
  function fitDetails({ title, name }: Frame): string {
    const numbers = title.slice(title.indexOf(name) + name.length);
    const columns = (matched.textContent?.length ?? 0) + numbers.length + 2;
    return fitText(name, width - 2 * X_PAD - columns * CHAR_WIDTH * FONT_SIZE) + numbers;
  }

  function zoom(target: Frame): void {
    const scale = (width - 2 * X_PAD) / target.value;
    for (const frame of frames) {
      const isAbove = isOn(frame, target);
      const isBelow = !isAbove && isOn(target, frame);
      frame.group.classList.toggle('hide', !isAbove && !isBelow);
      frame.group.classList.toggle('above', isBelow);
      if (isAbove) place(frame, X_PAD + (frame.start - target.start) * scale, frame.value * scale);
      else if (isBelow) place(frame, X_PAD, width - 2 * X_PAD);
    }
    zoomed = target;
    resetButton.classList.toggle('hide', target === root);
    tellMatched();
  }

  function openSearch(): void {
    box.classList.remove('hide');
    searchButton.classList.add('hide');
    input.focus();
  }

  function closeSearch(): void {
    box.classList.add('hide');
    searchButton.classList.remove('hide');
    input.value = '';
    search();
  }

  function search(): void {
    let matches: (name: string) => boolean;
    try {
      matches = matcher(input.value, isRegExp.checked);
    } catch (error) {
      matches = () => false;
      mark();
      matched.classList.add('wrong');
      matched.textContent = (error as Error).message;
      return;
    }
    mark();
    tellMatched();

    function mark(): void {
      for (const frame of frames) {
        frame.isMatch = matches(frame.name);
        frame.group.classList.toggle('match', frame.isMatch);
      }
      matched.classList.remove('wrong');
    }
  }

  function tellMatched(): void {
    if (matched.classList.contains('wrong')) return;
    matched.textContent = '';
    if (input.value === '') return;
    matched.textContent = `Matched: ${percentOf(root)}`;
    if (zoomed !== root) matched.textContent += `, ${percentOf(zoomed)} of the zoomed frame`;
  }

  function percentOf(whole: Frame): string {
    const { matched, unknown } = shareOf(whole);
    return `${unknown > 0 ? 'at least ' : ''}${formatPercent(matched, whole.value)}`;
  }

  /** A frame on one that matches is part of it, and not counted again. */
  function shareOf(whole: Frame): Share {
    if (frames.some((frame) => frame.isMatch && isOn(whole, frame))) return { matched: whole.value, unknown: 0 };
    let matched = 0;
    let unknown = 0;
    for (let i = whole.number; i < whole.end; ) {
      const frame = frames[i] as Frame;
      if (frame.isMatch) matched += frame.value;
      else unknown += frame.hidden;
      i = frame.isMatch ? frame.end : i + 1;
    }
    return { matched, unknown };
  }
}

/** Whether `frame` is `base` or stands on it, at any height. */
function isOn(frame: Frame, base: Frame): boolean {
  return frame.number >= base.number && frame.number < base.end;
}

/** @throws SyntaxError when `pattern` is no regular expression */
function matcher(pattern: string, isRegExp: boolean): (name: string) => boolean {
  if (pattern === '') return () => false;
  if (isRegExp) {
    const expression = new RegExp(pattern, 'iu');
    return (name) => expression.test(name);
  }
  const wanted = pattern.toLowerCase();
  return (name) => name.toLowerCase().includes(wanted);
}

function readFrames(container: Element): readonly Frame[] {
  const frames = [...container.children].map(readFrame);
  const open: Frame[] = [];
  for (const frame of frames) {
    for (let top = open[open.length - 1]; top && top.depth >= frame.depth; top = open[open.length - 1]) {
      top.end = frame.number;
      open.pop();
    }
    open.push(frame);
  }
  return frames;
}

function readFrame(element: Element, number: number, all: ArrayLike<unknown>): Frame {
  const group = element as SVGGElement;
  const { n = '', d, x, v, h = 0 } = group.dataset;
  return {
    group,
    rect: group.querySelector('rect') as SVGRectElement,
    text: group.querySelector('text'),
    title: group.querySelector('title')?.textContent ?? '',
    name: n,
    depth: Number(d),
    start: Number(x),
    value: Number(v),
    hidden: Number(h),
    number,
    end: all.length,
    isMatch: false,
  };
}

/** Puts a frame somewhere else, with the label that fits there. */
function place(frame: Frame, x: number, widthPx: number): void {
  frame.rect.setAttribute('x', String(x));
  frame.rect.setAttribute('width', String(widthPx));
  const label = fitLabel(frame.name, widthPx);
  if (frame.text === null) {
    if (label === '') return;
    frame.text = document.createElementNS(SVG, 'text');
    frame.text.setAttribute('y', String(Number(frame.rect.getAttribute('y')) + 11));
    frame.group.append(frame.text);
  }
  frame.text.setAttribute('x', String(x + LABEL_PAD));
  frame.text.textContent = label;
}

function searchField(width: number) {
  const box = document.createElementNS(SVG, 'foreignObject');
  const size = { x: Math.max(width - SEARCH_WIDTH - X_PAD, 0), y: 6, width: SEARCH_WIDTH, height: 28 };
  for (const [name, value] of Object.entries(size)) box.setAttribute(name, String(value));
  box.classList.add('hide');
  const row = document.createElementNS(XHTML, 'div') as HTMLElement;
  row.style.cssText = 'display:flex;gap:8px;align-items:center;background:#fff;font:12px sans-serif';
  const input = document.createElementNS(XHTML, 'input') as HTMLInputElement;
  input.setAttribute('aria-label', 'Search names');
  input.placeholder = 'part of a name';
  input.style.cssText = 'flex:1;min-width:0;font:inherit';
  const label = document.createElementNS(XHTML, 'label') as HTMLElement;
  const isRegExp = document.createElementNS(XHTML, 'input') as HTMLInputElement;
  isRegExp.type = 'checkbox';
  label.append(isRegExp, 'regular expression');
  row.append(input, label);
  box.append(row);
  return { box, input, isRegExp };
}
