// --comm, --path, --max-stacks, --fail-on-loss and the field `user` on a live kernel: for each, what passes and what does
// not, with both engines where both have a say.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { having, isPicture, jsonOf, prepared, stacks } from './artifacts.ts';
import { AS_NOBODY, directory, rows, run, trace, whyNot, whyNotAsNobody, workload } from './trace.ts';

const skip = whyNot('cc', 'sed', 'dd', 'find', 'xmllint');
const ENGINES = ['kernel', 'stream'] as const;

/** Two directories with a file each, and a command in which sed and dd read both and write one. */
function twoDirectories(t: Test): { readonly dir: string; readonly command: readonly string[] } {
  const dir = directory(t);
  for (const name of ['a', 'ab']) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'in.txt'), `${'x'.repeat(699)}\n`);
  }
  const script = `sed '' a/in.txt ab/in.txt > a/out.log; dd if=ab/in.txt of=ab/out.log status=none`;
  return { dir, command: ['sh', '-c', `cd ${dir}; ${script}`] };
}

async function folded(t: Test, command: readonly string[], ...args: readonly string[]) {
  const options = ['--format', 'folded', '--weight', 'bytes', '--path-frames', 'whole', '-o', '-'];
  const result = await run(['--json', ...options, ...args, '--', ...command]);
  t.equal(result.code, 0, args.join(' '));
  return { found: stacks(t, result.stdout), summary: jsonOf(result) };
}

t.test('--path: a directory and all below it, and no other', { skip }, async (t) => {
  const { dir, command } = twoDirectories(t);
  const [a, ab] = [join(dir, 'a'), join(dir, 'ab')];
  for (const engine of ENGINES) {
    const all = await folded(t, command, '--engine', engine, '--syscall', 'read,write');
    const expected = [
      ...[`dd;${ab}/in.txt;read 700`, `dd;${ab}/out.log;write 700`],
      ...[`sed;${a}/in.txt;read 700`, `sed;${a}/out.log;write 1400`, `sed;${ab}/in.txt;read 700`],
    ];
    t.strictSame(having(all.found, dir), expected, 'without a filter');
    t.match(all.summary, { filteredOut: { calls: 0, durationNs: 0 } });
    for (const [glob, rows] of [
      [a, [2, 3]],
      [`${a}/`, [2, 3]],
      ['*.log', [1, 3]],
      ['out.log', [1, 3]],
      [`${dir}/*/in.txt`, [0, 2, 4]],
      [`${dir}/**`, [0, 1, 2, 3, 4]],
      [`${dir}/*`, []],
      [`${a},${ab}/out.log`, [1, 2, 3]],
    ] as const) {
      const { found, summary } = await folded(
        t,
        command,
        '--engine',
        engine,
        '--syscall',
        'read,write',
        '--path',
        glob,
      );
      t.strictSame(
        [...found].map(([stack, bytes]) => `${stack} ${bytes}`).toSorted(),
        rows.map((row) => expected[row]),
        `${engine}: --path ${glob}`,
      );
      const { filteredOut, syscalls, syscallsAfterFilters, metadata } = summary;
      t.ok(filteredOut.calls > 0 && filteredOut.durationNs > 0);
      t.equal(syscallsAfterFilters, syscalls - filteredOut.calls, 'what passes and what does not are all');
      t.strictSame(metadata.filters, ['--syscall read,write', `--path ${glob}`]);
    }
  }
});

