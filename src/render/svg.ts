// A Trie as one SVG: flames grow upwards from the root `all`. Self-contained (no font, no request, no DTD), readable
// where scripts or styles are blocked, and byte-identical for identical input. Every text in it comes from somebody else and
// goes through escapeXml; nothing here writes a name, a title or a number any other way.

import { escapeXml, visibleName, visibleText } from '../model/escape.ts';
import { isolated } from '../model/isolated.ts';
import type { Trie } from '../model/trie.ts';
import { formatPercent } from '../model/units.ts';
import { writeBlock } from './block.ts';
import { FLAME_SCRIPT } from './browser/flame.generated.ts';
import { type CarriedFrames, carriedFrames } from './carried-frames.ts';
import { differenceColor } from './difference.ts';
import { frameText, isComponent, joinedPath, type Wording } from './frame-text.ts';
import * as geometry from './geometry.ts';
import { BLACK, inkOn, WHITE } from './ink.ts';
import { minWidthPx } from './layout.ts';
import { DEFAULT_OPTIONS, differencePalette, type RenderOptions, titleOf } from './options.ts';
import { KIND_COLORS, NEUTRAL_COLORS, NEUTRAL_INKS, NO_TINT, type Painting, paintFrames } from './painting.ts';
import { STYLE } from './style.ts';

export interface Picture extends Partial<RenderOptions> {
  /** Why there is nothing to see; shown when the total is 0. */
  readonly notice?: string;
  /** Facts about the run, one a line, for `<desc>`: not shown, but in the file. */
  readonly description?: readonly string[];
  /** The stacks were turned round (--reverse): paths run from the file to the root directory. */
  readonly isReversed?: boolean;
}

const { X_PAD, LABEL_PAD, TITLE_MARGIN } = geometry;
const CHUNK_CHARACTERS = 1 << 17;
const FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";
/** What flamegraph.pl's searches are marked with, brighter: black is legible on it. */
const SEARCH_COLOR = '#f060f0';
const SUBTITLE_INK = '#555555';

/** flamegraph.pl's gradients: the colours of their upper and their lower end. */
const GRADIENTS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['yellow', ['#eeeeee', '#eeeeb0']],
  ['blue', ['#eeeeee', '#e0e0ff']],
  ['green', ['#eef2ee', '#e0ffe0']],
  ['grey', ['#f8f8f8', '#e8e8e8']],
]);
/** White frames, those without a change, are to be seen on it. */
const DIFFERENCE_BACK = '#e4e4e4';

/** What all parts of the picture are drawn from. */
interface Scene {
  readonly trie: Trie;
  readonly options: RenderOptions;
  readonly isReversed: boolean;
  readonly frames: CarriedFrames;
  readonly painting: Painting;
  readonly pads: geometry.Pads;
  readonly height: number;
  readonly letterWidth: number;
  readonly isClipped: boolean;
  /** By text id, as it is shown; filled when it is asked for. */
  readonly shownName: (text: number) => string;
}

/** The picture in chunks of UTF-8. Column 0 gives the widths; tooltips tell all columns that are not 0. */
export function* renderSvg(trie: Trie, picture: Picture = {}): Generator<Buffer> {
  const scene = sceneOf(trie, { ...DEFAULT_OPTIONS, ...picture }, picture.isReversed ?? false);
  yield Buffer.from(head(scene, picture));
  if (scene.frames.length > 0) {
    yield* frameElements(scene);
    yield Buffer.from('</g>\n<metadata>');
    yield* writeBlock(trie, scene.frames, scene.painting, headingOf(scene), scene.shownName);
    yield Buffer.from(`</metadata>\n<script><![CDATA[${FLAME_SCRIPT}]]></script>\n`);
  }
  yield Buffer.from('</svg>\n');
}

