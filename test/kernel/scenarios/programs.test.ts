// Cases 13, 14, 15 and 17: under which program's name a call stands. A call bears the name that its thread has when it
// returns, an execve the one of the program that made it.

import { same, scenario } from './scenario.ts';

const THREADS = Array.from({ length: 40 }, (_, i) => i + 1);

scenario('13 40 threads of four preads each: 160 calls, each under its thread', 'forty_threads', {}, (t, seen) => {
  same(t, seen, [
    // all at once, then one after another with another file behind the same descriptor
    ...THREADS.map((n) => `t${n} ~/file pread64 4 ${4 * n} 0`),
    ...THREADS.map((n) => `t${n} ~/other pread64 4 ${4 * n} 0`),
  ]);
  t.equal(seen.capture.counters.neverReturned, 0);
});

scenario('13 40 threads under the name that they inherit: exactly 160 calls', 'forty_of_one_name', {}, (t, seen) => {
  same(t, seen, [`heir ~/file pread64 160 ${160 * 64} 0`]);
});

scenario('14 a thread renamed by prctl, back and forth', 'renamed_by_prctl', {}, (t, seen) => {
  same(t, seen, [
    'one ~/file write 3 3 0',
    'two ~/file write 3 6 0',
    'fifteen-bytes- ~/file write 3 12 0', // with its mark 15 bytes, the most that a name has
  ]);
});

scenario('14 a thread renamed through /proc/self/comm', 'renamed_through_proc', {}, (t, seen) => {
  same(t, seen, [
    'before ~/file write 1 1 0',
    `after ${seen.reported('comm')[0]} write 1 6 0`,
    'after ~/file write 1 2 0',
  ]);
});

scenario('14 a thread renamed by a sibling, which keeps its own name', 'renamed_by_a_sibling', {}, (t, seen) => {
  same(t, seen, ['before ~/file write 1 1 0', 'after ~/file write 1 2 0']);
});

scenario(
  '14 a thread renamed while it blocks in open(FIFO): the call bears the name at its return',
  'renamed_while_it_opens',
  {},
  (t, seen) => {
    same(t, seen, ['before ~/file access 1 0 0', 'after ~/fifo openat 1 0 0', 'after ~/fifo close 1 0 0']);
  },
);

/** What the program does after its exec in the scenario's directory; before main() the loader opens libraries elsewhere. */
function withoutLoader(lines: readonly string[]): { lines: string[]; loaded: string[] } {
  const isOwn = (line: string) => line.split(' ')[1]?.startsWith('~');
  return { lines: lines.filter(isOwn), loaded: lines.filter((line) => !isOwn(line)) };
}

const written = (name: string, bytes: number) =>
  ['openat 1 0 0', `write 1 ${bytes} 0`, 'close 1 0 0'].map((call) => `${name} ~/written ${call}`);

scenario(
  '15 fork and exec: the old name up to the execve, also after one that failed, then the new one',
  'fork_and_exec',
  {},
  (t, seen) => {
    const { lines, loaded } = withoutLoader(seen.lines);
    same(t, { lines }, [
      `old ~/file write 3 ${1 + 2 + 4} 0`,
      'old ~/=missing execve 1 0 1',
      'old ~/=new execve 1 0 0',
      ...written('new', 7),
    ]);
    t.ok(loaded.length > 0, 'the loader is seen');
    t.strictSame(
      loaded.filter((line) => !line.startsWith('new ')),
      [],
      'under the new name, all of it',
    );
  },
);

scenario('15 one exec after another in one process', 'exec_chain', {}, (t, seen) => {
  const { lines, loaded } = withoutLoader(seen.lines);
  same(t, { lines }, [
    'first ~/=second access 1 0 0',
    'first ~/=second execve 1 0 0',
    ...written('second', 1),
    'second ~/=third execve 1 0 0',
    ...written('third', 2),
  ]);
  const of = (name: string) =>
    loaded.filter((line) => line.startsWith(`${name} `)).map((line) => line.split(' ', 3)[2]);
  t.ok(of('second').length > 0);
  t.strictSame(of('third'), of('second'), 'each has its own loader');
  t.equal(of('first').length, 0);
});

scenario('15 exec from a thread that is not the leader', 'exec_from_a_thread', {}, (t, seen) => {
  const { lines, loaded } = withoutLoader(seen.lines);
  same(t, { lines }, [
    'leader ~/file write 1 2 0',
    'thread ~/file write 1 1 0',
    'thread ~/=next execve 1 0 0',
    ...written('next', 7),
  ]);
  t.strictSame(
    loaded.filter((line) => !line.startsWith('next ')),
    [],
    'no row of the read that the leader never returned from',
  );
  t.equal(seen.capture.counters.neverReturned, 1, 'it is counted');
});

scenario('17 20 processes of one number, half of them killed inside of a read', 'reused_pid', {}, (t, seen) => {
  t.match(seen.reported('pid')[0], /^\d+$/);
  same(
    t,
    seen,
    Array.from({ length: 20 }, (_, n) => [
      `round${n} ~/${n % 2 ? 'odd' : 'even'}/=round${n} openat 1 0 0`,
      `round${n} ~/${n % 2 ? 'odd' : 'even'}/=round${n} write 1 ${n + 1} 0`,
    ])
      .flat()
      .map((line) => line.replace('=', '')),
  );
  const { neverReturned, superseded, mismatched, unmatchedExits } = seen.capture.counters;
  t.strictSame(
    [neverReturned, superseded, mismatched, unmatchedExits],
    [10, 0, 0, 0],
    'no call of the last one is left',
  );
});
