// `ior-flame [record]`: traces, then writes. The default verb.

import { hostname, release } from 'node:os';
import { basename } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { EXIT, UserError } from '../model/errors.ts';
import type { RunMetadata } from '../model/profile.ts';
import { formatNs } from '../model/units.ts';
import { Aborted, runCapture } from './capture.ts';
import type { CommandEnd } from './command.ts';
import { parseDuration } from './duration.ts';
import { whyNonePassed } from './emptiness.ts';
import { lossSentence } from './losses.ts';
import { openOutputs } from './outputs.ts';
import { clearProgress, showProgress, wantsProgress } from './progress.ts';
import { rowFilterOf } from './row-filters.ts';
import { say } from './say.ts';
import {
  DEFAULT_WEIGHT,
  dimensionsFor,
  fieldsOf,
  filtersOf,
  last,
  maxRowsOf,
  type SelectionArguments,
  selectionOptions,
  splitLists,
  syscallsOf,
  typesOf,
} from './selection-options.ts';
import { Signals } from './signals.ts';
import { nameOfTargets, type TargetArguments, targetsOf } from './targets.ts';

const ENGINES = ['kernel', 'stream'] as const;

interface RecordArguments extends SelectionArguments, TargetArguments {
  readonly engine: (typeof ENGINES)[number];
  readonly duration: string | undefined;
  readonly limits: readonly string[];
  readonly verbose?: boolean;
  readonly '--'?: readonly string[];
}

export const record: CommandModule<object, RecordArguments> = {
  command: ['record', '$0'],
  describe: 'Trace, then write a flame graph (the default)',
  builder: (yargs) => options(yargs) as Argv<RecordArguments>, // yargs loses track of coerced arrays
  handler: async (argv) => {
    process.exitCode = await run(argv);
  },
};

function options(yargs: Argv): Argv {
  yargs.option('duration', {
    alias: 'd',
    type: 'string',
    requiresArg: true,
    coerce: last,
    describe: 'Stop after this long: 500ms, 30s, 5m, 1m30s; a bare number is seconds',
  });
  const numbers = {
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    coerce: splitLists,
  } as const;
  yargs
    .option('pid', { ...numbers, alias: 'p', defaultDescription: 'all', describe: 'Processes, with all their threads' })
    .option('tid', { ...numbers, defaultDescription: 'all', describe: 'Threads' })
    .option('follow', {
      type: 'boolean',
      describe: 'The children of --pid too, those that are there and those to come',
    })
    .option('user', {
      ...numbers,
      alias: 'uid',
      defaultDescription: 'all',
      describe: 'Only calls made as these users: names, or real user ids',
    })
    .option('cgroup', {
      ...numbers,
      defaultDescription: 'all',
      describe: 'Only calls made in these cgroups or below: /system.slice/nginx.service, or an id',
    });
  return selectionOptions(yargs, 'svg')
    .option('engine', {
      choices: ENGINES,
      default: 'kernel' as const,
      requiresArg: true,
      coerce: last,
      describe:
        'Where calls are paired and folded: in the kernel, or here from a stream of records (slow, a reference)',
    })
    .option('limits', { ...numbers, hidden: true, describe: 'Sizes of cells, names and ring, for tests' })
    .option('verbose', { type: 'boolean', describe: 'On failure, all that libbpf and the verifier said' })
    .example('$0 --duration 30s > out.svg', 'The whole machine for 30 seconds')
    .example('$0 -o io.svg -o io.folded -- npm test', 'A command, as picture and as text')
    .example('$0 -p 1234 -d 10s -o io.svg', 'A process that runs already')
    .example('$0 --weight bytes --fields path -d 10s -o bytes.svg', 'Bytes by directory');
}

const NOTICE = 'No system call was seen: nothing in scope made one of the selected calls while the trace ran.';

