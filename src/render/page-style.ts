// The style sheet of every page, always the same, so that its Content-Security-Policy can name it by its hash. Light and dark are
// two sets of variables; what is printed is the light one without controls. Colours of frames are those of pictures.

import { CALL_KINDS } from './call-kinds.ts';
import { KIND_COLORS, NEUTRAL_COLORS, NEUTRAL_INKS, TINT } from './painting.ts';
import { DARK_BACKGROUND } from './style.ts';

const BACKGROUNDS = ['#ffffff', DARK_BACKGROUND] as const;

type Variables = Readonly<Record<string, string>>;

const LIGHT: Variables = {
  ...colorsOfFrames(0),
  bg: BACKGROUNDS[0],
  ink: '#1d2127',
  soft: '#5a626d',
  line: '#d5d9df',
  panel: '#f6f7f9',
  field: '#ffffff',
  accent: '#1f5fb4',
  'on-accent': '#ffffff',
  bar: '#c9dcf5',
  match: '#f060f0',
  edge: '#ffffff',
  under: '#d4d7dc',
  ring: '#000000',
  wrong: '#b00020',
  warm: '#b3261e',
  orange: '#9a4a00',
  cool: '#1f4fa8',
  scheme: 'light',
};

const DARK: Variables = {
  ...colorsOfFrames(1),
  bg: BACKGROUNDS[1],
  ink: '#e9e7e2',
  soft: '#a9b0ba',
  line: '#3b424c',
  panel: '#1e232a',
  field: '#23272e',
  accent: '#6ea8f2',
  'on-accent': '#0b1420',
  bar: '#2c4468',
  match: '#f060f0',
  edge: DARK_BACKGROUND,
  under: '#4a505a',
  ring: '#ffffff',
  wrong: '#ff8a80',
  warm: '#ff9c92',
  orange: '#ffb066',
  cool: '#8fbaff',
  scheme: 'dark',
};

/** k0, k1, ... of calls, t0, t1, ... of what they are most of, and what is neither. */
function colorsOfFrames(mode: 0 | 1): Variables {
  const colors: Record<string, string> = { neutral: NEUTRAL_COLORS[mode], 'frame-ink': NEUTRAL_INKS[mode] };
  for (const [i, kind] of CALL_KINDS.entries()) {
    colors[`k${i}`] = KIND_COLORS[kind];
    colors[`t${i}`] = mixed(KIND_COLORS[kind], BACKGROUNDS[mode], TINT);
  }
  return colors;
}

function mixed(color: string, background: string, share: number): string {
  const channel = (of: string, at: number) => Number.parseInt(of.slice(at, at + 2), 16);
  return `#${[1, 3, 5]
    .map((at) => Math.round(channel(color, at) * share + channel(background, at) * (1 - share)))
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')}`;
}

function variables(values: Variables): string {
  return Object.entries(values)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}

