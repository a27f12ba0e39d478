// `ior-flame fold`: its options. What it does is in run-fold.ts, which is loaded when it is known that it runs.

import type { Argv, CommandModule } from 'yargs';
import { TEXT_FORMATS, type TextFormat } from '../collector/text/formats.ts';
import { last, type SelectionArguments, selectionOptions } from './selection-options.ts';

export interface FoldArguments extends SelectionArguments {
  readonly files?: readonly string[];
  readonly from: TextFormat | undefined;
  readonly '--'?: readonly string[];
}

export const fold: CommandModule<object, FoldArguments> = {
  command: 'fold [files..]',
  describe: 'Fold traces of strace and perf, and merge folded text',
  builder: (yargs) => options(yargs) as Argv<FoldArguments>,
  handler: async (argv) => {
    const { runFold } = await import('./run-fold.ts');
    process.exitCode = await runFold(argv);
  },
};

function options(yargs: Argv): Argv {
  yargs
    .positional('files', {
      type: 'string',
      array: true,
      describe: 'Files to read, also compressed by gzip; - is stdin',
    })
    .option('from', {
      choices: TEXT_FORMATS,
      requiresArg: true,
      coerce: last,
      defaultDescription: 'by content',
      describe: 'Format of all files',
    });
  return selectionOptions(yargs, 'folded')
    .example('$0 fold build.strace > build.folded', 'What strace -f -ttt -T -yy -o build.strace wrote')
    .example('$0 fold -o all.svg trace.*', 'The files of strace -ff, as picture')
    .example('perf trace 2>&1 make | $0 fold --weight count -', 'From a pipe')
    .example('$0 fold a.folded b.folded > sum.folded', 'Two runs, added up');
}
