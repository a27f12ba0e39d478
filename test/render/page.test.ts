// Pages in a real browser: that they look as they should, that each control works, that they ask for nothing and say nothing in the
// console; and, without one, that whatever a name holds it stays a name. Screenshots of all looks go into the directory
// IOR_SCREENSHOTS, for people to look at.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import { type Browser, type BrowserContextOptions, chromium, type Page as Tab } from 'playwright-core';
import t, { type Test } from 'tap';
// @ts-expect-error: a plain script without types
import { buildPageModule, PAGE_TARGET } from '../../scripts/build-browser.mjs';
import { differenceOf, drawnDifference } from '../../src/fold/difference.ts';
import { foldWithFields } from '../../src/fold/fold.ts';
import { ROOT, Trie } from '../../src/model/trie.ts';
import { PAGE_SCRIPT } from '../../src/render/browser/page/page.generated.ts';
import { type Page, renderPage } from '../../src/render/page.ts';
import { compareGolden, withoutCode } from './goldens.ts';
import { capture, HOSTILE, type Stack, trieOf } from './pictures.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const skip = CHROMIUM === undefined ? 'Chromium is not installed: apt-get install chromium' : false;
const SCREENSHOTS = process.env.IOR_SCREENSHOTS;
const ADDRESS = 'https://pages.test/io.html';

let browser: Browser;

t.before(async () => {
  if (CHROMIUM !== undefined) {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  }
});
t.teardown(() => browser?.close());

function htmlOf(trie: Trie, page?: Page): string {
  return Buffer.concat([...renderPage(trie, page)]).toString();
}

function captured(page: Page = {}): string {
  const { trie, fields } = foldWithFields(capture());
  return htmlOf(trie, {
    title: 'I/O of npm',
    subtitle: 'npm on ann',
    countname: 'calls',
    fields,
    wallNs: 42e9,
    metadata: [['kernel', '6.18']],
    losses: [
      { name: 'unfinished', count: 3, meaning: 'calls still running at the stop' },
      { name: 'names cut', count: 0, meaning: 'paths over 4096 bytes' },
      { name: 'dropped', count: undefined, meaning: 'records' },
    ],
    leftOut: [{ type: 'pipe', calls: 12, durationNs: 1.7e6 }],
    filteredOut: { calls: 0, durationNs: 0 },
    ...page,
  });
}

function difference(page: Page = {}): string {
  const before = trieOf([
    [['cat', '/etc', 'read'], 30],
    [['cat', '/gone', 'read'], 20],
  ]);
  const after = trieOf([
    [['cat', '/etc', 'read'], 90],
    [['cat', '/new', 'read'], 10],
  ]);
  const both = differenceOf(before, after, { normalize: false, stripHex: false });
  return htmlOf(drawnDifference(both, 'after', false), page);
}

async function open(t: Test, html: string, options: BrowserContextOptions & { readonly hash?: string } = {}) {
  const { hash = '', ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1300, height: 800 }, ...rest });
  t.teardown(() => context.close());
  const tab = await context.newPage();
  const complaints: string[] = [];
  tab.on('console', (message) => complaints.push(`console: ${message.text()}`));
  tab.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  await context.route('**/*', (route) => {
    if (route.request().url().split(/[?#]/)[0] === ADDRESS) {
      return route.fulfill({ body: html, headers: { 'content-type': 'text/html' } });
    }
    complaints.push(`request: ${route.request().url()}`);
    return route.abort();
  });
  await tab.goto(ADDRESS + hash);
  return { tab, complaints };
}

async function shoot(tab: Tab, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) await tab.screenshot({ path: `${SCREENSHOTS}/page-${name}.png`, fullPage: true });
}

const labels = (tab: Tab) => tab.locator('g.frame').evaluateAll((frames) => frames.map((frame) => frame.textContent));
const hash = (tab: Tab) => tab.evaluate(() => location.hash);
const frame = (tab: Tab, label: string) => tab.locator('g.frame', { hasText: label }).first().locator('rect');
/** How many frames below it. */
async function level(tab: Tab, label: string): Promise<number> {
  const [box, root] = [await frame(tab, label).boundingBox(), await frame(tab, 'all').boundingBox()];
  return Math.round(((root?.y ?? 0) - (box?.y ?? 0)) / (root?.height ?? 1));
}

const press = (tab: Tab, name: string) => tab.getByRole('button', { name, exact: true }).click();

t.test('page.generated.ts is as its source: npm run build', async (t) => {
  t.equal(readFileSync(PAGE_TARGET, 'utf8'), await buildPageModule());
});

