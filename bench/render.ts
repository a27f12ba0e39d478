// What `render` takes, as a whole process from folded text to SVG: wall and CPU time, peak memory, size of the picture, for
// 10,000, 100,000 and 1,000,000 distinct stacks; beside flamegraph.pl and inferno-flamegraph, where paths to them are given.
// Rounds are interleaved and minima printed, with what they are in times of `node -e 0`: the machine may be busy.
//
//   npm run bench -- render [rounds] [stacks,stacks,...]     (FLAMEGRAPH=.../flamegraph.pl INFERNO=.../inferno-flamegraph)
//
// Needs /usr/bin/time (Debian: apt-get install time). The files stay in the temporary directory for the next run.

import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeStacks } from './folded-stacks.ts';

const rounds = Number(process.argv[2] ?? 5);
const sizes = (process.argv[3] ?? '10000,100000,1000000').split(',').map(Number);
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const work = join(tmpdir(), 'ior-flame-bench-render');
mkdirSync(work, { recursive: true });

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly svgBytes: number;
}

function cost(command: readonly string[]): Cost {
  const out = join(work, 'out.svg');
  const times = join(work, 'times');
  const fd = openSync(out, 'w');
  const start = performance.now();
  const { status } = spawnSync('/usr/bin/time', ['-o', times, '-f', '%U %S %M', ...command], {
    stdio: ['ignore', fd, 'ignore'],
  });
  const wallMs = performance.now() - start;
  closeSync(fd);
  if (status !== 0) throw new Error(`${command.join(' ')} exited with ${status}`);
  const [user = 0, system = 0, peakKb = 0] = readFileSync(times, 'utf8').split(' ').map(Number);
  return { wallMs, cpuMs: (user + system) * 1e3, peakMb: peakKb / 1e3, svgBytes: statSync(out).size };
}

const { FLAMEGRAPH, INFERNO } = process.env;
process.stdout.write(
  '| stacks | | wall | × node -e 0 | CPU | peak memory | picture |\n|---|---|---|---|---|---|---|\n',
);
for (const size of sizes) {
  const file = join(work, `${size}.folded`);
  writeStacks(file, size);
  // the same stacks in order of bytes, as stackcollapse and ior-flame write them
  const sorted = join(work, `${size}.sorted.folded`);
  execFileSync('sort', ['-o', sorted, file], { env: { ...process.env, LC_ALL: 'C' } });
  const ways: Readonly<Record<string, readonly string[]>> = {
    'node -e 0': [process.execPath, '-e', '0'],
    'ior-flame render': [process.execPath, cli, 'render', file],
    'the same, lines sorted': [process.execPath, cli, 'render', sorted],
    ...(INFERNO === undefined ? {} : { inferno: [INFERNO, file] }),
    ...(FLAMEGRAPH === undefined || size > 100_000 ? {} : { 'flamegraph.pl': ['perl', FLAMEGRAPH, file] }),
  };
  const costs = new Map<string, Cost[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of Object.entries(ways)) costs.get(name)?.push(cost(command));
  }
  const least = (name: string, figure: keyof Cost) => Math.min(...(costs.get(name) ?? []).map((one) => one[figure]));
  for (const name of Object.keys(ways).slice(1)) {
    const wallMs = least(name, 'wallMs');
    const row = [
      size.toLocaleString('en'),
      name,
      `${(wallMs / 1e3).toFixed(2)} s`,
      (wallMs / least('node -e 0', 'wallMs')).toFixed(1),
      `${(least(name, 'cpuMs') / 1e3).toFixed(2)} s`,
      `${Math.round(Math.max(...(costs.get(name) ?? []).map(({ peakMb }) => peakMb)))} MB`,
      `${(least(name, 'svgBytes') / 1e6).toFixed(2)} MB`,
    ];
    process.stdout.write(`| ${row.join(' | ')} |\n`);
  }
}
