// What is traced: users, cgroups, processes with their children, several at once, and all of it from within a pid namespace.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { cgroupMount } from '../../src/collector/live/cgroups.ts';
import { containerOf } from '../../src/collector/live/containers.ts';
import { having, stacks } from './artifacts.ts';
import { aboveTheKernel, COMMAND_LINE, directory, run, sleep, start, untilTracing, visibly, whyNot } from './trace.ts';

const skip =
  whyNot('setpriv', 'unshare', 'nsenter', 'bash') || visibly(process.geteuid?.() !== 0 && 'only root can make cgroups');
const mount = cgroupMount();
const skipCgroups = skip || visibly(mount === undefined && 'no cgroup2 filesystem is mounted');

const FOLDED = ['-q', '--format', 'folded', '--weight', 'count', '--path-frames', 'whole', '-o', '-'];
const OPENS = ['--syscall', 'openat'];

/** A cgroup of its own below `parent`, removed after the test with what still runs in it. */
function cgroup(t: Test, parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  t.teardown(() => {
    spawnSync('sh', ['-c', 'kill -KILL $(cat "$0/cgroup.procs") 2>/dev/null', path]);
    for (let i = 0; i < 200; i++) {
      try {
        rmdirSync(path);
        return;
      } catch {
        spawnSync('sleep', ['0.02']);
      }
    }
  });
  return path;
}

/** A shell that runs each line that it is given, and says `done` after it; ended with the test. */
class Shell {
  readonly child: ChildProcess;
  #said = '';

