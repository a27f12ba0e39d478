// What tracing adds to a system call: read/write, open+close and stat (bench/calls.c), on one core and on two, untraced and under
// each tracer, all interleaved in one run. Prints minimum and median of the rounds, as ratios to untraced and in ns a call. Needs root,
// cc, clang-19, bpftrace, strace and perf; a tracer that is not there is left out.
//
//   npm run bench -- overhead [rounds] [count] [part of a tracer's name]

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadLibbpf } from '../src/collector/live/native.ts';

const rounds = Number(process.argv[2] ?? 7);
const count = Number(process.argv[3] ?? 1_000_000);
const wanted = process.argv[4] ?? '';
const here = fileURLToPath(new URL('.', import.meta.url));
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'ior-flame-bench-'));
const calls = join(work, 'calls');
const empty = join(work, 'empty.o');
const cores = [1, Math.min(2, availableParallelism())];

interface Tracer {
  readonly name: string;
  /** Calls under it are this many times fewer. */
  readonly slowness?: number;
  /** Stops the task, which then waits without using its own time: only the clock on the wall shows that. */
  readonly onTheWall?: boolean;
  /** What `calls` prints under it; undefined: it does not run here. */
  run(command: readonly string[]): string | undefined | Promise<string | undefined>;
}

const WALL = ' (wall)';

const tracers: readonly Tracer[] = [
  { name: 'untraced', run: (command) => outputOf(command) },
  { name: 'empty pair', run: underEmptyPair },
  { name: 'ior-flame, the command', run: (command) => outputOf([...iorFlame('--type', 'all'), '--', ...command]) },
  { name: 'ior-flame, whole system', run: (command) => beside(iorFlame('--type', 'all'), 1000, command) },
  { name: 'ior-flame, default types', run: (command) => beside(iorFlame(), 1000, command) },
  { name: 'ior-flame, other calls', run: (command) => beside(iorFlame('--family', 'network'), 1000, command) },
  { name: 'ior-flame, another process', run: (command) => beside(iorFlame('-p', String(process.pid)), 1000, command) },
  { name: 'ior-flame, another user', run: (command) => beside(iorFlame('--user', '4242'), 1000, command) },
  {
    name: 'bpftrace, count by comm, fd, call',
    run: (command) => beside(['bpftrace', '-q', '-e', SCRIPT], 3000, command),
  },
  {
    name: 'perf trace -s',
    slowness: 8,
    run: (command) => outputOf(['perf', 'trace', '-s', '-o', join(work, 'perf'), ...command]),
  },
  {
    name: 'strace -f -c',
    slowness: 100,
    onTheWall: true,
    run: (command) => outputOf(['strace', '-f', '-c', '-o', join(work, 'strace'), ...command]),
  },
];

const SCRIPT = `
  tracepoint:raw_syscalls:sys_enter /pid != ${process.pid}/ { @start[tid] = nsecs; @fd[tid] = args->args[0]; }
  tracepoint:raw_syscalls:sys_exit /@start[tid]/ {
    @ns[comm, @fd[tid], args->id] = sum(nsecs - @start[tid]); delete(@start[tid]); delete(@fd[tid]);
  }`;

execFileSync('cc', ['-O2', '-o', calls, join(here, 'calls.c')]);
const flags = ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-I/usr/include/x86_64-linux-gnu'];
execFileSync('clang-19', [...flags, '-c', join(here, 'empty.bpf.c'), '-o', empty]);

/** By tracer, then by workload: ns a call, one for each round. */
const results = new Map<Tracer, Map<string, number[]>>();
const untraced = tracers[0] as Tracer;
for (let round = 0; round < rounds; round++) {
  for (const tracer of tracers) {
    if (tracer !== untraced && !tracer.name.includes(wanted)) continue;
    const output = await tracer.run([calls, String(Math.ceil(count / (tracer.slowness ?? 1))), ...cores.map(String)]);
    if (output === undefined) continue;
    const own = results.get(tracer) ?? new Map<string, number[]>();
    results.set(tracer, own);
    for (const line of output.split('\n').filter((line) => line.includes('\t'))) {
      const [name, cores, cpu, wall] = line.split('\t');
      const workload = name + coresText(Number(cores));
      for (const [clock, ns] of [
        ['', cpu],
        [WALL, wall],
      ] as const) {
        own.set(workload + clock, [...(own.get(workload + clock) ?? []), Number(ns)]);
      }
    }
  }
}
rmSync(work, { recursive: true });

