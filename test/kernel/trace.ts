// What the kernel tests share: the compiled workload, a real trace of it in this process, and its rows as text. A test
// that cannot run here skips and says why; IOR_REQUIRE_KERNEL=1 turns that into a failure.

import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { runCapture } from '../../src/cli/capture.ts';
import { Signals } from '../../src/cli/signals.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/collector/live/ior-object.ts';
import { examine } from '../../src/collector/live/preflight.ts';
import { type Capture, Session } from '../../src/collector/live/session.ts';
import { type Dimension, FILE_TYPES } from '../../src/model/profile.ts';
import { selectSyscalls } from '../../src/syscalls/table.ts';
import { compile } from './programs.ts';

export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** The command line as users have it: tap puts a module into every node that a test starts, which catches signals. */
export const COMMAND_LINE = ['env', '-u', 'NODE_OPTIONS', process.execPath, CLI] as const;

/**
 * How much of a load: IOR_TEST_SCALE divides it, for a kernel that runs under emulation (`npm run test:kernels`).
 */
export function scaled(load: number): number {
  return Math.ceil(load / Number(process.env.IOR_TEST_SCALE || 1));
}

/** For the `skip` of a test of what no kernel can change, and that takes minutes where each start of the command line takes seconds. */
export const aboveTheKernel =
  process.env.IOR_TEST_EMULATED === '1' && 'it is about what lies above the kernel, which is emulated here';

/** Why the kernel tests cannot run here; false when they can. For the `skip` option of a test. */
export function whyNot(...programs: readonly string[]): string | false {
  const finding = examine().find(({ ok }) => !ok);
  const missing = programs.find((program) => spawnSync('which', [program]).status !== 0);
  const reason =
    finding !== undefined
      ? `${finding.what}: ${finding.seen}`
      : missing !== undefined
        ? `${missing} is not installed`
        : existsSync(CLI)
          ? undefined
          : 'dist/ is not built: npm run build';
  return visibly(reason ?? false);
}

/** The reason of a skip, which IOR_REQUIRE_KERNEL=1 turns into a failure. */
export function visibly(reason: string | false): string | false {
  if (reason !== false && process.env.IOR_REQUIRE_KERNEL === '1')
    throw new Error(`IOR_REQUIRE_KERNEL=1, but ${reason}`);
  return reason;
}

/** As somebody without capabilities; for the `prefix` of a run. */
export const AS_NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] as const;

/** Why nobody cannot run the command line here; false when it can. */
export function whyNotAsNobody(): string | false {
  if (process.geteuid?.() !== 0) return visibly('only root can become nobody');
  const [program, ...args] = [...AS_NOBODY, ...COMMAND_LINE, '--version'];
  return visibly(spawnSync(program, args, { cwd: '/' }).status !== 0 && `nobody can run neither node nor ${CLI}`);
}

