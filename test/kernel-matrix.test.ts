// `npm run test:kernels` where it cannot do its work, and what it makes of TAP. That it does its work is seen by running it.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const SCRIPT = fileURLToPath(new URL('../scripts/test-kernels.mjs', import.meta.url));
const { countOf, formatTable, readTap } = await import(new URL('../scripts/kernels/results.mjs', import.meta.url).href);

function run(args: readonly string[], env: NodeJS.ProcessEnv) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

t.test('without qemu: a sentence, skipped; in CI a failure', async (t) => {
  const sentence =
    /^test:kernels: kernels 6\.1 and 6\.12 cannot be run here: qemu-system-x86_64, .*not installed: apt-get install --no-install-recommends qemu-system-x86 .*\n$/;
  const args = ['6.1', '6.12', 'names', 'exact'];
  const here = run(args, { PATH: '/nonexistent' });
  t.match(here, { status: 0, stderr: sentence });
  t.match(here.stdout, /\n# \{ total: 4, pass: 0, fail: 0, skip: 4 \}\n$/);
  const inCi = run(args, { PATH: '/nonexistent', CI: 'true' });
  t.match(inCi, { status: 1, stderr: sentence });
  t.match(inCi.stdout, /\n# \{ total: 4, pass: 0, fail: 4, skip: 0 \}\n$/);
});

t.test('a word that is neither a kernel nor a test', async (t) => {
  t.strictSame(run(['5.10'], process.env), {
    status: 2,
    stdout: '',
    stderr: "test:kernels: '5.10' is neither a kernel (6.1, 6.12, running) nor a test of test/kernel/\n",
  });
});

const TAP = `TAP version 14
# Subtest: one, two
    ok 1 - fine
    not ok 2 - not fine
    1..2
not ok 1 - one, two # time=1.5ms

# Subtest: three
    ok 1 - fine
    1..1
ok 2 - three # time=2ms

ok 3 - four # SKIP no reason
1..3
`;

t.test('the tests of a file are its rows, with what has passed, failed and was skipped', async (t) => {
  const rows = readTap(TAP, { code: 1, seconds: 3 });
  t.strictSame(rows, [
    { test: 'one, two', state: 'fail', reason: '' },
    { test: 'three', state: 'pass', reason: '' },
    { test: 'four', state: 'skip', reason: 'no reason' },
  ]);
  const columns = [
    { kernel: '6.1.1', results: new Map([['a', rows]]) },
    { kernel: '6.12.34', results: new Map([['a', rows.slice(1)]]) },
  ];
  const lines = formatTable(columns).split('\n');
  t.strictSame(
    lines.map((line: string) => line.trim().replaceAll(/ +/g, ' ')),
    [
      '6.1.1 6.12.34',
      'a',
      'one, two fail -',
      'three pass pass',
      'four skip skip',
      'pass 1 1',
      'fail 1 0',
      'skip 1 1',
      '',
    ],
  );
  t.strictSame(countOf(columns[0]?.results), { pass: 1, fail: 1, skip: 1 });
});

t.test('a file that dies, hangs or says nothing has failed', async (t) => {
  const last = (text: string, code: number) => readTap(text, { code, seconds: 9 }).at(-1);
  const fine = TAP.replaceAll('not ok', 'ok');
  t.match(last(fine, 0), { test: 'four', state: 'skip' });
  t.match(last(fine, 137), { state: 'fail', reason: 'was not over after 9 s' });
  t.match(last(fine, 134), { state: 'fail', reason: 'ended with 134' });
  t.match(last('', 0), { state: 'fail', reason: 'has no test' });
});
