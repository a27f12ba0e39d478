// Lookups in the system-call table, and what --family, --syscall and --exclude-syscall select from it. Numbers and names
// come in, rows and sets of numbers go out; a name that is none leaves as a UserError with the nearest ones.

import { UserError } from '../model/errors.ts';
import { parseGlob } from '../model/globs.ts';
import { FAMILIES, type SyscallRow } from './row.ts';
import { X86_64 } from './x86-64.ts';

// From 512 on the numbers are x32's, which the kernel side never folds.
const NUMBERS = Array.from({ length: 512 }, (_, number) => number);
const BY_NUMBER = new Map(X86_64.map((row) => [row.number, row]));
const BY_NAME = new Map(X86_64.map((row) => [row.name, row]));

export function syscallByNumber(number: number): SyscallRow | undefined {
  return BY_NUMBER.get(number);
}

export function syscallByName(name: string): SyscallRow | undefined {
  return BY_NAME.get(name);
}

/** A kernel newer than the table has calls that the table does not know: they fold as `syscall_N`. */
export function syscallName(number: number): string {
  return BY_NUMBER.get(number)?.name ?? `syscall_${number}`;
}

export interface SyscallSelection {
  /** Calls wanted in their ordinary form. */
  readonly primary: Set<number>;
  /** Calls wanted when the bits of their `without` are set. */
  readonly without: Set<number>;
}

/**
 * `families` are united; `syscalls` adds calls by name or glob, in both forms; neither given means the file family.
 * `excludeSyscalls` is taken off at the end. `all` includes the numbers without a row.
 */
export function selectSyscalls(wanted: {
  readonly families: readonly string[];
  readonly syscalls: readonly string[];
  readonly excludeSyscalls: readonly string[];
}): SyscallSelection {
  const primary = new Set<number>();
  const without = new Set<number>();
  const families = wanted.families.length + wanted.syscalls.length === 0 ? ['file'] : wanted.families;
  for (const family of families) {
    if (family !== 'all' && !FAMILIES.some((known) => known === family)) {
      throw new UserError(`no family '${family}': choose from ${FAMILIES.join(', ')} or all`);
    }
    for (const number of NUMBERS) {
      const row = BY_NUMBER.get(number);
      if (family === 'all' || row?.family === family) primary.add(number);
      if (row?.without && (family === 'all' || row.without.family === family)) without.add(number);
    }
  }
  for (const number of wanted.syscalls.flatMap(numbersOf)) {
    primary.add(number);
    if (BY_NUMBER.get(number)?.without) without.add(number);
  }
  for (const number of wanted.excludeSyscalls.flatMap(numbersOf)) {
    primary.delete(number);
    without.delete(number);
  }
  return { primary, without };
}

function numbersOf(nameOrGlob: string): number[] {
  const { hasWildcard, matches } = parseGlob(nameOrGlob);
  const numbers = NUMBERS.filter((number) => matches(syscallName(number)));
  if (numbers.length > 0) return numbers;
  throw new UserError(hasWildcard ? `no system call matches '${nameOrGlob}'` : unknownName(nameOrGlob));
}

// Functions of glibc whose names are too far from the kernel's to be found as misspellings, or nearer to another call's.
const KERNEL_NAMES: Readonly<Record<string, string>> = {
  fstatat: 'newfstatat',
  fstatat64: 'newfstatat',
  pread: 'pread64',
  pwrite: 'pwrite64',
  lseek64: 'lseek',
  llseek: 'lseek',
  readdir: 'getdents64',
  posix_fadvise: 'fadvise64',
  posix_fallocate: 'fallocate',
  umount: 'umount2',
  fexecve: 'execveat',
  pselect: 'pselect6',
  prlimit: 'prlimit64',
  recv: 'recvfrom',
  send: 'sendto',
  mq_send: 'mq_timedsend',
  mq_receive: 'mq_timedreceive',
  sigaction: 'rt_sigaction',
  sigprocmask: 'rt_sigprocmask',
  wait: 'wait4',
  waitpid: 'wait4',
  nice: 'setpriority',
  klogctl: 'syslog',
};

function unknownName(name: string): string {
  const kernelName = Object.hasOwn(KERNEL_NAMES, name) ? KERNEL_NAMES[name] : undefined;
  if (kernelName !== undefined) return `no system call '${name}': the kernel calls it ${kernelName}`;
  const near = nearestNames(name);
  if (near.length === 0) return `no system call '${name}': use the kernel's names, which 'man 2 syscalls' lists`;
  const last = near.pop();
  return `no system call '${name}': did you mean ${near.length > 0 ? `${near.join(', ')} or ${last}` : last}?`;
}

/** At most three names, nearest first: one slip in three letters is forgiven, or the name is a part of a longer one. */
function nearestNames(typed: string): string[] {
  return X86_64.map(({ name }) => ({ name, slips: editDistance(typed, name) }))
    .filter(({ name, slips }) => slips * 3 <= typed.length || (typed.length >= 4 && name.includes(typed)))
    .sort((a, b) => a.slips - b.slips)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Letters inserted, left out, replaced, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, j - 2) + 1 : replaced;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
