// Tests of scenarios: a C program makes the calls of one case (scenarios.h), and what a real trace holds of it is compared
// with what it did. In: the name of a scenario. Out: every watched call of it, as lines, so that a call under a wrong name
// is one line too many. A case that cannot be observed on this machine skips with the reason.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import type { Capture } from '../../../src/collector/live/session.ts';
import { compile } from '../programs.ts';
import { accountsForEverything, directory, trace, visibly, whyNot } from '../trace.ts';

export const skip = whyNot('cc');

export interface ScenarioOptions {
  readonly families?: readonly string[];
  /** A file system that is mounted for the scenario. Without it: that of the temporary directory. */
  readonly filesystem?: 'tmpfs' | 'ext4' | 'overlay';
  /** Part of the scenario is over when the trace starts; it waits for that (wait_for_start()). */
  readonly before?: true;
}

export interface Seen {
  /**
   * `comm path syscall calls bytes errors` of each watched call, sorted. In paths `~` is the scenario's directory, `-`
   * no file, and `;` stands between the frames of a socket's name.
   */
  readonly lines: readonly string[];
  /** The scenario's directory. */
  readonly directory: string;
  /** What the scenario reported under a key, in order. */
  reported(key: string): readonly string[];
  readonly capture: Capture;
}

/** A test that runs the scenario and checks what was seen of it. */
export function scenario(
  title: string,
  name: string,
  options: ScenarioOptions,
  check: (t: Test, seen: Seen) => void,
): void {
  t.test(title, { skip }, async (t) => {
    const { filesystem, before } = options;
    const above = directory(t);
    const control = directory(t);
    const command = [program(), name, above, control, filesystem ?? '-'];
    const capture = await (before ? traceFromNowOn(t, command, control, options) : trace(t, command, options));
    const reason = contentOf(join(control, 'cannot'));
    if (reason !== '' || capture === undefined) {
      visibly(reason);
      t.pass('it cannot be observed here', { skip: reason });
      return;
    }
    if (!before) {
      accountsForEverything(t, capture);
      t.equal(capture.sums.unnamed, 0, 'every file has its name');
    }
    const report = contentOf(join(control, 'report')).split('\n');
    const directoryOf = filesystem ? join(above, 'fs') : above;
    check(t, {
      lines: linesOf(t, capture, directoryOf),
      directory: directoryOf,
      reported: (key) => report.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1)),
      capture,
    });
  });
}

/** Compares lines, in any order. */
export function same(t: Test, { lines }: Pick<Seen, 'lines'>, expected: readonly string[]): void {
  t.strictSame(lines, expected.toSorted(), 'every call, and no other');
}

/** For thousands of lines: what is missing and what is too much, the first of them. */
export function sameOfMany(t: Test, { lines }: Seen, expected: readonly string[]): void {
  const [found, wanted] = [new Set(lines), new Set(expected)];
  const first = (list: readonly string[], other: ReadonlySet<string>) =>
    list.filter((line) => !other.has(line)).slice(0, 5);
  t.strictSame(first(lines, wanted), [], 'nothing bears a wrong name');
  t.strictSame(first(expected, found), [], 'nothing is missing');
  t.equal(lines.length, expected.length);
}

/** The scenarios' program. */
export function program(): string {
  return compile('scenarios');
}

/** Starts the scenario, then traces everything, then lets the scenario go on to its end. undefined: it gave up before. */
async function traceFromNowOn(
  t: Test,
  [file = '', ...args]: readonly string[],
  control: string,
  { families }: ScenarioOptions,
): Promise<Capture | undefined> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as unknown[];
  if (typeof line !== 'string') {
    t.equal(line, 0, 'it ends well');
    return undefined;
  }
  t.match(line, /^ready \d+$/, 'it waits');
  const capture = await trace(t, [file, 'release', control, String(child.pid)], {
    everything: true,
    dimensions: ['comm', 'path', 'syscall', 'pid'],
    ...(families ? { families } : {}),
  });
  t.strictSame(await ended, [0, null], 'and ends well');
  return capture;
}

function linesOf(t: Test, { profile }: Capture, directory: string): string[] {
  const found: { readonly pid: string; readonly path: string; readonly line: string }[] = [];
  const withPid = profile.dimensions.includes('pid');
  for (let row = 0; row < profile.length; row++) {
    const comm = profile.text(row, 'comm');
    if (!comm.startsWith('=')) continue;
    const path = profile.text(row, 'path');
    const inside = path === directory || path.startsWith(`${directory}/`);
    const shown = inside ? `~${path.slice(directory.length)}` : path.replaceAll('\0', ';') || '-';
    const weights = (['calls', 'bytes', 'errors'] as const).map((weight) => profile.weight(row, weight));
    const line = [comm.slice(1), shown, profile.text(row, 'syscall'), ...weights].join(' ');
    found.push({ pid: withPid ? profile.text(row, 'pid') : '', path, line });
  }
  // Of a trace of everything, the process that has something to do with the directory. By its own getpid() it could not
  // be found in a pid namespace.
  const pids = new Set(found.filter(({ path }) => path.startsWith(directory)).map(({ pid }) => pid));
  if (withPid) t.equal(pids.size, 1, 'one process');
  return found
    .filter(({ pid }) => !withPid || pids.has(pid))
    .map(({ line }) => line)
    .sort();
}

function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
