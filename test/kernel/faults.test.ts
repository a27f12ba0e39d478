// What must not go wrong when everything else does: a tracer that is killed, started a hundred times, run twice at once, in
// a pid namespace of its own, and outputs whose place fills up or goes away.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { having, isPicture, jsonOf, stacks } from './artifacts.ts';
import { directory, mapsLeft, programsLeft, run, sleep, start, visibly, whyNot } from './trace.ts';

const skip = whyNot('dd', 'bpftool', 'unshare', 'mkfifo', 'mount', 'xmllint');
const ENGINES = ['kernel', 'stream'] as const;
const isRoot = process.geteuid?.() === 0;
const skipUnlessRoot = skip || visibly(!isRoot && 'only root can mount and unshare');

function pins(): readonly string[] {
  return existsSync('/sys/fs/bpf') ? readdirSync('/sys/fs/bpf', { recursive: true, encoding: 'utf8' }).toSorted() : [];
}

async function nothingIsLeft(t: Test, pinned: readonly string[]): Promise<void> {
  t.strictSame(await programsLeft(), [], 'no program is loaded');
  t.strictSame(await mapsLeft(), [], 'no map is there');
  t.strictSame(pins(), pinned, 'nothing is pinned');
}

t.test('25 SIGKILL leaves nothing attached and nothing pinned, and the command runs on', { skip }, async (t) => {
  const pinned = pins();
  for (const engine of ENGINES) {
    const dir = directory(t);
    for (const args of [[], ['--', 'sh', '-c', `sleep 1; echo > ${dir}/done`]]) {
      const { child, end, tracing } = start(['--engine', engine, '-o', join(dir, 'a.svg'), ...args]);
      await tracing();
      const shown = (kind: string) => spawnSync('bpftool', [kind, 'show'], { encoding: 'utf8' }).stdout;
      t.match(shown('prog'), / name ior_enter /, 'it was attached');
      t.match(shown('map'), / name scratches /);
      child.kill('SIGKILL');
      t.match(await end, { code: null, signal: 'SIGKILL' });
      await nothingIsLeft(t, pinned);
      t.notOk(existsSync(join(dir, 'a.svg')), 'and there is no output');
    }
    for (let i = 0; i < 100 && !existsSync(join(dir, 'done')); i++) await sleep(50);
    t.ok(existsSync(join(dir, 'done')));
    t.equal(
      (await run(['-q', '--engine', engine, '-o', '/dev/null', '--', 'true'])).code,
      0,
      'and another one can trace',
    );
  }
});

interface Held {
  readonly rss: number;
}

t.test('25 100 starts and stops in one process leave nothing behind', { skip, timeout: 180_000 }, async (t) => {
  const pinned = pins();
  // the memory of a hundred shows with one engine as well as with two
  for (const [engine, count] of [
    ['kernel', 100],
    ['stream', 40],
  ] as const) {
    const script = fileURLToPath(new URL('cycles.mjs', import.meta.url));
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, ['--expose-gc', script, engine, String(count)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    t.strictSame(await once(child, 'close'), [0, null], stderr);
    const [early, late] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Held);
    if (early === undefined || late === undefined) throw new Error(stdout);
    const { rss: rssEarly, ...heldEarly } = early;
    const { rss: rssLate, ...heldLate } = late;
    t.strictSame(heldLate, heldEarly, `${engine}: after ${count} as after 20`);
    t.match(heldLate, { programs: 0, maps: 0, links: 0, mappings: 0 });
    const grown = (rssLate - rssEarly) / 2 ** 20;
    t.comment(`${engine}: ${(rssEarly / 2 ** 20).toFixed(1)} MB after 20, ${grown.toFixed(1)} MB more after ${count}`);
    t.ok(grown <= 10, `${grown} MB more`);
  }
  await nothingIsLeft(t, pinned);
});

t.test("24 two copies at once: each sees its own command, and nothing of the other's", { skip }, async (t) => {
  for (const engine of ENGINES) {
    const dir = directory(t);
    const names = ['one', 'two'] as const;
    for (const name of names) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, 'in'), Buffer.alloc(3584));
    }
    // each waits until the other has come as far
    const meet = (step: string, own: string, other: string) =>
      `echo > ${dir}/${step}-${own}; while [ ! -e ${dir}/${step}-${other} ]; do sleep 0.02; done`;
    const runs = names.map((own, i) => {
      const other = names[1 - i] as string;
      const work = `dd if=${dir}/${own}/in of=${dir}/${own}/out bs=512 status=none`;
      const script = `${meet('began', own, other)}; ${work}; ${meet('ended', own, other)}`;
      return run(['-q', '--engine', engine, '--weight', 'bytes', '--format', 'folded', '--', 'sh', '-c', script]);
    });
    for (const [i, { code, stdout }] of (await Promise.all(runs)).entries()) {
      const [own, other] = [names[i] as string, names[1 - i] as string];
      t.equal(code, 0);
      const found = stacks(t, stdout);
      const frames = `/tmp;/${basename(dir)}`;
      t.strictSame(having(found, `;/${own};`), [
        `dd;${frames};/${own};/in;read 3584`,
        `dd;${frames};/${own};/out;write 3584`,
      ]);
      t.strictSame(having(found, `;/${other};`), [], `${engine}: nothing of the other`);
    }
  }
});

