// `ior-flame record` from the command line to the file: what is written where, what is selected, and the exit code.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import t from 'tap';
import { having, isPicture, jsonOf, prepared, stacks } from './artifacts.ts';
import { AS_NOBODY, COMMAND_LINE, directory, programsLeft, run, start, whyNot, whyNotAsNobody } from './trace.ts';

const skip = whyNot('dd', 'xmllint', 'bpftool', 'bash', 'flock', 'setpriv', 'mkfifo');

const copy = (dir: string) => ['dd', `if=${dir}/in`, `of=${dir}/out`, 'bs=512', 'status=none'];

t.test('one capture, two outputs: a clean picture and folded lines', { skip }, async (t) => {
  const { dir, frames } = prepared(t);
  const outputs = ['-o', join(dir, 'a.svg'), '-o', join(dir, 'a.folded')];
  const { code, stdout, stderr } = await run(['--weight', 'bytes', ...outputs, '--', ...copy(dir)]);
  t.equal(code, 0);
  t.equal(stdout, '');
  const svg = readFileSync(join(dir, 'a.svg'), 'utf8');
  isPicture(t, svg);
  t.match(svg, '<title>I/O by bytes</title>');
  const folded = stacks(t, readFileSync(join(dir, 'a.folded'), 'utf8'));
  t.strictSame(having(folded, `${frames};`), [`dd;${frames};/in;read 3584`, `dd;${frames};/out;write 3584`]);
  t.match(stderr, /^traced \S+ m?s of dd\n {2}tracepoints {4}\d/);
  t.match(stderr, `3.5 KiB  ${dir}/in\n`);
  t.strictSame(readdirSync(dir).toSorted(), ['a.folded', 'a.svg', 'in', 'out']);
  t.strictSame(await programsLeft(), []);
});

t.test("the artifact alone is on stdout, the command's stdout goes to stderr", { skip }, async (t) => {
  const script = 'echo from the command';
  for (const args of [[], ['-o', '-'], ['-o', '/dev/null', '-o', '-']]) {
    const { code, stdout, stderr } = await run(['-q', ...args, '--', 'sh', '-c', script]);
    t.equal(code, 0);
    isPicture(t, stdout, args.join(' '));
    t.equal(stderr, 'from the command\n');
  }
  const dir = directory(t);
  const file = await run(['-q', '-o', join(dir, 'a.svg'), '--', 'sh', '-c', script]);
  t.strictSame(
    file,
    { code: 0, signal: null, stdout: 'from the command\n', stderr: '' },
    'and stays where it was otherwise',
  );
});

t.test('/dev/stdout is neither replaced nor written from its start', { skip }, async (t) => {
  const dir = directory(t);
  const link = '/dev/stdout';
  const log = join(dir, 'log');
  writeFileSync(log, 'before\n');
  const [program, ...rest] = [...COMMAND_LINE, '-q', '--format', 'folded', '-o', link, '--', 'sh', '-c', 'echo hello'];
  const child = spawn(program, rest, { stdio: ['ignore', openSync(log, 'a'), 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (data) => (stderr += data));
  t.strictSame(await once(child, 'close'), [0, null]);
  t.equal(stderr, 'hello\n');
  t.ok(lstatSync(link).isSymbolicLink());
  const text = readFileSync(log, 'utf8');
  t.ok(text.startsWith('before\n'));
  t.ok(stacks(t, text.slice('before\n'.length)).size > 3);
});

t.test("the exit code is the command's", { skip }, async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'text'), 'no program');
  const picture = join(dir, 'a.svg');
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [['true'], 0, ''],
    [['sh', '-c', 'exit 7'], 7, ''],
    [['sh', '-c', 'kill -TERM $$'], 128 + 15, ''],
    [['sh', '-c', 'kill -KILL $$'], 128 + 9, ''],
    [['no-such-program'], 127, 'ior-flame: cannot run no-such-program: no such program\n'],
    [[''], 127, "ior-flame: cannot run '': no such program\n"],
    [[join(dir, 'text')], 126, `ior-flame: cannot run ${dir}/text: it is not executable\n`],
    [[dir], 126, `ior-flame: cannot run ${dir}: it is not executable\n`],
    [[join(dir, 'text/x')], 126, `ior-flame: cannot run ${dir}/text/x: not a directory\n`],
  ];
  for (const [command, code, stderr] of cases) {
    const result = await run(['-q', '-o', picture, '--', ...command]);
    t.strictSame(result, { code, signal: null, stdout: '', stderr }, command.join(' '));
    isPicture(t, readFileSync(picture, 'utf8'));
  }
});

