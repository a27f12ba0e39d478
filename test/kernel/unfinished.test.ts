// Calls that were running before the trace, or still are at its end (must-get-right.md, 22), and --pid, --tid, --uid.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { having, jsonOf, stacks } from './artifacts.ts';
import { compile } from './programs.ts';
import { aboveTheKernel, directory, run, sleep, start, whyNot } from './trace.ts';

const skip = whyNot('cc', 'mkfifo');

interface Blocked {
  readonly child: ChildProcess;
  readonly pid: number;
}

/** test/kernel/blocked.c: threads that sit in a read, an open of a FIFO and a lock, and one that works on command. */
async function blocked(t: Test, dir: string): Promise<Blocked> {
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  writeFileSync(join(dir, 'lock'), '');
  const child = spawn(compile('blocked'), [dir], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  const pid = child.pid as number;
  for (let i = 0; i < 200; i++) {
    const states = readdirSync(`/proc/${pid}/task`).map((tid) =>
      readFileSync(`/proc/${pid}/task/${tid}/wchan`, 'utf8'),
    );
    if (states.length === 4 && states.every((state) => state !== '0')) break;
    await sleep(10);
  }
  return { child, pid };
}

const COUNT = ['--format', 'folded', '--weight', 'count', '--path-frames', 'whole', '--type', 'all', '-o', '-'];

t.test('22 blocked before the trace and at its end: under [unfinished], for as long as it ran', { skip }, async (t) => {
  const dir = directory(t);
  const { pid } = await blocked(t, dir);
  for (const engine of [
    ['--pid', String(pid)],
    ['--fields', 'pid,comm,path,syscall'],
  ]) {
    const { code, stdout, stderr } = await run([
      ...engine,
      '-d',
      '400ms',
      '--unit',
      'ms',
      ...COUNT.with(3, 'duration'),
    ]);
    t.equal(code, 0, stderr);
    const found = stacks(t, stdout);
    const mine = [...found].filter(([stack]) => /(?:^|;)(?:reader|opener|locker);/.test(stack));
    t.strictSame(
      mine.map(([stack]) => stack.replace(`pid:${pid};`, '')).toSorted(),
      [
        `locker;${dir}/lock;flock;[unfinished]`,
        `opener;${dir}/fifo;openat;[unfinished]`,
        'reader;pipe;read;[unfinished]',
      ],
      engine.join(' '),
    );
    for (const [stack, ms] of mine) t.ok(ms >= 300 && ms < 5000, `${stack} ${ms} ms`);
  }
});

t.test('22 an unfinished call bears the cgroup of its task', { skip }, async (t) => {
  const { pid } = await blocked(t, directory(t));
  const { code, stdout, stderr } = await run([
    '--pid',
    String(pid),
    '--fields',
    'cgroup,comm',
    '-d',
    '300ms',
    ...COUNT,
  ]);
  t.equal(code, 0, stderr);
  const own = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];
  const groups = new Set([...stacks(t, stdout).keys()].map((stack) => stack.split(';')[0]));
  t.equal(groups.size, 1);
  const [group = ''] = groups;
  t.ok(group === own || /^\[cgroup \d+\]$/.test(group), `${group}, by /proc ${own}`);
});

t.test(
  '22 blocked before the trace, over during it: an ordinary call from the start of the trace on',
  { skip },
  async (t) => {
    const dir = directory(t);
    const { child, pid } = await blocked(t, dir);
    const tracer = start(['--pid', String(pid), '--json', ...COUNT]);
    await tracer.tracing();
    await sleep(200);
    child.stdin?.end('go\n');
    const { code, stdout, stderr } = await tracer.end;
    t.equal(code, 0);
    const found = stacks(t, stdout);
    t.strictSame(having(found, 'reader'), ['reader;pipe;read 1']);
    t.strictSame(having(found, 'opener'), [`opener;${dir}/fifo;openat 1`]);
    t.strictSame(having(found, 'locker'), [`locker;${dir}/lock;flock 1`]);
    t.strictSame(having(found, '[unfinished]'), []);
    const [told, json] = [stderr.split('\n')[0], stderr.split('\n').slice(1).join('\n')];
    t.match(told, new RegExp(`^ior-flame: process ${pid} ended: tracing stopped after `));
    const losses = jsonOf({ stderr: json } as never).losses;
    const count = (name: string) => losses.find((loss) => loss.name === name)?.count;
    t.equal(count('not accounted for'), 0);
    t.equal(count('unfinished'), 0);
    t.ok((count('begun before') ?? 0) >= 3);
  },
);

