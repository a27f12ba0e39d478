import t from 'tap';
import { AT_FDCWD, CLONE_FILES, CLONE_FS, CLONE_THREAD, O, Trace } from './pairing-trace.ts';

const NONE = Number.NaN;
const UNKNOWN = '[unknown fd]';

t.test('what is opened goes by its path until it is closed', async (t) => {
  const trace = new Trace();
  const opens: readonly (readonly [string, readonly number[], string])[] = [
    ['open', [NONE, O.RDONLY], '/a'],
    ['openat', [AT_FDCWD, NONE, O.RDONLY], '/b'],
    ['openat2', [AT_FDCWD, NONE, NONE, 24], '/c'],
    ['creat', [NONE, 0o644], '/d'],
  ];
  for (const [syscall, args, path] of opens) {
    t.match(trace.call(1, syscall, args, 3, { path }), { path, fileType: 'file' }, syscall);
    t.equal(trace.nameOf(1, 3), path);
    t.equal(trace.call(1, 'close', [3], 0)?.path, path);
    t.equal(trace.call(1, 'read', [3], -9)?.path, '', 'no file behind a closed number');
    t.equal(trace.pairs.at(-1)?.fileType, 'none');
    t.equal(trace.nameOf(1, 3), UNKNOWN, 'but when it works, there is one');
  }
  t.equal(trace.engine.counters.unknownDescriptors, opens.length);
});

t.test('an open whose path nobody tells leaves no older name behind', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  t.match(trace.call(1, 'openat', [AT_FDCWD, 0x7ffe0000, 0], 3), { path: UNKNOWN });
  t.equal(trace.engine.counters.pathsUnreadable, 1);
  t.equal(trace.nameOf(1, 3), UNKNOWN);
});

t.test('an exit without its enter still changes what it tells', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  trace.exit(1, 'openat', 3, { retPath: '/b' });
  t.equal(trace.nameOf(1, 3), '/b');
  trace.exit(1, 'close', 0, { args: [3] });
  t.equal(trace.nameOf(1, 3), UNKNOWN);
});

t.test('duplicates share the description', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3, O.RDWR);
  t.match(trace.call(1, 'dup', [3], 4), { path: '/a' });
  t.match(trace.call(1, 'dup2', [4, 5], 5), { path: '/a' });
  t.match(trace.call(1, 'dup3', [5, 6, O.CLOEXEC], 6), { path: '/a' });
  t.match(trace.call(1, 'dup2', [6, 6], 6), { path: '/a' }, 'onto itself');
  trace.call(1, 'fcntl', [6, 0, 10], 10);
  trace.call(1, 'fcntl', [6, 1030, 11], 11);
  trace.call(1, 'close', [3], 0);
  for (const fd of [4, 5, 6, 10, 11]) t.equal(trace.nameOf(1, fd), '/a', `${fd}`);
  trace.open(1, '/b', 3);
  trace.call(1, 'dup2', [3, 5], 5);
  t.equal(trace.nameOf(1, 5), '/b', 'what was on the number is closed');
  t.equal(trace.nameOf(1, 4), '/a');
});

t.test('F_SETFL replaces the status flags of all duplicates, and no others', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3, O.RDWR | O.APPEND);
  trace.call(1, 'dup', [3], 4);
  trace.fork(1, 2);
  trace.call(1, 'fcntl', [4, 4, O.NONBLOCK | O.WRONLY | O.TRUNC], 0);
  for (const [tid, fd] of [
    [1, 3],
    [1, 4],
    [2, 3],
  ] as const) {
    t.equal(trace.flagsOf(tid, fd), O.RDWR | O.NONBLOCK, `${fd} of ${tid}`);
  }
  trace.call(2, 'fcntl', [3, 4, 0], 0);
  t.equal(trace.flagsOf(1, 4), O.RDWR, 'bits are taken away, too');
  trace.call(1, 'fcntl', [4, 3], 0o102002);
  t.equal(trace.flagsOf(1, 3), 0o102002, 'F_GETFL tells');
});

t.test('a close that fails with EBADF forgets nothing, any other has closed', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  trace.call(1, 'close', [3], -9);
  t.equal(trace.nameOf(1, 3), '/a');
  trace.call(1, 'close', [3], -5);
  t.equal(trace.nameOf(1, 3), UNKNOWN);
});

