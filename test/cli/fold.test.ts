// The verb `fold` as users have it: files in, folded text and pictures out, and a sentence for whatever is wrong. Goldens are
// `<case>.folded` beside the fixtures in test/text/.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { CLI, COMMAND_LINE, directory, type Run } from '../kernel/trace.ts';

const TEXT = fileURLToPath(new URL('../text/', import.meta.url));
const STRACE = join(TEXT, 'strace-6.1/everything.txt');
const UNTIMED = join(TEXT, 'strace-6.1/plain.txt');
const FF = readdirSync(join(TEXT, 'strace-6.1/ff-ttt-T-yy-Y')).map((name) =>
  join(TEXT, 'strace-6.1/ff-ttt-T-yy-Y', name),
);
const PERF_TRACE = join(TEXT, 'perf-6.1.192/trace.txt');

const skip = existsSync(CLI) ? false : 'dist/ is not built: npm run build';

interface FoldOptions {
  readonly cwd?: string;
  /** What stdin holds; nothing unless given. */
  readonly input?: string | Buffer;
}

function begin(args: readonly string[], { cwd, input }: FoldOptions = {}): { child: ChildProcess; end: Promise<Run> } {
  const [file, ...rest] = [...COMMAND_LINE, 'fold', ...args];
  const child = spawn(file as string, rest, { stdio: ['pipe', 'pipe', 'pipe'], ...(cwd ? { cwd } : {}) });
  if (input !== undefined) child.stdin.end(input);
  child.stdin.on('error', () => {}); // a usage error leaves it unread
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const end = new Promise<Run>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, end };
}

function fold(args: readonly string[], options: FoldOptions = {}): Promise<Run> {
  return begin(args, { input: '', ...options }).end;
}

/** Folded text of a run that must go well and say nothing. */
async function folded(args: readonly string[], options: FoldOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await fold(['-q', ...args], options);
  if (code !== 0 || stderr !== '') throw new Error(`exit ${code}: ${stderr}`);
  return stdout;
}

t.test('what each tool writes, folded', { skip }, async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['strace-6.1/everything', []],
    ['strace-6.1/plain', []],
    ['strace-6.1/t-T', ['--type', 'all', '--fields', 'tid,comm,path,syscall']],
    ['strace-6.1/y-tt', ['--weight', 'bytes', '--path-frames', 'whole']],
    ['strace-6.1/ff-ttt-T-yy-Y', ['--unit', 'us', '--family', 'all', '--type', 'all']],
    ['strace-6-by-hand/two-clones-at-once', ['--weight', 'count']],
    ['perf-6.1.192/trace', []],
    ['perf-6.1.192/script', ['--fields', 'syscall,comm', '--weight', 'count']],
  ];
  for (const [name, options] of cases) {
    const path = join(TEXT, name);
    const files = existsSync(path) ? readdirSync(path).map((file) => join(path, file)) : [`${path}.txt`];
    const golden = `${path}.folded`;
    const text = await folded([...options, ...files]);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
    t.equal(text, existsSync(golden) ? readFileSync(golden, 'utf8') : '(no golden)', name);
  }
});

t.test('the same text by any way in', { skip }, async (t) => {
  const dir = directory(t);
  const text = readFileSync(STRACE);
  const wanted = await folded([STRACE]);
  writeFileSync(join(dir, 'anything.svg'), text);
  writeFileSync(join(dir, '123'), gzipSync(text));
  writeFileSync(join(dir, '-x'), text);
  t.equal(await folded(['anything.svg'], { cwd: dir }), wanted, 'whatever it is called');
  t.equal(await folded(['123'], { cwd: dir }), wanted, 'gzip, and a number for a name');
  t.equal(await folded(['--', '-x'], { cwd: dir }), wanted, 'behind --');
  t.equal(await folded([], { input: text }), wanted, 'stdin');
  t.equal(await folded(['-'], { input: gzipSync(text) }), wanted, '-, compressed');
  t.equal(await folded(['/dev/stdin'], { input: text }), wanted, '/dev/stdin');
  t.equal(await folded(['-o', '-', STRACE]), wanted, '-o -');
  t.equal(await folded(['--from', 'strace', STRACE]), wanted, '--from');
  const shell = `cat "$1" > fifo & ${COMMAND_LINE.join(' ')} fold -q fifo`;
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  t.equal(spawnSync('sh', ['-c', shell, 'sh', STRACE], { cwd: dir, encoding: 'utf8' }).stdout, wanted, 'a FIFO');
});

