import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Format, type Output, openOutputs } from '../../src/cli/outputs.ts';
import { directory } from '../kernel/trace.ts';

const TEXT = 'first\nsecond\n';

function* chunks() {
  yield Buffer.from('first\n');
  yield Buffer.from('second\n');
}

/** What a fold or a picture does that fails in the middle. */
function* failing() {
  yield Buffer.from('first\n');
  throw new RangeError('in the middle');
}

function openOne(target: string, format?: Format): Output {
  const [output] = openOutputs([target], format);
  if (output === undefined) throw new Error('no output');
  return output;
}

/** The names in a directory; of temporary files only their shape. */
function names(dir: string): string[] {
  return readdirSync(dir)
    .map((name) => name.replace(/[0-9a-f]{12}\.tmp$/, 'RANDOM.tmp'))
    .sort();
}

t.test('the extension tells the format, and --format overrules it', async (t) => {
  const dir = directory(t);
  const cases: readonly (readonly [string, Format | undefined, Format])[] = [
    ['a.svg', undefined, 'svg'],
    ['a.folded', undefined, 'folded'],
    ['a.b.folded', undefined, 'folded'],
    ['no-extension', undefined, 'svg'],
    ['a.svg', 'folded', 'folded'],
    ['a.txt', 'folded', 'folded'],
  ];
  for (const [name, asked, format] of cases) {
    const output = openOne(join(dir, name), asked);
    t.equal(output.format, format, `${name} ${asked ?? ''}`);
    output.discard();
  }
  for (const name of ['a.png', 'a.SVG', 'folded.', '.hidden']) {
    const target = join(dir, name);
    t.throws(
      () => openOutputs([target], undefined),
      {
        name: 'UserError',
        exitCode: 2,
        message: `cannot tell the format of ${target} by its name: end it in .svg or .html or .folded, or give --format`,
      },
      name,
    );
  }
  t.strictSame(names(dir), []);
});

t.test('- and its names in /dev and /proc are standard output; it is not opened', async (t) => {
  for (const target of ['-', '/dev/stdout', '/dev/fd/1', '/dev/../dev/stdout', '/proc/self/fd/1']) {
    const output = openOne(target);
    t.match(output, { target, format: 'svg', isStdout: true, isDirect: true }, target);
    output.discard();
  }
  t.strictSame(
    openOutputs([], 'folded').map(({ target, format }) => [target, format]),
    [['-', 'folded']],
    'and the default, when it is no terminal',
  );
});

t.test('a descriptor of ours is written where it stands, and stays open', async (t) => {
  const dir = directory(t);
  const path = join(dir, 'log.txt');
  writeFileSync(path, 'before\n');
  const fd = openSync(path, 'a');
  const output = openOne(`/dev/fd/${fd}`, 'folded');
  t.match(output, { isStdout: false, isDirect: true });
  output.write(chunks());
  closeSync(fd); // throws if it had been closed
  t.equal(readFileSync(path, 'utf8'), `before\n${TEXT}`);
  t.throws(() => openOutputs(['/dev/fd/999'], 'svg'), {
    exitCode: 1,
    message: 'cannot write /dev/fd/999: bad file descriptor (EBADF)',
  });
});

t.test('a file appears whole, and nothing stands beside it before or after', async (t) => {
  const dir = directory(t);
  const target = join(dir, 'a.folded');
  const output = openOne(target);
  t.strictSame(names(dir), [], 'SIGKILL while tracing has nothing to leave behind');
  let mode = 0;
  function* watched() {
    yield Buffer.from('first\n');
    t.strictSame(names(dir), ['.a.folded.RANDOM.tmp'], 'it is written beside its target');
    mode = lstatSync(join(dir, readdirSync(dir)[0] as string)).mode & 0o7777;
    yield Buffer.from('second\n');
  }
  output.write(watched());
  t.equal(mode, 0o600, 'nobody else reads it while it is written');
  t.equal(readFileSync(target, 'utf8'), TEXT);
  output.discard();
  t.strictSame(names(dir), ['a.folded'], 'discard does nothing after write');
});