t.test('a number that is used again while close and read are running', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  trace.fork(1, 2, CLONE_THREAD);
  trace.fork(1, 4, CLONE_THREAD);
  trace.enter(4, 'read', [3]);
  trace.enter(1, 'close', [3]);
  trace.open(2, '/b', 3);
  trace.exit(1, 'close', 0);
  t.equal(trace.pairs.at(-1)?.path, '/a');
  trace.exit(4, 'read', 1);
  t.equal(trace.pairs.at(-1)?.path, '/a', 'the blocked read is on the file that it began on');
  t.equal(trace.nameOf(1, 3), '/b');

  trace.enter(4, 'dup', [3]);
  trace.call(1, 'close', [3], 0);
  trace.open(1, '/c', 3);
  trace.call(1, 'rename', [], 0, { path: '/b2', path2: '/b' });
  trace.exit(4, 'dup', 9);
  t.equal(trace.nameOf(1, 9), '/b2', 'a dup holds what it duplicates');
});

t.test('tables are keyed by the process, and then by the descriptor', async (t) => {
  const trace = new Trace();
  trace.open(1, '/one', 3);
  trace.open(2, '/two', 3);
  t.equal(trace.nameOf(1, 3), '/one');
  t.equal(trace.nameOf(2, 3), '/two');
  trace.call(2, 'close', [3], 0);
  t.equal(trace.nameOf(1, 3), '/one');
});

t.test('close-on-exec belongs to the number, and F_DUPFD does not keep it', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3, O.CLOEXEC);
  trace.call(1, 'fcntl', [3, 0, 4], 4);
  trace.call(1, 'fcntl', [3, 1030, 5], 5);
  trace.call(1, 'dup', [3], 6);
  trace.call(1, 'dup3', [3, 7, O.CLOEXEC], 7);
  trace.call(1, 'dup2', [7, 8], 8);
  trace.call(1, 'dup', [3], 9);
  trace.call(1, 'fcntl', [9, 2, 1], 0);
  trace.call(1, 'fcntl', [7, 2, 0], 0);
  trace.call(1, 'dup', [3], 10);
  trace.call(1, 'ioctl', [10, 0x5451], 0);
  trace.call(1, 'execve', [], 0, { path: '/bin/cat' });
  t.strictSame(
    [3, 4, 5, 6, 7, 8, 9, 10].map((fd) => trace.nameOf(1, fd)),
    [UNKNOWN, '/a', UNKNOWN, '/a', '/a', '/a', UNKNOWN, UNKNOWN],
  );
});

t.test('close_range closes, marks, and unshares before it', async (t) => {
  const trace = new Trace();
  for (let fd = 3; fd < 9; fd++) trace.open(1, `/${fd}`, fd);
  const open = (tid: number) => [3, 4, 5, 6, 7, 8].filter((fd) => trace.nameOf(tid, fd) !== UNKNOWN);
  trace.call(1, 'close_range', [4, 5, 0], 0);
  t.strictSame(open(1), [3, 6, 7, 8]);
  trace.fork(1, 2, CLONE_THREAD);
  trace.call(2, 'close_range', [8, 0xffff_ffff, 2], 0);
  t.strictSame(open(1), [3, 6, 7, 8]);
  t.strictSame(open(2), [3, 6, 7]);
  trace.call(1, 'close_range', [7, 0xffff_ffff, 4], 0);
  t.strictSame(open(1), [3, 6, 7, 8]);
  trace.call(1, 'execve', [], 0, { path: '/bin/cat' });
  t.strictSame(open(1), [3, 6]);
});

