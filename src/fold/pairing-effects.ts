// What finished calls change: descriptors, cwds, names and comms, in a table by the name of the call. A call that
// succeeded comes in, the tables of its task go out changed. Nothing here may depend on what the user asked to see.

import type { ExitEvent } from '../model/event.ts';
import { decodeName, encodeName } from '../model/names.ts';
import { joinPath } from '../model/paths.ts';
import type { FileType } from '../model/profile.ts';
import { Description } from './descriptors.ts';
import { agreedName, isVague, nameOfSocket, typeOfName, UNKNOWN_FD } from './pairing-names.ts';
import { CLONE, type Task, type Tasks } from './pairing-tasks.ts';

/** Called with the result, which is 0 or more, before the call is folded. */
export type Effect = (call: Task, ret: number, exit: ExitEvent, tasks: Tasks) => void;

/** asm-generic/fcntl.h */
const O = {
  WRONLY: 0o1,
  RDWR: 0o2,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  ASYNC: 0o20000,
  DIRECT: 0o40000,
  DIRECTORY: 0o200000,
  NOATIME: 0o1000000,
  CLOEXEC: 0o2000000,
  TMPFILE: 0o20000000,
} as const;
/** Open does not keep them (do_dentry_open), and close-on-exec is the descriptor's. */
const NOT_STATUS = O.CREAT | O.EXCL | O.NOCTTY | O.TRUNC | O.CLOEXEC;
/** What F_SETFL changes (SETFL_MASK, and O_ASYNC by way of the file's fasync). */
const SETTABLE = O.APPEND | O.NONBLOCK | O.DIRECT | O.NOATIME | O.ASYNC;

const F_DUPFD = 0;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const FD_CLOEXEC = 1;
const FIONCLEX = 0x5450;
const FIOCLEX = 0x5451;
const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;
const MSG_CMSG_CLOEXEC = 0x40000000;
const RENAME_EXCHANGE = 2;
const PR_SET_NAME = 15;
const LANDLOCK_CREATE_RULESET_ANY = 3;
const COMM_LENGTH = 15;

export const CLONES: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);
export const EXECS: ReadonlySet<string> = new Set(['execve', 'execveat']);
export const HOLDS: ReadonlySet<string> = new Set(['dup', 'dup2', 'dup3', 'fcntl', 'fchdir']);

/** `[argument, bits]` that ask for close-on-exec; true: always. */
type CloseOnExec = readonly [arg: number, mask: number] | boolean;

