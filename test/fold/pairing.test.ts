import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { PairingEngine } from '../../src/fold/pairing.ts';
import type { TraceEvent } from '../../src/model/event.ts';
import { Profile, WEIGHTS } from '../../src/model/profile.ts';
import { selectSyscalls } from '../../src/syscalls/table.ts';
import { AT_FDCWD, CLONE_THREAD, O, Trace } from './pairing-trace.ts';

const NONE = Number.NaN;

t.test('an enter and its exit are a pair', async (t) => {
  const trace = new Trace();
  trace.open(7, '/data/a', 3, O.RDWR | O.CREAT | O.TRUNC | O.CLOEXEC);
  t.strictSame(trace.call(7, 'read', [3, NONE, 100], 42, { pid: 7, threadComm: 'cat' }), {
    comm: 'cat',
    pid: 7,
    tid: 7,
    path: '/data/a',
    path2: '',
    fileType: 'file',
    syscall: 'read',
    startNs: 30,
    durationNs: 10,
    gapNs: 10,
    ret: 42,
    errno: 0,
    bytes: 42,
    fd: 3,
    flags: O.RDWR,
  });
  t.strictSame(trace.counted, { enters: 2, exits: 2, folded: 2 });
});

t.test('threads interleave, and each keeps its own call', async (t) => {
  const trace = new Trace();
  trace.enter(1, 'mkdir', [], { path: '/one' });
  trace.enter(2, 'rmdir', [], { path: '/two' });
  trace.exit(1, 'mkdir', 0);
  trace.exit(2, 'rmdir', -39);
  t.strictSame(
    trace.pairs.map(({ tid, path, fileType, errno, durationNs }) => [tid, path, fileType, errno, durationNs]),
    [
      [1, '/one', 'path', 0, 20],
      [2, '/two', 'path', 39, 20],
    ],
  );
});

t.test('what does not pair is counted, each way by itself', async (t) => {
  const trace = new Trace();
  trace.exit(1, 'read', 1, { args: [0] });
  t.strictSame(trace.counted, { begunBefore: 1 }, 'begun before the trace');

  trace.enter(1, 'read', [0]);
  trace.enter(1, 'write', [1]);
  trace.exit(1, 'fsync', 0);
  trace.exit(1, 'fsync', 0);
  t.strictSame(trace.counted, {
    enters: 2,
    superseded: 1,
    mismatched: 1,
    mismatchedExits: 1,
    unmatchedExits: 1,
    begunBefore: 1,
  });

  trace.enter(1, 'pause');
  trace.end(1);
  trace.enter(2, 'read', [0]);
  trace.exit(2, 'read', NONE);
  trace.enter(3, 'openat', [AT_FDCWD], { path: '/fifo' });
  trace.finish();
  t.match(trace.counted, { enters: 5, neverReturned: 2, unfinished: 1 });
  t.strictSame(trace.unfinished, [
    { comm: '[pid 3]', pid: 3, tid: 3, path: '/fifo', syscall: 'openat', startNs: trace.nowNs, durationNs: 0 },
  ]);
  t.strictSame(trace.pairs, []);
});

t.test('a task that ended unseen in exit_group never returned, and its number is free', async (t) => {
  const trace = new Trace();
  trace.open(5, '/old', 3);
  trace.enter(5, 'exit_group', [0]);
  t.equal(trace.nameOf(5, 3), '[unknown fd]');
  t.match(trace.counted, { neverReturned: 1, folded: 2 });
  t.notOk('superseded' in trace.counted);
});

t.test('an event that makes no sense is counted and harms nothing', async (t) => {
  const trace = new Trace();
  const wrong: unknown[] = [
    { kind: 'surprise' },
    { kind: 'enter', tid: 1, pid: 0, timeNs: 0, args: [] },
    { kind: 'enter', tid: Number.NaN, pid: 0, timeNs: 0, syscall: 'read', args: [] },
    { kind: 'exit', tid: 1, timeNs: 0, syscall: 'read', args: [], durationNs: 0 },
    { kind: 'exit', tid: 1, timeNs: 0, syscall: 'read', ret: 'many', args: [], durationNs: 0 },
    { kind: 'exit', tid: 1, timeNs: 0, syscall: 'read', ret: 1, durationNs: 0 },
    { kind: 'fork', parent: 1, child: -3, flags: 0 },
    { kind: 'exec', tid: 0, pid: 0, comm: undefined },
    { kind: 'end', tid: 1.5 },
  ];
  for (const event of wrong) trace.engine.handle(event as TraceEvent);
  t.strictSame(trace.counted, { malformed: wrong.length });
  trace.call(1, 'frobnicate', [], 0);
  t.equal(trace.engine.counters.unknownSyscalls, 1, 'a call that no table knows');
  t.equal(trace.pairs.at(-1)?.syscall, 'frobnicate', 'is folded under its name');
  trace.call(1, 'syscall_500', [], 0);
  t.equal(trace.engine.counters.unknownSyscalls, 1, 'a number without a row has one');
});

