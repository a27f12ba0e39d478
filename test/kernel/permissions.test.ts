// What ior-flame may do with which rights: CAP_BPF and CAP_PERFMON are enough, the lines that doctor gives work as they stand,
// and what is refused by a user namespace, by seccomp or in a container is said with what to do.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { having, stacks } from './artifacts.ts';
import { AS_CALLER, CALLER, withCaller } from './caller.ts';
import { compile } from './programs.ts';
import {
  AS_NOBODY,
  COMMAND_LINE,
  directory,
  programsLeft,
  run,
  start,
  visibly,
  whyNot,
  whyNotAsNobody,
} from './trace.ts';

const skip =
  whyNot('setpriv', 'unshare', 'sudo', 'cc', 'bpftool') ||
  visibly(process.geteuid?.() !== 0 && 'only root can give its rights away') ||
  whyNotAsNobody();

const SET = '-all,+bpf,+perfmon';
const WITH_TWO = [...AS_NOBODY, '--inh-caps', SET, '--ambient-caps', SET, '--bounding-set', SET] as const;
/** CAP_PERFMON is 38, CAP_BPF 39. */
const TWO = '000000c000000000';
const FOLDED = ['-q', '--format', 'folded', '--weight', 'count', '--path-frames', 'whole', '-o', '-'];

t.test(
  'with exactly CAP_BPF and CAP_PERFMON: a command, the machine, a process, files of its own',
  { skip },
  async (t) => {
    const dir = directory(t);
    chmodSync(dir, 0o777);
    const options = { prefix: WITH_TWO, cwd: dir };
    const status = await run(['-q', '-o', 'a.svg', '--', 'grep', '^Cap', '/proc/self/status'], options);
    t.equal(status.code, 0, status.stderr);
    const sets = ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:\t${TWO}\n`);
    t.equal(
      status.stdout,
      sets.join(''),
      'no more than these; and without sudo the command keeps what it was started with',
    );
    t.match(lstatSync(join(dir, 'a.svg')), { uid: 65534 });

    const tracer = start([...FOLDED, '--fields', 'path,syscall', '--syscall', 'openat'], options);
    await tracer.tracing();
    spawnSync('sh', ['-c', `: > ${dir}/of-root`]);
    tracer.child.kill('SIGINT');
    const machine = await tracer.end;
    t.equal(machine.code, 0, machine.stderr);
    t.strictSame(having(stacks(t, machine.stdout), `${dir}/`), [`${dir}/of-root;openat 1`], 'what root does is in');

    const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
    t.teardown(() => sleeper.kill());
    const ofRoot = await run(['-q', '-o', '/dev/null', '-d', '300ms', '--pid', String(sleeper.pid)], options);
    t.match(ofRoot, { code: 0, stderr: '' }, 'a process of root');
    t.match(await run(['doctor'], options), { code: 0, stderr: '', stdout: /can trace on this machine\.\n$/ });
    t.strictSame(await programsLeft(), []);
  },
);

t.test("what other users' memory tells is optional: a hanging call bears its directory", { skip }, async (t) => {
  const dir = directory(t);
  chmodSync(dir, 0o755);
  spawnSync('mkfifo', [join(dir, 'fifo')]);
  const hanging = start([
    '-q',
    '-d',
    '1s',
    '-o',
    '/dev/null',
    '--',
    'sh',
    '-c',
    `cd ${dir}; echo ready; exec cat fifo`,
  ]);
  await once(hanging.child.stdout, 'data');
  const unfinished = async (prefix: readonly string[]) => {
    const { code, stdout, stderr } = await run([...FOLDED, '--syscall', 'openat', '--type', 'all', '-d', '200ms'], {
      prefix,
      cwd: '/',
    });
    t.equal(code, 0, stderr);
    return having(stacks(t, stdout), '[unfinished]').filter((row) => row.startsWith(`cat;${dir}`));
  };
  t.strictSame(await unfinished([]), [`cat;${dir}/fifo;openat;[unfinished] 1`], 'root reads the name');
  t.strictSame(await unfinished(WITH_TWO), [`cat;${dir};openat;[unfinished] 1`], 'others know where it starts from');
  spawnSync('sh', ['-c', `: > ${dir}/fifo`]);
  await hanging.end;
});

t.test('the lines that doctor gives work as they stand', { skip }, async (t) => {
  const dir = directory(t);
  chmodSync(dir, 0o777);
  writeFileSync(join(dir, 'ior-flame'), `#!/bin/sh\nexec ${COMMAND_LINE.join(' ')} "$@"\n`, { mode: 0o755 });
  const { code, stdout } = await run(['doctor'], { prefix: AS_NOBODY, cwd: '/' });
  t.equal(code, 3);
  const lines = stdout.split('\n').flatMap((line) => / → (?:[^:]*: )?(sudo .*) \.\.\.$/.exec(line)?.[1] ?? []);
  t.equal(lines.length, 2, stdout);
  for (const text of [
    'systemd-run ',
    'AmbientCapabilities=CAP_BPF CAP_PERFMON',
    'docker run --pid=host',
    'unprivileged_bpf_disabled',
  ]) {
    t.ok(stdout.includes(text), text);
  }
  const { prefix } = withCaller(t);
  const [program = '', ...args] = [...prefix, ...AS_CALLER, 'env', `PATH=${dir}:${process.env.PATH}`, 'sh', '-c'];
  for (const line of lines) {
    const script = `${line} -q -o ${dir}/a.svg -- grep -E 'Uid|CapEff' /proc/self/status`;
    const { status, stdout, stderr } = spawnSync(program, [...args, script], { encoding: 'utf8', cwd: '/' });
    t.equal(status, 0, `${script}: ${stderr}`);
    const [uid] = /(?<=^Uid:\t)\d+/.exec(stdout) ?? [];
    t.equal(uid, String(CALLER.uid), 'the command is theirs');
    const capabilities = line.includes('setpriv') ? TWO : '0000000000000000';
    t.ok(stdout.endsWith(`CapEff:\t${capabilities}\n`), stdout);
    t.match(lstatSync(join(dir, 'a.svg')), { uid: CALLER.uid });
  }
});

