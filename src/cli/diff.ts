// `ior-flame diff`: its options. What it does is in run-diff.ts, which is loaded when it is known that it runs.

import type { Argv, CommandModule } from 'yargs';
import { TEXT_FORMATS, type TextFormat } from '../collector/text/formats.ts';
import { DIFFERENCE_PALETTES, type DifferencePalette } from '../render/options.ts';
import { last, type SelectionArguments, selectionOptions } from './selection-options.ts';

export interface DiffArguments extends SelectionArguments {
  readonly before?: string;
  readonly after?: string;
  readonly from: TextFormat | undefined;
  readonly normalize?: boolean;
  readonly 'strip-hex'?: boolean;
  readonly 'width-from': 'before' | 'after';
  readonly gone?: boolean;
  readonly colors: DifferencePalette;
  readonly negate?: boolean;
}

export const diff: CommandModule<object, DiffArguments> = {
  command: 'diff <before> <after>',
  describe: 'Draw what has changed between two captures',
  builder: (yargs) => options(yargs) as Argv<DiffArguments>,
  handler: async (argv) => {
    const { runDiff } = await import('./run-diff.ts');
    process.exitCode = await runDiff(argv);
  },
};

function options(yargs: Argv): Argv {
  yargs
    .positional('before', { type: 'string', describe: 'Folded text, or a trace of strace or perf; - is stdin' })
    .positional('after', { type: 'string', describe: 'The same of what it is compared with' })
    .option('normalize', {
      alias: 'n',
      type: 'boolean',
      describe: 'Scale what was before to the total after: shares are compared, not amounts',
    })
    .option('strip-hex', {
      alias: 's',
      type: 'boolean',
      describe: 'Addresses in names (0x...) are all the same',
    })
    .option('width-from', {
      choices: ['after', 'before'] as const,
      default: 'after' as const,
      requiresArg: true,
      coerce: last,
      describe: 'Whose weights the widths are',
    })
    .option('gone', {
      type: 'boolean',
      describe: 'Draw stacks, too, that are only on the other side, as wide as they are there',
    })
    .option('colors', {
      alias: 'c',
      choices: DIFFERENCE_PALETTES,
      default: 'red-blue' as const,
      requiresArg: true,
      coerce: last,
      describe: 'What grew and what shrank; orange and blue are for people who see no red or no green, too',
    })
    .option('negate', { type: 'boolean', describe: 'Swap the colours' })
    .option('from', {
      choices: TEXT_FORMATS,
      requiresArg: true,
      coerce: last,
      defaultDescription: 'by content',
      describe: 'Format of both files',
    });
  return selectionOptions(yargs, 'svg')
    .example('$0 diff before.folded after.folded -o diff.html', 'Two runs, as a page')
    .example('$0 diff -n before.folded after.folded > diff.svg', 'Shares of two runs of different lengths')
    .example('$0 diff --format folded a.folded b.folded | flamegraph.pl', 'In the place of difffolded.pl')
    .example('$0 diff --weight bytes a.strace b.strace -o diff.svg', 'Two traces');
}
