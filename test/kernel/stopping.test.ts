// How a trace ends: by a signal at any moment, by --duration, by the end of the command. Whatever happens there is a valid
// output or none, no temporary file, and nothing left attached.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { having, isPicture, type JsonSummary, jsonOf, prepared, stacks } from './artifacts.ts';
import { COMMAND_LINE, directory, programsLeft, type Run, run, sleep, start, untilTracing, whyNot } from './trace.ts';

const skip = whyNot('dd', 'xmllint', 'bpftool', 'bash', 'mkfifo', 'nohup');

t.test('25 Ctrl-C, SIGTERM and SIGHUP end the trace: valid outputs, exit 0', { skip }, async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const dir = directory(t);
    const { child, end, tracing } = start(['-o', join(dir, 'a.svg'), '-o', join(dir, 'a.folded')]);
    await tracing();
    await sleep(200);
    t.strictSame(
      readdirSync(dir).filter((name) => !name.endsWith('.tmp')),
      [],
      'nothing stands before the end',
    );
    child.kill(signal);
    const result = await end;
    t.match(result, { code: 0, signal: null, stdout: '', stderr: /^traced / }, signal);
    isPicture(t, readFileSync(join(dir, 'a.svg'), 'utf8'), signal);
    stacks(t, readFileSync(join(dir, 'a.folded'), 'utf8'));
    t.strictSame(readdirSync(dir).toSorted(), ['a.folded', 'a.svg']);
  }
  t.strictSame(await programsLeft(), []);
});

t.test('25 Ctrl-C at any moment of the start: a valid output or none', { skip }, async (t) => {
  const moments = Array.from({ length: 17 }, (_, i) => i * 25);
  const dirs = moments.map(() => directory(t));
  const ends: Run[] = [];
  for (const [i, interruptAfterMs] of moments.entries()) {
    const dir = dirs[i] as string;
    ends.push(await run(['-o', join(dir, 'a.svg'), '-o', join(dir, 'a.folded')], { interruptAfterMs }));
  }
  let written = 0;
  for (const [i, { code, signal, stdout, stderr }] of ends.entries()) {
    const dir = dirs[i] as string;
    const names = readdirSync(dir).toSorted();
    const message = `after ${moments[i]} ms: ${signal ?? code}, ${names.length} files`;
    t.equal(stdout, '');
    t.notMatch(stderr, /bug|^\s+at /m, message);
    if (signal === null) {
      written++;
      t.equal(code, 0, message);
      t.strictSame(names, ['a.folded', 'a.svg'], message);
      isPicture(t, readFileSync(join(dir, 'a.svg'), 'utf8'), message);
    } else {
      t.equal(signal, 'SIGINT', message);
      t.strictSame(names, [], message);
      t.equal(stderr, '', message);
    }
  }
  t.comment(`${written} of ${moments.length} were late enough for an output`);
  t.strictSame(await programsLeft(), []);
});

t.test("25 Ctrl-C with a command is the command's: its end is the end", { skip }, async (t) => {
  const { dir, frames } = prepared(t);
  const output = join(dir, 'a.folded');
  const interrupt = async (script: string) => {
    const args = ['-q', '--weight', 'bytes', '-o', output, '--', 'sh', '-c', script, 'sh', join(dir, 'in')];
    const { child, end } = start(args, { inGroup: true });
    await once(child.stdout, 'data'); // the command's `ready`
    process.kill(-(child.pid as number), 'SIGINT');
    return end;
  };
  t.match(await interrupt('echo ready; sleep 30'), { code: 130, signal: null, stderr: '' });
  stacks(t, readFileSync(output, 'utf8'));

  const cleaning = 'trap \'trap "" INT; dd if="$1" of=/dev/null bs=512 status=none; exit 3\' INT; echo ready; sleep 30';
  t.match(await interrupt(cleaning), { code: 3, signal: null, stderr: '' });
  const found = stacks(t, readFileSync(output, 'utf8'));
  t.strictSame(having(found, `${frames};/in`), [`dd;${frames};/in;read 3584`], 'what it does after Ctrl-C is in');
});

t.test('25 SIGTERM and SIGHUP are passed on to the command', { skip }, async (t) => {
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    const dir = directory(t);
    const { child, end } = start(['-q', '-o', join(dir, 'a.svg'), '--', 'sh', '-c', 'echo ready; exec sleep 30']);
    await once(child.stdout, 'data');
    child.kill(signal);
    t.match(await end, { code: 128 + number, signal: null, stderr: '' }, signal);
    isPicture(t, readFileSync(join(dir, 'a.svg'), 'utf8'), signal);
  }
});

t.test('25 a second Ctrl-C aborts at once, and leaves no output', { skip }, async (t) => {
  const dir = directory(t);
  const stubborn = 'trap "" INT; echo ready; exec >/dev/null 2>&1; sleep 4';
  const { child, end } = start(['-o', join(dir, 'a.svg'), '-o', join(dir, 'b.folded'), '--', 'sh', '-c', stubborn], {
    inGroup: true,
  });
  await once(child.stdout, 'data');
  const group = -(child.pid as number);
  process.kill(group, 'SIGINT');
  await sleep(300);
  t.equal(child.exitCode, null, 'the first is for the command');
  const pressed = performance.now();
  process.kill(group, 'SIGINT');
  t.strictSame(await end, { code: 130, signal: null, stdout: 'ready\n', stderr: '' });
  t.ok(performance.now() - pressed < 2000, 'it does not wait for the command');
  t.strictSame(readdirSync(dir), []);
  t.strictSame(await programsLeft(), []);
});

