import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { foldProfile } from '../src/fold/fold.ts';
import { FOLDED_UNITS, type FoldedUnit, writeFolded } from '../src/fold/folded.ts';
import { unescapeFrame } from '../src/model/escape.ts';
import { decodeName } from '../src/model/names.ts';
import { Profile } from '../src/model/profile.ts';
import { ROOT, Trie } from '../src/model/trie.ts';

type Stack = readonly [readonly string[], number];

function trieOf(stacks: readonly Stack[], unit: 'ns' | 'samples' = 'ns'): Trie {
  const trie = new Trie([{ name: 'x', unit, merge: 'sum' }]);
  for (const [frames, value] of stacks) {
    let node = ROOT;
    for (const frame of frames) node = trie.child(node, trie.texts.id(frame));
    trie.add(node, 0, value);
  }
  return trie;
}

function folded(trie: Trie, unit?: FoldedUnit): string {
  return Buffer.concat([...writeFolded(trie, unit && { unit })]).toString();
}

/** As every reader does it: the count stands behind the last space. */
function parseFolded(text: string): Stack[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space).split(';').map(unescapeFrame), Number(line.slice(space + 1))];
    });
}

function sum(stacks: readonly Stack[]): number {
  return stacks.reduce((total, [, count]) => total + count, 0);
}

const frame = fc.oneof(
  fc.constantFrom(
    'read',
    'read64',
    'read x',
    'read (x)',
    'read 5',
    'a',
    'a b',
    '',
    '#',
    ' ',
    ';',
    '\n',
    '/é',
    '\udcff',
    '😀',
    '\uffee',
  ),
  fc.uint8Array({ maxLength: 6 }).map(decodeName),
);
const stack = fc.tuple(fc.array(frame, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 3e9 }));
const stacks = fc.array(stack, { maxLength: 30 });

t.test('what is written reads back: each stack once, in byte order, none lost', async () => {
  fc.assert(
    fc.property(stacks, (stacks) => {
      const text = folded(trieOf(stacks));
      const expected = new Map<string, number>();
      for (const [frames, value] of stacks) {
        const key = JSON.stringify(frames);
        if (value > 0) expected.set(key, (expected.get(key) ?? 0) + value);
      }
      const parsed = parseFolded(text).map(([frames, count]) => [JSON.stringify(frames), count] as const);
      assert.deepEqual(new Map(parsed), expected);
      assert.equal(parsed.length, expected.size);
      const lines = text
        .split('\n')
        .slice(0, -1)
        .map((line) => Buffer.from(line));
      for (const [i, line] of lines.entries())
        if (i > 0) assert.equal(Buffer.compare(lines[i - 1] as Buffer, line), -1);
    }),
    { numRuns: 1000 },
  );
});

t.test('the order of insertion does not matter', async () => {
  fc.assert(
    fc.property(stacks, fc.constantFrom<FoldedUnit>('ns', 'us', 'ms', 's'), (stacks, unit) => {
      assert.equal(folded(trieOf(stacks), unit), folded(trieOf(stacks.toReversed()), unit));
    }),
  );
});

t.test('the total survives rounding, and no line is further than one unit from the truth', async () => {
  const units = Object.keys(FOLDED_UNITS) as FoldedUnit[];
  fc.assert(
    fc.property(stacks, fc.constantFrom(...units), (stacks, unit) => {
      const trie = trieOf(stacks);
      const exact = new Map(parseFolded(folded(trie)).map(([frames, count]) => [JSON.stringify(frames), count]));
      const rounded = parseFolded(folded(trie, unit));
      assert.equal(sum(rounded), Math.round(sum(stacks) / FOLDED_UNITS[unit]));
      for (const [frames, count] of rounded) {
        assert.ok(count > 0);
        assert.ok(Math.abs(count - (exact.get(JSON.stringify(frames)) as number) / FOLDED_UNITS[unit]) < 1);
      }
    }),
    { numRuns: 1000 },
  );
});

