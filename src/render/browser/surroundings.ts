// What stands around the frames: title and legend, which follow the width, the controls above, the line below, and the size of
// the whole. Where the picture is the page and taller than its window, controls and line stay in sight.

import type { Heading } from '../block-format.ts';
import { fitText, legendRow, legendWidth, TITLE_MARGIN, X_PAD } from '../geometry.ts';
import type { Controls } from './controls.ts';
import type { Drawing } from './drawing.ts';
import { svgElement } from './elements.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Surroundings {
  /** Of the picture, px: of its window or of what it stands in, if it is to follow that. */
  width(): number;
  /** Makes room for frames of that depth and lays out everything around them. */
  fit(depth: number, widthPx: number): void;
  onResize(redraw: () => void): void;
  /** About a frame. @param taken letters that the other text of the line has */
  showDetails(text: string, taken: number): void;
  showMatched(text: string, isWrong: boolean, widthPx: number): void;
  /** What can be seen of the picture, in its px. */
  seen(): { left: number; top: number; right: number; bottom: number };
  /** Of an event, in px of the picture. */
  placeOf(event: MouseEvent): Place;
  /** Under a frame. */
  placeUnder(drawing: Drawing, frame: number): Place;
  /** How far down the frames are moved. */
  shift(): number;
  scrollTo(drawing: Drawing, frame: number): void;
  /** At first, of a picture that is taller than its window: flames grow from the bottom. */
  showRoot(): void;
}