t.test('what is made without a path has a name and a type', async (t) => {
  const trace = new Trace();
  const made: readonly (readonly [string, readonly number[], string, string])[] = [
    ['eventfd2', [0, 0], 'anon_inode:[eventfd]', 'anon'],
    ['eventfd', [0], 'anon_inode:[eventfd]', 'anon'],
    ['epoll_create1', [0], 'anon_inode:[eventpoll]', 'anon'],
    ['timerfd_create', [0, 0], 'anon_inode:[timerfd]', 'anon'],
    ['signalfd4', [-1, NONE, 8, 0], 'anon_inode:[signalfd]', 'anon'],
    ['inotify_init1', [0], 'anon_inode:inotify', 'anon'],
    ['fanotify_init', [0, 0], 'anon_inode:[fanotify]', 'anon'],
    ['pidfd_open', [1, 0], 'anon_inode:[pidfd]', 'anon'],
    ['io_uring_setup', [8, NONE], 'anon_inode:[io_uring]', 'anon'],
    ['userfaultfd', [0], 'anon_inode:[userfaultfd]', 'anon'],
    ['perf_event_open', [NONE, 0, -1, -1, 0], 'anon_inode:[perf_event]', 'anon'],
    ['memfd_create', [NONE, 0], 'memfd:', 'file'],
    ['socket', [1, 1, 0], 'socket\0unix', 'socket'],
    ['socket', [2, 0o2000001, 0], 'socket\0tcp', 'socket'],
    ['socket', [NONE, NONE, 0], 'socket', 'socket'],
  ];
  for (const [syscall, args, path, fileType] of made) {
    t.match(trace.call(1, syscall, args, 3), { path, fileType, bytes: 0 }, syscall);
    t.match(trace.call(1, 'fstat', [3], 0), { path, fileType });
  }
  t.match(trace.call(1, 'memfd_create', [NONE, 1], 4, { path: 'notes' }), { path: 'memfd:notes' });
  t.match(trace.call(1, 'accept4', [3, NONE, NONE, 0], 5), { path: 'socket' });
  trace.call(1, 'epoll_create1', [0], 6);
  trace.call(1, 'signalfd4', [3, NONE, 8, 0], 3);
  t.equal(trace.nameOf(1, 3), 'socket', 'signalfd4 on a descriptor makes none');
});

t.test('descriptors that a call writes to memory are known when the source tells them', async (t) => {
  const trace = new Trace();
  trace.open(1, '/old', 3);
  trace.call(1, 'pipe2', [NONE, O.CLOEXEC], 0, {}, { newFds: [3, 4] });
  t.match(trace.call(1, 'write', [4], 5), { path: 'pipe', fileType: 'pipe', bytes: 5, flags: O.WRONLY });
  trace.call(1, 'socketpair', [1, 1, 0, NONE], 0, {}, { newFds: [5, 6] });
  t.match(trace.call(1, 'write', [6], 5), { path: 'socket\0unix', fileType: 'socket' });
  trace.call(1, 'recvmsg', [5, NONE, 0], 1, {}, { newFds: [7], newFdPaths: ['/passed'] });
  t.equal(trace.nameOf(1, 7), '/passed');
  trace.call(1, 'execve', [], 0, { path: '/bin/cat' });
  t.equal(trace.nameOf(1, 3), UNKNOWN);
  t.equal(trace.nameOf(1, 6), 'socket\0unix');
});

t.test('pidfd_getfd shares the description of the other process', async (t) => {
  const trace = new Trace();
  trace.open(5, '/theirs', 9, O.RDWR);
  trace.call(1, 'pidfd_open', [5, 0], 3);
  t.match(trace.call(1, 'pidfd_getfd', [3, 9, 0], 4), { path: '/theirs' });
  trace.call(5, 'fcntl', [9, 4, O.APPEND], 0);
  t.equal(trace.flagsOf(1, 4), O.RDWR | O.APPEND);
  t.match(trace.call(1, 'pidfd_getfd', [3, 10, 0], 5), { path: UNKNOWN });
});

t.test('fork copies the table, CLONE_FILES shares it, unshare parts it', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  trace.fork(1, 2);
  trace.fork(1, 3, CLONE_FILES);
  trace.call(1, 'close', [3], 0);
  t.equal(trace.nameOf(2, 3), '/a');
  t.equal(trace.nameOf(3, 3), UNKNOWN);
  trace.open(3, '/b', 3);
  t.equal(trace.nameOf(1, 3), '/b');
  trace.call(3, 'unshare', [CLONE_FILES], 0);
  trace.call(1, 'close', [3], 0);
  t.equal(trace.nameOf(3, 3), '/b');
});

