// Cases 2 to 5: what a descriptor leads to.

import { same, scenario } from './scenario.ts';

scenario(
  '2 64 descriptors opened before tracing, whose numbers are each reused at once by a pipe',
  'reused_by_pipes',
  { before: true },
  (t, seen) => {
    const expected = Array.from({ length: 64 }, (_, i) => {
      const file = `main ~/f${String(i).padStart(2, '0')}`;
      const used = [`${file} read 1 7 0`, `${file} write 1 ${i + 1} 0`];
      return [`${file} close 1 0 0`, ...(i % 2 === 0 ? used : [])];
    });
    same(t, seen, [...expected.flat(), 'main pipe read 64 128 0', 'main pipe write 64 128 0']);
  },
);

scenario(
  '3 a read that is blocked while another thread closes its number and opens another file on it',
  'closed_while_it_reads',
  {},
  (t, seen) => {
    same(t, seen, [
      'reader ~/fifo read 1 5 0',
      'main ~/fifo close 1 0 0',
      'main ~/fifo write 1 5 0',
      'main ~/other openat 1 0 0',
      'main ~/other write 1 3 0',
      'main ~/other close 1 0 0',
    ]);
  },
);

scenario(
  '3 a flock that is blocked while another thread puts another file on its number with dup2',
  'closed_while_it_locks',
  {},
  (t, seen) => {
    same(t, seen, [
      'locker ~/locked flock 1 0 0',
      'main ~/locked flock 1 0 0',
      'main ~/other dup2 1 0 0',
      'main ~/other write 1 3 0',
      'main ~/other close 1 0 0',
    ]);
  },
);

scenario('4 dup, dup2 (also onto itself), dup3, F_DUPFD, F_DUPFD_CLOEXEC', 'duplicates', {}, (t, seen) => {
  same(t, seen, [
    'main ~/a dup 1 0 0',
    'main ~/a dup2 2 0 0',
    'main ~/a dup3 1 0 0',
    `main ~/a write 4 ${1 + 2 + 4 + 16} 0`,
    'main ~/a close 3 0 0',
    'main ~/b dup 1 0 0',
    'main ~/b dup3 1 0 0',
    'main ~/b fcntl 2 0 0',
    `main ~/b write 3 ${8 + 32 + 64} 0`,
    'main ~/b close 3 0 0',
    'main ~/d openat 1 0 0',
    'main ~/d write 1 128 0',
  ]);
});

scenario('4 failed duplicates change nothing', 'failed_duplicates', {}, (t, seen) => {
  same(t, seen, [
    'main - dup 1 0 1',
    'main - dup2 1 0 1',
    'main - dup3 1 0 1',
    'main - fcntl 1 0 1',
    'main ~/a dup 1 0 1',
    'main ~/a dup2 1 0 1',
    'main ~/a dup3 1 0 1',
    'main ~/a fcntl 1 0 1',
    'main ~/a write 1 2 0',
    `main ~/b write 2 ${1 + 4} 0`,
  ]);
});

scenario('4 close_range of some numbers', 'close_range_bounded', {}, (t, seen) => {
  same(t, seen, [
    'main - close_range 2 0 1',
    'main - write 1 0 1',
    `main ~/f0 write 2 ${1 + 16} 0`,
    'main ~/f1 write 1 2 0',
    'main ~/f2 write 1 4 0',
    `main ~/f3 write 3 ${8 + 128 + 1024} 0`,
    'main ~/new openat 1 0 0',
    'main ~/new write 1 32 0',
  ]);
});

scenario('4 close_range with CLOSE_RANGE_CLOEXEC: the numbers go at the exec', 'close_range_cloexec', {}, (t, seen) => {
  same(t, seen, [
    'main - close_range 1 0 0',
    'main ~/f0 write 1 1 0',
    'main ~/f1 write 1 2 0',
    'main ~/f2 write 1 4 0',
    'main ~/f3 write 1 8 0',
    'after ~/f0 write 1 1 0',
    'after - write 1 0 1',
    'after ~/new openat 1 0 0',
    'after ~/new write 1 2 0',
    'after ~/f3 write 1 4 0',
  ]);
});

scenario('4 close_range with CLOSE_RANGE_UNSHARE: they go for one thread', 'close_range_unshare', {}, (t, seen) => {
  same(t, seen, [
    'second - close_range 1 0 0',
    'second ~/new openat 1 0 0',
    'second ~/f0 write 1 1 0',
    'second ~/new write 1 2 0',
    'second - write 1 0 1',
    'main ~/f0 write 1 16 0',
    'main ~/f1 write 1 32 0',
    'main ~/f2 write 1 64 0',
    'main ~/f3 write 1 128 0',
  ]);
});

scenario('5 descriptors inherited by a child and a grandchild', 'inherited', {}, (t, seen) => {
  same(t, seen, [
    'grandchild ~/a write 1 1 0',
    'grandchild ~/b write 1 2 0',
    'grandchild ~/b close 1 0 0',
    'grandchild ~/c openat 1 0 0',
    'grandchild ~/c write 1 4 0',
    'child ~/a write 1 8 0',
    'child ~/b write 1 16 0',
    'main ~/a write 1 32 0',
    'main ~/b write 1 64 0',
  ]);
});

scenario('5 a descriptor passed with SCM_RIGHTS', 'passed_over_a_socket', {}, (t, seen) => {
  same(t, seen, [
    'main ~/passed write 1 8 0',
    'main ~/other write 1 16 0',
    'main ~/passed close 1 0 0',
    `child ~/passed write 2 ${1 + 2} 0`,
    'child ~/passed close 1 0 0',
    'child ~/own openat 1 0 0',
    'child ~/own write 1 4 0',
  ]);
});

scenario('5 a descriptor taken with pidfd_getfd', 'taken_with_pidfd', {}, (t, seen) => {
  same(t, seen, [
    'main ~/taken pidfd_getfd 1 0 0',
    'main ~/taken write 1 1 0',
    'main ~/taken close 1 0 0',
    'main ~/own write 1 2 0',
    'main anon_inode:[pidfd] pidfd_getfd 1 0 1',
  ]);
});

scenario('5 two processes with one table (CLONE_FILES)', 'clone_files', {}, (t, seen) => {
  same(t, seen, [
    'child ~/a close 1 0 0',
    'child ~/b openat 1 0 0',
    'child ~/b write 1 1 0',
    'main ~/b write 1 2 0',
    'main ~/b close 1 0 0',
  ]);
});

scenario('5 two threads with tables of their own, on one number', 'unshared_tables', {}, (t, seen) => {
  same(t, seen, [
    'second ~/shared close 1 0 0',
    'second ~/own openat 1 0 0',
    'second ~/own write 100 100 0',
    'main ~/shared write 100 200 0',
    'main ~/shared close 1 0 0',
  ]);
});
