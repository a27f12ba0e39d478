// Cases 6 and 8: which file it is, when numbers are used again and names change.

import { same, sameOfMany, scenario } from './scenario.ts';

const ROUNDS = Array.from({ length: 1000 }, (_, i) => ({ number: String(i).padStart(3, '0'), bytes: i + 1 }));

scenario('6 two processes of one comm, each with its own file on descriptor 100', 'same_number', {}, (t, seen) => {
  same(t, seen, [
    'child ~/one write 500 500 0',
    'child ~/one close 1 0 0',
    'child ~/two write 500 1000 0',
    'child ~/two close 1 0 0',
  ]);
});

scenario('6 two files with one inode number, on two file systems', 'same_inode_number', {}, (t, seen) => {
  same(t, seen, [
    'main ~/first/file openat 1 0 0',
    'main ~/first/file write 10 10 0',
    'main ~/first/file close 1 0 0',
    'main ~/second/file openat 1 0 0',
    'main ~/second/file write 10 20 0',
    'main ~/second/file close 1 0 0',
  ]);
});

scenario('6 on ext4, an inode number used again at once', 'recycled_inode', { filesystem: 'ext4' }, (t, seen) => {
  const rounds = Array.from({ length: 50 }, (_, i) => {
    const file = `main ~/file-${String(i).padStart(2, '0')}`;
    return [`${file} openat 1 0 0`, `${file} write 1 ${i + 1} 0`, `${file} close 1 0 0`, `${file} unlink 1 0 0`];
  });
  same(t, seen, rounds.flat());
});

for (const filesystem of ['tmpfs', 'ext4', 'overlay'] as const) {
  scenario(
    `6 on ${filesystem}, 1,000 times mkdir, create the same name, write, unlink, rmdir`,
    'recycled_directories',
    { filesystem },
    (t, seen) => {
      const rounds = ROUNDS.map(({ number, bytes }) => {
        const [dir, file] = [`main ~/d${number}`, `main ~/d${number}/out`];
        const calls = [`openat 1 0 0`, `write 1 ${bytes} 0`, 'close 1 0 0', 'unlink 1 0 0'];
        const around = [`${dir} mkdir 1 0 0`, `${dir} chdir 1 0 0`, `${dir} rmdir 1 0 0`];
        return [...around, ...calls.map((call) => `${file} ${call}`), `${dir}/missing access 1 0 1`];
      });
      sameOfMany(t, seen, [...rounds.flat(), 'main ~ chdir 1000 0 0']);
    },
  );
}

scenario('6 1,000 memfds with names of one length', 'recycled_memfds', {}, (t, seen) => {
  const rounds = ROUNDS.map(({ number, bytes }) => {
    const file = `main memfd:m${number}`;
    return [`${file} memfd_create 1 0 0`, `${file} write 1 ${bytes} 0`, `${file} close 1 0 0`];
  });
  sameOfMany(t, seen, rounds.flat());
});

scenario('6 100 mounts, one after another', 'recycled_mounts', {}, (t, seen) => {
  const rounds = ROUNDS.slice(0, 100).map(({ number, bytes }) => {
    const [dir, file] = [`main ~/m${number.slice(1)}`, `main ~/m${number.slice(1)}/out`];
    return [`${dir} access 1 0 0`, `${file} openat 1 0 0`, `${file} write 1 ${bytes} 0`, `${file} close 1 0 0`];
  });
  same(t, seen, rounds.flat());
});

scenario('6 two hard links of one file', 'hard_links', {}, (t, seen) => {
  same(t, seen, [
    'main ~/sub/b link 1 0 0',
    'main ~/a openat 1 0 0',
    `main ~/a write 2 ${1 + 4} 0`,
    'main ~/a unlink 1 0 0',
    'main ~/a close 1 0 0',
    'main ~/sub/b openat 1 0 0',
    `main ~/sub/b write 2 ${2 + 8} 0`,
    'main ~/sub/b close 1 0 0',
  ]);
});

scenario('6 one name in four directories', 'same_name', {}, (t, seen) => {
  const names = ['one/file', 'two/file', 'one/two/file', 'two/one/file'];
  const calls = (bytes: number) => ['openat 1 0 0', `write 1 ${bytes} 0`, 'access 1 0 0'];
  same(
    t,
    seen,
    names.flatMap((name, i) => calls(1 << i).map((call) => `main ~/${name} ${call}`)),
  );
});

