// --pid, --follow, --tid, --user and --cgroup: words of the command line as numbers, and what is there of them. In: argv.
// Out: Targets, or a UserError for what is no number, no process, no user or no cgroup.

import { readFileSync } from 'node:fs';
import { TARGETS } from '../collector/live/abi.ts';
import { cgroupId, cgroupMount } from '../collector/live/cgroups.ts';
import type { Targets } from '../collector/live/ior-object.ts';
import { EXIT, UserError } from '../model/errors.ts';
import { accountOf } from './accounts.ts';

export interface TargetArguments {
  readonly pid: readonly string[];
  readonly tid: readonly string[];
  readonly follow?: boolean;
  readonly user: readonly string[];
  readonly cgroup: readonly string[];
}

/** undefined when nothing was asked for. */
export function targetsOf({ pid, tid, follow = false, user, cgroup }: TargetArguments): Targets | undefined {
  if (follow && pid.length === 0) throw new UserError('--follow is for --pid: a command is followed without it');
  if (pid.length + tid.length + user.length + cgroup.length === 0) return undefined;
  const pids = atMost('--pid', pid, (word) => numberOf('--pid', word, 1));
  const tids = atMost('--tid', tid, (word) => numberOf('--tid', word, 1));
  for (const number of pids) requireProcess(number);
  for (const number of tids) {
    if (leaderOf(number) === undefined) throw gone('--tid', 'thread', number);
  }
  for (const [option, numbers] of [
    ['--pid', pids],
    ['--tid', tids],
  ] as const) {
    const kernels = numbers.find(isOfKernel);
    if (kernels !== undefined) {
      throw new UserError(`${option}: ${kernels} is a thread of the kernel, which makes no system calls`);
    }
  }
  const uids = atMost('--user', user, uidOf);
  return { pids, tids, follow, uids, cgroups: atMost('--cgroup', cgroup, requireCgroup) };
}

/** As in `process 12`, for sentences. */
export function nameOfTargets({ pids, tids, follow }: Targets): string {
  const names = [pluralOf('process', 'processes', pids), pluralOf('thread', 'threads', tids)];
  return `${names.filter((name) => name !== '').join(' and ')}${follow ? ', with all children,' : ''}`;
}

function pluralOf(one: string, many: string, numbers: readonly number[]): string {
  return numbers.length === 0 ? '' : `${numbers.length === 1 ? one : many} ${numbers.join(', ')}`;
}

function atMost<T>(option: string, words: readonly string[], of: (word: string) => T): T[] {
  const found = [...new Set(words.map(of))];
  if (found.length > TARGETS) throw new UserError(`${option}: ${found.length} were given, and ${TARGETS} are the most`);
  return found;
}

function numberOf(option: string, word: string, least: number): number {
  const number = /^\d{1,10}$/.test(word) ? Number(word) : Number.NaN;
  if (number >= least && number < 2 ** 32) return number;
  throw new UserError(`${option}: '${word}' is not a number from ${least} on`);
}

function requireProcess(number: number): void {
  const leader = leaderOf(number);
  if (leader === undefined) throw gone('--pid', 'process', number);
  if (leader !== number) {
    throw new UserError(`--pid: ${number} is a thread of process ${leader}: give --pid ${leader} or --tid ${number}`);
  }
}

/** The process that a task belongs to; undefined when there is no such task. */
function leaderOf(number: number): number | undefined {
  try {
    return Number(/^Tgid:\s*(\d+)/m.exec(readFileSync(`/proc/${number}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** PF_KTHREAD, include/linux/sched.h, in the flags of proc_pid_stat(5). */
const KERNEL_THREAD = 0x200000;

function isOfKernel(number: number): boolean {
  try {
    const stat = readFileSync(`/proc/${number}/stat`, 'latin1');
    const flags = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6];
    return (Number(flags) & KERNEL_THREAD) !== 0;
  } catch {
    return false;
  }
}

function gone(option: string, what: string, number: number): UserError {
  return new UserError(`${option}: there is no ${what} ${number}`, { exitCode: EXIT.failure });
}

/** A number need not be anybody's: files and processes of users that have gone bear one, too. */
function uidOf(word: string): number {
  if (/^\d+$/.test(word)) return numberOf('--user', word, 0);
  const account = accountOf(word);
  if (account !== undefined) return account.uid;
  throw new UserError(`--user: there is no user '${word}' here: give a name that getent passwd tells, or a number`);
}

function requireCgroup(word: string): number {
  const id = cgroupId(word);
  if (id !== undefined) return id;
  const mount = cgroupMount();
  const reason =
    mount === undefined ? 'no cgroup2 filesystem is mounted here' : `there is no cgroup '${word}' below ${mount}`;
  throw new UserError(`--cgroup: ${reason}`, { exitCode: EXIT.failure });
}