const LINES = [
  '*{box-sizing:border-box}',
  '[hidden]{display:none!important}',
  'body{margin:0;padding:16px 20px 32px;background:var(--bg);color:var(--ink);color-scheme:var(--scheme);font:14px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif}',
  'h1{font-size:20px;line-height:1.25;margin:0;overflow-wrap:anywhere}',
  'h2{font-size:15px;margin:24px 0 6px}',
  'header p{margin:2px 0 0;overflow-wrap:anywhere}',
  '.subtitle,.note{color:var(--soft)}',
  '.note{margin:8px}',
  'button,input,select,textarea{font:inherit;color:inherit;background:var(--field);border:1px solid var(--line);border-radius:6px;padding:3px 9px;margin:0;min-height:30px}',
  'button,select{cursor:pointer}',
  'button:hover:not(:disabled){border-color:var(--accent)}',
  ':disabled{opacity:.45;cursor:default}',
  'button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}',
  ':focus-visible{outline:2px solid var(--accent);outline-offset:1px}',
  '.toolbar{display:flex;flex-wrap:wrap;gap:6px 10px;align-items:center;margin:12px 0 8px;position:sticky;top:0;background:var(--bg);padding:4px 0;z-index:2}',
  '.choice{display:inline-flex;flex-wrap:wrap}',
  '.choice button{border-radius:0;margin-left:-1px}',
  '.choice button:first-child{border-radius:6px 0 0 6px;margin-left:0}',
  '.choice button:last-child{border-radius:0 6px 6px 0}',
  'select{max-width:100%}',
  '.search{display:inline-flex;flex-wrap:wrap;gap:4px;align-items:center}',
  '.search input{width:190px}',
  'input[aria-invalid=true]{border-color:var(--wrong)}',
  '.matched{min-width:1px;font-variant-numeric:tabular-nums}',
  '.matched.wrong{color:var(--wrong)}',
  '.panes{display:grid;grid-template-columns:minmax(0,1fr);gap:16px}',
  '@media (min-width:1100px){.panes{grid-template-columns:minmax(0,1fr) minmax(340px,26vw)}}',
  '@media (min-width:2200px){.panes{grid-template-columns:minmax(0,1fr) 560px}}',
  '.panes.wide{grid-template-columns:minmax(0,1fr)}', // its tables have five columns
  '.graph{min-width:0}',
  '.crumbs ol{display:flex;flex-wrap:wrap;gap:2px;list-style:none;margin:0 0 6px;padding:0}',
  '.crumbs li{display:flex;max-width:100%}',
  '.crumbs li+li:not(:last-child)::before,.crumbs li+li:last-child:nth-child(2)::before{content:"›";color:var(--soft);margin:4px 3px 0}',
  '.crumbs button{border-color:transparent;background:none;padding:3px 5px;overflow-wrap:anywhere;text-align:left}',
  '.crumbs button[aria-current]{font-weight:600}',
  '.chart{overflow:hidden;border-radius:4px}',
  '.chart svg{display:block}',
  '.chart text{display:none}',
  '.chart rect{stroke:var(--edge);stroke-width:.5}',
  '.difference .chart{background:var(--under)}',
  '.difference .chart rect{stroke:var(--under);stroke-width:1}',
  '.chart g.frame{cursor:pointer}',
  '.chart g.frame:hover rect{stroke:var(--ring);stroke-width:1}',
  '.chart g.fade{opacity:.65}',
  '.chart g#selected rect{stroke:var(--ring);stroke-width:2}',
  '.d3-flame-graph-label{font-family:var(--font,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace);font-size:var(--font-size);line-height:var(--row);white-space:pre;overflow:hidden;text-overflow:ellipsis;padding:0 4px;color:var(--frame-ink)}',
  '.chart[data-ink=dark] .d3-flame-graph-label,.chart g[data-ink=dark] .d3-flame-graph-label{color:#000}',
  '.chart g[data-ink=light] .d3-flame-graph-label{color:#fff}',
  '.details{margin:6px 0 0;min-height:3em;overflow-wrap:anywhere;white-space:pre-line;font-variant-numeric:tabular-nums}',
  '.legend{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:4px 0 0;padding:0;color:var(--soft)}',
  '.swatch{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:5px}',
  ...CALL_KINDS.map((_, i) => `.swatch.k${i}{background:var(--k${i})}`),
  '.tables{min-width:0}',
  '.tabs{display:flex;flex-wrap:wrap;gap:2px;border-bottom:1px solid var(--line)}',
  '.tabs button{border:0;border-bottom:2px solid transparent;border-radius:0;background:none;padding:4px 6px}',
  '.tabs button[aria-selected=true]{border-color:var(--accent);font-weight:600}',
  '.rows{max-height:70vh;overflow:auto}',
  'table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}',
  'th,td{padding:3px 8px;text-align:right;white-space:nowrap;vertical-align:top}',
  'th:first-child,td:first-child{text-align:left}',
  'th{font-weight:600;color:var(--soft)}',
  '.rows thead th{position:sticky;top:0;background:var(--bg)}',
  '.rows td.name{position:relative;width:99%;max-width:0;min-width:130px;overflow-wrap:anywhere;white-space:normal;padding-bottom:6px}',
  '.rows td button,.rows .stack{border:0;background:none;padding:0;min-height:0;display:block;width:100%;text-align:left;direction:rtl;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}',
  '.rows td button{text-decoration:underline;text-decoration-color:var(--line);text-underline-offset:2px;color:inherit}',
  '.rows td button:hover{text-decoration-color:var(--accent)}',
  '.rows tr.on td{background:var(--bar)}',
  '.rows td button[aria-pressed=true]{font-weight:600;color:inherit;background:none}',
  '.share{position:absolute;left:8px;bottom:2px;height:3px;border-radius:2px;background:var(--accent);opacity:.55;max-width:calc(100% - 16px)}',
  '.warm{color:var(--warm)}',
  '.orange-blue .warm{color:var(--orange)}',
  '.cool{color:var(--cool)}',
  '.tip{position:fixed;z-index:5;max-width:min(560px,90vw);pointer-events:none;background:var(--panel);color:var(--ink);border:1px solid var(--line);border-radius:6px;padding:6px 10px;box-shadow:0 4px 16px #0004;white-space:pre-line;overflow-wrap:anywhere}',
  '.menu{position:fixed;z-index:6;width:min(320px,95vw);background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:6px;box-shadow:0 6px 24px #0005}',
  '.menu p{margin:2px 8px 6px;overflow-wrap:anywhere;white-space:pre-line;max-height:30vh;overflow:auto}',
  '.menu button{display:flex;justify-content:space-between;gap:16px;width:100%;border:0;background:none;text-align:left}',
  '.menu button:hover,.menu button:focus{background:var(--bar)}',
  '.menu kbd{font:inherit;color:var(--soft)}',
  '.menu th,.menu td{text-align:left;white-space:normal}',
  '.menu textarea{width:100%;height:120px}',
  '.facts table{width:auto}',
  '.facts td,.facts th{text-align:left;white-space:normal;overflow-wrap:anywhere}',
  '.facts th{overflow-wrap:normal}',
  '.facts td.count{text-align:right;white-space:nowrap}',
  '.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:0 32px}',
  '.columns section{min-width:0}',
  'details{margin-top:12px}',
  'summary{cursor:pointer}',
  'pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px}',
  '.static{overflow-x:auto}',
  '.static svg{max-width:100%;min-width:760px;height:auto}',
  '@media (max-width:480px){body{padding:12px}.tabs button{padding:4px;font-size:13px}th,td{padding:3px 4px}.choice button{padding:3px 7px}}',
  '.empty-page{font-size:16px;margin:24px 0}',
];

const PRINT_LINES = [
  '.toolbar,.tabs,.menu,.tip,details,.crumbs li:last-child button[aria-haspopup]{display:none}',
  'body{padding:0;font-size:11px}',
  '.panes{display:block}',
  '.rows{max-height:none;overflow:visible}',
  '.chart svg,.chart rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}',
  '.chart svg{width:100%;height:auto}',
  '.static svg{min-width:0}',
  'tr{break-inside:avoid}',
  '.rows tbody tr:nth-child(n+31){display:none}',
];

export const PAGE_STYLE = [
  `:root{${variables(LIGHT)}}`,
  `@media screen and (prefers-color-scheme:dark){:root{${variables(DARK)}}}`,
  ...LINES,
  `@media print{${PRINT_LINES.join('')}}`,
].join('\n');
