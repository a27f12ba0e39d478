// How fast strace text is folded: 300 MB of it, made from what `strace -f -ttt -T -y` writes of a compiler, as a file. Prints
// MB/s of parsing alone, with pairing and folding, in one thread, and of the built command line, which has a second one for
// large files; best of the rounds, and the command line's peak memory.
//
//   npm run bench -- import [megabytes] [rounds]

import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readText } from '../src/collector/text/read.ts';
import { foldProfile } from '../src/fold/fold.ts';
import { PairingEngine } from '../src/fold/pairing.ts';
import type { EventSink } from '../src/model/event.ts';
import { Profile } from '../src/model/profile.ts';
import { selectSyscalls } from '../src/syscalls/table.ts';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const megabytes = Number(process.argv[2] ?? 300);
const rounds = Number(process.argv[3] ?? 3);
const work = mkdtempSync(join(tmpdir(), 'ior-flame-bench-'));
const path = join(work, 'trace.txt');

/** One process of a build: it opens, reads and closes files by the dozen, and its lines lie between those of others. */
function* processLines(pid: number, start: number): Generator<string> {
  let us = start;
  const at = () => {
    us += 37;
    return `${pid} ${1700000000 + Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`;
  };
  const cwd = '/home/user/project/build';
  yield `${at()} execve("/usr/lib/gcc/x86_64-linux-gnu/12/cc1", ["cc1", "-quiet", "file${pid}.c"], 0x7ffd42e8c380 /* 35 vars */) = 0 <0.000160>\n`;
  for (let i = 0; i < 60; i++) {
    const file = `/usr/include/x86_64-linux-gnu/bits/types/header-${(pid * 7 + i * 13) % 4001}.h`;
    yield `${at()} openat(AT_FDCWD<${cwd}>, "${file}", O_RDONLY|O_NOCTTY) = 4<${file}> <0.000014>\n`;
    yield `${at()} newfstatat(4<${file}>, "", {st_mode=S_IFREG|0644, st_size=${1000 + i}, ...}, AT_EMPTY_PATH) = 0 <0.000007>\n`;
    yield `${at()} read(4<${file}>, "/* Copyright (C) 1991-2022 Free "..., ${4096 + i}) = ${1000 + i} <0.000009>\n`;
    if (i % 5 === 0) {
      yield `${at()} read(4<${file}>,  <unfinished ...>\n`;
      yield `${at()} <... read resumed>"", 4096) = 0 <0.000046>\n`;
    }
    yield `${at()} close(4<${file}>) = 0 <0.000006>\n`;
    yield `${at()} openat(AT_FDCWD<${cwd}>, "include/header-${i}.h", O_RDONLY|O_NOCTTY) = -1 ENOENT (No such file or directory) <0.000008>\n`;
    yield `${at()} mmap(NULL, 135168, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f1bbe90f000 <0.000023>\n`;
  }
  yield `${at()} exit_group(0) = ?\n`;
  yield `${at()} +++ exited with 0 +++\n`;
}

function generate(): void {
  const fd = openSync(path, 'w');
  let bytes = 0;
  for (let pid = 1000, us = 0; bytes < megabytes * 1e6; pid = pid === 4_000_000 ? 1000 : pid + 1, us += 20_000) {
    bytes += writeSync(fd, [...processLines(pid, us)].join(''));
  }
  closeSync(fd);
}

const nothing: EventSink = { enter() {}, exit() {}, fork() {}, exec() {}, had() {}, signal() {}, end() {} };

async function parse(events: EventSink): Promise<number> {
  const start = performance.now();
  await readText([path], { events: () => events, stack: () => {} });
  return performance.now() - start;
}

async function parsePairFold(): Promise<number> {
  const start = performance.now();
  const profile = new Profile(['comm', 'path', 'syscall']);
  const selection = selectSyscalls({ families: [], syscalls: [], excludeSyscalls: [] });
  await parse(new PairingEngine({ profile, selection }));
  foldProfile(profile);
  return performance.now() - start;
}

let peakKb = 0;

/** The built command line, from its start to its end. */
function commandLine(): number {
  const start = performance.now();
  const tell = `import { isMainThread } from 'node:worker_threads';
    if (isMainThread) process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)));`;
  const args = [
    `--import=data:text/javascript,${encodeURIComponent(tell)}`,
    CLI,
    'fold',
    '-q',
    '-o',
    '/dev/null',
    path,
  ];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: {} });
  if (status !== 0) throw new Error(`ior-flame fold failed: ${stderr}`);
  peakKb = Math.max(peakKb, Number(stderr));
  return performance.now() - start;
}

const best = new Map<string, number>();
const note = (what: string, ms: number) => best.set(what, Math.min(best.get(what) ?? Number.POSITIVE_INFINITY, ms));
generate();
for (let round = 0; round < rounds; round++) {
  note('ior-flame fold', commandLine());
  note('parse (one thread)', await parse(nothing));
  note('parse, pair, fold (one thread)', await parsePairFold());
}
rmSync(work, { recursive: true });
process.stdout.write(`| ${megabytes} MB | speed | time |\n|---|---|---|\n`);
for (const [what, ms] of best) {
  process.stdout.write(`| ${what} | ${Math.round((megabytes * 1e3) / ms)} MB/s | ${Math.round(ms)} ms |\n`);
}
process.stdout.write(`peak memory of ior-flame fold ${Math.round(peakKb / 1024)} MB\n`);