t.test('the same when only the clone itself is seen, before or after the child', async (t) => {
  for (const [syscall, args, facts, isShared] of [
    ['fork', [], {}, false],
    ['vfork', [], {}, false],
    ['clone', [0x11], {}, false],
    ['clone', [CLONE_THREAD], {}, true],
    ['clone3', [NONE, 88], { flags: CLONE_THREAD }, true],
    ['clone3', [NONE, 88], {}, false],
  ] as const) {
    for (const order of ['parent first', 'child first', 'child first, with two parents']) {
      const trace = new Trace();
      const what = `${syscall}, ${order}`;
      trace.open(1, '/a', 3);
      trace.call(1, 'chdir', [], 0, { path: '/home' });
      trace.call(1, 'prctl', [15], 0, { path: 'boss' });
      trace.enter(1, syscall, args, facts);
      if (order.endsWith('two parents')) trace.enter(7, 'fork');
      if (order !== 'parent first') trace.open(2, '/own', 4);
      trace.exit(1, syscall, 2);
      t.equal(trace.nameOf(2, 3), '/a', what);
      t.equal(trace.pairs.at(-1)?.comm, 'boss', what);
      t.equal(trace.open(2, 'x', -2)?.path, '/home/x', what);
      if (order !== 'parent first') t.equal(trace.nameOf(2, 4), '/own', what);
      trace.call(2, 'close', [3], 0);
      t.equal(trace.nameOf(1, 3), isShared ? UNKNOWN : '/a', what);
    }
  }
});

t.test('a child that was taken for the wrong one loses what it inherited', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  trace.enter(1, 'fork');
  t.equal(trace.nameOf(9, 3), '/a', 'it seems to be the child');
  trace.exit(1, 'fork', 2);
  t.equal(trace.nameOf(9, 3), UNKNOWN);
  t.equal(trace.nameOf(2, 3), '/a');
});

t.test('a source that tells of children is believed, whatever clone returns', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  trace.open(2, '/b', 3);
  trace.enter(1, 'fork');
  trace.fork(1, 300);
  trace.exit(1, 'fork', 2); // the number in the pid namespace of the parent
  t.equal(trace.nameOf(300, 3), '/a');
  t.equal(trace.nameOf(2, 3), '/b');
});

t.test('a tid is given again', async (t) => {
  const trace = new Trace();
  trace.open(5, '/a', 3);
  trace.end(5);
  t.equal(trace.nameOf(5, 3), UNKNOWN);
  trace.open(5, '/a', 3);
  trace.open(1, '/b', 3);
  trace.call(1, 'fork', [], 5);
  t.equal(trace.nameOf(5, 3), '/b', 'its end was not seen');
  trace.call(6, 'getpid', [], 6, { pid: 6 });
  trace.open(6, '/c', 3);
  t.equal(trace.call(6, 'read', [3], 1, { pid: 1 })?.path, '/b', 'now it is a thread of another process');
});

t.test('exec closes, unshares and renames; from a thread that is not the leader, too', async (t) => {
  for (const isAnnounced of [true, false]) {
    const trace = new Trace();
    trace.open(1, '/kept', 3);
    trace.open(1, '/closed', 4, O.CLOEXEC);
    trace.call(1, 'prctl', [15], 0, { path: 'old' });
    trace.fork(1, 2, CLONE_THREAD);
    trace.fork(1, 9, CLONE_FILES);
    trace.enter(1, 'futex');
    trace.enter(2, 'execve', [], { path: '/usr/bin/a-rather-long-name' });
    if (isAnnounced) trace.exec(2, 1);
    trace.exit(1, 'execve', 0);
    t.match(trace.pairs.at(-1), {
      comm: 'old',
      path: '/usr/bin/a-rather-long-name',
      tid: 1,
      pid: 1,
      syscall: 'execve',
    });
    t.equal(trace.nameOf(1, 3), '/kept');
    t.equal(trace.pairs.at(-1)?.comm, 'a-rather-long-n');
    t.equal(trace.nameOf(1, 4), UNKNOWN);
    t.equal(trace.nameOf(9, 4), '/closed', 'who shared the table keeps it');
    t.strictSame(trace.counted.neverReturned, 1, 'the call of the leader');
    t.strictSame(trace.engine.sizes.tasks, 2);
  }
});

t.test('execveat exits as execve does', async (t) => {
  const trace = new Trace();
  trace.open(1, '/opt/tool', 3, O.CLOEXEC);
  trace.enter(1, 'execveat', [3, NONE, 0, 0, 0x1000], { path: '' });
  trace.exec(1, 1);
  trace.exit(1, 'execve', 0);
  t.match(trace.pairs.at(-1), { syscall: 'execveat', path: '/opt/tool', fileType: 'file' });
  trace.call(1, 'sync', [], 0);
  t.equal(trace.pairs.at(-1)?.comm, 'tool');
  trace.call(1, 'execve', [], -2, { path: '/bin/none' });
  t.equal(trace.pairs.at(-1)?.errno, 2);
  trace.call(1, 'sync', [], 0);
  t.equal(trace.pairs.at(-1)?.comm, 'tool', 'a failed one changes nothing');
});