export const EFFECTS: Readonly<Record<string, Effect>> = {
  open: opens([1, O.CLOEXEC]),
  openat: opens([2, O.CLOEXEC]),
  openat2: opens([-1, O.CLOEXEC]),
  creat: opens(false),
  open_tree: opens([2, O.CLOEXEC]),
  open_tree_attr: opens([2, O.CLOEXEC]),
  open_by_handle_at: opens([2, O.CLOEXEC]),
  mq_open: opens(true),
  fsmount: opens([1, 1]),
  socket: (call, ret, exit, tasks) =>
    install(tasks, call, exit, ret, nameOfSocket(call.args[0], call.args[1]), asks(call, [1, O.CLOEXEC])),
  // an accepted socket is known by its local port, as the listening one is
  accept: (call, ret, exit, tasks) => install(tasks, call, exit, ret, call.filePath ?? 'socket', false),
  accept4: (call, ret, exit, tasks) =>
    install(tasks, call, exit, ret, call.filePath ?? 'socket', asks(call, [3, O.CLOEXEC])),
  eventfd: makes('anon_inode:[eventfd]', false),
  eventfd2: makes('anon_inode:[eventfd]', [1, O.CLOEXEC]),
  epoll_create: makes('anon_inode:[eventpoll]', false),
  epoll_create1: makes('anon_inode:[eventpoll]', [0, O.CLOEXEC]),
  timerfd_create: makes('anon_inode:[timerfd]', [1, O.CLOEXEC]),
  signalfd: makesUnlessGiven('anon_inode:[signalfd]', false),
  signalfd4: makesUnlessGiven('anon_inode:[signalfd]', [3, O.CLOEXEC]),
  inotify_init: makes('anon_inode:inotify', false),
  inotify_init1: makes('anon_inode:inotify', [0, O.CLOEXEC]),
  fanotify_init: makes('anon_inode:[fanotify]', [0, 1]),
  pidfd_open: (call, ret, exit, tasks) =>
    install(tasks, call, exit, ret, 'anon_inode:[pidfd]', true, O.RDWR, call.args[0]),
  memfd_create: (call, ret, exit, tasks) =>
    install(tasks, call, exit, ret, `memfd:${call.path ?? ''}`, asks(call, [1, 1])),
  memfd_secret: makes('secretmem', [0, O.CLOEXEC]),
  io_uring_setup: makes('anon_inode:[io_uring]', true),
  userfaultfd: makes('anon_inode:[userfaultfd]', [0, O.CLOEXEC]),
  perf_event_open: makes('anon_inode:[perf_event]', [4, 8]),
  fsopen: makes('anon_inode:[fscontext]', [1, 1]),
  fspick: makes('anon_inode:[fscontext]', [2, 1]),
  landlock_create_ruleset: (call, ret, exit, tasks) => {
    if ((call.args[2] & LANDLOCK_CREATE_RULESET_ANY) === 0)
      install(tasks, call, exit, ret, 'anon_inode:[landlock-ruleset]', true);
  },
  pipe: pair('pipe', false),
  pipe2: pair('pipe', [1, O.CLOEXEC]),
  socketpair: pair('socket\0unix', [1, O.CLOEXEC]),
  recvmsg: pair(UNKNOWN_FD, [2, MSG_CMSG_CLOEXEC]),
  recvmmsg: pair(UNKNOWN_FD, [3, MSG_CMSG_CLOEXEC]),
  pidfd_getfd: takeOver,

  dup: (call, ret, _, tasks) => duplicate(tasks, call, ret, false),
  dup2: (call, ret, _, tasks) => duplicate(tasks, call, ret, false),
  dup3: (call, ret, _, tasks) => duplicate(tasks, call, ret, asks(call, [2, O.CLOEXEC])),
  fcntl: control,
  ioctl: (call) => {
    if (call.args[1] === FIOCLEX) call.files.closeByExec(call.args[0] | 0, true);
    if (call.args[1] === FIONCLEX) call.files.closeByExec(call.args[0] | 0, false);
  },
  close_range: closeRange,
  getdents: isDirectory,
  getdents64: isDirectory,

  clone: (call, ret, _, tasks) => tasks.returnsChild(call, ret),
  clone3: (call, ret, _, tasks) => tasks.returnsChild(call, ret),
  fork: (call, ret, _, tasks) => tasks.returnsChild(call, ret),
  vfork: (call, ret, _, tasks) => tasks.returnsChild(call, ret),
  unshare: (call) => {
    if (call.args[0] & CLONE.FILES) call.unshareFiles();
    if (call.args[0] & (CLONE.FS | CLONE.NEWNS | CLONE.NEWUSER)) call.unshareDirectories();
  },
  execve: execute,
  execveat: execute,
  prctl: (call, _, exit) => {
    const name = call.path ?? exit.comm ?? call.newComm;
    if (call.args[0] === PR_SET_NAME && name !== undefined) call.rename(commOf(name));
  },

  chdir: (call, _, exit, tasks) => {
    const path = exit.retPath ?? call.fullPath;
    call.directories.enter(path === undefined ? undefined : tasks.names.take(path));
  },
  fchdir: (call, _, exit, tasks) => {
    if (call.held !== undefined) call.held.type = 'dir';
    call.fileType = 'dir';
    const name = call.held?.name;
    if (exit.retPath !== undefined) call.directories.enter(tasks.names.take(exit.retPath));
    else call.directories.enter(name === undefined || name.path === UNKNOWN_FD ? undefined : tasks.names.retain(name));
  },
  getcwd: (call, _, exit) => {
    const path = exit.path ?? call.path;
    if (!path?.startsWith('/')) return;
    call.directories.learn(joinPath(undefined, path, call.directories.root));
    call.base = call.directories.cwd?.path;
  },
  chroot: (call, _, exit) => {
    const path = exit.retPath ?? call.fullPath;
    if (path !== undefined) call.directories.root = path;
  },
  rename: renames,
  renameat: renames,
  renameat2: renames,
  unlink: removes,
  unlinkat: removes,
  rmdir: removes,
};

