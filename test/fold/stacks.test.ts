// The fast way from folded text to a Trie (collector/folded, fold/stacks): it reads lines as the slow reader does, and what
// comes out depends neither on the order of the lines nor on where blocks and batches end.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { FrameNames } from '../../src/collector/folded/frame-names.ts';
import { StackLines, type StackSink } from '../../src/collector/folded/stack-lines.ts';
import { FoldedFile } from '../../src/collector/text/folded.ts';
import { TextReport } from '../../src/collector/text/report.ts';
import { writeFolded } from '../../src/fold/folded.ts';
import { DELTA, type StackOptions, Stacks } from '../../src/fold/stacks.ts';
import { decodeName } from '../../src/model/names.ts';
import { Texts } from '../../src/model/texts.ts';
import { ROOT, type Trie } from '../../src/model/trie.ts';

type Stack = readonly [frames: string, count: number, before: number];

/** All of `text` in blocks of about so many bytes; a line is never cut. */
function read(text: Buffer, sink: StackSink, texts: Texts, blockBytes = text.length): TextReport {
  const report = new TextReport();
  const lines = new StackLines(new FrameNames(texts), sink);
  lines.file('x', report, 0);
  const bytes = Buffer.concat([text, Buffer.from('\n;;;;;;;;')]);
  const length = text.length === 0 || text.at(-1) === 10 ? text.length : text.length + 1;
  for (let start = 0; start < length; ) {
    const end = bytes.indexOf(10, Math.min(start + blockBytes, length) - 1) + 1;
    lines.block(bytes, start, end);
    start = end;
  }
  return report;
}

function fast(text: Buffer, blockBytes?: number): { stacks: Stack[]; report: TextReport } {
  const texts = new Texts();
  const stacks: Stack[] = [];
  const sink: StackSink = {
    stack(frames, start, end, count, before) {
      const names = Array.from(frames.subarray(start, end), (id) => texts.text(id));
      stacks.push([names.join('\0'), count, before]);
    },
  };
  return { stacks, report: read(text, sink, texts, blockBytes) };
}

function slow(text: Buffer): { stacks: Stack[]; report: TextReport } {
  const stacks: Stack[] = [];
  const report = new TextReport();
  const sink = (frames: readonly string[], count: number, before = Number.NaN) => {
    stacks.push([frames.join('\0'), count, before]);
  };
  const file = new FoldedFile('x', sink, report);
  const bytes = Buffer.concat([text, Buffer.from('\n')]);
  for (let start = 0, line = 1; start < text.length; line++) {
    const end = bytes.indexOf(10, start);
    file.line(bytes, start, end, line);
    start = end + 1;
  }
  return { stacks, report };
}

const PLAIN: StackOptions = { unit: 'samples', diff: false, flamechart: false, reverse: false, base: [], factor: 1 };

function trieOf(text: string, options: Partial<StackOptions> = {}): { trie: Trie; stacks: Stacks } {
  const texts = new Texts();
  const stacks = new Stacks(texts, { ...PLAIN, ...options });
  read(Buffer.from(text), stacks, texts);
  return { trie: stacks.finish(), stacks };
}

function folded(trie: Trie): string {
  return Buffer.concat([...writeFolded(trie)]).toString();
}

/** What a line may be made of. Names of many lengths: four bytes are read at a time. */
const piece = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('a', 'ab', 'abc', 'read', 'read64', '/usr/lib', 'a_long_name_of_a_function'),
  },
  { weight: 6, arbitrary: fc.constant(';') },
  { weight: 2, arbitrary: fc.constantFrom(' ', '\t', ' 1', ' 10.5', ' 1 2', '\r', '#', '.', '9', '-', '\0', '\\x3b') },
  { weight: 1, arbitrary: fc.constantFrom('é', '😀', '\u00ff', '\\xc3\\xa9', '[no name]', '\u00bb', ':', '<') },
);
const line = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(pieces.join('')));
const good = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 9 }), fc.nat(1000))
  .map(([pieces, count]) => Buffer.from(`${pieces.join('')} ${count}`));
