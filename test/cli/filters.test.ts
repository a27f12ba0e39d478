// --comm, --path, --max-stacks and --fail-on-loss without a kernel: what their words mean, and what `fold` makes of them.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { foldText, type TextFold } from '../../src/cli/fold-text.ts';
import { lossSentence, surplusLoss } from '../../src/cli/losses.ts';
import { rowFilterOf } from '../../src/cli/row-filters.ts';
import { maxRowsOf } from '../../src/cli/selection-options.ts';
import { UserError } from '../../src/model/errors.ts';
import { Profile } from '../../src/model/profile.ts';
import type { RowFilter } from '../../src/model/row-filter.ts';
import { parsePasswd, userName } from '../../src/model/users.ts';
import { selectSyscalls } from '../../src/syscalls/table.ts';
import { directory } from '../kernel/trace.ts';

function filterOf(path: readonly string[], isLive = false): RowFilter {
  return rowFilterOf({ comm: [], path }, isLive) as RowFilter;
}

t.test('no words, no filter; an empty word is a mistake', async (t) => {
  t.equal(rowFilterOf({ comm: [], path: [] }, true), undefined);
  t.throws(() => filterOf(['']), new UserError('--path needs a glob: it was given an empty one'));
  t.throws(
    () => rowFilterOf({ comm: ['', ''], path: ['/a'] }, true),
    new UserError('--comm needs a glob: it was given an empty one'),
  );
  t.equal(filterOf(['', '/a']).matches('', '/a/b'), true, 'a,,b');
});

t.test('a relative path starts from the working directory, one without a slash anywhere', async (t) => {
  const dir = directory(t);
  const before = process.cwd();
  t.teardown(() => process.chdir(before));
  mkdirSync(join(dir, '[x]*/sub'), { recursive: true });
  process.chdir(join(dir, '[x]*/sub'));
  const cwd = process.cwd();
  for (const [glob, yes, no] of [
    ['./a', `${cwd}/a/b`, '/a'],
    ['a/b', `${cwd}/a/b`, '/a/b'],
    ['../*', `${join(dir, '[x]*')}/c`, join(dir, 'xx/c')],
    ['**/a', '/x/a', '/x/b'],
    ['a', '/x/a', '/x/a/b'],
    ['/a/../b/', '/b/c', '/a/b'],
    ['.../a', '.../a/b', '/a/b'],
  ] as const) {
    t.equal(filterOf([glob]).matches('', yes), true, `${glob} takes ${yes}`);
    t.equal(filterOf([glob]).matches('', no), false, `${glob} does not take ${no}`);
  }
});

t.test('on this machine a path stands for where its links lead, too', async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, 'real*/a'), { recursive: true });
  symlinkSync('real*', join(dir, 'link'));
  const real = join(dir, 'real*');
  for (const glob of [`${dir}/link`, `${dir}/link/`, `${dir}/link/*`, `${dir}/link/a`, `${dir}/link/a/new/file`]) {
    const name = glob.endsWith('file') ? `${real}/a/new/file` : `${real}/a`;
    t.equal(filterOf([glob], true).matches('', name), true, glob);
    t.equal(filterOf([glob], false).matches('', name), false, 'not of a trace from elsewhere');
    t.equal(filterOf([glob], true).matches('', join(dir, 'real')), false);
  }
  t.equal(filterOf([`${dir}/link`], true).matches('', `${dir}/link/a`), true, 'and for what it says');
  t.equal(filterOf(['/'], true).matches('', '/x'), true);
  t.equal(filterOf(['/**'], true).matches('', '/x'), true);
});

const TRACE = `
7 1.000 openat(AT_FDCWD, "/srv/a.db", O_RDONLY) = 3 <0.000010>
7 1.100 read(3, "x"..., 100) = 60 <0.000020>
7 1.200 rename("/srv/a.db", "/old/a.db") = 0 <0.000040>
7 1.300 stat("/etc/passwd", {}) = 0 <0.000080>
7 1.400 sync() = 0 <0.000160>
`;

