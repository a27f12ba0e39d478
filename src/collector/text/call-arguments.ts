// Which arguments of a call a source of text has to understand, and how they are written: the roles of the table of
// system calls, and beside them what changes descriptors, directories and comms. Everything else is skipped unread.

import type { SyscallRow } from '../../syscalls/row.ts';
import { syscallByName, syscallName } from '../../syscalls/table.ts';

/** How an argument is read. */
export const KIND = {
  skip: 0,
  /** A number, or constants by name, joined by `|`. */
  flags: 1,
  /** A descriptor, perhaps with what is behind it: `3</etc/passwd>`. */
  fd: 2,
  path: 3,
  path2: 4,
  /** `{flags=O_RDONLY, ...}` of openat2 and clone3. */
  structFlags: 5,
  /** `[3, 4]`: descriptors that the call made. */
  newFds: 6,
  /** A struct msghdr that may have brought descriptors. */
  message: 7,
  /** The new comm of prctl(PR_SET_NAME). */
  comm: 8,
  /** strace shows clone's arguments by name and in another order than the kernel's. */
  clone: 9,
} as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

export const MAX_ARGS = 6;

export interface CallArguments {
  /** The kernel's name, or `syscall_N`. */
  readonly name: string;
  /** One for each position. */
  readonly kinds: readonly Kind[];
  /** What perf trace leaves away in front of constants, by position. */
  readonly prefixes: readonly string[];
  /** The result is a descriptor. */
  readonly returnsFd: boolean;
  /** fork, vfork, clone, clone3: the result is a task. NaN: the flags are an argument. */
  readonly cloneFlags: number | undefined;
  readonly execs: boolean;
  readonly isPrctl: boolean;
  /** exit, exit_group: strace's `= ?` of them is no exit that the kernel would show. */
  readonly neverReturns: boolean;
}

type Own = Readonly<Record<number, readonly [kind: Kind, prefix?: string]>>;

/** Arguments of pairing that have no role in the table, and the prefixes of constants. */
// biome-ignore format: a table reads by rows
const OWN: Readonly<Record<string, Own>> = {
  open:             { 1: [KIND.flags, 'O_'] },
  openat:           { 2: [KIND.flags, 'O_'] },
  openat2:          { 2: [KIND.structFlags] },
  open_by_handle_at: { 2: [KIND.flags, 'O_'] },
  open_tree:        { 2: [KIND.flags, 'OPEN_TREE_'] },
  open_tree_attr:   { 2: [KIND.flags, 'OPEN_TREE_'] },
  mq_open:          { 1: [KIND.flags, 'O_'] },
  mmap:             { 3: [KIND.flags, 'MAP_'] },
  getcwd:           { 0: [KIND.path] },
  dup2:             { 1: [KIND.fd] },
  dup3:             { 1: [KIND.fd], 2: [KIND.flags, 'O_'] },
  fcntl:            { 1: [KIND.flags, 'F_'], 2: [KIND.flags, 'O_'] },
  ioctl:            { 1: [KIND.flags] },
  close_range:      { 0: [KIND.flags], 1: [KIND.flags], 2: [KIND.flags, 'CLOSE_RANGE_'] },
  pipe:             { 0: [KIND.newFds] },
  pipe2:            { 0: [KIND.newFds], 1: [KIND.flags, 'O_'] },
  socket:           { 0: [KIND.flags, 'AF_'], 1: [KIND.flags, 'SOCK_'] },
  socketpair:       { 0: [KIND.flags, 'AF_'], 1: [KIND.flags, 'SOCK_'], 3: [KIND.newFds] },
  accept4:          { 3: [KIND.flags, 'SOCK_'] },
  recvfrom:         { 3: [KIND.flags, 'MSG_'] },
  recvmsg:          { 1: [KIND.message], 2: [KIND.flags, 'MSG_'] },
  recvmmsg:         { 1: [KIND.message], 3: [KIND.flags, 'MSG_'] },
  msgrcv:           { 4: [KIND.flags, 'MSG_'] },
  memfd_create:     { 0: [KIND.path], 1: [KIND.flags, 'MFD_'] },
  memfd_secret:     { 0: [KIND.flags, 'O_'] },
  eventfd2:         { 1: [KIND.flags, 'EFD_'] },
  epoll_create1:    { 0: [KIND.flags, 'EPOLL_'] },
  timerfd_create:   { 1: [KIND.flags, 'TFD_'] },
  signalfd4:        { 3: [KIND.flags, 'SFD_'] },
  inotify_init1:    { 0: [KIND.flags, 'IN_'] },
  fanotify_init:    { 0: [KIND.flags, 'FAN_'] },
  userfaultfd:      { 0: [KIND.flags, 'O_'] },
  perf_event_open:  { 4: [KIND.flags, 'PERF_FLAG_'] },
  pidfd_open:       { 0: [KIND.flags], 1: [KIND.flags, 'PIDFD_'] },
  pidfd_getfd:      { 1: [KIND.flags] },
  fsopen:           { 1: [KIND.flags, 'FSOPEN_'] },
  fsmount:          { 1: [KIND.flags, 'FSMOUNT_'] },
  fspick:           { 2: [KIND.flags, 'FSPICK_'] },
  io_uring_enter:   { 3: [KIND.flags, 'IORING_ENTER_'] },
  io_uring_register: { 1: [KIND.flags, 'IORING_REGISTER_'] },
  landlock_create_ruleset: { 2: [KIND.flags, 'LANDLOCK_CREATE_RULESET_'] },
  renameat2:        { 4: [KIND.flags, 'RENAME_'] },
  unshare:          { 0: [KIND.flags, 'CLONE_'] },
  clone:            { 0: [KIND.clone, 'CLONE_'], 1: [KIND.clone], 2: [KIND.clone], 3: [KIND.clone], 4: [KIND.clone] },
  clone3:           { 0: [KIND.structFlags] },
  prctl:            { 0: [KIND.flags, 'PR_'], 1: [KIND.comm] },
};

