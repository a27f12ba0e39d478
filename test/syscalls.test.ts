// The system-call table against the C library's header, the running kernel's BTF and the manual's prototypes, and what
// the selection makes of the words that users type.

import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { UserError } from '../src/model/errors.ts';
import { FAMILIES, type SyscallRow } from '../src/syscalls/row.ts';
import { selectSyscalls, syscallByName, syscallByNumber, syscallName } from '../src/syscalls/table.ts';
import { X86_64 } from '../src/syscalls/x86-64.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);
const select = (wanted: Partial<Parameters<typeof selectSyscalls>[0]>) =>
  selectSyscalls({ families: [], syscalls: [], excludeSyscalls: [], ...wanted });
const names = (numbers: Set<number>): string[] => [...numbers].map(syscallName).sort();

const HEADER = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h';
t.test(
  'every number of the C header has a row with its name',
  { skip: existsSync(HEADER) ? false : `no ${HEADER}: install linux-libc-dev` },
  async (t) => {
    const defined = [...readFileSync(HEADER, 'utf8').matchAll(/^#define __NR_(\w+) (\d+)$/gm)];
    t.ok(defined.length > 350, 'the header was read');
    for (const [, name, number] of defined)
      t.equal(syscallByNumber(Number(number))?.name, name, `${number} is ${name}`);
  },
);

// The function's name in the kernel, where it is not the call's.
const FUNCTION_NAMES: Record<string, string> = {
  newstat: 'stat',
  newlstat: 'lstat',
  newfstat: 'fstat',
  newuname: 'uname',
  sendfile64: 'sendfile',
  umount: 'umount2',
};
// Calls of i386 (and, as weak stubs of kernel/sys_ni.c, of other architectures) that get an __x64_ entry all the same.
const OTHER_ARCHITECTURES = new Set(
  words(`
    fadvise64_64 fstatfs64 gethostname ipc llseek mmap_pgoff nice old_getrlimit old_msgctl old_readdir old_semctl
    old_shmctl oldumount olduname recv send sgetmask signal sigpending sigprocmask sigsuspend socketcall ssetmask statfs64
    stime sync_file_range2 vm86 vm86old waitpid
    pciconfig_iobase pciconfig_read pciconfig_write rtas s390_ipc s390_pci_mmio_read s390_pci_mmio_write spu_create
    spu_run subpage_prot
  `),
);
const ofOtherArchitectures = (name: string): boolean => OTHER_ARCHITECTURES.has(name) || /^ia32_|(16|32)$/.test(name);

const BTF = '/sys/kernel/btf/vmlinux';
t.test(
  'every system call of the running kernel has a row',
  {
    skip: existsSync(BTF) || process.env.IOR_REQUIRE_KERNEL ? false : `no ${BTF}: kernel without CONFIG_DEBUG_INFO_BTF`,
  },
  async (t) => {
    const functions = readFileSync(BTF, 'latin1')
      .split('\0')
      .filter((name) => name.startsWith('__x64_sys_'))
      .map((name) => name.slice('__x64_sys_'.length));
    t.ok(functions.length > 300, 'the string table was read');
    const unknown = functions.filter(
      (name) => !ofOtherArchitectures(name) && !syscallByName(FUNCTION_NAMES[name] ?? name),
    );
    t.same(unknown, []);
    t.same(
      X86_64.filter(({ name }) => ofOtherArchitectures(name)),
      [],
      'no row hides behind the exceptions',
    );
  },
);

t.test('the rows are the numbers 0 to 336 and 424 to 470, in order, each with a name of its own', async (t) => {
  const numbers = Array.from({ length: 471 }, (_, number) => number).filter((number) => number < 337 || number > 423);
  t.same(
    X86_64.map((row) => row.number),
    numbers,
  );
  t.equal(new Set(X86_64.map((row) => row.name)).size, X86_64.length);
});

t.test('calls younger than the C header', async (t) => {
  // arch/x86/entry/syscalls/syscall_64.tbl of Linux 6.19
  const table = words(`
    451 cachestat 452 fchmodat2 453 map_shadow_stack 454 futex_wake 455 futex_wait 456 futex_requeue 457 statmount
    458 listmount 459 lsm_get_self_attr 460 lsm_set_self_attr 461 lsm_list_modules 462 mseal 463 setxattrat
    464 getxattrat 465 listxattrat 466 removexattrat 467 open_tree_attr 468 file_getattr 469 file_setattr 470 listns
    335 uretprobe 336 uprobe
  `);
  for (let i = 0; i < table.length; i += 2) t.equal(syscallName(Number(table[i])), table[i + 1]);
});

t.test('the roles of a row fit together', async (t) => {
  for (const row of X86_64) {
    const { number, name, family, cwd, returns, noBytes, without, ...positions } = row;
    const taken = Object.values({ ...positions, noBytes: noBytes?.arg, without: without?.arg }).filter(
      (p) => p !== undefined,
    );
    t.ok(
      taken.every((position) => Number.isInteger(position) && position >= 0 && position <= 5),
      `${name}: positions are 0 to 5`,
    );
    t.equal(new Set(taken).size, taken.length, `${name}: one role an argument`);
    t.ok(FAMILIES.includes(family), `${name}: family`);
    for (const [role, needed] of [
      ['dirfd', 'path'],
      ['path2', 'path'],
      ['dirfd2', 'path2'],
      ['fd2', 'fd'],
      ['how', 'returns'],
      ['flags', 'returns'],
      ['atMost', 'returns'],
      ['noBytes', 'returns'],
      ['without', 'fd'],
    ] as const) {
      if (row[role] !== undefined) t.ok(row[needed] !== undefined, `${name}: ${role} needs ${needed}`);
    }
    if (row.atMost !== undefined || noBytes) t.equal(returns, 'bytes', `${name}: a limit of bytes`);
    if (row.flags !== undefined || row.how !== undefined) t.equal(returns, 'file', `${name}: flags of an open`);
    if (returns === 'descriptor') t.type(row.fd, 'number', `${name}: the descriptor that is duplicated`);
    t.ok(!noBytes || noBytes.mask > 0, `${name}: bits that take the bytes away`);
    t.ok(!without || without.mask > 0, `${name}: bits that take the descriptor away`);
  }
});

// The default selection, name by name.
const FILE_FAMILY = words(`
  open openat openat2 creat open_by_handle_at name_to_handle_at close close_range
  read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek
  stat lstat fstat newfstatat statx statfs fstatfs ustat statmount listmount access faccessat faccessat2
  getdents getdents64 readlink readlinkat
  rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat mkdir mkdirat rmdir mknod mknodat
  chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
  truncate ftruncate fallocate fsync fdatasync sync syncfs sync_file_range msync fadvise64 readahead cachestat
  dup dup2 dup3 fcntl ioctl flock sendfile copy_file_range splice tee vmsplice mmap
  setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr
  fremovexattr setxattrat getxattrat listxattrat removexattrat file_getattr file_setattr
  chdir fchdir chroot getcwd
  inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_init fanotify_mark
  io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_uring_setup io_uring_enter io_uring_register
  execve execveat memfd_create memfd_secret pidfd_getfd process_vm_readv process_vm_writev
  quotactl quotactl_fd mount umount2 pivot_root move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick
  mount_setattr swapon swapoff acct uselib syslog
`).sort();

t.test('the file family, which is the default', async (t) => {
  t.same(names(select({}).primary), FILE_FAMILY);
  t.same(names(select({ families: ['file'] }).primary), FILE_FAMILY);
  t.same(names(select({}).without), ['io_uring_enter', 'io_uring_register'], 'no anonymous mmap');
});

// Prototypes of the kernel (man pages of section 2; SYSCALL_DEFINE where there is no page yet), and the roles by the
// names of the arguments. A call that is listed has these roles and no others.
type ByName = { [Role in keyof SyscallRow]?: unknown };
const BYTES = { returns: 'bytes' };
const FILE = { returns: 'file' };
const PROTOTYPES: readonly (readonly [string, ByName])[] = [
  ['read(fd, buf, count)', { fd: 'fd', ...BYTES }],
  ['writev(fd, iov, iovcnt)', { fd: 'fd', ...BYTES }],
  ['pwritev2(fd, iov, iovcnt, offset, flags)', { fd: 'fd', ...BYTES }],
  ['lseek(fd, offset, whence)', { fd: 'fd' }],
  ['close(fd)', { fd: 'fd' }],
  ['close_range(first, last, flags)', {}],
  ['open(pathname, flags, mode)', { path: 'pathname', flags: 'flags', ...FILE }],
  ['openat(dirfd, pathname, flags, mode)', { path: 'pathname', dirfd: 'dirfd', flags: 'flags', ...FILE }],
  ['openat2(dirfd, pathname, how, size)', { path: 'pathname', dirfd: 'dirfd', how: 'how', ...FILE }],
  ['creat(pathname, mode)', { path: 'pathname', ...FILE }],
  ['open_by_handle_at(mount_fd, handle, flags)', { fd: 'mount_fd', flags: 'flags', ...FILE }],
  ['name_to_handle_at(dirfd, pathname, handle, mount_id, flags)', { path: 'pathname', dirfd: 'dirfd' }],
  ['stat(pathname, statbuf)', { path: 'pathname' }],
  ['newfstatat(dirfd, pathname, statbuf, flags)', { path: 'pathname', dirfd: 'dirfd' }],
  ['statx(dirfd, pathname, flags, mask, statxbuf)', { path: 'pathname', dirfd: 'dirfd' }],
  ['fstatfs(fd, buf)', { fd: 'fd' }],
  ['getdents64(fd, dirp, count)', { fd: 'fd', ...BYTES }],
  ['getcwd(buf, size)', { cwd: true }],
  ['readlink(pathname, buf, bufsiz)', { path: 'pathname', ...BYTES }],
  ['readlinkat(dirfd, pathname, buf, bufsiz)', { path: 'pathname', dirfd: 'dirfd', ...BYTES }],
  ['rename(oldpath, newpath)', { path: 'newpath', path2: 'oldpath' }],
  [
    'renameat2(olddirfd, oldpath, newdirfd, newpath, flags)',
    { path: 'newpath', dirfd: 'newdirfd', path2: 'oldpath', dirfd2: 'olddirfd' },
  ],
  [
    'linkat(olddirfd, oldpath, newdirfd, newpath, flags)',
    { path: 'newpath', dirfd: 'newdirfd', path2: 'oldpath', dirfd2: 'olddirfd' },
  ],
  ['symlink(target, linkpath)', { path: 'linkpath' }],
  ['symlinkat(target, newdirfd, linkpath)', { path: 'linkpath', dirfd: 'newdirfd' }],
  ['unlinkat(dirfd, pathname, flags)', { path: 'pathname', dirfd: 'dirfd' }],
  ['utimensat(dirfd, pathname, times, flags)', { path: 'pathname', dirfd: 'dirfd' }],
  ['dup(oldfd)', { fd: 'oldfd', returns: 'descriptor' }],
  ['dup2(oldfd, newfd)', { fd: 'oldfd', returns: 'descriptor' }],
  ['dup3(oldfd, newfd, flags)', { fd: 'oldfd', returns: 'descriptor' }],
  ['fcntl(fd, cmd, arg)', { fd: 'fd' }],
  ['sendfile(out_fd, in_fd, offset, count)', { fd: 'out_fd', fd2: 'in_fd', ...BYTES }],
  ['copy_file_range(fd_in, off_in, fd_out, off_out, len, flags)', { fd: 'fd_out', fd2: 'fd_in', ...BYTES }],
  ['splice(fd_in, off_in, fd_out, off_out, len, flags)', { fd: 'fd_out', fd2: 'fd_in', ...BYTES }],
  ['tee(fd_in, fd_out, len, flags)', { fd: 'fd_out', fd2: 'fd_in', ...BYTES }],
  ['vmsplice(fd, iov, nr_segs, flags)', { fd: 'fd', ...BYTES }],
  [
    'mmap(addr, length, prot, flags, fd, offset)',
    { fd: 'fd', without: { arg: 'flags', mask: 0x20, family: 'memory' } },
  ],
  ['setxattr(path, name, value, size, flags)', { path: 'path' }],
  ['getxattr(path, name, value, size)', { path: 'path', ...BYTES, atMost: 'size' }],
  ['lgetxattr(path, name, value, size)', { path: 'path', ...BYTES, atMost: 'size' }],
  ['fgetxattr(fd, name, value, size)', { fd: 'fd', ...BYTES, atMost: 'size' }],
  ['listxattr(path, list, size)', { path: 'path', ...BYTES, atMost: 'size' }],
  ['flistxattr(fd, list, size)', { fd: 'fd', ...BYTES, atMost: 'size' }],
  ['getxattrat(dfd, pathname, at_flags, name, uargs, usize)', { path: 'pathname', dirfd: 'dfd' }],
  ['listxattrat(dfd, pathname, at_flags, list, size)', { path: 'pathname', dirfd: 'dfd', ...BYTES, atMost: 'size' }],
  ['file_getattr(dfd, filename, ufattr, usize, at_flags)', { path: 'filename', dirfd: 'dfd' }],
  ['inotify_add_watch(fd, pathname, mask)', { path: 'pathname' }],
  ['fanotify_mark(fanotify_fd, flags, mask, dirfd, pathname)', { path: 'pathname', dirfd: 'dirfd' }],
  ['quotactl(cmd, special, id, addr)', { path: 'special' }],
  ['mount(source, target, filesystemtype, mountflags, data)', { path: 'target', path2: 'source' }],
  ['pivot_root(new_root, put_old)', { path: 'new_root', path2: 'put_old' }],
  [
    'move_mount(from_dfd, from_pathname, to_dfd, to_pathname, flags)',
    { path: 'to_pathname', dirfd: 'to_dfd', path2: 'from_pathname', dirfd2: 'from_dfd' },
  ],
  ['open_tree(dfd, filename, flags)', { path: 'filename', dirfd: 'dfd', ...FILE }],
  ['execve(pathname, argv, envp)', { path: 'pathname' }],
  ['execveat(dirfd, pathname, argv, envp, flags)', { path: 'pathname', dirfd: 'dirfd' }],
  ['memfd_create(name, flags)', FILE],
  ['pidfd_getfd(pidfd, targetfd, flags)', { fd: 'pidfd', ...FILE }],
  ['process_vm_readv(pid, local_iov, liovcnt, remote_iov, riovcnt, flags)', BYTES],
  ['syslog(type, bufp, len)', { ...BYTES, atMost: 'len' }],
  [
    'io_uring_enter(fd, to_submit, min_complete, flags, argp, argsz)',
    { fd: 'fd', without: { arg: 'flags', mask: 0x10, family: 'file' } },
  ],
  [
    'io_uring_register(fd, opcode, arg, nr_args)',
    { fd: 'fd', without: { arg: 'opcode', mask: 2 ** 31, family: 'file' } },
  ],
  ['io_getevents(ctx_id, min_nr, nr, events, timeout)', {}],
  ['accept4(sockfd, addr, addrlen, flags)', { fd: 'sockfd', ...FILE }],
  ['sendto(sockfd, buf, len, flags, dest_addr, addrlen)', { fd: 'sockfd', ...BYTES }],
  [
    'recvfrom(sockfd, buf, len, flags, src_addr, addrlen)',
    { fd: 'sockfd', ...BYTES, atMost: 'len', noBytes: { arg: 'flags', mask: 0x2 } },
  ],
  ['recvmsg(sockfd, msg, flags)', { fd: 'sockfd', ...BYTES, message: 'msg', noBytes: { arg: 'flags', mask: 0x2 } }],
  ['recvmmsg(sockfd, msgvec, vlen, flags, timeout)', { fd: 'sockfd' }],
  ['sendmmsg(sockfd, msgvec, vlen, flags)', { fd: 'sockfd' }],
  ['epoll_ctl(epfd, op, fd, event)', { fd: 'epfd', fd2: 'fd' }],
  ['epoll_wait(epfd, events, maxevents, timeout)', { fd: 'epfd' }],
  ['signalfd4(fd, mask, sizemask, flags)', { fd: 'fd', ...FILE }],
  ['timerfd_settime(fd, flags, new_value, old_value)', { fd: 'fd' }],
  ['mq_open(name, oflag, mode, attr)', { flags: 'oflag', ...FILE }],
  ['mq_timedreceive(mqdes, msg_ptr, msg_len, msg_prio, abs_timeout)', { fd: 'mqdes', ...BYTES }],
  ['mq_timedsend(mqdes, msg_ptr, msg_len, msg_prio, abs_timeout)', { fd: 'mqdes' }],
  ['msgrcv(msqid, msgp, msgsz, msgtyp, msgflg)', { ...BYTES, noBytes: { arg: 'msgflg', mask: 0o40000 } }],
  ['pipe2(pipefd, flags)', {}],
  ['clone3(cl_args, size)', {}],
  ['bpf(cmd, attr, size)', {}],
];

t.test('roles by the prototypes of the manual', async (t) => {
  for (const [prototype, expected] of PROTOTYPES) {
    const [name = '', ...args] = prototype.split(/[(), ]+/).filter(Boolean);
    const { number, name: _, family, ...roles } = syscallByName(name) as SyscallRow;
    const byName = JSON.parse(JSON.stringify(roles), (key, value) =>
      typeof value === 'number' && key !== 'mask' ? args[value] : value,
    );
    t.strictSame(byName, expected, prototype);
  }
});

t.test('lookups', async (t) => {
  t.equal(syscallByNumber(262)?.name, 'newfstatat');
  t.equal(syscallByName('newfstatat')?.number, 262);
  t.equal(syscallByNumber(337), undefined);
  t.equal(syscallByNumber(514), undefined, 'x32 ioctl');
  t.equal(syscallByName('fstatat'), undefined);
  t.equal(syscallByName('constructor'), undefined);
  t.equal(syscallName(17), 'pread64');
  t.equal(syscallName(471), 'syscall_471');
});

t.test('families are united', async (t) => {
  const { primary, without } = select({ families: ['network', 'memory'] });
  const expected = X86_64.filter((row) => row.family === 'network' || row.family === 'memory').map((row) => row.number);
  t.same([...primary].sort(), expected.sort());
  t.ok(primary.has(45) && primary.has(12), 'recvfrom and brk');
  t.notOk(primary.has(9), 'no mmap of a file');
  t.same(names(without), ['mmap'], 'but anonymous mmap');
});

t.test('all: every number that x86_64 can have, with a row or without', async (t) => {
  const { primary, without } = select({ families: ['all'] });
  t.same(
    [...primary],
    Array.from({ length: 512 }, (_, number) => number),
  );
  t.same(names(without), ['io_uring_enter', 'io_uring_register', 'mmap']);
});

t.test('--syscall alone selects just those, in both forms', async (t) => {
  const { primary, without } = select({ syscalls: ['mmap', 'futex'] });
  t.same(names(primary), ['futex', 'mmap']);
  t.same(names(without), ['mmap']);
});

t.test('--syscall adds to --family, --exclude-syscall takes away from both forms', async (t) => {
  t.same(names(select({ families: ['file'], syscalls: ['futex'] }).primary), [...FILE_FAMILY, 'futex'].sort());
  const { primary, without } = select({ excludeSyscalls: ['read', 'io_uring_*', 'brk'] });
  t.same(
    names(primary),
    FILE_FAMILY.filter((name) => !words('read io_uring_setup io_uring_enter io_uring_register').includes(name)),
  );
  t.same(names(without), []);
});

t.test('globs', async (t) => {
  t.same(
    names(select({ syscalls: ['*xattr*'] }).primary),
    FILE_FAMILY.filter((name) => name.includes('xattr')),
  );
  t.same(names(select({ syscalls: ['?getxattr'] }).primary), ['fgetxattr', 'lgetxattr']);
  t.same(names(select({ syscalls: ['[!f]getxattr', 'dup[23]'] }).primary), ['dup2', 'dup3', 'lgetxattr']);
  t.same(names(select({ syscalls: ['read*'], excludeSyscalls: ['readlink*'] }).primary), [
    'read',
    'readahead',
    'readv',
  ]);
  t.same(names(select({ syscalls: ['syscall_471'] }).primary), ['syscall_471'], 'the name that the output shows');
});

const complaint = (wanted: Parameters<typeof select>[0]): string => {
  try {
    select(wanted);
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return error.message;
    throw error;
  }
  return 'nothing to complain about';
};

t.test('words that are no call and no family', async (t) => {
  const ofName = (name: string): string => complaint({ syscalls: [name] });
  t.equal(ofName('opne'), "no system call 'opne': did you mean open?");
  t.equal(ofName('getxatr'), "no system call 'getxatr': did you mean getxattr, setxattr or lgetxattr?");
  t.equal(ofName('unlinkta'), "no system call 'unlinkta': did you mean unlinkat or unlink?");
  t.equal(ofName('uring'), "no system call 'uring': did you mean io_uring_setup, io_uring_enter or io_uring_register?");
  t.equal(ofName('frobnicate'), "no system call 'frobnicate': use the kernel's names, which 'man 2 syscalls' lists");
  t.equal(ofName('constructor'), "no system call 'constructor': use the kernel's names, which 'man 2 syscalls' lists");
  t.equal(ofName(''), "no system call '': use the kernel's names, which 'man 2 syscalls' lists");
  t.equal(ofName('*xatr*'), "no system call matches '*xatr*'");
  t.equal(ofName('open.*('), "no system call matches 'open.*('", 'a glob, not a regular expression');
  t.equal(ofName('[open'), "no system call '[open': did you mean open?", 'a bracket that nothing closes is a bracket');
  t.equal(complaint({ excludeSyscalls: ['raed'] }), "no system call 'raed': did you mean read?");
  t.equal(
    complaint({ families: ['file', 'disk'] }),
    "no family 'disk': choose from file, network, polling, memory, process, ipc, time, signal, security, misc or all",
  );
});

t.test('names of glibc lead to calls of the kernel', async (t) => {
  const pairs = words(`
    fstatat newfstatat fstatat64 newfstatat pread pread64 pwrite pwrite64 lseek64 lseek llseek lseek readdir getdents64
    posix_fadvise fadvise64 posix_fallocate fallocate umount umount2 fexecve execveat pselect pselect6 prlimit prlimit64
    recv recvfrom send sendto mq_send mq_timedsend mq_receive mq_timedreceive sigaction rt_sigaction
    sigprocmask rt_sigprocmask wait wait4 waitpid wait4 nice setpriority klogctl syslog
  `);
  for (let i = 0; i < pairs.length; i += 2) {
    const [glibcName = '', kernelName = ''] = pairs.slice(i, i + 2);
    t.equal(complaint({ syscalls: [glibcName] }), `no system call '${glibcName}': the kernel calls it ${kernelName}`);
    t.ok(syscallByName(kernelName), `${kernelName} has a row`);
  }
});