for (const filesystem of ['tmpfs', 'ext4', 'overlay'] as const) {
  scenario(
    `8 on ${filesystem}, a file renamed while open, exchanged, and replaced`,
    'renamed_file',
    { filesystem },
    (t, seen) => {
      same(t, seen, [
        'main ~/a write 1 1 0',
        `main ~/c write 2 ${2 + 16} 0`,
        `main ~/b write 2 ${4 + 8} 0`,
        'main ~/b close 1 0 0',
        'main ~/c rename 1 0 0',
        'main ~/c renameat2 1 0 0',
        'main ~/c openat 1 0 0',
        'main ~/c close 1 0 0',
        `main ~/target write 3 ${32 + 64 + 128} 0`,
        'main ~/target rename 1 0 0',
        'main ~/target close 2 0 0',
      ]);
    },
  );

  scenario(
    `8 on ${filesystem}, the parent and the parent's parent renamed between two writes and two opens`,
    'renamed_parents',
    { filesystem },
    (t, seen) => {
      same(t, seen, [
        'main ~/g/p/f openat 2 0 1',
        `main ~/g/p/f write 2 ${1 + 16} 0`,
        'main ~/g/p/f close 1 0 0',
        'main ~/g/q rename 1 0 0',
        'main ~/g/q/f write 1 2 0',
        'main ~/g/q/f openat 1 0 0',
        'main ~/g/q/f close 1 0 0',
        'main ~/h rename 1 0 0',
        'main ~/h/q/f write 1 4 0',
        'main ~/h/q/f openat 1 0 0',
        'main ~/h/q/f close 1 0 0',
        'main ~/q rename 1 0 0',
        'main ~/q/f write 1 8 0',
        'main ~/g rename 1 0 0',
        'main ~/g/p rename 1 0 0',
      ]);
    },
  );

  scenario(
    `8 on ${filesystem}, 100 trees moved into place, as npm does`,
    'moved_into_place',
    { filesystem },
    (t, seen) => {
      const trees = Array.from({ length: 100 }, (_, i) => {
        const final = `main ~/final-${String(i).padStart(2, '0')}`;
        const calls = [`write 1 ${1000 + i} 0`, 'close 2 0 0', 'openat 1 0 0'];
        return [`${final} rename 1 0 0`, ...calls.map((call) => `${final}/pkg/file ${call}`)];
      });
      same(t, seen, [
        'main ~/staging/pkg/file openat 100 0 0',
        'main ~/staging/pkg/file write 100 5050 0',
        ...trees.flat(),
      ]);
    },
  );

  scenario(
    `8 on ${filesystem}, deleted while open, and another file of that name`,
    'deleted_while_open',
    { filesystem },
    (t, seen) => {
      same(t, seen, [
        'main ~/sub/file openat 2 0 0',
        `main ~/sub/file write 5 ${1 + 2 + 4 + 8 + 16} 0`,
        'main ~/sub/file unlink 2 0 0',
        'main ~/sub/file close 2 0 0',
        'main ~/sub rmdir 1 0 0',
      ]);
    },
  );

  scenario(
    `8 on ${filesystem}, first seen when already deleted`,
    'first_seen_deleted',
    { filesystem, before: true },
    (t, seen) => {
      same(t, seen, [
        `main ~/gone (deleted) write 2 ${1 + 64} 0`,
        'main ~/gone (deleted) close 1 0 0',
        'main ~/sub/file (deleted) write 1 2 0',
        'main ~/after write 1 4 0',
        `main ~/alive write 2 ${8 + 32} 0`,
        'main ~/alive unlink 1 0 0',
        'main ~/gone openat 1 0 0',
        'main ~/gone write 1 16 0',
        'main ~/gone close 1 0 0',
      ]);
    },
  );
}

for (const filesystem of ['tmpfs', 'ext4'] as const) {
  scenario(`8 on ${filesystem}, O_TMPFILE`, 'without_a_name', { filesystem }, (t, seen) => {
    const [first, second] = ['first', 'second'].map((which) => `main ~/#${seen.reported(which)[0]} (deleted)`);
    same(t, seen, [
      `${first} openat 1 0 0`,
      `${first} write 2 ${1 + 4} 0`,
      `${first} close 1 0 0`,
      `${second} openat 1 0 0`,
      `${second} write 1 2 0`,
      `${second} close 1 0 0`,
      'main ~/linked linkat 1 0 0',
      'main ~/linked openat 1 0 0',
      'main ~/linked write 1 8 0',
    ]);
  });
}

scenario('8 the cwd and what is above it renamed: relative names follow', 'renamed_cwd', {}, (t, seen) => {
  same(t, seen, [
    'main ~/g/p/f access 1 0 0',
    'main ~/g/q rename 1 0 0',
    'main ~/g/q/f access 1 0 0',
    'main ~/h rename 1 0 0',
    'main ~/h/q/f access 1 0 0',
    'main ~/h/q/f openat 1 0 0',
    'main ~/h/q/f close 1 0 0',
  ]);
});

scenario('8 a directory above a mount renamed', 'renamed_above_mount', {}, (t, seen) => {
  same(t, seen, [
    'main ~/g/p/mnt/f openat 1 0 0',
    'main ~/g/p/mnt/f write 1 1 0',
    'main ~/g/q rename 1 0 0',
    'main ~/g/q/mnt/f write 1 2 0',
    'main ~/g/q/mnt/f access 1 0 0',
    'main ~/h rename 1 0 0',
    'main ~/h/q/mnt/f write 1 4 0',
    'main ~/h/q/mnt/f openat 1 0 0',
    'main ~/h/q/mnt/f close 1 0 0',
  ]);
});

scenario('8 a mount moved to a mountpoint of the same name', 'moved_mount', {}, (t, seen) => {
  same(t, seen, [
    'main ~/a/mnt/f openat 1 0 0',
    'main ~/a/mnt/f write 1 1 0',
    'main ~/b/mnt/f write 1 2 0',
    'main ~/b/mnt/f close 1 0 0',
  ]);
});

scenario(
  '8 a tree that was lazily unmounted: the front of its paths is gone',
  'lazily_unmounted',
  { before: true },
  (t, seen) => {
    same(t, seen, [`main .../file write 2 ${1 + 4} 0`, 'main .../file close 2 0 0', 'main ~/later/file write 1 2 0']);
  },
);

scenario('8 names in a cwd that was already deleted', 'deleted_cwd', { before: true }, (t, seen) => {
  same(t, seen, [
    'main ~/gone (deleted)/file openat 1 0 1',
    'main ~/gone (deleted)/file access 1 0 1',
    'main ~ access 1 0 0',
    'main ~/gone (deleted) access 1 0 0',
  ]);
});