t.test('25 an output that fails: a sentence, and no other output is lost', { skip }, async (t) => {
  const { dir } = prepared(t);
  const picture = join(dir, 'a.svg');
  const sentence = 'ior-flame: cannot write /dev/full: no space is left on the device (ENOSPC)\n';
  const cases: readonly (readonly [readonly string[], number])[] = [
    [['-d', '100ms'], 1],
    [['--', 'true'], 125],
    [['--', 'sh', '-c', 'exit 7'], 7],
  ];
  for (const [args, code] of cases) {
    const { stderr, ...rest } = await run(['-q', '-o', '/dev/full', '-o', picture, ...args]);
    t.strictSame({ ...rest, stderr }, { code, signal: null, stdout: '', stderr: sentence }, args.join(' '));
    isPicture(t, readFileSync(picture, 'utf8'));
  }
  t.ok(lstatSync('/dev/full').isCharacterDevice());
  const [program, ...rest] = [...COMMAND_LINE, '-q', '-d', '100ms'];
  const child = spawn(program, rest, { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (data) => (stderr += data));
  t.strictSame(await once(child, 'close'), [1, null]);
  t.equal(stderr, 'ior-flame: cannot write standard output: no space is left on the device (ENOSPC)\n');
});

t.test('25 a reader of stdout that goes away: a sentence, exit 1', { skip }, async (t) => {
  const { child, end } = start(['-q', '-d', '200ms']);
  child.stdout.destroy();
  const { code, stderr } = await end;
  t.equal(code, 1);
  t.equal(stderr, 'ior-flame: cannot write standard output: its reader has gone (EPIPE)\n');

  const { dir } = prepared(t);
  const script = `"$@" | head -c 10`;
  const args = [...COMMAND_LINE, '-q', '-o', '-', '-o', join(dir, 'a.svg'), '-d', '200ms'];
  const piped = spawnSync('bash', ['-c', script, 'bash', ...args], { encoding: 'utf8' });
  t.equal(piped.stdout, '<?xml vers');
  t.match(piped.stderr, /^(?:ior-flame: cannot write standard output: its reader has gone \(EPIPE\)\n)?$/);
  isPicture(t, readFileSync(join(dir, 'a.svg'), 'utf8'), 'the other output');
  t.strictSame(await programsLeft(), []);
});

t.test('system-wide for a second: a picture on stdout', { skip }, async (t) => {
  const begun = performance.now();
  const { code, stdout, stderr } = await run(['--duration', '1']);
  t.equal(code, 0);
  isPicture(t, stdout);
  t.match(stderr, /^traced 1(?:\.\d+)? s\n/);
  t.ok(performance.now() - begun > 1000);
  t.strictSame(await programsLeft(), []);
});

t.test('an empty capture is a picture that says so, and an empty folded text', { skip }, async (t) => {
  const dir = directory(t);
  const outputs = ['-o', join(dir, 'a.svg'), '-o', join(dir, 'a.folded')];
  const { code, stderr } = await run([...outputs, '--syscall', 'quotactl', '--', 'true']);
  t.equal(code, 0);
  const svg = readFileSync(join(dir, 'a.svg'), 'utf8');
  isPicture(t, svg);
  t.match(svg, 'No system call was seen: nothing in scope made one of the selected calls while the trace ran.');
  t.equal(readFileSync(join(dir, 'a.folded'), 'utf8'), '');
  t.match(stderr, / {2}system calls {3}0 \(0\/s\), after filters 0 \(0\/s\)\n/);
});

t.test('--json is one line of JSON with every counter', { skip }, async (t) => {
  const { dir } = prepared(t);
  const result = await run(['--json', '--weight', 'count', '-o', '/dev/null', '--', ...copy(dir)]);
  t.equal(result.code, 0);
  t.equal(result.stderr.indexOf('\n'), result.stderr.length - 1, 'one line');
  const summary = jsonOf(result);
  t.match(summary, {
    metadata: {
      host: String,
      kernel: String,
      startedAt: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
      lengthNs: Number,
      command: 'dd',
      filters: [],
    },
    weight: 'count',
    tracepoints: Number,
    mismatches: Number,
    syscalls: Number,
    syscallsAfterFilters: Number,
    durationNs: Number,
    bytes: Number,
    errors: Number,
    topFiles: Array,
    leftOut: Array,
    processesAlive: 0,
  });
  t.strictSame(
    summary.losses.map(({ name }) => name),
    [
      ...['unfinished', 'begun before', 'never returned', 'superseded', 'mismatched', 'unmatched exits'],
      ...['32-bit calls', 'not stored', 'runs skipped', 'overflowed', 'cells full', 'cells busy', 'unnamed cells'],
      ...['names deferred', 'names stale', 'names cut', 'paths unreadable', 'not accounted for', 'in [other]'],
    ],
  );
  t.strictSame(
    summary.losses.filter(({ name, count }) => count !== 0 && name !== 'never returned'),
    [],
    'and nothing was lost',
  );
});

t.test('--quiet is silent, and the command is not', { skip }, async (t) => {
  const { dir } = prepared(t);
  t.strictSame(await run(['--quiet', '-o', '/dev/null', '--', 'sh', '-c', 'echo out; echo err >&2']), {
    ...{ code: 0, signal: null },
    ...{ stdout: 'out\n', stderr: 'err\n' },
  });
  t.strictSame(await run(['-q', '-o', join(dir, 'a.svg'), '-d', '100ms']), {
    code: 0,
    signal: null,
    stdout: '',
    stderr: '',
  });
});

t.test('--weight, --fields, --path-frames', { skip }, async (t) => {
  const { dir, frames } = prepared(t);
  const fold = async (...args: string[]) => {
    const { code, stdout } = await run(['-q', '--format', 'folded', ...args]);
    t.equal(code, 0, args.join(' '));
    return stacks(t, stdout);
  };
  const at = (found: ReadonlyMap<string, number>) => having(found, basename(dir));
  const only = ['--syscall', 'read,write'];
  t.strictSame(at(await fold('--weight', 'count', ...only, '--', ...copy(dir))), [
    `dd;${frames};/in;read 8`,
    `dd;${frames};/out;write 7`,
  ]);
  t.strictSame(at(await fold('--weight', 'bytes', '--path-frames', 'whole', ...only, '--', ...copy(dir))), [
    `dd;${dir}/in;read 3584`,
    `dd;${dir}/out;write 3584`,
  ]);
  t.strictSame(at(await fold('--weight', 'count', '--fields', 'path,syscall', ...only, '--', ...copy(dir))), [
    `${frames};/in;read 8`,
    `${frames};/out;write 7`,
  ]);
  t.strictSame(
    at(await fold('--weight', 'count', '--fields', 'syscall', '--fields', 'path,type', ...only, '--', ...copy(dir))),
    [`read;${frames};/in;file 8`, `write;${frames};/out;file 7`],
  );
  const missing = ['cat', join(dir, 'missing'), join(dir, 'in')];
  t.strictSame(
    at(await fold('--weight', 'errors', '-o', '-', '--', 'sh', '-c', `${missing.join(' ')} >/dev/null; :`)),
    [`cat;${frames};/missing;openat 1`],
  );

  const script = 'echo $$ >&2; exec cat "$1" "$1"';
  const numbered = ['--weight', 'count', '--fields', 'pid,tid,uid,path', '--syscall', 'openat'];
  const { stdout, stderr } = await run([
    '-q',
    '--format',
    'folded',
    ...numbered,
    '--',
    'sh',
    '-c',
    script,
    'sh',
    join(dir, 'in'),
  ]);
  const pid = /^\d+$/m.exec(stderr)?.[0];
  t.strictSame(at(stacks(t, stdout)), [`pid:${pid};tid:${pid};uid:${process.getuid?.()};${frames};/in 2`]);
});

t.test('--unit: a wait of 0.3 s for a lock, in each unit', { skip }, async (t) => {
  const { dir, frames } = prepared(t);
  const script = 'flock "$1" sleep 0.3 & sleep 0.1; flock "$1" true; wait';
  for (const [unit, second] of [
    [[], 1e9],
    [['--unit', 'us'], 1e6],
    [['--unit', 'ms'], 1e3],
  ] as const) {
    const args = [
      '-q',
      '--format',
      'folded',
      ...unit,
      '--syscall',
      'flock',
      '--',
      'sh',
      '-c',
      script,
      'sh',
      join(dir, 'in'),
    ];
    const found = stacks(t, (await run(args)).stdout);
    const waited = found.get(`flock;${frames};/in;flock`) ?? 0;
    t.ok(waited > 0.1 * second && waited < 5 * second, `${unit.join(' ')}: ${waited}`);
  }
});

t.test('pipes are left out unless asked for, and the summary says how to see them', { skip }, async (t) => {
  const { dir, frames } = prepared(t);
  const command = [
    '--',
    'sh',
    '-c',
    'dd if="$1" bs=512 status=none | cat > "$2"',
    'sh',
    join(dir, 'in'),
    join(dir, 'out'),
  ];
  const folded = ['--format', 'folded', '--weight', 'bytes', '-o', '-'];
  const seen = async (...args: string[]) => {
    const { code, stdout, stderr } = await run([...folded, ...args, ...command]);
    t.equal(code, 0);
    const found = stacks(t, stdout);
    return { of: (part: string) => having(found, part), stderr };
  };
  const usual = await seen();
  t.strictSame(usual.of('pipe'), []);
  t.strictSame(usual.of(frames), [`cat;${frames};/out;write 3584`, `dd;${frames};/in;read 3584`]);
  t.match(usual.stderr, /^left out by type: pipe \d+ calls \([^)]+\).*; --type all shows them$/m);

  const pipes = await seen('--type', 'pipe');
  t.strictSame(pipes.of('pipe'), ['cat;pipe;read 3584', 'dd;pipe;write 3584']);
  t.strictSame(pipes.of(frames), []);
  t.match(pipes.stderr, /^left out by type: .*file \d+ calls \([^)]+\).*; --type all shows them$/m);

  const all = await seen('--type', 'all');
  t.strictSame(all.of('pipe'), pipes.of('pipe'));
  t.strictSame(all.of(frames), usual.of(frames));
  t.notMatch(all.stderr, 'left out');

  const named = await seen('--syscall', 'read,write');
  t.strictSame(named.of('pipe'), pipes.of('pipe'), 'who names a system call gets all types');
});