async function fold(t: Test, options: { filter?: RowFilter; maxRows?: number }): Promise<TextFold> {
  const file = join(directory(t), 'trace');
  writeFileSync(file, TRACE);
  return foldText([[file]], {
    from: undefined,
    selection: selectSyscalls({ families: [], syscalls: [], excludeSyscalls: [] }),
    types: ['none', 'path', 'file', 'dir'],
    dimensions: ['path', 'syscall'],
    fields: ['path', 'syscall'],
    pathFrames: 'whole',
    weight: 'count',
    unit: undefined,
    ...options,
  });
}

function rowsOf({ profile }: TextFold): string[] {
  return Array.from({ length: profile.length }, (_, row) =>
    [profile.text(row, 'path'), profile.text(row, 'syscall'), profile.weight(row, 'calls')].join(' '),
  );
}

t.test('fold: what does not match is counted and not shown; either name of a rename counts', async (t) => {
  const found = await fold(t, { filter: filterOf(['/srv']) });
  t.strictSame(rowsOf(found), ['/srv/a.db openat 1', '/srv/a.db read 1', '/old/a.db rename 1']);
  t.equal(found.counters.folded, 3);
  t.equal(found.counters.filteredOut, 2);
  t.equal(found.counters.exits, 5);
  t.equal(found.filteredOut.calls, 2);
  t.ok(Math.abs(found.filteredOut.durationNs - 240_000) < 10);
  const all = await fold(t, {});
  t.equal(rowsOf(all).length, 5);
  t.strictSame(all.filteredOut, { calls: 0, durationNs: 0 });
});

t.test('fold: --max-stacks', async (t) => {
  const found = await fold(t, { maxRows: 2 });
  t.strictSame(rowsOf(found), [
    ...['/srv/a.db openat 1', '/srv/a.db read 1'],
    ...['/old/[other] rename 1', '[other] stat 1', '[other] sync 1'],
  ]);
  t.equal(found.profile.total('calls'), 5);
  t.equal(surplusLoss(found.profile).count, 3);
});

t.test('--max-stacks takes a number', async (t) => {
  const rows = (word: string | undefined) => maxRowsOf({ 'max-stacks': word } as Parameters<typeof maxRowsOf>[0]);
  t.equal(rows(undefined), undefined);
  t.equal(rows('1'), 1);
  t.equal(rows('50000000'), 50_000_000);
  for (const word of ['', '0', '-1', '1e3', '1.5', '50000001', '99999999999', 'many']) {
    t.throws(() => rows(word), new UserError(`--max-stacks: '${word}' is not a number from 1 to 50000000`));
  }
});

t.test('--fail-on-loss: a lost call or a wrong name, and nothing else', async (t) => {
  const of = (...names: string[]) => lossSentence(names.map((name, i) => ({ name, count: 1000 + i, meaning: '' })));
  t.equal(of('unfinished', 'never returned', 'begun before', 'unmatched exits', 'names deferred'), undefined);
  t.equal(
    of('unfinished', 'dropped', 'names cut'),
    'calls or their names were lost (dropped: 1,001, names cut: 1,002), and --fail-on-loss makes that a failure',
  );
  t.equal(lossSentence([{ name: 'dropped', count: 0, meaning: '' }]), undefined);
  t.equal(lossSentence([{ name: 'runs skipped', count: undefined, meaning: '' }]), undefined);
  t.match(
    lossSentence([surplusLoss(new Profile(['path'])), { name: 'one that is new', count: 1, meaning: '' }]),
    /new/,
  );
});

t.test('users by their names', async (t) => {
  t.equal(userName(0), 'root');
  t.equal(userName(4_000_000_000), '4000000000');
  const text =
    'root:x:0:0::/:\ntoor:x:0:0::/:\n# no:x:1:1::/:\n+nis:x:2:2::/:\nsmb$:x:3:3:a:b:c\nodd:x:y:1\n\nudcff\udcff:x:5:5::/:';
  t.strictSame(Object.fromEntries(parsePasswd(text)), { 0: 'root', 3: 'smb$', 5: 'udcff\udcff' });
});