t.test('each control', { skip }, async (t) => {
  const { tab, complaints } = await open(t, captured());
  await shoot(tab, 'light');
  t.equal(
    await tab.locator('#meaning').textContent(),
    'Widths are time in system calls, summed over all threads: 42 s of wall time, 740 ms summed.',
  );
  t.notOk(await tab.locator('.static').count(), 'the static picture has gone');

  await press(tab, 'bytes');
  t.match(
    await tab.locator('#meaning').textContent(),
    /^Widths are bytes that system calls moved: 16\.8 MiB in 42 s\.$/,
  );
  t.equal(await hash(tab), '#weight=bytes');
  await press(tab, 'duration');
  await tab.locator('select').selectOption('syscall → path');
  t.equal(await level(tab, 'fdatasync'), 1);
  await tab.goBack();
  await tab.goBack();
  await tab.goBack();
  t.equal(await hash(tab), '', 'back to where it began');
  t.equal(await level(tab, 'npm test'), 1);

  await frame(tab, '/home').click();
  t.equal(await hash(tab), '#zoom=npm%20test;/home');
  t.notOk((await labels(tab)).includes('postgres'));
  t.strictSame(await tab.locator('.crumbs button bdi').allTextContents(), ['all', 'npm test', '/home']);
  t.equal(await tab.locator('.rows tbody tr').count(), 3, 'the table is narrowed');
  await tab.reload();
  t.notOk((await labels(tab)).includes('postgres'), 'a reload shows the same');
  await press(tab, 'Reset zoom');
  t.ok((await labels(tab)).includes('postgres'));

  await tab.keyboard.press('/');
  await tab.keyboard.type('pg_wal');
  t.equal(await tab.locator('.matched').textContent(), 'Matched: 59.5 %');
  t.ok((await tab.locator('rect[fill="var(--match)"]').count()) > 0);
  await tab.keyboard.press('Enter');
  t.match(await tab.locator('.details').textContent(), /^\/var\/lib\/pg_wal: 440 ms/);
  await press(tab, 'Regular expression');
  await tab.locator('input').fill('(');
  t.equal(await tab.locator('input').getAttribute('aria-invalid'), 'true');
  await tab.keyboard.press('Escape');
  t.equal(await tab.locator('.matched').textContent(), '');

  await tab.getByRole('tab', { name: 'System calls' }).click();
  await tab.locator('.rows').getByRole('button', { name: 'sync', exact: true }).click();
  t.match(await hash(tab), /only=syscall%3Async/);
  t.strictSame(await labels(tab), ['all', 'npm test', 'sync']);
  await press(tab, 'Show hidden');
  await frame(tab, 'postgres').click({ button: 'right' });
  await shoot(tab, 'menu');
  await tab.getByRole('menuitem', { name: /^Hide/ }).click();
  t.notOk((await labels(tab)).includes('postgres'));
  await tab.keyboard.press('Escape');
  t.ok((await labels(tab)).includes('postgres'));

  await press(tab, 'Upside down');
  const root = await frame(tab, 'all').boundingBox();
  const program = await frame(tab, 'postgres').boundingBox();
  t.ok(root && program && root.y < program.y, 'the root is above');
  await press(tab, 'Keys');
  t.ok(await tab.getByRole('dialog', { name: 'Keys' }).isVisible());
  await tab.keyboard.press('Escape');
  t.strictSame(complaints, []);
});

t.test('by keys alone, and what is heard', { skip }, async (t) => {
  const { tab, complaints } = await open(t, captured());
  await tab.locator('.chart').focus();
  await tab.keyboard.press('ArrowUp');
  await tab.keyboard.press('ArrowUp');
  await tab.keyboard.press('ArrowRight');
  const selected = tab.locator('#selected');
  t.equal(await tab.locator('.chart').getAttribute('aria-activedescendant'), 'selected');
  t.equal(await selected.getAttribute('role'), 'treeitem');
  t.match(await selected.getAttribute('aria-label'), /: .*%/);
  const name = await selected.textContent();
  await tab.keyboard.press('Enter');
  t.ok((await hash(tab)).includes('zoom='), `zoomed into ${name}`);
  await tab.keyboard.press('Escape');
  t.equal(await hash(tab), '');
  await tab.keyboard.press('r');
  t.match(await hash(tab), /group=path-comm-syscall/);
  await tab.keyboard.press('?');
  t.ok(await tab.getByRole('dialog').isVisible());
  t.strictSame(complaints, []);
});

