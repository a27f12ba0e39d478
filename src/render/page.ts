// A Trie as one HTML page: graph, tables, search and all facts about the run in a single file that asks the network for nothing. Its
// policy allows the one script and the style sheets in it, by their hashes, and no text to become markup; where scripts are
// blocked a static picture stands in the graph's place. Every text in it comes from somebody else and goes through escapeXml.

import { createHash } from 'node:crypto';
import { escapeXml, visibleName, visibleText } from '../model/escape.ts';
import type { FrameFields } from '../model/frame-fields.ts';
import type { LossCounter } from '../model/profile.ts';
import { ROOT, type Trie } from '../model/trie.ts';
import { formatCount, formatNs } from '../model/units.ts';
import { PAGE_NOTICES, PAGE_SCRIPT } from './browser/page/page.generated.ts';
import { CALL_KINDS, kindOf } from './call-kinds.ts';
import { meaningOf } from './meaning.ts';
import { DEFAULT_OPTIONS, differencePalette, namePalette, type RenderOptions, titleOf } from './options.ts';
import { writePageData } from './page-data.ts';
import type { Grouping, PageHeading } from './page-format.ts';
import { PAGE_STYLE } from './page-style.ts';
import { isByCall, KIND_COLORS, nameColors } from './painting.ts';
import { STYLE } from './style.ts';
import { renderStatic, withoutAnnotation } from './svg.ts';

/** What a page tells besides its stacks. */
export interface PageFacts {
  /** Name and value, one a row: `kernel`, `6.18`. */
  readonly metadata?: readonly (readonly [name: string, value: string])[];
  readonly losses?: readonly LossCounter[];
  /** Calls on files of types that were not asked for. */
  readonly leftOut?: readonly { readonly type: string; readonly calls: number; readonly durationNs: number }[];
  /** Calls that other filters did not let through. */
  readonly filteredOut?: { readonly calls: number; readonly durationNs: number };
  /** Whatever the reader should know besides, in sentences. */
  readonly remarks?: readonly string[];
  readonly wallNs?: number | undefined;
  readonly isAtLeast?: boolean;
}

export interface Page extends Partial<RenderOptions>, PageFacts {
  /** Why there is nothing to see; shown when all weights are 0. */
  readonly notice?: string;
  /** The stacks were turned round (--reverse): paths run from the file to the root directory. */
  readonly isReversed?: boolean;
  /** Which field each frame is of; undefined: nobody knows. */
  readonly fields?: FrameFields | undefined;
  /** Of a difference. */
  readonly widthFrom?: 'before' | 'after';
  readonly sides?: readonly [before: string, after: string];
  readonly showsGone?: boolean;
  /** What is shown where scripts are blocked, as the page shows it at first; the Trie itself unless given. */
  readonly still?: Trie;
}

/** Frames of the static picture: more would make the page slow to load, for readers who do not see it. */
const STATIC_FRAMES = 800;
/** px more than in a picture: frames of a page are there to be clicked. */
const FRAME_GAP = 2;

export function* renderPage(trie: Trie, page: Page = {}): Generator<Buffer> {
  const options: RenderOptions = { ...DEFAULT_OPTIONS, ...page };
  const title = visibleText(titleOf(options));
  const isEmpty = trie.columns.every((_, column) => trie.totals(column)[ROOT] === 0);
  yield Buffer.from(head(title, isEmpty));
  yield Buffer.from(header(page.still ?? trie, title, options, page, isEmpty));
  if (!isEmpty) {
    yield Buffer.from('<main id="graph"><div class="static">');
    yield* renderStatic(page.still ?? trie, page, STATIC_FRAMES);
    const note =
      'Scripts are blocked here, so this is a picture: with them, frames zoom and there are search and tables.';
    yield Buffer.from(`<p class="note">${note}</p></div></main>\n`);
  }
  yield Buffer.from(facts(page, isDifference(trie) ? 'What is compared' : 'About this capture', options.notes));
  if (!isEmpty) yield Buffer.from(explanations(guideOf(page.fields !== undefined, isDifference(trie), options)));
  yield Buffer.from('</footer>\n');
  if (!isEmpty) {
    yield Buffer.from('<template id="stacks">');
    yield* stacks(trie, title, options, page);
    yield Buffer.from(`</template>\n<script>${PAGE_SCRIPT}</script>\n`);
  }
  yield Buffer.from('</body>\n</html>\n');
}

