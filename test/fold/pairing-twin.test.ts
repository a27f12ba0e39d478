import * as fc from 'fast-check';
import t from 'tap';
import { PairingEngine } from '../../src/fold/pairing.ts';
import type { Pair, TraceEvent } from '../../src/model/event.ts';
import type { FileType } from '../../src/model/profile.ts';
import { selectSyscalls } from '../../src/syscalls/table.ts';
import { Twin } from './pairing-twin.ts';

/** A call as a whole; a step may bring one half of it only. */
interface Op {
  readonly syscall: string;
  readonly args: readonly number[];
  readonly ret: number;
  readonly path?: string;
  readonly path2?: string;
  readonly retPath?: string;
  readonly newFds?: readonly number[];
  readonly fdPaths?: readonly string[];
  readonly fdPathsAreLate?: boolean;
}

type Step =
  | { readonly step: 'call' | 'enter' | 'stray'; readonly tid: number; readonly pid: number; readonly op: Op }
  | { readonly step: 'exit'; readonly tid: number; readonly ret: number | undefined }
  | { readonly step: 'fork'; readonly tid: number; readonly child: number; readonly flags: number }
  | {
      readonly step: 'had';
      readonly tid: number;
      readonly fd: number;
      readonly path: string;
      readonly closeOnExec: boolean;
    }
  | { readonly step: 'exec'; readonly tid: number; readonly leader: number; readonly comm: string | undefined }
  | { readonly step: 'end'; readonly tid: number };

const AT_FDCWD = -100;
const NONE = Number.NaN;
const tid = fc.integer({ min: 1, max: 4 });
const fd = fc.integer({ min: 3, max: 6 });
const anyFd = fc.oneof({ arbitrary: fd, weight: 9 }, { arbitrary: fc.constantFrom(-1, NONE), weight: 1 });
const path = fc.constantFrom(
  '/a',
  '/b',
  '/d',
  '/d/x',
  '/d/y/z',
  '/e',
  'x',
  'y/z',
  '..',
  '../d',
  '.',
  '//d/../a/',
  '/dev/null',
);
const dirfd = fc.oneof(fc.constant(AT_FDCWD), anyFd);
const openFlags = fc.constantFrom(0, 0o2000001, 0o2102, 0o200000, NONE);
const failure = fc.constantFrom(-1, -2, -9, -13, -512, -512, -514);
const cloneFlags = fc.constantFrom(0, 0x10600, 0x400, 0x200, 0x11);
const ok = fc.constant(0);

function op(
  syscall: string,
  fields: { [K in keyof Omit<Op, 'syscall'>]: fc.Arbitrary<Exclude<Op[K], undefined>> },
): fc.Arbitrary<Op> {
  const whole = fc.record({ syscall: fc.constant(syscall), ...fields }) as fc.Arbitrary<Op>;
  const failed = fc.tuple(whole, failure).map(([call, ret]) => ({ ...call, ret }));
  return fc.oneof({ arbitrary: whole, weight: 6 }, { arbitrary: failed, weight: 1 });
}

/** dup2(old, new) returns new. */
const dup2 = fc
  .tuple(fc.constantFrom('dup2', 'dup3'), anyFd, fd, fc.constantFrom(0, 0o2000000))
  .map(([syscall, from, to, flags]): Op => ({ syscall, args: [from, to, flags], ret: to }));