t.test('nothing is printed', async (t) => {
  const written: unknown[] = [];
  const original = [process.stdout.write, process.stderr.write] as const;
  const write = (chunk: unknown) => written.push(chunk) > 0;
  process.stdout.write = write as typeof process.stdout.write;
  process.stderr.write = write as typeof process.stderr.write;
  try {
    const trace = new Trace();
    trace.open(1, '/a', 3);
    trace.exit(1, 'read', 1);
    trace.engine.handle({ kind: 'surprise' } as unknown as TraceEvent);
    trace.finish();
  } finally {
    [process.stdout.write, process.stderr.write] = original;
  }
  t.strictSame(written, []);
});

t.test('results: errors, restarts and bytes', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  const results: readonly (readonly [string, readonly number[], number, number, number])[] = [
    // call, arguments, result → errno, bytes
    ['read', [3, NONE, 9], -1, 1, 0],
    ['read', [3, NONE, 9], -4095, 4095, 0],
    ['read', [3, NONE, 9], -4096, 0, 0],
    ['read', [3, NONE, 9], -4, 4, 0],
    ['read', [3, NONE, 9], -517, 517, 0],
    ['read', [3, NONE, 9], 0, 0, 0],
    ['lseek', [3, 0, 2], 9000, 0, 0],
    ['recvfrom', [3, NONE, 10, 0x20], 1500, 0, 10],
    ['recvfrom', [3, NONE, 10, 0x2], 10, 0, 0],
    ['recvfrom', [3], 10, 0, 10],
    ['fgetxattr', [3, NONE, NONE, 0], 64, 0, 0],
  ];
  for (const [syscall, args, ret, errno, bytes] of results) {
    const pair = trace.call(1, syscall, args, ret);
    t.strictSame([pair?.errno, pair?.bytes], [errno, bytes], `${syscall} = ${ret}`);
  }
});

t.test('a call that the kernel makes again is one call with the whole time', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  const read = [3, NONE, 9];
  t.equal(trace.call(1, 'read', read, -512), undefined, 'no result yet');
  t.match(trace.call(1, 'read', read, 5), { errno: 0, bytes: 5, durationNs: 30, path: '/a' });
  t.equal(trace.call(1, 'nanosleep', [NONE], -516), undefined);
  t.match(trace.call(1, 'restart_syscall', [], 0), { syscall: 'nanosleep', errno: 0, durationNs: 30 });
  t.match(trace.counted, { enters: 3, exits: 3, folded: 3, restarted: 2 });

  // strace tells by the result of rt_sigreturn; calls in between are the handler's
  trace.call(1, 'read', read, -512);
  t.match(trace.call(1, 'write', [3, NONE, 1], 1), { syscall: 'write' });
  trace.call(1, 'rt_sigreturn', [], -4);
  const eintr = trace.pairs.at(-2);
  t.match(trace.pairs.slice(-2), [{ syscall: 'rt_sigreturn' }, { syscall: 'read', errno: 4, durationNs: 50 }]);
  t.ok(eintr);
  t.match(trace.call(1, 'read', read, 2), { errno: 0, bytes: 2, durationNs: 10 }, 'the retry of the program');
  trace.call(1, 'read', read, -512);
  trace.call(1, 'rt_sigreturn', [], 0);
  t.match(trace.call(1, 'read', read, 1), { errno: 0, bytes: 1, durationNs: 50 });
  t.equal(trace.counted.superseded, undefined);
});

t.test('a source that tells of handlers: SA_RESTART decides', async (t) => {
  const trace = new Trace();
  trace.open(1, '/a', 3);
  const read = [3, NONE, 9];
  const signal = (restarts: boolean) => trace.engine.handle({ kind: 'signal', tid: 1, timeNs: trace.nowNs, restarts });
  trace.call(1, 'read', read, -512);
  signal(false);
  t.match(trace.pairs.at(-1), { syscall: 'read', errno: 4, durationNs: 10 });
  trace.call(1, 'read', read, -512);
  signal(true);
  t.match(trace.call(1, 'read', read, 4), { bytes: 4, durationNs: 10 }, "the handler's own read of the same");
  trace.call(1, 'rt_sigreturn', [], 0);
  t.match(trace.call(1, 'read', read, 5), { bytes: 5, durationNs: 70 });
  trace.call(1, 'read', read, -514);
  signal(true);
  t.match(trace.pairs.at(-1), { errno: 4 }, '-ERESTARTNOHAND is EINTR whatever the handler');
  trace.call(1, 'read', read, -513);
  signal(false);
  trace.call(1, 'rt_sigreturn', [], 0);
  t.match(trace.call(1, 'read', read, 6), { bytes: 6 }, '-ERESTARTNOINTR is always made again');
  trace.call(1, 'read', read, -512);
  t.match(trace.call(1, 'write', read, 1), { syscall: 'write' });
  t.match(trace.pairs.at(-2), { syscall: 'read', errno: 4 }, 'another call, and no handler: it was not made again');
  trace.call(1, 'read', read, -512);
  trace.end(1);
  t.equal(trace.counted.neverReturned, 1, 'killed inside of it');
});

