// Machines on which ior-flame cannot trace: each is made of this one for a moment, by giving up capabilities or in a mount
// namespace of its own. What is missing is said in one sentence with what to do, exit 3, and no command has run.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import {
  AS_NOBODY,
  aboveTheKernel,
  CLI,
  COMMAND_LINE,
  directory,
  type Run,
  run,
  visibly,
  whyNot,
  whyNotAsNobody,
} from './trace.ts';

const skip =
  whyNot('setpriv', 'setarch', 'unshare', 'ldconfig') ||
  visibly(process.geteuid?.() !== 0 && 'only root can take things away');
/** Where securityfs is mounted. */
const SECURITY = '/sys/kernel/security';
const ROOT = dirname(dirname(dirname(CLI)));

/** Nobody, with these capabilities and none besides. */
function nobodyWith(...capabilities: readonly string[]): readonly string[] {
  const set = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
  return [...AS_NOBODY, '--inh-caps', set, '--ambient-caps', set, '--bounding-set', set];
}

/** Runs it in a mount namespace in which `script` has changed something. */
function changed(script: string, ...args: readonly string[]): readonly string[] {
  return ['unshare', '-m', 'sh', '-ec', `${script}; shift ${args.length}; exec "$@"`, 'sh', ...args];
}

interface Refusal {
  readonly what: string;
  readonly prefix: readonly string[];
  /** The finding of `doctor`, its remedy, and what the failed start says. */
  readonly seen: string;
  readonly remedy: string;
}

