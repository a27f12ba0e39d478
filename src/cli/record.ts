// `ior-flame [record]`: traces, then writes. The default verb.

import { hostname, release } from 'node:os';
import { basename } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import type { FoldWeight } from '../fold/fold.ts';
import { EXIT, UserError } from '../model/errors.ts';
import {
  DEFAULT_TYPES,
  DIMENSIONS,
  type Dimension,
  FILE_TYPES,
  type FileType,
  type RunMetadata,
} from '../model/profile.ts';
import { Aborted, type CommandEnd, runCapture } from './capture.ts';
import { parseDuration } from './duration.ts';
import { FORMATS, type Format, type Output, openOutputs } from './outputs.ts';
import { say } from './say.ts';
import { Signals } from './signals.ts';

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

interface RecordArguments {
  duration: string | undefined;
  output: string[];
  format: Format | undefined;
  family: string[];
  syscall: string[];
  'exclude-syscall': string[];
  type: string[];
  fields: string[];
  'path-frames': 'split' | 'whole';
  weight: FoldWeight;
  unit: (typeof UNITS)[number];
  title: string | undefined;
  quiet?: boolean;
  json?: boolean;
  verbose?: boolean;
  '--'?: string[];
}

export const record: CommandModule<object, RecordArguments> = {
  command: ['record', '$0'],
  describe: 'Trace, then write a flame graph (the default)',
  builder: (yargs) => options(yargs) as unknown as Argv<RecordArguments>, // yargs loses track of coerced arrays
  handler: async (argv) => {
    process.exitCode = await run(argv);
  },
};

function options(yargs: Argv) {
  const list = { type: 'string', array: true, requiresArg: true, default: [] as string[], coerce: splitLists } as const;
  return yargs
    .option('duration', {
      alias: 'd',
      type: 'string',
      requiresArg: true,
      coerce: last,
      describe: 'Stop after this long: 500ms, 30s, 5m, 1m30s; a bare number is seconds',
    })
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
      defaultDescription: 'svg',
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
    .option('fields', {
      ...list,
      default: ['comm', 'path', 'syscall'],
      describe: `Frames of a stack from the root up: ${DIMENSIONS.join(', ')}`,
    })
    .option('path-frames', {
      choices: ['split', 'whole'] as const,
      default: 'split' as const,
      requiresArg: true,
      coerce: last,
      describe: 'A frame for each directory, or one for the whole path',
    })
    .option('weight', {
      choices: WEIGHTS,
      default: 'duration' as const,
      requiresArg: true,
      coerce: last,
      describe: 'What widths and counts are',
    })
    .option('unit', {
      choices: UNITS,
      default: 'ns' as const,
      requiresArg: true,
      coerce: last,
      describe: 'Unit of durations in folded text',
    })
    .option('title', { type: 'string', requiresArg: true, coerce: last, describe: 'Title of the picture' })
    .option('quiet', { alias: 'q', type: 'boolean', describe: 'No progress and no summary' })
    .option('json', { type: 'boolean', describe: 'The summary as one line of JSON on stderr' })
    .option('verbose', { type: 'boolean', describe: 'On failure, all that libbpf and the verifier said' })
    .conflicts('quiet', 'json')
    .example('$0 --duration 30s > out.svg', 'The whole machine for 30 seconds')
    .example('$0 -o io.svg -o io.folded -- npm test', 'A command, as picture and as text')
    .example('$0 --weight bytes --fields path -d 10s -o bytes.svg', 'Bytes by directory');
}

/** Of an option that takes one value the last one counts, as in a shell alias that is called with more options. */
function last<T>(value: T | T[]): T {
  return Array.isArray(value) ? (value.at(-1) as T) : value;
}

/** `a,b` and repeated options alike. */
function splitLists(values: string[]): string[] {
  return values.flatMap((value) => value.split(',')).filter((value) => value !== '');
}

