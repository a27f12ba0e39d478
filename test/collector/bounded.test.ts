// Memory in user space is bounded however many files a trace sees, and no weight is lost for that.

import t from 'tap';
import { DistinctCount, hashOf } from '../../src/model/distinct-count.ts';
import { otherPaths } from '../../src/model/other-rows.ts';
import { type Dimension, Profile, WEIGHTS } from '../../src/model/profile.ts';
import { RowFilter } from '../../src/model/row-filter.ts';
import { Churn, DIRECTORIES } from './churn.ts';

const ONE = [1, 0, 10, 10, 100, 1000];

function add(profile: Profile, ...names: readonly string[]): void {
  profile.add(
    names.map((name) => profile.id(name)),
    ONE,
  );
}

/** Calls by path, or by all dimensions. */
function callsOf(profile: Profile, ...dimensions: readonly Dimension[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (let row = 0; row < profile.length; row++) {
    const name = dimensions.map((dimension) => profile.text(row, dimension)).join(' ');
    found[name] = (found[name] ?? 0) + profile.weight(row, 'calls');
  }
  return found;
}

t.test('what stands for a path without its end', async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['/usr/lib/x', ['/usr/lib/[other]', '/usr/[other]', '/[other]']],
    ['/x', ['/[other]']],
    ['/', ['/[other]']],
    ['.../a/b', ['.../a/[other]', '.../[other]', '[other]']],
    [
      'socket\0tcp\x0010.0.0.5\0:80',
      ['socket\0tcp\x0010.0.0.5\0[other]', 'socket\0tcp\0[other]', 'socket\0[other]', '[other]'],
    ],
    ['memfd:a/b', ['[other]']],
    ['[unnamed inode 7]', ['[other]']],
    ['', []],
  ];
  for (const [path, others] of cases) t.strictSame([...otherPaths(path)], others, path);
});

t.test(
  'a full profile folds new rows into [other] of their directory, and goes on adding to those it has',
  async (t) => {
    const profile = new Profile(['comm', 'path', 'syscall'], 16);
    for (let i = 0; i < 40; i++) add(profile, 'cc1', `/tmp/${i}`, 'read');
    t.equal(profile.length, 17);
    for (let i = 0; i < 40; i++) add(profile, 'cc1', `/tmp/${i}`, 'read');
    add(profile, 'cc1', '/tmp/3', 'write');
    const calls = callsOf(profile, 'comm', 'path', 'syscall');
    t.equal(calls['cc1 /tmp/0 read'], 2);
    t.equal(calls['cc1 /tmp/15 read'], 2);
    t.equal(calls['cc1 /tmp/16 read'], undefined);
    t.equal(calls['cc1 /tmp/[other] read'], 48);
    for (const [i, weight] of WEIGHTS.entries()) {
      const one = ONE[i] as number;
      t.equal(profile.total(weight), weight === 'maxNs' ? one : 81 * one, weight);
    }
    t.strictSame(profile.surplus, { calls: 49, rows: 25 });
  },
);

t.test('when there are too many directories, too, the ones above stand for them', async (t) => {
  const profile = new Profile(['comm', 'path', 'syscall'], 80); // 10 rows of [other]
  for (let i = 0; i < 80; i++) add(profile, 'npm', `/${i}`, 'openat');
  for (let i = 0; i < 100; i++) add(profile, 'npm', `/srv/${i % 4}/${i}/x`, 'openat');
  const calls = callsOf(profile, 'path');
  for (let i = 0; i < 80; i++) delete calls[`/${i}`];
  t.strictSame(calls, {
    ...Object.fromEntries([0, 1, 2, 3, 4].map((i) => [`/srv/${i % 4}/${i}/[other]`, 1])), // one half of the 10
    ...{ '/srv/1/[other]': 24, '/srv/2/[other]': 24, '/srv/3/[other]': 24 }, // one half of the rest
    '/srv/[other]': 23,
  });
});

t.test('whatever else makes rows is bounded, too: the system call and the type stay', async (t) => {
  const profile = new Profile(['comm', 'path', 'syscall', 'type', 'tid'], 100);
  for (let i = 0; i < 10_000; i++) add(profile, `thread ${i}`, '/tmp/x', i % 2 ? 'read' : 'write', 'file', String(i));
  t.ok(profile.length <= 100 + 13 + 2, `${profile.length} rows`);
  t.ok(profile.texts.length < 400, `${profile.texts.length} texts`);
  const calls = callsOf(profile, 'comm', 'path', 'syscall', 'type', 'tid');
  t.ok((calls['[other] [other] read file [other]'] ?? 0) > 4900);
  t.equal(profile.total('calls'), 10_000);
});

t.test('about how many there were', async (t) => {
  for (const many of [0, 1, 10, 1000, 20_000, 50_000, 1_000_000]) {
    const distinct = new DistinctCount();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < many; i++) distinct.add(hashOf(['cc1', `/tmp/build/${i}`, 'read']));
    }
    t.ok(Math.abs(distinct.count - many) <= many * 0.03, `${distinct.count} of ${many}`);
  }
  t.not(hashOf(['ab', 'c']), hashOf(['a', 'bc']));
});

t.test('an hour of churn: five million files in five minutes', async (t) => {
  const MAX = 50_000;
  const profile = new Profile(['comm', 'path', 'syscall'], MAX);
  const churn = new Churn(profile);
  const sizes: number[] = [];
  for (let minute = 0; minute < 5; minute++) {
    churn.make(1_000_000);
    sizes.push(profile.length + profile.texts.length);
  }
  t.equal(new Set(sizes).size, 1, 'neither rows nor texts grow after the first minute');
  t.equal(profile.length, MAX + DIRECTORIES);
  t.equal(profile.texts.length, MAX + DIRECTORIES + 2);
  const { sums } = churn.reader;
  t.strictSame(sums, { cells: 5_000_000, calls: 5_000_000, unnamed: 0, filteredCalls: 0, filteredNs: 0 });
  const totals = WEIGHTS.map((weight) => profile.total(weight));
  t.strictSame(totals, [5_000_000, 0, 5_000_000_000, 1000, 5_000_000 * 4096, 0], 'the totals are exact');
  const calls = callsOf(profile, 'path');
  t.equal(calls['/tmp/build-7/cc00000007.s'], 1);
  t.equal(calls['/tmp/build-7/[other]'], (5_000_000 - MAX) / DIRECTORIES);
  t.equal(profile.surplus.calls, 5_000_000 - MAX);
  t.ok(Math.abs(profile.surplus.rows / (5_000_000 - MAX) - 1) < 0.03, `${profile.surplus.rows} stacks`);
});

t.test('names that a filter does not want take no room', async (t) => {
  const profile = new Profile(['comm', 'path', 'syscall'], 1000);
  const churn = new Churn(profile, new RowFilter({ comms: ['cc*'], paths: ['/tmp/build-5'] }));
  churn.make(50_000);
  t.equal(profile.length, 500);
  t.equal(profile.texts.length, 502);
  t.equal(profile.total('calls'), 500);
  t.strictSame(churn.reader.sums, {
    ...{ cells: 50_000, calls: 50_000, unnamed: 0 },
    ...{ filteredCalls: 49_500, filteredNs: 49_500_000 },
  });
});
