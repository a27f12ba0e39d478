// The options of `ior-flame render`: those of flamegraph.pl and inferno-flamegraph that people script against, with their names
// and meanings. One row each. The words of the command line come in; RenderSettings go out, or a UserError.

import { UserError } from '../model/errors.ts';
import type { Column } from '../model/trie.ts';
import { BACKGROUNDS, type Background, DEFAULT_OPTIONS, PALETTES, type RenderOptions } from '../render/options.ts';
import { type OptionRow, readArguments } from './arguments.ts';
import { FORMATS, type Format } from './outputs.ts';

export interface RenderSettings {
  /** `-` is stdin. */
  readonly files: readonly string[];
  readonly output: readonly string[];
  readonly format: Format | undefined;
  /** Nothing is said of what was left out. */
  readonly quiet: boolean;
  /** How the picture looks. Its total is in units of the counts as they are read, before `factor` and the unit. */
  readonly options: RenderOptions;
  // what stacks become before there is a picture of them: see src/fold/stacks.ts
  readonly reverse: boolean;
  readonly base: readonly string[];
  readonly factor: number;
  readonly diff: boolean;
  /** Colours of names come from and go to palette.map (palette-map.ts). */
  readonly cp: boolean;
}

type Draft = { -readonly [K in keyof RenderSettings]: RenderSettings[K] } & { output: string[]; base: string[] };

export const HELP = 'ior-flame render --help';

export const RENDER_OPTIONS: readonly OptionRow<Draft>[] = [
  {
    name: 'output',
    alias: 'o',
    value: 'file',
    describe: `Write to this file, in the format of its extension (${Object.values(FORMATS).join(', ')}); - is stdout; may be repeated`,
    defaultDescription: 'stdout',
    set: (to, value) => void to.output.push(value),
  },
  {
    name: 'format',
    value: 'format',
    describe: `Format of all outputs: ${Object.keys(FORMATS).join(', ')}`,
    defaultDescription: 'svg',
    set: (to, value) => {
      to.format = oneOf('--format', value, Object.keys(FORMATS) as Format[], 'format');
    },
  },
  {
    name: 'title',
    value: 'text',
    describe: 'Title of the picture',
    defaultDescription: 'Flame graph',
    set: (to, value) => draw(to, { title: value }),
  },
  {
    name: 'subtitle',
    value: 'text',
    describe: 'A second line below the title',
    set: (to, value) => draw(to, { subtitle: value }),
  },
  {
    name: 'width',
    value: 'px',
    describe: 'Width of the picture; without it as wide as its window, and 1200 where scripts are blocked',
    set: (to, value) => draw(to, { width: numberOf('--width', value, 'a width in px', 50, 100_000), isFluid: false }),
  },
  {
    name: 'height',
    value: 'px',
    describe: 'Height of a frame',
    defaultDescription: String(DEFAULT_OPTIONS.height),
    set: (to, value) => draw(to, { height: numberOf('--height', value, 'a height in px', 2, 1000) }),
  },
  {
    name: 'minwidth',
    value: 'px or %',
    describe: 'Frames narrower than this are left out: px, or with % a share of the total',
    defaultDescription: '0.1',
    set: (to, value) => {
      const [, number = value, unit] = /^(.*?)(%|px)?$/s.exec(value) ?? [];
      const isShare = unit === '%';
      const what = isShare ? 'a share of the total' : 'a width in px, or in % as in 0.5%';
      const least = numberOf('--minwidth', number, what, 0, isShare ? 100 : 100_000, value);
      draw(to, { minWidth: { value: least, unit: isShare ? '%' : 'px' } });
    },
  },
  {
    name: 'fonttype',
    value: 'font',
    describe: 'Family of the font',
    defaultDescription: 'monospaced',
    set: (to, value) => draw(to, { fontType: value }),
  },
  {
    name: 'fontsize',
    value: 'px',
    describe: 'Size of the font',
    defaultDescription: String(DEFAULT_OPTIONS.fontSize),
    set: (to, value) => draw(to, { fontSize: numberOf('--fontsize', value, 'a size in px', 1, 200) }),
  },
  {
    name: 'fontwidth',
    value: 'number',
    describe: 'Width of a letter for a font size of 1, by which names are cut',
    defaultDescription: 'that of the font',
    set: (to, value) =>
      draw(to, { fontWidth: numberOf('--fontwidth', value, 'a share of the font size, as in 0.59', 0.01, 10) }),
  },
  {
    name: 'countname',
    value: 'text',
    describe: 'What is counted; ns, us, ms, s and bytes are shown in units that fit',
    defaultDescription: DEFAULT_OPTIONS.countname,
    set: (to, value) => draw(to, { countname: value }),
  },
  {
    name: 'nametype',
    value: 'text',
    describe: 'What frames are, in front of their names: Function:',
    set: (to, value) => draw(to, { nametype: value }),
  },
  {
    name: 'colors',
    alias: 'c',
    value: 'palette',
    describe: `Palette: ${PALETTES.join(', ')}`,
    defaultDescription: 'syscalls where the leaves are system calls, otherwise hot',
    set: (to, value) => draw(to, { colors: oneOf('--colors', value, PALETTES, 'palette') }),
  },
  {
    name: 'bgcolors',
    value: 'colour',
    describe: `Background: ${BACKGROUNDS.join(', ')}, or #rrggbb`,
    defaultDescription: 'white, or dark where the system is',
    set: (to, value) => draw(to, { bgcolors: backgroundOf(value) }),
  },
  {
    name: 'hash',
    describe: 'Colours by the start of the name, as flamegraph.pl --hash has them',
    set: (to) => draw(to, { hash: true }),
  },
  {
    name: 'cp',
    describe: 'Take colours from palette.map here, and add there what it lacks, as flamegraph.pl --cp does',
    set: (to) => {
      to.cp = true;
    },
  },
  {
    name: 'deterministic',
    describe: 'A name always has the same colour; so it is without this, too',
    set: (to) => draw(to, { deterministic: true }),
  },
  {
    name: 'reverse',
    alias: 'r',
    describe: 'Turn stacks over: what they end in stands at the bottom',
    set: (to) => {
      to.reverse = true;
    },
  },
  {
    name: 'inverted',
    alias: 'i',
    describe: 'Hang the frames from the top (an icicle graph)',
    set: (to) => draw(to, { inverted: true }),
  },
  {
    name: 'flamechart',
    describe: 'Keep the order of the lines, merge neighbours only',
    set: (to) => draw(to, { flamechart: true }),
  },
  {
    name: 'diff',
    describe: 'Lines have two counts, before and after: widths are those after, colours tell the difference',
    set: (to) => {
      to.diff = true;
    },
  },
  {
    name: 'negate',
    describe: 'Swap the colours of --diff, which it implies',
    set: (to) => {
      to.diff = true;
      draw(to, { negate: true });
    },
  },
  {
    name: 'total',
    value: 'number',
    describe: 'What the whole width stands for, where it is more than the sum of all counts',
    set: (to, value) =>
      draw(to, { total: numberOf('--total', value, 'a count', Number.MIN_VALUE, Number.MAX_SAFE_INTEGER) }),
  },
  {
    name: 'factor',
    value: 'number',
    describe: 'Multiply the counts, as they are shown, by this',
    defaultDescription: '1',
    set: (to, value) => {
      to.factor = numberOf('--factor', value, 'a factor', 1e-12, 1e12);
    },
  },
  {
    name: 'base',
    value: 'name',
    describe: 'Cut off what is below the last frame of this name, leave out stacks without it; may be repeated',
    set: (to, value) => void to.base.push(value),
  },
  {
    name: 'notes',
    value: 'text',
    describe: 'A comment in the file',
    set: (to, value) => draw(to, { notes: value }),
  },
  {
    name: 'search-color',
    value: '#rrggbb',
    describe: 'Colour of what a search finds',
    set: (to, value) => draw(to, { searchColor: colorOf('--search-color', value, 'write it') }),
  },
  {
    name: 'quiet',
    alias: 'q',
    describe: 'Say nothing of lines that are left out',
    set: (to) => {
      to.quiet = true;
    },
  },
];