t.test('a difference: what disappeared can be seen', { skip }, async (t) => {
  const { tab, complaints } = await open(t, difference());
  t.notOk((await labels(tab)).includes('/gone'));
  t.equal(await frame(tab, '/new').getAttribute('fill'), '#ffafaf');
  await press(tab, 'Disappeared');
  t.ok((await labels(tab)).includes('/gone'));
  t.match(await frame(tab, '/gone').getAttribute('fill'), /^#[0-9a-f]{4}ff$/);
  t.equal(await hash(tab), '#gone=1');
  t.match(await tab.locator('.rows').textContent(), /cat \/etc read3090\+60\+200 %/);
  await shoot(tab, 'difference');
  t.strictSame(complaints, []);
  const meaning = () => tab.locator('#meaning').textContent();
  t.match(
    await meaning(),
    /^Widths are samples after, and before of what has disappeared: 120 samples in all\. Red grew/,
  );
  await tab.keyboard.press('d');
  t.match(await meaning(), /^Widths are samples after: 100 samples in all\. /);
  const reversed = await open(t, difference({ widthFrom: 'before' }));
  t.ok(await reversed.tab.getByRole('button', { name: 'New', exact: true }).isVisible());
});

t.test('light and dark, narrow and wide, printed', { skip }, async (t) => {
  for (const [width, colorScheme] of [
    [320, 'light'],
    [320, 'dark'],
    [2560, 'dark'],
    [2560, 'light'],
  ] as const) {
    const { tab, complaints } = await open(t, captured(), { viewport: { width, height: 900 }, colorScheme });
    await shoot(tab, `${width}-${colorScheme}`);
    t.equal(await tab.evaluate(() => document.documentElement.scrollWidth), width, 'nothing sticks out');
    await tab.emulateMedia({ media: 'print' });
    t.notOk(await tab.locator('.toolbar').isVisible());
    t.ok(await tab.locator('.chart svg').isVisible());
    const printed = await tab.evaluate(() => {
      document.body.style.width = '250px'; // paper is narrower, and nothing is drawn anew for it
      return document.querySelector('.chart svg')?.getBoundingClientRect().width ?? 0;
    });
    t.ok(printed > 100 && printed <= 250, `the graph fits on paper: ${printed}`);
    t.strictSame(complaints, []);
  }
});

t.test('Tab leads to everything that can be used, and each has a name', { skip }, async (t) => {
  const { tab } = await open(t, captured(), { hash: '#zoom=npm%20test;/home&hide=comm%3Ax&search=a' });
  const seen: string[] = [];
  for (let i = 0; i < 60; i++) {
    await tab.keyboard.press('Tab');
    const name = await tab.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      if (element === document.body) return '';
      return `${element.tagName} ${element.getAttribute('aria-label') ?? element.getAttribute('aria-labelledby') ?? element.textContent}`;
    });
    if (name === '') break;
    seen.push(name);
  }
  const controls = await tab
    .locator('button:visible:not([role=tab][tabindex="-1"]):not(:disabled), select:visible, input:visible, summary')
    .count();
  t.equal(seen.length, controls + 2, `besides the controls the graph and the table: ${seen.join(', ')}`);
  for (const name of seen) t.match(name, /^[A-Z]+ ./);
  t.ok(seen.some((name) => name.startsWith('DIV I/O of npm: arrows go')));
});

t.test('addresses of other pages, and those that somebody has made up', { skip }, async (t) => {
  for (const hash of [
    '#zoom=nobody;/home&weight=none&group=x&table=y',
    '#zoom=npm%20test;/gone',
    '#zoom=npm%20test%00x;%00;%E0%A4%A',
    '#only=path%3A/nowhere',
    '#hide=comm%3Anpm%20test&hide=comm%3Apostgres',
    '#search=(&regexp',
    '#&&==&inverted=9&gone',
  ]) {
    const { tab, complaints } = await open(t, captured(), { hash });
    t.ok((await labels(tab)).includes('all'), hash);
    t.notOk(/NaN|undefined|Infinity/.test((await tab.locator('main').textContent()) ?? ''), hash);
    await tab.keyboard.press('Escape');
    await tab.keyboard.press('Escape');
    t.strictSame(complaints, [], hash);
  }
});

