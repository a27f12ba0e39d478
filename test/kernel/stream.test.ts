// `--engine stream` and the kernel engine on the same processes at the same time: they share neither pairing nor tables of
// descriptors, so that a fault in either shows as a difference. Calls, errors and bytes of every cell must be the same.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { streamEngine } from '../../src/cli/stream-engine.ts';
import { formatSummary, summarize } from '../../src/cli/summary.ts';
import { FILE_TYPES } from '../../src/model/profile.ts';
import { selectSyscalls } from '../../src/syscalls/table.ts';
import { X86_64 } from '../../src/syscalls/x86-64.ts';
import { having, jsonOf, stacks } from './artifacts.ts';
import { type Both, type BothOptions, cellsOf, traceOf, traceWithBoth } from './both-engines.ts';
import { compile } from './programs.ts';
import { directory, run, whyNot, workload } from './trace.ts';

const skip = whyNot('cc');

async function agree(
  t: Test,
  command: readonly string[],
  least: number,
  options: BothOptions = {},
): Promise<Both | undefined> {
  const both = await traceWithBoth(t, command, options);
  const { engine, kernel, profile } = both;
  t.strictSame(cellsOf(profile), cellsOf(kernel.profile), 'the cells are the same');
  t.ok(profile.length >= least, `there are ${profile.length} of them`);
  for (const name of ['enters', 'exits', 'folded', 'leftOut', 'neverReturned'] as const)
    t.equal(engine.counters[name], kernel.counters[name], name);
  t.strictSame(
    engine.losses.filter(({ name, count }) => name !== 'never returned' && count !== 0),
    [],
    'nothing is unknown or lost',
  );
  t.equal(
    both.stream.counters.reduce((sum, { dropped }) => sum + dropped, 0),
    0,
    'nothing was dropped',
  );
  for (let row = 0; row < profile.length; row++) {
    if (!(profile.weight(row, 'durationNs') > 0)) t.fail(`no time in row ${row}`);
  }
  return both;
}

t.test('the workload: the cells of both engines are the same', { skip }, async (t) => {
  await agree(t, [workload(), 'counts', directory(t)], 50);
});

t.test('every call of the file family: the cells of both engines are the same', { skip }, async (t) => {
  const both = await agree(t, [compile('file-family'), directory(t)], 240);
  const seen = new Set<string>();
  const { profile } = both as Both;
  for (let row = 0; row < profile.length; row++) seen.add(profile.text(row, 'syscall'));
  const wanted = X86_64.filter(({ family }) => family === 'file').map(({ name }) => name);
  t.strictSame(
    wanted.filter((name) => !seen.has(name)),
    [],
    'none was left out',
  );
});

t.test('programs as they come, of all families: the cells of both engines are the same', { skip }, async (t) => {
  const scripts = [
    'ls -l / | sort | tail -1; cat /etc/passwd > x; (cd /usr && find . -maxdepth 2 | wc -l)',
    'tar c /etc/ssl 2>/dev/null | (mkdir t && cd t && tar x); mv t/etc u; rm -r u',
    'for i in 1 2; do echo "int f$i;" > f$i.c; cc -c f$i.c; done; ar rc x.a f1.o f2.o',
    `"${process.execPath}" -e "require('fs').writeFileSync('x', 'y'); fetch('http://127.0.0.1:1').catch(() => {})"`,
  ];
  const dimensions = ['comm', 'path', 'syscall', 'type', 'pid', 'tid', 'uid'] as const;
  for (const script of scripts) {
    const command = ['env', '-u', 'NODE_OPTIONS', 'sh', '-c', `exec >/dev/null; cd ${directory(t)}; ${script}`];
    await agree(t, command, 50, { families: ['all'], dimensions });
  }
});

t.test('calls that signals interrupt: the cells of both engines are the same', { skip }, async (t) => {
  for (const scenario of ['restart', 'retry', 'stop', 'sleep', 'handler-reads', 'jump', 'poll', 'killed'])
    await agree(t, [compile('signals'), scenario], 20, { families: ['all'] });
});

t.test(
  'records that find the ring full are counted for each CPU, and what is left is "at least"',
  { skip },
  async (t) => {
    const options = {
      selection: selectSyscalls({ families: [], syscalls: [], excludeSyscalls: [] }),
      types: FILE_TYPES,
      everything: false,
      dimensions: ['comm', 'path', 'syscall'],
    } as const;
    const outcome = await traceOf(t, streamEngine({ ...options, limits: { ringBytes: 65_536 } }), [
      workload(),
      'hammer',
      directory(t),
      '200000',
    ]);
    const dropped = outcome.losses.find(({ name }) => name === 'dropped');
    t.ok((dropped?.count ?? 0) > 0, 'some were dropped');
    t.equal(
      dropped?.perCpu?.reduce((sum, count) => sum + count, 0),
      dropped?.count,
    );
    t.equal(outcome.isAtLeast, true);
    t.ok(outcome.syscalls > 0 && outcome.syscalls < 400_000, `${outcome.syscalls} calls came through`);
    const text = formatSummary(summarize(outcome, { lengthNs: outcome.lengthNs }, 'duration'));
    t.match(text, /^ {2}system calls {3}at least [\d,]+ /m);
    t.match(text, /^ {2}in them {8}at least /m);
    t.match(text, /^ {2}dropped: [\d,]+ \(records that found the ring full; CPU \d+: [\d,]+/m);
  },
);

t.test('--engine stream: the same picture from the command line', { skip }, async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'in'), 'x'.repeat(5000));
  const args = ['--format', 'folded', '--weight', 'bytes', '--path-frames', 'whole'];
  const command = ['--', 'dd', `if=${dir}/in`, `of=${dir}/out`, 'bs=1000', 'status=none'];
  const result = await run(['--engine', 'stream', '--json', ...args, '-o', '-', ...command]);
  t.equal(result.code, 0);
  t.strictSame(having(stacks(t, result.stdout), dir), [`dd;${dir}/in;read 5000`, `dd;${dir}/out;write 5000`]);
  t.match(jsonOf(result), { atLeast: false, mismatches: 0 });
  const wrong = await run(['--engine', 'both', ...command]);
  t.equal(wrong.code, 125);
  t.equal(wrong.stderr, "ior-flame: --engine: no 'both': choose from kernel, stream\n");
});

t.test('24 system-wide: what was open before is named, and the tracer is not in', { skip }, async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'before'), 'x'.repeat(700));
  const fd = openSync(join(dir, 'before'), 'r');
  const reader = spawn('sh', ['-c', 'read line; cat <&3'], { cwd: dir, stdio: ['pipe', 'ignore', 'inherit', fd] });
  t.teardown(() => reader.kill());
  const options = {
    selection: selectSyscalls({ families: [], syscalls: ['read', 'chdir', 'openat'], excludeSyscalls: [] }),
    types: FILE_TYPES,
    everything: true,
    dimensions: ['comm', 'path', 'syscall', 'pid'],
  } as const;
  const tracer = streamEngine(options);
  tracer.start();
  t.teardown(() => tracer.close());
  reader.stdin?.end('go\n');
  await once(reader, 'exit');
  const { profile } = tracer.stop();
  const rows = cellsOf(profile).filter((row) => row.includes(join(dir, 'before')));
  t.match(rows, [/^cat \| .*\/before \| read \| \d+ \| calls=2 \| errors=0 \| bytes=700$/]);
  t.equal(rows.length, 1);
  const pids = new Set<string>();
  for (let row = 0; row < profile.length; row++) pids.add(profile.text(row, 'pid'));
  t.notOk(pids.has(String(process.pid)), 'no row of our own');
});
