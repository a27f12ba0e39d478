// What a picture can be told: the options of `ior-flame render`, which are those of flamegraph.pl and inferno-flamegraph with
// their names and meanings, as one plain object. src/cli/render-options.ts makes it of the command line; layout.ts, svg.ts and
// colors.ts read it. Texts in it come from anywhere and are escaped where they are written, not here.

/** By what the system call does (`syscalls`, ours), or by flamegraph.pl's rules of that name. */
export const PALETTES = [
  'syscalls',
  'hot',
  'mem',
  'io',
  'red',
  'green',
  'blue',
  'aqua',
  'yellow',
  'purple',
  'orange',
  'wakeup',
  'chain',
  'java',
  'js',
  'perl',
] as const;
export type NamePalette = Exclude<(typeof PALETTES)[number], 'syscalls'>;

/** Of a difference: what grew, and what shrank. */
export const DIFFERENCE_PALETTES = ['red-blue', 'orange-blue'] as const;
export type DifferencePalette = (typeof DIFFERENCE_PALETTES)[number];
export type Palette = (typeof PALETTES)[number] | DifferencePalette;

/** What names are coloured by where nothing better is known. */
export function namePalette(colors: Palette | undefined): NamePalette {
  if (colors === undefined || colors === 'syscalls' || isDifferencePalette(colors)) return 'hot';
  return colors;
}

export function differencePalette(colors: Palette | undefined): DifferencePalette {
  return isDifferencePalette(colors) ? colors : 'red-blue';
}

function isDifferencePalette(colors: Palette | undefined): colors is DifferencePalette {
  return DIFFERENCE_PALETTES.some((palette) => palette === colors);
}

/** Gradients behind the frames, as flamegraph.pl has them. */
export const BACKGROUNDS = ['yellow', 'blue', 'green', 'grey'] as const;
export type Background = (typeof BACKGROUNDS)[number] | `#${string}`;

export interface RenderOptions {
  /** `Flame graph` unless given, or empty; `Icicle graph` when inverted, `Flame chart` for one (titleOf). */
  readonly title: string | undefined;
  /** '': none. */
  readonly subtitle: string;
  /** px. Where `isFluid`, the width that it is drawn for, and that it has where scripts are blocked. */
  readonly width: number;
  /** The picture takes the width of its window; so it is unless a width was asked for. */
  readonly isFluid: boolean;
  /** Of a frame, px, with the 1 px that is left free between frames: a rectangle is `height - 1` high. */
  readonly height: number;
  /** Narrower frames are not drawn: px, or percent of the total. */
  readonly minWidth: { readonly value: number; readonly unit: 'px' | '%' };
  /** A family for `font-family`; undefined: ours (monospaced). */
  readonly fontType: string | undefined;
  /** px. */
  readonly fontSize: number;
  /** Width of a letter for a font size of 1; undefined: that of our font. What labels are cut by. */
  readonly fontWidth: number | undefined;
  /** What column 0 counts, in the plural. Where the column's unit is ns or bytes it is shown in these instead. */
  readonly countname: string;
  /** Stands before a frame's name in the line below the frames (`Function:`); '': nothing. */
  readonly nametype: string;
  /** undefined: `syscalls` when the leaves are system calls, otherwise `hot`; of a difference `red-blue`. */
  readonly colors: Palette | undefined;
  /** undefined: white, and dark where the reader's system is. A flat `#rrggbb` or a gradient. */
  readonly bgcolors: Background | undefined;
  /** The palette's colour by flamegraph.pl's hash of the name (its first three characters weigh most). */
  readonly hash: boolean;
  /** `#rrggbb` by name, which go before those of the palette, the root's by ''; undefined: none. */
  readonly nameColors: ReadonlyMap<string, string> | undefined;
  /** The palette's colour by a hash of the whole name. Ours are never random: this is the same as without it. */
  readonly deterministic: boolean;
  /** Frames hang from the root at the top. */
  readonly inverted: boolean;
  /**
   * Frames stand in the order of the input and repeat: siblings are in the order of their numbers in the trie, not in that of
   * their names, and two of them may bear one name.
   */
  readonly flamechart: boolean;
  /** Of a difference: blue for what grew and red for what shrank. (A Trie with a column `delta` is one.) */
  readonly negate: boolean;
  /** What the whole width stands for, in units of column 0; taken when it is more than the sum. */
  readonly total: number | undefined;
  /** Free text that goes into the file without being shown; '': none. */
  readonly notes: string;
  /** `#rrggbb` of what a search finds; undefined: ours. */
  readonly searchColor: string | undefined;
}

// Three more options change the stacks before there is a picture of them, so that nothing here knows them:
// --reverse, --base and --factor (src/fold/stacks.ts).

export const DEFAULT_OPTIONS: RenderOptions = {
  title: undefined,
  subtitle: '',
  width: 1200,
  isFluid: true,
  height: 16,
  minWidth: { value: 0.1, unit: 'px' },
  fontType: undefined,
  fontSize: 12,
  fontWidth: undefined,
  countname: 'samples',
  nametype: '',
  colors: undefined,
  bgcolors: undefined,
  hash: false,
  nameColors: undefined,
  deterministic: false,
  inverted: false,
  flamechart: false,
  negate: false,
  total: undefined,
  notes: '',
  searchColor: undefined,
};

export function titleOf({ title, inverted, flamechart }: RenderOptions): string {
  if (title !== undefined && title !== '') return title;
  return flamechart ? 'Flame chart' : inverted ? 'Icicle graph' : 'Flame graph';
}
