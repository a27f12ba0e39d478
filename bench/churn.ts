// What memory user space needs for an hour of churn: five million files in five minutes, fed straight into names and cells, with the
// default of --max-stacks. Prints the memory after each simulated minute, and what a file costs. No kernel, no root.
//
//   npm run bench -- churn [stacks] [minutes] [files a minute]

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DEFAULT_MAX_ROWS, Profile } from '../src/model/profile.ts';
import { Churn } from '../test/collector/churn.ts';

const stacks = Number(process.argv[2] ?? DEFAULT_MAX_ROWS);
const minutes = Number(process.argv[3] ?? 5);
const files = Number(process.argv[4] ?? 1_000_000);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const profile = new Profile(['comm', 'path', 'syscall'], stacks);
const churn = new Churn(profile);

process.stdout.write(`| minute | files | stacks | memory, MB | µs a file |\n|---|---|---|---|---|\n`);
tell(0, Number.NaN);
for (let minute = 1; minute <= minutes; minute++) {
  const start = performance.now();
  churn.make(files);
  tell(minute, ((performance.now() - start) * 1e3) / files);
}

/** Minute 0 is what Node and the compiler of this script need. */
function tell(minute: number, us: number): void {
  collect();
  const memory = Math.round(process.memoryUsage.rss() / 2 ** 20);
  process.stdout.write(`| ${[minute, minute * files, profile.length, memory, us.toFixed(2)].join(' | ')} |\n`);
}