async function isRefused(t: Test, { what, prefix, seen, remedy }: Refusal): Promise<void> {
  const dir = directory(t);
  spawnSync('chmod', ['777', dir]);
  const sentence = `ior-flame: cannot trace: ${what}: ${seen}; ${remedy}\n`;
  const output = join(dir, 'a.svg');
  const options = { prefix, cwd: dir };
  t.strictSame(await run(['-o', output, '-d', '1'], options), { code: 3, signal: null, stdout: '', stderr: sentence });
  const traced = await run(['-o', output, '--', 'touch', join(dir, 'was-run')], options);
  t.strictSame(traced, { code: 125, signal: null, stdout: '', stderr: sentence }, 'with a command');
  t.strictSame(spawnSync('ls', ['-A', dir], { encoding: 'utf8' }).stdout, '', 'it has not run, and nothing is left');

  const { code, stdout, stderr } = await run(['doctor'], options);
  t.equal(code, 3);
  t.equal(stderr, '');
  const lines = stdout.split('\n');
  const at = lines.findIndex((line) => line.startsWith('missing'));
  t.match(lines[at], new RegExp(`^missing ${what} +${escaped(seen)}$`));
  t.equal(lines[at + 1]?.trim(), `→ ${remedy}`);
  t.equal(lines.filter((line) => line.startsWith('missing')).length, 1, 'nothing else is missing');
  t.equal(lines.at(-2), 'ior-flame cannot trace here yet.');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const AS_ROOT = 'run it as root: sudo env "PATH=$PATH" ior-flame ...';

t.test('here: doctor finds nothing missing, and has really attached', { skip }, async (t) => {
  const { code, stdout, stderr } = await run(['doctor']);
  t.equal(code, 0);
  t.equal(stderr, '');
  const lines = stdout.split('\n');
  t.strictSame(
    lines.slice(0, -2).map((line) => /^ok {6}(.+?) {2,}\S/.exec(line)?.[1]),
    [
      ...['kernel', 'architecture', 'BTF', 'capabilities', 'user namespace', 'lockdown', 'libbpf', 'bpf(2)'],
      'programs and maps',
    ],
  );
  t.match(stdout, / loaded, attached and detached\n/);
  t.equal(lines.at(-2), 'ior-flame can trace on this machine.');
});

t.test('26 without capabilities', { skip: skip || whyNotAsNobody() }, async (t) => {
  const what = 'capabilities';
  await isRefused(t, { what, prefix: AS_NOBODY, seen: 'CAP_BPF and CAP_PERFMON missing', remedy: AS_ROOT });
  await isRefused(t, { what, prefix: nobodyWith('bpf'), seen: 'CAP_PERFMON missing', remedy: AS_ROOT });
  await isRefused(t, { what, prefix: nobodyWith('perfmon'), seen: 'CAP_BPF missing', remedy: AS_ROOT });
});

t.test('26 CAP_BPF and CAP_PERFMON are enough', { skip: skip || whyNotAsNobody() }, async (t) => {
  const options = { prefix: nobodyWith('bpf', 'perfmon'), cwd: '/' };
  const { code, stdout } = await run(['doctor'], options);
  t.equal(code, 0);
  t.match(stdout, /\nior-flame can trace on this machine\.\n$/);

  const size = readFileSync('/etc/passwd').length;
  const args = ['-q', '--format', 'folded', '--weight', 'bytes', '--fields', 'comm,path,syscall,uid', '-o', '-'];
  const traced = await run([...args, '--', 'cat', '/etc/passwd'], options);
  t.equal(traced.code, 0);
  t.match(traced.stdout, `cat;/etc;/passwd;read;uid:65534 ${size}\n`);
  t.match(await run(['-q', '-d', '200ms'], options), { code: 0, stdout: /<\/svg>\n?$/, stderr: '' }, 'system-wide');
});

t.test('26 without libbpf', { skip: skip || aboveTheKernel }, async (t) => {
  const libraries = spawnSync('ldconfig', ['-p'], { encoding: 'utf8' }).stdout;
  const libbpf = /libbpf\.so\.1 .*=> (\S+)/.exec(libraries)?.[1];
  if (libbpf === undefined) throw new Error('ldconfig does not know libbpf.so.1');
  const empty = join(directory(t), 'empty');
  writeFileSync(empty, '');
  await isRefused(t, {
    what: 'libbpf',
    prefix: changed('mount --bind "$1" "$2"', empty, realpathSync(libbpf)),
    seen: 'libbpf.so.1 is missing',
    remedy: 'install it: apt-get install libbpf1 (Debian, Ubuntu), dnf install libbpf (Fedora)',
  });
});

t.test('26 on a kernel without BTF', { skip }, async (t) => {
  await isRefused(t, {
    what: 'BTF',
    prefix: changed('mount -t tmpfs none /sys/kernel/btf'),
    seen: '/sys/kernel/btf/vmlinux does not exist',
    remedy:
      'use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of Debian 11, Ubuntu 20.10, Fedora 33 and newer are',
  });
});

t.test('26 on a kernel that is too old', { skip }, async (t) => {
  const prefix = ['setarch', '--uname-2.6'];
  const version = spawnSync('setarch', ['--uname-2.6', 'uname', '-r'], { encoding: 'utf8' }).stdout.trim();
  t.match(version, /^2\.6\./, 'the kernel says so itself');
  await isRefused(t, {
    what: 'kernel',
    prefix,
    seen: `Linux ${version}`,
    remedy: 'ior-flame needs Linux 5.15 or newer',
  });
});

t.test(
  '26 under lockdown=confidentiality',
  { skip: skip || visibly(!existsSync(SECURITY) && `${SECURITY} is missing`) },
  async (t) => {
    await isRefused(t, {
      what: 'lockdown',
      prefix: changed('mount -t tmpfs none "$1"; echo "none integrity [confidentiality]" > "$1/lockdown"', SECURITY),
      seen: 'confidentiality',
      remedy: "boot without lockdown=confidentiality ('integrity' is enough for tracing)",
    });
  },
);

t.test('a damaged BPF object: one sentence, exit 1', { skip: skip || aboveTheKernel }, async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, 'dist'));
  for (const name of ['dist/cli', 'bpf', 'package.json'])
    cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  const object = join(dir, 'bpf/ior.x86_64.o');
  const whole = readFileSync(object);
  const copied = (...args: string[]): Run => {
    const [program, ...rest] = [...COMMAND_LINE.slice(0, -1), join(dir, 'dist/cli/main.js'), ...args];
    const { status, signal, stdout, stderr } = spawnSync(program as string, rest, { encoding: 'utf8' });
    return { code: status, signal, stdout, stderr };
  };
  t.strictSame(
    copied('-q', '-o', '/dev/null', '-d', '100ms'),
    { code: 0, signal: null, stdout: '', stderr: '' },
    'whole',
  );

  const isDamaged = (sentence: RegExp, message: string) => {
    const result = copied('-o', '/dev/null', '-d', '1');
    t.match(result, { code: 1, signal: null, stdout: '' }, message);
    t.match(result.stderr, sentence, message);
    t.match(
      copied('doctor'),
      { code: 3, stderr: '', stdout: /\nior-flame cannot trace here yet\.\n$/ },
      `doctor, ${message}`,
    );
  };
  for (const length of [0, 4, 64, 1000, whole.length >> 1, whole.length - 1]) {
    writeFileSync(object, whole.subarray(0, length));
    isDamaged(
      /^ior-flame: the BPF object \S+ is damaged \([^)]+\): install ior-flame again\n$/,
      `the first ${length} bytes`,
    );
  }
  rmSync(object);
  isDamaged(/^ior-flame: cannot read the BPF object \S+ \(ENOENT\): install ior-flame again\n$/, 'absent');

  const wrong = Buffer.from(whole);
  wrong.fill(0xff, whole.length >> 2, (whole.length >> 2) + 64);
  writeFileSync(object, wrong);
  const { code, stdout, stderr } = copied('-o', '/dev/null', '-d', '1');
  t.ok(code === 1 || code === 3, `${code}`);
  t.equal(stdout, '');
  t.match(stderr, /^ior-flame: .*BPF object.*\n$/, 'damaged within: one line');
});
