// The command behind `--`: as whom it runs, and that it has its signals, its descriptors and its exit status as if it had been
// run directly. terminal.test.ts is about its terminal.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { having, stacks } from './artifacts.ts';
import { AS_CALLER, CALLER, GROUPS, withCaller } from './caller.ts';
import {
  AS_NOBODY,
  COMMAND_LINE,
  directory,
  type Run,
  run,
  sleep,
  start,
  visibly,
  whyNot,
  whyNotAsNobody,
} from './trace.ts';

const skip =
  whyNot('setpriv', 'sudo', 'bash', 'make', 'unshare', 'nohup') ||
  visibly(process.geteuid?.() !== 0 && 'only root can be called by sudo') ||
  whyNotAsNobody();

/** What `sh` says of itself. */
const WHO = [
  'id -u',
  'id -g',
  'id -G',
  'echo $HOME $USER $LOGNAME $SHELL',
  "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs)' /proc/self/status",
].join('; ');
const NO_CAPABILITIES = ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:\t0000000000000000`);

const FOLDED = ['-q', '--format', 'folded', '--weight', 'count', '--path-frames', 'whole'];

t.test(
  'under sudo the command runs as its caller, with no capability, and the files are theirs',
  { skip },
  async (t) => {
    const { prefix, home } = withCaller(t);
    const output = join(home, 'a.folded');
    const sudo = ['env', '-u', 'NODE_OPTIONS', 'sudo', '-n', 'env', `PATH=${process.env.PATH}`];
    const result = await run([...FOLDED, '-o', output, '--', 'sh', '-c', `${WHO}; cat /etc/passwd > ${home}/copy`], {
      prefix: [...prefix, ...AS_CALLER, ...sudo],
      cwd: '/',
    });
    t.equal(result.code, 0, result.stderr);
    const { name, uid, gid, shell } = CALLER;
    const lines = result.stdout.trimEnd().split('\n');
    t.equal(lines[2], GROUPS.join(' '));
    t.strictSame(lines, [
      ...[String(uid), String(gid), GROUPS.join(' ')],
      `${home} ${name} ${name} ${shell}`,
      ...[`Uid:\t${[uid, uid, uid, uid].join('\t')}`, `Gid:\t${[gid, gid, gid, gid].join('\t')}`],
      `Groups:\t${GROUPS.join(' ')} `,
      ...NO_CAPABILITIES,
      'NoNewPrivs:\t0',
    ]);
    t.match(lstatSync(output), { uid, gid });
    t.match(lstatSync(join(home, 'copy')), { uid, gid });

    const found = stacks(t, readFileSync(output, 'utf8'));
    t.ok(having(found, `${home}/copy`).includes(`sh;${home}/copy;openat 1`), 'it is traced');
    t.equal(
      [...found.keys()].filter((stack) => /^sh;[^;]*\/sh;execve$/.test(stack)).length,
      1,
      'from its own execve on',
    );
    t.strictSame(having(found, '/setpriv'), [], 'and the launcher is not');
    t.strictSame(having(found, 'setpriv;'), []);
  },
);

t.test('SUDO_UID counts for root only, and only when there is such a user', { skip }, async (t) => {
  const { prefix } = withCaller(t);
  const uidUnder = async (variables: readonly string[], as: readonly string[] = []) => {
    const set = ['env', '-u', 'NODE_OPTIONS', ...variables];
    const { code, stdout } = await run(['-q', '-o', '/dev/null', '--', 'id', '-u'], {
      prefix: [...prefix, ...as, ...set],
      cwd: '/',
    });
    t.equal(code, 0);
    return stdout.trim();
  };
  t.equal(await uidUnder([`SUDO_UID=${CALLER.uid}`, `SUDO_GID=${CALLER.gid}`]), String(CALLER.uid));
  t.equal(await uidUnder([`SUDO_UID=${CALLER.uid}`]), String(CALLER.uid), 'with the group of the account');
  t.equal(await uidUnder([]), '0', 'without sudo it stays who it was');
  t.equal(await uidUnder(['SUDO_UID=0', 'SUDO_GID=0']), '0', 'root called sudo');
  t.equal(await uidUnder(['SUDO_UID=4294960000', 'SUDO_GID=1']), '0', 'nobody has this number');
  t.equal(await uidUnder(['SUDO_UID=alice', 'SUDO_GID=1']), '0');
  const set = '-all,+bpf,+perfmon';
  const capable = [...AS_NOBODY, '--inh-caps', set, '--ambient-caps', set];
  t.equal(await uidUnder([`SUDO_UID=${CALLER.uid}`], capable), '65534', 'not root: anybody could have set it');
});

t.test('a command that cannot be run as the caller: a sentence, 126 and 127, and none has run', { skip }, async (t) => {
  const dir = directory(t);
  chmodSync(dir, 0o755);
  const secret = join(dir, 'secret');
  writeFileSync(secret, '#!/bin/sh\n: > was-run\n', { mode: 0o700 });
  const as = (...command: string[]): Promise<Run> =>
    run(['-q', '-o', '/dev/null', '--', ...command], { prefix: ['env', 'SUDO_UID=65534', 'SUDO_GID=65534'], cwd: dir });
  t.match(await as('no-such-program'), {
    code: 127,
    stderr: 'ior-flame: cannot run no-such-program: no such program\n',
  });
  t.match(await as(join(dir, 'none')), { code: 127, stderr: `ior-flame: cannot run ${dir}/none: no such program\n` });
  t.match(await as(secret), { code: 126, stderr: /secret: Permission denied\n$/ }, 'root could run it');
  t.notOk(existsSync(join(dir, 'was-run')));
  t.match(await as('sh', '-c', 'exit 7'), { code: 7, stderr: '' });
  t.match(await as('sh', '-c', 'kill -TERM $$'), { code: 143, stderr: '' });

  for (const program of ['env', 'getent']) symlinkSync(`/usr/bin/${program}`, join(dir, program));
  const empty = await run(['-q', '-o', '/dev/null', '--', '/bin/true'], {
    prefix: ['/usr/bin/env', 'SUDO_UID=65534', `PATH=${dir}`],
    cwd: dir,
  });
  t.equal(empty.code, 126);
  t.match(empty.stderr, /^ior-flame: cannot run the command as nobody: setpriv is missing: install util-linux, .*\n$/);
});

t.test('descriptors beyond stderr are its own: those of the shell, and both ends of a pipe', { skip }, async (t) => {
  const dir = directory(t);
  const shell = (script: string) =>
    execFileSync('bash', ['-c', script, 'bash', ...COMMAND_LINE, '-q', '-o', '/dev/null', '--'], {
      encoding: 'utf8',
      cwd: dir,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  t.equal(shell('"$@" cat <(echo one) <(echo two)'), 'one\ntwo\n');
  t.equal(shell('echo three > in; "$@" cat /dev/fd/7 7< in'), 'three\n');
  const numbers = (text: string) => text.split('\n').filter((line) => /^\d+$/.test(line));
  const list = 'sh -c "ls /proc/self/fd | sort -n" 9> out';
  const direct = numbers(shell(list));
  t.ok(direct.includes('9'));
  t.strictSame(numbers(shell(`"$@" ${list}`)), direct, 'and none of ours');
  writeFileSync(join(dir, 'Makefile'), 'all: ; +@"$$@" $(MAKE) -s -f Inner\n'.replace('"$$@" ', '$(T) '));
  writeFileSync(join(dir, 'Inner'), 'all: a b\na b: ; @echo $@\n');
  const made = shell('shift 0; make -s -j2 T="$*" 2>&1');
  t.strictSame(made.trim().split('\n').toSorted(), ['a', 'b'], 'no warning that the job server is not available');
});

t.test('what was ignored by nohup is ignored by the command', { skip }, async (t) => {
  const dir = directory(t);
  const script = `"$@" sh -c 'kill -HUP $$; echo alive'`;
  const args = ['bash', ...COMMAND_LINE, '-q', '-o', '/dev/null', '--'];
  const under = async (script: string) => {
    const shell = spawn('bash', ['-c', script, ...args], { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    shell.stdout.on('data', (data) => (stdout += data));
    const [code] = await once(shell, 'close');
    return [code, stdout];
  };
  t.strictSame(await under(`nohup ${script}`), [0, 'alive\n']);
  t.strictSame(await under(`env ${script}`), [129, '']);
});

t.test('Ctrl-C is for a command that does something of its own on it, how often it comes', { skip }, async (t) => {
  const dir = directory(t);
  const output = join(dir, 'a.folded');
  const script = 'trap "echo got" INT; echo ready; n=0; while [ $n -lt 40 ]; do sleep 0.1; n=$((n+1)); done; exit 9';
  const { child, end } = start([...FOLDED, '-o', output, '--', 'bash', '-c', script], { inGroup: true });
  await once(child.stdout, 'data');
  for (let i = 0; i < 5; i++) {
    process.kill(-(child.pid as number), 'SIGINT');
    await sleep(150);
  }
  const { code, stdout, stderr } = await end;
  t.equal(code, 9, stderr);
  t.equal(stdout.split('\n').filter((line) => line === 'got').length, 5);
  t.ok(stacks(t, readFileSync(output, 'utf8')).size > 0);
});