t.test('a failure is a result below 0, not -1 alone', async (t) => {
  const trace = new Trace();
  t.equal(trace.open(1, '/gone', -2)?.path, '/gone');
  t.strictSame(trace.pairs.at(-1)?.errno, 2);
  trace.open(1, '/a', 3);
  trace.call(1, 'dup', [3], -24);
  trace.call(1, 'chdir', [], -13, { path: '/secret' });
  trace.call(1, 'rename', [], -18, { path: '/b', path2: '/a' });
  trace.call(1, 'fcntl', [3, 4, O.APPEND], -1);
  t.equal(trace.nameOf(1, 3), '/a');
  t.equal(trace.flagsOf(1, 3), O.RDONLY);
  t.equal(trace.open(1, 'here', -2)?.path, '.../here');
});

t.test('durations and gaps come from the time stamps, or from the source', async (t) => {
  const trace = new Trace();
  t.equal(trace.call(1, 'sync', [], 0, { timeNs: 100 }, { timeNs: 150 })?.durationNs, 50);
  t.equal(trace.pairs.at(-1)?.gapNs, 0, 'no call before it');
  t.match(trace.call(1, 'sync', [], 0, { timeNs: 170 }, { timeNs: 250, durationNs: 33 }), {
    durationNs: 33,
    gapNs: 20,
  });
  t.match(trace.call(1, 'sync', [], 0, { timeNs: 260 }, { timeNs: NONE, durationNs: 7 }), { durationNs: 7, gapNs: 10 });
  t.match(trace.call(1, 'sync', [], 0, { timeNs: 270 }, { timeNs: 280 }), { gapNs: 3 }, 'after 260 and 7');
  t.match(trace.call(1, 'sync', [], 0, { timeNs: NONE }, { timeNs: NONE }), { durationNs: 0, gapNs: 0 });
  t.match(trace.call(1, 'sync', [], 0, { timeNs: 300 }, { timeNs: 290 }), { durationNs: 0 }, 'time that goes back');
  t.equal(trace.engine.counters.untimed, 2);
});

t.test('a gap is between wanted calls', async (t) => {
  const trace = new Trace({ selection: selectSyscalls({ families: [], syscalls: ['read'], excludeSyscalls: [] }) });
  trace.open(1, '/a', 3);
  trace.call(1, 'read', [3], 1);
  trace.call(1, 'lseek', [3], 1);
  t.equal(trace.call(1, 'read', [3], 1)?.gapNs, 30);
});

t.test('state changes before any filter', async (t) => {
  const selection = selectSyscalls({ families: [], syscalls: ['read', 'mmap'], excludeSyscalls: [] });
  const trace = new Trace({ selection, types: ['file'] });
  trace.open(1, '/dir', 3, O.DIRECTORY);
  trace.call(1, 'fchdir', [3], 0);
  trace.open(1, 'a', 4);
  trace.call(1, 'dup2', [4, 5], 5);
  t.equal(trace.nameOf(1, 5), '/dir/a');
  t.equal(trace.nameOf(1, 3), undefined, 'a directory is not wanted');
  trace.call(1, 'mmap', [0, 4096, 1, 0x20, -1, 0], 0x7f00_0000_0000);
  t.strictSame(trace.counted, { enters: 3, exits: 3, folded: 1, leftOut: 2 });
  t.strictSame(trace.engine.leftOut.get('dir'), {
    calls: 1,
    errors: 0,
    durationNs: 10,
    maxNs: 10,
    bytes: 1,
    gapNs: 10,
  });
});

t.test('both forms of a call are selected apart', async (t) => {
  const trace = new Trace({ selection: selectSyscalls({ families: ['file'], syscalls: [], excludeSyscalls: [] }) });
  trace.open(1, '/a', 3);
  t.equal(trace.call(1, 'mmap', [0, 4096, 1, 0x2, 3, 0], 0x7f00_0000_0000)?.path, '/a');
  t.equal(trace.call(1, 'mmap', [0, 4096, 1, 0x22, -1, 0], 0x7f00_0000_0000), undefined);
});