/** @param words behind `render` */
export function renderSettings(words: readonly string[]): RenderSettings {
  const draft: Draft = {
    files: [],
    output: [],
    format: undefined,
    quiet: false,
    options: { ...DEFAULT_OPTIONS },
    reverse: false,
    base: [],
    factor: 1,
    diff: false,
    cp: false,
  };
  draft.files = readArguments(words, RENDER_OPTIONS, draft, HELP);
  return draft;
}

function draw(draft: Draft, changes: Partial<RenderOptions>): void {
  draft.options = { ...draft.options, ...changes };
}

/** Names of what is counted that we know how to show, and what one of it is in the unit of the column. */
const COUNT_UNITS: Readonly<Record<string, readonly [unit: Column['unit'], scale: number]>> = {
  ns: ['ns', 1],
  nanoseconds: ['ns', 1],
  us: ['ns', 1e3],
  µs: ['ns', 1e3],
  usecs: ['ns', 1e3],
  microseconds: ['ns', 1e3],
  ms: ['ns', 1e6],
  msecs: ['ns', 1e6],
  milliseconds: ['ns', 1e6],
  s: ['ns', 1e9],
  sec: ['ns', 1e9],
  secs: ['ns', 1e9],
  seconds: ['ns', 1e9],
  bytes: ['bytes', 1],
  calls: ['calls', 1],
};

/** What --countname says of the counts. */
export function countUnit(countname: string): { readonly unit: Column['unit']; readonly scale: number } {
  const [unit, scale] = COUNT_UNITS[countname.toLowerCase()] ?? ['samples', 1];
  return { unit, scale };
}

function oneOf<T extends string>(option: string, value: string, choices: readonly T[], noun: string): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new UserError(`${option}: no ${noun} '${value}': choose from ${choices.join(', ')}`);
  return found;
}

function backgroundOf(value: string): Background {
  const name = value === 'gray' ? 'grey' : value;
  const known = BACKGROUNDS.find((one) => one === name);
  return known ?? colorOf('--bgcolors', value, `choose from ${BACKGROUNDS.join(', ')}, or write it`);
}

/** @param given what the number is a part of */
function numberOf(option: string, value: string, what: string, least: number, most: number, given = value): number {
  const number = /^\s*\+?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : Number.NaN;
  if (!Number.isNaN(number) && number >= least && number <= most) return number;
  const range = least === Number.MIN_VALUE ? 'above 0' : `from ${least} to ${most}`;
  throw new UserError(`${option}: '${given}' is not ${what}: give a number ${range}`);
}

function colorOf(option: string, value: string, remedy: string): `#${string}` {
  const digits = /^#([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(value)?.[1]?.toLowerCase();
  if (digits === undefined) throw new UserError(`${option}: no colour '${value}': ${remedy} as in #e600e6`);
  return `#${digits.length === 3 ? digits.replace(/./g, '$&$&') : digits}`;
}
