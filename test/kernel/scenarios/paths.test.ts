// Cases 1, 7 and 9: names as they come from the caller, and the absolute names that are made of them.

import { dirname } from 'node:path';
import t from 'tap';
import { directory, run } from '../trace.ts';
import { program, same, scenario, skip } from './scenario.ts';

scenario(
  '1 names on pages that are not there at enter, also two names of which each faults alone',
  'path_strings',
  {},
  (t, seen) => {
    same(t, seen, [
      'main ~/opened openat 1 0 0',
      'main ~/opened close 1 0 0',
      'main ~/opened newfstatat 1 0 0',
      'main ~/missing/one openat 1 0 1',
      'main ~/made mkdir 1 0 0',
      'main ~/a-name-on-two-pages creat 1 0 0',
      'main ~/a-name-on-two-pages close 1 0 0',
      'main ~/a-name-on-two-pages unlink 1 0 0',
      'main ~/renamed-1 rename 1 0 0',
      'main ~/renamed-2 rename 1 0 0',
      'main ~/renamed-3 rename 1 0 0',
      'main ~/linked-1 link 1 0 0',
      'main ~/linked-2 link 1 0 0',
      'main ~/linked-3 linkat 1 0 0',
      'main ~/linked-4 link 1 0 1',
    ]);
    t.equal(seen.capture.counters.pathsUnreadable, 0);
  },
);

scenario(
  "1 the program's own constants, which fault in anew in each of 40 children",
  'constant_strings',
  {},
  (t, seen) => {
    same(t, seen, ['child ~/a-constant-name access 40 0 40']);
  },
);

scenario('1 a known limit: a name that the call itself overwrites', 'overwritten_string', {}, (t, seen) => {
  // a name is read when the call returns, and there stands what the call has put in its place: link → elsewhere
  same(t, seen, ['main ~/elsewhere readlink 1 9 0']);
});

scenario(
  '7 against the cwd, after chdir and fchdir, against a descriptor, with . and ..',
  'relative_names',
  {},
  (t, seen) => {
    same(t, seen, [
      'main ~/one openat 1 0 0',
      'main ~/one close 1 0 0',
      'main ~/one access 6 0 0',
      'main ~/one faccessat 2 0 0',
      'main ~ access 1 0 0',
      `main ${dirname(seen.directory)} access 1 0 0`,
      'main ~/sub/one access 1 0 1',
      'main ~/sub chdir 1 0 0',
      'main ~/sub openat 1 0 0',
      'main ~/sub faccessat 1 0 0',
      'main ~/sub close 1 0 0',
      'main ~/sub/two openat 1 0 0',
      'main ~/sub/two close 1 0 0',
      'main ~/sub/two access 1 0 0',
      'main ~/sub/two faccessat 1 0 0',
      'main ~/sub/below openat 1 0 0',
      'main ~/sub/below fchdir 1 0 0',
      'main ~/sub/below close 1 0 0',
      'main ~/sub/below/three mkdir 1 0 0',
      'main ~ chdir 1 0 0',
      'main ~/sub/below/four openat 1 0 0',
      'main ~/sub/below/four write 1 4 0',
      'main ~/sub/below/four close 1 0 0',
      'main ~/sub/below/four unlinkat 1 0 0',
      'main ~/sub/no/file openat 1 0 1',
      'main ~/five renameat 1 0 0',
    ]);
  },
);

scenario('7 empty names: AT_EMPTY_PATH on a file, a directory and the cwd', 'empty_names', {}, (t, seen) => {
  const [program] = seen.reported('true');
  same(t, seen, [
    'main ~/file newfstatat 1 0 0',
    'main ~ newfstatat 2 0 0',
    'main ~/file statx 1 0 0',
    'main ~/file fchownat 1 0 0',
    'main ~/linked linkat 1 0 0',
    `child ${program} execveat 1 0 0`,
  ]);
});

scenario(
  '7 through symbolic links: an open shows where it led, another call what it asked for',
  'symbolic_links',
  {},
  (t, seen) => {
    same(t, seen, [
      'main ~/real/file openat 2 0 0',
      'main ~/real/file close 2 0 0',
      'main ~/link/file access 1 0 0',
      'main ~/to-file access 1 0 0',
      'main ~/link chdir 1 0 0',
      'main ~/real/file access 1 0 0',
    ]);
  },
);

