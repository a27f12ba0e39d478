// Cases 11 and 12: calls whose file is not where one would look for it.

import { same, scenario } from './scenario.ts';

const of = (name: string, ...calls: readonly string[]) => calls.map((call) => `main ${name} ${call}`);

scenario('11 xattr calls: the file, not the attribute', 'xattrs', {}, (t, seen) => {
  const at = ['setxattrat 1 0 0', 'getxattrat 1 0 0', 'listxattrat 1 8 0', 'removexattrat 1 0 0'];
  same(t, seen, [
    ...of('~/file', 'setxattr 1 0 0', 'lsetxattr 1 0 0', 'fsetxattr 1 0 0'),
    ...of('~/file', 'getxattr 3 5 2', 'lgetxattr 1 7 0', 'fgetxattr 1 3 0'),
    ...of('~/link', 'getxattr 1 0 1'),
    ...of('~/file', 'listxattr 1 29 0', 'llistxattr 1 29 0', 'flistxattr 1 29 0'),
    ...of('~/file', 'removexattr 1 0 0', 'lremovexattr 1 0 0', 'fremovexattr 1 0 0'),
    // since 6.13
    ...(seen.reported('xattrat')[0] === 'yes' ? at.map((call) => `at ~/file ${call}`) : []),
  ]);
});

scenario('11 getcwd, getdents, readlink', 'directories_and_links', {}, (t, seen) => {
  same(t, seen, [
    ...of('~', 'getcwd 1 0 0', 'openat 1 0 0', `getdents64 2 ${seen.reported('dents')[0]} 0`, 'close 1 0 0'),
    ...of('~/sub', 'chdir 1 0 0', 'getcwd 2 0 1'),
    ...of('~/sub/empty', 'openat 1 0 0', 'getdents 1 48 0', 'fchdir 1 0 0', 'getcwd 1 0 0'),
    ...of('~/sub/file', 'getdents64 1 0 1', 'readlink 1 0 1'),
    ...of('~/link', 'readlink 2 11 0', 'readlinkat 2 16 0', 'openat 1 0 0'),
  ]);
});

scenario('12 openat2, creat, open, name_to_handle_at, open_by_handle_at', 'ways_to_open', {}, (t, seen) => {
  same(t, seen, [
    ...of('~/two', 'openat2 3 0 2', 'write 1 2 0', 'close 1 0 0'),
    ...of('~/sub/three', 'openat2 2 0 0', 'close 2 0 0'),
    ...of('~/created', 'creat 1 0 0', 'close 1 0 0'),
    ...of('~/old-open', 'open 1 0 0', 'close 1 0 0'),
    ...of('~/handled', 'name_to_handle_at 2 0 1', 'open_by_handle_at 1 0 0', 'read 1 3 0', 'close 1 0 0'),
    ...of('~', 'open_by_handle_at 1 0 1'),
  ]);
});

scenario('12 mmap of a file', 'mapped', {}, (t, seen) => {
  same(t, seen, [
    ...of('~/mapped', 'mmap 3 0 1', 'close 1 0 0'),
    ...of('~/other', 'mmap 1 0 0'),
    ...of('-', 'mmap 1 0 1', 'msync 1 0 0'),
  ]);
});
