// Numbers of the kernel as the words that programs use for them. Numbers come in, texts go out.

import { constants } from 'node:os';

const ERRORS = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** `ENOENT`; `ok` for 0. */
export function errnoText(error: number): string {
  return error === 0 ? 'ok' : (ERRORS.get(error) ?? `errno ${error}`);
}

const ACCESS = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'] as const;

/** asm-generic/fcntl.h: those that stay with an open file; the longer masks first, as they hold the shorter. */
const FLAGS: readonly (readonly [number, string])[] = [
  [0o20200000, 'O_TMPFILE'],
  [0o4010000, 'O_SYNC'],
  [0o10000, 'O_DSYNC'],
  [0o2000, 'O_APPEND'],
  [0o4000, 'O_NONBLOCK'],
  [0o20000, 'O_ASYNC'],
  [0o40000, 'O_DIRECT'],
  [0o200000, 'O_DIRECTORY'],
  [0o400000, 'O_NOFOLLOW'],
  [0o1000000, 'O_NOATIME'],
  [0o10000000, 'O_PATH'],
];

/** Flags of an open file by name, `O_RDWR|O_APPEND`; bits that are the kernel's own are left out. */
export function openFlagsText(flags: number): string {
  let left = flags;
  const names: string[] = [ACCESS[flags & 3] as string];
  for (const [mask, name] of FLAGS) {
    if ((left & mask) !== mask) continue;
    names.push(name);
    left &= ~mask;
  }
  return names.join('|');
}
