// The page at work: its state in, what everything shows out. Each change makes a new state, and from that what it takes: tree, sums,
// frames, tables. What has been made for the state before is used again where nothing has changed.

import { formatPercent } from '../../../model/units.ts';
import { BLACK, inkOn } from '../../ink.ts';
import { meaningOf } from '../../meaning.ts';
import type { PageHeading } from '../../page-format.ts';
import { htmlElement } from '../elements.ts';
import { listenToKeys } from '../keys.ts';
import { NO_QUERY } from '../search.ts';
import { makeChart } from './chart.ts';
import { copyText } from './copy.ts';
import { makeCrumbs } from './crumbs.ts';
import { type Fills, fillsOf } from './fills.ts';
import { fieldOf, itemOf, keptStacks } from './filters.ts';
import { foundNodes, foundShare, nextFound } from './find.ts';
import { kindsOfStacks } from './kinds.ts';
import { makeLegend } from './legend.ts';
import { type Measure, measuresOf, type Sums, stackWeights, sumsOf } from './measures.ts';
import { makeMenu } from './menu.ts';
import { makePaths } from './paths.ts';
import { readStacks } from './stacks.ts';
import { FIRST_STATE, hashOf, type PageState, stateOf } from './state.ts';
import { makeTableView } from './table-view.ts';
import { tablesOf } from './tables.ts';
import { makeTip } from './tip.ts';
import { makeToolbar } from './toolbar.ts';
import { makeTree, type Tree } from './tree.ts';
import { visibleFrames } from './visible.ts';
import { type Words, wordsOf } from './words.ts';

/**
 * Frames that d3-flame-graph is given at most, out of what it would bear (10,000): it sets some twenty attributes for each, and with
 * more of them a zoom blocks for over 100 ms (bench/page).
 */
const MOST_FRAMES = 2000;
/** Narrower ones cannot be seen, nor clicked. */
const NARROWEST_PX = 1;
/** Shown of the line below the graph when the window goes to its root. */
const BELOW_PX = 60;

const KEYS: readonly (readonly [string, string])[] = [
  ['Click, Enter', 'Zoom into a frame'],
  ['Right click', 'Menu of a frame'],
  ['Arrows, Home', 'Go to the next frame'],
  ['/ or Ctrl-F', 'Search names and paths'],
  ['n, N', 'Next match, match before'],
  ['h, f', 'Hide a frame, or focus on it'],
  ['c, C', 'Copy its name, or its stack'],
  ['r', 'Next grouping'],
  ['i', 'Upside down'],
  ['Escape', 'Close, leave the search, undo, zoom out'],
];

const DIFFERENCE_KEY = ['d', 'What is only on the other side'] as const;
/** Siblings of one name (of a flame chart, or names whose annotation is not shown) have numbers. No name holds it. */
const NUMBER_MARK = '\0';

/** What is made of a state. */
interface Scene {
  readonly measure: Measure;
  readonly tree: Tree;
  readonly sums: Sums;
  readonly words: Words;
  readonly fills: Fills;
}