t.test('--pid takes all threads and no child, --tid one thread', { skip }, async (t) => {
  const dir = directory(t);
  const { child, pid } = await blocked(t, dir);
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  const reader = threads.find((tid) => readFileSync(`/proc/${tid}/comm`, 'utf8') === 'reader\n') as number;
  const [whole, one] = [
    start(['-q', '--pid', String(pid), ...COUNT]),
    start(['-q', '--tid', String(reader), ...COUNT]),
  ];
  await Promise.all([whole.tracing(), one.tracing()]);
  await sleep(200); // tasks are marked after that
  child.stdin?.end('go\n');
  const [all, single] = [await whole.end, await one.end];
  t.equal(all.code, 0);
  t.equal(single.code, 0, single.stderr);
  t.strictSame(having(stacks(t, all.stdout), '/by-'), [`main;${dir}/by-main;openat 1`], "not the child's file");
  t.strictSame(having(stacks(t, all.stdout), 'reader'), ['reader;pipe;read 1']);
  t.strictSame(
    [...stacks(t, single.stdout).keys()].map((stack) => stack.split(';')[0]).filter((comm) => comm !== 'reader'),
    [],
    'nothing of the other threads',
  );
  t.equal(having(stacks(t, single.stdout), 'pipe;read').length, 1);
});

t.test('--uid lets through the calls of that user only', { skip }, async (t) => {
  const dir = directory(t);
  execFileSync('chmod', ['777', dir]);
  const script = `: > ${dir}/root; setpriv --reuid 65534 --clear-groups sh -c ': > ${dir}/nobody'`;
  const traced = (uid: string) => run(['-q', '--uid', uid, '--syscall', 'openat', ...COUNT, '--', 'sh', '-c', script]);
  const [nobody, root] = [await traced('65534'), await traced('0')];
  t.equal(nobody.code, 0, nobody.stderr);
  t.strictSame(having(stacks(t, nobody.stdout), `${dir}/`), [`sh;${dir}/nobody;openat 1`]);
  t.strictSame(having(stacks(t, root.stdout), `${dir}/`), [`sh;${dir}/root;openat 1`]);
});

t.test('targets that are none', { skip: skip || aboveTheKernel }, async (t) => {
  const dead = spawn('true');
  await once(dead, 'exit');
  const child = spawn(compile('blocked'), ['.'], { stdio: ['pipe', 'pipe', 'ignore'], cwd: directory(t) });
  child.kill('SIGKILL');
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [['--pid', String(dead.pid)], 1, `--pid: there is no process ${dead.pid}`],
    [['--tid', String(dead.pid)], 1, `--tid: there is no thread ${dead.pid}`],
    [['--pid', '2'], 2, '--pid: 2 is a thread of the kernel, which makes no system calls'],
    [['--tid', '2'], 2, '--tid: 2 is a thread of the kernel, which makes no system calls'],
    [['--pid', 'x'], 2, "--pid: 'x' is not a number from 1 on"],
    [['-p', '0'], 2, "--pid: '0' is not a number from 1 on"],
    [['--uid', '-1'], 2, "--user: there is no user '-1' here: give a name that getent passwd tells, or a number"],
    [['--uid', '4294967296'], 2, "--user: '4294967296' is not a number from 0 on"],
    [
      ['--user', '1', '--engine', 'stream'],
      2,
      '--engine stream takes no --tid, --user or --cgroup: leave them out, or use the kernel engine',
    ],
  ];
  for (const [args, expected, sentence] of cases) {
    const { code, stdout, stderr } = await run([...args, '-o', '-', '-d', '1']);
    t.strictSame([code, stdout, stderr], [expected, '', `ior-flame: ${sentence}\n`], args.join(' '));
  }
  const both = await run(['--pid', '1', '--', 'true']);
  t.equal(both.code, 125);
  t.match(both.stderr, /^ior-flame: --pid and --tid are for what runs already: .*\n$/);
  const thread = readdirSync(`/proc/${process.pid}/task`)
    .map(Number)
    .find((tid) => tid !== process.pid);
  const wrong = await run(['--pid', String(thread)]);
  t.equal(wrong.code, 2);
  t.equal(
    wrong.stderr,
    `ior-flame: --pid: ${thread} is a thread of process ${process.pid}: give --pid ${process.pid} or --tid ${thread}\n`,
  );
});