t.test('the mode of a new file: as the umask says, and for its owner only where others are in it', async (t) => {
  const dir = directory(t);
  const before = process.umask();
  t.teardown(() => process.umask(before));
  for (const [umask, isPrivate, mode] of [
    [0o022, false, 0o644],
    [0o077, false, 0o600],
    [0o002, false, 0o664],
    [0o000, true, 0o600],
  ] as const) {
    process.umask(umask);
    const target = join(dir, `${umask}-${isPrivate}.svg`);
    for (const output of openOutputs([target], undefined, { isPrivate })) output.write(chunks());
    t.equal(lstatSync(target).mode & 0o7777, mode, `umask ${umask.toString(8)}`);
  }
});

t.test('a relative target, and names as long as a filesystem takes them', async (t) => {
  const dir = directory(t);
  const before = process.cwd();
  process.chdir(dir);
  t.teardown(() => process.chdir(before));
  const longest = ['relative.svg', `${'a'.repeat(251)}.svg`, `${'語'.repeat(83)}12.svg`];
  for (const name of longest) {
    openOne(name).write(chunks());
    t.equal(readFileSync(name, 'utf8'), TEXT, `${Buffer.byteLength(name)} bytes`);
  }
  t.throws(() => openOutputs([`${'a'.repeat(252)}.svg`], undefined), {
    exitCode: 1,
    message: /^cannot write a{252}\.svg: its name is too long \(ENAMETOOLONG\)$/,
  });
  t.strictSame(names('.'), longest.toSorted());
});

t.test('an existing file is replaced whole: who reads it keeps what was there', async (t) => {
  const dir = directory(t);
  const target = join(dir, 'a.folded');
  writeFileSync(target, 'the old and longer contents of the file\n', { mode: 0o644 });
  const reader = openSync(target, 'r');
  t.teardown(() => closeSync(reader));
  const output = openOne(target);
  t.match(readFileSync(target, 'utf8'), /^the old/, 'it stands until the new one is complete');
  output.write(chunks());
  t.equal(readFileSync(target, 'utf8'), TEXT);
  t.equal(readFileSync(reader, 'utf8'), 'the old and longer contents of the file\n');
  t.strictSame(names(dir), ['a.folded']);
});

t.test('a symbolic link is replaced, what it leads to is not touched', async (t) => {
  const dir = directory(t);
  const victim = join(dir, 'victim');
  const link = join(dir, 'a.svg');
  writeFileSync(victim, 'untouched');
  symlinkSync('victim', link);
  openOne(link).write(chunks());
  t.equal(readFileSync(victim, 'utf8'), 'untouched');
  t.ok(lstatSync(link).isFile());
  t.equal(readFileSync(link, 'utf8'), TEXT);

  const dangling = join(dir, 'b.svg');
  symlinkSync('nowhere', dangling);
  openOne(dangling).write(chunks());
  t.ok(lstatSync(dangling).isFile());

  const loop = join(dir, 'loop.svg');
  symlinkSync('loop.svg', loop);
  openOne(loop).write(chunks());
  t.ok(lstatSync(loop).isFile());
  t.strictSame(names(dir), ['a.svg', 'b.svg', 'loop.svg', 'victim']);
});

t.test('directories, missing parents, empty names: found at once', async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, 'sub'));
  symlinkSync('sub', join(dir, 'link'));
  writeFileSync(join(dir, 'file'), '');
  const cases: readonly (readonly [string, number, string])[] = [
    [join(dir, 'sub'), 2, `cannot write ${dir}/sub: it is a directory`],
    [`${dir}/new/`, 2, `cannot write ${dir}/new/: it is a directory`],
    [join(dir, 'link'), 2, `cannot write ${dir}/link: it is a directory`],
    ['.', 2, 'cannot write .: it is a directory'],
    [join(dir, 'no/a.svg'), 1, `cannot write ${dir}/no/a.svg: its directory does not exist (ENOENT)`],
    [join(dir, 'file/a.svg'), 1, `cannot write ${dir}/file/a.svg: its directory is none (ENOTDIR)`],
    ['/proc/a.svg', 1, 'cannot write /proc/a.svg: its directory does not exist (ENOENT)'],
    ['', 2, '-o needs the name of a file: it was given an empty one'],
  ];
  for (const [target, exitCode, message] of cases) {
    t.throws(() => openOutputs([target], 'svg'), { name: 'UserError', exitCode, message }, target);
  }
  t.strictSame(names(dir), ['file', 'link', 'sub']);
});

