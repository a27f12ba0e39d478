// What lines of strace say, case by case. The goldens hold whole traces; here is what must be so whatever they hold.

import assert from 'node:assert/strict';
import os from 'node:os';
import t from 'tap';
import { callArguments } from '../../src/collector/text/call-arguments.ts';
import { constantValue, errnoByName } from '../../src/collector/text/constants.ts';
import { LineReader } from '../../src/collector/text/lines.ts';
import { describeBad, TextReport } from '../../src/collector/text/report.ts';
import { StraceFile } from '../../src/collector/text/strace.ts';
import { StraceTrace } from '../../src/collector/text/strace-trace.ts';
import { EventLog } from './events.ts';

async function trace(text: string | Buffer, tid?: number): Promise<{ lines: string[]; report: TextReport }> {
  const log = new EventLog();
  const report = new TextReport();
  const whole = new StraceTrace(log, report);
  const file = new StraceFile(whole, { name: 'x', tid });
  const reader = new LineReader({ name: 'x', chunks: chunksOf(Buffer.from(text)) });
  do {
    while (reader.next()) file.line(reader.bytes, reader.start, reader.end, reader.number);
  } while (await reader.fill());
  file.finish();
  whole.finish();
  return { lines: log.lines, report };
}

async function* chunksOf(bytes: Buffer, size = 7): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Events of a text, or of lines, understood to the last. */
async function events(text: string | Buffer | readonly string[], tid?: number): Promise<string[]> {
  const whole = Array.isArray(text) ? text.map((line) => `${line}\n`).join('') : (text as string | Buffer);
  const { lines, report } = await trace(whole, tid);
  assert.equal(describeBad([report]), undefined);
  return lines;
}

t.test('a line says enter and exit', async (t) => {
  t.same(await events('9<cat> 1700000000.500000 read(3</etc/passwd>, "root"..., 4096) = 2996 <0.000009>\n'), [
    '> 9 500000000 read (3</etc/passwd>) by=cat',
    '< 9 500009000 read =2996 took=9000',
  ]);
});

t.test('without -T the duration of one line is unknown, that of two pieces is between their stamps', async (t) => {
  t.same(
    await events('9 10:00:00 close(3) = 0\n9 10:00:01 close(4 <unfinished ...>\n9 10:00:03 <... close resumed>) = 0\n'),
    ['> 9 0 close (3)', '< 9 - close =0', '> 9 1000000000 close (4)', '< 9 3000000000 close =0'],
  );
});

t.test('stamps', async (t) => {
  const times = async (text: string) =>
    (await events(text)).filter((line) => line[0] === '>').map((line) => line.split(' ')[2]);
  t.same(
    await times('1700000000.000001 close(1) = 0\n1700000001.000000 close(1) = 0\n'),
    ['1000', '1000000000'],
    '-ttt',
  );
  t.same(await times('1700000000 close(1) = 0\n1700000002 close(1) = 0\n'), ['0', '2000000000'], 'seconds alone');
  t.same(await times('9 1700000000.123456789 close(1) = 0\n'), ['123456789'], 'nanoseconds');
  t.same(
    await times('     0.000000 close(1) = 0\n     0.000250 close(1) = 0\n     1.000000 close(1) = 0\n'),
    ['0', '250000', '1000250000'],
    '-r',
  );
  t.same(
    await times('9      0.5 close(1) = 0\n9      0.25 close(1) = 0\n'),
    ['500000000', '750000000'],
    '-r and a tid',
  );
  t.same(
    await times('23:59:59.5 close(1) = 0\n00:00:00.25 close(1) = 0\n23:59:59 close(1) = 0\n00:00:00 close(1) = 0\n'),
    ['500000000', '1250000000', '86400000000000', '86401000000000'],
    'midnight',
  );
  t.same(
    await times('9 10:00:00 (+     0.000003) [   3] [00007f9d6ddf79e7] close(1) = 0\n'),
    ['0'],
    '-r beside -t, -n, -i',
  );
  t.same(await times('close(1) = 0\n'), ['-'], 'none');
});