t.test('the comm: inherited, told, renamed, or else the pid', async (t) => {
  const trace = new Trace();
  const commOf = (tid: number) => trace.call(tid, 'sync', [], 0)?.comm;
  t.equal(commOf(4), '[pid 4]');
  trace.fork(4, 5, CLONE_THREAD);
  t.equal(commOf(5), '[pid 4]', 'by the process, not by the thread');
  trace.call(4, 'execve', [], 0, { path: '/bin/sh' }, { comm: 'told' });
  t.equal(commOf(4), 'told');
  trace.fork(4, 6, CLONE_THREAD);
  t.equal(trace.call(6, 'prctl', [15], 0, { path: 'worker-number-17' })?.comm, 'worker-number-1', 'at exit, 15 bytes');
  t.equal(trace.call(6, 'prctl', [16], 0, { path: 'no' })?.comm, 'worker-number-1');
  t.equal(commOf(4), 'told');
  t.equal(trace.call(4, 'sync', [], 0, { threadComm: 'by the way' })?.comm, 'by the way');
});

t.test('where relative names start from', async (t) => {
  const trace = new Trace();
  const tried = (tid: number, path: string) => trace.call(tid, 'access', [], -2, { path })?.path;
  t.equal(tried(1, 'x'), '.../x');
  t.equal(trace.engine.counters.unknownDirectories, 1);
  trace.call(1, 'getcwd', [], 6, {}, { path: '/home' });
  t.match(trace.pairs.at(-1), { path: '/home', fileType: 'dir', bytes: 0 });
  t.equal(tried(1, 'x'), '/home/x');
  trace.call(1, 'chdir', [], 0, { path: 'sub/..//other/.' });
  t.equal(tried(1, '../x'), '/home/x');
  trace.fork(1, 2);
  trace.fork(1, 3, CLONE_FS);
  trace.open(1, '/srv', 3, O.DIRECTORY);
  t.match(trace.call(1, 'fchdir', [3], 0), { path: '/srv', fileType: 'dir' });
  t.strictSame([tried(1, 'x'), tried(2, 'x'), tried(3, 'x')], ['/srv/x', '/home/other/x', '/srv/x']);
  t.equal(trace.call(1, 'mkdirat', [3], 0, { path: 'd' })?.path, '/srv/d');
  t.equal(trace.call(1, 'mkdirat', [77], -9, { path: 'd' })?.path, '.../d');
  t.match(trace.call(1, 'newfstatat', [3, NONE, NONE, 0x1000], 0, { path: '' }), { path: '/srv', fileType: 'dir' });
  t.match(trace.call(1, 'newfstatat', [AT_FDCWD, NONE, NONE, 0x1000], 0, { path: '' }), { path: '/srv' });
  t.match(trace.call(1, 'utimensat', [3, 0, NONE, 0], 0), { path: '/srv' }, 'a null pointer');
  t.match(trace.call(1, 'stat', [], -2, { path: '' }), { path: '', fileType: 'none' });
  t.match(trace.call(1, 'chroot', [], 0, { path: '/jail' }), { path: '/jail' });
  t.equal(tried(1, '/etc'), '/jail/etc');
  t.equal(tried(3, '/etc'), '/jail/etc');
  t.equal(tried(2, '/etc'), '/etc');
  trace.call(3, 'unshare', [CLONE_FS], 0);
  trace.call(3, 'chdir', [], 0, { path: '/in' });
  t.strictSame([tried(1, 'x'), tried(3, 'x')], ['/srv/x', '/jail/in/x']);
});

t.test('calls with two names fold under the new one', async (t) => {
  const trace = new Trace();
  trace.call(1, 'chdir', [], 0, { path: '/w' });
  trace.open(1, '/d', 3, O.DIRECTORY);
  t.match(trace.call(1, 'renameat', [AT_FDCWD, NONE, 3, NONE], 0, { path: 'new', path2: 'old' }), {
    path: '/d/new',
    path2: '/w/old',
    fileType: 'path',
  });
  t.match(trace.call(1, 'link', [], 0, { path: 'b', path2: '/a' }), { path: '/w/b', path2: '/a' });
  trace.open(1, '/from', 4);
  trace.open(1, '/to', 5, O.WRONLY);
  t.match(trace.call(1, 'copy_file_range', [4, 0, 5, 0, 99, 0], 50), { path: '/to', path2: '/from', bytes: 50, fd: 5 });
});