t.test('in a user namespace of its own: capabilities there do not count', { skip }, async (t) => {
  const prefix = ['unshare', '--user', '--map-root-user'];
  const { code, stdout, stderr } = await run(['-d', '1', '-o', '-'], { prefix });
  t.equal(code, 3);
  t.equal(stdout, '');
  t.match(
    stderr,
    /^ior-flame: cannot trace: user namespace: one of its own, where .*; run it outside, .*sudo env "PATH=\$PATH" ior-flame \.\.\.; .*\n$/,
  );
  t.match(await run(['doctor'], { prefix }), { code: 3, stdout: /\nmissing user namespace .*\n.*→ run it outside/ });
});

t.test('a seccomp filter that refuses bpf(2)', { skip }, async (t) => {
  const prefix = [compile('no-bpf')];
  const { code, stdout, stderr } = await run(['-d', '1', '-o', '-'], { prefix });
  t.equal(code, 3);
  t.equal(stdout, '');
  t.equal(
    stderr,
    'ior-flame: cannot trace: bpf(2): refused (EPERM); a seccomp filter refuses it: docker run --security-opt seccomp=unconfined ..., or in a unit of systemd SystemCallFilter=bpf\n',
  );
});

t.test('root without the capabilities, as in a container: the flags of its start', { skip }, async (t) => {
  const prefix = ['setpriv', '--bounding-set', '-bpf,-perfmon,-sys_admin'];
  const { code, stderr } = await run(['-d', '1', '-o', '-'], { prefix });
  t.equal(code, 3);
  t.equal(
    stderr,
    'ior-flame: cannot trace: capabilities: CAP_BPF and CAP_PERFMON missing; give them to the container: docker run --pid=host --cgroupns=host --cap-add=BPF --cap-add=PERFMON ...\n',
  );
});

t.test(
  'modes of files: for their owner where others are in them, as the umask says of a command',
  { skip },
  async (t) => {
    const dir = directory(t);
    const prefix = ['sh', '-c', 'umask 022; exec "$@"', 'sh'];
    const mode = (name: string) => lstatSync(join(dir, name)).mode & 0o7777;
    await run(['-q', '-d', '100ms', '-o', join(dir, 'machine.svg')], { prefix });
    await run(['-q', '-d', '100ms', '-p', String(process.pid), '-o', join(dir, 'process.svg')], { prefix });
    await run(['-q', '-o', join(dir, 'command.svg'), '--', 'true'], { prefix });
    t.strictSame(['machine.svg', 'process.svg', 'command.svg'].map(mode), [0o600, 0o600, 0o644]);
    t.ok(readFileSync(join(dir, 'machine.svg')).length > 0);
  },
);

t.test('SIGKILL leaves nothing beside the target', { skip }, async (t) => {
  const dir = directory(t);
  const tracer = start(['-q', '-o', join(dir, 'a.svg')]);
  await tracer.tracing();
  tracer.child.kill('SIGKILL');
  await tracer.end;
  t.equal(spawnSync('ls', ['-A', dir], { encoding: 'utf8' }).stdout, '');
});
