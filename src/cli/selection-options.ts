// The options that every verb shares which folds calls: which of them, into which frames, how wide, and where to. One row
// of yargs' each, and what their words mean. Words come in; fields, types and filters go out, or a UserError.

import type { Argv } from 'yargs';
import type { FoldWeight } from '../fold/fold.ts';
import { UserError } from '../model/errors.ts';
import {
  DEFAULT_MAX_ROWS,
  DEFAULT_TYPES,
  DIMENSIONS,
  type Dimension,
  FILE_TYPES,
  type FileType,
} from '../model/profile.ts';
import type { RowFilter } from '../model/row-filter.ts';
import type { SyscallSelection } from '../syscalls/table.ts';
import { FORMATS, type Format } from './outputs.ts';
import type { RowFilterArguments } from './row-filters.ts';

const WEIGHTS: readonly FoldWeight[] = ['duration', 'count', 'bytes', 'errors', 'gap'];
const UNITS = ['ns', 'us', 'ms', 's'] as const;

/** `file` has no inode when a call names it by its path only; `char` includes the memory devices. */
const TYPES: Readonly<Record<string, readonly FileType[]>> = {
  file: ['file', 'path'],
  dir: ['dir'],
  block: ['block'],
  char: ['char', 'mem'],
  tty: ['tty'],
  pipe: ['pipe'],
  socket: ['socket'],
  anon: ['anon'],
  all: FILE_TYPES,
};

const DEFAULT_FIELDS: readonly Dimension[] = ['comm', 'path', 'syscall'];
export const DEFAULT_WEIGHT: FoldWeight = 'duration';

