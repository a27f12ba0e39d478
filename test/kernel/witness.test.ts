// Real programs under ior-flame and strace at once: both must tell the same of every process, path and system call, to the
// call and to the byte, in all families and of all types of files (see witness.ts).

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { encodeName } from '../../src/model/names.ts';
import { directory, visibly, whyNot } from './trace.ts';
import { agree, compare, environment, type Testimony, testify, writeProgram } from './witness.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const skip = whyNot('strace', 'git', 'tar', 'sqlite3', 'make', 'gcc', 'ar', 'npm') || whyNotStrace();

function whyNotStrace(): string | false {
  const { status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  return visibly(status !== 0 && `strace cannot trace: ${stderr.trim()}`);
}

function prepare(dir: string, script: string): void {
  execFileSync('env', ['-i', ...environment(dir), 'sh', '-ec', script, 'sh', ROOT], { cwd: dir, stdio: 'ignore' });
}

t.test('git status in a repository', { skip }, async (t) => {
  const dir = directory(t);
  prepare(
    dir,
    `mkdir repo
    cp -r "$1/src" "$1/test" repo
    cd repo
    git init -q
    git config user.name N
    git config user.email N@example.org
    git add .
    git commit -qm first
    echo build > .gitignore
    git add .gitignore
    git commit -qm second
    mkdir new build
    echo x > new/file; echo x > build/file
    echo x >> src/cli/main.ts
    rm src/model/units.ts
    git mv src/fold/fold.ts src/fold/folding.ts
    find src test -type f -exec touch {} + # all may have changed: git has to read them`,
  );
  const testimony = await testify(t, dir, ['git', '-C', join(dir, 'repo'), 'status']);
  t.match(readFileSync(join(dir, 'said'), 'utf8'), 'src/fold/fold.ts -> src/fold/folding.ts');
  agree(t, testimony, { rows: 300, calls: 400, bytes: 100_000 });

  await t.test('and what is made up is found out', async (t) => {
    for (const [what, spoil] of Object.entries(spoilers)) {
      for (const side of ['ours', 'theirs'] as const) {
        const spoilt = new Map(testimony[side]);
        const [stack = '', sums = { calls: 0, bytes: 0 }] =
          [...spoilt].find(([stack, { bytes }]) => stack.endsWith(';read') && bytes > 0) ?? [];
        spoil(spoilt, stack, sums);
        t.not(compare({ ...testimony, [side]: spoilt }).length, 0, `${side}: ${what}`);
      }
    }
    const died: Testimony = { ours: new Map(), theirs: new Map(), diedInside: new Map([['read', 1]]) };
    const one = { calls: 1, bytes: 0 };
    t.same(compare({ ...died, ours: new Map([['pid:1;a;/b;read', one]]) }).length, 1, 'death inside of a read');
    const waited: Testimony = { ...died, diedInside: new Map([['futex', 1]]) };
    t.same(compare({ ...waited, ours: new Map([['pid:1;a;futex', one]]) }), []);
    t.same(compare({ ...waited, theirs: new Map([['pid:1;a;futex', one]]) }).length, 1, 'a call less');
    t.same(compare({ ...waited, ours: new Map([['pid:1;a;futex', { ...one, calls: 2 }]]) }).length, 1, 'two more');
  });
});

type Sums = { readonly calls: number; readonly bytes: number };
const spoilers: Readonly<Record<string, (account: Map<string, Sums>, stack: string, sums: Sums) => void>> = {
  'a call more': (account, stack, { calls, bytes }) => account.set(stack, { calls: calls + 1, bytes }),
  'a byte less': (account, stack, { calls, bytes }) => account.set(stack, { calls, bytes: bytes - 1 }),
  'no row': (account, stack) => account.delete(stack),
  'a row of its own': (account, stack, sums) => account.set(stack.replace(';read', 'x;read'), sums),
};

t.test('tar c | tar x', { skip }, async (t) => {
  const dir = directory(t);
  prepare(
    dir,
    `mkdir from to
    cp -r "$1/src" "$1/test" from
    ln -s src from/link
    ln from/src/cli/main.ts from/hard
    dd if=/dev/urandom of=from/large bs=1000 count=3001
    mkfifo from/fifo`,
  );
  for (const name of ['empty', 'é ü', 'a;b', 'tab\tand\nline', '\udcff\udcfe', 'back\\slash', '"quoted" <x> 999']) {
    writeFileSync(
      Buffer.concat([Buffer.from(`${dir}/from/`), encodeName(name)]),
      name === 'empty' ? '' : 'x'.repeat(999),
    );
  }
  const script = 'tar c -C "$0" . | tar x -C "$1"';
  const testimony = await testify(t, dir, ['sh', '-c', script, join(dir, 'from'), join(dir, 'to')]);
  t.equal(spawnSync('diff', ['-r', '-x', 'fifo', join(dir, 'from'), join(dir, 'to')]).status, 0);
  agree(t, testimony, { rows: 1000, calls: 1500, bytes: 8_000_000 });
});

t.test('sqlite3 with 2,000 inserts', { skip }, async (t) => {
  const dir = directory(t, true); // each insert syncs three times: on a disk they would be most of what is waited for
  const inserts = Array.from({ length: 2000 }, (_, i) => `insert into t values (${i}, 'row ${i}');\n`).join('');
  const script = join(dir, 'script.sql');
  writeFileSync(script, `create table t (a integer primary key, b text);\n${inserts}select count(*), sum(a) from t;\n`);
  const testimony = await testify(t, dir, ['sqlite3', '-init', '/dev/null', join(dir, 'db'), `.read ${script}`]);
  t.match(readFileSync(join(dir, 'said'), 'utf8'), '2000|1999000\n');
  agree(t, testimony, { rows: 50, calls: 40_000, bytes: 20_000_000 });
});

t.test('make -j2 of a C project', { skip }, async (t) => {
  const dir = directory(t);
  writeProgram(dir);
  const testimony = await testify(t, dir, ['make', '-j2']);
  t.equal(spawnSync(join(dir, 'program')).status, 0);
  agree(t, testimony, { rows: 3000, calls: 8000, bytes: 1_000_000 });
});

t.test('npm ci from a tarball', { skip }, async (t) => {
  const dir = directory(t);
  const packed = join(dir, 'package');
  const app = join(dir, 'app');
  mkdirSync(join(packed, 'lib'), { recursive: true });
  mkdirSync(app);
  for (let i = 0; i < 20; i++) writeFileSync(join(packed, 'lib', `${i}.js`), `module.exports = ${i};\n`.repeat(i + 1));
  const dependency = { name: 'dep', version: '1.0.0', main: 'lib/0.js' };
  writeFileSync(join(packed, 'package.json'), JSON.stringify(dependency));
  execFileSync('tar', ['czf', join(app, 'dep.tgz'), '-C', dir, 'package']);
  const digest = createHash('sha512')
    .update(readFileSync(join(app, 'dep.tgz')))
    .digest('base64');
  const root = { name: 'app', version: '1.0.0', dependencies: { dep: 'file:dep.tgz' } };
  const locked = { version: '1.0.0', resolved: 'file:dep.tgz', integrity: `sha512-${digest}` };
  writeFileSync(join(app, 'package.json'), JSON.stringify(root));
  const lock = { ...root, lockfileVersion: 3, packages: { '': root, 'node_modules/dep': locked } };
  writeFileSync(join(app, 'package-lock.json'), JSON.stringify(lock));
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier'];
  const testimony = await testify(t, dir, ['npm', 'ci', '--prefix', app, ...flags]);
  t.match(readFileSync(join(dir, 'said'), 'utf8'), 'added 1 package');
  t.equal(spawnSync('diff', ['-r', packed, join(app, 'node_modules/dep')]).status, 0);
  agree(t, testimony, { rows: 1000, calls: 4000, bytes: 500_000 });
});