t.test('pairs become rows of a profile', async (t) => {
  const profile = new Profile(['comm', 'path', 'syscall', 'type', 'pid', 'tid', 'uid']);
  const engine = new PairingEngine({ profile });
  const call = (syscall: string, args: number[], ret: number, path?: string) => {
    engine.enter({ kind: 'enter', tid: 9, pid: 8, timeNs: 10, syscall, args, path, threadComm: 'x' });
    engine.exit({ kind: 'exit', tid: 9, timeNs: 30, syscall, args: [], ret, durationNs: NONE });
  };
  call('open', [NONE, 0], 3, '/a');
  call('read', [3], 5);
  call('read', [3], -5);
  call('stat', [], -2, '/none');
  const rows = Array.from({ length: profile.length }, (_, row) => [
    ...profile.dimensions.map((dimension) => profile.text(row, dimension)),
    ...WEIGHTS.map((weight) => profile.weight(row, weight)),
  ]);
  t.strictSame(rows, [
    ['x', '/a', 'open', 'file', '8', '9', '?', 1, 0, 20, 20, 0, 0],
    ['x', '/a', 'read', 'file', '8', '9', '?', 2, 1, 40, 20, 5, 0],
    ['x', '/none', 'stat', 'path', '8', '9', '?', 1, 1, 20, 20, 0, 0],
  ]);
});

t.test('the losses are told in words', async (t) => {
  const trace = new Trace();
  trace.enter(1, 'read', [0]);
  trace.finish();
  t.match(
    trace.engine.losses.filter(({ count }) => count !== 0),
    [{ name: 'unfinished', count: 1, meaning: 'calls still running at the stop' }],
  );
  t.ok(trace.engine.losses.some(({ name }) => name === 'never returned'));
});

t.test('an event may be used again by its source', async (t) => {
  const trace = new Trace();
  const args = [3];
  const event = { kind: 'enter' as const, tid: 1, pid: 1, timeNs: 0, syscall: 'read', args };
  trace.open(1, '/a', 3);
  trace.open(1, '/b', 4);
  trace.engine.handle(event);
  event.tid = 2;
  args[0] = 4;
  trace.engine.handle(event);
  trace.exit(1, 'read', 1);
  t.strictSame(trace.pairs.at(-1)?.path, '/a');
});

t.test('a million threads that came and went leave nothing behind', async (t) => {
  const engine = new PairingEngine({ types: [] });
  const run = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const tid = 2 + i;
      engine.handle({ kind: 'fork', parent: 1, child: tid, flags: i % 2 === 0 ? CLONE_THREAD : 0 });
      engine.handle({
        kind: 'enter',
        tid,
        pid: 0,
        timeNs: 0,
        syscall: 'openat',
        args: [AT_FDCWD, NONE, 0],
        path: `/f${i}`,
      });
      engine.handle({ kind: 'exit', tid, timeNs: 1, syscall: 'openat', args: [], ret: 3 + (i % 5), durationNs: NONE });
      engine.handle({ kind: 'enter', tid, pid: 0, timeNs: 0, syscall: 'dup', args: [3] });
      engine.handle({ kind: 'end', tid, timeNs: 2 });
    }
  };
  run(0, 100_000);
  const before = heap();
  run(100_000, 1_000_000);
  t.strictSame(engine.sizes, { tasks: 1, processes: 1, names: 5, gone: 0 });
  const grown = heap() - before;
  t.ok(grown < 5e6, `${grown} bytes more`);
  engine.finish(0);
  t.strictSame(engine.sizes, { tasks: 0, processes: 0, names: 0, gone: 0 });
  t.equal(engine.counters.neverReturned, 1_000_000);
});

t.test('nor do those whose births nobody announced', async (t) => {
  const engine = new PairingEngine({ types: [] });
  for (let i = 0; i < 100_000; i++) {
    const tid = 2 + i;
    engine.handle({ kind: 'enter', tid: 1, pid: 0, timeNs: 0, syscall: 'vfork', args: [] });
    if (i % 3 > 0)
      engine.handle({ kind: 'enter', tid, pid: 0, timeNs: 0, syscall: 'openat', args: [AT_FDCWD], path: '/x' });
    if (i % 3 > 1)
      engine.handle({ kind: 'exit', tid, timeNs: 1, syscall: 'openat', args: [], ret: 3, durationNs: NONE });
    engine.handle({ kind: 'end', tid, timeNs: 2 });
    engine.handle({ kind: 'exit', tid: 1, timeNs: 3, syscall: 'vfork', args: [], ret: tid, durationNs: NONE });
  }
  t.strictSame(engine.sizes, { tasks: 1, processes: 1, names: 0, gone: 0 });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