export function makeSurroundings(
  svg: SVGSVGElement,
  heading: Heading,
  controls: Controls,
  isPage: boolean,
): Surroundings {
  const container = svg.querySelector('.frames') as SVGGElement; // svg.ts writes all of these
  const head = svg.querySelector('.head') as SVGGElement;
  const centred = [...head.children]
    .filter((child) => child.localName === 'text')
    .map((text) => ({
      text,
      words: text.textContent ?? '',
      size: Number(text.getAttribute('font-size') ?? heading.fontSize),
    }));
  const entries = [...head.querySelectorAll('.legend > g')];
  const legendY = shiftOf(entries[0]);
  const back = svg.querySelector('.back')?.getAttribute('fill') ?? '#ffffff';
  const staticHeight = Number(svg.getAttribute('height'));
  const { bottomPad, letterWidth, fontSize } = heading;
  const details = svgElement('text', { class: 'details', x: X_PAD, y: bottomPad / 2 });
  const matched = svgElement('text', { class: 'matched', 'text-anchor': 'end', y: bottomPad / 2 });
  const foot = svgElement('g', { class: 'foot' });
  const footBar = svgElement('rect', { class: 'bar', fill: back, height: bottomPad });
  const top = svgElement('g', { class: 'top' });
  const topBar = svgElement('rect', { class: 'bar gone', fill: back, height: 36 });
  foot.append(footBar, details, matched);
  top.append(topBar, controls.top);
  svg.append(foot, top);
  let height = staticHeight;
  let shift = 0;
  let width = heading.width;
  // Of the window, as it was when it was last asked: the browser answers after it has laid out 10,000 frames anew.
  let room = heading.isFluid ? (isPage ? window.innerWidth : measured()) : heading.width;
  let windowHeight = window.innerHeight;
  let scrollX = 0;
  let scrollY = 0;
  if (heading.isFluid) svg.setAttribute('width', '100%');

  function measured(): number {
    const own = isPage ? svg.clientWidth : (svg.parentElement?.clientWidth ?? 0);
    return own > 100 ? own : heading.width;
  }

  function lookAround(): void {
    if (heading.isFluid) room = measured();
    windowHeight = window.innerHeight;
    scrollX = window.scrollX;
    scrollY = window.scrollY;
  }

  /** Sets the legend in as many rows as it needs; returns how many more than one. */
  function fitLegend(): number {
    let x = X_PAD;
    let row = 0;
    for (const entry of entries) {
      const entryWidth = legendWidth(entry.textContent ?? '', letterWidth);
      if (x > X_PAD && x + entryWidth > width) {
        x = X_PAD;
        row++;
      }
      entry.setAttribute('transform', `translate(${x.toFixed(2)} ${legendY + row * legendRow(fontSize)})`);
      x += entryWidth;
    }
    return row;
  }

  function fit(depth: number, widthPx: number): void {
    width = widthPx;
    const above = controls.fit(width);
    const legendShift = fitLegend() * legendRow(fontSize);
    const grown = Math.max(0, depth - heading.drawnDepth) * heading.frameHeight;
    height = staticHeight + above + legendShift + grown;
    shift = above + legendShift + (heading.inverted ? 0 : grown);
    const whole = isPage ? Math.max(height, windowHeight) : height;
    svg.setAttribute('height', String(whole));
    svg.setAttribute('viewBox', `0 0 ${width} ${whole}`);
    head.setAttribute('transform', `translate(0 ${above})`);
    container.setAttribute('transform', `translate(0 ${shift})`);
    for (const { text, words, size } of centred) {
      const room = above > 0 || size === fontSize ? width - 2 * X_PAD : width - 2 * TITLE_MARGIN;
      text.setAttribute('x', String(width / 2));
      text.textContent = fitText(words, room, (letterWidth / fontSize) * size);
    }
    matched.setAttribute('x', String(width - X_PAD));
    for (const bar of [footBar, topBar]) bar.setAttribute('width', String(width));
    pin();
  }

  function seen() {
    if (!isPage) return { left: 0, top: 0, right: width, bottom: height };
    return { left: scrollX, top: scrollY, right: scrollX + width, bottom: scrollY + windowHeight };
  }

  function pin(): void {
    const { top: upper, bottom } = seen();
    const lower = Math.min(bottom, height);
    topBar.classList.toggle('gone', upper === 0);
    footBar.classList.toggle('gone', lower === height);
    top.setAttribute('transform', `translate(0 ${upper})`);
    foot.setAttribute('transform', `translate(0 ${lower - bottomPad})`);
  }

  function placeUnder(drawing: Drawing, frame: number): Place {
    const box = drawing.boxOf(frame);
    return { x: box?.x ?? 0, y: (box?.y ?? 0) + shift + heading.frameHeight };
  }

  return {
    width: () => room,
    fit,
    onResize(redraw) {
      const check = () => {
        const before = windowHeight;
        lookAround();
        if (room !== width || windowHeight !== before) redraw();
        else pin();
      };
      // once more when all is laid out: a scroll bar may have taken its share of the width
      requestAnimationFrame(() => requestAnimationFrame(check));
      if (isPage) {
        window.addEventListener('resize', check);
        window.addEventListener('scroll', check, { passive: true });
      } else if (typeof ResizeObserver === 'function' && svg.parentElement)
        new ResizeObserver(check).observe(svg.parentElement);
    },
    showDetails(text, taken) {
      details.textContent = cutInside(text, width - 2 * X_PAD - (taken + 2) * letterWidth, letterWidth);
    },
    showMatched(text, isWrong, widthPx) {
      matched.textContent = fitText(text, widthPx - 2 * X_PAD, letterWidth);
      matched.classList.toggle('wrong', isWrong);
    },
    seen,
    placeOf({ clientX, clientY }) {
      const { left, top: upper, width: outer } = svg.getBoundingClientRect();
      const scale = outer > 0 ? width / outer : 1; // somebody's page may show it smaller
      return { x: (clientX - left) * scale, y: (clientY - upper) * scale };
    },
    placeUnder,
    shift: () => shift,
    scrollTo(drawing, frame) {
      if (!isPage) return;
      const { y } = placeUnder(drawing, frame);
      const { top: upper, bottom: lower } = seen();
      if (y - heading.frameHeight < upper + 36 || y > lower - bottomPad) window.scrollTo(scrollX, y - windowHeight / 2);
    },
    showRoot() {
      requestAnimationFrame(() => {
        if (isPage && !heading.inverted && height > windowHeight && window.scrollY === 0) window.scrollTo(0, height);
      });
    },
  };
}

/** The second number of `translate(x y)`. */
function shiftOf(element: Element | undefined): number {
  return Number(/ (\S+)\)/.exec(element?.getAttribute('transform') ?? '')?.[1] ?? 0);
}

/** Numbers are what the line is for: a name that is too long is cut before them, and a path loses what it starts with. */
function cutInside(text: string, widthPx: number, letterWidth: number): string {
  const columns = Math.floor(widthPx / letterWidth);
  if (text.length <= columns) return text;
  const numbers = /(?:: | \()(?=[\d<>]).*$/s.exec(text)?.[0] ?? '';
  const name = text.slice(0, text.length - numbers.length);
  const room = columns - numbers.length;
  if (name.startsWith('/') && room > 4) return `..${name.slice(2 - room)}${numbers}`;
  return fitText(name, room * letterWidth, letterWidth) + numbers;
}