scenario('7 in a chroot, by the path that leads there from outside', 'in_chroot', {}, (t, seen) => {
  same(t, seen, [
    'main ~/jail/absolute openat 1 0 0',
    'main ~/jail/absolute close 1 0 0',
    'main ~/jail/absolute access 3 0 0',
    'main ~/jail/sub/relative openat 1 0 0',
    'main ~/jail/sub/relative close 1 0 0',
    'main ~/jail/sub/relative access 2 0 0',
    'main ~/jail/missing openat 1 0 1',
    'main ~/outside mkdirat 1 0 0',
    'main ~/jail/sub chroot 1 0 0',
  ]);
});

scenario('7 .. stops at the root of a chroot', 'above_chroot', {}, (t, seen) => {
  same(t, seen, ['main ~/jail/file openat 1 0 0', 'main ~/jail/file close 1 0 0', 'main ~/jail/file access 1 0 0']);
});

scenario('7 in a mount namespace, on a mount and below it', 'in_mount_namespace', {}, (t, seen) => {
  same(t, seen, [
    'main ~/mnt/file openat 1 0 0',
    'main ~/mnt/file close 1 0 0',
    'main ~/mnt/file access 1 0 0',
    'main ~/mnt/file write 1 1 0',
    'main ~/mnt chdir 1 0 0',
    'main ~/mnt access 1 0 0',
    'main ~/mnt/sub mkdir 1 0 0',
    'main ~/mnt/inner/deep openat 1 0 0',
    'main ~/mnt/inner/deep write 1 2 0',
    'main ~/mnt/inner/deep close 1 0 0',
  ]);
});

scenario('7 after pivot_root, as in a container: by the path in there', 'after_pivot_root', {}, (t, seen) => {
  same(t, seen, [
    'main /file openat 1 0 0',
    'main /file write 1 1 0',
    'main /file close 1 0 0',
    'main /file access 1 0 0',
    'main /sub/file openat 1 0 0',
    'main /sub/file write 1 2 0',
    'main /sub/file close 1 0 0',
    'main /sub/file access 1 0 0',
    'main /sub chdir 1 0 0',
  ]);
});

scenario(
  '7 one file across bind mounts, also of a file: by the path that it was opened by',
  'bind_mounts',
  {},
  (t, seen) => {
    const written = (file: string, bytes: number) => [
      `main ~/${file} openat 1 0 0`,
      `main ~/${file} write 1 ${bytes} 0`,
      `main ~/${file} close 1 0 0`,
    ];
    same(t, seen, [
      `main ~/source/file write 2 ${1 + 4} 0`,
      ...written('first/file', 2),
      ...written('one-file', 8),
      ...written('first/sub/new', 16),
      'main ~/second/new openat 2 0 0',
      `main ~/second/new write 2 ${32 + 128} 0`,
      'main ~/second/new close 2 0 0',
      ...written('source/sub/new', 64),
      'main ~/first/renamed rename 1 0 0',
    ]);
  },
);

scenario('7 on overlayfs, before and after the copy up', 'copied_up', { filesystem: 'overlay' }, (t, seen) => {
  same(t, seen, [
    'main ~/from-below read 2 100 0',
    'main ~/from-below openat 2 0 0',
    `main ~/from-below write 2 ${1 + 2} 0`,
    'main ~/from-below close 1 0 0',
    'main ~/renamed rename 1 0 0',
    'main ~/renamed write 1 4 0',
    'main ~/renamed close 1 0 0',
    'main ~/renamed unlink 1 0 0',
  ]);
});

scenario(
  '9 paths of up to 4,095 bytes, the longest that a call takes',
  'long_paths',
  { filesystem: 'tmpfs' },
  (t, seen) => {
    const expected = seen.reported('path').flatMap((path, i) => {
      const name = `main ~${path.slice(seen.directory.length)}`;
      return [`${name} openat 1 0 0`, `${name} write 1 ${i + 1} 0`, `${name} close 1 0 0`, `${name} access 2 0 0`];
    });
    t.equal(expected.length, 12);
    same(t, seen, expected);
    t.equal(seen.capture.counters.namesCut, 0, 'none is cut');
  },
);