const bytes = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes));
const text = fc
  .array(fc.oneof(line, good, good, bytes), { maxLength: 12 })
  .map((lines) => Buffer.concat(lines.flatMap((line, i) => (i === 0 ? [line] : [Buffer.from('\n'), line]))));

t.test('the fast reader reads what the slow one does, wherever blocks end', async () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 64 }), (text, blockBytes) => {
      const expected = slow(text);
      for (const found of [fast(text), fast(text, blockBytes)]) {
        assert.deepEqual(found.stacks, expected.stacks);
        assert.deepEqual(found.report, expected.report);
      }
    }),
    { numRuns: 3000 },
  );
});

t.test('and so with names of every length, one after another', async (t) => {
  const names = Array.from({ length: 40 }, (_, length) => 'abcdefgh'.repeat(5).slice(0, length));
  const lines = names.map((name, i) => `${name};${names[39 - i]};x${name} ${i}`);
  const text = Buffer.from(lines.flatMap((line) => [line, line]).join('\n'));
  t.same(fast(text).stacks, slow(text).stacks);
  t.same(
    fast(Buffer.from('a\\xc3\\xa9;aé;b 1\naé;a\\xc3\\xa9;b 2')).stacks[1]?.[0],
    'aé\0aé\0b',
    'two ways to write it',
  );
});

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'read', 'read64', 'read 5', '', ' ', '#', ';', '\n', 'é', '\udcff'),
  fc.uint8Array({ maxLength: 6 }).map(decodeName),
);
const stack = fc.tuple(fc.array(name, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 1e9 }));
const stacks = fc.array(stack, { maxLength: 40 });

/** One line a stack, as it is. */
function linesOf(stacks: readonly (readonly [readonly string[], number])[]): string[] {
  return stacks.flatMap(([frames, count]) => {
    const texts = new Texts();
    const one = new Stacks(texts, PLAIN);
    const ids = Int32Array.from(frames, (frame) => texts.id(frame));
    one.stack(ids, 0, ids.length, count, Number.NaN);
    return folded(one.finish());
  });
}

t.test('properties', async (t) => {
  t.test('the order of the lines does not matter', async () => {
    fc.assert(
      fc.property(stacks, (stacks) => {
        const lines = linesOf(stacks);
        const expected = folded(trieOf(lines.join('')).trie);
        assert.equal(folded(trieOf(lines.toReversed().join('')).trie), expected);
        assert.equal(folded(trieOf(lines.toSorted().join('')).trie), expected);
      }),
    );
  });

  t.test('the total survives, and each stack its share', async () => {
    fc.assert(
      fc.property(stacks, fc.boolean(), (stacks, reverse) => {
        const { trie } = trieOf(linesOf(stacks).join(''), { reverse });
        const sum = stacks.reduce((total, [, count]) => total + count, 0);
        assert.equal(trie.totals(0)[ROOT], sum);
        const shares = new Map<string, number>();
        for (const [frames, count] of stacks) {
          const key = JSON.stringify(reverse ? frames.toReversed() : frames);
          shares.set(key, (shares.get(key) ?? 0) + count);
        }
        const found = new Map<string, number>();
        for (let node = 1; node < trie.length; node++) {
          if (trie.self(node, 0) === 0) continue;
          const frames: string[] = [];
          for (let at = node; at > ROOT; at = trie.parent(at)) frames.unshift(trie.texts.text(trie.name(at)));
          found.set(JSON.stringify(frames), trie.self(node, 0));
        }
        assert.deepEqual(found, shares);
      }),
    );
  });

  t.test('two texts merged are one behind the other', async () => {
    fc.assert(
      fc.property(stacks, stacks, (a, b) => {
        const [textA, textB] = [linesOf(a).join(''), linesOf(b).join('')];
        const merged = folded(trieOf(folded(trieOf(textA).trie) + folded(trieOf(textB).trie)).trie);
        assert.equal(merged, folded(trieOf(textA + textB).trie));
      }),
    );
  });

  t.test('turned over twice it is what it was', async () => {
    fc.assert(
      fc.property(stacks, (stacks) => {
        const text = linesOf(stacks).join('');
        const over = folded(trieOf(text, { reverse: true }).trie);
        assert.equal(folded(trieOf(over, { reverse: true }).trie), folded(trieOf(text).trie));
      }),
    );
  });
});