const CLONE_VM_VFORK = 0x4100;
const CLONE_FLAGS: Readonly<Record<string, number>> = {
  fork: 0,
  vfork: CLONE_VM_VFORK,
  clone: Number.NaN,
  clone3: Number.NaN,
};

/** Tracers show a call that they do not know by its number: `syscall_0x1d2(...)` in strace, `syscall_466` elsewhere. */
const BY_NUMBER = /^syscall_(0x[0-9a-f]+|\d+)$/;

export function callArguments(shown: string): CallArguments {
  const number = BY_NUMBER.exec(shown)?.[1];
  const name = number === undefined ? shown : syscallName(Number(number));
  const row: Partial<SyscallRow> = syscallByName(name) ?? {};
  const kinds: Kind[] = new Array(MAX_ARGS).fill(KIND.skip);
  const prefixes: string[] = new Array(MAX_ARGS).fill('');
  for (const at of [row.noBytes?.arg, row.without?.arg, row.atMost, row.flags])
    if (at !== undefined) kinds[at] = KIND.flags;
  for (const at of [row.fd, row.fd2, row.dirfd, row.dirfd2]) if (at !== undefined) kinds[at] = KIND.fd;
  if (row.path !== undefined) kinds[row.path] = KIND.path;
  if (row.path2 !== undefined) kinds[row.path2] = KIND.path2;
  for (const [at, [kind, prefix]] of Object.entries(Object.hasOwn(OWN, name) ? (OWN[name] ?? {}) : {})) {
    kinds[Number(at)] = kind;
    prefixes[Number(at)] = prefix ?? '';
  }
  return {
    name,
    kinds,
    prefixes,
    returnsFd: row.returns === 'file' || row.returns === 'descriptor' || name === 'fcntl',
    cloneFlags: Object.hasOwn(CLONE_FLAGS, name) ? CLONE_FLAGS[name] : undefined,
    execs: name === 'execve' || name === 'execveat',
    isPrctl: name === 'prctl',
    neverReturns: name === 'exit' || name === 'exit_group',
  };
}
