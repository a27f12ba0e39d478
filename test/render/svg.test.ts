// The picture as it is written, before any script: what readers of flame graphs expect to find, and that it is well-formed, inert
// and the same for whatever there is in names and options.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { JSDOM } from 'jsdom';
import t from 'tap';
import { foldProfile } from '../../src/fold/fold.ts';
import { visibleName } from '../../src/model/escape.ts';
import { Profile } from '../../src/model/profile.ts';
import { fitText, LETTER_WIDTH } from '../../src/render/geometry.ts';
import {
  capture,
  captureTrie,
  differenceOf,
  drawnFrames,
  HOSTILE,
  NAME,
  STACKS,
  type Stack,
  svgOf,
  trieOf,
} from './pictures.ts';

const titles = (svg: string) => drawnFrames(svg).map(({ title }) => title);

t.test('tooltips of samples are those of flamegraph.pl', async (t) => {
  const trie = trieOf([
    [['a', 'b'], 1234],
    [['a'], 8766],
    [['c'], 1.4],
  ]);
  t.same(titles(svgOf(trie)), [
    'all (10,001 samples, 100%)',
    'a (10,000 samples, 99.99%)',
    'b (1,234 samples, 12.34%)',
    'c (1 samples, 0.01%)',
  ]);
  t.match(titles(svgOf(trie, { countname: 'us' }))[2], 'b (1,234 us, 12.34%)');
  t.match(titles(svgOf(trie, { total: 20000 }))[0], 'all (20,000 samples, 100%)');
  t.same(titles(svgOf(trieOf([[['foo_[k]', 'bar_[j]', 'baz_[x]'], 1]]))).slice(1), [
    'foo (1 samples, 100.00%)',
    'bar (1 samples, 100.00%)',
    'baz_[x] (1 samples, 100.00%)',
  ]);
});

t.test('tooltips of captures tell all weights and the joined path', async (t) => {
  const all = titles(svgOf(captureTrie()));
  t.has(all, ['all: 740 ms (100 %) · 4,214 calls · 16.8 MiB · 4 errors · longest 210 ms · gap 4 s']);
  t.ok(all.includes('/var/lib/pg_wal: 440 ms (59.5 %) · 4,119 calls · 16 MiB · 3 errors · longest 210 ms · gap 4 s'));
  t.ok(
    all.includes(
      'pwrite64: 30 ms (4.1 %) · 4,096 calls · 16 MiB · 3 errors · longest 1 ms · gap 1 s\n/var/lib/pg_wal/0001',
    ),
  );
  t.ok(all.includes('sync: 50 ms (6.8 %) · 1 call · longest 50 ms'), 'a call without a file');
  t.ok(all.includes('recvfrom: 90 ms (12.2 %) · 90 calls · 781 KiB · longest 9 ms'), 'a socket is no path');
  const bytes = titles(svgOf(foldProfile(capture(), { weight: 'bytes', pathFrames: 'whole' })));
  t.match(bytes[0], /^all: 16.8 MiB \(100 %\) · 740 ms · /);
  t.ok(bytes.some((title) => title.startsWith('pwrite64: 16 MiB') && title.endsWith('\n/var/lib/pg_wal/0001')));
  const calls = titles(svgOf(foldProfile(capture(), { weight: 'count' }), { countname: 'calls' }));
  t.match(calls[0], /^all: 4,214 calls \(100 %\) · /);
});

t.test('paths', async (t) => {
  const joined = (stack: readonly string[], isReversed = false) =>
    titles(svgOf(trieOf([[stack, 1]]), { isReversed })).map((title) => title.split(' (')[0]);
  t.same(joined(['cat', '/usr', '/lib', 'x']), ['all', 'cat', '/usr', '/usr/lib', 'x']);
  t.same(joined(['...', '/a', '/b']), ['all', '...', '.../a', '.../a/b']);
  t.same(
    joined(['/usr/bin/node', '/app', '/x.js']),
    ['all', '/usr/bin/node', '/app', '/app/x.js'],
    'a whole path before',
  );
  t.same(joined(['/', '/a']), ['all', '/', '/a']);
  t.same(joined(['read', '/lib', '/usr', 'cat'], true), ['all', 'read', '/lib', '/usr/lib', 'cat']);
});

