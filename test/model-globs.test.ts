// Globs, and what --comm and --path make of them.

import fc from 'fast-check';
import t from 'tap';
import { parseGlob } from '../src/model/globs.ts';
import { RowFilter } from '../src/model/row-filter.ts';

/** Which of `texts` a glob takes. */
function taken(glob: string, separator: '' | '/', ...texts: readonly string[]): string[] {
  return texts.filter((text) => parseGlob(glob, separator).matches(text));
}

t.test('* and ? stay within a directory, ** does not', async (t) => {
  const paths = ['/a', '/a/b', '/a/b/c', '/a/x/c', '/a/x/y/c', '/ab/c', 'c', '.../a/c', '/'];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['/a/*', ['/a/b']],
    ['/a/*/c', ['/a/b/c', '/a/x/c']],
    ['/a/**', ['/a/b', '/a/b/c', '/a/x/c', '/a/x/y/c']],
    ['/a/**/c', ['/a/b/c', '/a/x/c', '/a/x/y/c']],
    ['/**/b/**/c', ['/a/b/c']],
    ['**/c', ['/a/b/c', '/a/x/c', '/a/x/y/c', '/ab/c', 'c', '.../a/c']],
    ['/a**', ['/a', '/a/b', '/a/b/c', '/a/x/c', '/a/x/y/c', '/ab/c']],
    ['/a/?', ['/a/b']],
    ['/a?b', []],
    ['/a[!x]b', []],
    ['/a[/]b', []],
    ['/?', ['/a']],
    ['/*', ['/a', '/']],
    ['**', paths],
  ];
  for (const [glob, expected] of cases) t.strictSame(taken(glob, '/', ...paths), expected, glob);
  t.strictSame(taken('kworker/*', '', 'kworker/0:1', 'kworker/u8:2/x', 'kworker'), ['kworker/0:1', 'kworker/u8:2/x']);
});

t.test('sets, escapes, and what stands for itself', async (t) => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['[abc]x', ['ax', 'cx'], ['dx', 'x', '[abc]x']],
    ['[a-c]', ['a', 'b', 'c'], ['d', '-']],
    ['[!a-c]', ['d', '!', 'é', '\ud83d\ude00'], ['a', 'b', 'dd', '']],
    ['[^a-c]', ['d', '^'], ['a']],
    ['[]a]', [']', 'a'], ['b', '[]a]']],
    ['[!]a]', ['b'], [']', 'a']],
    ['[a-]', ['a', '-'], ['b']],
    ['[c-a]x', [], ['ax', 'bx', 'cx', 'x']],
    ['[.*+]', ['.', '*', '+'], ['a']],
    ['[a', ['[a'], ['a']],
    ['[]', ['[]'], ['']],
    ['[!]', ['!'], ['a', '[!]']],
    ['a.b', ['a.b'], ['axb']],
    ['a+(b)|$^{1}', ['a+(b)|$^{1}'], ['aa']],
    ['\\*', ['*'], ['a', '\\*']],
    ['\\[a]', ['[a]'], ['a']],
    ['a\\', ['a\\'], ['a']],
    ['a\\\\b', ['a\\b'], ['a\\\\b']],
    ['?', ['a', '\n', '\ud83d\ude00', '\udcff'], ['', 'ab']],
    ['a*b', ['ab', 'a\nb', 'a/b', 'aXbXb'], ['a', 'abc']],
    ['*a*a*', ['aa', 'baab'], ['a', 'ba']],
  ];
  for (const [glob, yes, no] of cases) {
    t.strictSame(taken(glob, '', ...yes, ...no), yes, glob);
  }
});

t.test('any text is a glob, and escaped it takes itself alone', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ maxLength: 20 }), (glob, text) => {
      parseGlob(glob).matches(text);
      const literal = parseGlob(text.replace(/[\\*?[]/g, '\\$&'));
      t.equal(literal.hasWildcard, false);
      t.equal(literal.literal, text);
      return literal.matches(text) && !literal.matches(`${text}x`);
    }),
  );
});