t.test('one target that cannot be written takes back those before it', async (t) => {
  const dir = directory(t);
  t.throws(() => openOutputs([join(dir, 'a.svg'), join(dir, 'no/b.svg')], undefined), /its directory does not exist/);
  t.strictSame(names(dir), []);
});

t.test('no temporary file is left by discard, nor by a failure in the middle, and the old file stands', async (t) => {
  const dir = directory(t);
  const target = join(dir, 'a.svg');
  writeFileSync(target, 'old');
  const discarded = openOne(target);
  discarded.discard();
  discarded.discard();
  t.strictSame(names(dir), ['a.svg']);
  t.throws(() => openOne(target).write(failing()), { name: 'RangeError', message: 'in the middle' });
  t.strictSame(names(dir), ['a.svg']);
  t.equal(readFileSync(target, 'utf8'), 'old');
});

t.test('a target that became a directory meanwhile: a sentence, and no temporary file', async (t) => {
  const dir = directory(t);
  const target = join(dir, 'a.svg');
  const output = openOne(target);
  mkdirSync(target);
  t.throws(() => output.write(chunks()), {
    name: 'UserError',
    exitCode: 1,
    message: `cannot write ${target}: illegal operation on a directory (EISDIR)`,
  });
  t.strictSame(names(dir), ['a.svg']);
});

t.test('a directory that is removed meanwhile: a sentence', async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, 'sub'));
  const output = openOne(join(dir, 'sub/a.svg'));
  rmSync(join(dir, 'sub'), { recursive: true });
  t.throws(() => output.write(chunks()), { exitCode: 1, message: /: its directory does not exist \(ENOENT\)$/ });
});

t.test('devices and FIFOs stay what they are', async (t) => {
  const dir = directory(t);
  const node = (path: string) => {
    const { mode, rdev, ino } = lstatSync(path);
    return { mode, rdev, ino };
  };
  const devices = ['/dev/null', '/dev/full'];
  const before = devices.map(node);
  t.match(openOne('/dev/null'), { isDirect: true, isStdout: false, format: 'svg' });
  openOne('/dev/null').write(chunks());
  t.throws(() => openOne('/dev/full').write(chunks()), {
    name: 'UserError',
    exitCode: 1,
    message: 'cannot write /dev/full: no space is left on the device (ENOSPC)',
  });
  t.strictSame(devices.map(node), before);

  const fifo = join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const inode = node(fifo);
  const output = openOne(fifo, 'folded'); // does not wait for a reader yet
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  output.write(chunks());
  const read = Buffer.alloc(100);
  t.equal(read.toString('utf8', 0, readSync(reader, read)), TEXT);
  t.strictSame(node(fifo), inode);
  closeSync(reader);
  t.strictSame(names(dir), ['fifo']);
});

t.test('a link to a device, a FIFO or a descriptor is replaced and not followed', async (t) => {
  const dir = directory(t);
  const fifo = join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(reader));
  for (const [i, leads] of ['/dev/null', fifo, '/dev/stdout', '/proc/self/fd/1'].entries()) {
    const link = join(dir, `${i}.svg`);
    symlinkSync(leads, link);
    const output = openOne(link);
    t.match(output, { isDirect: false, isStdout: false }, leads);
    output.write(chunks());
    t.ok(lstatSync(link).isFile(), leads);
    t.equal(readFileSync(link, 'utf8'), TEXT);
  }
  t.equal(readSync(reader, Buffer.alloc(9)), 0, 'the FIFO has got nothing');
});