t.test('layout is that of flamegraph.pl', async (t) => {
  const stacks: readonly Stack[] = [
    [['a', 'b'], 50],
    [['c'], 50],
  ];
  const svg = svgOf(trieOf(stacks), { title: 'T' });
  t.match(svg, /<svg [^>]*width="1200" height="118" viewBox="0 0 1200 118"/, '36 above, 3 frames of 16, 34 below');
  t.match(svg, /<text class="title" x="600" y="24" text-anchor="middle" font-size="17" fill="#000000">T</);
  const [root, a, b, c] = drawnFrames(svg);
  t.match(root, { x: 10, y: 69, width: 1179.5, height: 15, label: 'all' });
  t.match(a, { x: 10, y: 53, width: 589.5 });
  t.match(b, { x: 10, y: 37 });
  t.match(c, { x: 600, y: 53, width: 589.5 });
  const [, subtitle] = /height="(\d+)"/.exec(svgOf(trieOf(stacks), { subtitle: 'S' })) ?? [];
  t.equal(subtitle, '142', 'a subtitle takes 24');
  const inverted = drawnFrames(svgOf(trieOf(stacks), { inverted: true }));
  t.same(
    inverted.map(({ y }) => y),
    [36, 52, 68, 52],
  );
  const other = svgOf(trieOf(stacks), { width: 800, height: 20, fontSize: 10, isFluid: false });
  t.match(other, /width="800" height="120"/, '30 + 3 × 20 + 30');
  t.equal(drawnFrames(other)[0]?.height, 19);
});

t.test('titles', async (t) => {
  const trie = trieOf([[['a'], 1]]);
  t.match(svgOf(trie), '<title>Flame graph</title>');
  t.match(svgOf(trie, { inverted: true }), '<title>Icicle graph</title>');
  t.match(svgOf(trie, { title: 'x < y' }), '<title>x &lt; y</title>');
  t.match(svgOf(trie, { notes: 'n--n', description: ['d'] }), '<desc>d\nn--n</desc>');
  t.match(svgOf(trieOf([]), { notice: 'why' }), /<text class="notice"[^>]*>why</);
  t.notMatch(svgOf(trieOf([])), '<script>', 'nothing to run for');
});

t.test('backgrounds', async (t) => {
  const trie = trieOf([[['a'], 1]]);
  t.match(svgOf(trie), /class="ior-flame auto".*class="back"[^>]*fill="#ffffff"/s);
  t.match(
    svgOf(trie, { bgcolors: 'yellow' }),
    /<stop stop-color="#eeeeee".*<stop stop-color="#eeeeb0".*fill="url\(#background\)"/s,
  );
  t.notMatch(svgOf(trie, { bgcolors: 'yellow' }), 'class="ior-flame auto"', 'one that was asked for stays in the dark');
  const dark = svgOf(trie, { bgcolors: '#202020' });
  t.match(dark, 'fill="#202020"');
  t.match(dark, /class="title"[^>]*fill="#ffffff"/);
});

t.test('labels are cut to their room', async (t) => {
  const width = 12 * LETTER_WIDTH;
  t.equal(fitText('newfstatat', 200, width), 'newfstatat');
  t.equal(fitText('newfstatat', 60, width), 'newfst..');
  t.equal(fitText('newfstatat', 22, width), 'n..');
  t.equal(fitText('newfstatat', 21, width), '');
  t.equal(fitText('日本語の名前', 60, width), '日本語..', 'wide letters take two columns');
  t.equal(fitText('😀😀😀😀😀', 60, width), '😀😀😀..', 'and are not cut in two');
});

t.test('labels whose width nobody knows are clipped', async (t) => {
  const clipped = (svg: string) => svg.includes('<svg x=');
  t.notOk(clipped(svgOf(trieOf([[['abc'], 1]]))));
  t.ok(clipped(svgOf(trieOf([[['日本'], 1]]))));
  t.ok(clipped(svgOf(trieOf([[['abc'], 1]]), { fontType: 'Comic Sans MS' })));
  t.ok(clipped(svgOf(trieOf([[['abc'], 1]]), { fontWidth: 0.3 })));
});

// The bugs of flamegraph.pl, inferno and d3-flame-graph, by their numbers in interop.md. The second half of 2, and 4, are about what
// the script does: script.test.ts has them.

t.test('bug 1: control bytes, ESC and U+FFFE give a file that opens', async (t) => {
  const svg = svgOf(trieOf([[['a\x00\x01\x08\x1b[31m\x7f\ufffe\uffff\ud800'], 1]]));
  const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
  t.match(document.querySelectorAll('.frames text')[1]?.textContent, 'a\\x00\\x01\\x08\\x1b[31m\\x7f\\xef\\xbf\\xbe');
});

t.test('bug 5: no option is a way in', async (t) => {
  for (const text of HOSTILE) {
    const options = { title: text, subtitle: text, countname: text, nametype: text, fontType: text, notes: text };
    const svg = svgOf(trieOf([[['a'], 1]]), { ...options, notice: text, description: [text] });
    const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
    assert.equal(document.querySelectorAll('script').length, 1, text);
    assert.equal(document.querySelectorAll('[onload]').length, 0, text);
  }
  t.pass('all of them');
});

t.test('bug 6: a name cannot end the script, nor become markup', async (t) => {
  const svg = svgOf(trieOf([[['</script><script>alert(1)</script>', ']]><x/>', '<img src=x onerror=y>'], 1]]));
  const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
  t.equal(document.querySelectorAll('script').length, 1);
  t.equal(document.querySelectorAll('img, x').length, 0);
  const { document: page } = new JSDOM(`<!doctype html><body>${svg.replace(/^<\?xml.*\n/, '')}</body>`).window;
  t.equal(page.querySelectorAll('script').length, 1, 'the same within a page');
  t.equal(page.querySelectorAll('img, x').length, 0);
});