async function run(argv: RecordArguments): Promise<number> {
  const command = argv['--'] ?? [];
  const durationMs = argv.duration === undefined ? undefined : parseDuration(argv.duration);
  const fields = dimensionsOf(argv.fields);
  const types = typesOf(argv);
  const { selectSyscalls } = await import('../syscalls/table.ts');
  const selection = selectSyscalls({
    families: argv.family,
    syscalls: argv.syscall,
    excludeSyscalls: argv['exclude-syscall'],
  });
  const signals = new Signals();
  const outputs = openOutputs(argv.output, argv.format);
  const discard = () => {
    for (const output of outputs) output.discard();
  };
  process.once('exit', discard); // a second Ctrl-C
  try {
    const [{ Session }, { DEFAULT_LIMITS }, { requireTracing }] = await Promise.all([
      import('../collector/live/session.ts'),
      import('../collector/live/load-object.ts'),
      import('../collector/live/preflight.ts'),
    ]);
    requireTracing();
    const session = new Session({
      selection,
      types: types.reduce((mask, type) => mask | (1 << FILE_TYPES.indexOf(type)), 0),
      everything: command.length === 0,
      limits: DEFAULT_LIMITS,
      dimensions: DIMENSIONS.filter((name) => name === 'path' || fields.includes(name)),
    });
    const progress =
      process.stderr.isTTY && !argv.quiet && !argv.json && command.length === 0 ? showProgress : undefined;
    const end = await runCapture(session, signals, {
      durationMs,
      command,
      stdoutIsTaken: outputs.some((output) => output.isStdout),
      progress,
    });
    if (progress) clearProgress();
    const metadata: RunMetadata = {
      host: hostname(),
      kernel: release(),
      startedAt: end.capture.startedAt.toISOString(),
      lengthNs: end.capture.lengthNs,
      filters: filtersOf(argv),
      ...(command[0] === undefined ? {} : { command: basename(command[0]) }),
    };
    const failed = await writeOutputs(outputs, signals, end.capture.profile, metadata, fields, argv);
    await tellSummary(end.capture, metadata, argv);
    return exitCodeOf(await end.command, failed);
  } catch (error) {
    if (error instanceof Aborted) return 130;
    throw error;
  } finally {
    discard();
    signals.close();
  }
}

function dimensionsOf(names: readonly string[]): readonly Dimension[] {
  for (const name of names) {
    if (!DIMENSIONS.some((dimension) => dimension === name)) {
      throw new UserError(`--fields: no field '${name}': choose from ${DIMENSIONS.join(', ')}`);
    }
  }
  if (names.length === 0) throw new UserError(`--fields: give at least one of ${DIMENSIONS.join(', ')}`);
  return [...new Set(names)] as Dimension[];
}

function typesOf(argv: RecordArguments): readonly FileType[] {
  if (argv.type.length === 0) return argv.family.length + argv.syscall.length > 0 ? FILE_TYPES : DEFAULT_TYPES;
  return argv.type.flatMap((name) => {
    const types = TYPES[name];
    if (types === undefined) {
      throw new UserError(`--type: no type '${name}': choose from ${Object.keys(TYPES).join(', ')}`);
    }
    return types;
  });
}

/** The filters in the words of the command line, for the metadata of the outputs. */
function filtersOf(argv: RecordArguments): string[] {
  return (['family', 'syscall', 'exclude-syscall', 'type'] as const)
    .filter((name) => argv[name].length > 0)
    .map((name) => `--${name} ${argv[name].join(',')}`);
}

/** Writes each output; one that fails says so and costs no other. Returns whether one failed. */
async function writeOutputs(
  outputs: readonly Output[],
  signals: Signals,
  profile: Parameters<typeof import('../fold/fold.ts').foldProfile>[0],
  metadata: RunMetadata,
  fields: readonly Dimension[],
  argv: RecordArguments,
): Promise<boolean> {
  const [{ foldProfile }, { chunksOf }] = await Promise.all([import('../fold/fold.ts'), import('./artifacts.ts')]);
  const trie = foldProfile(profile, { fields, pathFrames: argv['path-frames'], weight: argv.weight });
  let failed = false;
  // Files first: what is written as it stands may wait for its reader without end, and Ctrl-C must still end that.
  for (const output of outputs.toSorted((a, b) => Number(a.isDirect) - Number(b.isDirect))) {
    try {
      const chunks = await chunksOf(output.format, trie, metadata, argv);
      if (output.isDirect) signals.letThrough(() => output.write(chunks));
      else output.write(chunks);
      if (argv.output.length === 0 && !output.isStdout) say(`wrote ${output.target}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failed = true;
      say(error.message);
    }
  }
  return failed;
}

async function tellSummary(
  capture: Parameters<typeof import('./summary.ts').summarize>[0],
  metadata: RunMetadata,
  argv: RecordArguments,
): Promise<void> {
  if (argv.quiet) return;
  const { formatSummary, summarize, summaryAsJson } = await import('./summary.ts');
  const summary = summarize(capture, metadata, argv.weight);
  process.stderr.write(argv.json ? summaryAsJson(summary) : formatSummary(summary));
}

/** The command's own code when it failed; otherwise ours. */
function exitCodeOf(end: CommandEnd | undefined, failed: boolean): number {
  if (end?.failure !== undefined) say(end.failure);
  if (end !== undefined && end.exitCode !== 0) return end.exitCode;
  if (!failed) return EXIT.ok;
  return end === undefined ? EXIT.failure : EXIT.withCommand;
}

function showProgress(line: string): void {
  process.stderr.write(`\r\x1b[K${line}`);
}

function clearProgress(): void {
  process.stderr.write('\r\x1b[K');
}
