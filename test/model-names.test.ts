import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { byteKey, decodeName, encodeName } from '../src/model/names.ts';

/** Bytes that are likely to be nearly UTF-8. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => new Uint8Array(Buffer.from(text))),
  fc
    .array(
      fc.constantFrom(0x2f, 0x61, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xef, 0xbb, 0xbd, 0xf0, 0x9f, 0xf4, 0xff),
    )
    .map((array) => Uint8Array.from(array)),
);

t.test('any bytes survive decodeName and encodeName', async () => {
  fc.assert(
    fc.property(bytes, (name) => {
      assert.equal(Buffer.compare(encodeName(decodeName(name)), name), 0);
    }),
    { numRuns: 2000 },
  );
});

t.test('decodeName follows Python surrogateescape', async (t) => {
  const cases: readonly (readonly [readonly number[], string])[] = [
    [[], ''],
    [[0x61, 0xff, 0x62], 'a\udcffb'],
    [[0xc3, 0xa9], 'é'],
    [[0xc3], '\udcc3'],
    [[0xef, 0xbb, 0xbf, 0x61], '\ufeffa'], // a byte order mark is part of the name
    [[0xef, 0xbf, 0xbd], '\ufffd'], // and so is a real U+FFFD
    [[0xef, 0xbf, 0xbd, 0x80], '\ufffd\udc80'],
    [[0xed, 0xa0, 0x80], '\udced\udca0\udc80'], // an encoded surrogate is not UTF-8
    [[0xc0, 0xaf], '\udcc0\udcaf'], // nor is an overlong slash
    [[0xf0, 0x9f, 0x98, 0x80, 0x80], '😀\udc80'],
    [[0xf0, 0x9f, 0x98, 0x61], '\udcf0\udc9f\udc98a'],
  ];
  for (const [name, text] of cases) t.equal(decodeName(Uint8Array.from(name)), text, JSON.stringify(text));
});

t.test('a surrogate that stands for no byte becomes U+FFFD', async (t) => {
  t.same(Buffer.from(encodeName('a\ud800')), Buffer.from('a\ufffd'));
});

t.test('byteKey compares as the bytes do', async (t) => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [x, y] = [byteKey(decodeName(a)), byteKey(decodeName(b))];
      assert.equal(x < y ? -1 : x > y ? 1 : 0, Buffer.compare(a, b));
    }),
    { numRuns: 1000 },
  );
  t.ok(byteKey('\uffee') < byteKey('😀'), 'where UTF-16 would have it the other way round');
});