scenario('9 a longer one keeps its end', 'longer_path', { filesystem: 'tmpfs' }, (t, seen) => {
  const path = seen.reported('path')[0] ?? '';
  t.equal(path.length, 4200);
  const [cut = ''] = /\.\.\.\/\S+/.exec(seen.lines.find((line) => line.includes(' write ')) ?? '') ?? [];
  t.ok(path.endsWith(cut.slice(3)) && cut.length > 4096 - 256, 'as much of the end as fits');
  const whole = path.slice(seen.directory.length);
  same(t, seen, [
    `main ${cut} openat 1 0 0`,
    `main ${cut} write 1 5 0`,
    `main ~${whole} access 1 0 0`, // the directory's name and the string, each whole
    // the kernel takes no string of more than 4,095 bytes, and no more of it is kept
    `main ~${whole.slice(0, 4095 - seen.directory.length)} openat 1 0 1`,
  ]);
  t.equal(seen.capture.counters.namesCut, 2, 'the file at its open, and the string that was too long');
});

scenario('9 140 directories deep, and 400', 'deep_paths', {}, (t, seen) => {
  const leaf = `main ~${'/d'.repeat(140)}/leaf`;
  const cut = /deeper (\.\.\.(?:\/d){100,399}\/leaf-below) write/.exec(seen.lines.join('\n'))?.[1];
  same(t, seen, [
    `${leaf} openat 1 0 0`,
    `${leaf} write 1 1 0`,
    `${leaf} access 1 0 0`,
    `deeper ${cut} openat 1 0 0`,
    `deeper ${cut} write 1 2 0`,
  ]);
});

/** As long-names.c has them, and what stands at the end of a line of folded text. */
const HOSTILE: readonly (readonly [name: string, folded?: string])[] = [
  [' ', ' /\\x20'],
  ['with space'],
  ['semi;colon', 'semi\\x3bcolon/semi\\x3bcolon'],
  ['line\nbreak', 'line\\x0abreak/line\\x0abreak'],
  ['tab\tand\rreturn', 'tab\\x09and\\x0dreturn/tab\\x09and\\x0dreturn'],
  ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m/\\x1b[31mred\\x1b[0m'],
  ['invalid \udcff\udcfe utf-8', 'invalid \\xff\\xfe utf-8/invalid \\xff\\xfe utf-8'],
  ['half of \udcc3', 'half of \\xc3/half of \\xc3'],
  ['ends in 999 999', 'ends in 999 999/ends in 999\\x20999'],
  ['right\u200fto\u202eleft'],
  ['back\\x41slash\\'],
  ['-rf'],
  ['"quotes\'`$(x)'],
  ['<script>&amp;<b>', '<script>&amp\\x3b<b>/<script>&amp\\x3b<b>'],
  ['=1+1'],
  ['%s%n'],
  ['...'],
  ['\ufeffbom', '\\xef\\xbb\\xbfbom/\\xef\\xbb\\xbfbom'],
  ['pipe'],
  ['[overflow]'],
];

scenario('9 hostile names of files and directories: no byte of them is lost', 'hostile_names', {}, (t, seen) => {
  const calls = (bytes: number) => ['openat 1 0 0', `write 1 ${bytes} 0`, 'access 1 0 0'];
  const expected = HOSTILE.flatMap(([name], i) => [
    `main ~/${name} mkdir 1 0 0`,
    ...calls(i + 1).map((call) => `main ~/${name}/${name} ${call}`),
  ]);
  same(t, seen, expected);
});

t.test('9 hostile names in folded text: one line each, and each its own', { skip }, async (t) => {
  const dir = directory(t);
  const folded = ['-q', '--format', 'folded', '--fields', 'comm,path', '--path-frames', 'whole'];
  const what = ['--syscall', 'write', '--weight', 'bytes', '--', program(), 'hostile_names', dir, directory(t), '-'];
  const { code, stdout } = await run([...folded, ...what]);
  t.equal(code, 0);
  t.strictSame(
    stdout.split('\n').filter((line) => line.startsWith('=main;')),
    HOSTILE.map(([name, as]) => `=main;${dir}/${as ?? `${name}/${name}`}`)
      .map((stack, i) => `${stack} ${i + 1}`)
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  );
});
