// How long a user waits: from the command line to tracing, from the end of the command to the finished output, and
// `--version` against `node -e 0`. Prints minimum and median of the rounds, interleaved. Needs root.
//
//   npm run bench -- startup [rounds]

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 9);
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'ior-flame-bench-'));
const stamp = join(work, 'stamp');
const times = { 'until tracing': [], 'from stop to output': [], '--version': [], 'node -e 0': [] } as Record<
  string,
  number[]
>;

const now = () => performance.timeOrigin + performance.now();
function timed(args: readonly string[]): number {
  const start = now();
  spawnSync(process.execPath, args);
  return now() - start;
}

for (let round = 0; round < rounds; round++) {
  const start = now();
  // the command starts when everything is attached, and ends right after it has written the time
  spawnSync(process.execPath, [cli, '-q', '-o', join(work, 'x.svg'), '--', 'sh', '-c', `date +%s%N > ${stamp}`]);
  const end = now();
  const ran = Number(readFileSync(stamp, 'utf8')) / 1e6;
  times['until tracing']?.push(ran - start);
  times['from stop to output']?.push(end - ran);
  times['--version']?.push(timed([cli, '--version']));
  times['node -e 0']?.push(timed(['-e', '0']));
}
rmSync(work, { recursive: true });
process.stdout.write('| what | minimum | median |\n|---|---|---|\n');
for (const [name, values] of Object.entries(times)) {
  const sorted = values.toSorted((a, b) => a - b);
  const [minimum, median] = [sorted[0], sorted[sorted.length >> 1]].map((ms) => `${Math.round(ms as number)} ms`);
  process.stdout.write(`| ${name} | ${minimum} | ${median} |\n`);
}