t.test('outputs', { skip }, async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'io.folded'), readFileSync(STRACE));
  const wanted = await folded([STRACE]);
  const { code, stdout, stderr } = await fold(['-o', 'io.svg', '-o', 'io.folded', 'io.folded'], { cwd: dir });
  t.strictSame([code, stdout], [0, '']);
  t.match(
    stderr,
    /^read io\.folded: strace output, 266 lines\n {2}time {11}139 ms\n {2}system calls {3}\d+, after filters 63\n/,
  );
  t.equal(readFileSync(join(dir, 'io.folded'), 'utf8'), wanted, 'over the file that was read');
  t.strictSame(readdirSync(dir).toSorted(), ['io.folded', 'io.svg'], 'nothing is left behind');
  const svg = readFileSync(join(dir, 'io.svg'), 'utf8');
  t.match(svg, '>io.folded (strace output), 2026-11-22 20:12:14 UTC, 139 ms</text>');
  t.match(svg, '<desc>source: io.folded (strace output)\nstart: 2026-11-22T20:12:14.760Z\nlength: 139 ms</desc>');
  t.match(svg, '>I/O by duration</text>');
  t.notMatch(svg, /undefined|host:|kernel:/, 'nothing is told that the trace does not tell');
  const untimed = (await fold(['--format', 'svg', UNTIMED])).stdout;
  t.match(untimed, '>plain.txt (strace output)</text>');
  t.match(untimed, '>I/O by count</text>');
  t.match(
    (await fold(['--format', 'svg', '--title', 'Two', STRACE, PERF_TRACE])).stdout,
    /everything\.txt \(strace output\) and 1 more</,
  );
});