t.test('25 a second Ctrl-C soon after the first: each output is valid or not there', { skip }, async (t) => {
  for (const gapMs of [0, 3, 6, 10, 20, 40]) {
    const dir = directory(t);
    const { child, end, tracing } = start(['-q', '-o', join(dir, 'a.svg'), '-o', join(dir, 'b.svg')]);
    await tracing();
    await sleep(50);
    child.kill('SIGINT');
    await sleep(gapMs);
    child.kill('SIGINT');
    const { code, signal, stderr } = await end;
    const names = readdirSync(dir);
    const message = `after ${gapMs} ms: ${signal ?? code}, ${names.length} files`;
    t.ok(code === 0 || code === 130 || signal === 'SIGINT', message);
    t.equal(stderr, '');
    t.ok(
      names.every((name) => name === 'a.svg' || name === 'b.svg'),
      message,
    );
    for (const name of names) isPicture(t, readFileSync(join(dir, name), 'utf8'), message);
    if (code === 0) t.equal(names.length, 2);
  }
  t.strictSame(await programsLeft(), []);
});

t.test('25 a FIFO that nobody reads: files are written, and Ctrl-C ends the waiting', { skip }, async (t) => {
  const dir = directory(t);
  const fifo = join(dir, 'fifo');
  spawnSync('mkfifo', [fifo]);
  const { child, end } = start(['-q', '-o', fifo, '-o', join(dir, 'a.svg'), '-d', '100ms']);
  for (let i = 0; i < 500 && !existsSync(join(dir, 'a.svg')); i++) await sleep(20);
  isPicture(t, readFileSync(join(dir, 'a.svg'), 'utf8'));
  await sleep(100);
  t.equal(child.exitCode, null, 'it waits');
  child.kill('SIGINT');
  t.strictSame(await end, { code: null, signal: 'SIGINT', stdout: '', stderr: '' });
  t.strictSame(readdirSync(dir).toSorted(), ['a.svg', 'fifo']);
  t.ok(lstatSync(fifo).isFIFO());
});

t.test('25 SIGHUP stays ignored under nohup', { skip }, async (t) => {
  const scripts = {
    nohup: 'nohup "$@" & echo $!; wait $!',
    'an ignoring shell': 'trap "" HUP; "$@" & echo $!; wait $!',
  };
  for (const [name, script] of Object.entries(scripts)) {
    const dir = directory(t);
    const args = [...COMMAND_LINE, '--json', '-d', '1.5s', '-o', join(dir, 'a.svg')];
    const shell = spawn('bash', ['-c', script, 'bash', ...args], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    shell.stderr.on('data', (data) => (stderr += data));
    const [pid] = (await once(shell.stdout, 'data')) as [Buffer];
    const closed = once(shell, 'close');
    await untilTracing(Number(pid.toString()));
    process.kill(Number(pid.toString()), 'SIGHUP');
    t.strictSame(await closed, [0, null], name);
    const { metadata } = JSON.parse(stderr.slice(stderr.indexOf('{'))) as JsonSummary;
    t.ok(metadata.lengthNs > 1.45e9, `${name}: it traces on, ${metadata.lengthNs} ns in all`);
    isPicture(t, readFileSync(join(dir, 'a.svg'), 'utf8'), name);
  }
});

t.test('25 a shell that ignores SIGTERM itself, as those at a terminal do, changes nothing', { skip }, async (t) => {
  const dir = directory(t);
  const script = 'trap "" TERM; "$@" & echo $!; wait $!';
  const args = [...COMMAND_LINE, '-q', '-d', '30s', '-o', join(dir, 'a.svg')];
  const shell = spawn('bash', ['-c', script, 'bash', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [pid] = (await once(shell.stdout, 'data')) as [Buffer];
  const closed = once(shell, 'close');
  await untilTracing(Number(pid.toString()));
  process.kill(Number(pid.toString()), 'SIGTERM');
  t.strictSame(await closed, [0, null]);
  isPicture(t, readFileSync(join(dir, 'a.svg'), 'utf8'));
});

t.test('--duration ends the trace, not the command', { skip }, async (t) => {
  const { dir, frames } = prepared(t);
  const output = join(dir, 'a.folded');
  const script = 'cat "$1/in"; sleep 1.5; cat "$1/in"; echo > "$1/done"; exit 5';
  const args = ['--json', '-d', '500ms', '--weight', 'bytes', '-o', output, '--', 'sh', '-c', script, 'sh', dir];
  const { end } = start(args);
  for (let i = 0; i < 500 && !existsSync(output); i++) await sleep(10);
  t.notOk(existsSync(join(dir, 'done')), 'the output stands before the command has ended');
  const result = await end;
  t.equal(result.code, 5);
  t.ok(existsSync(join(dir, 'done')));
  t.equal(result.stdout.length, 2 * 3584);
  const found = stacks(t, readFileSync(output, 'utf8'));
  t.strictSame(having(found, frames), [`cat;${frames};/in;read 3584`], 'what came after is not in');
  t.match(jsonOf(result), { processesAlive: 2 }, 'sh and sleep');
});

t.test('17 children that outlive the command are counted', { skip }, async (t) => {
  const script = (children: number) => `exec >/dev/null 2>&1; ${'sleep 1 & '.repeat(children)} exit 0`;
  for (const [children, line] of [
    [0, undefined],
    [1, '1 process of the command lives on and is no longer traced\n'],
    [3, '3 processes of the command live on and are no longer traced\n'],
  ] as const) {
    const { code, stderr } = await run(['-o', '/dev/null', '--', 'sh', '-c', script(children)]);
    t.equal(code, 0);
    if (line === undefined) t.notMatch(stderr, 'no longer traced');
    else t.ok(stderr.endsWith(`\n${line}`), stderr.slice(-200));
  }
});
