// Cases 18 and 19: bytes and errors.

import t from 'tap';
import { directory, run } from '../trace.ts';
import { program, same, scenario, skip } from './scenario.ts';

const of = (name: string, ...calls: readonly string[]) => calls.map((call) => `main ${name} ${call}`);

scenario('18 bytes of reads and writes: short ones, the end of a file, failures', 'bytes_of_reads', {}, (t, seen) => {
  same(t, seen, [
    ...of('~/file', 'write 1 1000 0', 'lseek 1 0 0', 'read 3 1000 0', 'pread64 4 50 2', 'pwrite64 3 4000 1'),
    ...of('~', 'read 1 0 1', 'write 1 0 1'),
    ...of('pipe', 'read 1 13 0', 'write 2 4096 1'),
  ]);
});

scenario('18 bytes of readv, writev and their like', 'bytes_of_vectors', {}, (t, seen) => {
  same(t, seen, [
    ...of('~/file', 'writev 1 30 0', 'pwritev 1 230 0', 'pwritev2 2 40 0', 'lseek 1 0 0'),
    ...of('~/file', 'readv 4 300 1', 'preadv 1 10 0', 'preadv2 3 10 1'),
  ]);
});

scenario(
  '18 bytes of sendfile, splice, tee, vmsplice and copy_file_range: once',
  'bytes_between_files',
  {},
  (t, seen) => {
    same(t, seen, [
      ...of('~/to', 'sendfile 3 1000 0', 'splice 2 100 1', 'copy_file_range 3 500 1'),
      ...of('pipe', 'splice 2 130 0', 'tee 1 70 0', 'vmsplice 1 50 0', 'read 1 80 0'),
      ...of('~/from', 'close 1 0 0'),
    ]);
  },
);

scenario(
  '18 bytes of send and recv, with MSG_PEEK 0, and of sendmmsg and recvmmsg, which return messages',
  'bytes_of_sockets',
  { families: ['network'] },
  (t, seen) => {
    const stream = ['sendto 1 100 0', 'recvfrom 5 100 1', 'recvmsg 2 30 0', 'sendmsg 1 30 0', 'shutdown 1 0 0'];
    const datagram = ['sendmmsg 1 0 0', 'recvmmsg 1 0 0', 'sendto 2 200 0', 'recvfrom 2 50 0'];
    same(t, seen, [
      ...stream.map((call) => `stream socket;unix ${call}`),
      ...datagram.map((call) => `datagram socket;unix ${call}`),
    ]);
  },
);

scenario(
  '18 bytes of a message that was cut (MSG_TRUNC): at most the buffer',
  'bytes_of_cut_messages',
  { families: ['network'] },
  (t, seen) => {
    same(t, seen, of('socket;unix', 'sendto 1 200 0', 'recvfrom 2 50 0'));
  },
);

scenario(
  '18 bytes of a message that was cut by recvmsg',
  'bytes_of_cut_vectors',
  { families: ['network'] },
  (t, seen) => {
    same(t, seen, of('socket;unix', 'recvmsg 1 10 0'));
  },
);

scenario('18 bytes of process_vm_readv and process_vm_writev', 'bytes_of_processes', {}, (t, seen) => {
  same(t, seen, of('-', 'process_vm_readv 3 196 1', 'process_vm_writev 1 30 0'));
});

scenario(
  '18 bytes of getxattr and listxattr: none when they are asked for the size',
  'bytes_of_xattrs',
  {},
  (t, seen) => {
    same(t, seen, of('~/file', 'getxattr 2 5 0', 'fgetxattr 3 5 1', 'listxattr 2 10 0'));
  },
);

/** Path and call of each that fails in the scenario `failures`, with how often it does. */
const FAILURES: readonly (readonly [path: string, syscall: string, errors: number])[] = [
  ['~/no/such/file', 'openat', 1],
  ['~/no-such', 'openat', 1],
  ['~/sub/no-such', 'openat', 1],
  ['/no-such-directory-of-ior-flame/file', 'openat', 2],
  ['~/dangling', 'openat', 1],
  ['~', 'openat', 1],
  ['~/no-such', 'newfstatat', 1],
  ['~/no-such', 'unlink', 1],
  ['~/new-name', 'rename', 1],
  ['~/no/such', 'mkdir', 1],
  ['~/no-such', 'chdir', 1],
  ['~/no-such-program', 'execve', 1],
  ['-', 'read', 1],
  ['-', 'close', 2],
  ['.../relative', 'openat', 1],
  ['~/sub/file', 'write', 1],
  ['~/sub', 'read', 1],
  ['~/sub/file/below', 'openat', 1],
  ['~/sub/file', 'openat', 1],
  ['~/sub', 'openat', 1],
  ['~/loop', 'openat', 1],
  ['~/fifo', 'openat', 1],
  [`~/${'n'.repeat(299)}`, 'openat', 1],
  ['-', 'openat', 1],
  ['~/sub', 'rmdir', 1],
  ['~/sub/file', 'lseek', 1],
  ['~/sub/file', 'ioctl', 1],
  ['~/sub/file', 'execve', 1],
];

scenario(
  '19 ENOENT with the full path that was tried, EBADF and others: errors, each under its file',
  'failures',
  {},
  (t, seen) => {
    same(
      t,
      seen,
      FAILURES.map(([path, syscall, errors]) => `main ${path} ${syscall} ${errors} 0 ${errors}`),
    );
    t.equal(seen.capture.counters.pathsUnreadable, 1, 'the name that could not be read (EFAULT)');
  },
);

t.test('19 --weight errors: those calls and no other', { skip }, async (t) => {
  const dir = directory(t);
  const folded = ['-q', '--format', 'folded', '--path-frames', 'whole', '--type', 'all', '--weight', 'errors'];
  const { code, stdout } = await run([...folded, '--', program(), 'failures', dir, directory(t), '-']);
  t.equal(code, 0);
  const stacks = FAILURES.map(([path, syscall, errors]) => {
    const shown = path === '-' ? '' : `${path.replace('~', dir)};`;
    return `=main;${shown}${syscall} ${errors}`;
  });
  t.strictSame(
    stdout.split('\n').filter((line) => line.startsWith('=')),
    stacks.toSorted(),
  );
});

scenario('19 EACCES and EPERM, as nobody', 'refused', {}, (t, seen) => {
  const calls = [
    '~/secret openat 2 0 2',
    '~/closed/file openat 1 0 1',
    '~/closed/file access 1 0 1',
    '~/new openat 1 0 1',
    '~/secret unlink 1 0 1',
    '~/open chmod 1 0 1',
    '~/open openat 1 0 0',
    '~/open close 1 0 0',
  ];
  same(
    t,
    seen,
    calls.map((call) => `nobody ${call}`),
  );
});