t.test('what is wrong: one sentence, an exit code, and nothing written', { skip }, async (t) => {
  const dir = directory(t);
  const put = (name: string, content: string | Buffer) => writeFileSync(join(dir, name), content);
  const help = 'see ior-flame fold --help';
  const formats = 'perf script of raw_syscalls, the log of perf trace, strace output or folded text';
  put('empty', '');
  put('blank', '\n\n');
  put('prose', '\nIt was a dark and stormy night.\n');
  put('bits', Buffer.from([0, 1, 2, 0xff, 0xfe, 10, 13, 0]));
  put('a.folded', 'a;b 1\n');
  put('empty.gz', gzipSync(''));
  put(
    'sums',
    '% time     seconds  usecs/call     calls    errors syscall\n------ ----------- --\n 44.03    0.000457          21        21           mmap\n',
  );
  put(
    'summary',
    '\n Summary of events:\n\n cat (26760), 100 events, 96.2%\n\n   syscall            calls  errors  total       min       avg       max       stddev\n   read                   4      0     0.026     0.012     0.013     0.013      2.21%\n',
  );
  put('perf.data', 'PERFILE2\0\0\0h\0\0\n');
  put('picture.svg', '<?xml version="1.0"?>\n<svg/>\n');
  mkdirSync(join(dir, 'folder'));
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [['absent'], 1, 'cannot read absent: no such file (ENOENT)'],
    [[STRACE, 'absent'], 1, 'cannot read absent: no such file (ENOENT)'],
    [['ab\x1b[31msent'], 1, 'cannot read ab\\x1b[31msent: no such file (ENOENT)'],
    [['folder'], 1, 'cannot read folder: it is a directory, name the files in it'],
    [['empty'], 1, `empty: nothing to read, expected ${formats}`],
    [['empty.gz'], 1, `empty.gz: nothing to read, expected ${formats}`],
    [['blank'], 1, `blank: nothing to read, expected ${formats}`],
    [['-'], 1, `stdin: nothing to read, expected ${formats}`],
    [[], 1, `stdin: nothing to read, expected ${formats}`],
    [['prose'], 1, `prose:2: no line is understood, expected ${formats}: "It was a dark and stormy night."`],
    [[STRACE, 'prose'], 1, `prose:2: no line is understood, expected ${formats}: "It was a dark and stormy night."`],
    [['bits'], 1, `bits:1: no line is understood, expected ${formats}: "\\x00\\x01\\x02\\xff\\xfe"`],
    [['--from', 'strace', 'a.folded'], 1, 'a.folded:1: no line is understood, expected strace output: "a;b 1"'],
    [
      ['sums'],
      1,
      'sums:1: strace -c tells sums instead of calls, run it without -c: "% time     seconds  usecs/call     calls    errors syscall"',
    ],
    [['summary'], 1, 'summary:2: perf trace -s tells sums instead of calls, run it without -s: " Summary of events:"'],
    [
      ['perf.data'],
      1,
      'perf.data:1: this is what perf recorded, fold what `perf script -i` or `perf trace -i` prints of it: "PERFILE2\\x00\\x00\\x00h\\x00\\x00"',
    ],
    [
      ['picture.svg'],
      1,
      'picture.svg:1: this is a picture or a page, fold the folded text or the trace that it was made of: "<?xml version="1.0"?>"',
    ],
    [['--from', 'dtrace', STRACE], 2, "--from: no 'dtrace': choose from perf-script, perf-trace, strace, folded"],
    [['--bogus', STRACE], 2, `unknown option --bogus: ${help}`],
    [['-d', '3', STRACE], 2, `unknown option -d: ${help}`],
    [['--weight'], 2, `--weight needs a value: ${help}`],
    [['--weight', 'size'], 2, "--weight: no 'size': choose from duration, count, bytes, errors, gap"],
    [['--quiet', '--json', STRACE], 2, '--quiet and --json exclude each other: leave one out'],
    [['--fields', 'file', STRACE], 2, /^--fields: no field 'file': choose from comm, path, /],
    [
      ['--fields', 'comm,uid', STRACE],
      2,
      /^--fields: no trace tells the uid: choose from comm, path, syscall, type, pid, tid/,
    ],
    [['--type', 'toString', STRACE], 2, /^--type: no type 'toString': choose from file, dir, /],
    [['--syscall', 'opneat', STRACE], 2, "no system call 'opneat': did you mean openat or openat2?"],
    [['-o', 'a.png', STRACE], 2, /^cannot tell the format of a\.png by its name: /],
    [['-o', 'no/a.svg', STRACE], 1, 'cannot write no/a.svg: its directory does not exist (ENOENT)'],
    [
      ['--type', 'all', '--fields', 'comm', 'a.folded'],
      2,
      'cannot apply --type, --fields to a.folded: folded text holds stacks, not calls; leave that out, or fold the trace itself',
    ],
  ].map((row) => row as [string[], number, string]);
  const before = readdirSync(dir);
  const runs = await Promise.all(cases.map(async ([args]) => fold([...args, '-o', 'never.svg'], { cwd: dir })));
  for (const [i, [args, code, sentence]] of cases.entries()) {
    const run = runs[i] as Run;
    t.strictSame({ ...run, stderr: '' }, { code, signal: null, stdout: '', stderr: '' }, args.join(' '));
    const said = run.stderr.replace(/^ior-flame: /, '').replace(/\n$/, '');
    if (typeof sentence === 'string') t.equal(said, sentence, args.join(' '));
    else t.match(said, sentence, args.join(' '));
  }
  t.strictSame(readdirSync(dir), before);
});

