// `ior-flame diff` as a process: outputs, refusals, the table on stderr.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { compareGolden, withoutCode } from '../render/goldens.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const STRACE = fileURLToPath(new URL('../text/strace-6.1/plain.txt', import.meta.url));

const BEFORE = 'cat;/etc;/hosts;read 100\ncat;/gone;read 40\n';
const AFTER = 'cat;/etc;/hosts;read 150\ncat;/new;read 10\n';

function diff(t: Test, args: readonly string[], files: Readonly<Record<string, string>> = { a: BEFORE, b: AFTER }) {
  const cwd = t.testdir({});
  for (const [name, text] of Object.entries(files)) writeFileSync(`${cwd}/${name}`, text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'diff', ...args], { cwd, encoding: 'utf8' });
  return { status, stdout, stderr, read: (name: string) => readFileSync(`${cwd}/${name}`, 'utf8') };
}

t.test('picture, page and text of one comparison, and the table of changes', async (t) => {
  const { status, stderr, read } = diff(t, ['a', 'b', '-o', 'd.svg', '-o', 'd.html', '-o', 'd.folded']);
  t.equal(status, 0, stderr);
  t.equal(read('d.folded'), 'cat;/etc;/hosts;read 100 150\ncat;/gone;read 40 0\ncat;/new;read 0 10\n');
  t.match(read('d.svg'), /<title>\/etc \(150 samples, 93\.75%; \+31\.25%\)<\/title>/);
  t.match(
    read('d.html'),
    /<h1>Difference<\/h1>\n<p class="subtitle">a → b<\/p>\n<p id="meaning">Widths are samples after: 160 samples in all\. Red grew/,
  );
  t.equal(
    stderr,
    [
      'before 140 samples (a), after 160 samples (b): +20 samples, +14.3 %',
      'largest changes',
      '  +50 samples  +50 %  cat /etc/hosts read',
      '  −40 samples   gone  cat /gone read',
      '  +10 samples    new  cat /new read',
      '',
    ].join('\n'),
  );
});

t.test('goldens: picture, page, text and table (UPDATE_GOLDEN=1 rewrites them)', async (t) => {
  const golden = (name: string) => fileURLToPath(new URL(`diff/${name}`, import.meta.url));
  const cwd = t.testdir({});
  const outputs = ['diff.svg', 'diff.html', 'diff.folded'];
  const args = ['diff', golden('before.folded'), golden('after.folded'), '--weight', 'duration', '--gone'];
  const { stderr } = spawnSync(process.execPath, [CLI, ...args, ...outputs.flatMap((name) => ['-o', name])], {
    cwd,
    encoding: 'utf8',
  });
  for (const name of outputs) compareGolden(t, golden(name), withoutCode(readFileSync(`${cwd}/${name}`, 'utf8')));
  compareGolden(t, golden('stderr.txt'), stderr);
});

t.test('two counts drawn by render are the same picture', async (t) => {
  const { stdout } = diff(t, ['a', 'b', '-q', '--format', 'folded']);
  const drawn = spawnSync(process.execPath, [CLI, 'render', '--diff', '--title', 'Difference', '--subtitle', 'a → b'], {
    input: stdout,
    encoding: 'utf8',
  });
  const frames = (svg: string) => svg.slice(svg.indexOf('<g class="frames'), svg.indexOf('<metadata>'));
  t.equal(frames(drawn.stdout), frames(diff(t, ['a', 'b', '-q']).stdout));
});