t.test('renames reach what is open, and where names start from', async (t) => {
  const trace = new Trace();
  const rename = (path2: string, path: string, flags = 0, ret = 0) =>
    trace.call(1, 'renameat2', [AT_FDCWD, NONE, AT_FDCWD, NONE, flags], ret, { path, path2 });
  trace.open(1, '/t/dir/file', 3);
  trace.open(1, '/t/dir/other', 4);
  trace.open(1, '/t/dirt', 5);
  trace.open(2, '/t/dir/file', 3);
  trace.call(1, 'chdir', [], 0, { path: '/t/dir' });
  rename('/t/dir/file', '/t/dir/moved');
  t.strictSame([trace.nameOf(1, 3), trace.nameOf(2, 3)], ['/t/dir/moved', '/t/dir/moved']);
  rename('/t/dir', '/t/tree');
  t.strictSame(
    [3, 4, 5].map((fd) => trace.nameOf(1, fd)),
    ['/t/tree/moved', '/t/tree/other', '/t/dirt'],
  );
  rename('/t', '/u');
  t.strictSame(
    [3, 4, 5].map((fd) => trace.nameOf(1, fd)),
    ['/u/tree/moved', '/u/tree/other', '/u/dirt'],
  );
  t.equal(trace.open(1, 'x', -2)?.path, '/u/tree/x');
  rename('/u/tree', '/gone', 0, -13);
  t.equal(trace.nameOf(1, 3), '/u/tree/moved', 'a failed rename moves nothing');
  rename('/u/tree', '/u/dirt', 2);
  t.strictSame(
    [3, 4, 5].map((fd) => trace.nameOf(1, fd)),
    ['/u/dirt/moved', '/u/dirt/other', '/u/tree'],
    'exchanged',
  );
});

t.test('a removed file keeps its last name, whoever takes that after it', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  trace.call(1, 'unlink', [], 0, { path: '/a' });
  trace.open(1, '/a', 4);
  trace.call(1, 'rename', [], 0, { path: '/b', path2: '/a' });
  t.strictSame([trace.nameOf(1, 3), trace.nameOf(1, 4)], ['/a', '/b']);
  trace.open(1, '/c', 5);
  trace.call(1, 'rename', [], 0, { path: '/b', path2: '/c' });
  trace.call(1, 'rename', [], 0, { path: '/d', path2: '/b' });
  t.strictSame([trace.nameOf(1, 4), trace.nameOf(1, 5)], ['/b', '/d'], 'replaced is removed');
});

t.test("the source's own word counts, because it is resolved", async (t) => {
  const trace = new Trace();
  const said = (fd: number, path: string) => trace.call(1, 'read', [fd], 1, { fdPaths: [path] });
  t.equal(trace.call(1, 'open', [NONE, 0], 3, { path: '/link' }, { retPath: '/real' })?.path, '/real');
  t.equal(trace.nameOf(1, 3), '/real');
  t.equal(said(3, '/moved')?.path, '/moved');
  t.equal(trace.nameOf(1, 3), '/moved');
  t.equal(said(3, '/moved (deleted)')?.path, '/moved', 'a removed file keeps its name');
  t.match(said(0, '/dev/pts/1'), { path: '/dev/pts/1', fileType: 'tty' });
  t.match(said(1, 'pipe:[123]'), { path: 'pipe', fileType: 'pipe' });
  trace.call(1, 'dup', [1], 5);
  t.equal(trace.nameOf(1, 5), 'pipe');
  t.match(said(6, 'socket\0tcp\x0010.0.0.1\0:80'), { path: 'socket\0tcp\x0010.0.0.1\0:80', fileType: 'socket' });
  t.match(said(6, 'socket:[99]'), { path: 'socket\0tcp\x0010.0.0.1\0:80' }, 'the longer name of a socket');
  t.match(said(7, '/memfd:x (deleted)'), { path: 'memfd:x', fileType: 'file' });
  t.match(said(8, '/seen/late (deleted)'), { path: '/seen/late (deleted)' });
  trace.call(1, 'openat', [AT_FDCWD, NONE, 0], -2, { path: 'x', fdPaths: ['/cwd'] });
  t.equal(trace.pairs.at(-1)?.path, '/cwd/x');
  t.equal(trace.open(1, 'y', -2)?.path, '/cwd/y');
  t.equal(trace.call(1, 'bpf', [0], 20, {}, { retPath: 'anon_inode:bpf-map' })?.path, '');
  t.equal(trace.nameOf(1, 20), 'anon_inode:bpf-map');
});

