import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { JSDOM } from 'jsdom';
import t from 'tap';
import { foldProfile } from '../src/fold/fold.ts';
import { decodeName } from '../src/model/names.ts';
import { Profile } from '../src/model/profile.ts';
import { ROOT, Trie } from '../src/model/trie.ts';
import { contrast, frameColor, MATCH_COLOR, ROOT_COLOR, TEXT_COLOR } from '../src/render/colors.ts';
import { fitText } from '../src/render/geometry.ts';
import { layoutFrames } from '../src/render/layout.ts';
import { renderSvg, type SvgOptions } from '../src/render/svg.ts';

type Stack = readonly [readonly string[], number];

function trieOf(stacks: readonly Stack[], unit: 'ns' | 'samples' = 'samples'): Trie {
  const trie = new Trie([{ name: unit, unit, merge: 'sum' }]);
  for (const [frames, value] of stacks) {
    let node = ROOT;
    for (const frame of frames) node = trie.child(node, trie.texts.id(frame));
    trie.add(node, 0, value);
  }
  return trie;
}

function svgOf(trie: Trie, options?: SvgOptions): string {
  return Buffer.concat([...renderSvg(trie, options)]).toString();
}

/** Everything that a name may hold to break out of its place or to break the file. */
const hostile = [
  '<script>alert(1)</script>',
  '</script>',
  ']]>',
  '-->',
  '--',
  '&amp;',
  '"\' onload="alert(1)',
  '\0\x01\x1b[31m\x7f',
  '\u0085',
  '\udcff\udc80',
  '\ud800',
  '\ufffe\uffff\ufdd0',
  '\u{1ffff}',
  '\u202egnp.exe',
  '\u2066\u200f',
  'שלום',
  '日本語の長い名前',
  '😀',
  '\ufeff',
  '\u2028',
  '',
  '   ',
];

const name = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.uint8Array({ maxLength: 10 }).map(decodeName),
);
const stacks = fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 5 }), fc.nat(1000)), { maxLength: 20 });

t.test('layout', async (t) => {
  t.test('children stand within their parent, side by side, and account for all of it', async () => {
    fc.assert(
      fc.property(stacks, fc.constantFrom(0.1, 5, 100), (stacks, minWidth) => {
        const trie = trieOf(stacks);
        const layout = layoutFrames(trie, 1180, minWidth);
        const total = stacks.reduce((sum, [, value]) => sum + value, 0);
        assert.equal(layout.values[0] ?? 0, total);
        const ends: number[] = [];
        for (let i = 0; i < layout.length; i++) {
          const depth = layout.depths[i] as number;
          const start = layout.starts[i] as number;
          const end = start + (layout.values[i] as number);
          assert.ok((layout.values[i] as number) * layout.scale >= minWidth);
          assert.ok(depth === 0 || end <= (ends[depth - 1] as number), 'within the parent');
          if (i > 0 && depth === layout.depths[i - 1])
            assert.ok(start >= (ends[depth] as number), 'beside its sibling');
          ends[depth] = end;
        }
        for (let i = 0; i < layout.length; i++) {
          let drawn = 0;
          const depth = layout.depths[i] as number;
          for (let j = i + 1; j < layout.length && (layout.depths[j] as number) > depth; j++) {
            if (layout.depths[j] === depth + 1) drawn += layout.values[j] as number;
          }
          const node = layout.nodes[i] as number;
          assert.equal((layout.hidden[i] as number) + drawn + trie.self(node, 0), layout.values[i]);
        }
      }),
    );
  });

  t.test('siblings stand in byte order', async (t) => {
    const trie = trieOf(['😀', '\uffee', 'b', 'a', 'B'].map((name) => [[name], 1]));
    const layout = layoutFrames(trie, 1180);
    t.same(
      Array.from(layout.nodes, (node) => trie.texts.text(trie.name(node))),
      ['all', 'B', 'a', 'b', '\uffee', '😀'],
    );
  });

  t.test('a stack of 20,000 frames', async (t) => {
    t.equal(layoutFrames(trieOf([[Array(20_000).fill('d'), 1]]), 1180).maxDepth, 20_000);
  });
});

t.test('labels are cut to their room', async (t) => {
  t.equal(fitText('newfstatat', 200), 'newfstatat');
  t.equal(fitText('newfstatat', 60), 'newfst..');
  t.equal(fitText('newfstatat', 22), 'n..');
  t.equal(fitText('newfstatat', 21), '');
  t.equal(fitText('日本語の名前', 60), '日本語..', 'wide letters take two columns');
  t.equal(fitText('😀😀😀😀😀', 60), '😀😀😀..', 'and are not cut in two');
});