function head(title: string, isEmpty: boolean): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = [
    "default-src 'none'",
    `style-src ${isEmpty ? hash(PAGE_STYLE) : `${hash(PAGE_STYLE)} ${hash(STYLE)}`}`,
    ...(isEmpty ? [] : [`script-src ${hash(PAGE_SCRIPT)}`]),
    "base-uri 'none'",
    "form-action 'none'",
    // no text becomes markup or code, whatever is called for: d3-selection could
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="generator" content="ior-flame">',
    `<title>${escapeXml(title)}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    '',
  ].join('\n');
}

function header(trie: Trie, title: string, { subtitle, countname }: RenderOptions, page: Page, isEmpty: boolean) {
  const lines = ['<header>', `<h1>${escapeXml(title)}</h1>`];
  if (subtitle !== '') lines.push(`<p class="subtitle">${escapeXml(visibleText(subtitle))}</p>`);
  if (!isEmpty) {
    const sentence = meaningOf({
      column: trie.columns[0] as Trie['columns'][number],
      total: Math.max(trie.totals(0)[ROOT] as number, page.total ?? 0),
      countname: visibleText(countname),
      wallNs: page.wallNs ?? null,
      isAtLeast: page.isAtLeast ?? false,
      side: isDifference(trie) ? (page.widthFrom ?? 'after') : undefined,
      showsGone: page.showsGone ?? false,
      negate: page.negate ?? false,
      palette: differencePalette(page.colors),
    });
    lines.push(`<p id="meaning">${escapeXml(sentence)}</p>`);
  }
  lines.push('</header>');
  if (isEmpty) {
    const notice = page.notice || 'Nothing was recorded.';
    lines.push(`<main><p class="empty-page">${escapeXml(visibleText(notice))}</p></main>`);
  }
  return `${lines.join('\n')}\n`;
}

/** What is known about the run, for every reader, with scripts or without. */
function facts(page: Page, title: string, comment: string): string {
  const { metadata = [], losses = [], leftOut = [], filteredOut, remarks = [] } = page;
  const sections: string[] = [];
  if (metadata.length > 0) {
    sections.push(
      section(
        title,
        table(
          [],
          metadata.map(([name, value]) => row([name], [value])),
        ),
      ),
    );
  }
  const others: string[] = [];
  if (leftOut.length > 0) {
    const rows = leftOut.map(({ type, calls, durationNs }) =>
      row([type], [], [formatCount(calls), formatNs(durationNs)]),
    );
    others.push(
      '<p>Calls on files of types that were not asked for; --type all shows them.</p>',
      table(['type', 'calls', 'time in them'], rows),
    );
  }
  if (filteredOut !== undefined && filteredOut.calls > 0) {
    const { calls, durationNs } = filteredOut;
    others.push(`<p>By --comm or --path: ${formatCount(calls)} calls, ${formatNs(durationNs)} in them.</p>`);
  }
  if (others.length > 0) sections.push(section('Left out', ...others));
  if (losses.length > 0) {
    const found = losses.filter(({ count }) => count !== 0);
    const none = losses.filter(({ count }) => count === 0).map(({ name }) => name);
    const rows = found.map(({ name, count, meaning }) =>
      row([name], [meaning], [count === undefined ? 'unknown' : formatCount(count)]),
    );
    const zero = none.length === 0 ? [] : [`<p class="note">0: ${escapeXml(visibleText(none.join(', ')))}</p>`];
    sections.push(
      section(
        'What could have been lost',
        found.length === 0 ? '<p>Nothing was.</p>' : table(['', 'what it counts', ''], rows),
        ...zero,
      ),
    );
  }
  const sentences = [...remarks, ...(comment === '' ? [] : [comment])];
  if (sentences.length > 0) {
    const items = sentences.map((note) => `<li>${escapeXml(visibleText(note))}</li>`);
    sections.push(section('Notes', `<ul>${items.join('')}</ul>`));
  }
  return `<footer class="facts"><div class="columns">${sections.join('\n')}</div>\n`;
}

function explanations(guide: string): string {
  return [
    `<details><summary>How to read this page</summary>${guide}</details>`,
    '<details><summary>Licences of what is inside</summary>',
    '<p>This page was written by ior-flame (Apache-2.0). It holds:</p>',
    `<pre>${PAGE_NOTICES.split('\n').map(escapeXml).join('\n')}</pre></details>`,
  ].join('\n');
}

/** For people who have never seen a flame graph. */
function guideOf(isOfCalls: boolean, isOfTwo: boolean, { flamechart, inverted }: RenderOptions): string {
  const [first, last, stands] = inverted ? ['top', 'lowest', 'hangs'] : ['bottom', 'topmost', 'stands'];
  const stand = stands.slice(0, -1);
  const frames = isOfCalls
    ? `On it ${stand} the programs, on those the directories and files that they used, and on these the system calls.`
    : `On it ${stand} those that began, on each what it called or led to, and the ${last} are what was found at work.`;
  const grouping = isOfCalls
    ? 'The grouping puts files or system calls first, so that what many programs do with one file comes together.'
    : 'The grouping <i>from the end</i> puts that first which stacks end in, so that what many lead to comes together.';
  const order = flamechart
    ? 'From left to right they are in the order of the input; neighbours of one name are one.'
    : 'Their order from left to right is that of the alphabet, and tells nothing about time.';
  const difference = 'Colours tell what has changed, of a frame with all that is on it.';
  return [
    `<p>Each box is a frame. The one at the ${first}, <i>all</i>, is everything. ${frames} A frame is as wide as all that is on it: look for`,
    `wide frames, and see what they ${stand} on. ${order}${isOfTwo ? ` ${difference}` : ''}</p>`,
    `<p>Click a frame to see it in the whole width; the way back is above the graph. The tables name what ${isOfTwo ? 'has changed most' : 'is widest'}; a click on a name`,
    `leaves only what belongs to it. ${flamechart ? '' : `${grouping} `}Everything you choose is in the address of the page: a link, or Back, shows it again.</p>`,
  ].join('\n');
}

function section(title: string, ...parts: readonly string[]): string {
  return `<section><h2>${title}</h2>${parts.join('\n')}</section>`;
}

function table(titles: readonly string[], rows: readonly string[]): string {
  const head =
    titles.length === 0 ? '' : `<thead><tr>${titles.map((title) => `<th>${title}</th>`).join('')}</tr></thead>`;
  return `<table>${head}<tbody>${rows.join('\n')}</tbody></table>`;
}

function row(names: readonly string[], texts: readonly string[], counts: readonly string[] = []): string {
  const cell = (tag: string, text: string) => `<${tag}>${escapeXml(visibleText(text))}</${tag.split(' ')[0]}>`;
  return `<tr>${[
    ...names.map((name) => cell('th scope="row"', name)),
    ...texts.map((text) => cell('td', text)),
    ...counts.map((count) => cell('td class="count"', count)),
  ].join('')}</tr>`;
}

function stacks(trie: Trie, title: string, options: RenderOptions, page: Page): Generator<Buffer> {
  const { fields } = page;
  const { colors } = options;
  const byCall = fields?.names.includes('syscall') === true && isByCall(options);
  const painting: PageHeading['painting'] = isDifference(trie) ? 'difference' : byCall ? 'syscalls' : 'names';
  const isAnnotated = trie.columns[0]?.unit === 'samples' && fields === undefined;
  const nameColor = nameColors(namePalette(colors), options.hash, options.nameColors);
  const codes: Readonly<Record<PageHeading['painting'], (name: string) => string>> = {
    difference: () => '',
    names: (name) => nameColor(name).slice(1),
    syscalls: (name) => {
      const kind = kindOf(name);
      return kind === undefined ? '.' : String(CALL_KINDS.indexOf(kind));
    },
  };
  return writePageData({
    trie,
    fields,
    title,
    total: options.total ?? 0,
    countname: visibleText(options.countname),
    nametype: visibleText(options.nametype),
    groupings: groupingsOf(fields, options.flamechart),
    isReversed: page.isReversed ?? false,
    flamechart: options.flamechart,
    inverted: options.inverted,
    negate: options.negate,
    frameHeight: options.height + FRAME_GAP,
    fontSize: options.fontSize,
    fontType: options.fontType ?? '',
    minWidth: options.minWidth,
    searchColor: options.searchColor ?? '',
    painting,
    differencePalette: differencePalette(colors),
    kinds: painting === 'syscalls' ? CALL_KINDS.map((name) => ({ name, color: KIND_COLORS[name] })) : [],
    wallNs: page.wallNs ?? null,
    isAtLeast: page.isAtLeast ?? false,
    widthFrom: page.widthFrom ?? 'after',
    sides: page.sides ?? ['before', 'after'],
    showsGone: page.showsGone ?? false,
    shownName: (text) => {
      const name = trie.texts.text(text);
      return visibleName(isAnnotated ? withoutAnnotation(name) : name);
    },
    colorCode: (text) => codes[painting](trie.texts.text(text)),
  });
}

function isDifference(trie: Trie): boolean {
  return trie.columns.some(({ name }) => name === 'delta');
}

/** The orders that people ask for: as recorded, files first, calls first. */
export function groupingsOf(fields: FrameFields | undefined, isChart: boolean): readonly Grouping[] {
  if (isChart) return [{ label: 'in their order' }];
  if (fields === undefined) return [{ label: 'from the root' }, { label: 'from the end', isReversed: true }];
  const { names } = fields;
  const [path, syscall] = [names.indexOf('path'), names.indexOf('syscall')];
  const all = [...names.keys()];
  const orders = [all];
  if (path >= 0) orders.push([path, ...all.filter((field) => field !== path)]);
  if (path >= 0 && syscall >= 0) orders.push([syscall, path]);
  const labelled = orders.map((order) => ({ label: order.map((field) => names[field]).join(' → '), order }));
  return labelled.filter(({ label }, i) => labelled.findIndex((other) => other.label === label) === i);
}