t.test('lines that are not understood are counted, and the first is shown', { skip }, async (t) => {
  const dir = directory(t);
  const lines = readFileSync(STRACE, 'utf8').split('\n');
  lines.splice(10, 0, 'what is this?');
  lines.splice(40, 0, 'and this?');
  writeFileSync(join(dir, 'odd.strace'), lines.join('\n'));
  const { code, stdout, stderr } = await fold(['odd.strace'], { cwd: dir });
  t.equal(code, 0);
  t.equal(stdout, await folded([STRACE]));
  t.match(stderr, '\n  ignored lines: 2 (lines that were not understood)\n');
  t.match(stderr, /\nIgnored 2 lines with invalid format, the first is line 11 of odd\.strace: "what is this\?"\n$/);
  const { stderr: json } = await fold(['--json', 'odd.strace'], { cwd: dir });
  t.match(JSON.parse(json), {
    metadata: { sources: ['odd.strace (strace output)'], lengthNs: 139461000, startedAt: '2026-11-22T20:12:14.760Z' },
    weight: 'duration',
    inputs: [
      {
        files: ['odd.strace'],
        format: 'strace',
        lines: 268,
        ignored: 2,
        firstIgnored: { file: 'odd.strace', line: 11, text: 'what is this?' },
      },
    ],
    syscalls: 74,
    syscallsAfterFilters: 63,
    notes: ['Ignored 2 lines with invalid format, the first is line 11 of odd.strace: "what is this?"'],
  });
  t.match((await fold(['-'], { input: 'a;b 1\n\x1b[31m\n' })).stderr, /: line 2 of stdin: "\\x1b\[31m"\n/, 'visibly');
});

t.test('damaged gzip data: what comes before is folded, and the exit code tells', { skip }, async (t) => {
  const dir = directory(t);
  const packed = gzipSync('a;b 1\nc;d 2\n'.repeat(100_000));
  writeFileSync(join(dir, 'cut.gz'), packed.subarray(0, packed.length - 100));
  const { code, stdout, stderr } = await fold(['-q', 'cut.gz'], { cwd: dir });
  t.equal(code, 1);
  t.match(stdout, /^a;b \d{5}\nc;d \d{5,6}\n$/);
  t.match(stderr, /^ior-flame: cut\.gz: broken gzip data \(.+\): what comes before that is folded\n$/);
});

t.test('a trace without durations is counted by calls, and it is said', { skip }, async (t) => {
  const { stdout, stderr } = await fold([UNTIMED]);
  t.equal(stdout, await folded(['--weight', 'count', UNTIMED]));
  t.match(
    stderr,
    /\nThe trace tells no durations \(strace -T does\): calls are counted instead, as with --weight count\n$/,
  );
  t.match(stderr, '\n  untimed: 74 (');
  const asked = await fold(['--weight', 'duration', UNTIMED]);
  t.strictSame([asked.code, asked.stdout], [0, ''], 'what was asked for is not changed');
  t.match(asked.stderr, /\nThe trace tells no durations: record it with strace -T, or give --weight count\.\n$/);
});

t.test('a call that runs on at the end of its trace has a frame of its own', { skip }, async (t) => {
  const lines = [
    '1 1700000000.000000 openat(AT_FDCWD</w>, "/w/a", O_RDONLY) = 3</w/a> <0.000010>',
    '1 1700000000.100000 read(3</w/a>,  <unfinished ...>',
    '2 1700000003.200000 close(4</w/b>) = 0 <0.000010>',
  ];
  const { stdout, stderr } = await fold(['-', STRACE], { input: lines.map((line) => `${line}\n`).join('') });
  t.match(
    stdout,
    /^\[pid 1\];\/w;\/a;openat 10000\n\[pid 1\];\/w;\/a;read;\[unfinished\] 3100000000\n/,
    'to the end of that one',
  );
  t.match(stdout, '\nchild;', 'stdin is one of several files');
  t.match(stderr, '\n  unfinished: 1 (');
});