process.stdout.write(
  `${rounds} interleaved rounds of ${count} calls, fewer under slow tracers. Ratio to untraced and ns that a call takes longer: minimum (median)\n`,
);
const base = results.get(untraced) ?? new Map<string, number[]>();
for (const number of new Set(cores)) {
  const workloads = [...base.keys()].filter((name) => name.endsWith(coresText(number)));
  const names = workloads.map((name) => name.slice(0, -coresText(number).length));
  process.stdout.write(
    `\n| ${coresText(number).slice(2)} | ${names.join(' | ')} |\n|---${'|---'.repeat(names.length)}|\n`,
  );
  for (const [tracer, own] of results) {
    const cells = workloads.map((workload) => {
      const key = tracer.onTheWall ? workload + WALL : workload;
      const plain = statistics(base.get(key));
      const { minimum, median } = statistics(own.get(key));
      if (tracer === untraced) return `${pair(minimum, median, (ns) => ns.toFixed(0))} ns`;
      const ratio = pair(minimum / plain.minimum, median / plain.median, (value) => value.toFixed(value < 20 ? 2 : 0));
      if (minimum > 20 * plain.minimum) return ratio;
      return `${ratio}, ${pair(minimum - plain.minimum, median - plain.median, (ns) => (ns < 0 ? '' : '+') + ns.toFixed(0))}`;
    });
    process.stdout.write(`| ${tracer.name}${tracer.onTheWall ? ' (wall)' : ''} | ${cells.join(' | ')} |\n`);
  }
}

function pair(minimum: number, median: number, text: (value: number) => string): string {
  return `${text(minimum)} (${text(median)})`;
}

function coresText(number: number): string {
  return number === 1 ? ', 1 core' : `, ${number} cores`;
}

function iorFlame(...options: readonly string[]): string[] {
  return [process.execPath, cli, '-q', ...options, '-o', join(work, 'a.folded')];
}

function outputOf([file = '', ...args]: readonly string[]): string | undefined {
  const { error, stdout, stderr, status } = spawnSync(file, args, { encoding: 'utf8', cwd: work });
  if (error !== undefined) process.stderr.write(`${error.message}: left out\n`);
  if (error !== undefined) return undefined;
  if (status !== 0) throw new Error(`${file} failed: ${stderr}`);
  return stdout;
}

function statistics(values: readonly number[] = []): { minimum: number; median: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return { minimum: sorted[0] ?? Number.NaN, median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN };
}

function underEmptyPair(command: readonly string[]): string | undefined {
  const libbpf = loadLibbpf();
  const bytes = readFileSync(empty);
  const object = BigInt(libbpf.bpf_object__open_mem(bytes, bytes.length, 0));
  if (Number(libbpf.bpf_object__load(object)) < 0) throw new Error('cannot load the empty pair');
  const links = ['empty_exit', 'empty_enter'].map((name) =>
    libbpf.bpf_program__attach(libbpf.bpf_object__find_program_by_name(object, name)),
  );
  const output = outputOf(command);
  for (const link of links) libbpf.bpf_link__destroy(link);
  libbpf.bpf_object__close(object);
  return output;
}

/** Under a tracer of the whole system, once it has had time to begin. */
async function beside([file = '', ...args]: readonly string[], ms: number, command: readonly string[]) {
  const tracer = spawn(file, args, { stdio: 'ignore', cwd: work });
  const failed = once(tracer, 'error').then(() => true);
  if (await Promise.race([failed, sleep(ms, false)])) return undefined;
  if (tracer.exitCode !== null) {
    process.stderr.write(`${file} does not run here (bpftrace wants tracefs on /sys/kernel/tracing): left out\n`);
    return undefined;
  }
  const output = outputOf(command);
  tracer.kill('SIGINT');
  await once(tracer, 'exit');
  return output;
}