t.test('what is put in the place of a FIFO meanwhile is neither written nor followed', async (t) => {
  const dir = directory(t);
  const [fifo, victim] = [join(dir, 'fifo'), join(dir, 'victim')];
  writeFileSync(victim, 'untouched');
  for (const [place, message] of [
    [() => symlinkSync(victim, fifo), `cannot write ${fifo}: it is a link, which is not followed (ELOOP)`],
    [() => linkSync(victim, fifo), `cannot write ${fifo}: it has become a file meanwhile`],
  ] as const) {
    execFileSync('mkfifo', [fifo]);
    const output = openOne(fifo);
    rmSync(fifo);
    place();
    t.throws(() => output.write(chunks()), { name: 'UserError', exitCode: 1, message });
    t.equal(readFileSync(victim, 'utf8'), 'untouched');
    rmSync(fifo);
  }
});

t.test('a FIFO whose reader has gone: a sentence', async (t) => {
  const dir = directory(t);
  const fifo = join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const output = openOne(fifo, 'folded');
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  function* leaving() {
    yield Buffer.from('first\n');
    closeSync(reader);
    yield Buffer.from('second\n');
  }
  t.throws(() => output.write(leaving()), {
    exitCode: 1,
    message: `cannot write ${fifo}: its reader has gone (EPIPE)`,
  });
});

t.test('no permission: a sentence before anything is written', { skip: notRoot() }, async (t) => {
  const dir = directory(t);
  chmodSync(dir, 0o755);
  writeFileSync(join(dir, 'closed'), '');
  mkdirSync(join(dir, 'secret'), { mode: 0o700 });
  asNobody(t);
  for (const name of ['a.svg', 'closed', 'secret/a.svg']) {
    const target = join(dir, name);
    t.throws(
      () => openOutputs([target], 'svg'),
      { name: 'UserError', exitCode: 1, message: `cannot write ${target}: permission denied (EACCES)` },
      name,
    );
  }
});

t.test("under sudo the file is the caller's", { skip: notRoot() }, async (t) => {
  const dir = directory(t);
  const ownerUnder = (SUDO_UID?: string, SUDO_GID?: string) => {
    environment(t, { SUDO_UID, SUDO_GID });
    openOne(join(dir, 'a.svg')).write(chunks());
    openOne('/dev/null').write(chunks());
    const { uid, gid } = statSync(join(dir, 'a.svg'));
    return [uid, gid];
  };
  t.strictSame(ownerUnder('65534', '2345'), [65534, 2345]);
  t.strictSame(ownerUnder('65534'), [65534, 65534], 'the group of the account');
  t.match(statSync('/dev/null'), { uid: 0, gid: 0 }, 'a device keeps its owner');
  for (const [uid, gid] of [
    ['x', ''],
    ['', '65534'],
    ['4294960000', '65534'],
    ['65534x', '65534'],
    ['-1', '0'],
    ['0', '65534'],
    [undefined, undefined],
  ] as const) {
    t.strictSame(ownerUnder(uid, gid), [0, 0], `${uid}: nobody who could have called sudo`);
  }
  asNobody(t);
  const mine = join(directory(t), 'a.svg');
  environment(t, { SUDO_UID: '1', SUDO_GID: '1' });
  openOne(mine).write(chunks());
  t.match(statSync(mine), { uid: 65534 }, 'the variables count for root only');
});

function notRoot(): string | false {
  return process.geteuid?.() === 0 ? false : 'needs root';
}

/** This process as somebody without rights, until the test ends. */
function asNobody(t: Test): void {
  process.setegid?.(65534);
  process.seteuid?.(65534);
  t.teardown(() => {
    process.seteuid?.(0);
    process.setegid?.(0);
  });
}

function environment(t: Test, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    set(name, value);
    t.teardown(() => set(name, before));
  }
  function set(name: string, value: string | undefined) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