const anyOp = fc.oneof(
  { arbitrary: op('openat', { args: fc.tuple(dirfd, fc.constant(NONE), openFlags), ret: fd, path }), weight: 6 },
  {
    arbitrary: op('openat', {
      args: fc.tuple(dirfd, fc.constant(NONE), openFlags),
      ret: fd,
      retPath: fc.constantFrom('/a', '/d/x'),
    }),
    weight: 1,
  },
  {
    arbitrary: op('openat', {
      args: fc.tuple(dirfd, fc.constant(NONE), openFlags),
      ret: fd,
      path: fc.constantFrom('x', '/a'),
      retPath: fc.constantFrom('/a', '/d/x', '/d'),
      fdPathsAreLate: fc.constant(true),
    }),
    weight: 1,
  },
  { arbitrary: op('read', { args: fc.tuple(anyFd), ret: fc.integer({ min: 0, max: 9 }) }), weight: 6 },
  { arbitrary: op('read', { args: fc.tuple(fd), ret: ok, fdPaths: fc.constantFrom(['/b'], ['/d/x']) }), weight: 1 },
  {
    arbitrary: op('read', {
      args: fc.tuple(fd),
      ret: ok,
      fdPaths: fc.constantFrom(['/b'], ['/d/x']),
      fdPathsAreLate: fc.constant(true),
    }),
    weight: 1,
  },
  { arbitrary: op('close', { args: fc.tuple(anyFd), ret: ok }), weight: 3 },
  { arbitrary: op('dup', { args: fc.tuple(anyFd), ret: fd }), weight: 2 },
  { arbitrary: dup2, weight: 2 },
  { arbitrary: op('fcntl', { args: fc.tuple(anyFd, fc.constantFrom(0, 1030), fc.constant(3)), ret: fd }), weight: 2 },
  {
    arbitrary: op('fcntl', {
      args: fc.tuple(anyFd, fc.constantFrom(2, 4), fc.constantFrom(0, 1, 0o2000, 0o4001)),
      ret: ok,
    }),
    weight: 2,
  },
  { arbitrary: op('close_range', { args: fc.tuple(fd, fd, fc.constantFrom(0, 2, 4, 6)), ret: ok }), weight: 1 },
  { arbitrary: op('newfstatat', { args: fc.tuple(dirfd), ret: ok, path: fc.constantFrom('', 'x', '/d') }), weight: 2 },
  { arbitrary: op('getdents64', { args: fc.tuple(anyFd), ret: ok }), weight: 1 },
  { arbitrary: op('chdir', { args: fc.constant([]), ret: ok, path }), weight: 2 },
  { arbitrary: op('fchdir', { args: fc.tuple(anyFd), ret: ok }), weight: 1 },
  { arbitrary: op('rename', { args: fc.constant([]), ret: ok, path, path2: path }), weight: 3 },
  {
    arbitrary: op('renameat2', {
      args: fc.tuple(dirfd, fc.constant(NONE), dirfd, fc.constant(NONE), fc.constantFrom(0, 2)),
      ret: ok,
      path,
      path2: path,
    }),
    weight: 2,
  },
  { arbitrary: op('unlink', { args: fc.constant([]), ret: ok, path }), weight: 2 },
  {
    arbitrary: op('pipe2', {
      args: fc.tuple(fc.constant(NONE), fc.constantFrom(0, 0o2000000)),
      ret: ok,
      newFds: fc.tuple(fd, fd),
    }),
    weight: 1,
  },
  { arbitrary: op('eventfd2', { args: fc.constant([0, 0]), ret: fd }), weight: 1 },
  { arbitrary: op('clone', { args: fc.tuple(cloneFlags), ret: fc.integer({ min: 0, max: 5 }) }), weight: 3 },
  { arbitrary: op('vfork', { args: fc.constant([]), ret: tid }), weight: 2 },
  { arbitrary: op('unshare', { args: fc.tuple(fc.constantFrom(0x400, 0x200, 0x600)), ret: ok }), weight: 1 },
  { arbitrary: op('prctl', { args: fc.constant([15]), ret: ok, path: fc.constantFrom('one', 'two') }), weight: 1 },
  { arbitrary: op('execve', { args: fc.constant([]), ret: ok, path: fc.constantFrom('/bin/sh', 'ls') }), weight: 2 },
  { arbitrary: op('rt_sigreturn', { args: fc.constant([]), ret: fc.constantFrom(0, -4) }), weight: 1 },
  { arbitrary: op('exit_group', { args: fc.constant([0]), ret: ok }), weight: 1 },
);

function steps(pid: fc.Arbitrary<number>, areForksTold: boolean): fc.Arbitrary<Step[]> {
  const kinds: fc.WeightedArbitrary<Step>[] = [
    { arbitrary: fc.record({ step: fc.constant('call'), tid, pid, op: anyOp }), weight: 8 },
    { arbitrary: fc.record({ step: fc.constant('enter'), tid, pid, op: anyOp }), weight: 4 },
    {
      arbitrary: fc.record({ step: fc.constant('exit'), tid, ret: fc.option(failure, { nil: undefined, freq: 6 }) }),
      weight: 4,
    },
    { arbitrary: fc.record({ step: fc.constant('stray'), tid, pid, op: anyOp }), weight: 1 },
    {
      arbitrary: fc.record({
        step: fc.constant('exec'),
        tid,
        leader: fc.integer({ min: 0, max: 4 }),
        comm: fc.constantFrom(undefined, 'told'),
      }),
      weight: 1,
    },
    { arbitrary: fc.record({ step: fc.constant('end'), tid }), weight: 1 },
  ];
  const fork = fc.record({
    step: fc.constant('fork' as const),
    tid,
    child: fc.integer({ min: 1, max: 5 }),
    flags: cloneFlags,
  });
  const had = fc.record({
    step: fc.constant('had' as const),
    tid,
    fd: fc.oneof(fd, fc.constant(AT_FDCWD)),
    path: fc.constantFrom('/a', '/d/x', '/d'),
    closeOnExec: fc.boolean(),
  });
  if (areForksTold) kinds.push({ arbitrary: fork, weight: 2 }, { arbitrary: had, weight: 2 });
  return fc.array(fc.oneof(...kinds), { maxLength: 60, size: 'max' });
}

