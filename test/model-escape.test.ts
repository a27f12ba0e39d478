import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { escapeFrame, escapeXml, unescapeFrame, visibleName, visibleText } from '../src/model/escape.ts';
import { isolated } from '../src/model/isolated.ts';
import { decodeName } from '../src/model/names.ts';

/** Names made of what the escapes are about, so that they meet in every combination. */
const name = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map(decodeName),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '\\',
          'x',
          '\\x',
          '0',
          '2',
          '3',
          '5',
          'c',
          'b',
          '20',
          '23',
          '5c',
          '5b',
          '3b',
          'ff',
          '#',
          ' ',
          ';',
        ),
        fc.constantFrom(
          '[no name]',
          '5bno name]',
          '\n',
          '\t',
          '.',
          '-',
          '\u00a0',
          '\u0085',
          '\u2028',
          '\ufeff',
          '\uffff',
        ),
        fc.constantFrom('é', '😀', '\u{1fffe}', '\udcff', '\udcc3', '٣', '/', 'a', '\u202e'),
      ),
      { maxLength: 8 },
    )
    .map((pieces) => decodeName(new Uint8Array(Buffer.from(pieces.join(''))))),
  fc
    .array(fc.constantFrom(0x5c, 0x78, 0x32, 0x30, 0xc2, 0x85, 0xa0, 0xff, 0x20))
    .map((a) => decodeName(Uint8Array.from(a))),
);

t.test('escapeFrame is reversible, and its frames obey the rules of folded text', async () => {
  fc.assert(
    fc.property(name, fc.boolean(), (name, last) => {
      const frame = escapeFrame(name, last);
      assert.equal(unescapeFrame(frame), name);
      assert.match(frame, /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp};]+$/u, 'no control, no broken character, not empty');
      assert.doesNotMatch(frame, /^[\s#]|\s$/u);
      if (last) assert.doesNotMatch(frame, /\s[-+]?\p{Nd}+(\.\p{Nd}*)?$/u);
    }),
    { numRuns: 5000 },
  );
});

t.test('unescapeFrame takes any text', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof unescapeFrame(text) === 'string'));
  t.equal(unescapeFrame('a\\x41\\xZZ\\x0'), 'a\\x41\\xZZ\\x0', 'what we would not have written stays');
});

t.test('escapeFrame touches no more than it must', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['/dev-disk-by\\x2duuid', '/dev-disk-by\\x2duuid'],
    ['/mnt-my\\x20disk.mount', '/mnt-my\\x20disk.mount'],
    ['C:\\new\\xylophone', 'C:\\new\\xylophone'],
    ['/My File 2', '/My File 2'],
    ['日本', '日本'],
    ['a\nb', 'a\\x0ab'],
    ['a\\x0ab', 'a\\x5cx0ab'],
    ['\\x5c', '\\x5cx5c'],
    ['a;b', 'a\\x3bb'],
    ['#a#', '\\x23a#'],
    [' a ', '\\x20a\\x20'],
    ['\udcff', '\\xff'],
    ['\u0085', '\\xc2\\x85'],
    ['', '[no name]'],
    ['[no name]', '\\x5bno name]'],
  ];
  for (const [name, frame] of cases) t.equal(escapeFrame(name), frame);
  t.equal(escapeFrame('x 10.5', true), 'x\\x2010.5');
  t.equal(escapeFrame('x 12', true), 'x\\x2012');
  t.equal(escapeFrame('x 12a', true), 'x 12a');
});

t.test('pictures show every character, in its own direction', async (t) => {
  t.equal(visibleText('a\nb\u202ec\udcff\\x0a'), 'a\\x0ab\\xe2\\x80\\xaec\\xff\\x5cx0a');
  t.equal(visibleText('a;b\\x2d'), 'a;b\\x2d');
  t.equal(visibleName(''), '[no name]');
  t.equal(isolated('abc'), 'abc');
  t.equal(isolated('/שלום'), '\u2068/שלום\u2069');
});

t.test('escapeXml leaves nothing that XML forbids', async () => {
  fc.assert(
    fc.property(fc.oneof(name, fc.string({ unit: 'binary' })), (text) => {
      assert.doesNotMatch(escapeXml(text), /[<>"'\p{Cc}\p{Cs}\ufffe\uffff]|&(?!(amp|lt|gt|quot|#39);)/u);
    }),
  );
});