/** A directory of its own, removed after the test. In memory where speed matters more than the filesystem. */
export function directory(t: Test, inMemory = false): string {
  const parent = inMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const path = mkdtempSync(join(parent, 'ior-flame-test-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The workload that most tests trace. */
export function workload(): string {
  return compile('workload');
}

export interface TraceOptions {
  readonly dimensions?: readonly Dimension[];
  readonly limits?: Partial<Limits>;
  readonly families?: readonly string[];
  /** Every task is in scope, not only the command. */
  readonly everything?: boolean;
  /** Rows that are told apart. */
  readonly maxRows?: number;
}

/** Traces a command until it ends; fails the test when it did not exit with 0. All types of files are in. */
export async function trace(t: Test, command: readonly string[], options: TraceOptions = {}): Promise<Capture> {
  const { dimensions = ['comm', 'path', 'syscall'] } = options;
  const session = new Session({
    selection: selectSyscalls({ families: options.families ?? ['file'], syscalls: [], excludeSyscalls: [] }),
    types: (1 << FILE_TYPES.length) - 1,
    everything: options.everything ?? false,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    maxRows: options.maxRows,
    dimensions,
  });
  const signals = new Signals();
  try {
    const end = await runCapture(session, signals, {
      command,
      durationMs: undefined,
      stdoutIsTaken: true,
      progress: undefined,
    });
    t.equal((await end.command)?.exitCode, 0, `${command.join(' ').slice(0, 80)} ends well`);
    return end.capture;
  } finally {
    signals.close();
  }
}

/** `comm path syscall calls bytes errors`, sorted, of the rows whose path begins with one of `prefixes`. */
export function rows({ profile }: Capture, ...prefixes: readonly string[]): string[] {
  const found: string[] = [];
  for (let row = 0; row < profile.length; row++) {
    const path = profile.text(row, 'path');
    if (!prefixes.some((prefix) => path.startsWith(prefix))) continue;
    const weights = (['calls', 'bytes', 'errors'] as const).map((weight) => profile.weight(row, weight));
    found.push([profile.text(row, 'comm'), path, profile.text(row, 'syscall'), ...weights].join(' '));
  }
  return found.sort();
}

/** Every enter has one end: fails the test unless the counters add up, with nothing lost. */
export function accountsForEverything(t: Test, { counters, profile, sums, leftOut, unfinished }: Capture): void {
  const { folded, overflowed, superseded, mismatched, neverReturned } = counters;
  t.equal(counters.exits, folded + counters.leftOut + overflowed, 'every pair is folded or left out');
  const ends = counters.exits + superseded + mismatched + neverReturned + unfinished;
  t.equal(counters.enters, ends, 'every enter has one end');
  t.equal(sums.calls, folded, 'the cells hold every folded call');
  t.equal(profile.total('calls'), folded + overflowed, 'and so does the profile');
  t.equal(
    [...leftOut.values()].reduce((sum, { calls }) => sum + calls, 0),
    counters.leftOut,
  );
}

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What execs the command line: `setpriv ...`, `env X=1`. */
  readonly prefix?: readonly string[];
  readonly cwd?: string;
  /** Leads a process group of its own, as when it is started at a terminal. */
  readonly inGroup?: boolean;
  readonly interruptAfterMs?: number;
}

/** The built command line while it runs. */
export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly end: Promise<Run>;
  /** Resolves when it traces, with the programs attached and targets marked, and at the latest when it has ended. */
  tracing(): Promise<void>;
}

export function start(args: readonly string[], options: RunOptions = {}): Running {
  const { prefix = [], cwd, inGroup = false, interruptAfterMs } = options;
  const [file = '', ...rest] = [...prefix, ...COMMAND_LINE, ...args];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: inGroup, ...(cwd ? { cwd } : {}) });
  let stdout = '';
  let stderr = '';
  let over = false;
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const timer = interruptAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGINT'), interruptAfterMs);
  const end = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      over = true;
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
  const tracing = async () => {
    while (!over && !isTracing(child.pid as number)) await sleep(5);
    for (let waits = 0; !over && waits < 3; await sleep(10)) waits = isWaiting(child.pid as number) ? waits + 1 : 0;
  };
  return { child, end, tracing };
}

/** Runs the built command line to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return start(args, options).end;
}

/** Waits for a tracer that was not started by start(). */
export async function untilTracing(pid: number): Promise<void> {
  for (let i = 0; i < 2000 && !isTracing(pid); i++) await sleep(5);
}

/** sys_enter is attached last, as the fifth, or the fourth when everything is in scope. */
function isTracing(pid: number): boolean {
  return heldBy(pid).filter((info) => info.includes('link_type:')).length >= 4;
}

/** Whether Node waits for events: a tracer marks its targets and looks for calls begun before when it is attached already. */
function isWaiting(pid: number): boolean {
  try {
    const [number] = readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ');
    return number === EPOLL_WAIT || number === EPOLL_PWAIT;
  } catch {
    return false; // it has ended meanwhile
  }
}
const [EPOLL_WAIT, EPOLL_PWAIT] = ['232', '281'];

/** What /proc tells about the descriptors of a process. */
function heldBy(pid: number | string): string[] {
  const infos: string[] = [];
  try {
    for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) infos.push(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'));
  } catch {
    // it has ended meanwhile, or one of its descriptors has
  }
  return infos;
}

/** Names of our BPF programs that the kernel holds though no process does. */
export function programsLeft(): Promise<readonly string[]> {
  return left('prog', /^(\d+): .* name (ior_\w+)/gm);
}

/** The same of maps; of those whose names tell that they are ours. */
export function mapsLeft(): Promise<readonly string[]> {
  return left('map', /^(\d+): .* name (ior_cells|left_out|overflow|known_names|scratches)\b/gm);
}

/** The kernel frees what has lost its last holder a moment later, and others may be tracing here: asks for three seconds. */
async function left(kind: 'prog' | 'map', named: RegExp): Promise<readonly string[]> {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  let left: string[] = [];
  for (let i = 0; i < 30; i++) {
    const { stdout, error } = spawnSync('bpftool', [kind, 'show'], { encoding: 'utf8', env });
    if (error) throw error;
    const ours = [...stdout.matchAll(named)];
    const held = new Set<string | undefined>();
    for (const pid of ours.length > 0 ? readdirSync('/proc') : []) {
      if (!/^\d+$/.test(pid)) continue;
      for (const info of heldBy(pid)) held.add(new RegExp(`^${kind}_id:\\s+(\\d+)`, 'm').exec(info)?.[1]);
    }
    left = ours.filter(([, id]) => !held.has(id)).map(([, , name]) => name as string);
    if (left.length === 0) break;
    await sleep(100);
  }
  return left;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