/** The same as a part of an HTML page: without script, title and numbers, and of at most so many frames, the widest. */
export function* renderStatic(trie: Trie, picture: Picture, mostFrames: number): Generator<Buffer> {
  const options = { ...DEFAULT_OPTIONS, ...picture, isFluid: false, width: DEFAULT_OPTIONS.width, subtitle: '' };
  const widths = trie.totals(0).toSorted().reverse();
  const scale = (options.width - 2 * X_PAD) / Math.max(widths[0] as number, options.total ?? 0);
  const leastPx = Math.max((widths[Math.min(mostFrames, widths.length - 1)] as number) * scale, 0.5);
  const minWidth = { value: leastPx, unit: 'px' } as const;
  const scene = sceneOf(trie, { ...options, minWidth }, picture.isReversed ?? false);
  yield Buffer.from(head(scene, picture, true));
  if (scene.frames.length > 0) {
    yield* frameElements(scene);
    yield Buffer.from('</g>\n');
  }
  yield Buffer.from('</svg>\n');
}

function sceneOf(trie: Trie, options: RenderOptions, isReversed: boolean): Scene {
  const frames = carriedFrames(trie, options.width - 2 * X_PAD, options);
  const painting = paintFrames(trie, frames, options);
  const pads = geometry.padsOf(options.fontSize, options.subtitle !== '', legendOf(painting).length > 0);
  const isOurFont = options.fontType === undefined;
  const shown: string[] = [];
  const isAnnotated = trie.columns[0]?.unit === 'samples';
  return {
    trie,
    options,
    isReversed,
    frames,
    painting,
    pads,
    height: pads.top + (frames.drawnDepth + 1) * options.height + pads.bottom,
    letterWidth:
      options.fontSize * (options.fontWidth ?? (isOurFont ? geometry.LETTER_WIDTH : geometry.OTHER_LETTER_WIDTH)),
    isClipped: !isOurFont || options.fontWidth !== undefined,
    shownName: (text) => {
      shown[text] ??= visibleName(isAnnotated ? withoutAnnotation(trie.texts.text(text)) : trie.texts.text(text));
      return shown[text];
    },
  };
}

/** stackcollapse-perf and its like mark names as kernel, waker, inlined or compiled; only colours are to show it. */
export function withoutAnnotation(name: string): string {
  return name.endsWith(']') ? name.replace(/_\[[kwij]\]$/, '') : name;
}

function headingOf({ options, isReversed, frames, pads, letterWidth, isClipped }: Scene) {
  return {
    countname: visibleText(options.countname),
    nametype: visibleText(options.nametype),
    width: options.width,
    isFluid: options.isFluid,
    frameHeight: options.height,
    fontSize: options.fontSize,
    letterWidth,
    isClipped,
    minWidth: minWidthPx(options.minWidth, options.width - 2 * X_PAD),
    topPad: pads.top,
    bottomPad: pads.bottom,
    drawnDepth: frames.drawnDepth,
    inverted: options.inverted,
    isReversed,
    flamechart: options.flamechart,
    negate: options.negate,
    searchColor: options.searchColor ?? SEARCH_COLOR,
    differencePalette: differencePalette(options.colors),
  };
}

