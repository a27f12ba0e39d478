// The formats of text that can be read, apart from their readers: the command line wants their names alone.

/** From the strictest to the one that takes most. */
export const TEXT_FORMATS = ['perf-script', 'perf-trace', 'strace', 'folded'] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

/** What messages call them. */
export const FORMAT_NAMES: Readonly<Record<TextFormat, string>> = {
  strace: 'strace output',
  'perf-trace': 'the log of perf trace',
  'perf-script': 'perf script of raw_syscalls',
  folded: 'folded text',
};