function admitted(paths: readonly string[], ...names: readonly string[]): string[] {
  const filter = new RowFilter({ comms: [], paths });
  return names.filter((name) => filter.matches('cat', name));
}

t.test('--path: a directory and all below it, a glob, a base name', async (t) => {
  const names = ['/var/log', '/var/log/a.log', '/var/log/b/c.log', '/var/logs', '/var', '/', '', '.../log', 'pipe'];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['/var/log', ['/var/log', '/var/log/a.log', '/var/log/b/c.log']],
    ['/var/log/', ['/var/log', '/var/log/a.log', '/var/log/b/c.log']],
    ['/', ['/var/log', '/var/log/a.log', '/var/log/b/c.log', '/var/logs', '/var', '/']],
    ['/var/*', ['/var/log', '/var/logs']],
    ['/var/**', ['/var/log', '/var/log/a.log', '/var/log/b/c.log', '/var/logs']],
    ['*.log', ['/var/log/a.log', '/var/log/b/c.log']],
    ['log', ['/var/log', '.../log']],
    ['**/log', ['/var/log', '.../log']],
    ['/log', []],
    ['pipe', ['pipe']],
    ['nothing', []],
  ];
  for (const [path, expected] of cases) t.strictSame(admitted([path], ...names), expected, path);
  t.strictSame(admitted(['pipe', '/var/log/b'], ...names), ['/var/log/b/c.log', 'pipe'], 'either');
});

t.test('--path: deleted files, and what lies in no directory', async (t) => {
  const gone = '/tmp/a.log (deleted)';
  t.strictSame(admitted(['/tmp'], gone), [gone]);
  t.strictSame(admitted(['*.log'], gone), [gone]);
  t.strictSame(admitted(['/tmp/a.log'], gone), [gone]);
  t.strictSame(admitted(['* (deleted)'], gone, '/tmp/a.log'), [gone]);
  const socket = 'socket\0tcp\x0010.0.0.5\0:5432';
  t.strictSame(admitted(['socket:tcp:*:5432'], socket, 'socket\0unix'), [socket]);
  t.strictSame(admitted(['anon_inode:*'], 'anon_inode:[eventfd]', '/anon_inode:x'), [
    'anon_inode:[eventfd]',
    '/anon_inode:x',
  ]);
});

t.test('--path: either name of a call that has two', async (t) => {
  const filter = new RowFilter({ comms: [], paths: ['/old'] });
  t.equal(filter.matches('mv', '/new/x', '/old/x'), true);
  t.equal(filter.matches('mv', '/old/x', '/new/x'), true);
  t.equal(filter.matches('mv', '/new/x', '/new/y'), false);
  t.equal(filter.matches('mv', '/new/x'), false);
});

t.test('--comm: globs; longer names as the kernel cuts them; together with --path both must match', async (t) => {
  const comms = ['node', 'node-gyp', 'kworker/0:1', 'a-very-long-nam', 'a-very-long-na'];
  const of = (...globs: string[]) => {
    const filter = new RowFilter({ comms: globs, paths: [] });
    return comms.filter((comm) => filter.matches(comm, ''));
  };
  t.strictSame(of('node'), ['node']);
  t.strictSame(of('node*'), ['node', 'node-gyp']);
  t.strictSame(of('kworker*', 'node'), ['node', 'kworker/0:1']);
  t.strictSame(of('a-very-long-name-indeed'), ['a-very-long-nam']);
  const both = new RowFilter({ comms: ['node'], paths: ['/a'] });
  t.equal(both.matches('node', '/a/b'), true);
  t.equal(both.matches('node', '/b'), false);
  t.equal(both.matches('npm', '/a/b'), false);
});

t.test('more names than are remembered', async (t) => {
  const filter = new RowFilter({ comms: [], paths: ['*7'] });
  for (let round = 0; round < 2; round++) {
    let found = 0;
    for (let i = 0; i < 150_000; i++) if (filter.matches('', `/tmp/${i}`)) found++;
    t.equal(found, 15_000);
  }
});