t.test('facts that come only at exit', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  t.match(trace.call(1, 'read', [], 4, {}, { args: [3, NONE, 9] }), { path: '/a', fd: 3 });
  t.match(trace.call(1, 'read', [7], 4, {}, { fdPaths: ['/b'] }), { path: '/b', fileType: 'file' });
  t.equal(trace.nameOf(1, 7), '/b');
  t.match(trace.call(1, 'close', [8], 0, {}, { fdPaths: ['/c'] }), { path: '/c' });
  t.equal(trace.nameOf(1, 8), UNKNOWN);
  t.match(trace.call(1, 'stat', [], 0, {}, { path: '/late' }), { path: '/late' });
});

t.test('types of files, from names and from what is done with them', async (t) => {
  const trace = new Trace();
  const types: Readonly<Record<string, string>> = {
    '/etc/passwd': 'file',
    '/dev/null': 'mem',
    '/dev/urandom': 'mem',
    '/dev/tty': 'tty',
    '/dev/pts/3': 'tty',
    '/dev/nvme0n1p2': 'block',
    '/dev/nvme0': 'char',
    '/dev/mapper/root': 'block',
    '/dev/mapper/control': 'char',
    '/dev/fuse': 'char',
    '/dev/shm/x': 'file',
  };
  for (const [path, fileType] of Object.entries(types)) t.match(trace.open(1, path, 3), { fileType }, path);
  t.match(trace.open(1, '/etc', 3, O.DIRECTORY), { fileType: 'dir' });
  trace.open(1, '/var', 4);
  t.match(trace.call(1, 'getdents64', [4], 100), { path: '/var', fileType: 'dir', bytes: 100 });
  t.match(trace.call(1, 'fstat', [4], 0), { fileType: 'dir' });
  t.match(trace.open(1, '/tmp', 5, O.TMPFILE | O.RDWR), { path: '/tmp/[tmpfile]', fileType: 'file' });
});

t.test('links that lead elsewhere for each process', async (t) => {
  const trace = new Trace();
  t.equal(trace.open(8, '/proc/self/maps', 3)?.path, '/proc/8/maps');
  t.equal(trace.open(8, '/proc/self/nope', -2)?.path, '/proc/self/nope');
  t.equal(trace.open(8, '/dev/fd/3', 4)?.path, '/proc/8/maps');
  t.equal(trace.open(8, '/proc/thread-self/comm', 5)?.path, '/proc/8/task/8/comm');
  t.equal(trace.open(8, '/dev/stdin', 6)?.path, '/dev/stdin', 'not known');
});

t.test('what a live source saw before the trace counts where nothing else is known', async (t) => {
  const trace = new Trace();
  const had = { kind: 'had', tid: 1, pid: 1, comm: 'init' } as const;
  const fd = { what: 'fd', type: 'file', closeOnExec: false } as const;
  trace.engine.handle({ ...had, what: 'cwd', path: '/root' });
  trace.engine.handle({ ...had, ...fd, fd: 0, path: 'pipe', type: 'pipe' });
  trace.engine.handle({ ...had, ...fd, fd: 4, path: '/hidden', closeOnExec: true });
  t.match(trace.call(1, 'read', [0], 1), { comm: 'init', path: 'pipe', fileType: 'pipe' });
  t.equal(trace.open(1, 'x', -2)?.path, '/root/x');
  t.equal(trace.open(1, 'y', 5)?.path, '/root/y');
  trace.engine.handle({ ...had, ...fd, fd: 5, path: '/later' });
  trace.engine.handle({ ...had, what: 'cwd', path: '/later' });
  t.equal(trace.nameOf(1, 5), '/root/y', 'a descriptor that was seen to be opened stays what it is');
  t.equal(trace.open(1, 'z', -2)?.path, '/root/z');
  trace.call(1, 'execve', [], 0, { path: '/bin/sh' });
  t.equal(trace.nameOf(1, 4), UNKNOWN, 'close-on-exec is told with it');
  t.equal(trace.nameOf(1, 0), 'pipe');
  trace.engine.handle({ ...had, tid: 2, pid: 2, what: 'root', path: '/jail' });
  t.equal(trace.open(2, '/etc/x', -2)?.path, '/jail/etc/x');
  trace.engine.handle({ ...had, tid: -1, what: 'root', path: '/' });
  t.equal(trace.engine.counters.malformed, 1);
});

