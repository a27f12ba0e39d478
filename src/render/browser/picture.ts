// The picture as its reader works on it. All that can change is in here: which stacks are shown, from which end, what is
// zoomed, searched and selected. Everything that changes ends in redraw(), tell() and the address.

import { formatPercent } from '../../model/units.ts';
import { X_PAD } from '../geometry.ts';
import { hashOf, NO_STATE, type State, stateOf } from './address.ts';
import { type Controls, makeControls } from './controls.ts';
import { type Drawing, drawView } from './drawing.ts';
import { svgElement } from './elements.ts';
import { filterName, keptStacks } from './kept-stacks.ts';
import { listenToKeys } from './keys.ts';
import { makePointers } from './pointers.ts';
import { makePopup } from './popup.ts';
import { readBlock } from './read-block.ts';
import { matcherOf, matchesOf, NO_QUERY, type Query, shareOf } from './search.ts';
import { makeSurroundings } from './surroundings.ts';
import { treeDescriber } from './tree-roles.ts';
import { makeView, type View } from './views.ts';
import { type Words, wordsOf } from './words.ts';

/** A match that is narrower, px, is zoomed to when it is stepped to. */
const NARROW = 20;
/** While somebody types, ms. */
const ADDRESS_DELAY = 300;

export function startPicture(svg: SVGSVGElement, container: Element, numbers: string): void {
  const block = readBlock(numbers);
  const { heading, names } = block;
  const staticHeight = Number(svg.getAttribute('height'));
  const isPage = svg.isSameNode(document.documentElement);
  const plain = makeView(block, undefined, false);
  const plainWords = wordsOf(plain, block);

  let state: State = NO_STATE;
  let view = plain;
  let words = plainWords;
  const boxes = svgElement('g');
  const texts = svgElement('g');
  let drawing = drawView(boxes, texts, block, view, words, staticHeight);
  let zoomed = 0;
  /** Where keys and steps are. */
  let current = 0;
  let isSelected = false;
  let found: Uint8Array = new Uint8Array(view.length);
  let problem = '';
  let addressTimer = 0;

  const controls: Controls = makeControls({
    reset: () => zoom(0),
    reverse,
    showAll: () => filter([], []),
    help,
    search: (query) => search(query),
    step,
    leaveSearch() {
      if (state.query.text === '') controls.input.blur();
      else search(NO_QUERY);
    },
  });
  const surroundings = makeSurroundings(svg, heading, controls, isPage);
  const popup = makePopup(() => surroundings.seen());
  svg.append(popup.element);
  const pointers = makePointers(container, heading.frameHeight, () => drawing);
  const describe = treeDescriber(container, svg.querySelector('title')?.textContent ?? '');
  // the frames as they were written have served those who came before the script
  container.replaceChildren(boxes, texts);
  container.classList.add('live');

  container.addEventListener('click', (event) => {
    const frame = frameAt(event as MouseEvent);
    if (frame === undefined) return;
    zoom(frame);
    focusFrame(frame);
  });
  container.addEventListener('mousemove', (event) => hover(frameAt(event as MouseEvent)));
  container.addEventListener('mouseleave', () => hover(undefined));
  container.addEventListener('contextmenu', (event) => {
    const frame = frameAt(event as MouseEvent);
    if (frame === undefined) return;
    event.preventDefault();
    select(frame);
    const { x, y } = surroundings.placeOf(event as MouseEvent);
    openMenu(frame, x, y);
  });
  container.addEventListener('focusin', (event) => {
    const frame = labelled(event.target as Node) ?? current;
    if (frame !== current || !isSelected) select(frame);
    surroundings.showDetails(detailsOf(current), matchedText().length);
  });
  svg.addEventListener('pointerdown', (event) => {
    if (!popup.element.contains(event.target as Node)) popup.close();
  });
  listenToKeys(isPage ? document : svg, container, heading.inverted, {
    isPopupOpen: popup.isOpen,
    openSearch() {
      controls.input.focus();
      controls.input.select();
    },
    isSearching: () => document.activeElement === controls.input,
    escape() {
      if (state.query.text !== '') search(NO_QUERY);
      else if (zoomed !== 0) zoom(0);
      else if (state.hidden.length + state.only.length > 0) filter([], []);
    },
    move,
    zoom: () => zoom(current),
    step,
    reverse,
    help,
    hide: () => hide(current),
    focus: () => focusOn(current),
    copyName: () => copy(words.fullName(current)),
    copyStack: () => copy(words.stack(current)),
    menu() {
      const { x, y } = surroundings.placeUnder(drawing, current);
      openMenu(current, x, y);
    },
  });
  surroundings.onResize(redraw);
  if (isPage) window.addEventListener('popstate', restore);

  const first = isPage ? stateOf(location.hash, location.search) : NO_STATE;
  if (hashOf(first) === '') redraw();
  else restore();
  surroundings.showRoot();
  controls.showQuery(state.query);

  /** The frame of an event: by its place, or where it came from no pointer, by its label. */
  function frameAt(event: MouseEvent): number | undefined {
    const { x, y } = surroundings.placeOf(event);
    return labelled(event.target as Node) ?? drawing.at(x, y - surroundings.shift());
  }

  function labelled(node: Node): number | undefined {
    for (const [frame, element] of drawing.labels) if (element.contains(node)) return frame;
    return undefined;
  }

  function hover(frame: number | undefined): void {
    pointers.hover(frame, frame === undefined ? '' : words.text(frame));
    surroundings.showDetails(frame === undefined ? '' : detailsOf(frame), matchedText().length);
  }

  function redraw(): void {
    const width = surroundings.width();
    const hadFocus = pointers.hasFocus();
    pointers.hover(undefined, '');
    drawing.draw(zoomed, width);
    if (drawing.boxOf(current) === undefined) current = zoomed;
    surroundings.fit(drawing.depth, width);
    surroundings.showMatched(matchedText(), problem !== '', width);
    controls.show({
      isZoomed: zoomed !== 0,
      isFiltered: state.hidden.length + state.only.length > 0,
      isReversed: state.isReversed,
    });
    pointTo(current);
    describe(drawing, view, words);
    if (hadFocus) pointers.focus();
  }

  function pointTo(frame: number): void {
    pointers.select(frame, words.text(frame), (view.depths[frame] as number) + 1, isSelected);
  }

  function zoom(frame: number): void {
    zoomed = frame;
    state = { ...state, zoom: wayTo(view, words, frame) };
    redraw();
    controls.say(frame === 0 ? 'All is shown' : `Zoomed: ${words.text(frame)}`);
    writeAddress(true);
  }

  function search(query: Query, isNew = true): void {
    state = { ...state, query };
    problem = '';
    let matches = (_: string) => false;
    try {
      matches = matcherOf(query);
    } catch (error) {
      problem = (error as Error).message;
    }
    found = matchesOf(view, names, words, matches);
    if (isNew) drawing.mark(found);
    if (isNew) pointTo(current);
    controls.showQuery(query);
    controls.showError(problem);
    surroundings.showMatched(matchedText(), problem !== '', surroundings.width());
    controls.say(matchedText());
    if (isNew) writeAddress(false);
  }

  /** `Matched: 47.8 %, 60 % of the zoomed frame`, or what is wrong with the regular expression. */
  function matchedText(): string {
    if (problem !== '') return problem;
    if (state.query.text === '') return '';
    const share = `Matched: ${percentOf(0)}`;
    return zoomed === 0 ? share : `${share}, ${percentOf(zoomed)} of the zoomed frame`;
  }

  function percentOf(frame: number): string {
    const whole = (view.totals[0] as Float64Array)[frame] as number;
    const { matched, unknown } = shareOf(view, found, frame);
    const least = formatPercent(matched, whole);
    const most = formatPercent(matched + unknown, whole);
    return least === most ? least : `${least} to ${most}`;
  }

  function detailsOf(frame: number): string {
    const text = words.text(frame).replace('\n', ' · ');
    const prefix = heading.nametype === '' ? '' : `${heading.nametype} `;
    return `${prefix}${text}${zoomed === 0 ? '' : words.share(frame, zoomed)}`;
  }

  /** The next match by the order of the frames, whether it is drawn or not. */
  function step(by: 1 | -1): void {
    const { length } = view;
    for (let i = 1; i <= length; i++) {
      const frame = (current + by * i + length * 2) % length;
      if (found[frame] !== 1) continue;
      const target = zoomFor(frame);
      if (target !== zoomed) zoom(target);
      select(frame);
      surroundings.scrollTo(drawing, frame);
      surroundings.showDetails(detailsOf(frame), matchedText().length);
      controls.say(words.text(frame));
      return;
    }
  }

  /** What has to be zoomed to for that frame to be seen: as it is, if it can be. */
  function zoomFor(frame: number): number {
    const [widths] = view.totals as [Float64Array];
    const base = frame >= zoomed && frame < (view.ends[zoomed] as number) ? zoomed : 0;
    const room = surroundings.width() - 2 * X_PAD;
    const isWide = (whole: number) => ((widths[frame] as number) / (widths[whole] as number)) * room >= NARROW;
    const parent = view.parents[frame] as number;
    return isWide(base) ? base : isWide(parent) ? parent : frame;
  }

  function select(frame: number): void {
    current = frame;
    isSelected = true;
    pointTo(frame);
  }

  function focusFrame(frame: number): void {
    select(frame);
    pointers.focus();
  }

  function move(to: 'root' | 'parent' | 'child' | 'left' | 'right'): void {
    const next = neighbour(view, drawing, current, to);
    if (next === undefined) return;
    focusFrame(next);
    surroundings.scrollTo(drawing, next);
  }

  function openMenu(frame: number, x: number, y: number): void {
    const isRoot = frame === 0;
    popup.openMenu(
      words.text(frame),
      [
        { label: 'Zoom in', key: 'Enter', run: () => zoom(frame) },
        { label: 'Copy name', key: 'c', run: () => copy(words.fullName(frame)) },
        { label: 'Copy stack', key: 'C', run: () => copy(words.stack(frame)) },
        {
          label: 'Search this name',
          key: '',
          run: () => search({ ...NO_QUERY, text: words.name(frame), isCaseSensitive: true }),
        },
        { label: 'Hide all like this', key: 'h', run: () => hide(frame) },
        { label: 'Only stacks with this', key: 'f', run: () => focusOn(frame) },
      ].slice(0, isRoot ? 3 : 6),
      x,
      y,
    );
  }

  function help(): void {
    const up = heading.inverted ? ['↓', '↑'] : ['↑', '↓'];
    popup.openKeys(
      [
        [`${up[0]}  ${up[1]}`, 'Frame above, frame below in the stack'],
        ['←  →', 'Neighbours'],
        ['Enter', 'Zoom in'],
        ['Escape', 'Search, zoom, hiding: undo'],
        ['/', 'Search'],
        ['n  N', 'Next match, match before'],
        ['h  f', 'Hide all like this, only stacks with this'],
        ['c  C', 'Copy name, copy stack'],
        ['r', 'Turn the stacks round'],
        ['Menu', 'All of that for the frame (right click)'],
      ],
      X_PAD,
      40,
    );
  }

  function copy(text: string): void {
    const { x, y } = surroundings.placeUnder(drawing, current);
    const byHand = () => popup.openText(text, x, y);
    if (navigator.clipboard === undefined) byHand();
    else navigator.clipboard.writeText(text).then(() => tell(`Copied: ${text}`), byHand);
  }

  /** To those who see the picture, too. */
  function tell(text: string): void {
    surroundings.showDetails(text, matchedText().length);
    controls.say(text);
  }

  function hide(frame: number): void {
    if (frame !== 0) filter([...state.hidden, filterName(view, words, frame)], state.only);
  }

  function focusOn(frame: number): void {
    if (frame !== 0) filter(state.hidden, [filterName(view, words, frame)]);
  }

  function filter(hidden: readonly string[], only: readonly string[]): void {
    if (!show({ ...state, hidden, only })) tell('Nothing would be left');
    else writeAddress(true);
  }

  function reverse(): void {
    if (show({ ...state, isReversed: !state.isReversed, zoom: [] })) writeAddress(true);
  }

  /** Makes the view that `wanted` asks for, unless there is nothing in it. @param frame what is zoomed, if it is known */
  function show(wanted: State, frame?: number): boolean {
    const { isReversed, hidden, only } = wanted;
    const isPlain = !isReversed && hidden.length + only.length === 0;
    const keep =
      hidden.length + only.length === 0 ? undefined : keptStacks(block.frames, plain, plainWords, hidden, only);
    const next = isPlain ? plain : makeView(block, keep, isReversed);
    if (((next.totals[0] as Float64Array)[0] as number) === 0) return false;
    if (isPlain !== (view === plain) || !isPlain) {
      view = next;
      words = isPlain ? plainWords : wordsOf(view, block);
      drawing = drawView(boxes, texts, block, view, words, staticHeight);
    }
    zoomed =
      frame !== undefined && isSame(wayTo(view, words, frame), wanted.zoom) ? frame : follow(view, words, wanted.zoom);
    current = zoomed;
    state = { ...wanted, zoom: wayTo(view, words, zoomed) };
    search(wanted.query, false);
    drawing.mark(found);
    redraw();
    return true;
  }

  function restore(): void {
    const wanted = stateOf(location.hash, location.search);
    const known: unknown = history.state?.iorFlame;
    const frame = typeof known === 'number' && known < plain.length ? known : undefined;
    if (!show(wanted, frame)) show({ ...wanted, hidden: [], only: [] });
  }

  function writeAddress(isStep: boolean): void {
    if (!isPage) return;
    clearTimeout(addressTimer);
    if (isStep) write('pushState');
    else addressTimer = window.setTimeout(() => write('replaceState'), ADDRESS_DELAY);
  }

  function write(how: 'pushState' | 'replaceState'): void {
    try {
      history[how]({ iorFlame: zoomed }, '', location.href.replace(/#.*/s, '') + hashOf(state));
    } catch {
      // where the page may not change its address, it has none to share
    }
  }
}

/** Names from the root's child to the frame. */
function wayTo(view: View, words: Words, frame: number): string[] {
  const way: string[] = [];
  for (let at = frame; at > 0; at = view.parents[at] as number) way.push(words.name(at));
  return way.reverse();
}

/** As far as the way leads in this picture. */
function follow(view: View, words: Words, way: readonly string[]): number {
  let at = 0;
  for (const name of way) {
    let child = at + 1;
    const end = view.ends[at] as number;
    while (child < end && words.name(child) !== name) child = view.ends[child] as number;
    if (child >= end) break;
    at = child;
  }
  return at;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

/** Among the frames that are drawn; of children the widest. */
function neighbour(view: View, drawing: Drawing, from: number, to: 'root' | 'parent' | 'child' | 'left' | 'right') {
  if (to === 'root') return drawing.visible[0];
  if (to === 'parent') return from === 0 ? undefined : view.parents[from];
  const { visible } = drawing;
  const depth = view.depths[from] as number;
  if (to === 'child') {
    const [widths] = view.totals as [Float64Array];
    const children = visible.filter((i) => view.parents[i] === from);
    return children.reduce<number | undefined>(
      (widest, i) => (widest === undefined || (widths[i] as number) > (widths[widest] as number) ? i : widest),
      undefined,
    );
  }
  const row = visible.filter((i) => view.depths[i] === depth);
  return row[row.indexOf(from) + (to === 'left' ? -1 : 1)];
}