t.test('options', async (t) => {
  t.equal(
    diff(t, ['-nq', 'a', 'b', '--format=folded']).stdout,
    'cat;/etc;/hosts;read 114 150\ncat;/gone;read 45 0\ncat;/new;read 0 10\n',
  );
  t.notMatch(diff(t, ['-q', 'a', 'b']).stdout, /\/gone/);
  t.match(diff(t, ['-q', 'a', 'b', '--gone']).stdout, /<title>\/gone \(40 samples, 20\.00%; -20\.00%\)/);
  t.match(
    diff(t, ['-q', 'a', 'b', '--width-from', 'before']).stdout,
    /<title>\/gone \(40 samples, 28\.57%; -28\.57%\)/,
  );
  const page = diff(t, ['-q', 'a', 'b', '--gone', '-o', 'd.html']).read('d.html');
  t.match(page, /<p id="meaning">Widths are samples after, and before of what has disappeared: 200 samples in all\./);
  t.match(page, /<title>\/gone \(40 samples/, 'where scripts are blocked as well');
  t.match(diff(t, ['-q', 'a', 'b', '-c', 'orange-blue']).stdout, /fill="#e66e00"/);
  const json = JSON.parse(diff(t, ['--json', 'a', 'b', '-o', 'd.svg']).stderr);
  t.equal(json.changes.length, 3);
  t.match(diff(t, ['a', 'b', '-o', 'd.svg', '--weight', 'duration', '--unit', 'ms']).stderr, /before 140 ms .*\+20 ms/);
});

t.test('--negate swaps colours, and no number', async (t) => {
  const both = [[], ['--negate']].map((args) => {
    const { stderr, read } = diff(t, ['a', 'b', '-o', 'd.svg', ...args]);
    return { stderr, newFill: /<title>\/new .*?fill="([^"]*)"/.exec(read('d.svg'))?.[1] };
  });
  t.strictSame(
    both.map(({ newFill }) => newFill),
    ['#ffa8a8', '#a8a8ff'],
  );
  t.equal(both[0]?.stderr, both[1]?.stderr);
});

t.test('folded text does not tell what it counts: totals far apart are told, in the page as well', async (t) => {
  const inNs = AFTER.replace(/\d+$/gm, '$&000000');
  const files = { a: BEFORE, b: inNs };
  const far = diff(t, ['a', 'b', '-o', 'd.html'], files);
  const sentence =
    /The total after is 1,142,857 times the other: folded text does not tell what it counts, are both of one weight and unit\?/;
  t.match(far.stderr, sentence);
  t.match(far.read('d.html'), sentence);
  t.equal(far.status, 0);
  t.match(far.stderr, /\n +\+149,999,900 samples +×1,500,000 +cat \/etc\/hosts read\n/);
  t.match(diff(t, ['b', 'a', '-o', 'd.svg'], files).stderr, /The total before is 1,142,857 times/);
  t.notMatch(diff(t, ['-n', 'a', 'b', '-o', 'd.svg'], files).stderr, /does not tell/);
  t.notMatch(diff(t, ['a', 'b', '-o', 'd.svg']).stderr, /does not tell/);
  t.notMatch(diff(t, ['a', 'b', '-o', 'd.svg'], { a: BEFORE, b: 'cat;read 0\n' }).stderr, /does not tell/);
});

t.test('what cannot be compared: one sentence, exit 2, nothing written', async (t) => {
  const functions = 'main;malloc 5\n';
  for (const [args, files, message] of [
    [
      ['a', 'b'],
      { a: BEFORE, b: functions },
      /^ior-flame: cannot compare: the stacks before end in system calls, those after do not: fold both by the same --fields\n$/,
    ],
    [
      ['a', STRACE],
      { a: BEFORE },
      /^ior-flame: cannot compare: before are counts of folded text, whatever they are, after \w+: give --weight/,
    ],
    [['a'], { a: BEFORE }, /./],
    [['a', 'none'], { a: BEFORE }, /none/],
    [['-', '-'], {}, /both stdin/],
    [['a', 'a', '--colors', 'hot'], { a: BEFORE }, /--colors: no 'hot': choose from red-blue, orange-blue/],
  ] as const) {
    const { status, stdout, stderr } = diff(t, args, files);
    t.not(status, 0, args.join(' '));
    t.match(stderr, message);
    t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    t.equal(stdout, '');
  }
});

t.test('nothing on one side, and on both', async (t) => {
  const zero = 'cat;read 0\n';
  const one = diff(t, ['a', 'b', '-o', 'd.html'], { a: BEFORE, b: zero });
  t.match(one.stderr, /There is nothing after: --gone draws/);
  t.match(one.read('d.html'), /<h1>Difference/);
  const none = diff(t, ['a', 'b', '-o', 'd.html'], { a: zero, b: zero });
  t.match(none.stderr, /All counts are 0/);
  t.match(none.read('d.html'), /class="empty-page"/);
  const nothing = diff(t, ['a', 'b', '-o', 'd.html'], { a: BEFORE, b: '' });
  t.not(nothing.status, 0, 'a file without a line is a mistake');
});
