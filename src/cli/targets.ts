// --pid, --tid and --uid: words of the command line as numbers, and what is there of them. In: argv. Out: Targets, or a
// UserError for what is no number or no process.

import { readFileSync } from 'node:fs';
import { TARGETS } from '../collector/live/abi.ts';
import type { Targets } from '../collector/live/ior-object.ts';
import { EXIT, UserError } from '../model/errors.ts';

export interface TargetArguments {
  readonly pid: readonly string[];
  readonly tid: readonly string[];
  readonly uid: readonly string[];
}

/** undefined when nothing was asked for. */
export function targetsOf({ pid, tid, uid }: TargetArguments): Targets | undefined {
  if (pid.length + tid.length + uid.length === 0) return undefined;
  const targets = { pids: numbers('--pid', pid, 1), tids: numbers('--tid', tid, 1), uids: numbers('--uid', uid, 0) };
  for (const number of targets.pids) requireProcess(number);
  for (const number of targets.tids) {
    if (leaderOf(number) === undefined) throw gone('--tid', 'thread', number);
  }
  return targets;
}

/** As in `process 12`, for sentences. */
export function nameOfTargets({ pids, tids }: Targets): string {
  const names = [pluralOf('process', 'processes', pids), pluralOf('thread', 'threads', tids)];
  return names.filter((name) => name !== '').join(' and ');
}

function pluralOf(one: string, many: string, numbers: readonly number[]): string {
  return numbers.length === 0 ? '' : `${numbers.length === 1 ? one : many} ${numbers.join(', ')}`;
}

function numbers(option: string, words: readonly string[], least: number): number[] {
  const found = words.map((word) => {
    const number = /^\d{1,10}$/.test(word) ? Number(word) : Number.NaN;
    if (number >= least && number < 2 ** 32) return number;
    throw new UserError(`${option}: '${word}' is not a number from ${least} on`);
  });
  if (found.length > TARGETS) throw new UserError(`${option}: ${found.length} were given, and ${TARGETS} are the most`);
  return [...new Set(found)];
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

function gone(option: string, what: string, number: number): UserError {
  return new UserError(`${option}: there is no ${what} ${number}`, { exitCode: EXIT.failure });
}
