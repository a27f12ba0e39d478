// Cases 16 and 21: calls of which the kernel tells the beginning or the end alone, or under another call's number.

import { type Seen, same, scenario } from './scenario.ts';

/** Of the whole trace, also of what is not compared call by call. */
function callsOf({ capture: { profile } }: Seen, syscall: string): number {
  let calls = 0;
  for (let row = 0; row < profile.length; row++)
    if (profile.text(row, 'syscall') === syscall) calls += profile.weight(row, 'calls');
  return calls;
}

scenario('16 exit and exit_group never return, nor does what they end', 'exits', { families: ['all'] }, (t, seen) => {
  same(t, seen, [
    'thread - prctl 5 0 0',
    'thread ~/file write 5 5 0',
    'reader - prctl 1 0 0',
    'group - prctl 1 0 0',
    'group ~/file write 1 2 0',
    'leader - prctl 1 0 0',
    'leader ~/file write 1 8 0',
    'left - prctl 1 0 0',
    'left ~/file write 1 4 0',
  ]);
  t.equal(seen.capture.counters.neverReturned, Number(seen.reported('exits')[0]));
  t.equal(callsOf(seen, 'exit') + callsOf(seen, 'exit_group'), 0, 'no row says that one has returned');
});

scenario('16 rt_sigreturn returns without its number', 'returns_from_handlers', { families: ['all'] }, (t, seen) => {
  same(t, seen, [
    'main - prctl 1 0 0',
    `main ~/file write 7 ${1 + 5 * 2 + 4} 0`,
    'main - kill 10 0 0',
    'main - rt_sigreturn 10 0 0',
  ]);
  const { neverReturned, superseded, mismatched, unmatchedExits } = seen.capture.counters;
  t.strictSame([neverReturned, superseded, mismatched, unmatchedExits], [1, 0, 0, 0], 'the exit of the program');
});

scenario('21 calls that seccomp denies: counted, and in no row', 'denied', {}, (t, seen) => {
  same(t, seen, [
    `errno ~/file write 2 ${1 + 2} 0`,
    'errno ~/allowed mkdirat 1 0 0',
    `trap ~/file write 2 ${4 + 8} 0`,
    'kill ~/file write 1 16 0',
  ]);
  const { unmatchedExits, mismatched, superseded, neverReturned } = seen.capture.counters;
  t.equal(unmatchedExits, 5 + 2 + 1, 'with an errno, by a signal, and by the end of the process');
  t.strictSame([mismatched, superseded, neverReturned], [0, 0, 0]);
  t.equal(callsOf(seen, 'mkdir'), 1, 'the one that was made before');
  t.equal(callsOf(seen, 'unlink'), 0);
});

scenario(
  '21 32-bit calls of a 64-bit program: counted, and none under the 64-bit call of its number',
  'calls_of_32_bits',
  { families: ['all'] },
  (t, seen) => {
    const own = seen.lines.filter((line) => line.startsWith('main '));
    same(t, { lines: own }, [
      'main - prctl 1 0 0',
      `main ~/file write 2 ${1 + 4} 0`,
      'main - getpid 3 0 0',
      'main ~/made-by-32 rmdir 1 0 0',
    ]);
    t.strictSame(
      seen.lines.filter((line) => line.includes('~/written')),
      ['openat 1 0 0', 'write 1 7 0', 'close 1 0 0'].map((call) => `new ~/written ${call}`).toSorted(),
      'what a 32-bit execve started is a 64-bit program, and traced',
    );
    const { compat, mismatched, superseded, unmatchedExits } = seen.capture.counters;
    t.equal(compat, Number(seen.reported('calls')[0]));
    t.strictSame([mismatched, superseded, unmatchedExits], [0, 0, 0]);
  },
);

scenario(
  '21 32-bit calls whose numbers nobody asked for are counted all the same',
  'calls_of_32_bits',
  { families: ['time'] },
  (t, seen) => {
    const { compat, mismatched, superseded, unmatchedExits } = seen.capture.counters;
    t.equal(compat, Number(seen.reported('calls')[0]));
    t.strictSame([mismatched, superseded, unmatchedExits], [0, 0, 0]);
    t.strictSame(
      seen.lines.filter((line) => line.startsWith('main ')),
      [],
    );
  },
);