t.test('--syscall, --exclude-syscall, --family', { skip }, async (t) => {
  const { dir, frames } = prepared(t);
  const server = createServer((socket) => socket.end('hello\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const script = 'exec 3<>"/dev/tcp/127.0.0.1/$1"; read line <&3; echo "$line" > "$2"';
  const command = ['--', 'bash', '-c', script, 'bash', String(port), join(dir, 'out')];
  const calls = async (...args: string[]) => {
    const { code, stdout } = await run([
      '-q',
      '--format',
      'folded',
      '--weight',
      'count',
      '-o',
      '-',
      ...args,
      ...command,
    ]);
    t.equal(code, 0, args.join(' '));
    return stacks(t, stdout);
  };
  const namesOf = (found: ReadonlyMap<string, number>) =>
    [...new Set([...found.keys()].map((stack) => stack.split(';').at(-1)))].toSorted();

  const network = await calls('--family', 'network');
  t.ok(namesOf(network).includes('connect'));
  t.notOk(namesOf(network).some((name) => ['read', 'write', 'openat', 'close'].includes(name as string)));
  // Without HOME, bash looks its user up, and the C library asks nscd over a unix socket: two more connects.
  t.strictSame(having(network, 'tcp'), [
    `bash;socket;tcp;127.0.0.1;:${port};connect 1`,
    `bash;socket;tcp;127.0.0.1;:${port};socket 1`,
  ]);
  t.strictSame(namesOf(await calls('--syscall', 'connect', '--syscall', 'wr*')), ['connect', 'write']);
  const file = await calls();
  t.ok(namesOf(file).includes('openat'));
  t.notOk(namesOf(file).includes('connect'));
  t.strictSame(
    namesOf(await calls('--exclude-syscall', 'openat,clos?')),
    namesOf(file).filter((name) => name !== 'openat' && name !== 'close'),
  );
  t.strictSame(having(await calls('--syscall', 'write'), frames), [`bash;${frames};/out;write 1`]);
});

t.test('25 a FIFO with a reader gets the picture', { skip }, async (t) => {
  const dir = directory(t);
  const fifo = join(dir, 'fifo');
  spawnSync('mkfifo', [fifo]);
  const reader = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
  let svg = '';
  reader.stdout.on('data', (data) => (svg += data));
  const closed = once(reader, 'close');
  t.equal((await run(['-q', '-o', fifo, '--', 'true'])).code, 0);
  await closed;
  isPicture(t, svg);
  t.ok(lstatSync(fifo).isFIFO());
});

t.test('25 what cannot be written is found before the command runs', { skip }, async (t) => {
  const dir = directory(t);
  const trace = join(dir, 'was-run');
  const missing = await run(['-o', join(dir, 'no/a.svg'), '--', 'touch', trace]);
  t.match(missing, {
    code: 125,
    stderr: `ior-flame: cannot write ${dir}/no/a.svg: its directory does not exist (ENOENT)\n`,
  });
  t.notOk(existsSync(trace));
});

t.test('25 no permission to write is found first of all', { skip: skip || whyNotAsNobody() }, async (t) => {
  const dir = directory(t);
  spawnSync('chmod', ['755', dir]);
  spawnSync('mkfifo', ['-m', '600', join(dir, 'fifo')]);
  mkdirSync(join(dir, 'secret'), { mode: 0o700 });
  for (const name of ['a.svg', 'fifo', 'secret/a.svg']) {
    const result = await run(['-o', join(dir, name), '--', 'touch', '/tmp/never'], { prefix: AS_NOBODY, cwd: '/' });
    const stderr = `ior-flame: cannot write ${dir}/${name}: permission denied (EACCES)\n`;
    t.strictSame(result, { code: 125, signal: null, stdout: '', stderr }, name);
  }
  t.strictSame(readdirSync(dir).toSorted(), ['fifo', 'secret']);
});