export function startPage(place: HTMLElement, text: string): void {
  const stacks = readStacks(text);
  const { heading } = stacks;
  const isDifference = heading.painting === 'difference';
  const paths = makePaths(stacks);
  const measures = measuresOf(stacks);
  const weights = stackWeights(stacks);
  const kinds = heading.painting === 'syscalls' ? kindsOfStacks(stacks) : undefined;
  const tables = tablesOf(stacks, paths);
  const firstMeasure = measures.find(({ index }) => index === 0) as Measure;
  const choices = {
    weight: measures.map(({ label }) => label),
    group: heading.groupings.map(({ label }) => label),
    table: tables.map(({ label }) => label),
  };
  const first: PageState = {
    ...FIRST_STATE,
    weight: firstMeasure.label,
    group: choices.group[0] as string,
    table: choices.table[0] as string,
    isInverted: heading.inverted,
    showsGone: heading.showsGone,
  };

  const menu = makeMenu();
  const tip = makeTip();
  const meaning = document.getElementById('meaning');
  const container = htmlElement('div', {
    class: 'chart',
    role: 'tree',
    tabindex: '0',
    'aria-label': `${heading.title}: arrows go from frame to frame, Enter zooms`,
  });
  setLook(container.style, heading);
  const matchInk = heading.searchColor === '' || inkOn(heading.searchColor) === BLACK ? 'dark' : 'light';
  const details = htmlElement('p', { class: 'details', 'aria-live': 'polite' });
  const legend = makeLegend(heading.kinds);
  const crumbs = makeCrumbs(zoomTo, (node) => openMenu(node, crumbs.element.getBoundingClientRect()));
  const chart = makeChart(container, (node, event) => {
    if (node === undefined || menu.isOpen()) tip.hide();
    else if (event) tip.show(scene.words.text(node, zoomed), event.clientX, event.clientY);
    showDetails(node);
  });
  const goneLabel = isDifference ? { after: 'Disappeared', before: 'New' }[heading.widthFrom] : undefined;
  const toolbar = makeToolbar(choices.weight, choices.group, goneLabel, {
    weight: (weight) => go({ weight }),
    group: (group) => go({ group, zoom: [] }),
    reset: () => zoomTo(0),
    showAll: () => go({ hidden: [], only: [] }),
    invert: () => go({ isInverted: !state.isInverted }),
    gone: () => go({ showsGone: !state.showsGone }),
    help: openKeys,
    search: (query) => go({ query }, 'replace'),
    step,
    leaveSearch: () => {
      if (state.query.text !== '') go({ query: { ...state.query, text: '' } }, 'replace');
      else container.focus({ preventScroll: true });
    },
  });
  const tableView = makeTableView(tables, heading, (table) => go({ table }, 'replace'), toggleOnly);

  let state = stateOf(location.hash, first, choices);
  let scene = makeScene(state, undefined, undefined);
  let zoomed = zoomedOf(scene, state.zoom);
  let found: Uint8Array = new Uint8Array(scene.tree.nodes.length);
  let selected: number | undefined;
  let widthPx = 0;
  let heightPx = 0;

  const graph = htmlElement('section', { class: `graph ${heading.painting}`, 'aria-label': 'Flame graph' });
  graph.append(crumbs.element, container, details, legend.element);
  place.replaceChildren(
    toolbar.element,
    htmlElement(
      'div',
      { class: isDifference ? `panes wide ${heading.differencePalette}` : 'panes' },
      graph,
      tableView.element,
    ),
  );
  document.body.append(tip.element, menu.element);
  listen();
  search();
  show();
  showRoot();

  function makeScene(to: PageState, before: Scene | undefined, from: PageState | undefined): Scene {
    const measure = measures.find(({ label }) => label === to.weight) ?? firstMeasure;
    const keepsTree = from && to.group === from.group && to.hidden === from.hidden && to.only === from.only;
    if (before && keepsTree && to.weight === from.weight && to.showsGone === from.showsGone) return before;
    const grouping = heading.groupings.find(({ label }) => label === to.group) ?? heading.groupings[0];
    const kept = () => keptStacks(stacks, paths, to.hidden, to.only);
    const tree = before && keepsTree ? before.tree : makeTree(stacks, grouping as Tree['grouping'], kept());
    const sums = sumsOf(stacks, weights, tree, measure, to.showsGone);
    const words = wordsOf(stacks, paths, tree, sums, measure);
    const fills = fillsOf(stacks, kinds, tree, sums, weights.drawn(measure, to.showsGone));
    return { measure, tree, sums, words, fills };
  }

  /** The frame at the end of the way, as far as there is one. */
  function zoomedOf({ tree: { nodes }, words, sums }: Scene, way: readonly string[]): number {
    let node = 0;
    for (const step of way) {
      const [name, number = '1'] = step.split(NUMBER_MARK);
      let left = Number(number);
      const end = nodes.ends[node] as number;
      let child = node + 1;
      for (; child < end; child = nodes.ends[child] as number) if (words.name(child) === name && --left === 0) break;
      if (child >= end || !((sums.drawn()[child] as number) > 0)) break;
      node = child;
    }
    return node;
  }

  /** What leads to a frame from the one below it: its name, and among several of that name its number. */
  function stepTo(node: number): string {
    const { nodes } = scene.tree;
    const name = scene.words.name(node);
    let number = 1;
    for (let at = (nodes.parents[node] as number) + 1; at < node; at = nodes.ends[at] as number) {
      if (scene.words.name(at) === name) number++;
    }
    return number === 1 ? name : `${name}${NUMBER_MARK}${number}`;
  }

  function go(change: Partial<PageState>, how: 'push' | 'replace' = 'push'): void {
    const before = state;
    state = { ...state, ...change };
    const address = location.pathname + location.search + hashOf(state, first);
    try {
      if (how === 'push') history.pushState(null, '', address);
      else history.replaceState(null, '', address);
    } catch {
      // a page without an address of its own, or too many changes of it
    }
    apply(before);
  }

  function apply(before: PageState): void {
    const sceneBefore = scene;
    scene = makeScene(state, scene, before);
    zoomed = zoomedOf(scene, state.zoom);
    if (scene.tree !== sceneBefore.tree) selected = undefined;
    const isRedrawn = scene !== sceneBefore || state.zoom !== before.zoom || state.isInverted !== before.isInverted;
    if (scene.tree !== sceneBefore.tree || state.query !== before.query) search();
    if (isRedrawn) show();
    else {
      paint();
      showMatched();
      toolbar.show(toolbarState());
      if (state.table !== before.table) showTable();
    }
  }

  function toolbarState() {
    return { ...state, isZoomed: zoomed !== 0, isFiltered: state.hidden.length + state.only.length > 0 };
  }

  function show(): void {
    draw();
    const { sums, measure, words, fills } = scene;
    toolbar.show(toolbarState());
    crumbs.show(pathTo(zoomed), (node) => words.name(node));
    showMatched();
    showDetails(undefined);
    showTable();
    legend.show(fills.kinds?.worth(zoomed), sums.drawn()[zoomed] as number);
    if (meaning) {
      meaning.textContent = meaningOf({
        ...measure,
        ...heading,
        column: measure.column,
        countname: measure.countname,
        total: sums.whole / measure.factor,
        side: isDifference ? heading.widthFrom : undefined,
        showsGone: state.showsGone,
        palette: heading.differencePalette,
      });
    }
  }

  function draw(): void {
    const { tree, sums, words } = scene;
    widthPx = Math.max(container.clientWidth, 100);
    const { value, unit } = heading.minWidth;
    const narrowestPx = Math.max(unit === '%' ? (widthPx * value) / 100 : value, NARROWEST_PX);
    const room = { widthPx, narrowestPx, most: MOST_FRAMES };
    const visible = visibleFrames(tree.nodes, sums.drawn(), sums.whole, zoomed, room, words.name);
    tip.hide();
    heightPx = visible.depth * heading.frameHeight;
    chart.draw(visible, { widthPx, frameHeight: heading.frameHeight, isInverted: state.isInverted, fill: fillOf });
    paint(true);
    container.dataset.ink = scene.fills.mostInk;
  }

  function fillOf(node: number): string {
    return found[node] === 1 ? 'var(--match)' : scene.fills.fill(node);
  }

  /** What of the frames is not d3-flame-graph's: the ink of labels, matches, the selected one. */
  function paint(isNew = false): void {
    for (const [node, element] of chart.frames()) {
      const ink = found[node] === 1 ? matchInk : scene.fills.ink(node);
      if (ink !== (element.getAttribute('data-ink') ?? scene.fills.mostInk)) {
        if (ink === scene.fills.mostInk) element.removeAttribute('data-ink');
        else element.setAttribute('data-ink', ink);
      }
      if (!isNew) element.firstElementChild?.setAttribute('fill', fillOf(node));
      if (isNew && element.hasAttribute('id')) unmark(element);
    }
    mark();
  }

  function mark(): void {
    container.removeAttribute('aria-activedescendant');
    if (selected === undefined) return;
    const element = chart.element(selected);
    if (element === undefined) return;
    element.id = 'selected';
    element.setAttribute('role', 'treeitem');
    element.setAttribute('aria-level', String((scene.tree.nodes.depths[selected] as number) + 1));
    element.setAttribute('aria-selected', 'true');
    element.setAttribute('aria-label', scene.words.text(selected, zoomed));
    container.setAttribute('aria-activedescendant', 'selected');
  }

  function unmark(element: Element): void {
    for (const name of ['id', 'role', 'aria-level', 'aria-selected', 'aria-label']) element.removeAttribute(name);
  }

  function select(node: number): void {
    const before = selected === undefined ? undefined : chart.element(selected);
    if (before) unmark(before);
    selected = node;
    if (chart.element(node) === undefined) zoomTo(node);
    else mark();
    showDetails(node);
    chart.element(node)?.scrollIntoView?.({ block: 'nearest' });
  }

  function showDetails(node: number | undefined): void {
    const words = scene.words.text(node ?? selected ?? zoomed, zoomed);
    const text = heading.nametype === '' ? words : `${heading.nametype} ${words}`;
    if (details.textContent !== text) details.textContent = text;
  }

  function showTable(): void {
    const table = tables.find(({ label }) => label === state.table) ?? tables[0];
    if (table === undefined) return;
    const { tree, sums, measure } = scene;
    const rows = table.rows(tree, zoomed, {
      drawn: weights.drawn(measure, state.showsGone),
      sums,
      before: isDifference ? weights.before() : undefined,
      after: isDifference ? weights.after() : undefined,
    });
    tableView.show(table, rows, measure, sums.drawn()[zoomed] as number, state.only);
  }

  function search(): void {
    const { tree } = scene;
    const isReversed = (tree.grouping.isReversed ?? false) !== heading.isReversed;
    try {
      found = foundNodes(stacks, paths, tree.nodes, isReversed, state.query);
      toolbar.showMatched('', false);
    } catch (error) {
      found = new Uint8Array(tree.nodes.length);
      toolbar.showMatched((error as Error).message.replace(/^.*: /s, ''), true);
    }
  }

  function showMatched(): void {
    if (state.query.text === '') toolbar.showMatched('', false);
    if (state.query.text === '' || toolbar.input.getAttribute('aria-invalid') === 'true') return;
    const { tree, sums } = scene;
    const shareOf = (node: number) =>
      formatPercent(foundShare(tree.nodes, sums.drawn(), found, node), node === 0 ? sums.whole : drawnAt(node));
    const ofZoomed = zoomed === 0 ? '' : `, ${shareOf(zoomed)} of the zoomed frame`;
    toolbar.showMatched(`Matched: ${shareOf(0)}${ofZoomed}`, false);
  }

  function drawnAt(node: number): number {
    return scene.sums.drawn()[node] as number;
  }

  function step(by: 1 | -1): void {
    const { tree, sums } = scene;
    const node = nextFound(tree.nodes, sums.drawn(), found, zoomed, selected ?? -1, by);
    if (node >= 0) select(node);
  }

  /** From the root to the frame. */
  function pathTo(node: number): readonly number[] {
    const path: number[] = [];
    for (let at = node; at >= 0; at = scene.tree.nodes.parents[at] as number) path.push(at);
    return path.reverse();
  }

  function zoomTo(node: number): void {
    go({ zoom: pathTo(node).slice(1).map(stepTo) });
    showRoot();
  }

  function item(node: number): string {
    const { nodes } = scene.tree;
    return itemOf(heading.fields, nodes.fields[node] as number, scene.words.fullName(node));
  }

  function hide(node: number): void {
    if (node > 0) go({ hidden: [...state.hidden, item(node)], zoom: node === zoomed ? [] : state.zoom });
  }

  function toggleOnly(wanted: string): void {
    const isOn = state.only.includes(wanted);
    // two things of one field are shown both, one of another field takes its place
    const { field } = fieldOf(heading.fields, wanted);
    const kept = state.only.filter((one) => one !== wanted && fieldOf(heading.fields, one).field === field);
    go({ only: isOn ? kept : [wanted] });
  }

  function focusOn(node: number): void {
    if (node > 0) go({ only: [item(node)], zoom: [] });
  }

  function copy(text: string): void {
    copyText(text).then(
      () => showNote(`Copied: ${text}`),
      () => menu.openText(text),
    );
  }

  function showNote(text: string): void {
    details.textContent = text;
  }

  function openKeys(): void {
    menu.openKeys(isDifference ? [...KEYS.slice(0, -1), DIFFERENCE_KEY, ...KEYS.slice(-1)] : KEYS);
  }

  function openMenu(node: number, at: { readonly left: number; readonly bottom: number }): void {
    tip.hide();
    const { words } = scene;
    menu.openMenu(
      words.text(node, zoomed),
      [
        { label: 'Zoom', key: 'Enter', run: () => zoomTo(node) },
        { label: 'Focus: only stacks with this', key: 'f', run: () => focusOn(node) },
        { label: 'Hide stacks with this', key: 'h', run: () => hide(node) },
        { label: 'Copy name', key: 'c', run: () => copy(words.fullName(node)) },
        { label: 'Copy stack', key: 'C', run: () => copy(words.stack(node)) },
      ],
      at.left,
      at.bottom,
    );
  }

  /** Flames grow from the bottom: of a graph that is taller than its window that is where to begin. */
  function showRoot(): void {
    if (state.isInverted || heightPx <= window.innerHeight) return;
    requestAnimationFrame(() => {
      window.scrollBy(0, container.getBoundingClientRect().bottom - window.innerHeight + BELOW_PX);
    });
  }

  function move(to: 'root' | 'parent' | 'child' | 'left' | 'right'): void {
    const next = selected === undefined || to === 'root' ? zoomed : neighbour(selected, to);
    if (next !== undefined && next >= 0) select(next);
  }

  function neighbour(node: number, to: 'parent' | 'child' | 'left' | 'right'): number | undefined {
    const { nodes } = scene.tree;
    if (to === 'parent') return nodes.parents[node];
    const drawn = [...chart.frames()].map(([frame]) => frame).sort((a, b) => a - b);
    if (to === 'child') return drawn.find((frame) => nodes.parents[frame] === node);
    const level = drawn.filter((frame) => nodes.depths[frame] === nodes.depths[node]);
    return level[level.indexOf(node) + (to === 'right' ? 1 : -1)];
  }

  function stepBack(): void {
    if (state.query.text !== '') go({ query: NO_QUERY }, 'replace');
    else if (state.hidden.length + state.only.length > 0) go({ hidden: [], only: [] });
    else if (zoomed !== 0) zoomTo(0);
  }

  function listen(): void {
    // before d3-flame-graph's own listener, which would zoom within what it has been given
    container.addEventListener(
      'click',
      (event) => {
        const node = chart.nodeAt(event.target);
        event.stopPropagation();
        if (node === undefined) return;
        selected = node;
        zoomTo(node);
        container.focus({ preventScroll: true });
      },
      { capture: true },
    );
    container.addEventListener('contextmenu', (event) => {
      const node = chart.nodeAt(event.target);
      if (node === undefined) return;
      event.preventDefault();
      openMenu(node, { left: event.clientX, bottom: event.clientY });
    });
    container.addEventListener('focus', () => {
      if (selected === undefined && container.matches(':focus-visible')) select(zoomed);
    });
    listenToKeys(document, container, false, {
      isPopupOpen: menu.isOpen,
      isSearching: () => document.activeElement === toolbar.input || document.activeElement?.tagName === 'SELECT',
      openSearch: () => {
        toolbar.input.focus();
        toolbar.input.select();
      },
      escape: stepBack,
      move: (to) => {
        const other = { parent: 'child', child: 'parent', root: 'root', left: 'left', right: 'right' } as const;
        move(state.isInverted ? other[to] : to);
      },
      zoom: () => zoomTo(selected ?? zoomed),
      step,
      reverse: () => {
        const at = choices.group.indexOf(state.group);
        go({ group: choices.group[(at + 1) % choices.group.length] as string, zoom: [] });
      },
      help: openKeys,
      hide: () => hide(selected ?? zoomed),
      focus: () => focusOn(selected ?? zoomed),
      copyName: () => copy(scene.words.fullName(selected ?? zoomed)),
      copyStack: () => copy(scene.words.stack(selected ?? zoomed)),
      menu: () => {
        const box = chart.element(selected ?? zoomed)?.getBoundingClientRect();
        if (box) openMenu(selected ?? zoomed, box);
      },
    });
    document.addEventListener('keydown', (event) => {
      const { target, key, ctrlKey, metaKey, altKey, defaultPrevented } = event;
      if (defaultPrevented || ctrlKey || metaKey || altKey || menu.isOpen()) return;
      if (target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
      if (key === 'i') go({ isInverted: !state.isInverted });
      else if (key === 'd' && isDifference) go({ showsGone: !state.showsGone });
    });
    const restore = () => {
      const before = state;
      state = stateOf(location.hash, first, choices);
      if (same(state.hidden, before.hidden)) state = { ...state, hidden: before.hidden };
      if (same(state.only, before.only)) state = { ...state, only: before.only };
      apply(before);
    };
    window.addEventListener('popstate', restore);
    window.addEventListener('resize', () => {
      if (Math.max(container.clientWidth, 100) !== widthPx) draw();
    });
  }
}

/** What of the look was asked for, as variables of the style sheet. */
function setLook(style: CSSStyleDeclaration, { frameHeight, fontSize, fontType, searchColor }: PageHeading): void {
  style.setProperty('--row', `${frameHeight}px`);
  style.setProperty('--font-size', `${fontSize}px`);
  if (fontType !== '') style.setProperty('--font', fontType);
  if (searchColor !== '') style.setProperty('--match', searchColor);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}