t.test('batches: more stacks than the largest one, in two orders', async (t) => {
  const lines = Array.from({ length: 300_000 }, (_, i) => `${i % 7};${i % 11};x${i % 1009};${i % 13}z ${i + 1}\n`);
  const forth = trieOf(lines.join('')).trie;
  const back = trieOf(lines.toReversed().join('')).trie;
  t.equal(forth.totals(0)[ROOT], (300_000 * 300_001) / 2);
  t.equal(forth.length, back.length);
  const [a, b] = [forth, back].map((trie) => Buffer.concat([...writeFolded(trie)]));
  t.ok((a as Buffer).equals(b as Buffer));
});

t.test('a node with many children, each found again', async (t) => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `a;${i} 1\n`).join('');
  const { trie } = trieOf(lines + lines);
  t.equal(trie.length, 20_002);
  t.equal(folded(trie), lines.replaceAll(' 1\n', ' 2\n').split('\n').slice(0, -1).toSorted().concat('').join('\n'));
});

t.test('a stack of 100,000 frames', async (t) => {
  const frames = Array.from({ length: 100_000 }, (_, i) => `f${i % 1000}`);
  const text = `${frames.join(';')} 3\n${'g;'.repeat(99_999)}g 4\n`;
  t.equal(folded(trieOf(text).trie), text);
  t.equal(folded(trieOf(text, { flamechart: true }).trie), text);
  t.equal(trieOf(text, { reverse: true, base: ['f7', 'g'] }).trie.length, 100_000 - (99_000 + 7) + 1 + 1);
});

t.test('what changes stacks', async (t) => {
  const text = 'a;b;c 1\na;b 2\nb;a;b;d 4\nx 8\n';
  t.equal(folded(trieOf(text, { reverse: true }).trie), 'b;a 2\nc;b;a 1\nd;b;a;b 4\nx 8\n');
  const based = trieOf(text, { base: ['b'] });
  t.equal(folded(based.trie), 'b 2\nb;c 1\nb;d 4\n', 'from the last one of that name');
  t.equal(based.stacks.withoutBase, 1);
  t.equal(folded(trieOf(text, { base: ['a', 'x'] }).trie), 'a;b 2\na;b;c 1\na;b;d 4\nx 8\n');
  t.equal(folded(trieOf(text, { base: ['b'], reverse: true }).trie), 'b 2\nc;b 1\nd;b 4\n');
  t.equal(folded(trieOf(text, { factor: 3 }).trie), 'a;b 6\na;b;c 3\nb;a;b;d 12\nx 24\n');
});

t.test('a flame chart keeps the order, and merges neighbours', async (t) => {
  const { trie } = trieOf('b;x 1\nb;y 2\na;x 3\nb;y 4\nb;y;z 5\n', { flamechart: true });
  const seen = Array.from({ length: trie.length - 1 }, (_, i) => {
    const frames: string[] = [];
    for (let at = i + 1; at > ROOT; at = trie.parent(at)) frames.unshift(trie.texts.text(trie.name(at)));
    return `${frames.join(';')} ${trie.totals(0)[i + 1]}`;
  });
  t.same(seen, ['b 3', 'b;x 1', 'b;y 2', 'a 3', 'a;x 3', 'b 9', 'b;y 9', 'b;y;z 5']);
});

t.test('two counts: the second is the width, and with diff their difference is kept', async (t) => {
  const text = 'a;b 1 3\na;b 10 2\na;c 5 0\na;d 7\n';
  const plain = trieOf(text);
  t.equal(folded(plain.trie), 'a;b 5\na;d 7\n');
  t.equal(plain.trie.columns.length, 1);
  t.equal(plain.stacks.differences, 3);
  for (const flamechart of [false, true]) {
    const { trie } = trieOf(text, { diff: true, factor: 2, flamechart });
    t.same(
      trie.columns.map(({ name }) => name),
      ['samples', DELTA],
    );
    t.same(trie.totals(1)[ROOT], 2 * (2 - 8 - 5));
    t.same(trie.totals(0)[ROOT], 24);
  }
});
