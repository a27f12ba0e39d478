// What tracing adds to a system call: `dd if=/dev/zero of=/dev/null bs=1` untraced, under an empty pair of programs,
// under ior-flame and under bpftrace's aggregation, all interleaved in one run. Prints minimum and median of the rounds,
// as ratios to untraced and in ns a call. Needs root, clang-19 and bpftrace.
//
//   npm run bench -- overhead [rounds] [count]

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadLibbpf } from '../src/collector/live/native.ts';

const rounds = Number(process.argv[2] ?? 7);
const count = Number(process.argv[3] ?? 2_000_000);
const here = fileURLToPath(new URL('.', import.meta.url));
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'ior-flame-bench-'));
const command = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', `count=${count}`];

/** Seconds that dd says it took. */
type Way = () => number | Promise<number>;

const ways: Record<string, Way> = {
  untraced: () => secondsOf(spawnSync('dd', command.slice(1), { encoding: 'utf8' }).stderr),
  'empty pair': underEmptyPair,
  'ior-flame (command)': () => {
    const args = [cli, '-q', '--type', 'all', '-o', join(work, 'dd.folded'), '--', ...command];
    return secondsOf(spawnSync(process.execPath, args, { encoding: 'utf8' }).stderr);
  },
  'ior-flame (whole system)': () => underSystemWide(['--type', 'all']),
  'ior-flame (out of scope)': () => underSystemWide(['--family', 'network']),
  bpftrace: underBpftrace,
};

const seconds = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  for (const [name, way] of Object.entries(ways)) {
    const took = await way();
    if (Number.isFinite(took)) seconds.set(name, [...(seconds.get(name) ?? []), took]);
  }
}
rmSync(work, { recursive: true });

const calls = 2 * count;
const base = statistics(seconds.get('untraced') ?? []);
process.stdout.write(
  `${rounds} interleaved rounds of ${calls} calls; ratio to untraced and ns added to a call, minimum (median)\n\n`,
);
process.stdout.write('| way | ratio | ns a call |\n|---|---|---|\n');
for (const [name, values] of seconds) {
  const { minimum, median } = statistics(values);
  const ratio = `${(minimum / base.minimum).toFixed(2)} (${(median / base.median).toFixed(2)})`;
  const added = [minimum - base.minimum, median - base.median].map((s) => Math.round((s / calls) * 1e9));
  const absolute = Math.round((base.minimum / calls) * 1e9);
  process.stdout.write(
    `| ${name} | ${ratio} | ${name === 'untraced' ? `${absolute} in all` : `+${added[0]} (+${added[1]})`} |\n`,
  );
}

function secondsOf(stderr: string): number {
  return Number(/([\d.]+) s,/.exec(stderr)?.[1]);
}

function statistics(values: readonly number[]): { minimum: number; median: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return { minimum: sorted[0] ?? Number.NaN, median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN };
}

function underEmptyPair(): number {
  const file = join(work, 'empty.o');
  const flags = ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-I/usr/include/x86_64-linux-gnu'];
  execFileSync('clang-19', [...flags, '-c', join(here, 'empty.bpf.c'), '-o', file]);
  const libbpf = loadLibbpf();
  const bytes = readFileSync(file);
  const object = BigInt(libbpf.bpf_object__open_mem(bytes, bytes.length, 0));
  if (Number(libbpf.bpf_object__load(object)) < 0) throw new Error('cannot load the empty pair');
  const links = ['empty_exit', 'empty_enter'].map((name) =>
    libbpf.bpf_program__attach(libbpf.bpf_object__find_program_by_name(object, name)),
  );
  const took = ways.untraced?.() as number;
  for (const link of links) libbpf.bpf_link__destroy(link);
  libbpf.bpf_object__close(object);
  return took;
}

async function underSystemWide(options: readonly string[]): Promise<number> {
  const tracer = spawn(process.execPath, [cli, '-q', ...options, '-o', join(work, 'all.folded')]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const took = (await ways.untraced?.()) as number;
  tracer.kill('SIGINT');
  await once(tracer, 'exit');
  return took;
}

async function underBpftrace(): Promise<number> {
  const script = `
    tracepoint:raw_syscalls:sys_enter /pid != ${process.pid}/ { @start[tid] = nsecs; @fd[tid] = args->args[0]; }
    tracepoint:raw_syscalls:sys_exit /@start[tid]/ {
      @ns[comm, @fd[tid], args->id] = sum(nsecs - @start[tid]); delete(@start[tid]); delete(@fd[tid]);
    }`;
  const tracer = spawn('bpftrace', ['-q', '-e', script], { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  if (tracer.exitCode !== null) {
    process.stderr.write('bpftrace does not run here (is tracefs mounted on /sys/kernel/tracing?): left out\n');
    return Number.NaN;
  }
  const took = (await ways.untraced?.()) as number;
  tracer.kill('SIGINT');
  await once(tracer, 'exit');
  return took;
}