t.test(
  'two frames of one name beside each other, as in a flame chart, are zoomed each for itself',
  { skip },
  async (t) => {
    const trie = new Trie([{ name: 'samples', unit: 'samples', merge: 'sum' }]);
    for (const names of [['a', 'x'], ['b'], ['a', 'y']]) {
      const node = trie.append(ROOT, trie.texts.id(names[0] as string));
      trie.add(names[1] === undefined ? node : trie.append(node, trie.texts.id(names[1])), 0, 1);
    }
    const { tab, complaints } = await open(t, htmlOf(trie, { flamechart: true }));
    t.equal(await tab.locator('h1').textContent(), 'Flame chart');
    const tops: (string | null)[] = [];
    for (const i of [0, 1]) {
      const box = await frame(tab, 'all').boundingBox();
      if (box === null) throw new Error('not drawn');
      await tab.mouse.click(box.x + (i === 0 ? 20 : box.width - 20), box.y - box.height / 2);
      const seen = (await labels(tab)).sort();
      t.strictSame(seen.slice(0, 2), ['a', 'all']);
      t.equal(seen.length, 3);
      tops.push(seen[2] as string);
      await tab.reload();
      t.strictSame((await labels(tab)).sort(), seen, 'so the address leads there');
      await tab.keyboard.press('Escape');
      t.equal((await labels(tab)).length, 6);
    }
    t.strictSame(tops.sort(), ['x', 'y']);
    t.strictSame(complaints, []);
  },
);

t.test('what is asked of the look', { skip }, async (t) => {
  const stacks: Stack[] = [
    [['main', 'wide'], 970],
    [['main', 'narrow'], 10],
    [['main', 'dark'], 20],
  ];
  const { tab } = await open(
    t,
    htmlOf(trieOf(stacks), {
      fontSize: 9,
      fontType: 'serif',
      height: 28,
      minWidth: { value: 1.5, unit: '%' },
      nametype: 'Function:',
      searchColor: '#102030',
      inverted: true,
    }),
    { hash: '#search=wide' },
  );
  t.equal(await tab.locator('h1').textContent(), 'Icicle graph');
  t.equal(await tab.locator('g.frame').count(), 4, 'without the narrow one');
  const label = tab.locator('g.frame', { hasText: 'wide' }).locator('.d3-flame-graph-label');
  const style = await label.evaluate((element) => {
    const { fontSize, fontFamily, lineHeight, color } = getComputedStyle(element);
    return { fontSize, fontFamily, lineHeight, color };
  });
  t.strictSame(style, { fontSize: '9px', fontFamily: 'serif', lineHeight: '30px', color: 'rgb(255, 255, 255)' });
  t.equal(await frame(tab, 'wide').evaluate((element) => getComputedStyle(element).fill), 'rgb(16, 32, 48)');
  t.equal(await frame(tab, 'wide').getAttribute('height'), '30');
  t.ok(((await frame(tab, 'wide').boundingBox())?.y ?? 0) > ((await frame(tab, 'all').boundingBox())?.y ?? 0));
  await frame(tab, 'wide').hover();
  t.match(await tab.locator('.details').textContent(), /^Function: wide/);
});

t.test('without scripts there is a picture, and all facts', { skip }, async (t) => {
  const { tab } = await open(t, captured(), { javaScriptEnabled: false });
  await shoot(tab, 'static');
  await tab.setViewportSize({ width: 320, height: 600 });
  await shoot(tab, 'static-320');
  t.ok(((await tab.locator('.static svg').boundingBox())?.width ?? 0) > 700, 'names are still legible, it is scrolled');
  t.equal(await tab.evaluate(() => document.documentElement.scrollWidth), 320);
  t.ok(await tab.locator('.static svg').isVisible());
  const text = (await tab.locator('body').textContent()) ?? '';
  for (const fact of [
    'postgres',
    'Scripts are blocked',
    '42 s of wall time',
    '6.18',
    'pipe',
    'unfinished',
    'unknown',
    'names cut',
  ]) {
    t.ok(text.includes(fact), fact);
  }
});

t.test('an empty capture', { skip }, async (t) => {
  const html = htmlOf(trieOf([]), { notice: 'No system call was seen: <nothing> in scope.' });
  const { tab, complaints } = await open(t, html);
  await shoot(tab, 'empty');
  t.ok(((await tab.locator('body').textContent()) ?? '').includes('<nothing> in scope'));
  t.strictSame(complaints, []);
});

