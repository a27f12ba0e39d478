// strace as witness of a run: a command runs under ior-flame and strace at once, strace's log is folded, and both accounts
// are compared by process, comm, path and system call. Nothing is rounded and nothing left out but strace itself.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { syscallByName } from '../../src/syscalls/table.ts';
import { stacks } from './artifacts.ts';
import { COMMAND_LINE, run } from './trace.ts';

export interface Sums {
  calls: number;
  bytes: number;
}

/** By stack: `pid:7;cat;/etc/passwd;read`. */
export type Account = ReadonlyMap<string, Readonly<Sums>>;

export interface Testimony {
  readonly ours: Account;
  readonly theirs: Account;
  /** How often a task died inside of a call, by the name of the call. */
  readonly diedInside: ReadonlyMap<string, number>;
}

const WEIGHTS = { calls: 'count', bytes: 'bytes' } as const;
const FOLDING = ['--family', 'all', '--type', 'all', '--fields', 'pid,comm,path,syscall', '--path-frames', 'whole'];

function folding(weight: keyof typeof WEIGHTS, output: string): string[] {
  return ['-q', ...FOLDING, '--weight', WEIGHTS[weight], '-o', output];
}

/**
 * Runs a command in `dir`, with nothing of this machine's configuration. Two tracers see the run, one inside of the other:
 * one counts its calls, the other its bytes. Their own calls, and the outer one's of the inner, are of processes that
 * strace does not know.
 */
export async function testify(t: Test, dir: string, command: readonly string[]): Promise<Testimony> {
  const log = join(dir, 'strace.log');
  const said = join(dir, 'said');
  const file = (name: string) => join(dir, `${name}.folded`);
  // files for all that the command prints: a socket from before the log is of a family that strace -y does not tell
  const prefix = ['env', '-i', ...environment(dir), 'sh', '-c', 'exec "$@" > "$0" 2>&1', said];
  const inner = [...COMMAND_LINE, ...folding('bytes', file('bytes'))];
  const strace = ['strace', '-f', '-y', '-Y', '-o', log, ...command];
  const { code } = await run([...folding('calls', file('calls')), '--', ...inner, '--', ...strace], {
    prefix,
    cwd: dir,
  });
  t.equal(code, 0, `the command ends well: ${readFileSync(said, 'utf8').slice(-500)}`);
  for (const weight of ['calls', 'bytes'] as const) {
    const { code, stderr } = await run(['fold', ...folding(weight, file(`strace-${weight}`)), log]);
    t.strictSame({ code, stderr }, { code: 0, stderr: '' }, 'the log is folded');
  }
  const read = (name: string) => stacks(t, readFileSync(file(name), 'utf8'));
  const all = account(read('strace-calls'), read('strace-bytes'));
  const theirs = new Map([...all].filter(([stack]) => !isStrace(stack)));
  t.strictSame(
    [...all].filter(([stack]) => isStrace(stack)).map(([stack, { calls }]) => `${stack.split(';').at(-1)} ${calls}`),
    ['execve 1'],
    "of strace's own child, the log has the execve by which it becomes the command",
  );
  const pids = new Set([...theirs.keys()].map((stack) => stack.slice(0, stack.indexOf(';') + 1)));
  const ours = [...account(read('calls'), read('bytes'))].filter(
    ([stack]) => pids.has(stack.slice(0, stack.indexOf(';') + 1)) && !isStrace(stack),
  );
  return { ours: new Map(ours), theirs, diedInside: diedInside(readFileSync(log, 'latin1')) };
}