t.test('what a live source sees of a call that succeeded counts', async (t) => {
  const trace = new Trace();
  trace.call(1, 'chdir', [], 0, {}, { path: 'link', retPath: '/real' });
  t.equal(trace.open(1, 'x', -2)?.path, '/real/x');
  trace.open(1, '/d', 3);
  trace.call(1, 'fchdir', [3], 0, {}, { retPath: '/moved/d' });
  t.equal(trace.open(1, 'x', -2)?.path, '/moved/d/x');
  trace.call(1, 'chroot', [], 0, {}, { path: '.', retPath: '/moved' });
  t.equal(trace.open(1, '/x', -2)?.path, '/moved/x');
  trace.call(1, 'openat', [AT_FDCWD, Number.NaN, 0], 4, {}, { path: '/fifo', retPath: '/fifo', retType: 'pipe' });
  t.match(trace.call(1, 'read', [4], 1), { path: '/fifo', fileType: 'pipe' });
  trace.call(1, 'recvmsg', [4], 1, {}, { newFds: [7], newFdPaths: ['/got'], newFdTypes: ['dir'] });
  t.match(trace.call(1, 'fstat', [7], 0), { path: '/got', fileType: 'dir' });
});

t.test('what the source says late is worth less than anything that is known otherwise', async (t) => {
  const trace = new Trace();
  const late = { fdPathsAreLate: true };
  const said = (fd: number, path: string) => trace.call(1, 'read', [fd], 1, { fdPaths: [path], ...late })?.path;
  t.equal(said(3, '/first'), '/first', 'of what is not known it counts');
  t.equal(said(3, '/second'), '/second', 'and the newest word of that kind counts most');
  trace.call(1, 'read', [3], 1, { fdPaths: ['/true'] });
  t.equal(said(3, '/late'), '/true', 'a word of the right time stays');
  trace.open(1, '/opened', 4);
  t.equal(said(4, '/late'), '/opened', 'and so does the path of the open');
  trace.call(1, 'rename', [], 0, { path: '/renamed', path2: '/opened' });
  t.equal(said(4, '/opened'), '/renamed');
  t.equal(trace.call(1, 'read', [4], 1, {}, { fdPaths: ['/late'], ...late })?.path, '/renamed', 'at exit, too');
  trace.enter(1, 'read', [4]);
  trace.call(2, 'close', [4], 0);
  trace.exit(1, 'read', 1, { fdPaths: ['/late'], ...late });
  t.equal(trace.pairs.at(-1)?.path, '/renamed');
});

t.test('of an open, late words fill in what its own path does not tell', async (t) => {
  const trace = new Trace();
  const opened = (path: string | undefined, retPath: string) =>
    trace.call(1, 'openat', [AT_FDCWD, NONE, 0], 5, { path }, { retPath, fdPathsAreLate: true })?.path;
  t.equal(opened('/link', '/real'), '/link');
  t.equal(opened(undefined, '/real'), '/real');
  t.equal(opened('dir/name', '/home/dir/name'), '/home/dir/name', 'the directory that it starts from');
  t.equal(opened('dir/name', '/home/dir/other'), '.../dir/name', 'but not another file');
  t.equal(
    trace.call(1, 'read', [5], 1, { fdPaths: ['/srv/dir/name'], fdPathsAreLate: true })?.path,
    '/srv/dir/name',
    'though later on, where the rest agrees',
  );
});

t.test('a late word for the cwd counts until the trace tells it', async (t) => {
  const trace = new Trace();
  const failed = (cwd: string) =>
    trace.call(1, 'openat', [AT_FDCWD, NONE, 0], -2, { path: 'x', fdPaths: [cwd], fdPathsAreLate: true })?.path;
  t.equal(failed('/one'), '/one/x');
  t.equal(failed('/two'), '/two/x');
  trace.call(1, 'chdir', [], 0, { path: '/told' });
  t.equal(failed('/two'), '/told/x');
});