t.test('24 two copies at once on the whole machine: both see everything', { skip }, async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'in'), Buffer.alloc(3584));
  const args = ['-q', '--weight', 'bytes', '--format', 'folded', '--path', dir, '-d', '20s'];
  const copies = [start(args), start(args)];
  await Promise.all(copies.map(({ tracing }) => tracing()));
  spawnSync('dd', [`if=${dir}/in`, `of=${dir}/out`, 'bs=512', 'status=none']);
  for (const { child } of copies) child.kill('SIGINT');
  for (const { end } of copies) {
    const { code, stdout } = await end;
    t.equal(code, 0);
    const frames = `/tmp;/${basename(dir)}`;
    t.strictSame(
      having(stacks(t, stdout), 'dd;').filter((line) => !line.endsWith(' 0')),
      [`dd;${frames};/in;read 3584`, `dd;${frames};/out;write 3584`],
    );
  }
});

t.test('24 the tracer is not in its trace, also inside of a pid namespace', { skip: skipUnlessRoot }, async (t) => {
  const everything = ['--family', 'all', '--type', 'all', '--weight', 'count', '--fields', 'pid,comm,syscall'];
  for (const engine of ENGINES) {
    for (const prefix of [[], ['unshare', '--pid', '--fork']]) {
      const dir = directory(t);
      const output = join(dir, 'a.folded');
      const { child, end } = start(['-q', '--engine', engine, ...everything, '-d', '1s', '-o', output], { prefix });
      const beat = setInterval(() => readFileSync('/etc/passwd'), 20); // that we are seen
      await sleep(900);
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
      const tracer = prefix.length === 0 ? String(child.pid) : children;
      t.match(readFileSync(`/proc/${tracer}/cmdline`, 'utf8'), /main\.js/);
      t.equal((await end).code, 0);
      clearInterval(beat);
      const found = stacks(t, readFileSync(output, 'utf8'));
      // the kernel engine numbers tasks as the tracer's namespace does: it is the first in there, and we are not in there
      const isNumberedInside = engine === 'kernel' && prefix.length > 0;
      const [ours, its] = isNumberedInside ? [0, 1] : [process.pid, tracer];
      t.ok(having(found, `pid:${ours};`).length > 0, `${engine}: this test is in`);
      t.strictSame(having(found, `pid:${its};`), [], `${engine}: ${prefix.join(' ')} the tracer is not`);
    }
  }
});

t.test('25 a directory that goes away while tracing: a sentence, and no other output is lost', { skip }, async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, 'gone'));
  const outputs = ['-o', join(dir, 'gone/a.svg'), '-o', join(dir, 'b.svg'), '-o', join(dir, 'gone/c.folded')];
  const { child, end, tracing } = start(['-q', ...outputs]);
  await tracing();
  rmSync(join(dir, 'gone'), { recursive: true });
  child.kill('SIGINT');
  const sentence = (name: string) =>
    `ior-flame: cannot write ${dir}/gone/${name}: its directory does not exist (ENOENT)\n`;
  t.strictSame(await end, { code: 1, signal: null, stdout: '', stderr: `${sentence('a.svg')}${sentence('c.folded')}` });
  t.strictSame(readdirSync(dir), ['b.svg']);
  isPicture(t, readFileSync(join(dir, 'b.svg'), 'utf8'));
});

t.test('25 a disk that fills up: a sentence, no half of an output', { skip: skipUnlessRoot }, async (t) => {
  const dir = directory(t);
  const small = join(dir, 'small');
  mkdirSync(small);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'none', small]);
  if (mounted.status !== 0) {
    t.pass('a small disk', { skip: visibly('no tmpfs can be mounted here') || true });
    return;
  }
  t.teardown(() => spawnSync('umount', [small]));
  const result = await run(['-q', '-o', join(small, 'a.svg'), '-o', join(dir, 'b.svg'), '--', 'true']);
  const stderr = `ior-flame: cannot write ${small}/a.svg: no space is left on the device (ENOSPC)\n`;
  t.strictSame(result, { code: 125, signal: null, stdout: '', stderr });
  t.strictSame(readdirSync(small), []);
  isPicture(t, readFileSync(join(dir, 'b.svg'), 'utf8'));
});

t.test('25 -o /dev/null, /dev/full and a FIFO stay what they are', { skip }, async (t) => {
  const fifo = join(directory(t), 'fifo');
  spawnSync('mkfifo', [fifo]);
  const targets = ['/dev/null', '/dev/full', fifo];
  const identities = () =>
    targets.map((target) => {
      const { ino, mode, rdev, nlink, uid } = lstatSync(target);
      return { target, ino, mode, rdev, nlink, uid };
    });
  const before = identities();
  const keptOpen = openSync(fifo, 'r+'); // or the reader would end with the first run
  const reader = spawn('cat', [fifo], { stdio: ['ignore', 'ignore', 'inherit'] });
  const closed = once(reader, 'close');
  for (const format of ['svg', 'folded']) {
    const args = targets.flatMap((target) => ['-o', target]);
    const { code, stderr } = await run(['-q', '--format', format, ...args, '--', 'ls', '/']);
    t.equal(code, 125);
    t.equal(stderr, 'ior-flame: cannot write /dev/full: no space is left on the device (ENOSPC)\n');
    t.strictSame(identities(), before);
  }
  closeSync(keptOpen);
  await closed;
});

t.test('25 runs of our programs that the kernel skipped are known to be none', { skip }, async (t) => {
  for (const engine of ENGINES) {
    const { losses } = jsonOf(await run(['--json', '--engine', engine, '-o', '/dev/null', '--', 'ls', '/']));
    t.match(
      losses.filter(({ name }) => name === 'runs skipped'),
      [{ count: 0 }],
      engine,
    );
  }
});