t.test('hostile names in every text: none is markup, none runs', { skip }, async (t) => {
  const stacks = HOSTILE.map((name, i): Stack => [[name, HOSTILE[(i * 7) % HOSTILE.length] as string, 'read'], 100]);
  for (const text of HOSTILE) {
    const html = htmlOf(trieOf(stacks), {
      title: text,
      subtitle: text,
      countname: text,
      notes: text,
      remarks: [text],
      metadata: [[text, text]],
      losses: [{ name: text, count: 1, meaning: text }],
      leftOut: [{ type: text, calls: 1, durationNs: 1 }],
      notice: text,
    });
    const { document } = new JSDOM(html).window;
    t.equal(document.querySelectorAll('script').length, 1);
    const odd = [...document.querySelectorAll('*')].filter((element) =>
      element.getAttributeNames().some((name) => /^on|^href|^src/.test(name)),
    );
    t.equal(odd.length, 0);
  }
  const { tab, complaints } = await open(t, htmlOf(trieOf(stacks)));
  const seen = await labels(tab);
  for (const name of ['<script>alert(1)</script>', ']]>', '&amp;', '__proto__', '[no name]'])
    t.ok(seen.includes(name), name);
  for (const at of [3, 9, 12]) {
    await tab.locator('g.frame').nth(at).locator('rect').click();
    await tab.mouse.move(600, 300);
    await tab.keyboard.press('Escape');
  }
  t.strictSame(complaints, []);
});

t.test(
  'goldens: what a page says of its data, without script, style, notices and picture (UPDATE_GOLDEN=1)',
  async (t) => {
    const cases = {
      page: captured(),
      'page-folded': htmlOf(
        trieOf([
          [['main', 'Foo::bar', '<b>&'], 7.5],
          [['main'], 1],
        ]),
        {
          countname: 'reads',
          notes: 'a note',
          fontSize: 9,
          fontType: 'Verdana',
          height: 20,
          minWidth: { value: 2, unit: '%' },
          nametype: 'Function:',
          searchColor: '#123456',
          inverted: true,
          total: 20,
        },
      ),
      'page-difference': difference({ colors: 'orange-blue', negate: true, sides: ['a', 'b'], showsGone: true }),
      'page-empty': htmlOf(trieOf([]), {
        notice: 'No call matched --path /nowhere in 30 s.',
        metadata: [['kernel', '6.18']],
      }),
    };
    for (const [name, html] of Object.entries(cases)) compareGolden(t, `test/render/${name}.html`, withoutCode(html));
  },
);

t.test('the policy allows the script and the styles by their hashes, and nothing else', async (t) => {
  const html = captured();
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
  t.match(policy, /^default-src 'none'; /);
  t.notMatch(policy, /unsafe|https?:|\*/);
  const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  t.ok(policy.includes(digest(PAGE_SCRIPT)));
  for (const [, style = ''] of html.matchAll(/<style>(.*?)<\/style>/gs)) t.ok(policy.includes(digest(style)));
  const notices = /<pre>(.*?)<\/pre>/s.exec(html)?.[1] ?? '';
  for (const name of ['d3-flame-graph', 'd3-selection', 'Mike Bostock', 'Apache License']) t.ok(notices.includes(name));
  t.ok(notices.split('\n').length > 100, 'in lines');
  t.notMatch(notices, /\\x0a/);
});

t.test('the policy is enforced', { skip }, async (t) => {
  const evil = [
    '<script>window.evil = "script"</script>',
    '<style>body { color: rgb(1, 2, 3) !important }</style>',
    '<img src="https://evil.test/a.png" onerror="window.evil = 2">',
    '<link rel="stylesheet" href="https://evil.test/a.css">',
    '<iframe src="https://evil.test/"></iframe>',
  ];
  const { tab, complaints } = await open(t, captured().replace('</body>', `${evil.join('')}</body>`));
  const seen = await tab.evaluate(() => {
    const sinks = { markup: 'let through', request: 'let through' };
    try {
      document.body.insertAdjacentHTML('beforeend', '<b>x</b>');
    } catch (error) {
      sinks.markup = (error as Error).name;
    }
    return fetch('https://evil.test/b')
      .catch((error: Error) => (sinks.request = error.name))
      .then(() => ({ ...sinks, evil: Reflect.get(window, 'evil'), color: getComputedStyle(document.body).color }));
  });
  t.strictSame([seen.markup, seen.request, seen.evil], ['TypeError', 'TypeError', undefined]);
  t.not(seen.color, 'rgb(1, 2, 3)');
  t.strictSame(
    complaints.filter((complaint) => complaint.startsWith('request')),
    [],
    'and nothing leaves the page',
  );
  t.ok((await labels(tab)).includes('postgres'), 'the page itself works');
});