/** @param isInline in an HTML page, which has the title already */
function head(scene: Scene, { notice, description = [] }: Picture, isInline = false): string {
  const { options, frames, painting, pads, height, letterWidth } = scene;
  const { width, fontSize, subtitle, notes, bgcolors } = options;
  const middle = width / 2;
  const room = width - 2 * X_PAD;
  const title = visibleText(titleOf(options));
  const facts = notes === '' ? description : [...description, notes];
  // what the reader's machine does not have is not to become whatever the browser likes
  const font = escapeXml(options.fontType === undefined ? FONTS : `${visibleText(options.fontType)}, sans-serif`);
  const lines: string[] = [];
  const top = isInline ? pads.title : 0;
  const size = `width="${width}" height="${height - top}" viewBox="0 ${top} ${width} ${height - top}"`;
  const fonts = `font-family="${font}" font-size="${fontSize}"`;
  const svg = `class="ior-flame${bgcolors === undefined ? ' auto' : ''}" ${fonts}`;
  if (isInline) lines.push(`<svg ${size} ${svg} role="img" aria-label="${escapeXml(title)}">`);
  else {
    lines.push(
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${svg}>`,
      `<title>${escapeXml(title)}</title>`,
    );
    if (facts.length > 0) lines.push(`<desc>${facts.map((fact) => escapeXml(visibleText(fact))).join('\n')}</desc>`);
  }
  lines.push(
    `<style>${STYLE}</style>`,
    ...background(bgcolors ?? (painting.kind === 'difference' ? DIFFERENCE_BACK : WHITE)),
  );
  const titleSize = fontSize + 5;
  const titleRoom = Math.max(width - 2 * TITLE_MARGIN, width / 3);
  const fitted = geometry.fitText(title, titleRoom, (letterWidth / fontSize) * titleSize);
  const ink = inkOnBackground(bgcolors, BLACK);
  lines.push('<g class="head">');
  if (!isInline) lines.push(centred('title', middle, pads.title, fitted, `font-size="${titleSize}" fill="${ink}"`));
  const grey = inkOnBackground(bgcolors, SUBTITLE_INK);
  if (subtitle !== '') {
    const text = geometry.fitText(visibleText(subtitle), room, letterWidth);
    lines.push(centred('subtitle', middle, pads.subtitle, text, `fill="${grey}"`));
  }
  if (frames.length === 0) {
    const text = geometry.fitText(visibleText(notice ?? 'Nothing was recorded.'), room, letterWidth);
    lines.push(centred('notice', middle, pads.top + fontSize, text, `fill="${grey}"`));
    return `${lines.join('\n')}\n</g>\n`;
  }
  lines.push(...legend(scene, ink), '</g>');
  const isNeutral = painting.kind === 'syscalls';
  lines.push(`<g class="frames${isNeutral ? ' neutral' : ''}" fill="${isNeutral ? NEUTRAL_COLORS[0] : BLACK}">\n`);
  return lines.join('\n');
}

function centred(name: string, x: number, y: number, text: string, attributes: string): string {
  return `<text class="${name}" x="${x}" y="${y}" text-anchor="middle" ${attributes}>${escapeXml(text)}</text>`;
}

function background(bgcolors: string): string[] {
  const gradient = GRADIENTS.get(bgcolors);
  const fill = gradient === undefined ? bgcolors : 'url(#background)';
  const rect = `<rect class="back" width="100%" height="100%" fill="${escapeXml(fill)}"/>`;
  if (gradient === undefined) return [rect];
  const stops = `<stop stop-color="${gradient[0]}" offset="5%"/><stop stop-color="${gradient[1]}" offset="95%"/>`;
  return [`<defs><linearGradient id="background" x1="0" y1="0" x2="0" y2="1">${stops}</linearGradient></defs>`, rect];
}

function inkOnBackground(bgcolors: RenderOptions['bgcolors'], onLight: string): string {
  return bgcolors?.startsWith('#') && inkOn(bgcolors) === WHITE ? WHITE : onLight;
}

/** `read 61.2 %`, what the colours mean and how much there is of each; widest first. */
function legendOf({ legend }: Painting): readonly { readonly color: string; readonly text: string }[] {
  const all = [...legend.values()].reduce((sum, worth) => sum + worth, 0);
  return [...legend]
    .filter(([, worth]) => worth > 0)
    .map(([kind, worth]) => ({ color: KIND_COLORS[kind], text: `${kind} ${formatPercent(worth, all)}` }));
}

function legend({ painting, pads, letterWidth }: Scene, ink: string): string[] {
  const entries = legendOf(painting);
  if (entries.length === 0) return [];
  const lines = ['<g class="legend">'];
  let x = X_PAD;
  for (const { color, text } of entries) {
    const { LEGEND_SQUARE } = geometry;
    const square = `<rect y="${-LEGEND_SQUARE + 1}" width="${LEGEND_SQUARE}" height="${LEGEND_SQUARE}" fill="${color}"/>`;
    lines.push(
      `<g transform="translate(${hundredths(x)} ${pads.legend})">${square}<text x="${LEGEND_SQUARE + 5}" fill="${ink}">${escapeXml(text)}</text></g>`,
    );
    x += geometry.legendWidth(text, letterWidth);
  }
  lines.push('</g>');
  return lines;
}

/** One `<g>` a drawn frame, in the order of the block's frames. */
function* frameElements(scene: Scene): Generator<Buffer> {
  const { trie, options, isReversed, frames, painting, pads, height, letterWidth, isClipped, shownName } = scene;
  const { columns } = trie;
  const wording: Wording = { columns, countname: visibleText(options.countname), negate: options.negate };
  const totals = columns.map((_, column) => trie.totals(column));
  const deltaColumn = columns.findIndex(({ name }) => name === 'delta');
  const isNeutral = painting.kind === 'syscalls';
  const palette = differencePalette(options.colors);
  const values = new Float64Array(columns.length);
  const names: string[] = [];
  const paths: string[] = [];
  const rectHeight = options.height - 1;
  const baseline = geometry.baseline(options.height, options.fontSize);
  let pending = '';

  for (let i = 0; i < frames.length; i++) {
    if (frames.drawn[i] === 0) continue;
    const node = frames.nodes[i] as number;
    const depth = frames.depths[i] as number;
    const start = frames.starts[i] as number;
    const text = trie.name(node);
    const name = shownName(text);
    const isCall = painting.calls[i] === 1;
    const path =
      depth === 0 ? '' : joinedPath(name, names[depth - 1] as string, paths[depth - 1] as string, isReversed);
    names[depth] = name;
    paths[depth] = path === '' && isCall ? (paths[depth - 1] as string) : path;

    for (let column = 0; column < columns.length; column++) {
      values[column] = (totals[column] as Float64Array)[node] as number;
    }
    values[0] = frames.values[i] as number;
    const label = isComponent(name) ? path : name;
    let title = escapeXml(frameText(wording, isolated(label), values, depth === 0 ? undefined : frames.total));
    if (isCall && paths[depth] !== '') title += `\n${escapeXml(isolated(paths[depth] as string))}`;

    // Both edges are rounded, and not the width: so no frame reaches out of its parent or into its neighbour.
    const left = hundredths(X_PAD + start * frames.scale);
    const width = hundredths(X_PAD + (start + (values[0] as number)) * frames.scale) - left;
    const y = options.inverted
      ? pads.top + depth * options.height
      : height - pads.bottom - (depth + 1) * options.height + 1;
    let fill = '';
    if (deltaColumn > 0)
      fill = differenceColor(values[deltaColumn] as number, painting.mostDelta, options.negate, palette);
    else if (depth === 0 && !isNeutral) fill = painting.rootColor;
    else if (isCall || !isNeutral) fill = painting.nameColor(trie.texts.text(text));
    const tint = painting.tints[i] as number;
    const fillAttribute = fill !== '' ? ` fill="${fill}"` : tint === NO_TINT ? '' : ` class="k${tint}"`;
    pending += `<g><title>${title}</title><rect x="${left}" y="${y}" width="${hundredths(geometry.drawnWidth(width))}" height="${rectHeight}"${fillAttribute}/>`;

    const fitted = geometry.fitLabel(name, width, letterWidth);
    if (fitted !== '') {
      const ink = fill === '' ? NEUTRAL_INKS[0] : inkOn(fill);
      const attributes = isNeutral
        ? `${fill === '' ? ' class="n"' : ''} fill="${ink}"`
        : ink === BLACK
          ? ''
          : ` fill="${ink}"`;
      const letters = `${attributes}>${escapeXml(fitted)}</text>`;
      const x = hundredths(left + LABEL_PAD);
      if (isClipped || geometry.isUncertain(fitted)) {
        const room = hundredths(width - LABEL_PAD);
        pending += `<svg x="${x}" y="${y}" width="${room}" height="${rectHeight}"><text y="${baseline}"${letters}</svg>`;
      } else pending += `<text x="${x}" y="${y + baseline}"${letters}`;
    }
    pending += '</g>\n';
    if (pending.length > CHUNK_CHARACTERS) {
      yield Buffer.from(pending);
      pending = '';
    }
  }
  yield Buffer.from(pending);
}

function hundredths(px: number): number {
  return Math.round(px * 100) / 100;
}