t.test('rounding goes to those that lose most', async (t) => {
  const trie = trieOf([
    [['a'], 100_000],
    [['b'], 900_000],
    [['c'], 1_500_000],
    [['d'], 500_000],
  ]);
  t.equal(folded(trie, 'ms'), 'b 1\nc 2\n');
  t.equal(folded(trie, 's'), '');
  t.equal(
    folded(
      trieOf(
        [
          [['a'], 10.5],
          [['b'], 10.5],
        ],
        'samples',
      ),
      'ms',
    ),
    'a 11\nb 10\n',
    'units are for durations',
  );
});

t.test('a frame’s own line and the lines below it keep their places in byte order', async (t) => {
  const trie = trieOf([
    [['read'], 5],
    [['read', 'y'], 200],
    [['read64', 'x'], 3],
    [['read (x)'], 7],
  ]);
  t.equal(folded(trie), 'read (x) 7\nread 5\nread64;x 3\nread;y 200\n');
});

t.test('the order is that of LC_ALL=C sort', async (t) => {
  const pieces = ['a', 'a b', 'a (x)', 'ab', 'é', 'a!', '日', '😀', 'a 5x'];
  const all: Stack[] = pieces.flatMap((a) => [[[a], 12] as Stack, ...pieces.map((b) => [[a, b], 3] as Stack)]);
  const text = folded(trieOf(all));
  t.equal(execFileSync('sort', { input: text, env: { LC_ALL: 'C' } }).toString(), text);
});

t.test('hostile names against the rules for writers', async (t) => {
  const trie = trieOf([
    [['#comment', 'x'], 1],
    [['a 12'], 2],
    [['a', 'b 10.5'], 3],
    [['', ''], 4],
    [['x ', ' y', 'a;b', 'c\r\nd', '\te'], 5],
    [['\udcff\u0085\ufeff'], 6],
    [['/My File 2', 'read'], 7],
  ]);
  t.equal(
    folded(trie),
    [
      '/My File 2;read 7',
      '[no name];[no name] 4',
      'a;b\\x2010.5 3',
      'a\\x2012 2',
      '\\x23comment;x 1',
      'x\\x20;\\x20y;a\\x3bb;c\\x0d\\x0ad;\\x09e 5',
      '\\xff\\xc2\\x85\\xef\\xbb\\xbf 6',
    ]
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((line) => `${line}\n`)
      .join(''),
  );
});

t.test('a stack of 5,000 frames, and lines longer than a chunk', async (t) => {
  const deep = Array.from({ length: 5000 }, (_, i) => `/d${i}`);
  const long = 'x'.repeat(300_000);
  const text = folded(
    trieOf([
      [deep, 1],
      [[long, long], 2],
    ]),
  );
  t.equal(text, `${deep.join(';')} 1\n${long};${long} 2\n`);
});

t.test('a profile folds to the same text in whatever order its rows came', async () => {
  const row = fc.tuple(
    fc.constantFrom('dd', 'cat', ''),
    fc.constantFrom('', '/', '/a/b', '/a', '.../b', 'pipe', 'socket\0tcp\0:80'),
    fc.constantFrom('read', 'write'),
    fc.array(fc.nat(1000), { minLength: 6, maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const [forth, back] = [rows, rows.toReversed()].map((rows) => {
        const profile = new Profile(['comm', 'path', 'syscall']);
        for (const [comm, path, syscall, weights] of rows) {
          profile.add(
            [comm, path, syscall].map((text) => profile.texts.id(text)),
            weights,
          );
        }
        return { text: folded(foldProfile(profile)), total: profile.total('durationNs') };
      }) as [{ text: string; total: number }, { text: string; total: number }];
      assert.equal(forth.text, back.text);
      assert.equal(sum(parseFolded(forth.text)), forth.total);
    }),
  );
});
