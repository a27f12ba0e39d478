// Folded text as others write it, by the table in docs (flamegraph.pl, inferno), and the way there and back for our own.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { FoldedFile } from '../../src/collector/text/folded.ts';
import { describeBad, TextReport } from '../../src/collector/text/report.ts';
import { writeFolded } from '../../src/fold/folded.ts';
import { ROOT, Trie } from '../../src/model/trie.ts';

type Stack = readonly [frames: string, count: number, before?: number];

function read(text: string | Buffer): { stacks: Stack[]; report: TextReport } {
  const stacks: Stack[] = [];
  const report = new TextReport();
  const file = new FoldedFile(
    'x',
    (frames, count, before) => {
      stacks.push(before === undefined ? [frames.join('\0'), count] : [frames.join('\0'), count, before]);
    },
    report,
  );
  const bytes = Buffer.from(text);
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const lf = bytes.indexOf(10, start);
    const end = lf < 0 ? bytes.length : lf;
    file.line(bytes, start, end, line);
    start = end + 1;
  }
  return { stacks, report };
}

t.test('the lines of the table', async (t) => {
  const good: readonly (readonly [string, Stack])[] = [
    ['a;b 10', ['a\0b', 10]],
    ['a;b 10.5', ['a\0b', 10.5]],
    ['a;b 1 2', ['a\0b', 2, 1]],
    ['a;b 1\r', ['a\0b', 1]],
    ['a;b 1  ', ['a\0b', 1]],
    ['a;b\t1', ['a\0b', 1]],
    ['trail; 1', ['trail', 1]],
    [';a;;b; 1', ['a\0b', 1]],
    ['read (3) 7', ['read (3)', 7]],
    ['a b 7', ['a b', 7]],
    ['a x1 7', ['a x1', 7]],
    ['a 9007199254740991', ['a', 9007199254740991]],
    ['é 1', ['é', 1]],
    ['a\\x3bb;\\x20c 1', ['a;b\0 c', 1]],
  ];
  for (const [line, stack] of good) t.same(read(`${line}\n`).stacks, [stack], line);
  t.same(read('# comment 5\n\n  \n').report.lines, 0, 'comments and blank lines');
  for (const line of ['a', 'a b', '5', ' 5', '; 5', 'a 5x', 'a -5', 'a 1e5', 'a .5', 'a5']) {
    const { stacks, report } = read(`${line}\n`);
    t.same([stacks.length, report.bad], [0, 1], line);
  }
});

t.test('bad lines are counted in the words of flamegraph.pl', async (t) => {
  const { report } = read('a 1\nb\nc\n');
  t.equal(describeBad([report]), 'Ignored 2 lines with invalid format, the first is line 2 of x: "b"');
  t.equal(describeBad([read('a 1\n').report]), undefined);
  const other = read('b\n').report;
  t.equal(describeBad([other]), 'Ignored 1 line with invalid format: line 1 of x: "b"');
  t.equal(
    describeBad([read('a 1\n').report, report, other]),
    'Ignored 3 lines with invalid format, the first is line 2 of x: "b"',
  );
});

t.test('bytes that are no UTF-8 are kept', async (t) => {
  t.same(read(Buffer.from([0x61, 0xff, 0x20, 0x31])).stacks, [['a\udcff', 1]]);
});

t.test('what we write is read as it was', async () => {
  const frame = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('read 5', ' ', '#', '\udcff', '[no name]', '\\x20', ';'),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(frame, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 1e9 }))),
      (stacks) => {
        const trie = new Trie([{ name: 'x', unit: 'samples', merge: 'sum' }]);
        const expected = new Map<string, number>();
        for (const [frames, count] of stacks) {
          let node = ROOT;
          for (const name of frames) node = trie.child(node, trie.texts.id(name.replaceAll('\0', '')));
          trie.add(node, 0, count);
          const key = frames.map((name) => name.replaceAll('\0', '')).join('\0');
          expected.set(key, (expected.get(key) ?? 0) + count);
        }
        const { stacks: found, report } = read(Buffer.concat([...writeFolded(trie)]));
        assert.equal(report.bad, 0);
        assert.deepEqual(new Map(found.map(([frames, count]) => [frames, count])), expected);
      },
    ),
  );
});
