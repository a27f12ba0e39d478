// What the kernel tests share: the compiled workload, a real trace of it in this process, and its rows as text. A test
// that cannot run here skips and says why; IOR_REQUIRE_KERNEL=1 turns that into a failure.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { runCapture } from '../../src/cli/capture.ts';
import { Signals } from '../../src/cli/signals.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/collector/live/load-object.ts';
import { examine } from '../../src/collector/live/preflight.ts';
import { type Capture, Session } from '../../src/collector/live/session.ts';
import { type Dimension, FILE_TYPES } from '../../src/model/profile.ts';
import { selectSyscalls } from '../../src/syscalls/table.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

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
  if (reason === undefined) return false;
  if (process.env.IOR_REQUIRE_KERNEL === '1') throw new Error(`IOR_REQUIRE_KERNEL=1, but ${reason}`);
  return reason;
}

/** A directory of its own, removed after the test. In memory where speed matters more than the filesystem. */
export function directory(t: Test, inMemory = false): string {
  const parent = inMemory && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const path = mkdtempSync(join(parent, 'ior-flame-test-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

let compiled: string | undefined;

/** test/kernel/workload.c, compiled once. */
export function workload(): string {
  if (compiled === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'ior-flame-workload-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    compiled = join(folder, 'workload');
    execFileSync('cc', ['-O1', '-Wall', '-Werror', '-pthread', '-o', compiled, join(HERE, 'workload.c')]);
  }
  return compiled;
}

export interface TraceOptions {
  readonly dimensions?: readonly Dimension[];
  readonly limits?: Partial<Limits>;
  readonly families?: readonly string[];
  /** Every task is in scope, not only the command. */
  readonly everything?: boolean;
}

/** Traces a command until it ends; fails the test when it did not exit with 0. All types of files are in. */
export async function trace(t: Test, command: readonly string[], options: TraceOptions = {}): Promise<Capture> {
  const { dimensions = ['comm', 'path', 'syscall'] } = options;
  const session = new Session({
    selection: selectSyscalls({ families: options.families ?? ['file'], syscalls: [], excludeSyscalls: [] }),
    types: (1 << FILE_TYPES.length) - 1,
    everything: options.everything ?? false,
    byComm: dimensions.includes('comm'),
    byPid: dimensions.includes('pid'),
    byTid: dimensions.includes('tid'),
    byUid: dimensions.includes('uid'),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
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
export function accountsForEverything(t: Test, { counters, profile, sums, leftOut }: Capture): void {
  const { folded, overflowed, superseded, mismatched, neverReturned } = counters;
  t.equal(counters.exits, folded + counters.leftOut + overflowed, 'every pair is folded or left out');
  t.equal(counters.enters, counters.exits + superseded + mismatched + neverReturned, 'every enter has one end');
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

/** Runs the built command line to its end; `during` is called when stderr or stdout has its first byte, or after 1.2 s. */
export function run(
  args: readonly string[],
  options: { readonly prefix?: readonly string[]; readonly cwd?: string; readonly interruptAfterMs?: number } = {},
): Promise<Run> {
  const [file = '', ...rest] = [...(options.prefix ?? []), process.execPath, CLI, ...args];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], ...(options.cwd ? { cwd: options.cwd } : {}) });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const timer =
    options.interruptAfterMs === undefined
      ? undefined
      : setTimeout(() => child.kill('SIGINT'), options.interruptAfterMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/** Names of our BPF programs that the kernel holds now. */
export function programsLeft(): string[] {
  const { stdout } = spawnSync('bpftool', ['prog', 'show'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  return [...stdout.matchAll(/name (ior_\w+)/g)].map(([, name]) => name as string);
}