t.test('black text is legible on every colour', async (t) => {
  let least = 21;
  for (let i = 0; i < 20_000; i++) {
    for (const isLeaf of [false, true]) least = Math.min(least, contrast(TEXT_COLOR, frameColor(`/name-${i}`, isLeaf)));
  }
  for (const color of [ROOT_COLOR, MATCH_COLOR]) least = Math.min(least, contrast(TEXT_COLOR, color));
  t.ok(least >= 4.5, `least contrast ${least.toFixed(1)}`);
  t.equal(contrast('#000000', '#ffffff'), 21);
});

t.test('every picture is well-formed and inert', async (t) => {
  const xmllint = spawnSync('xmllint', ['--version']).error === undefined;
  const pictures = fc
    .sample(fc.tuple(stacks, name), 150)
    .map(([stacks, text]) =>
      svgOf(trieOf(stacks), { title: text, subtitle: text, notice: text, countname: text, description: [text, text] }),
    );
  const all = hostile.map((name) => [[name, `${name}/`, name], 5] as Stack);
  pictures.push(svgOf(trieOf(all)), svgOf(trieOf([])));
  const dir = t.testdir();
  const files = pictures.map((picture, i) => {
    const file = `${dir}/${i}.svg`;
    writeFileSync(file, picture);
    return file;
  });
  t.test('xmllint takes it', { skip: xmllint ? false : 'xmllint is not installed' }, async (t) => {
    const { status, stderr } = spawnSync('xmllint', ['--noout', ...files], { encoding: 'utf8' });
    t.equal(status, 0, stderr.slice(0, 2000));
  });
  for (const picture of pictures.slice(-40)) {
    const { document } = new JSDOM(picture, { contentType: 'image/svg+xml' }).window;
    t.equal(document.querySelectorAll('script').length, 1);
    const kinds = new Set([...document.querySelectorAll('*')].map(({ localName }) => localName));
    t.strictSame(
      [...kinds].filter((kind) => !/^(svg|title|desc|style|rect|text|g|script)$/.test(kind)),
      [],
    );
    const attributes = [...document.querySelectorAll('*')].flatMap((element) => element.getAttributeNames());
    t.notOk(attributes.some((attribute) => /^on|href/.test(attribute)));
  }
  const visible = pictures.join('').replace(/<script>.*?<\/script>/gs, '');
  t.notMatch(visible, /[\u202a-\u202e\u200e\u200f\u2066]/, 'no mark that reorders');
});

t.test('the same stacks give the same bytes', async () => {
  fc.assert(
    fc.property(stacks, (stacks) => {
      assert.equal(svgOf(trieOf(stacks)), svgOf(trieOf(stacks.toReversed())));
    }),
  );
});

t.test('goldens (UPDATE_GOLDEN=1 rewrites them)', async (t) => {
  const profile = new Profile(['comm', 'path', 'syscall']);
  const rows: readonly (readonly [string, string, string, readonly number[]])[] = [
    ['postgres', '/var/lib/pg_wal/0001', 'fdatasync', [23, 0, 410e6, 210e6, 0, 3e9]],
    ['postgres', '/var/lib/pg_wal/0001', 'pwrite64', [4096, 3, 30e6, 1e6, 16 * 2 ** 20, 1e9]],
    ['postgres', 'socket\0tcp\x0010.0.0.5\0:5432', 'recvfrom', [90, 0, 90e6, 9e6, 8e5, 0]],
    ['npm test', '/home/ann/a;b\n<c>.js', 'newfstatat', [1, 1, 120e6, 120e6, 0, 0]],
    ['npm test', '/home/ann/tiny', 'close', [1, 0, 1000, 1000, 0, 0]],
    ['npm test', '', 'sync', [1, 0, 50e6, 50e6, 0, 0]],
  ];
  for (const [comm, path, syscall, weights] of rows) {
    profile.add(
      [comm, path, syscall].map((text) => profile.texts.id(text)),
      weights,
    );
  }
  const empty = new Profile(['comm', 'path', 'syscall']);
  const cases: Readonly<Record<string, string>> = {
    duration: svgOf(foldProfile(profile), { title: 'ior-flame', description: ['kernel 6.18', 'calls lost: 0'] }),
    bytes: svgOf(foldProfile(profile, { weight: 'bytes', pathFrames: 'whole' }), { title: 'Bytes', subtitle: '30 s' }),
    samples: svgOf(
      trieOf([
        [['a', 'b'], 1],
        [['a'], 1233.4],
      ]),
      { countname: 'reads', width: 600, minWidth: 2 },
    ),
    empty: svgOf(foldProfile(empty), { title: 'ior-flame', notice: 'No call matched --path /nowhere in 30 s.' }),
  };
  mkdirSync('test/render', { recursive: true });
  for (const [name, svg] of Object.entries(cases)) {
    const file = `test/render/${name}.svg`;
    const shown = svg.replace(/<script>.*<\/script>\n/s, '');
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, shown);
    if (existsSync(file)) t.equal(shown, readFileSync(file, 'utf8'), name);
    else t.fail(`${file} is missing: UPDATE_GOLDEN=1 makes it`);
  }
});
