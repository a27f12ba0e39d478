// Differences: what holds for any two inputs, and what difffolded.pl does, by its text.

import fc from 'fast-check';
import t from 'tap';
import { AFTER, BEFORE, differenceOf, drawnDifference, largestChanges, unlikeness } from '../../src/fold/difference.ts';
import { writeTwoCounts } from '../../src/fold/folded.ts';
import { ROOT, type Trie } from '../../src/model/trie.ts';
import { syscallByName } from '../../src/syscalls/table.ts';
import { drawnFrames, STACKS, type Stack, svgOf, trieOf } from '../render/pictures.ts';

const PLAIN = { normalize: false, stripHex: false };

function text(both: Trie): string {
  return Buffer.concat([...writeTwoCounts(both)]).toString();
}

const totalOf = (trie: Trie, column: number) => trie.totals(column)[ROOT] as number;

t.test('a file against itself is white', async () => {
  fc.assert(
    fc.property(STACKS, (stacks) => {
      const both = differenceOf(trieOf(stacks), trieOf(stacks), PLAIN);
      const fills = drawnFrames(svgOf(drawnDifference(both, 'after', false))).map(({ fill }) => fill);
      t.ok(fills.every((fill) => fill === '#ffffff'));
      t.strictSame(largestChanges(both, 10), []);
    }),
    { numRuns: 100 },
  );
});

t.test('widths add up, and swapping the inputs negates', async () => {
  fc.assert(
    fc.property(STACKS, STACKS, (first, second) => {
      const [before, after] = [trieOf(first), trieOf(second)];
      const both = differenceOf(before, after, PLAIN);
      const swapped = differenceOf(after, before, PLAIN);
      t.equal(totalOf(both, BEFORE), totalOf(before, 0));
      t.equal(totalOf(both, AFTER), totalOf(after, 0));
      const drawn = drawnDifference(both, 'after', false);
      t.equal(totalOf(drawn, 0), totalOf(after, 0));
      t.equal(totalOf(drawn, 1), totalOf(after, 0) - totalOf(before, 0));
      t.equal(totalOf(drawnDifference(both, 'before', false), 0), totalOf(before, 0));
      t.equal(totalOf(drawnDifference(swapped, 'after', false), 1), 0 - totalOf(drawn, 1));
      // every frame of it: with its colours swapped as well the picture is the same, but for what the two are called
      t.equal(
        svgOf(drawnDifference(swapped, 'before', false), { negate: true }).split('<metadata>')[0],
        svgOf(drawn).split('<metadata>')[0],
      );
      // what is only on one side is there once, and nothing is there twice
      const all = totalOf(drawnDifference(both, 'after', true), 0);
      t.ok(all >= totalOf(after, 0) && all <= totalOf(after, 0) + totalOf(before, 0));
      const columns = text(both)
        .split('\n')
        .map((line) => line.replace(/^(.*) (\d+) (\d+)$/s, '$1 $3 $2'))
        .sort();
      t.strictSame(text(swapped).split('\n').sort(), columns);
    }),
    { numRuns: 200 },
  );
});

t.test('as difffolded.pl: all stacks of both, 0 where there is none', async (t) => {
  const before: Stack[] = [
    [['main', 'f_0x7f3a'], 10],
    [['main', 'gone'], 5],
  ];
  const after: Stack[] = [
    [['main', 'f_0xBEEF'], 20],
    [['main', 'new'], 13],
  ];
  t.equal(
    text(differenceOf(trieOf(before), trieOf(after), PLAIN)),
    'main;f_0x7f3a 10 0\nmain;f_0xBEEF 0 20\nmain;gone 5 0\nmain;new 0 13\n',
  );
  t.equal(
    text(differenceOf(trieOf(before), trieOf(after), { normalize: false, stripHex: true })),
    'main;f_0x... 10 20\nmain;gone 5 0\nmain;new 0 13\n',
  );
  // int(10 * 33 / 15), int(5 * 33 / 15)
  t.equal(
    text(differenceOf(trieOf(before), trieOf(after), { normalize: true, stripHex: true })),
    'main;f_0x... 22 20\nmain;gone 11 0\nmain;new 0 13\n',
  );
  const empty = differenceOf(trieOf([]), trieOf(after), { normalize: true, stripHex: false });
  t.equal(totalOf(empty, AFTER), 33);
});

t.test('the largest changes', async (t) => {
  const both = differenceOf(
    trieOf([
      [['a'], 5],
      [['b'], 9],
    ]),
    trieOf([
      [['a'], 7],
      [['c', 'd'], 3],
    ]),
    PLAIN,
  );
  t.strictSame(largestChanges(both, 2), [
    { frames: ['b'], before: 9, after: 0 },
    { frames: ['c', 'd'], before: 0, after: 3 },
  ]);
});

t.test('what does not look alike', async (t) => {
  const isCall = (name: string) => syscallByName(name) !== undefined;
  const calls = trieOf([[['cat', '/etc', '/hosts', 'read'], 5]]);
  const functions = trieOf([[['main', 'malloc'], 5]]);
  t.equal(unlikeness(calls, functions, isCall), 'the stacks before end in system calls, those after do not');
  t.equal(unlikeness(functions, calls, isCall), 'the stacks after end in system calls, those before do not');
  t.match(unlikeness(calls, trieOf([[['/etc', '/hosts', 'read'], 5]]), isCall), /start with paths/);
  t.match(unlikeness(calls, trieOf([[['cat', '/etc/hosts', 'read'], 5]]), isCall), /paths in one frame/);
  t.equal(unlikeness(calls, trieOf([[['dd', 'pipe', 'write'], 5]]), isCall), undefined);
  t.equal(unlikeness(calls, trieOf([]), isCall), undefined);
});
