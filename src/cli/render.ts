// `ior-flame render`, as the help knows it. It is run by main.ts without yargs (run-render.ts), from the same table of options.

import type { CommandModule } from 'yargs';
import { RENDER_OPTIONS } from './render-options.ts';

export const render: CommandModule = {
  command: 'render [files..]',
  describe: 'Draw folded text, of whatever program, as a flame graph',
  builder: (yargs) => {
    yargs.positional('files', {
      type: 'string',
      array: true,
      describe: 'Files to read and add up, also compressed by gzip; - is stdin',
    });
    for (const { name, alias, value, describe, defaultDescription } of RENDER_OPTIONS) {
      yargs.option(name, {
        ...(alias === undefined ? {} : { alias }),
        ...(value === undefined ? { type: 'boolean' } : { type: 'string', requiresArg: true }),
        ...(defaultDescription === undefined ? {} : { defaultDescription }),
        describe,
      });
    }
    return yargs
      .example('$0 render out.folded > out.svg', 'What stackcollapse-perf.pl, inferno, bpftrace or ior-flame wrote')
      .example('$0 render --colors io --countname us -o io.svg a.folded b.folded.gz', 'Two runs, added up')
      .example(
        'perf script | stackcollapse-perf.pl | $0 render --hash > cpu.svg',
        'From a pipe, in the place of flamegraph.pl',
      );
  },
  handler: () => {},
};
