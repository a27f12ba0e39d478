// What the tracer's own process costs: CPU time and memory while two dd make calls on files that are known, and CPU time for each
// new name. Prints the share of a core, the memory at the beginning and the end, what was lost, and us a name. Needs root and cc.
//
//   npm run bench -- collector [seconds]

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NAME, NAME_KIND } from '../src/collector/live/abi.ts';
import { NameStore } from '../src/collector/live/name-store.ts';

const seconds = Number(process.argv[2] ?? 30);
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'ior-flame-bench-'));
/** proc_pid_stat(5): utime and stime are in clock ticks of 10 ms. */
const TICK_MS = 10;

interface Use {
  readonly cpuMs: number;
  readonly residentMb: number;
}

function useOf(child: ChildProcess): Use {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))?.[1];
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, residentMb: Number(resident) / 1024 };
}

function iorFlame(command: readonly string[]): { readonly child: ChildProcess; readonly summary: Promise<Summary> } {
  const args = [cli, '--json', '--type', 'all', '-o', join(work, 'a.folded'), '--', ...command];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.on('data', (data) => {
    text += data;
  });
  const summary = once(child, 'close').then(() =>
    JSON.parse(text.split('\n').find((line) => line.startsWith('{')) ?? '{}'),
  );
  return { child, summary };
}

interface Summary {
  readonly syscalls: number;
  readonly losses: readonly { readonly name: string; readonly count: number }[];
}

/** Two seconds in, when all is warm, and shortly before the end. */
async function steady(): Promise<void> {
  const dd = `timeout ${seconds} dd if=/dev/zero of=/dev/null bs=1 status=none`;
  const { child, summary } = iorFlame(['sh', '-c', `${dd} & ${dd} & wait`]);
  await sleep(2000);
  const first = useOf(child);
  await sleep((seconds - 3) * 1000);
  const last = useOf(child);
  const { syscalls, losses } = await summary;
  const share = (last.cpuMs - first.cpuMs) / (seconds - 3) / 10;
  const lost = losses.filter(({ name, count }) => count > 0 && name !== 'never returned' && name !== 'unfinished');
  process.stdout.write(
    `| ${seconds} s of dd on two cores | |\n|---|---|\n` +
      `| system calls | ${syscalls} |\n` +
      `| CPU time of ior-flame | ${share.toFixed(2)} % of a core |\n` +
      `| memory after 2 s, at the end | ${first.residentMb.toFixed(0)} MB, ${last.residentMb.toFixed(0)} MB |\n` +
      `| lost | ${lost.map(({ name, count }) => `${name}: ${count}`).join(', ') || 'nothing'} |\n`,
  );
}

/** CPU time of a trace in which `files` files are made, until its end. */
async function cpuOfFiles(workload: string, files: number): Promise<number> {
  const dir = join(work, String(files));
  mkdirSync(dir);
  const { child, summary } = iorFlame([workload, 'many-files', dir, String(files)]);
  let cpuMs = 0;
  const timer = setInterval(() => {
    try {
      cpuMs = Math.max(cpuMs, useOf(child).cpuMs);
    } catch {
      // it has just ended
    }
  }, 5);
  await summary;
  clearInterval(timer);
  rmSync(dir, { recursive: true });
  return cpuMs;
}

/** us to take a name from a record of the ring, as the kernel writes it, into the names that cells are looked up by. */
function usOfName(): number {
  const NAMES = 200_000;
  const RECORD = 256;
  const ring = Buffer.alloc(NAMES * RECORD);
  const view = new DataView(ring.buffer, ring.byteOffset, ring.length);
  for (let i = 0; i < NAMES; i++) {
    const at = i * RECORD;
    const walk = `file-number-${i}.json/src/left-pad-${i % 1000}/node_modules/project/ann/home/`;
    view.setUint32(at + NAME.offset.file, i, true);
    view.setUint32(at + NAME.offset.kind, NAME_KIND.walk, true);
    view.setUint32(at + NAME.offset.mount, RECORD, true);
    view.setUint32(at + NAME.offset.len, ring.write(walk, at + NAME.offset.data, 'latin1'), true);
  }
  const names = new NameStore();
  const start = process.cpuUsage();
  for (let i = 0; i < NAMES; i++) names.add(view, i * RECORD);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / NAMES;
}

await steady();
const workload = join(work, 'workload');
execFileSync('cc', [
  '-O1',
  '-pthread',
  '-o',
  workload,
  fileURLToPath(new URL('../test/kernel/workload.c', import.meta.url)),
]);
const FEW = 20_000;
const MANY = 220_000;
const few = await cpuOfFiles(workload, FEW);
const many = await cpuOfFiles(workload, MANY);
const perName = ((many - few) * 1000) / (MANY - FEW);
process.stdout.write(`\na new name, from the ring into the names: ${usOfName().toFixed(2)} us of CPU time\n`);
process.stdout.write(
  `${MANY - FEW} more files, each created, written and closed: ${perName.toFixed(2)} us of CPU time for each, with three cells, its row and its stacks\n`,
);
rmSync(work, { recursive: true });