t.test('results', async (t) => {
  const ret = async (text: string) => (await events(`9 ${text}\n`)).find((line) => line[0] === '<')?.split(' ')[4];
  t.equal(await ret('openat(3, "x", 0) = -1 ENOENT (No such file or directory)'), '=-2');
  t.equal(await ret('read(3, 0x7f, 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)'), '=-512');
  t.equal(await ret('pause() = ? ERESTART_RESTARTBLOCK (Interrupted by signal)'), '=-516');
  t.equal(await ret('futex(0x7f, FUTEX_WAIT, 1, NULL) = ?'), '=?');
  t.equal(await ret('exit_group(0) = ?'), undefined, 'there is no exit');
  t.equal(await ret('mmap(NULL, 1, 0, MAP_PRIVATE, 3</x>, 0) = 0x7f0000001000'), '=139637976731648');
  t.equal(await ret('ioctl(3, X, 1) = -1 (errno 599)'), '=-599');
  t.equal(await ret('read(3, "", 1)           = 0'), '=0');
  t.equal(await ret('getpriority(PRIO_PROCESS, 0) = -1'), '=-1');
});

t.test('what stands in strings and behind descriptors is no syntax', async (t) => {
  const odd = '= 1 <0.5> (a, "b") {c} <unfinished ...> /* d */';
  const inString = odd.replaceAll('"', '\\"');
  const behind = inString.replaceAll('<', '\\074').replaceAll('>', '\\076');
  t.same(await events(`9 openat(AT_FDCWD</w>, "${inString}", O_RDONLY) = 3</w/${behind}> <0.000001>\n`), [
    `> 9 - openat (-100</w>,,0) path=${JSON.stringify(odd)}`,
    `< 9 - openat =3<${JSON.stringify(`/w/${odd}`)}> took=1000`,
  ]);
});

t.test('escapes', async (t) => {
  const path = async (text: string) => (await events(`9 chdir("${text}") = 0\n`))[0]?.split('path=')[1];
  t.equal(await path('\\a\\b\\t\\n\\v\\f\\r\\"\\\\'), JSON.stringify('\x07\b\t\n\v\f\r"\\'));
  t.equal(await path('\\1\\12\\1234\\0'), JSON.stringify('\x01\nS4\0'));
  t.equal(await path('\\x2f\\x61\\xC3\\xA9'), JSON.stringify('/aé'));
  t.equal(await path('\\303\\251\\377'), JSON.stringify('é\udcff'));
});

t.test('who is whose child, where clones overlap', async (t) => {
  const lines = await events([
    '2 close(9) = 0',
    '1 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>',
    '2 vfork( <unfinished ...>',
    '12 execve("/bin/b", ["b"], 0x7f) = 0',
    '11 close(1 <unfinished ...>',
    '11 <... close resumed>) = 0',
    '2 <... vfork resumed>) = 12',
    '1 <... clone resumed>) = 11',
    '11 close(2) = 0',
  ]);
  t.same(
    lines.filter((line) => !line.startsWith('<')),
    [
      '> 2 - close (9)',
      '> 1 - clone (17)',
      '> 2 - vfork',
      'fork 2 12 0x4100',
      '> 12 - execve path=/bin/b',
      'exec 12 12 b',
      'fork 1 11 0x11',
      '> 11 - close (1)',
      '> 11 - close (2)',
    ],
  );
});

t.test('a child is not lost when its clone never returns', async (t) => {
  t.same(await events('1 fork( <unfinished ...>\n5 close(1) = 0\n1 +++ killed by SIGKILL +++\n5 close(2) = 0\n'), [
    '> 1 - fork',
    'end 1 -',
    '> 5 - close (1)',
    '< 5 - close =0',
    '> 5 - close (2)',
    '< 5 - close =0',
  ]);
  t.same(await events('1 fork( <unfinished ...>\n5 close(1) = 0\n'), [
    '> 1 - fork',
    'fork 1 5 0x0',
    '> 5 - close (1)',
    '< 5 - close =0',
  ]);
});

