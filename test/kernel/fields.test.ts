// Fields beyond comm, path and syscall: what the kernel tells of them, on a command that does known things.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { errnoText, openFlagsText } from '../../src/model/constants.ts';
import { stacks } from './artifacts.ts';
import { directory, run, whyNot } from './trace.ts';

const skip = whyNot('setpriv');

async function folded(t: Test, fields: string, script: string, ...args: readonly string[]) {
  const options = ['-q', '--fields', fields, '--weight', 'count', '--format', 'folded', '-o', '-', ...args];
  const { code, stdout, stderr } = await run([...options, '--path-frames', 'whole', '--', 'sh', '-c', script]);
  t.equal(code, 0, stderr);
  return [...stacks(t, stdout)].map(([stack, count]) => `${stack} ${count}`);
}

t.test(
  'tree: the chain of programs from the command down, and program: the leader of the process',
  { skip },
  async (t) => {
    const dir = directory(t);
    const script = `cat ${dir}/x; (: > ${dir}/y); env sh -c 'exec cat ${dir}/x'; true`;
    writeFileSync(join(dir, 'x'), '');
    const rows = await folded(t, 'tree,program,path,syscall', script, '--syscall', 'openat', '--path', dir);
    // the env has become sh, and that cat: one process, the program that it is by then; the subshell is its parent's program
    t.strictSame(rows, [`sh;cat;cat;${dir}/x;openat 2`, `sh;sh;${dir}/y;openat 1`]);
  },
);

t.test('errno: the name of the error, ok without', { skip }, async (t) => {
  const dir = directory(t);
  const rows = await folded(
    t,
    'errno,path',
    `cat ${dir}/none ${dir} 2>/dev/null; : > ${dir}/y`,
    '--path',
    dir,
    '--syscall',
    'openat,read',
  );
  t.strictSame(rows, [`EISDIR;${dir} 1`, `ENOENT;${dir}/none 1`, `ok;${dir} 1`, `ok;${dir}/y 1`]);
});

t.test('flags: those of the open file, of an open the new one', { skip }, async (t) => {
  const dir = directory(t);
  const rows = await folded(
    t,
    'flags,syscall,path',
    `echo x >> ${dir}/y; stat ${dir}/y > /dev/null`,
    '--path',
    join(dir, 'y'),
  );
  t.ok(rows.includes(`O_WRONLY|O_APPEND;openat;${dir}/y 1`), rows.join('\n'));
  t.ok(rows.includes(`O_WRONLY|O_APPEND;write;${dir}/y 1`));
  t.ok(
    rows.some((row) => /^(?:newfstatat|statx|lstat);/.test(row)),
    'a call on a name has no such frame',
  );
});

t.test('mount: the mountpoint that the file lies under', { skip }, async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, 'm'));
  const script = `mount -t tmpfs none ${dir}/m && : > ${dir}/m/x; : > ${dir}/y; cd ${dir}/m; cat none 2>/dev/null; true`;
  const options = [
    '-q',
    '--fields',
    'mount,path',
    '--weight',
    'count',
    '--format',
    'folded',
    '-o',
    '-',
    '--syscall',
    'openat',
  ];
  const command = ['--path', dir, '--path-frames', 'whole', '--', 'unshare', '-m', 'sh', '-c', script];
  const { stdout } = await run([...options, ...command]);
  const rows = [...stacks(t, stdout).keys()].filter((row) => row.includes('/m/') || row.endsWith('/y'));
  const [none, x, y] = rows.toSorted((a, b) => (a.split(';')[1] as string).localeCompare(b.split(';')[1] as string));
  t.equal(none, `${dir}/m;${dir}/m/none`);
  t.equal(x, `${dir}/m;${dir}/m/x`);
  t.match(y, /^\/[^;]*;/);
  t.not(y?.split(';')[0], `${dir}/m`);
});

t.test('uid, user and cgroup', { skip }, async (t) => {
  const rows = await folded(
    t,
    'uid,user',
    'setpriv --reuid 65534 --clear-groups cat /etc/hostname',
    '--syscall',
    'read',
    '--path',
    '/etc/hostname',
  );
  t.match(rows, [/^uid:65534;(?:nobody|65534) 2$/]);
  const groups = await folded(t, 'cgroup', 'cat /etc/hostname > /dev/null');
  t.equal(groups.length, 1);
  t.match(groups[0], /^(?:\/.*|\[cgroup \d+\]) \d+$/);
});

t.test('words for numbers', async (t) => {
  t.strictSame([0, 2, 13, 4000].map(errnoText), ['ok', 'ENOENT', 'EACCES', 'errno 4000']);
  const flags: readonly (readonly [number, string])[] = [
    [0, 'O_RDONLY'],
    [0o102001, 'O_WRONLY|O_APPEND'],
    [0o4010002, 'O_RDWR|O_SYNC'],
    [0o10000, 'O_RDONLY|O_DSYNC'],
    [0o20300002, 'O_RDWR|O_TMPFILE'],
    [0o2244000, 'O_RDONLY|O_NONBLOCK|O_DIRECT|O_DIRECTORY'],
  ];
  for (const [number, text] of flags) t.equal(openFlagsText(number), text, number.toString(8));
});