/** The calls that a source must tell of even when nobody asked to see them. */
export const STATEFUL: ReadonlySet<string> = new Set([
  ...Object.keys(EFFECTS),
  ...['close', 'rt_sigreturn', 'restart_syscall'],
]);

function asks(call: Task, closeOnExec: CloseOnExec): boolean {
  if (typeof closeOnExec === 'boolean') return closeOnExec;
  const [arg, mask] = closeOnExec;
  return ((arg < 0 ? call.flags : (call.args[arg] as number)) & mask) !== 0;
}

/** Behind the descriptor that a call returned: what the call is known to make, or what the source says it made. */
function install(
  tasks: Tasks,
  call: Task,
  exit: ExitEvent,
  fd: number,
  known: string,
  closeOnExec: boolean,
  flags: number = O.RDWR,
  pid = 0,
  type?: FileType,
): void {
  const said = exit.retPath;
  const isLate = said !== undefined && exit.fdPathsAreLate === true;
  const name = said === undefined || (isLate && !isVague(known, said)) ? known : agreedName(said, known);
  const file = new Description(tasks.names.take(name), exit.retType ?? type ?? typeOfName(name), flags, pid);
  file.isLate = isLate && name !== known;
  call.files.set(fd, file, closeOnExec);
}

/** What any call is worth that the table does not know, but of which the source says that it returned a descriptor. */
export function returnsFile(call: Task, ret: number, exit: ExitEvent, tasks: Tasks): void {
  if (exit.retPath !== undefined) install(tasks, call, exit, ret, UNKNOWN_FD, false, -1);
}

function makes(name: string, closeOnExec: CloseOnExec): Effect {
  return (call, ret, exit, tasks) => install(tasks, call, exit, ret, name, asks(call, closeOnExec));
}

/** signalfd(2) on a descriptor changes that one. */
function makesUnlessGiven(name: string, closeOnExec: CloseOnExec): Effect {
  const make = makes(name, closeOnExec);
  return (call, ret, exit, tasks) => {
    if (ret !== call.args[0] || call.files.get(ret) === undefined) make(call, ret, exit, tasks);
  };
}

function opens(closeOnExec: CloseOnExec): Effect {
  return (call, ret, exit, tasks) => {
    const { spec, fullPath } = call;
    let asked = spec !== undefined && spec.flags >= 0 ? (call.args[spec.flags] as number) : call.flags;
    if (spec?.name === 'creat') asked = O.WRONLY;
    const isTemporary = (asked & O.TMPFILE) !== 0;
    const path = fullPath === undefined ? UNKNOWN_FD : isTemporary ? `${fullPath}/[tmpfile]` : resolved(call, fullPath);
    const type = (asked & O.DIRECTORY) !== 0 && !isTemporary ? 'dir' : undefined;
    const flags = Number.isNaN(asked) ? -1 : asked & ~NOT_STATUS;
    install(tasks, call, exit, ret, path, asks(call, closeOnExec), flags, 0, type);
  };
}

const FD_LINK = /^(?:\/dev\/fd|\/proc\/(?:self|thread-self|\d+)\/fd)\/(\d+)$/;
const STANDARD: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 };

/** The links that lead elsewhere for each process, as an open follows them. */
function resolved(call: Task, path: string): string {
  if (!path.startsWith('/proc/') && !path.startsWith('/dev/')) return path;
  const fd = FD_LINK.exec(path)?.[1] ?? STANDARD[path];
  if (fd !== undefined) return call.files.get(Number(fd))?.name.path ?? path;
  return path
    .replace(/^\/proc\/self(?=\/|$)/, `/proc/${call.process.pid}`)
    .replace(/^\/proc\/thread-self(?=\/|$)/, `/proc/${call.process.pid}/task/${call.tid}`);
}