t.test('nothing to see: a valid picture that says why', { skip }, async (t) => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [
      ['--syscall', 'fsync'],
      'None of the selected system calls stands in the trace: --family and --syscall choose others.',
    ],
    [['--type', 'block'], 'All selected calls are on types of files that are left out'],
    [
      ['--weight', 'duration', UNTIMED],
      'The trace tells no durations: record it with strace -T, or give --weight count.',
    ],
    [['--syscall', 'close', '--weight', 'bytes'], 'No selected call has any bytes: choose another --weight.'],
  ];
  for (const [args, reason] of cases) {
    const given = args.includes(UNTIMED) ? args : [...args, STRACE];
    const { code, stdout, stderr } = await fold(['--format', 'svg', ...given]);
    t.equal(code, 0, args.join(' '));
    t.ok(stdout.includes(`>${reason}`), args.join(' '));
    t.match(stderr, `\n${reason}`, args.join(' '));
    t.equal((await fold(['-q', ...given])).stdout, '', 'and no line of folded text');
  }
  t.match((await fold(['--format', 'svg'], { input: 'a;b 0\n' })).stdout, '>All counts are 0.<');
});

t.test('folded text', { skip }, async (t) => {
  const dir = directory(t);
  const put = (name: string, content: string) => writeFileSync(join(dir, name), content);
  const [a, b] = [await folded([STRACE]), await folded([...FF])];
  put('a.folded', a);
  put('b.folded', b);
  t.equal(await folded(['a.folded'], { cwd: dir }), a, 'folded again it stays as it is');
  t.equal(
    await folded(['a.folded', 'b.folded'], { cwd: dir }),
    await folded([STRACE, ...FF]),
    'added up as the traces',
  );
  t.equal(await folded(['b.folded', STRACE], { cwd: dir }), await folded([STRACE, ...FF]), 'also with a trace itself');
  const us = (args: readonly string[]) => folded(['--unit', 'us', ...args], { cwd: dir });
  put('us.folded', await us([STRACE]));
  t.equal(await us(['us.folded']), await us([STRACE]));
  t.equal(await us(['us.folded', ...FF]), await us([STRACE, ...FF]), 'in the unit that is asked for');
  put('other.folded', 'a;b;c 3\na;;b 2.5\n# comment\n\na;b\t1 \r\nz 0.5\n');
  t.equal(await folded(['other.folded'], { cwd: dir }), 'a;b 4\na;b;c 3\n', 'as others write it; fractions add up');

  const { code, stderr } = await fold(['a.folded', STRACE, '--type', 'all'], { cwd: dir });
  t.equal(code, 0);
  t.match(stderr, '\nThe stacks of a.folded are folded already and go in as they are, without --type\n');
  t.match(
    stderr,
    '\nThe counts of a.folded are taken as --weight duration in ns: folded text does not tell what they are\n',
  );
  const plain = await fold(['--format', 'svg', 'a.folded'], { cwd: dir });
  t.equal(plain.stderr, 'read a.folded: folded text, 52 lines\n  stacks         52\n', 'nothing is made up');
  t.match(plain.stdout, / \(23,000 samples, 1\.77%\)</);
  const weighed = await fold(['--format', 'svg', '--weight', 'duration', '--unit', 'us', 'us.folded'], { cwd: dir });
  t.match(weighed.stdout, />all: 1\.3 ms \(100 %\)</, 'unless it is told');
  put('diff.folded', 'a;b 1 2\nc 3 4\n');
  const diff = await fold(['diff.folded'], { cwd: dir });
  t.equal(diff.stdout, 'a;b 2\nc 4\n');
  t.match(diff.stderr, '\nOf 2 lines with two counts, as of a difference, the second was taken\n');
});

t.test('several files: one trace of strace -ff, others for themselves, each once', { skip }, async (t) => {
  const dir = directory(t);
  const { stdout, stderr } = await fold([...FF, STRACE]);
  t.match(
    stderr,
    /^read trace\.\d+ and 8 more: strace output, 153 lines\nread everything\.txt: strace output, 266 lines\n {2}system/,
  );
  t.equal(stdout, await folded([STRACE, ...FF.toReversed()]), 'in any order');
  writeFileSync(join(dir, 'a'), readFileSync(STRACE));
  const twice = await fold(['a', STRACE, join(dir, '..', dir.split('/').at(-1) as string, 'a')], { cwd: dir });
  t.match(twice.stderr, /\n\/.*\/a was named before and is read once\n$/);
  t.equal(twice.stdout, await folded(['a', STRACE], { cwd: dir }));
});

