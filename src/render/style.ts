// The style sheet of every picture, always the same, so that a page's Content-Security-Policy can name it by its hash. The
// picture is complete without it, where a policy forbids all styles: what is here is the dark, the pointer, and what the
// script adds. Whatever an option chooses is an attribute instead.

import { CALL_KINDS } from './call-kinds.ts';
import { KIND_COLORS, NEUTRAL_COLORS, NEUTRAL_INKS, TINT } from './painting.ts';

const [, DARK_NEUTRAL] = NEUTRAL_COLORS;
const [, DARK_INK] = NEUTRAL_INKS;
export const DARK_BACKGROUND = '#16191e';

/** On whatever background there is. */
const TINTS = CALL_KINDS.map((kind, i) => `.k${i}{fill:${KIND_COLORS[kind]};fill-opacity:${TINT}}`);

const LINES = [
  // what opens over a picture may be taller than it
  '{overflow:visible}',
  ...TINTS,
  'text{white-space:pre}',
  '.frames text{pointer-events:none}',
  '.frames :focus{outline:none}',
  '.live{cursor:pointer}',
  '.hover{fill:#fff;fill-opacity:.25;stroke:#000;stroke-width:.7}',
  '.match{stroke:#000;stroke-width:.8;vector-effect:non-scaling-stroke}',
  '.ring{fill:none;stroke:#000;stroke-width:2;pointer-events:none}',
  '.gone{display:none}',
  '.ui{font:12px/1.4 system-ui,sans-serif;color:#222;display:flex;gap:6px;align-items:center;flex-wrap:wrap}',
  '.ui.end{justify-content:flex-end}',
  '.ui.row{justify-content:space-between;pointer-events:none}',
  '.ui button,.ui input{pointer-events:auto}',
  '.ui :disabled{opacity:.45}',
  'foreignObject{overflow:visible}',
  '.ui button,.ui input,.menu button,.menu textarea{font:inherit;color:inherit;background:#fff;border:1px solid #b9bcc2;border-radius:5px;padding:2px 8px;margin:0;box-sizing:border-box;height:24px}',
  '.ui button:hover,.menu button:hover{background:#eceef1}',
  '.ui button[aria-pressed=true]{background:#2463b4;border-color:#2463b4;color:#fff}',
  '.ui :focus-visible,.menu :focus-visible{outline:2px solid #2463b4;outline-offset:1px}',
  '.ui input{width:170px;flex:0 1 170px;min-width:60px}',
  '.ui input[aria-invalid=true]{border-color:#c02020}',
  '.ui [hidden],.menu[hidden]{display:none}',
  '.menu{font:12px/1.5 system-ui,sans-serif;color:#222;background:#fff;border:1px solid #b9bcc2;border-radius:7px;padding:4px;box-shadow:0 4px 16px #0004;box-sizing:border-box}',
  '.menu button{display:flex;justify-content:space-between;gap:16px;width:100%;border:0;text-align:left}',
  '.menu:focus{outline:none}',
  '.menu kbd{font:inherit;opacity:.65}',
  '.menu p{margin:2px 8px 4px;overflow-wrap:anywhere}',
  '.menu table{border-spacing:10px 1px}',
  '.menu th{text-align:left;font-weight:600;white-space:nowrap}',
  '.wrong{fill:#b00020}',
  '.menu textarea{width:100%;height:90px;resize:none}',
  '.quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}',
];

const DARK_LINES = [
  `{color-scheme:dark;background:${DARK_BACKGROUND}}`,
  `.back,.bar{fill:${DARK_BACKGROUND}}`,
  `.head text,.foot text{fill:${DARK_INK}}`,
  `.neutral{fill:${DARK_NEUTRAL}}`,
  `.neutral .n{fill:${DARK_INK}}`,
  '.hover,.ring,.match{stroke:#fff}',
  '.ui,.menu{color:#e9e7e2}',
  '.menu,.ui button,.ui input,.menu button,.menu textarea{background:#23272e;border-color:#4a505a}',
  '.ui button:hover,.menu button:hover{background:#323842}',
  '.ui button[aria-pressed=true]{background:#5d9df0;border-color:#5d9df0;color:#000}',
  '.foot .wrong{fill:#ff8a80}',
];

/** Each selector holds within a picture only: it may stand in somebody's page. */
function within(scope: string, lines: readonly string[]): string {
  return lines
    .map((line) => {
      const at = line.indexOf('{');
      const selectors = line.slice(0, at).split(',');
      return `${selectors.map((selector) => `${scope}${/^(>|$)/.test(selector) ? '' : ' '}${selector}`).join(',')}${line.slice(at)}`;
    })
    .join('\n');
}

export const STYLE = `\n${within('.ior-flame', LINES)}\n@media (prefers-color-scheme:dark){\n${within('.ior-flame.auto', DARK_LINES)}\n}\n`;
