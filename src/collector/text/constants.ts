// Constants of the kernel's interface as tracers write them, for the arguments that pairing has to understand: open and
// clone flags, commands of fcntl, and the like. Text of an argument comes in, a number goes out. Values are those of
// x86_64, also for traces made elsewhere: the table of system calls reads them so.

/** asm-generic/errno-base.h, errno.h, and the codes that only tracers see (linux/errno.h). */
const ERRNOS = new Map(
  (
    '1 EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST ' +
    'EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ' +
    'ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP 42 ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG ' +
    'EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT 59 EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ' +
    'ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ' +
    'ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE ' +
    'EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE ' +
    'EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ' +
    'ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL ' +
    'EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ' +
    'ENOTRECOVERABLE ERFKILL EHWPOISON 512 ERESTARTSYS ERESTARTNOINTR ERESTARTNOHAND ENOIOCTLCMD ' +
    'ERESTART_RESTARTBLOCK EPROBE_DEFER EOPENSTALE ENOPARAM 521 EBADHANDLE ENOTSYNC EBADCOOKIE ENOTSUPP ETOOSMALL ' +
    'ESERVERFAULT EBADTYPE EJUKEBOX EIOCBQUEUED ERECALLCONFLICT'
  )
    .split(/ (?=\d)/)
    .flatMap((run) => {
      const [first, ...names] = run.split(' ');
      return names.map((name, i): readonly [string, number] => [name, Number(first) + i]);
    }),
);
/** Other names for the same numbers. */
for (const [name, errno] of [
  ['EWOULDBLOCK', 11],
  ['EDEADLOCK', 35],
  ['ENOTSUP', 95],
] as const)
  ERRNOS.set(name, errno);

/** The number of an error's name, as in `ENOENT`. */
export function errnoByName(name: string): number | undefined {
  return ERRNOS.get(name);
}