t.test('Ctrl-C while it reads: nothing is written', { skip }, async (t) => {
  const dir = directory(t);
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  for (const args of [['-'], ['fifo']]) {
    const changes = watch(dir);
    const { child, end } = begin([...args, '-o', 'out.svg'], { cwd: dir });
    child.stdin?.write('a;b 1\n');
    // just before it reads it tries whether the output can be written
    for await (const { filename } of changes) if (filename?.endsWith('.tmp')) break;
    await sleep(50);
    child.kill('SIGINT');
    t.strictSame(await end, { code: 130, signal: null, stdout: '', stderr: '' }, args.join());
    t.strictSame(readdirSync(dir), ['fifo']);
  }
});

t.test('at a terminal', { skip: skip || (spawnSync('script', ['-V']).error ? 'no script(1)' : false) }, async (t) => {
  const dir = directory(t);
  const atTerminal = (command: string, seen?: (screen: string) => void) => {
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, SHELL: '/bin/sh' },
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (data) => {
      screen += data;
      seen?.(screen);
    });
    return new Promise<{ code: number | null; screen: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, screen: screen.replaceAll('\r\x1b[K', '<') }));
    });
  };
  const cli = `${COMMAND_LINE.join(' ')} fold`;
  const slowly = `{ cat ${STRACE}; while [ ! -e seen ]; do sleep 0.1; done; }`;
  const { code, screen } = await atTerminal(`${slowly} | ${cli} -o out.folded -`, (screen) => {
    if (screen.includes('MB/s')) writeFileSync(join(dir, 'seen'), '');
  });
  t.equal(code, 0);
  t.match(screen, /^<reading: 26\.2 KiB, \d+ MB\/s/);
  t.match(screen, /<read stdin: strace output/, 'the line is cleared at the end');
  t.equal((await atTerminal(`{ cat ${STRACE}; sleep 1; } | ${cli} -q -o out.folded -`)).screen, '');
  const alone = await atTerminal(cli);
  t.equal(alone.code, 2);
  t.equal(
    alone.screen.trim(),
    'ior-flame: no FILE to fold: name one, or pipe a trace in; see ior-flame fold --help',
    'it does not wait for typing',
  );
  t.match(
    (await atTerminal(`${cli} -q ${STRACE}`)).screen,
    /^child;\/proc;\/self;\/exe;readlink 34000\r\n/,
    'folded text is the default here, too',
  );
});

t.test('--help', { skip }, async (t) => {
  const { code, stdout, stderr } = await fold(['--help']);
  t.strictSame([code, stderr], [0, '']);
  t.match(stdout, /^ior-flame fold \[files\.\.\]\n/);
  for (const option of ['from', 'output', 'format', 'family', 'syscall', 'type', 'fields', 'weight', 'unit', 'json']) {
    t.match(stdout, new RegExp(`^ .*--${option} `, 'm'));
  }
  t.notMatch(stdout, /--duration|--engine|undefined/);
  t.ok(
    stdout.split('\n').every((line) => line.length <= 110),
    'fits a terminal',
  );
  const [file, ...rest] = COMMAND_LINE;
  t.match(spawnSync(file, [...rest, '--help'], { encoding: 'utf8' }).stdout, /^ {2}ior-flame fold \[files\.\.\] /m);
});

t.test('what reads the output may leave', { skip }, async (t) => {
  const shell = `${COMMAND_LINE.join(' ')} fold -q ${STRACE} | true; exit 0`;
  const { stderr } = spawnSync('sh', ['-c', shell], { encoding: 'utf8' });
  t.ok(stderr === '' || stderr === 'ior-flame: cannot write standard output: its reader has gone (EPIPE)\n', stderr);
});
