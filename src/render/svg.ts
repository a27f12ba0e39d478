// A Trie as one SVG: flames grow upwards from the root `all`. Self-contained (no font, no request, no DTD), readable
// where scripts are blocked, and byte-identical for identical input. Every text in it comes from somebody else and goes
// through escapeXml; nothing here writes a name, a title or a number any other way.

import { escapeXml, isolated, visibleName, visibleText } from '../model/escape.ts';
import { ROOT, type Trie } from '../model/trie.ts';
import { counted, formatNs, formatPercent, formatValue } from '../model/units.ts';
import { FLAME_SCRIPT } from './browser/flame.generated.ts';
import { frameColor, MATCH_COLOR, ROOT_COLOR, TEXT_COLOR } from './colors.ts';
import * as geometry from './geometry.ts';
import { type Layout, layoutFrames } from './layout.ts';

export interface SvgOptions {
  readonly title?: string;
  readonly subtitle?: string;
  /** What column 0 counts, in the plural, where it is no duration and no size: `samples`. */
  readonly countname?: string;
  /** px; 1200 unless given. */
  readonly width?: number;
  /** Frames narrower than this many px are not drawn; 0.1 unless given. */
  readonly minWidth?: number;
  /** Why there is nothing to see; shown when the total is 0. */
  readonly notice?: string;
  /** Facts about the run, one a line, for `<desc>`: not shown, but in the file. */
  readonly description?: readonly string[];
}

const { X_PAD, TOP_PAD, SUBTITLE_PAD, BOTTOM_PAD, FRAME_HEIGHT, FONT_SIZE, TITLE_SIZE, LABEL_PAD } = geometry;
const CHUNK_CHARACTERS = 1 << 17;
/** Kept free on both sides of the title, for the buttons and the search field. */
const TITLE_MARGIN = 330;

const STYLE = `
svg { font-family: Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: ${FONT_SIZE}px; }
text { fill: ${TEXT_COLOR}; white-space: pre; }
.title { font-size: ${TITLE_SIZE}px; text-anchor: middle; }
.subtitle { text-anchor: middle; fill: #444444; }
.notice { text-anchor: middle; fill: #444444; }
.frames text { pointer-events: none; }
.frames g:hover rect { stroke: ${TEXT_COLOR}; stroke-width: 0.5; }
.frames.live g { cursor: pointer; }
.frames .above rect { opacity: 0.5; }
.frames .match rect { fill: ${MATCH_COLOR}; }
.button { cursor: pointer; fill: #0b57a4; }
.right { text-anchor: end; }
.wrong { fill: #b00020; }
.hide { display: none; }
`;