/** What was not given is an empty list or undefined. */
export interface SelectionArguments extends RowFilterArguments {
  readonly output: readonly string[];
  readonly format: Format | undefined;
  readonly family: readonly string[];
  readonly syscall: readonly string[];
  readonly 'exclude-syscall': readonly string[];
  readonly type: readonly string[];
  readonly 'max-stacks': string | undefined;
  readonly 'fail-on-loss'?: boolean;
  readonly fields: readonly string[] | undefined;
  readonly 'path-frames': 'split' | 'whole' | undefined;
  readonly weight: FoldWeight | undefined;
  readonly unit: (typeof UNITS)[number] | undefined;
  readonly title: string | undefined;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** @param format what a verb writes when neither --format nor an extension tells */
export function selectionOptions(yargs: Argv, format: Format): Argv {
  const names = { type: 'string', array: true, requiresArg: true, coerce: splitLists } as const;
  const list = { ...names, default: [] as string[] } as const;
  return yargs
    .option('output', {
      ...list,
      alias: 'o',
      coerce: undefined,
      defaultDescription: 'stdout',
      describe: `Write to this file, in the format of its extension (${Object.values(FORMATS).join(', ')}); - is stdout; may be repeated`,
    })
    .option('format', {
      choices: Object.keys(FORMATS) as Format[],
      requiresArg: true,
      coerce: last,
      defaultDescription: format,
      describe: 'Format of all outputs',
    })
    .option('family', {
      ...list,
      defaultDescription: 'file',
      describe:
        'Families of system calls: file, network, polling, memory, process, ipc, time, signal, security, misc, all',
    })
    .option('syscall', {
      ...list,
      defaultDescription: 'none',
      describe: "System calls by the kernel's name, or a glob: openat, '*xattr*'",
    })
    .option('exclude-syscall', { ...list, defaultDescription: 'none', describe: 'System calls to leave out' })
    .option('type', {
      ...list,
      defaultDescription: 'file,dir,block and memory devices',
      describe: `Types of files: ${Object.keys(TYPES).join(', ')}`,
    })
    .option('comm', {
      ...list,
      coerce: splitWords,
      defaultDescription: 'all',
      describe: "Only calls of threads of this name, or a glob: node, 'kworker*'",
    })
    .option('path', {
      ...list,
      coerce: splitWords,
      defaultDescription: 'all',
      describe: "Only calls on this file, or all below this directory; a glob: '/srv/**/*.db'; a name: '*.log'",
    })
    .option('fields', {
      ...names,
      defaultDescription: DEFAULT_FIELDS.join(','),
      describe: `Frames of a stack from the root up: ${DIMENSIONS.join(', ')}`,
    })
    .option('path-frames', {
      choices: ['split', 'whole'] as const,
      defaultDescription: 'split',
      requiresArg: true,
      coerce: last,
      describe: 'A frame for each directory, or one for the whole path',
    })
    .option('weight', {
      choices: WEIGHTS,
      defaultDescription: DEFAULT_WEIGHT,
      requiresArg: true,
      coerce: last,
      describe: 'What widths and counts are',
    })
    .option('unit', {
      choices: UNITS,
      defaultDescription: 'ns',
      requiresArg: true,
      coerce: last,
      describe: 'Unit of durations in folded text',
    })
    .option('max-stacks', {
      type: 'string',
      requiresArg: true,
      coerce: last,
      defaultDescription: String(DEFAULT_MAX_ROWS),
      describe: 'Most stacks that are told apart; what comes after them is [other] in its directory',
    })
    .option('fail-on-loss', { type: 'boolean', describe: 'Fail when a call or its name was lost; outputs are written' })
    .option('title', { type: 'string', requiresArg: true, coerce: last, describe: 'Title of the picture' })
    .option('quiet', { alias: 'q', type: 'boolean', describe: 'No progress and no summary' })
    .option('json', { type: 'boolean', describe: 'The summary as one line of JSON on stderr' })
    .conflicts('quiet', 'json');
}

/** Of an option that takes one value the last one counts, as in a shell alias that is called with more options. */
export function last<T>(value: T | T[]): T {
  return Array.isArray(value) ? (value.at(-1) as T) : value;
}

/** `a,b` and repeated options alike. */
export function splitLists(values: string[] | undefined): string[] | undefined {
  return values?.flatMap((value) => value.split(',')).filter((value) => value !== '');
}

/** The same, with the words that are empty: an option that was given no word is not one that was not given. */
function splitWords(values: string[] | undefined): string[] | undefined {
  return values?.flatMap((value) => value.split(','));
}

/** More than memory for them. */
const MOST_ROWS = 50_000_000;

export function maxRowsOf(argv: SelectionArguments): number | undefined {
  const word = argv['max-stacks'];
  if (word === undefined) return undefined;
  const rows = /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
  if (rows >= 1 && rows <= MOST_ROWS) return rows;
  throw new UserError(`--max-stacks: '${word}' is not a number from 1 to ${MOST_ROWS}`);
}

export function fieldsOf({ fields }: SelectionArguments): readonly Dimension[] {
  const names = fields ?? DEFAULT_FIELDS;
  for (const name of names) {
    if (!DIMENSIONS.some((dimension) => dimension === name)) {
      throw new UserError(`--fields: no field '${name}': choose from ${DIMENSIONS.join(', ')}`);
    }
  }
  if (names.length === 0) throw new UserError(`--fields: give at least one of ${DIMENSIONS.join(', ')}`);
  return [...new Set(names)] as Dimension[];
}

/** What a profile has to tell apart for stacks of these fields; the summary wants paths, too, and a filter what it asks for. */
export function dimensionsFor(fields: readonly Dimension[], filter?: RowFilter): readonly Dimension[] {
  return DIMENSIONS.filter(
    (name) => name === 'path' || fields.includes(name) || (name === 'comm' && filter?.hasComms === true),
  );
}

export function typesOf(argv: SelectionArguments): readonly FileType[] {
  if (argv.type.length === 0) return argv.family.length + argv.syscall.length > 0 ? FILE_TYPES : DEFAULT_TYPES;
  return argv.type.flatMap((name) => {
    const types = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (types === undefined) {
      throw new UserError(`--type: no type '${name}': choose from ${Object.keys(TYPES).join(', ')}`);
    }
    return types;
  });
}

export async function syscallsOf(argv: SelectionArguments): Promise<SyscallSelection> {
  const { selectSyscalls } = await import('../syscalls/table.ts');
  return selectSyscalls({
    families: argv.family,
    syscalls: argv.syscall,
    excludeSyscalls: argv['exclude-syscall'],
  });
}

/** The filters in the words of the command line, for the metadata of the outputs. */
export function filtersOf(argv: SelectionArguments): string[] {
  return (['family', 'syscall', 'exclude-syscall', 'type', 'comm', 'path'] as const)
    .filter((name) => argv[name].length > 0)
    .map((name) => `--${name} ${argv[name].join(',')}`);
}
