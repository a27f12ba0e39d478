// The built command line, given what it cannot do: no kernel is asked, nothing is traced.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CLI, directory, run } from '../kernel/trace.ts';

const skip = existsSync(CLI) ? false : 'dist/ is not built: npm run build';

const fields = 'comm, path, syscall, type, pid, tid, uid, user, program, tree, cgroup, container, flags, errno, mount';

t.test('what is wrong with the command line: one sentence, exit 2', { skip }, async (t) => {
  const types = 'file, dir, block, char, tty, pipe, socket, anon, all';
  const families = 'file, network, polling, memory, process, ipc, time, signal, security, misc or all';
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['--bogus'], 'unknown option --bogus: see ior-flame --help'],
    [['--bogus=3', '--nonsense'], 'unknown option --bogus: see ior-flame --help'],
    [['-x'], 'unknown option -x: see ior-flame --help'],
    [['doctor', '--duration', '3'], 'unknown option --duration: see ior-flame --help'],
    [['ls'], "unknown argument 'ls': a command to trace goes behind --, as in: ior-flame -- ls ..."],
    [['npm', 'test'], "unknown argument 'npm': a command to trace goes behind --, as in: ior-flame -- npm ..."],
    [['record', 'make'], "unknown argument 'make': a command to trace goes behind --, as in: ior-flame -- make ..."],
    [['doctor', 'all'], 'doctor takes no arguments: see ior-flame --help'],
    [['diff', 'a.folded'], 'diff takes two files, before and after: see ior-flame diff --help'],
    [['diff', 'a', 'b', 'c'], 'diff takes two files, before and after: see ior-flame diff --help'],
    [['-q', '--'], 'no command stands behind --: give one, or leave out the --'],
    [['--duration', '5x'], '--duration "5x" is no duration: write it as in 500ms, 30s, 5m or 1m30s'],
    [['-d0'], '--duration "0" is no time at all: give at least 1ms'],
    [['-d', '1000h'], '--duration "1000h" is too long: at most 24 days (576h)'],
    [['--duration'], '--duration needs a value: see ior-flame --help'],
    [['-o'], '-o needs a value: see ior-flame --help'],
    [['--weight'], '--weight needs a value: see ior-flame --help'],
    [['--weight', 'size'], "--weight: no 'size': choose from duration, count, bytes, errors, gap"],
    [['--unit', 'm'], "--unit: no 'm': choose from ns, us, ms, s"],
    [['--format', 'png'], "--format: no 'png': choose from svg, html, folded"],
    [['--path-frames', 'none'], "--path-frames: no 'none': choose from split, whole"],
    [['--fields', 'comm,file'], `--fields: no field 'file': choose from ${fields}`],
    [['--fields', ','], `--fields: give at least one of ${fields}`],
    [['--type', 'fifo'], `--type: no type 'fifo': choose from ${types}`],
    [['--family', 'disk'], `no family 'disk': choose from ${families}`],
    [['--syscall', 'opneat'], "no system call 'opneat': did you mean openat or openat2?"],
    [['--syscall', 'pread'], "no system call 'pread': the kernel calls it pread64"],
    [['--syscall', 'x*y*z'], "no system call matches 'x*y*z'"],
    [['--exclude-syscall', 'clsoe'], "no system call 'clsoe': did you mean close?"],
    [['--comm'], '--comm needs a value: see ior-flame --help'],
    [['--comm', ''], '--comm needs a glob: it was given an empty one'],
    [['--path', ',,'], '--path needs a glob: it was given an empty one'],
    [['--max-stacks', 'many'], "--max-stacks: 'many' is not a number from 1 to 50000000"],
    [['--max-stacks=0'], "--max-stacks: '0' is not a number from 1 to 50000000"],
    [['--limits', 'cells=0'], "--limits: 'cells=0' is none: write it as in cells=512,names=128,ring=65536"],
    [['--limits', 'cell=1'], "--limits: 'cell=1' is none: write it as in cells=512,names=128,ring=65536"],
    [['--limits', 'ring=5000'], '--limits: a ring of 5000 bytes cannot be: give a power of two from 4096 on'],
    [['--quiet', '--json'], '--quiet and --json exclude each other: leave one out'],
    [
      ['-o', 'a.png'],
      'cannot tell the format of a.png by its name: end it in .svg or .html or .folded, or give --format',
    ],
    [['-o', ''], '-o needs the name of a file: it was given an empty one'],
    [['-o', '/'], 'cannot write /: it is a directory'],
  ];
  const cwd = directory(t);
  const runs = await Promise.all(cases.map(async ([args]) => run(args, { cwd })));
  for (const [i, [args, sentence]] of cases.entries()) {
    const expected = { code: 2, signal: null, stdout: '', stderr: `ior-flame: ${sentence}\n` };
    t.strictSame(runs[i], expected, args.join(' '));
  }
});