async function run(argv: RecordArguments): Promise<number> {
  const command = argv['--'] ?? [];
  const durationMs = argv.duration === undefined ? undefined : parseDuration(argv.duration);
  const fields = fieldsOf(argv);
  const types = typesOf(argv);
  const weight = argv.weight ?? DEFAULT_WEIGHT;
  const selection = await syscallsOf(argv);
  const filter = rowFilterOf(argv, true);
  const maxRows = maxRowsOf(argv);
  const targets = targetsOf(argv);
  const isAimed = targets !== undefined && targets.pids.length + targets.tids.length > 0;
  if (isAimed && command.length > 0) {
    throw new UserError('--pid and --tid are for what runs already: leave them out, or the command behind --');
  }
  const signals = new Signals();
  const outputs = openOutputs(argv.output, argv.format, { isPrivate: command.length === 0 });
  const discard = () => {
    for (const output of outputs) output.discard();
  };
  process.once('exit', discard); // a second Ctrl-C
  try {
    const [startEngine, { limitsOf }, { requireTracing }] = await Promise.all([
      argv.engine === 'stream'
        ? import('./stream-engine.ts').then(({ streamEngine }) => streamEngine)
        : import('./kernel-engine.ts').then(({ kernelEngine }) => kernelEngine),
      import('./limits.ts'),
      import('../collector/live/preflight.ts'),
    ]);
    const limits = argv.limits.length > 0 ? limitsOf(argv.limits) : undefined;
    requireTracing();
    const tracer = startEngine({
      selection,
      types,
      everything: command.length === 0 && !isAimed,
      targets,
      dimensions: dimensionsFor(fields, filter),
      filter,
      maxRows,
      limits,
    });
    const progress = wantsProgress(argv) && command.length === 0 ? showProgress : undefined;
    const end = await runCapture(tracer, signals, {
      durationMs,
      command,
      stdoutIsTaken: outputs.some((output) => output.isStdout),
      progress,
    });
    if (progress) clearProgress();
    if (end.targetsAlive === 0 && targets !== undefined) {
      say(`${nameOfTargets(targets)} ended: tracing stopped after ${formatNs(end.capture.lengthNs)}`);
    }
    const metadata: RunMetadata = {
      host: hostname(),
      kernel: release(),
      startedAt: end.capture.startedAt.toISOString(),
      lengthNs: end.capture.lengthNs,
      filters: filtersOf(argv),
      ...(command[0] === undefined ? {} : { command: basename(command[0]) }),
    };
    const [{ foldWithFields }, { writeArtifacts }, { formatSummary, leftOutRows, summarize, summaryAsJson }] =
      await Promise.all([import('../fold/fold.ts'), import('./artifacts.ts'), import('./summary.ts')]);
    const { profile, losses, leftOut, filteredOut, isAtLeast } = end.capture;
    const { trie, fields: frameFields } = foldWithFields(profile, { fields, pathFrames: argv['path-frames'], weight });
    const written = await writeArtifacts(outputs, signals, trie, metadata, {
      title: argv.title,
      unit: argv.unit,
      weight,
      notice: whyNonePassed(end.capture) ?? NOTICE,
      fields: frameFields,
      page: { losses, leftOut: leftOutRows(leftOut), filteredOut, isAtLeast },
    });
    const isNamed = argv.output.length > 0;
    for (const { isStdout, target } of written) if (!isNamed && !isStdout) say(`wrote ${target}`);
    if (!argv.quiet) {
      const summary = summarize(end.capture, metadata, weight);
      process.stderr.write(argv.json ? summaryAsJson(summary) : formatSummary(summary));
    }
    const loss = argv['fail-on-loss'] ? lossSentence(end.capture.losses) : undefined;
    if (loss !== undefined) say(loss);
    return exitCodeOf(await end.command, written.length < outputs.length || loss !== undefined);
  } catch (error) {
    if (error instanceof Aborted) return 130;
    throw error;
  } finally {
    discard();
    signals.close();
  }
}

/** The command's own code when it failed; otherwise ours. */
function exitCodeOf(end: CommandEnd | undefined, failed: boolean): number {
  if (end?.failure !== undefined) say(end.failure);
  if (end !== undefined && end.exitCode !== 0) return end.exitCode;
  if (!failed) return EXIT.ok;
  return end === undefined ? EXIT.failure : EXIT.withCommand;
}