/** By prefix, in front of which tracers may leave it away. */
// biome-ignore format: a table reads by rows
const CONSTANTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  O_: {
    RDONLY: 0, WRONLY: 1, RDWR: 2, ACCMODE: 3, CREAT: 0o100, EXCL: 0o200, NOCTTY: 0o400, TRUNC: 0o1000, APPEND: 0o2000,
    NONBLOCK: 0o4000, NDELAY: 0o4000, DSYNC: 0o10000, ASYNC: 0o20000, DIRECT: 0o40000, LARGEFILE: 0o100000,
    DIRECTORY: 0o200000, NOFOLLOW: 0o400000, NOATIME: 0o1000000, CLOEXEC: 0o2000000, SYNC: 0o4010000,
    PATH: 0o10000000, TMPFILE: 0o20200000,
  },
  F_: { DUPFD: 0, GETFD: 1, SETFD: 2, GETFL: 3, SETFL: 4, DUPFD_CLOEXEC: 1030 },
  FD_: { CLOEXEC: 1 },
  FIO: { CLEX: 0x5451, NCLEX: 0x5450 },
  AT_: { FDCWD: -100, EMPTY_PATH: 0x1000, SYMLINK_NOFOLLOW: 0x100 },
  CLONE_: {
    VM: 0x100, FS: 0x200, FILES: 0x400, SIGHAND: 0x800, PIDFD: 0x1000, PTRACE: 0x2000, VFORK: 0x4000, PARENT: 0x8000,
    THREAD: 0x10000, NEWNS: 0x20000, SYSVSEM: 0x40000, SETTLS: 0x80000, PARENT_SETTID: 0x100000,
    CHILD_CLEARTID: 0x200000, DETACHED: 0x400000, UNTRACED: 0x800000, CHILD_SETTID: 0x1000000, NEWCGROUP: 0x2000000,
    NEWUTS: 0x4000000, NEWIPC: 0x8000000, NEWUSER: 0x10000000, NEWPID: 0x20000000, NEWNET: 0x40000000, IO: 0x80000000,
  },
  SIG: { CHLD: 17 },
  MAP_: { SHARED: 1, PRIVATE: 2, SHARED_VALIDATE: 3, FIXED: 0x10, ANONYMOUS: 0x20, ANON: 0x20 },
  MSG_: {
    OOB: 1, PEEK: 2, DONTROUTE: 4, TRUNC: 0x20, DONTWAIT: 0x40, EOR: 0x80, WAITALL: 0x100, NOSIGNAL: 0x4000,
    MORE: 0x8000, CMSG_CLOEXEC: 0x40000000, COPY: 0o40000,
  },
  IPC_: { NOWAIT: 0o4000 },
  AF_: { UNSPEC: 0, UNIX: 1, LOCAL: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17, ALG: 38, VSOCK: 40 },
  SOCK_: {
    STREAM: 1, DGRAM: 2, RAW: 3, RDM: 4, SEQPACKET: 5, DCCP: 6, PACKET: 10, NONBLOCK: 0o4000, CLOEXEC: 0o2000000,
  },
  EFD_: { SEMAPHORE: 1, NONBLOCK: 0o4000, CLOEXEC: 0o2000000 },
  TFD_: { NONBLOCK: 0o4000, CLOEXEC: 0o2000000 },
  SFD_: { NONBLOCK: 0o4000, CLOEXEC: 0o2000000 },
  IN_: { NONBLOCK: 0o4000, CLOEXEC: 0o2000000 },
  EPOLL_: { CLOEXEC: 0o2000000 },
  UFFD_: { USER_MODE_ONLY: 1 },
  FAN_: { CLOEXEC: 1, NONBLOCK: 2 },
  MFD_: { CLOEXEC: 1, ALLOW_SEALING: 2, HUGETLB: 4 },
  FSOPEN_: { CLOEXEC: 1 },
  FSMOUNT_: { CLOEXEC: 1 },
  FSPICK_: { CLOEXEC: 1, SYMLINK_NOFOLLOW: 2, NO_AUTOMOUNT: 4, EMPTY_PATH: 8 },
  OPEN_TREE_: { CLONE: 1, CLOEXEC: 0o2000000 },
  PIDFD_: { NONBLOCK: 0o4000, THREAD: 0o200 },
  CLOSE_RANGE_: { UNSHARE: 2, CLOEXEC: 4 },
  RENAME_: { NOREPLACE: 1, EXCHANGE: 2, WHITEOUT: 4 },
  PERF_FLAG_: { FD_NO_GROUP: 1, FD_OUTPUT: 2, PID_CGROUP: 4, FD_CLOEXEC: 8 },
  PR_: { SET_NAME: 15 },
  IORING_ENTER_: {
    GETEVENTS: 1, SQ_WAKEUP: 2, SQ_WAIT: 4, EXT_ARG: 8, REGISTERED_RING: 0x10, ABS_TIMER: 0x20, EXT_ARG_REG: 0x40,
  },
  IORING_REGISTER_: { USE_REGISTERED_RING: 0x80000000 },
  LANDLOCK_CREATE_RULESET_: { VERSION: 1, ERRATA: 2 },
};

const BY_NAME = new Map<string, number>([['CWD', -100]]);
for (const [prefix, constants] of Object.entries(CONSTANTS)) {
  for (const [name, value] of Object.entries(constants)) BY_NAME.set(prefix + name, value);
}

/**
 * The number of an argument: `3`, `0644`, `0x10`, `O_RDONLY|O_CLOEXEC`, `RDONLY|CLOEXEC` with the prefix `O_`. Bits
 * whose names are not known count as 0 next to known ones; NaN where nothing is known.
 */
export function constantValue(text: string, prefix = ''): number {
  let value = 0;
  let isKnown = false;
  for (const name of text.split('|')) {
    const bits = BY_NAME.get(prefix + name) ?? BY_NAME.get(name) ?? numberOf(name);
    if (Number.isNaN(bits)) continue;
    isKnown = true;
    // more than 32 bits are never flags
    value = bits > 0xffff_ffff || bits < 0 ? bits : (value | bits) >>> 0;
  }
  return isKnown ? value : Number.NaN;
}

function numberOf(text: string): number {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(?:0x[0-9a-f]+|-?\d+)$/i.test(text) ? Number(text) : Number.NaN;
}