/** HOME is the directory, so that nobody's git or npm settings count. */
export function environment(dir: string): string[] {
  const variables = { PATH: process.env.PATH, HOME: dir, TMPDIR: dir, LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1' };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

/** The process that strace forks bears its pid from then on, and strace's comm until it becomes the command. */
function isStrace(stack: string): boolean {
  return stack.split(';', 2)[1] === 'strace';
}

function account(calls: ReadonlyMap<string, number>, bytes: ReadonlyMap<string, number>): Map<string, Sums> {
  const sums = new Map([...calls].map(([stack, count]) => [stack, { calls: count, bytes: 0 }]));
  for (const [stack, count] of bytes) {
    const sum = sums.get(stack);
    if (sum === undefined) sums.set(stack, { calls: 0, bytes: count });
    else sum.bytes = count;
  }
  return sums;
}

/** `20354<node> <... futex resumed>) = ?`, and when it died while strace looked, `= ? <unavailable>`. */
const DEATH = /^\d+(?:<.*?>)? +(?:<\.\.\. )?(\w+)(?:\(| resumed>).*= \?(?: <unavailable>)?$/gm;

function diedInside(log: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, name = ''] of log.matchAll(DEATH)) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}

/**
 * What the two accounts do not agree on, empty when nothing. One kind of difference is excepted:
 *
 * Death inside of a call. A signal that kills a task wakes it up in its call, the call returns -ERESTARTSYS or -EINTR, and
 * the task passes sys_exit on its way to death: the kernel has an enter and an exit. But ptrace_stop() does not stop a
 * task with a fatal signal pending, so strace never sees that exit and writes `= ?`. As often as it does, and for calls
 * that move no bytes, the kernel may have one call more; it has none if the task died before sys_enter.
 */
export function compare({ ours, theirs, diedInside }: Testimony): string[] {
  const differences: string[] = [];
  const died = new Map(diedInside);
  for (const stack of [...new Set([...ours.keys(), ...theirs.keys()])].toSorted()) {
    const { calls, bytes } = ours.get(stack) ?? { calls: 0, bytes: 0 };
    const { calls: theirCalls, bytes: theirBytes } = theirs.get(stack) ?? { calls: 0, bytes: 0 };
    const more = calls - theirCalls;
    if (more === 0 && bytes === theirBytes) continue;
    const name = stack.slice(stack.lastIndexOf(';') + 1);
    const deaths = died.get(name) ?? 0;
    if (more > 0 && more <= deaths && bytes === theirBytes && syscallByName(name)?.returns !== 'bytes') {
      died.set(name, deaths - more);
      continue;
    }
    differences.push(`${stack}: ${calls} calls and ${bytes} bytes, but ${theirCalls} and ${theirBytes} by strace`);
  }
  return differences;
}

/** Fails unless the accounts agree, and on at least so much that nobody can have looked away. */
export function agree(t: Test, testimony: Testimony, least: Sums & { readonly rows: number }): void {
  const sums = { rows: 0, calls: 0, bytes: 0 };
  for (const { calls, bytes } of testimony.theirs.values()) {
    sums.rows++;
    sums.calls += calls;
    sums.bytes += bytes;
  }
  t.comment(`${sums.rows} rows, ${sums.calls} calls, ${sums.bytes} bytes`);
  t.strictSame(compare(testimony), []);
  for (const what of ['rows', 'calls', 'bytes'] as const) t.ok(sums[what] >= least[what], `${sums[what]} ${what}`);
}

/** A C program in a dozen files, with a Makefile that builds a library of them first. */
export function writeProgram(dir: string): void {
  const names = Array.from({ length: 12 }, (_, i) => `part${i}`);
  for (const [i, name] of names.entries()) {
    const body = `#include <stdio.h>\n#include "all.h"\nint ${name}(int x) { return x < 0 ? puts("no") : x + ${i}; }\n`;
    writeFileSync(join(dir, `${name}.c`), body);
  }
  writeFileSync(join(dir, 'all.h'), names.map((name) => `int ${name}(int);\n`).join(''));
  const sum = names.map((name) => `${name}(0)`).join(' + ');
  writeFileSync(join(dir, 'main.c'), `#include "all.h"\nint main(void) { return ${sum} != 66; }\n`);
  const rules = [
    `PARTS = ${names.map((name) => `${name}.o`).join(' ')}`,
    'program: main.o libparts.a',
    '\t$(CC) -o $@ $^',
    'libparts.a: $(PARTS)',
    '\t$(AR) rc $@ $^',
    '$(PARTS) main.o: all.h',
  ];
  writeFileSync(join(dir, 'Makefile'), `${rules.join('\n')}\n`);
}