  constructor(t: Test, ...prefix: readonly string[]) {
    const [file = '', ...args] = [...prefix, 'bash', '--norc', '-s'];
    this.child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout?.on('data', (data) => (this.#said += data));
    t.teardown(() => this.child.kill('SIGKILL'));
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async does(line: string): Promise<string> {
    this.#said = '';
    this.child.stdin?.write(`${line}\necho done\n`);
    while (!/(?:^|\n)done\n$/.test(this.#said)) await once(this.child.stdout as NodeJS.ReadableStream, 'data');
    return this.#said.replace(/done\n$/, '').trim();
  }
}

/** Traces with these options while `does` runs; the stacks in `dir`. */
async function tracedIn(
  t: Test,
  dir: string,
  args: readonly string[],
  does: () => Promise<unknown>,
  prefix: readonly string[] = [],
) {
  const fields = args.includes('--fields') ? [] : ['--fields', 'path'];
  const tracer = start([...FOLDED, ...OPENS, ...fields, ...args], { prefix });
  await tracer.tracing();
  await sleep(300); // tasks are marked after that
  await does();
  tracer.child.kill('SIGINT');
  const { code, stdout, stderr } = await tracer.end;
  t.equal(code, 0, stderr);
  return having(stacks(t, stdout), `${dir}/`);
}

t.test('--user: names and numbers, and nobody else', { skip }, async (t) => {
  const dir = directory(t);
  chmodSync(dir, 0o777);
  const as = (uid: number) => `setpriv --reuid ${uid} --clear-groups sh -c ': > ${dir}/by-${uid}'`;
  const command = ['--', 'sh', '-c', `${as(0)}; ${as(1)}; ${as(2)}; ${as(65534)}`];
  const traced = async (...users: string[]) => {
    const { code, stdout, stderr } = await run([...FOLDED, ...OPENS, '--fields', 'path', ...users, ...command]);
    t.equal(code, 0, stderr);
    return having(stacks(t, stdout), `${dir}/`);
  };
  const by = (...uids: number[]) => uids.map((uid) => `${dir}/by-${uid} 1`);
  t.strictSame(await traced('--user', 'nobody'), by(65534));
  t.strictSame(await traced('--user', 'nobody,1'), by(1, 65534));
  t.strictSame(await traced('--user', 'daemon', '--user', '2'), by(1, 2));
  t.strictSame(await traced('--uid', '0'), by(0), 'the older name of the option');
  t.strictSame(await traced('--user', '4321'), []);
  t.match(await run(['--user', 'no-such-user', '-d', '1']), {
    code: 2,
    stderr:
      "ior-flame: --user: there is no user 'no-such-user' here: give a name that getent passwd tells, or a number\n",
  });
});

t.test(
  '--cgroup: by path and by id, with what is below it, and nothing beside it',
  { skip: skipCgroups },
  async (t) => {
    const dir = directory(t);
    const root = mount as string;
    const name = `ior-flame-test-${process.pid}`;
    const above = cgroup(t, root, name);
    const below = cgroup(t, above, 'below');
    const beside = cgroup(t, root, `${name}-beside`);
    const shells = { above: new Shell(t), below: new Shell(t), beside: new Shell(t), moved: new Shell(t) };
    for (const [place, path] of Object.entries({ above, below, beside })) {
      await shells[place as 'above'].does(`echo $$ > ${path}/cgroup.procs`);
    }
    const work = async () => {
      for (const [place, shell] of Object.entries(shells)) await shell.does(`: > ${dir}/${place}`);
      await shells.above.does(`sh -c ': > ${dir}/child'`);
      await shells.moved.does(`: > ${dir}/before; echo $$ > ${below}/cgroup.procs; : > ${dir}/after`);
      await shells.moved.does(`echo $$ > ${root}/cgroup.procs; : > ${dir}/again`);
    };
    const files = (...names: string[]) => names.map((file) => `${dir}/${file} 1`);
    const id = String(statSync(above).ino);
    for (const word of aboveTheKernel ? [id] : [above, `/${name}`, name, id]) {
      const expected = files('above', 'after', 'below', 'child');
      t.strictSame(await tracedIn(t, dir, ['--cgroup', word], work), expected, word);
    }
    t.strictSame(await tracedIn(t, dir, ['--cgroup', below], work), files('after', 'below'), 'a leaf');
    t.strictSame(
      await tracedIn(t, dir, ['--cgroup', `${beside},${below}`], work),
      files('after', 'below', 'beside'),
      'two at once',
    );
    const both = ['--cgroup', above, '--pid', `${shells.below.pid},${shells.beside.pid}`];
    t.strictSame(await tracedIn(t, dir, both, work), files('below'), '--pid and --cgroup: what both let through');
    t.strictSame(await tracedIn(t, dir, ['--cgroup', above, '--user', 'nobody'], work), []);
    for (const word of aboveTheKernel ? [] : ['/no/such', '99999999999', `${root}/no`, dir, `${above}/cgroup.procs`]) {
      t.match(await run(['--cgroup', word, '-d', '1', '-o', '-']), {
        code: 1,
        stdout: '',
        stderr: `ior-flame: --cgroup: there is no cgroup '${word}' below ${root}\n`,
      });
    }
  },
);

t.test('the fields cgroup and container on the kernel', { skip: skipCgroups }, async (t) => {
  const dir = directory(t);
  const id = 'c0ffee'.padEnd(64, '0');
  const unit = cgroup(t, mount as string, `ior-flame-test-${process.pid}.service`);
  const container = cgroup(t, mount as string, `docker-${id}.scope`);
  const [one, two, three] = [new Shell(t), new Shell(t), new Shell(t)];
  await one.does(`echo $$ > ${unit}/cgroup.procs`);
  await two.does(`echo $$ > ${container}/cgroup.procs`);
  await three.does(`echo $$ > ${mount}/cgroup.procs`);
  const found = await tracedIn(t, dir, ['--fields', 'container,cgroup,path'], async () => {
    await one.does(`: > ${dir}/one`);
    await two.does(`: > ${dir}/two`);
    await three.does(`: > ${dir}/three`);
  });
  const name = `ior-flame-test-${process.pid}.service`;
  t.strictSame(found.toSorted(), [
    `/;${dir}/three 1`,
    `docker:c0ffee000000;/docker-${id}.scope;${dir}/two 1`,
    `${name};/${name};${dir}/one 1`,
  ]);
});

t.test('the container or unit that a cgroup belongs to', async (t) => {
  const id = '0123456789ab'.padEnd(64, 'f');
  const of = 'user.slice/user-1000.slice/user@1000.service';
  for (const [cgroup, container] of [
    ['/', ''],
    ['/init.scope', 'init.scope'],
    ['/system.slice/nginx.service', 'nginx.service'],
    ['/system.slice/nginx.service/worker', 'nginx.service'],
    ['/system.slice', 'system.slice'],
    ['/user.slice/user-1000.slice/session-3.scope', 'session-3.scope'],
    [`/${of}/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1.scope`, 'vte-spawn-1.scope'],
    [`/system.slice/docker-${id}.scope`, 'docker:0123456789ab'],
    [`/system.slice/docker-${id}.scope/init.scope`, 'docker:0123456789ab'],
    [`/docker/${id}`, 'docker:0123456789ab'],
    [`/docker/${id}/system.slice/ssh.service`, 'docker:0123456789ab'],
    [`/machine.slice/libpod-${id}.scope/container`, 'podman:0123456789ab'],
    [`/${of}/user.slice/libpod-${id}.scope`, 'podman:0123456789ab'],
    [`/libpod_parent/libpod-${id}`, 'podman:0123456789ab'],
    [`/machine.slice/libpod-conmon-${id}.scope`, `libpod-conmon-${id}.scope`],
    [`/system.slice/nerdctl-${id}.scope`, 'containerd:0123456789ab'],
    [`/default/${id}`, 'containerd:0123456789ab'],
    [`/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`, 'containerd:0123456789ab'],
    [`/kubepods.slice/kubepods-pod1.slice/crio-${id}.scope`, 'cri-o:0123456789ab'],
    [`/system.slice/kubepods-pod1.slice:cri-containerd:${id}`, 'containerd:0123456789ab'],
    [`/kubepods/burstable/pod1/${id}`, 'kubernetes:0123456789ab'],
    [`/docker/${id}/docker/${'e'.repeat(64)}`, 'docker:eeeeeeeeeeee'],
    ['/system.slice/systemd-nspawn@a\\x2db.service', 'systemd-nspawn@a\\x2db.service'],
  ] as const) {
    t.equal(containerOf(cgroup), container, cgroup);
  }
});

t.test(
  '--pid with --follow: children that are there and those to come, also of children; not its parent',
  { skip },
  async (t) => {
    const dir = directory(t);
    const shell = new Shell(t);
    await shell.does('set +m');
    // a grandchild waits for a word, then opens a file
    const waiting = (name: string) => `read word < ${dir}/go; : > ${dir}/${name}`;
    await shell.does(`mkfifo ${dir}/go`);
    const other = new Shell(t);
    const work = async () => {
      await shell.does(`exec 7<> ${dir}/go; echo x >&7; wait`);
      await shell.does(`: > ${dir}/itself; sh -c ': > ${dir}/later; sh -c ": > ${dir}/deep"'`);
      await other.does(`: > ${dir}/other`);
    };
    for (const engine of aboveTheKernel ? ['kernel'] : ['kernel', 'stream']) {
      const args = ['--engine', engine, '--pid', String(shell.pid)];
      await shell.does(`(bash -c '(${waiting('grandchild')}); true') &`);
      await sleep(300);
      const alone = await tracedIn(t, dir, args, work);
      t.strictSame(
        alone.filter((row) => !row.includes('/go ')),
        [`${dir}/itself 1`],
        `${engine}: without --follow`,
      );
      await shell.does(`(bash -c '(${waiting('grandchild')}); true') &`);
      await sleep(300);
      const all = await tracedIn(t, dir, [...args, '--follow'], work);
      const expected = ['deep', 'grandchild', 'itself', 'later'].map((name) => `${dir}/${name} 1`);
      t.strictSame(
        all.filter((row) => !row.includes('/go ')),
        expected,
        `${engine}: with --follow`,
      );
    }
    t.match(await run(['--follow', '-d', '1']), {
      code: 2,
      stderr: 'ior-flame: --follow is for --pid: a command is followed without it\n',
    });
  },
);

t.test('--follow ends with the last of the children, and says so', { skip }, async (t) => {
  // the child in the background ends when the second pipe is closed, the shell itself when the first one is
  const child = spawn('bash', ['-c', '(read line <&3) & read line'], { stdio: ['pipe', 'ignore', 'ignore', 'pipe'] });
  const args = ['-q', '-o', '/dev/null', '--pid', String(child.pid)];
  const tracers = [start(args), start([...args, '--follow'])] as const;
  for (const tracer of tracers) await tracer.tracing();
  await sleep(300);
  child.stdin?.end();
  const alone = await tracers[0].end;
  await sleep(300);
  (child.stdio[3] as Writable).end();
  const followed = await tracers[1].end;
  t.equal(followed.code, 0);
  const seconds = ({ stderr }: typeof alone) => {
    const [, what, length, unit] = /^ior-flame: (.*) ended: tracing stopped after ([\d.]+) (\w+)/.exec(stderr) ?? [];
    return { what, ms: Number(length) * (unit === 's' ? 1000 : 1) };
  };
  t.equal(seconds(alone).what, `process ${child.pid}`);
  t.equal(seconds(followed).what, `process ${child.pid}, with all children,`);
  t.ok(seconds(followed).ms > seconds(alone).ms, `${followed.stderr} ${alone.stderr}`);
});

t.test('several processes and threads at once', { skip }, async (t) => {
  const dir = directory(t);
  const [one, two, three] = [new Shell(t), new Shell(t), new Shell(t)];
  const work = async () => {
    for (const [i, shell] of [one, two, three].entries()) await shell.does(`: > ${dir}/${i}`);
  };
  const rows = (...numbers: number[]) => numbers.map((number) => `${dir}/${number} 1`);
  t.strictSame(await tracedIn(t, dir, ['-p', `${one.pid},${three.pid}`], work), rows(0, 2));
  t.strictSame(await tracedIn(t, dir, ['-p', `${one.pid}`, '--pid', `${two.pid}`], work), rows(0, 1));
  t.strictSame(await tracedIn(t, dir, ['-p', `${one.pid}`, '--tid', `${three.pid}`], work), rows(0, 2));
  const many = Array.from({ length: 33 }, (_, i) => i).join(',');
  t.match(await run(['--user', many, '-d', '1']), {
    code: 2,
    stderr: 'ior-flame: --user: 33 were given, and 32 are the most\n',
  });
});

/** The pid that a process has here, by the one that it has in another namespace. */
function fromOutside(pid: string): number {
  const isIt = (entry: string) => {
    try {
      return new RegExp(`^NSpid:\\t\\d+.*\\t${pid}$`, 'm').test(readFileSync(`/proc/${entry}/status`, 'utf8'));
    } catch {
      return false; // it has just ended
    }
  };
  return Number(readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && isIt(entry)));
}

t.test('inside a pid namespace: numbers are those that are seen there', { skip }, async (t) => {
  const dir = directory(t);
  const shell = new Shell(t, 'unshare', '--pid', '--fork', '--mount-proc', '--kill-child');
  const inner = await shell.does('echo $$');
  t.ok(Number(inner) < 10, `a namespace: ${inner}`);
  const outside = new Shell(t);
  const tracer = [...COMMAND_LINE, ...FOLDED, '--syscall', 'openat', '--fields', 'pid,tid,path'].join(' ');
  // a second shell in the namespace is the target
  await shell.does(`mkfifo ${['in', 'out'].map((name) => join(dir, name)).join(' ')}`);
  await shell.does(`bash --norc -s < ${dir}/in > ${dir}/out 2>&1 & exec 8> ${dir}/in 9< ${dir}/out; T=$!`);
  const target = await shell.does('echo $T');
  const traced = async (options: string) => {
    await shell.does(`${tracer} ${options} > ${dir}/folded 2> ${dir}/errors & P=$!`);
    await untilTracing(fromOutside(await shell.does('echo $P')));
    await sleep(300); // tasks are marked after that
    await outside.does(`: > ${dir}/outside`);
    await shell.does(`echo ': > ${dir}/target; (: > ${dir}/child); echo done' >&8; read word <&9; : > ${dir}/shell`);
    await shell.does('kill -INT $P; wait $P');
    const text = await shell.does(`cat ${dir}/folded ${dir}/errors`);
    return having(stacks(t, `${text}\n`.replace(/^\n$/, '')), `${dir}/`).filter((row) => !/folded|errors/.test(row));
  };
  const mine = `pid:${target};tid:${target};${dir}/target 1`;
  t.strictSame(await traced(`--pid ${target}`), [mine]);
  const followed = await traced(`--pid ${target} --follow`);
  t.equal(followed.length, 2);
  t.ok(followed.includes(mine));
  const [, child = ''] =
    /^pid:(\d+);tid:\1;.*\/child 1$/.exec(followed.find((row) => row.includes('/child')) ?? '') ?? [];
  t.ok(Number(child) > Number(target) && Number(child) < 1000, `the child is ${child} there, too`);
  const all = await traced(`--path ${dir}`);
  t.ok(all.includes(mine));
  t.ok(all.includes(`pid:${inner};tid:${inner};${dir}/shell 1`));
  t.ok(all.includes(`pid:0;tid:0;${dir}/outside 1`), 'what is not in the namespace has no number there');
});

t.test("in a container with the host's pids (docker run --pid=host): numbers are the host's", { skip }, async (t) => {
  const dir = directory(t);
  const target = new Shell(t);
  // what --pid=host leaves: namespaces of its own for mounts, names, cgroups, IPC and the network, and a /proc of the host's pids
  const prefix = ['unshare', '--mount', '--uts', '--ipc', '--net', '--cgroup'];
  const options = ['--pid', String(target.pid), '--fields', 'pid,path'];
  const found = await tracedIn(t, dir, options, () => target.does(`: > ${dir}/file`), prefix);
  t.strictSame(found, [`pid:${target.pid};${dir}/file 1`]);
});