/** The descriptors that a call wrote to memory, where the source tells them. */
function pair(name: string, closeOnExec: CloseOnExec): Effect {
  return (call, _, exit, tasks) => {
    const fds = exit.newFds ?? [];
    for (let i = 0; i < fds.length; i++) {
      // of a pipe the first end is read and the second written
      const flags = name === 'pipe' ? i : name === UNKNOWN_FD ? -1 : O.RDWR;
      const said = exit.newFdPaths?.[i];
      const path = said === undefined ? name : agreedName(said, name);
      const type = exit.newFdTypes?.[i] ?? typeOfName(path);
      const file = new Description(tasks.names.take(path), type, flags);
      call.files.set(fds[i] as number, file, asks(call, closeOnExec));
    }
  };
}

function takeOver(call: Task, ret: number, exit: ExitEvent, tasks: Tasks): void {
  const pid = call.file?.pid ?? 0;
  const file = pid > 0 ? tasks.ofProcess(pid)?.files.get(call.args[1] | 0) : undefined;
  if (file !== undefined) call.files.set(ret, file, true);
  else install(tasks, call, exit, ret, UNKNOWN_FD, true, -1);
}

function duplicate(tasks: Tasks, call: Task, fd: number, closeOnExec: boolean): void {
  const from = call.args[0];
  if (from === fd) return; // dup2 onto itself changes nothing, and dup3 refuses it
  let file = call.held;
  if (file === undefined) {
    file = new Description(tasks.names.take(UNKNOWN_FD), typeOfName(UNKNOWN_FD), -1);
    // unknown as it is, it is the same file
    if (from >= 0 && call.files.get(from | 0) === undefined) call.files.set(from | 0, file, false);
  }
  call.files.set(fd, file, closeOnExec);
}

function control(call: Task, ret: number, _: ExitEvent, tasks: Tasks): void {
  const [fd, command, arg] = call.args;
  const file = call.held;
  if (command === F_DUPFD || command === F_DUPFD_CLOEXEC) duplicate(tasks, call, ret, command === F_DUPFD_CLOEXEC);
  else if (command === F_SETFD) call.files.closeByExec(fd | 0, (arg & FD_CLOEXEC) !== 0);
  else if (command === F_GETFL && file !== undefined) file.flags = ret & ~NOT_STATUS;
  else if (command === F_SETFL && file !== undefined && file.flags >= 0 && !Number.isNaN(arg))
    file.flags = (file.flags & ~SETTABLE) | (arg & SETTABLE);
}

function closeRange(call: Task): void {
  const [first, last, flags] = call.args;
  if (Number.isNaN(first) || Number.isNaN(last)) return;
  if (flags & CLOSE_RANGE_UNSHARE) call.unshareFiles();
  for (const fd of call.files.range(first >>> 0, last >>> 0)) {
    if (flags & CLOSE_RANGE_CLOEXEC) call.files.closeByExec(fd, true);
    else call.files.close(fd);
  }
}

function isDirectory(call: Task): void {
  if (call.file !== undefined) call.file.type = 'dir';
  call.fileType = 'dir';
}

function execute(call: Task, _: number, exit: ExitEvent, tasks: Tasks): void {
  if (!call.hasExeced) tasks.exec(call, call.process.pid);
  const told = exit.comm ?? call.newComm;
  if (told !== undefined) call.rename(told);
  else if (!call.hasExeced) call.rename(programOf(call));
}

/** The comm that a program gets from its file: the kernel's bprm->filename, cut to 15 bytes. */
export function programOf(call: Task): string | undefined {
  const path = call.path === '' ? call.base : call.path;
  return path === undefined ? undefined : commOf(path.slice(path.lastIndexOf('/') + 1));
}

function commOf(name: string): string {
  if (name.length * 3 <= COMM_LENGTH) return name;
  return decodeName(encodeName(name).subarray(0, COMM_LENGTH));
}

function renames(call: Task, _: number, __: ExitEvent, tasks: Tasks): void {
  const { fullPath, fullPath2 } = call;
  if (fullPath === undefined || fullPath2 === undefined) return;
  if (call.spec?.name === 'renameat2' && call.args[4] & RENAME_EXCHANGE) tasks.names.exchange(fullPath, fullPath2);
  else tasks.names.rename(fullPath2, fullPath);
}

function removes(call: Task, _: number, __: ExitEvent, tasks: Tasks): void {
  if (call.fullPath !== undefined) tasks.names.remove(call.fullPath);
}
