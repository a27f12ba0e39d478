// Files under any name: what they are, what is said when they are nothing, compressed, damaged and large ones.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { TextFormat } from '../../src/collector/text/formats.ts';
import { LineReader, MAX_LINE_BYTES, textInput } from '../../src/collector/text/lines.ts';
import { readText } from '../../src/collector/text/read.ts';
import { groupFiles } from '../../src/collector/text/strace-files.ts';
import { EventLog, logOf } from './events.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'ior-flame-test-'));
t.teardown(() => rmSync(work, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(work, name);
  writeFileSync(path, content);
  return path;
}

t.test('the format is found under any name', async (t) => {
  const expected: readonly (readonly [RegExp, TextFormat])[] = [
    [/^strace-/, 'strace'],
    [/^perf-.*\/script/, 'perf-script'],
    [/^perf-/, 'perf-trace'],
  ];
  for (const path of readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.txt'))) {
    const format = expected.find(([pattern]) => pattern.test(path))?.[1];
    const { formats } = await logOf(file('anything.svg', readFileSync(join(HERE, path))));
    t.same(formats, [format], path);
  }
  t.same((await logOf(file('log', 'a;b 1\nc = 0 5\n'))).formats, ['folded']);
  t.same((await logOf(file('one', '9 close(3) = 0\n'))).formats, ['strace'], 'folded text as well, but a call');
  t.same((await logOf(file('one', '9 close(3) = 0\n'), 'folded')).formats, ['folded'], '--from');
});

t.test('a file in which nothing is understood', async (t) => {
  const nothing = file('prose', '\nIt was a dark and stormy night.\n');
  await t.rejects(logOf(nothing), {
    name: 'InputError',
    exitCode: 1,
    message: `${nothing}:2: no line is understood, expected perf script of raw_syscalls, the log of perf trace, strace output or folded text: "It was a dark and stormy night."`,
  });
  await t.rejects(logOf(file('empty', '')), { name: 'InputError', message: /nothing to read, expected/ });
  await t.rejects(logOf(file('bits', Buffer.from([0, 1, 2, 255, 254, 10, 13, 0]))), { name: 'InputError' });
  await t.rejects(logOf(file('folded', 'a;b 1\n'), 'strace'), {
    message: /no line is understood, expected strace output: /,
  });
  await t.rejects(readText([join(work, 'absent')], { events: () => new EventLog(), stack: () => {} }), {
    name: 'UserError',
    exitCode: 1,
    message: /cannot read .*absent: no such file \(ENOENT\)$/,
  });
});

t.test('gzip', async (t) => {
  const text = readFileSync(join(HERE, 'strace-4-by-hand/resumed-with-space.txt'));
  const plain = await logOf(file('plain', text));
  t.same((await logOf(file('packed.txt', gzipSync(text)))).lines, plain.lines);
  t.same(
    (await logOf(file('two', Buffer.concat([gzipSync(text.subarray(0, 100)), gzipSync(text.subarray(100))])))).lines,
    plain.lines,
    'two members',
  );
  const long = Buffer.from('a;b 1\n'.repeat(500_000));
  const packed = gzipSync(long);
  const cut = await logOf(file('cut', packed.subarray(0, packed.length - 200)));
  t.ok(cut.lines.length > 100_000, 'what came before the damage is read');
  t.match(cut.reports[0]?.damages, [{ what: /broken gzip data/ }]);
});

t.test('progress counts the bytes of the file', async (t) => {
  const path = file('progress', 'a;b 1\n'.repeat(1000));
  let read = 0;
  const onProgress = (bytes: number) => {
    read += bytes;
  };
  await readText([path], { events: () => new EventLog(), stack: () => {}, onProgress });
  t.equal(read, 6000);
});

t.test('a line without an end does not fill the memory', async (t) => {
  async function* chunks() {
    yield Buffer.from('first\n');
    const chunk = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 40; i++) yield chunk;
    yield Buffer.from('\nlast\n');
  }
  const reader = new LineReader({ name: 'x', chunks: chunks() });
  const seen: string[] = [];
  do {
    while (reader.next()) seen.push(`${reader.number} ${reader.bytes.toString('latin1', reader.start, reader.end)}`);
    if (reader.bytes.length > 4 * MAX_LINE_BYTES) t.fail(`${reader.bytes.length} bytes`);
  } while (await reader.fill());
  t.same(seen, ['1 first', '3 last']);
  t.match(reader, { overlong: 1, firstOverlong: 2 });
});

t.test('lines do not depend on the chunks they come in', async (t) => {
  const text = Buffer.from('one\r\n\ntwo\nthree');
  for (let size = 1; size < 20; size++) {
    async function* chunks() {
      for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
    }
    const reader = new LineReader({ name: 'x', chunks: chunks() });
    const seen: string[] = [];
    do {
      t.equal(reader.peek(1000).length + seen.length <= 4, true);
      while (reader.next()) seen.push(reader.bytes.toString('latin1', reader.start, reader.end));
    } while (await reader.fill());
    t.same(seen, ['one', '', 'two', 'three'], String(size));
  }
});

t.test('files of one trace', async (t) => {
  t.same(groupFiles(['t.12', 'a.txt', 't.7', 'u.7', 'b', 't.12']), [['t.12', 't.7'], ['a.txt'], ['u.7'], ['b']]);
  const folder = join(HERE, 'strace-6.1/ff');
  const untimed = await logOf(folder);
  const forks = untimed.lines.filter((line) => line.startsWith('fork'));
  t.ok(forks.length >= 6);
  for (const fork of forks) {
    const [, , child] = fork.split(' ');
    const first = untimed.lines.findIndex((line) => line.startsWith(`> ${child} `));
    t.ok(first < 0 || first > untimed.lines.indexOf(fork), `${fork} comes before what the child does`);
  }
  const stats = await logOf(join(HERE, 'strace-6.1/ff-ttt-T-yy-Y'));
  const times = stats.lines
    .filter((line) => !/^(?:fork|exec) /.test(line))
    .map((line) => Number(line.split(' ')[2]))
    .filter((ns) => ns >= 0);
  t.same(
    times,
    times.toSorted((a, b) => a - b),
    'with stamps, the events of all files are in the order of time',
  );
});

t.test('files of another format in a group are read for themselves', async (t) => {
  const paths = [file('out.1', 'a 1\n'), file('out.2', 'b 2\n')];
  const log: string[] = [];
  const reads = await readText(paths, {
    events: () => new EventLog(),
    stack: ([frame], count) => log.push(`${frame} ${count}`),
  });
  t.same(log, ['a 1', 'b 2']);
  t.equal(reads.length, 2);
});

t.test('nothing is opened before it is read, nor left open', async (t) => {
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  const readers = Array.from({ length: 20 }, () => new LineReader(textInput(join(HERE, 'strace-6.1/plain.txt'))));
  t.equal(open(), before);
  for (const reader of readers) {
    await reader.fill();
    await reader.close();
  }
  t.equal(open(), before);
});
