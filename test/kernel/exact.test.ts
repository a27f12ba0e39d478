import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { accountsForEverything, directory, rows, scaled, trace, whyNot, workload } from './trace.ts';

const skip = whyNot('cc');

t.test(
  '23 reads, 17 writes, 13 opens: calls and bytes by comm, path and syscall are exactly those',
  { skip },
  async (t) => {
    const dir = directory(t);
    const capture = await trace(t, [workload(), 'counts', dir]);
    const expected = [
      `after ${dir}/b.txt lseek 1 0 0`,
      `after ${dir}/b.txt write 2 2 0`,
      `after ${dir}/exec.txt close 3 0 0`,
      `after ${dir}/exec.txt openat 3 0 0`,
      `after ${dir}/exec.txt read 4 3 0`,
      `after ${dir}/exec.txt write 2 6 0`,
      `second ${dir}/thread.txt close 3 0 0`,
      `second ${dir}/thread.txt openat 3 0 0`,
      `second ${dir}/thread.txt read 6 100 0`,
      `second ${dir}/thread.txt write 5 50 0`,
      `workload ${dir} chdir 1 0 0`,
      `workload ${dir}/a.txt close 2 0 0`,
      `workload ${dir}/a.txt dup 1 0 0`,
      `workload ${dir}/a.txt lseek 2 0 0`,
      `workload ${dir}/a.txt openat 1 0 0`,
      `workload ${dir}/a.txt read 9 410 0`,
      `workload ${dir}/a.txt write 4 350 0`,
      `workload ${dir}/b.txt close 3 0 0`,
      `workload ${dir}/b.txt openat 3 0 0`,
      `workload ${dir}/b.txt read 2 1000 0`,
      `workload ${dir}/b.txt write 2 1024 0`,
      `workload ${dir}/gone.txt close 1 0 0`,
      `workload ${dir}/gone.txt lseek 1 0 0`,
      `workload ${dir}/gone.txt openat 1 0 0`,
      `workload ${dir}/gone.txt read 2 24 0`,
      `workload ${dir}/gone.txt unlink 1 0 0`,
      `workload ${dir}/gone.txt write 2 24 0`,
      `workload ${dir}/missing openat 1 0 1`,
      `workload ${dir}/missing/file openat 1 0 1`,
      `workload ${dir}/sub mkdir 1 0 0`,
    ];
    t.strictSame(rows(capture, dir), expected);
    const sum = (syscall: string) =>
      rows(capture, dir)
        .filter((row) => row.includes(` ${syscall} `))
        .reduce((calls, row) => calls + Number(row.split(' ').at(-3)), 0);
    t.equal(sum('read'), 23);
    t.equal(sum('write'), 17);
    t.equal(sum('openat'), 13, 'two of them of files that do not exist');
    accountsForEverything(t, capture);
  },
);

t.test('the execve that becomes the command is in, what came before it is not', { skip }, async (t) => {
  const dir = directory(t);
  const capture = await trace(t, [workload(), 'counts', dir]);
  const execs = rows(capture, '').filter((row) => row.includes(' execve '));
  t.strictSame(
    execs.map((row) => row.split(' ').slice(1).join(' ')),
    [`${workload()} execve 1 0 0`, `${workload()} execve 1 0 0`],
    'the command and its own exec, by the path that was asked for',
  );
  t.match(
    execs.find((row) => !row.startsWith('workload ')),
    /^\S+ /,
    'the first under the name of who made it',
  );
});

t.test(
  '23 300,000 different files in one run: all named, every write counted',
  { skip, timeout: 120_000 },
  async (t) => {
    const dir = directory(t, true);
    const files = scaled(300_000);
    const capture = await trace(t, [workload(), 'many-files', dir, String(files)]);
    const seen = new Uint8Array(files);
    let calls = 0;
    let bytes = 0;
    let strangers = 0;
    const { profile } = capture;
    for (let row = 0; row < profile.length; row++) {
      if (profile.text(row, 'syscall') !== 'write') continue;
      const number = new RegExp(`^${dir}/d\\d+/f(\\d+)$`).exec(profile.text(row, 'path'))?.[1];
      if (number === undefined) strangers++;
      else seen[Number(number)] = 1;
      calls += profile.weight(row, 'calls');
      bytes += profile.weight(row, 'bytes');
    }
    t.equal(seen.indexOf(0), -1, 'every file has its write');
    t.equal(strangers, 0, 'no write bears another name');
    t.equal(calls, files);
    t.equal(bytes, 5 * files);
    t.equal(capture.counters.overflowed, 0);
    t.equal(capture.sums.unnamed, 0);
    accountsForEverything(t, capture);
  },
);

t.test('23 12 million calls on both cores at once: none missing', { skip, timeout: 120_000 }, async (t) => {
  const dir = directory(t);
  const calls = scaled(6_000_000);
  const capture = await trace(t, [workload(), 'hammer', dir, String(calls)]);
  t.strictSame(
    rows(capture, join(dir, 'hammered')).filter((row) => /lseek|pwrite/.test(row)),
    [`workload ${dir}/hammered lseek ${calls} 0 0`, `workload ${dir}/hammered pwrite64 ${calls} ${calls} 0`],
  );
  accountsForEverything(t, capture);
});

t.test(
  '23 with tiny limits cells are swapped and overflow, names are sent again, and no call is lost',
  { skip },
  async (t) => {
    const dir = directory(t, true);
    const files = Math.max(scaled(20_000), 3000);
    const limits = { cells: 128, knownNames: 64, ringBytes: 16_384 };
    const capture = await trace(t, [workload(), 'many-files', dir, String(files)], { limits });
    t.ok(capture.counters.overflowed > 0, 'the limits were reached');
    t.equal(capture.counters.cellsBusy, 0, 'for the reason that was meant');
    t.ok(capture.counters.cellsFull > 0 && capture.counters.cellsFull <= capture.counters.overflowed);
    t.ok(capture.counters.namesDeferred > 0, 'and so was the ring');
    const { profile } = capture;
    let writes = 0;
    for (let row = 0; row < profile.length; row++) {
      if (profile.text(row, 'syscall') === 'write') writes += profile.weight(row, 'calls');
    }
    t.equal(writes, files);
    accountsForEverything(t, capture);
  },
);

t.test('24 system-wide: others are in, the tracer is not', { skip }, async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, 'x'));
  const capture = await trace(t, [workload(), 'counts', join(dir, 'x')], {
    everything: true,
    dimensions: ['comm', 'path', 'syscall', 'pid'],
  });
  t.equal(rows(capture, join(dir, 'x')).length > 20, true);
  const pids = new Set<string>();
  for (let row = 0; row < capture.profile.length; row++) pids.add(capture.profile.text(row, 'pid'));
  t.notOk(pids.has(String(process.pid)), 'no row of our own');
});
