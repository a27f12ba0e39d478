// Calls that signals interrupt (must-get-right.md, 16 and 20): one that the kernel makes again is one call with the whole
// time, one that ends with EINTR and is made again by the program is two.

import t, { type Test } from 'tap';
import type { Capture } from '../../src/collector/live/session.ts';
import { compile } from './programs.ts';
import { accountsForEverything, trace, whyNot } from './trace.ts';

const skip = whyNot('cc');
const MS = 1e6;

interface Row {
  readonly row: string;
  readonly ms: number;
}

/** Calls of the program itself, not of the child that sends the signals. */
async function interrupted(t: Test, scenario: string): Promise<{ capture: Capture; of: (syscall: string) => Row[] }> {
  const dimensions = ['comm', 'path', 'syscall', 'pid'] as const;
  const capture = await trace(t, [compile('signals'), scenario], { dimensions, families: ['all'] });
  const { profile } = capture;
  const first = Math.min(...rowsOf(profile.length).map((row) => Number(profile.text(row, 'pid'))));
  const of = (syscall: string) =>
    rowsOf(profile.length)
      .filter((row) => profile.text(row, 'syscall') === syscall && Number(profile.text(row, 'pid')) === first)
      .map((row) => {
        const [calls, errors, bytes] = (['calls', 'errors', 'bytes'] as const).map((name) => profile.weight(row, name));
        const path = profile.text(row, 'path');
        return {
          row: `${path} ${calls} calls, ${errors} errors, ${bytes} bytes`,
          ms: profile.weight(row, 'durationNs') / MS,
        };
      })
      .filter(({ row }) => !row.startsWith('/'));
  accountsForEverything(t, capture);
  return { capture, of };
}

function rowsOf(length: number): number[] {
  return Array.from({ length }, (_, row) => row);
}

t.test('20 SA_RESTART: one read over two signals, with the whole time', { skip }, async (t) => {
  const { capture, of } = await interrupted(t, 'restart');
  const [read] = of('read');
  t.equal(read?.row, 'pipe 1 calls, 0 errors, 1 bytes');
  t.ok((read?.ms ?? 0) > 150, `${read?.ms} ms: three times 60`);
  t.equal(of('read').length, 1);
  t.equal(of('restart_syscall').length, 0);
  t.equal(capture.counters.restarted >= 2, true);
});

t.test('20 without SA_RESTART: EINTR is an error, and the retry of the program a second call', { skip }, async (t) => {
  const { of } = await interrupted(t, 'retry');
  t.strictSame(
    of('read').map(({ row }) => row),
    ['pipe 2 calls, 1 errors, 1 bytes'],
  );
});

t.test('20 stopped and continued, without a handler: one read', { skip }, async (t) => {
  const { of } = await interrupted(t, 'stop');
  const [read] = of('read');
  t.equal(read?.row, 'pipe 1 calls, 0 errors, 1 bytes');
  t.ok((read?.ms ?? 0) > 150, `${read?.ms} ms`);
});

t.test('20 stopped and continued in nanosleep: restart_syscall is the rest of it', { skip }, async (t) => {
  const { of } = await interrupted(t, 'sleep');
  const [sleep] = of('clock_nanosleep');
  t.equal(sleep?.row, ' 1 calls, 0 errors, 0 bytes');
  t.ok((sleep?.ms ?? 0) > 190, `${sleep?.ms} ms`);
  t.strictSame(of('restart_syscall'), []);
});

t.test('20 the handler makes the same call itself: it and the restarted one are two', { skip }, async (t) => {
  const { of } = await interrupted(t, 'handler-reads');
  t.strictSame(
    of('read').map(({ row }) => row),
    ['pipe 2 calls, 0 errors, 4 bytes'],
  );
});

t.test('20 the handler jumps away: the call never returned, the next one is its own', { skip }, async (t) => {
  const { capture, of } = await interrupted(t, 'jump');
  t.strictSame(
    of('read').map(({ row }) => row),
    ['pipe 1 calls, 0 errors, 3 bytes'],
  );
  t.equal(capture.counters.neverReturned, 3, 'beside the read the exits of the two processes');
});

t.test('20 poll is never made again after a handler: EINTR', { skip }, async (t) => {
  const { of } = await interrupted(t, 'poll');
  t.strictSame(
    of('poll').map(({ row }) => row),
    [' 1 calls, 1 errors, 0 bytes'],
  );
});

t.test('16 killed inside a read: it never returned, and no row says otherwise', { skip }, async (t) => {
  const { capture } = await interrupted(t, 'killed');
  t.equal(capture.counters.neverReturned, 2, 'the read, and the exit of the parent');
  const { profile } = capture;
  t.notOk(
    rowsOf(profile.length).some(
      (row) => profile.text(row, 'path') === 'pipe' && profile.text(row, 'syscall') === 'read',
    ),
  );
});