t.test('behind a command the same sentences, with exit 125, and the command is not run', { skip }, async (t) => {
  const cwd = directory(t);
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['--bogus'], 'unknown option --bogus: see ior-flame --help'],
    [['-d', 'soon'], '--duration "soon" is no duration: write it as in 500ms, 30s, 5m or 1m30s'],
    [['--title'], '--title needs a value: see ior-flame --help'],
    [['--fields', 'x'], `--fields: no field 'x': choose from ${fields}`],
    [['--syscall', 'pwrite'], "no system call 'pwrite': the kernel calls it pwrite64"],
    [['-q', '--json'], '--quiet and --json exclude each other: leave one out'],
    [['-o', 'no/a.svg'], 'cannot write no/a.svg: its directory does not exist (ENOENT)'],
  ];
  for (const [args, sentence] of cases) {
    const result = await run([...args, '--', 'touch', 'was-run'], { cwd });
    t.strictSame(result, { code: 125, signal: null, stdout: '', stderr: `ior-flame: ${sentence}\n` }, args.join(' '));
  }
  t.notOk(existsSync(join(cwd, 'was-run')));
});

t.test('sentences do not depend on the language of the machine', { skip }, async (t) => {
  const prefix = ['env', 'LC_ALL=de_DE.UTF-8', 'LANG=de_DE.UTF-8', 'LANGUAGE=de'];
  t.equal((await run(['--bogus'], { prefix })).stderr, 'ior-flame: unknown option --bogus: see ior-flame --help\n');
  t.equal((await run(['-d'], { prefix })).stderr, 'ior-flame: -d needs a value: see ior-flame --help\n');
});

t.test('--version', { skip }, async (t) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  for (const args of [['--version'], ['-V'], ['--version', '--quiet']]) {
    t.strictSame(await run(args), { code: 0, signal: null, stdout: `${version}\n`, stderr: '' }, args.join(' '));
  }
});

t.test('--help goes to stdout, names every option and needs no kernel', { skip }, async (t) => {
  for (const args of [['--help'], ['-h'], ['record', '--help']]) {
    const { code, stdout, stderr } = await run(args);
    t.equal(code, 0);
    t.equal(stderr, '');
    const options = [...stdout.matchAll(/^\s+(?:-\w, )?\s*--([\w-]+)/gm)].map(([, name]) => name);
    t.strictSame(
      options.toSorted(),
      [
        ...[
          'cgroup',
          'comm',
          'duration',
          'engine',
          'exclude-syscall',
          'fail-on-loss',
          'family',
          'fields',
          'follow',
          'format',
          'help',
          'json',
        ],
        ...['max-stacks', 'output', 'path', 'path-frames', 'pid', 'quiet', 'syscall', 'tid', 'title', 'type'],
        ...['unit', 'user', 'verbose', 'version', 'weight'],
      ],
      args.join(' '),
    );
    t.notOk(stdout.includes('undefined'));
    t.ok(
      stdout.split('\n').every((line) => line.length <= 110),
      'fits a terminal',
    );
  }
  t.match((await run(['doctor', '--help'])).stdout, /^ior-flame doctor\n/);
});