t.test('an execve by a thread that is not the leader', async (t) => {
  t.same(
    await events([
      '7<a> execve("/bin/longer-than-fifteen", ["x"], 0x7f <unfinished ...>',
      '6<a> <... pause resumed>) = ?',
      '6<a> +++ superseded by execve in pid 7 +++',
      '6<longer-than-fif> <... execve resumed>) = 0',
      '6<longer-than-fif> close(3) = 0',
    ]),
    [
      '> 7 - execve path=/bin/longer-than-fifteen by=a',
      '< 6 - pause =? by=a',
      'exec 7 6 longer-than-fif',
      '< 6 - execve =0 comm=longer-than-fif by=longer-than-fif',
      '> 6 - close (3) by=longer-than-fif',
      '< 6 - close =0',
    ],
  );
  const seccomp =
    '7 execve("/b", [], 0 <pid changed to 6 ...>\n6 +++ superseded by execve in pid 7 +++\n6 <... execve resumed>) = -1 (errno 18446744073709551527)\n';
  t.same(
    (await events(seccomp)).slice(1),
    ['exec 7 6 b', '< 6 - execve =0 comm=b'],
    'whatever its result is said to be',
  );
  const [, exec] = await events('6 execve("/bin/longer-than-fifteen", ["x"], 0x7f) = 0\n');
  t.equal(exec, 'exec 6 6 longer-than-fif', 'the comm is cut as the kernel does');
});

t.test('a new comm', async (t) => {
  t.same(await events('6 prctl(PR_SET_NAME, "worker \\"1\\"") = 0\n6 prctl(PR_SET_DUMPABLE, SUID_DUMP_USER) = 0\n'), [
    '> 6 - prctl (15)',
    '< 6 - prctl =0 comm="worker \\"1\\""',
    '> 6 - prctl',
    '< 6 - prctl =0',
  ]);
});

t.test('a comm that strace goes on to show after a rename', async (t) => {
  const shown = async (...lines: readonly string[]) =>
    (await events(lines))
      .filter((line) => /by=|comm=|^exec/.test(line))
      .map((line) => line.replace(/ -| path=\S+| \(.*?\)/g, ''));
  t.same(
    await shown(
      '6<sh> execve("/sbin/cc", [], 0) = -1 ENOENT (No such file or directory)',
      '6<sh> execve("/bin/cc", [], 0) = 0',
      '6<sh> close(3 <unfinished ...>',
      '6<sh> <... close resumed>) = -1 EBADF (Bad file descriptor)',
      '6<sh> prctl(PR_SET_NAME, "longer-than-fifteen") = 0',
      '6<sh> close(3) = 0',
      '6<longer-than-fif> close(3) = 0',
      '6<sh> close(3) = 0',
    ),
    [
      ...['> 6 execve by=sh', '> 6 execve by=sh', 'exec 6 6 cc', '< 6 execve =0 comm=cc'],
      ...['< 6 prctl =0 comm=longer-than-fif', '> 6 close by=longer-than-fif', '> 6 close by=sh'],
    ],
    'another one counts',
  );
  t.same(
    await shown(
      '7<sh> execve("/bin/cc", [], 0 <unfinished ...>',
      '6<sh> +++ superseded by execve in pid 7 +++',
      '6<sh> <... execve resumed>) = 0',
      '6<sh> close(3) = 0',
    ),
    ['> 7 execve by=sh', 'exec 7 6 cc', '< 6 execve =0 comm=cc'],
  );
  t.same(
    await shown('6<sh> execveat(3</bin/cc>, "", [], 0, AT_EMPTY_PATH) = 0', '6<sh> close(3) = 0'),
    ['> 6 execveat by=sh', 'exec 6 6 ?', '> 6 close by=sh'],
    'where the new one is not known, what is shown counts',
  );
});

t.test('a struct where flags may stand', async (t) => {
  t.same(await events('9 fcntl(3</db>, F_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=1, l_len=1}) = 0\n'), [
    '> 9 - fcntl (3</db>)',
    '< 9 - fcntl =0',
  ]);
  t.same(
    (await events('9 fcntl(3, F_GETLK, {l_type=F_UNLCK, l_pid=0} <unfinished ...>\n9 <... fcntl resumed>) = 0\n'))
      .length,
    2,
  );
});

