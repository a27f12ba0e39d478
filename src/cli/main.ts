#!/usr/bin/env node
// The entry point: argv to a verb, errors to one sentence and an exit code. Nothing else reads argv, and no verb's own
// modules are loaded before it is known that it runs.

import { readFileSync } from 'node:fs';
import { EXIT, InputError, KernelError, UserError } from '../model/errors.ts';
import { packageFile } from '../model/package-files.ts';
import { say } from './say.ts';

process.stderr.on('error', () => {}); // a reader of stderr that has gone must not cost the artifact

const USAGE = `$0 [record] [options] [-- command args...]

Traces I/O system calls and writes a flame graph of the files they spend their time on:
of everything on this machine until Ctrl-C, or of a command and its children until it ends.`;

const argv = separated(process.argv.slice(2));
/** Behind `--` stands a command to trace; of these verbs, files whose names look like options. */
const takesCommand = !['fold', 'diff', 'render'].includes(argv[0] ?? '');
/** What verbs take besides options, where it is neither a command nor any number of files. */
const TAKES: Readonly<Record<string, string>> = { diff: 'two files, before and after', doctor: 'no arguments' };
const HELP = takesCommand ? 'ior-flame --help' : `ior-flame ${argv[0]} --help`;
try {
  if (argv.length === 1 && /^(?:-V|--version)$/.test(argv[0] as string)) process.stdout.write(`${version()}\n`);
  else if (argv[0] === 'render' && !asksForHelp(argv)) await render();
  else await parse();
} catch (error) {
  process.exitCode = report(error);
}

/**
 * `-d10s`, `-oFILE` and `-o -` as `-d=10s`, `-o=FILE` and `-o=-`: yargs sees a row of options of one letter in the
 * first two, and in the last one an option without its value.
 */
function separated(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const plain: string[] = [];
  for (const arg of args.slice(0, end)) {
    const before = plain.at(-1) ?? '';
    if (arg === '-' && /^(?:-o|--output)$/.test(before)) plain[plain.length - 1] = `${before}=-`;
    else plain.push(arg.replace(/^(-[do])(?=[^=])/, '$1='));
  }
  return [...plain, ...args.slice(end)];
}

/** Before any `--`. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const options = end < 0 ? words : words.slice(0, end);
  return options.some((word) => /^(?:-h|--help|-V|--version)$/.test(word));
}

/** Without yargs: see arguments.ts. */
async function render(): Promise<void> {
  const { runRender } = await import('./run-render.ts');
  process.exitCode = await runRender(argv.slice(1));
}

async function parse(): Promise<void> {
  // an empty variable, say; everything would be traced, until Ctrl-C
  if (takesCommand && argv.indexOf('--') === argv.length - 1 && argv.length > 0) {
    throw new UserError('no command stands behind --: give one, or leave out the --');
  }
  // yargs takes as long to load as Node to start: --version does without it
  const [{ default: yargs }, { record }, { fold }, { diff }, { render }, { doctor }] = await Promise.all([
    import('yargs'),
    import('./record.ts'),
    import('./fold.ts'),
    import('./diff.ts'),
    import('./render.ts'),
    import('./doctor.ts'),
  ]);
  // yargs drops a `-` from among files
  await yargs(takesCommand ? argv : argv.map((word) => (word === '-' ? '/dev/stdin' : word)))
    .scriptName('ior-flame')
    .parserConfiguration({ 'populate--': true, 'greedy-arrays': false })
    .usage(USAGE)
    .command(record as never)
    .command(fold as never)
    .command(diff as never)
    .command(render)
    .command(doctor)
    .version(version())
    .alias({ h: 'help', V: 'version' })
    .strict()
    .wrap(Math.min(process.stdout.columns ?? 100, 110))
    .epilogue('Run `ior-flame doctor` when tracing does not work.')
    .exitProcess(false)
    .fail((message, error) => {
      throw error === undefined || error.name === 'YError'
        ? new UserError(usageMessage(message ?? error.message))
        : error;
    })
    .parseAsync();
}

function version(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** yargs' sentence, with what to do: a command that stands without `--` is the mistake that is made most. */
function usageMessage(message: string): string {
  const stray = /^Unknown (?:argument|command)s?: ([^\s,]+)/.exec(message)?.[1];
  const isStray = stray !== undefined && argv.includes(stray);
  const [verb = ''] = argv;
  const takes = TAKES[verb];
  if (takes !== undefined && (isStray || message.startsWith('Not enough non-option arguments'))) {
    return `${verb} takes ${takes}: see ${HELP}`;
  }
  if (isStray) {
    return `unknown argument '${stray}': a command to trace goes behind --, as in: ior-flame -- ${stray} ...`;
  }
  const option = /^Unknown arguments?: (.+)/.exec(message)?.[1];
  if (option !== undefined) return `unknown option ${option.split(', ').map(dashed)[0]}: see ${HELP}`;
  const valueless = /^Not enough arguments following: (\S+)/.exec(message)?.[1];
  if (valueless !== undefined) return `${dashed(valueless)} needs a value: see ${HELP}`;
  const [, name, given, choices] = /Argument: (\S+), Given: "(.*)", Choices: (.+)/.exec(message) ?? [];
  if (name !== undefined) return `--${name}: no '${given}': choose from ${choices?.replaceAll('"', '')}`;
  const [, one, other] = /^Arguments (\S+) and (\S+) are mutually exclusive/.exec(message) ?? [];
  if (one !== undefined) return `--${one} and --${other} exclude each other: leave one out`;
  return `${message.replaceAll(/\s*\n\s*/g, ' ')}: see ${HELP}`;
}

function dashed(option: string): string {
  return option.length === 1 ? `-${option}` : `--${option}`;
}

/** Of arrays that cannot grow any more (V8's words), and of another thread. */
function isOutOfMemory(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const isFull =
    error instanceof RangeError && /allocation failed|Invalid (?:typed )?array (?:buffer )?length/.test(error.message);
  return isFull || ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY');
}

/** One sentence for what a user can understand; anything else is a bug and keeps its stack. */
function report(error: unknown): number {
  const known = error instanceof UserError || error instanceof KernelError || error instanceof InputError;
  if (known) say(error.message);
  else if (isOutOfMemory(error)) say(`not enough memory (${error.message}): give it less to read at a time`);
  else process.stderr.write(`ior-flame: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
  if (error instanceof KernelError && error.log !== '' && argv.includes('--verbose')) process.stderr.write(error.log);
  const separator = argv.indexOf('--');
  if (takesCommand && separator >= 0 && separator < argv.length - 1) return EXIT.withCommand;
  return known ? error.exitCode : EXIT.failure;
}
