import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import t from 'tap';
import { DEFAULT_LIMITS } from '../../src/collector/live/ior-object.ts';
import { Session } from '../../src/collector/live/session.ts';
import { FILE_TYPES } from '../../src/model/profile.ts';
import { selectSyscalls } from '../../src/syscalls/table.ts';
import { accountsForEverything, directory, rows, trace, whyNot, workload } from './trace.ts';

const skip = whyNot('cc');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

t.test('names', { skip }, async (t) => {
  const dir = directory(t);
  const port = await freePort();
  process.env.IOR_PORT = String(port);
  const capture = await trace(t, [workload(), 'names', dir]);
  const of = (path: string) => rows(capture, path).map((row) => row.slice(`workload ${path} `.length));

  t.strictSame(
    of(`${dir}${'/deep'.repeat(130)}/bottom`),
    ['close 1 0 0', 'openat 1 0 0', 'write 1 1 0'],
    '131 components below',
  );
  const long = `${dir}${`/${'l'.repeat(250)}`.repeat(15)}/long`;
  t.strictSame(of(long), ['close 1 0 0', 'openat 1 0 0', 'write 1 2 0'], `${long.length} bytes`);
  t.strictSame(
    of(`${dir}/base/in-base`),
    ['close 1 0 0', 'newfstatat 1 0 0', 'openat 1 0 0', 'write 1 3 0'],
    'relative to a descriptor, and with AT_EMPTY_PATH',
  );
  t.strictSame(of(`${dir}/made`), ['mkdirat 1 0 0'], 'dots and slashes are cleaned away');
  t.strictSame(of(`${dir}/renamed`), ['renameat 1 0 0'], 'a rename folds under the new name');
  t.strictSame(
    of(`${dir}/we;ird\n\udcff name 7`),
    ['close 1 0 0', 'openat 1 0 0', 'write 1 4 0'],
    'bytes that are no text',
  );
  t.match(rows(capture, '/proc/').join('\n'), /^workload \/proc\/\d+\/comm close 1 0 0$/m, 'across a mount');
  t.strictSame(of('memfd:notes'), ['close 1 0 0', 'memfd_create 1 0 0', 'write 1 5 0']);
  t.strictSame(of('pipe'), ['close 2 0 0', 'read 1 6 0', 'write 1 6 0']);
  t.strictSame(of('anon_inode:[eventfd]'), ['close 1 0 0', 'read 1 8 0']);
  t.strictSame(of('/dev/zero'), ['close 1 0 0', 'openat 1 0 0', 'read 1 9 0']);
  t.strictSame(
    of(`socket\0tcp\x00127.0.0.1\0:${port}`),
    ['close 1 0 0', 'fcntl 1 0 0', 'write 1 21 0'],
    'the connecting socket by its peer, also for what came before the connection',
  );
  t.strictSame(
    of(`socket\0tcp\0:${port}`),
    ['close 2 0 0', 'read 1 21 0'],
    'the accepted and the listening one by the local port',
  );
  t.ok(rows(capture, '').includes('workload  read 1 0 1'), 'a bad descriptor has no path');
  t.notOk(
    rows(capture, '').some((row) => /munmap/.test(row)),
    'and another family is not in',
  );
  t.notOk(
    rows(capture, '').some((row) => row.startsWith('workload  mmap')),
    'nor is anonymous memory',
  );
  t.equal(capture.sums.unnamed, 0);
  accountsForEverything(t, capture);
});

t.test('a file that was opened and deleted before the trace is named at its close', { skip }, async (t) => {
  const dir = directory(t);
  const child = spawn(workload(), ['first-seen-at-close', dir], { stdio: ['pipe', 'inherit', 'inherit'] });
  const fds = `/proc/${child.pid}/stack`;
  for (let i = 0; i < 200 && !waits(child.pid as number); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  t.ok(waits(child.pid as number), `${fds}: it waits for its input`);
  const session = new Session({
    selection: selectSyscalls({ families: [], syscalls: ['close'], excludeSyscalls: [] }),
    types: (1 << FILE_TYPES.length) - 1,
    everything: true,
    limits: DEFAULT_LIMITS,
    dimensions: ['comm', 'path', 'syscall'],
  });
  session.start();
  child.stdin.end('\n');
  await once(child, 'exit');
  const capture = session.stop();
  t.strictSame(rows(capture, dir), [`workload ${dir}/held (deleted) close 1 0 0`]);
});

function waits(pid: number): boolean {
  return (
    /^State:\s+S/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')) &&
    readFileSync(`/proc/${pid}/syscall`, 'utf8').startsWith('0 ')
  );
}
