import t from 'tap';
import { foldProfile, splitPath } from '../src/fold/fold.ts';
import { UserError } from '../src/model/errors.ts';
import { wholePath } from '../src/model/paths.ts';
import { type Dimension, Profile } from '../src/model/profile.ts';
import type { Trie } from '../src/model/trie.ts';

function profileOf(
  dimensions: readonly Dimension[],
  rows: readonly (readonly [readonly string[], readonly number[]])[],
) {
  const profile = new Profile(dimensions);
  for (const [texts, weights] of rows)
    profile.add(
      texts.map((text) => profile.texts.id(text)),
      weights,
    );
  return profile;
}

/** Each stack with all its columns' own values. */
function stacksOf(trie: Trie): Record<string, number[]> {
  const stacks: Record<string, number[]> = {};
  for (let node = 0; node < trie.length; node++) {
    const values = trie.columns.map((_, column) => trie.self(node, column));
    if (values.every((value) => value === 0)) continue;
    const frames: string[] = [];
    for (let at = node; at > 0; at = trie.parent(at)) frames.unshift(trie.texts.text(trie.name(at)));
    stacks[frames.join('|')] = values;
  }
  return stacks;
}

t.test('a path becomes a frame for each component', async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['', []],
    ['/', ['/']],
    ['/usr/lib/x', ['/usr', '/lib', '/x']],
    ['/usr/x (deleted)', ['/usr', '/x (deleted)']],
    ['/a\n/b', ['/a\n', '/b']],
    ['.../a/b', ['...', '/a', '/b']],
    ['socket\0tcp\x0010.0.0.5\0:5432', ['socket', 'tcp', '10.0.0.5', ':5432']],
    ['pipe', ['pipe']],
    ['memfd:a/b', ['memfd:a/b']],
    ['anon_inode:[eventfd]', ['anon_inode:[eventfd]']],
  ];
  for (const [path, frames] of cases) t.same(splitPath(path), frames, JSON.stringify(path));
});

t.test('or one frame for all of it', async (t) => {
  t.equal(wholePath('/usr/lib/x'), '/usr/lib/x');
  t.equal(wholePath('socket\0tcp\x0010.0.0.5\0:5432'), 'socket:tcp:10.0.0.5:5432');
  t.equal(wholePath('socket\0tcp\0::1\0:5432'), 'socket:tcp:::1:5432');
});

t.test('rows become stacks, with all weights, the chosen one first', async (t) => {
  const profile = profileOf(
    ['comm', 'path', 'syscall', 'pid'],
    [
      [
        ['dd', '/dev/zero', 'read', '7'],
        [3, 0, 300, 200, 1536, 10],
      ],
      [
        ['dd', '/dev/zero', 'read', '8'],
        [2, 1, 100, 90, 512, 5],
      ],
      [
        ['dd', '', 'sync', '7'],
        [1, 0, 50, 50, 0, 0],
      ],
    ],
  );
  const trie = foldProfile(profile);
  t.same(
    trie.columns.map(({ name }) => name),
    ['durationNs', 'calls', 'bytes', 'errors', 'maxNs', 'gapNs'],
  );
  t.same(stacksOf(trie), {
    'dd|/dev|/zero|read': [400, 5, 2048, 1, 200, 15],
    'dd|sync': [50, 1, 0, 0, 50, 0],
  });
  const byBytes = foldProfile(profile, { fields: ['pid', 'path', 'comm'], pathFrames: 'whole', weight: 'bytes' });
  t.same(
    byBytes.columns.map(({ name }) => name),
    ['bytes', 'durationNs', 'calls', 'errors', 'maxNs', 'gapNs'],
  );
  t.same(stacksOf(byBytes), {
    'pid:7|/dev/zero|dd': [1536, 300, 3, 0, 200, 10],
    'pid:8|/dev/zero|dd': [512, 100, 2, 1, 90, 5],
    'pid:7|dd': [0, 50, 1, 0, 50, 0],
  });
});

t.test('no stack is without a frame', async (t) => {
  const profile = profileOf(
    ['path', 'syscall'],
    [
      [
        ['', 'sync'],
        [1, 0, 50, 50, 0, 0],
      ],
    ],
  );
  t.same(Object.keys(stacksOf(foldProfile(profile, { fields: ['path'] }))), ['[no file]']);
});

t.test('a text of several frames, an empty name', async (t) => {
  const profile = profileOf(
    ['comm', 'syscall'],
    [
      [
        ['', 'read\0[unfinished]'],
        [1, 0, 50, 50, 0, 0],
      ],
    ],
  );
  t.same(Object.keys(stacksOf(foldProfile(profile, { fields: ['comm', 'syscall'] }))), ['|read|[unfinished]']);
});

t.test('a field that was not recorded', async (t) => {
  t.throws(() => foldProfile(new Profile(['comm']), { fields: ['tid'] }), UserError);
});