t.test('bug 7: the same stacks give the same bytes, in whatever order', async () => {
  fc.assert(
    fc.property(STACKS, (stacks) => {
      assert.equal(svgOf(trieOf(stacks)), svgOf(trieOf(stacks.toReversed())));
    }),
  );
});

t.test('any name survives', async () => {
  fc.assert(
    fc.property(NAME, (name) => {
      const { document } = new JSDOM(svgOf(trieOf([[[name], 1]])), { contentType: 'image/svg+xml' }).window;
      const shown = visibleName(name).replace(/_\[[kwij]\]$/, '');
      const title = document.querySelectorAll('.frames g title')[1]?.textContent ?? '';
      assert.equal(title.replace(/[\u2068\u2069]/g, ''), `${shown} (1 samples, 100.00%)`);
      const names = document.querySelector('metadata')?.textContent?.split('\n').slice(2) ?? [];
      assert.deepEqual(names, [...new Set(['all', shown])]);
    }),
    { numRuns: 200 },
  );
});

t.test('frames add up, and lie within those that they stand on', async () => {
  fc.assert(
    fc.property(STACKS, (stacks) => {
      const frames = drawnFrames(svgOf(trieOf(stacks)));
      const total = stacks.reduce((sum, [, value]) => sum + value, 0);
      if (total === 0) return assert.equal(frames.length, 0);
      const [root] = frames;
      assert.equal(root?.title, `all (${String(total).replace(/\B(?=(\d{3})+$)/g, ',')} samples, 100%)`);
      for (const { x, y, width } of frames.slice(1)) {
        const below = frames.find(
          (other) => other.y === y + 16 && other.x <= x && x + width <= other.x + other.width + 0.52,
        );
        assert.ok(below, `${x} ${y} ${width}`);
      }
    }),
  );
});

t.test('no handler, no request, one script, one style', async (t) => {
  for (const svg of [svgOf(captureTrie()), svgOf(trieOf(HOSTILE.map((name) => [[name, name], 1])))]) {
    const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
    const elements = [...document.querySelectorAll('*')];
    const kinds = new Set(elements.map(({ localName }) => localName));
    for (const kind of ['svg', 'title', 'style', 'rect', 'text', 'g', 'script', 'metadata']) kinds.delete(kind);
    t.same([...kinds], []);
    const attributes = elements.flatMap((element) => element.getAttributeNames());
    t.same(
      attributes.filter((attribute) => /^on|href|src|^style$/.test(attribute)),
      [],
    );
    t.equal(document.querySelectorAll('style').length + document.querySelectorAll('script').length, 2);
  }
  const scriptOf = (svg: string) => /<script>.*<\/script>|<style>.*<\/style>/s.exec(svg)?.[0];
  const plain = svgOf(trieOf([[['a'], 1]]));
  const dressed = svgOf(captureTrie(), { colors: 'red', bgcolors: 'blue', searchColor: '#123456', fontSize: 9 });
  t.equal(scriptOf(plain), scriptOf(dressed), 'always the same, so that a policy can name them by their hashes');
});

t.test('goldens without script (UPDATE_GOLDEN=1 rewrites them)', async (t) => {
  const cases: Readonly<Record<string, string>> = {
    duration: svgOf(captureTrie(), { title: 'ior-flame', description: ['kernel 6.18', 'calls lost: 0'] }),
    bytes: svgOf(foldProfile(capture(), { weight: 'bytes', pathFrames: 'whole' }), {
      title: 'Bytes',
      subtitle: '30 s',
    }),
    samples: svgOf(
      trieOf([
        [['a', 'b'], 1],
        [['a'], 1233.4],
      ]),
      { countname: 'reads', width: 600, isFluid: false, minWidth: { value: 2, unit: 'px' } },
    ),
    icicle: svgOf(trieOf([[['main', 'Foo::bar', 'sys_read_[k]'], 7]]), {
      inverted: true,
      colors: 'java',
      hash: true,
      bgcolors: 'yellow',
      fontType: 'Verdana',
      nametype: 'Function:',
    }),
    difference: svgOf(
      differenceOf([
        [['main', 'grown'], 10, 30],
        [['main', 'shrunk'], 30, 20],
      ]),
    ),
    empty: svgOf(foldProfile(new Profile(['comm', 'path', 'syscall'])), {
      title: 'ior-flame',
      notice: 'No call matched --path /nowhere in 30 s.',
    }),
  };
  for (const [name, svg] of Object.entries(cases)) {
    const file = join('test/render', `${name}.svg`);
    const shown = svg.replace(/<(script|style)>.*?<\/\1>\n/gs, '');
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, shown);
    if (existsSync(file)) t.equal(shown, readFileSync(file, 'utf8'), name);
    else t.fail(`${file} is missing: UPDATE_GOLDEN=1 makes it`);
  }
});