t.test('--comm: threads of that name, and no others', { skip }, async (t) => {
  const { dir, command } = twoDirectories(t);
  for (const engine of ENGINES) {
    for (const [globs, comms] of [
      [['--comm', 'dd'], ['dd']],
      [
        ['--comm', 's?d', '--comm', 'dd'],
        ['dd', 'sed'],
      ],
      [['--comm', 'se[a-z],nothing'], ['sed']],
      [['--comm', 'nothing'], []],
    ] as const) {
      const { found, summary } = await folded(t, command, '--engine', engine, ...globs, '--path', dir);
      const seen = new Set([...found.keys()].map((stack) => stack.split(';')[0]));
      t.strictSame([...seen].toSorted(), comms, `${engine}: ${globs.join(' ')}`);
      const leftOut = summary.leftOut.reduce((sum, { calls }) => sum + calls, 0);
      t.equal(summary.syscallsAfterFilters, summary.syscalls - summary.filteredOut.calls - leftOut);
    }
    const { found } = await folded(t, command, '--engine', engine, '--comm', 'dd', '--fields', 'path,syscall');
    t.strictSame(
      having(found, dir).filter((line) => !line.endsWith(' 0')),
      [`${dir}/ab/in.txt;read 700`, `${dir}/ab/out.log;write 700`],
      `${engine}: also when comm is no field`,
    );
  }
});

t.test('--path of two names: the kernel knows the new one, the pairing engine both', { skip }, async (t) => {
  for (const engine of ENGINES) {
    const dir = directory(t);
    mkdirSync(join(dir, 'old'));
    mkdirSync(join(dir, 'new'));
    writeFileSync(join(dir, 'old/x'), '');
    const program = `require('fs').renameSync('${dir}/old/x', '${dir}/new/y'); require('fs').renameSync('${dir}/new/y', '${dir}/old/x')`;
    const command = ['env', '-u', 'NODE_OPTIONS', process.execPath, '-e', program];
    const of = async (name: string) => {
      const args = ['--engine', engine, '--weight', 'count', '--syscall', 'rename*', '--fields', 'path,syscall'];
      return having((await folded(t, command, ...args, '--path', join(dir, name))).found, dir);
    };
    const [toNew, toOld] = [`${dir}/new/y;rename 1`, `${dir}/old/x;rename 1`];
    t.strictSame(await of('new'), engine === 'kernel' ? [toNew] : [toNew, toOld], engine);
    t.strictSame(await of('old'), engine === 'kernel' ? [toOld] : [toNew, toOld], engine);
  }
});

t.test('a picture in which nothing is left says why, and so does the summary', { skip }, async (t) => {
  const { dir, command } = twoDirectories(t);
  const { code, stdout, stderr } = await run(['--path', join(dir, 'nothing'), '--', ...command]);
  t.equal(code, 0);
  isPicture(t, stdout);
  t.match(stdout, /No selected call matches --comm and --path/);
  t.match(stderr, /after filters 0 \(0\/s\)\n/);
  t.match(stderr, /^left out by --comm or --path: [\d,]+ calls \([^)]+\)$/m);
  const open = await run(['--', ...command]);
  t.notMatch(open.stderr, /left out by --comm/);
});

t.test('--max-stacks: as many are told apart, and every call and byte is in', { skip }, async (t) => {
  const dir = directory(t, true);
  const files = 20_000;
  const capture = await trace(t, [workload(), 'many-files', dir, String(files)], { maxRows: 1000 });
  const { profile } = capture;
  t.ok(profile.length >= 1000 && profile.length <= 1125 + 10, `${profile.length} rows`);
  t.ok(profile.texts.length < 1200, `${profile.texts.length} texts`);
  t.equal(profile.total('calls'), capture.counters.folded);
  let [writes, bytes] = [0, 0];
  for (let row = 0; row < profile.length; row++) {
    if (profile.text(row, 'syscall') !== 'write') continue;
    writes += profile.weight(row, 'calls');
    bytes += profile.weight(row, 'bytes');
  }
  t.strictSame([writes, bytes], [files, 5 * files]);
  const others = rows(capture, dir).filter((row) => row.includes('[other]'));
  const pattern = new RegExp(`^workload ${dir}/d\\d+/\\[other\\] close 9\\d\\d 0 0$`);
  t.equal(others.filter((row) => pattern.test(row)).length, 20, 'of the thousand files of each directory');
  t.ok(profile.surplus.calls > 3 * files - 1000);
  t.ok(Math.abs(profile.surplus.rows / (3 * files - 1000) - 1) < 0.05, `${profile.surplus.rows} stacks were folded`);

  const args = ['--max-stacks', '20', '--format', 'folded', '--weight', 'count', '-o', '-'];
  for (const engine of ENGINES) {
    const command = ['sh', '-c', 'find /usr/share/doc -maxdepth 2 > /dev/null'];
    const result = await run(['--json', '--engine', engine, ...args, '--', ...command]);
    const { losses, syscallsAfterFilters } = jsonOf(result);
    t.ok((losses.find(({ name }) => name === 'in [other]')?.count ?? 0) > 0, engine);
    t.equal(
      [...stacks(t, result.stdout).values()].reduce((sum, count) => sum + count, 0),
      syscallsAfterFilters,
    );
  }
});