/** The picture in chunks of UTF-8. Column 0 gives the widths; tooltips tell all columns that are not 0. */
export function* renderSvg(trie: Trie, options: SvgOptions = {}): Generator<Buffer> {
  const width = options.width ?? 1200;
  const layout = layoutFrames(trie, width - 2 * X_PAD, options.minWidth);
  let pending = '';
  for (const line of lines(trie, layout, width, options)) {
    pending += `${line}\n`;
    if (pending.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(pending);
    pending = '';
  }
  yield Buffer.from(pending);
}

function* lines(trie: Trie, layout: Layout, width: number, options: SvgOptions): Generator<string> {
  const { title = 'Flame graph', subtitle = '', description = [] } = options;
  const top = TOP_PAD + (subtitle === '' ? 0 : SUBTITLE_PAD);
  const height = top + (layout.maxDepth + 1) * FRAME_HEIGHT + BOTTOM_PAD;
  const middle = width / 2;
  const bottomLine = height - BOTTOM_PAD / 2;
  const titleRoom = Math.max(width - 2 * TITLE_MARGIN, width / 3);

  yield '<?xml version="1.0" encoding="UTF-8"?>';
  yield `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`;
  yield `<title>${escapeXml(visibleText(title))}</title>`;
  if (description.length > 0)
    yield `<desc>${description.map((line) => escapeXml(visibleText(line))).join('\n')}</desc>`;
  yield `<style>${STYLE}</style>`;
  yield `<rect width="${width}" height="${height}" fill="#ffffff"/>`;
  yield text('title', middle, 24, geometry.fitText(visibleText(title), titleRoom, TITLE_SIZE));
  if (subtitle !== '') {
    yield text('subtitle', middle, 48, geometry.fitText(visibleText(subtitle), width - 2 * X_PAD));
  }
  if (layout.length === 0) {
    const notice = options.notice ?? 'Nothing was recorded.';
    yield text('notice', middle, top + FONT_SIZE, geometry.fitText(visibleText(notice), width - 2 * X_PAD));
  }
  yield '<g class="frames">';
  yield* frameLines(trie, layout, height, options.countname);
  yield '</g>';
  // Of use to the script alone, which shows them.
  yield text('button reset hide', X_PAD, 24, 'Reset zoom');
  yield text('button search right hide', width - X_PAD, 24, 'Search');
  yield text('details', X_PAD, bottomLine, '');
  yield text('matched right', width - X_PAD, bottomLine, '');
  yield `<script><![CDATA[${FLAME_SCRIPT}]]></script>`;
  yield '</svg>';
}

/** One `<g>` a frame. `data-`: n name, d depth, x start, v value, h hidden (see Layout), in units of column 0. */
function* frameLines(trie: Trie, layout: Layout, height: number, countname: string | undefined): Generator<string> {
  const totals = trie.columns.map((_, column) => trie.totals(column));
  const { first } = trie.children();
  for (let i = 0; i < layout.length; i++) {
    const node = layout.nodes[i] as number;
    const depth = layout.depths[i] as number;
    const start = layout.starts[i] as number;
    const value = layout.values[i] as number;
    const hidden = layout.hidden[i] as number;
    const raw = trie.texts.text(trie.name(node));
    const name = visibleName(raw);
    const fill = node === ROOT ? ROOT_COLOR : frameColor(raw, first[node] === first[node + 1]);
    // Both edges are rounded, and not the width: so no frame reaches out of its parent or into its neighbour.
    const left = hundredths(X_PAD + start * layout.scale);
    const width = hundredths(hundredths(X_PAD + (start + value) * layout.scale) - left);
    const y = height - BOTTOM_PAD - (depth + 1) * FRAME_HEIGHT + 1;
    const label = geometry.fitLabel(name, width);
    const data = `data-n="${escapeXml(name)}" data-d="${depth}" data-x="${start}" data-v="${value}"`;
    yield `<g ${data}${hidden > 0 ? ` data-h="${hidden}"` : ''}><title>${escapeXml(
      `${isolated(name)}: ${weights(trie, totals, node, countname)}`,
    )}</title><rect x="${left}" y="${y}" width="${width}" height="${FRAME_HEIGHT - 1}" rx="2" fill="${fill}"/>${
      label === '' ? '' : `<text x="${hundredths(left + LABEL_PAD)}" y="${y + 11}">${escapeXml(label)}</text>`
    }</g>`;
  }
}

/** `1.24 s (12.3 %) · 4,096 calls · 16 MiB · 3 errors · longest 210 ms`. */
function weights(trie: Trie, totals: readonly Float64Array[], node: number, countname: string | undefined): string {
  const parts: string[] = [];
  for (const [column, { name, unit }] of trie.columns.entries()) {
    const values = totals[column] as Float64Array;
    const value = values[node] as number;
    if (column > 0 && value === 0) continue;
    let part: string;
    if (name === 'errors') part = counted(value, 'errors');
    else if (name === 'maxNs') part = `longest ${formatNs(value)}`;
    else if (name === 'gapNs') part = `gap ${formatNs(value)}`;
    else part = formatValue(value, unit, column === 0 ? countname && visibleText(countname) : undefined);
    parts.push(column === 0 ? `${part} (${formatPercent(value, values[ROOT] as number)})` : part);
  }
  return parts.join(' · ');
}

function text(classes: string, x: number, y: number, content: string): string {
  return `<text class="${classes}" x="${x}" y="${y}">${escapeXml(content)}</text>`;
}

function hundredths(px: number): number {
  return Math.round(px * 100) / 100;
}