t.test('the tid that lines lack while there is one task', async (t) => {
  const lines = await events([
    'close(1) = 0',
    'clone(child_stack=NULL, flags=SIGCHLDstrace: Process 26 attached',
    ', child_tidptr=0x7f) = 26',
    '[pid    25] close(2 <unfinished ...>',
    '[pid    26] close(3) = 0',
    '[pid    25] <... close resumed>) = 0',
    '[pid    25] +++ exited with 0 +++',
    'close(4) = 0',
    '+++ exited with 0 +++',
  ]);
  t.same(
    lines.filter((line) => !line.startsWith('<')),
    [
      '> 1 - close (1)',
      '> 1 - clone (17)',
      'fork 1 26 0x11',
      '> 1 - close (2)',
      '> 26 - close (3)',
      'end 1 -',
      '> 26 - close (4)',
      'end 26 -',
    ],
  );
  t.same((await events('close(1) = 0\n', 77))[0], '> 77 - close (1)', 'the name of the file tells');
});

t.test('output of the program in the middle of a line', async (t) => {
  const { lines, report } = await trace('write(1, "a\\nb\\n", 4a\nb\n) = 4\nwrite(1, "c", 1c) = 1\nclose(3) = 0\n');
  t.same(
    lines.map((line) => line.split(' ')[3]),
    ['write', 'write', 'write', 'write', 'close', 'close'],
  );
  t.equal(report.bad, 1, 'the line b');
});

t.test('a line that ends in the middle is counted, and never half an event', async () => {
  const whole = '9 1700000000.5 openat(AT_FDCWD</w>, "a\\"b", O_RDONLY|O_CLOEXEC) = 3</w/a\\"b> <0.000100>';
  for (let end = 1; end < whole.length; end++) {
    const { lines, report } = await trace(`${whole.slice(0, end)}\n9 close(1) = 0\n`);
    const isDone = / = (?:3|3<\/w\/a\\"b>.*)$/.test(whole.slice(0, end));
    assert.equal(lines.length, isDone ? 4 : 2, whole.slice(0, end));
    assert.equal(report.bad, isDone ? 0 : 1, whole.slice(0, end));
  }
});

t.test('CR LF, and no LF at the end', async (t) => {
  t.same(await events('9 close(1) = 0 <0.000001>\r\n9 close(2) = 0 <0.000001>'), [
    '> 9 - close (1)',
    '< 9 - close =0 took=1000',
    '> 9 - close (2)',
    '< 9 - close =0 took=1000',
  ]);
});

t.test('the first line that is not understood is kept with its number', async (t) => {
  const { report } = await trace('9 close(1) = 0\nwhat?\n\n9 --- SIGCHLD {si_signo=SIGCHLD} ---\nand\n');
  t.equal(report.lines, 4);
  t.equal(report.notes, 1);
  t.equal(describeBad([report]), 'Ignored 2 lines with invalid format, the first is line 2 of x: "what?"');
});

t.test('a hundred thousand tasks that came and went leave nothing behind', async (t) => {
  const report = new TextReport();
  const whole = new StraceTrace(new EventLog(), report);
  const file = new StraceFile(whole, { name: 'x' });
  for (let tid = 2; tid < 100_000; tid++) {
    for (const text of [`1 fork() = ${tid}\n`, `${tid} close(3 <unfinished ...>\n`, `${tid} +++ exited with 0 +++\n`]) {
      const line = Buffer.from(text);
      file.line(line, 0, line.length - 1, 1);
    }
  }
  t.equal(whole.size, 1);
  t.equal(whole.cloning.size, 0);
});

t.test('constants', async (t) => {
  t.equal(constantValue('O_RDWR|O_CREAT|O_CLOEXEC'), 0o2000102);
  t.equal(constantValue('RDONLY|CLOEXEC', 'O_'), 0o2000000);
  t.equal(constantValue('0x20|MAP_PRIVATE|MAP_UNHEARD_OF'), 0x22);
  t.equal(constantValue('0644'), 0o644);
  t.ok(Number.isNaN(constantValue('UNHEARD_OF')));
  for (const [name, errno] of Object.entries(os.constants.errno)) t.equal(errnoByName(name), errno, name);
  t.equal(errnoByName('EHWPOISON'), 133);
  t.equal(errnoByName('ERESTART_RESTARTBLOCK'), 516);
  t.equal(errnoByName('ENOTSUPP'), 524);
  t.equal(callArguments('syscall_0x1d2').name, callArguments('syscall_466').name);
  t.equal(callArguments('syscall_9999').name, 'syscall_9999');
});