t.test('--fail-on-loss: exit 1, with a command 125, and outputs are written', { skip }, async (t) => {
  const dir = directory(t);
  const output = join(dir, 'a.svg');
  const losing = ['-q', '-o', output, '--fail-on-loss', '--max-stacks', '1'];
  const sentence =
    /^ior-flame: calls or their names were lost \(in \[other\]: [\d,]+\), and --fail-on-loss makes that a failure\n$/;
  const cases: readonly (readonly [readonly string[], number])[] = [
    [['--', 'true'], 125],
    [['--', 'sh', '-c', 'exit 7'], 7],
    [['-d', '300ms', '--type', 'all', '--family', 'all'], 1],
  ];
  for (const [args, code] of cases) {
    const result = await run([...losing, ...args]);
    t.match(result, { code, stdout: '', stderr: sentence }, args.join(' '));
    isPicture(t, readFileSync(output, 'utf8'));
  }
  const whole = await run(['-q', '-o', output, '--fail-on-loss', '--', 'true']);
  t.strictSame(whole, { code: 0, signal: null, stdout: '', stderr: '' }, 'nothing was lost');
  const lenient = await run(['-q', '-o', output, '--max-stacks', '1', '--', 'true']);
  t.strictSame(lenient, { code: 0, signal: null, stdout: '', stderr: '' }, 'nobody asked');
});

t.test('--limits: tiny ones lose names, and say so; no call', { skip }, async (t) => {
  const dir = directory(t, true);
  const output = join(dir, 'a.folded');
  const files = 5000;
  const limits = ['--limits', 'cells=256,names=64,ring=65536'];
  const options = ['--json', '--fail-on-loss', '--weight', 'count', '--fields', 'syscall', '-o', output];
  const command = ['--', workload(), 'many-files', dir, String(files)];
  const result = await run([...limits, ...options, ...command]);
  t.equal(result.code, 125);
  const found = stacks(t, readFileSync(output, 'utf8'));
  t.equal(found.get('write'), files);
  const [json = '', sentence] = result.stderr.split('\n');
  t.match(sentence, /^ior-flame: calls or their names were lost \(.*overflowed: [\d,]+/);
  const { losses } = JSON.parse(json) as { losses: readonly { name: string; count: number }[] };
  t.ok((losses.find(({ name }) => name === 'overflowed')?.count ?? 0) > 0);
  t.equal(losses.find(({ name }) => name === 'not accounted for')?.count, 0);
});

t.test('the field user', { skip: skip || whyNotAsNobody() }, async (t) => {
  const { dir, frames } = prepared(t);
  const script = `cat ${dir}/in; chmod 755 ${dir}; ${AS_NOBODY.join(' ')} cat ${dir}/in`;
  for (const engine of ENGINES) {
    const output = join(dir, `${engine}.folded`);
    const args = ['-q', '--engine', engine, '--weight', 'bytes', '--fields', 'user,path,syscall', '-o', output];
    await run([...args, '--', 'sh', '-c', `{ ${script}; } > /dev/null`]);
    const found = stacks(t, readFileSync(output, 'utf8'));
    t.strictSame(having(found, `${frames};/in;read`), [
      `nobody;${frames};/in;read 3584`,
      `root;${frames};/in;read 3584`,
    ]);
  }
});