/** The steps as events; an exit belongs to whatever the thread entered last. */
function eventsOf(trace: readonly Step[]): TraceEvent[] {
  const events: TraceEvent[] = [];
  const running = new Map<number, Op>();
  let nowNs = 0;
  const later = () => {
    nowNs += 3;
    return nowNs;
  };
  const enter = (tid: number, pid: number, { ret: _, retPath: __, newFds: ___, ...call }: Op) =>
    events.push({ kind: 'enter', tid, pid, timeNs: later(), ...call });
  const exit = (tid: number, op: Op, ret: number, args: readonly number[] = []) => {
    const { syscall, retPath, newFds, fdPathsAreLate } = op;
    const facts = { args, retPath, newFds, fdPathsAreLate };
    events.push({ kind: 'exit', tid, timeNs: later(), syscall, ret, durationNs: NONE, ...facts });
  };
  for (const step of trace) {
    if (step.step === 'call' || step.step === 'enter') enter(step.tid, step.pid, step.op);
    if (step.step === 'call') exit(step.tid, step.op, step.op.ret);
    if (step.step === 'enter') running.set(step.tid, step.op);
    if (step.step === 'stray') exit(step.tid, step.op, step.op.ret, step.op.args);
    if (step.step === 'exit') {
      const call = running.get(step.tid) ?? { syscall: 'fsync', args: [], ret: 0 };
      exit(step.tid, call, step.ret ?? call.ret);
    }
    if (step.step === 'had') {
      const facts = { kind: 'had', tid: step.tid, pid: 0, comm: 'had', path: step.path } as const;
      if (step.fd === AT_FDCWD) events.push({ ...facts, what: 'cwd' });
      else events.push({ ...facts, what: 'fd', fd: step.fd, type: 'file', closeOnExec: step.closeOnExec });
    }
    if (step.step === 'fork') events.push({ kind: 'fork', parent: step.tid, child: step.child, flags: step.flags });
    if (step.step === 'exec') events.push({ kind: 'exec', tid: step.tid, pid: step.leader, comm: step.comm });
    if (step.step === 'end') events.push({ kind: 'end', tid: step.tid, timeNs: nowNs });
  }
  return events;
}

const TYPES: readonly FileType[] = ['none', 'path', 'file', 'dir', 'mem'];

function agree(
  trace: readonly Step[],
  selection: ReturnType<typeof selectSyscalls> | undefined,
  wanted: (syscall: string) => boolean,
): void {
  const pairs: Pair[] = [];
  const engine = new PairingEngine({ types: TYPES, selection, onPair: (pair) => pairs.push({ ...pair }) });
  const twin = new Twin(wanted, TYPES);
  const events = eventsOf(trace);
  for (const [i, event] of events.entries()) {
    engine.handle(event);
    twin.handle(event);
    same(pairs.at(-1), twin.pairs.at(-1), `event ${i}`);
    same(engine.sizes, twin.sizes, `sizes after event ${i}, ${JSON.stringify(event)}`);
  }
  const unfinished = engine.finish(0).map(({ tid, syscall }) => `${tid} ${syscall}`);
  same(unfinished.sort(), twin.finish().sort(), 'unfinished');
  same(pairs, twin.pairs, 'pairs');
  const {
    untimed,
    filteredOut,
    pathsUnreadable,
    unknownDescriptors,
    unknownDirectories,
    unknownSyscalls,
    malformed,
    ...counters
  } = engine.counters;
  same(counters, twin.counters, 'counters');
  same({ untimed, filteredOut, malformed }, { untimed: 0, filteredOut: 0, malformed: 0 }, 'nothing else');
  same(unknownSyscalls, 0, 'nothing else');
  same(engine.sizes, { tasks: 0, processes: 0, names: 0, gone: 0 }, 'nothing is left behind');
  const { enters, folded, leftOut, superseded, mismatched, neverReturned } = engine.counters;
  const ends = folded + leftOut + superseded + mismatched + neverReturned + engine.counters.unfinished;
  same(enters, ends, `every enter has one end: ${JSON.stringify(counters)}`);
  void [pathsUnreadable, unknownDescriptors, unknownDirectories];
}

function same(found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: the engine says\n${a}\nthe twin\n${b}`);
}

const RUNS = Number(process.env.IOR_RUNS ?? 500);

t.test('the engine agrees with its slow twin', async (t) => {
  const everything = selectSyscalls({ families: ['all'], syscalls: [], excludeSyscalls: [] });
  const file = selectSyscalls({ families: [], syscalls: ['openat', 'read', 'execve', 'clone'], excludeSyscalls: [] });
  const someOf = ['openat', 'read', 'execve', 'clone'];
  const cases: readonly (readonly [string, fc.Arbitrary<number>, boolean])[] = [
    ['when the source tells tids only', fc.constant(0), false],
    ['when it tells pids, too', fc.constantFrom(0, 1, 1, 2, 4), false],
    ['when it tells of children', fc.constantFrom(0, 0, 1), true],
  ];
  for (const [name, pid, areForksTold] of cases) {
    const property = fc.property(steps(pid, areForksTold), fc.boolean(), (trace, all) =>
      all ? agree(trace, everything, () => true) : agree(trace, file, (syscall) => someOf.includes(syscall)),
    );
    const { failed, counterexample, errorInstance, seed } = fc.check(property, { numRuns: RUNS });
    t.notOk(failed, `${name}: seed ${seed}\n${JSON.stringify(counterexample)}\n${errorInstance}`);
  }
});
