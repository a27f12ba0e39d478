// The picture in a real browser: that it looks as it should, works as it should, asks for nothing and says nothing in the console.
// Screenshots of all looks go into the directory IOR_SCREENSHOTS, for people to look at.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import type { Picture } from '../../src/render/svg.ts';
import { captureTrie, differenceOf, HOSTILE, type Stack, svgOf, trieOf } from './pictures.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const skip = CHROMIUM === undefined ? 'Chromium is not installed: apt-get install chromium' : false;
const SCREENSHOTS = process.env.IOR_SCREENSHOTS;
const ADDRESS = 'https://pictures.test/io.svg';

let browser: Browser;

t.before(async () => {
  if (CHROMIUM !== undefined) {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  }
});
t.teardown(() => browser?.close());

interface Opened {
  readonly page: Page;
  /** What went wrong, and what was asked for besides the page itself. */
  readonly complaints: readonly string[];
}

/** @param headers of the answer that the picture comes in; `type` is its Content-Type */
async function open(
  t: Test,
  svg: string,
  options: BrowserContextOptions & { readonly hash?: string; readonly type?: string; readonly policy?: string } = {},
): Promise<Opened> {
  const { hash = '', type = 'image/svg+xml', policy, ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1220, height: 600 }, ...rest });
  t.teardown(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  await context.route('**/*', (route) => {
    if (route.request().url().split(/[?#]/)[0] !== ADDRESS) {
      complaints.push(`request: ${route.request().url()}`);
      return route.abort();
    }
    const headers = { 'content-type': type, ...(policy === undefined ? {} : { 'content-security-policy': policy }) };
    return route.fulfill({ body: svg, headers });
  });
  await page.goto(ADDRESS + hash);
  return { page, complaints };
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/** What is behind `#`; page.url() may be late. */
function hash(page: Page): Promise<string> {
  return page.evaluate(() => location.hash);
}

function labels(page: Page): Promise<string[]> {
  return page.locator('.frames text').allTextContents();
}

async function clickFrame(page: Page, label: string, button: 'left' | 'right' = 'left'): Promise<void> {
  const box = await page.locator('.frames text', { hasText: label }).first().boundingBox();
  await page.mouse.click((box?.x ?? 0) + 2, (box?.y ?? 0) + 6, { button });
}

const STACKS: readonly Stack[] = [
  [['cat', '/var', '/log', 'read'], 600],
  [['cat', '/var', '/read-me', 'read'], 100],
  [['dd', '/dev', 'write'], 300],
];

t.test('zoom, search, keys, address, back', { skip }, async (t) => {
  const { page, complaints } = await open(t, svgOf(captureTrie(), { title: 'I/O by time', subtitle: 'npm on ann' }));
  await page.waitForTimeout(200);
  await shoot(page, 'capture');
  t.equal(await page.locator('.frames text').count(), 20);
  const svgBox = await page.locator('svg.ior-flame').boundingBox();
  t.equal(svgBox?.width, 1220, 'the width of the window');

  await clickFrame(page, '/home');
  t.equal(await hash(page), '#zoom=npm%20test;/home');
  t.notOk((await labels(page)).includes('postgres'));
  await shoot(page, 'capture-zoomed');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  t.match(await page.locator('.details').textContent(), /^\/home\/ann\/a;b\\x0a<c>\.js: 120 ms \(16\.2 %\)/);
  await page.keyboard.press('Enter');
  t.equal(await hash(page), '#zoom=npm%20test;/home;/ann;/a%3Bb%5Cx0a%3Cc%3E.js');
  await page.goBack();
  t.equal(await hash(page), '#zoom=npm%20test;/home');
  await page.goBack();
  t.ok((await labels(page)).includes('postgres'));

  await page.keyboard.press('/');
  await page.keyboard.type('pg_wal');
  t.equal(await page.locator('.matched').textContent(), 'Matched: 59.5 %');
  await shoot(page, 'capture-searched');
  await page.keyboard.press('Enter');
  t.match(await page.locator('.details').textContent(), /^\/var\/lib\/pg_wal: 440 ms/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('r');
  t.equal((await labels(page))[1], 'fdatasync');
  await shoot(page, 'capture-reversed');
  await page.reload();
  t.equal((await labels(page))[1], 'fdatasync', 'a reload shows the same');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await shoot(page, 'keys');
  await page.keyboard.press('Escape');
  await page.keyboard.press('r');
  await clickFrame(page, 'postgres', 'right');
  await shoot(page, 'menu');
  await page.keyboard.press('Escape');
  t.same(complaints, []);
});

t.test('the frame under the pointer, wherever the page is scrolled to', { skip }, async (t) => {
  const deep: Stack = [Array.from({ length: 80 }, (_, i) => `frame-${i}`), 5000];
  const { page, complaints } = await open(t, svgOf(trieOf([...STACKS, deep])));
  await page.waitForTimeout(200);
  t.ok(await page.evaluate(() => window.scrollY > 100), 'the root is in sight at first');
  await shoot(page, 'deep');
  await clickFrame(page, 'frame-3');
  t.equal(await hash(page), '#zoom=frame-0;frame-1;frame-2;frame-3');
  const box = async (selector: string) => page.locator(selector).boundingBox();
  await page.mouse.wheel(0, -5000);
  await page.waitForTimeout(200);
  t.equal(Math.round((await box('.foot .bar'))?.y ?? 0), 600 - 34, 'the line below stays in sight');
  t.ok(((await box('input'))?.y ?? 999) < 20, 'and so does the search');
  await page.mouse.move(600, 300);
  t.match(await page.locator('.details').textContent(), /^frame-\d+ \(5,000 samples/);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  t.same(complaints, []);
});

t.test('dark and light, narrow and wide, each option', { skip }, async (t) => {
  const looks: readonly (readonly [string, string, BrowserContextOptions])[] = [];
  const add = (name: string, svg: string, options: BrowserContextOptions = {}) =>
    (looks as [string, string, BrowserContextOptions][]).push([name, svg, options]);
  const capture = svgOf(captureTrie(), { title: 'I/O by time', subtitle: 'npm on ann, 2025-07-01 12:00:00 UTC, 30 s' });
  add('dark', capture, { colorScheme: 'dark' });
  add('narrow', capture, { viewport: { width: 420, height: 600 } });
  add('narrow-dark', capture, { viewport: { width: 420, height: 600 }, colorScheme: 'dark' });
  add('wide', capture, { viewport: { width: 1900, height: 500 } });
  const samples = trieOf(STACKS);
  for (const colors of ['hot', 'io', 'mem', 'java'] as const) add(colors, svgOf(samples, { colors }));
  add('hot-dark', svgOf(samples, { colors: 'hot' }), { colorScheme: 'dark' });
  add('icicle', svgOf(samples, { inverted: true, colors: 'aqua' }));
  add('yellow', svgOf(samples, { bgcolors: 'yellow' }), { colorScheme: 'dark' });
  add('verdana', svgOf(samples, { fontType: 'Verdana', fontSize: 14, height: 22, isFluid: false }));
  const changed = differenceOf([
    [['a', 'grown'], 10, 30],
    [['a', 'shrunk'], 30, 20],
    [['a', 'same'], 10, 10],
  ]);
  add('difference', svgOf(changed));
  add('difference-dark', svgOf(changed), { colorScheme: 'dark' });
  add('empty', svgOf(trieOf([]), { notice: 'Nothing matched.' }));
  add('scripts-blocked', capture, { javaScriptEnabled: false });
  add('scripts-blocked-dark', capture, { javaScriptEnabled: false, colorScheme: 'dark' });
  for (const [name, svg, options] of looks) {
    const { page, complaints } = await open(t, svg, options);
    await page.waitForTimeout(100);
    await shoot(page, name);
    t.same(complaints, [], name);
    const width = await page.evaluate(() => document.documentElement.scrollWidth).catch(() => 0);
    if (!name.startsWith('scripts') && name !== 'verdana') {
      t.ok(width <= (options.viewport?.width ?? 1220), `${name} needs no scroll bar: ${width}`);
    }
    await page.context().close();
  }
});

t.test('it follows the width of its window', { skip }, async (t) => {
  const { page } = await open(t, svgOf(captureTrie()));
  await page.setViewportSize({ width: 700, height: 500 });
  await page.waitForTimeout(200);
  t.equal((await page.locator('svg.ior-flame').boundingBox())?.width, 700);
  const root = await page.locator('.frames path').first().boundingBox();
  t.ok(Math.abs((root?.width ?? 0) - 680) < 2);
  await clickFrame(page, '/home');
  t.equal(await hash(page), '#zoom=npm%20test;/home', 'clicks go where they should');
  const still = await open(t, svgOf(captureTrie(), { isFluid: false }), { viewport: { width: 1500, height: 500 } });
  t.equal((await still.page.locator('svg.ior-flame').boundingBox())?.width, 1200, '--width is kept');
});

t.test('labels stay within their boxes', { skip }, async (t) => {
  const names = [
    ...HOSTILE,
    'WWWWWWWWWW',
    'mmmmmmmmmm',
    'iiiiiiiiii',
    '\ufdfd\ufdfd\ufdfd\ufdfd',
    '༻༻༻༻༻༻༻',
    '👨‍👩‍👧‍👦👨‍👩‍👧‍👦',
  ];
  const trie = trieOf(names.map((name): Stack => [[name, `${name}${name}`], 1]));
  for (const withScript of [true, false]) {
    for (const picture of [{}, { fontType: 'serif' }, { fontType: 'Impact', fontWidth: 0.2 }] satisfies Picture[]) {
      const svg = svgOf(trie, { ...picture, isFluid: false });
      // without its script the picture stands in a page, so that this one can still look at it
      const bare = `<!doctype html><body style="margin:0">${svg.replace(/<script>.*<\/script>|^<\?xml.*\n/gs, '')}</body>`;
      const type = withScript ? 'image/svg+xml' : 'text/html';
      const { page } = await open(t, withScript ? svg : bare, { type });
      // of a label that is clipped what counts is its clip
      const out = await page.evaluate(() => {
        const wide: string[] = [];
        for (const text of document.querySelectorAll<SVGTextElement>('.frames text')) {
          const clip = text.parentElement?.closest('svg:not(.ior-flame)');
          const x = Number((clip ?? text).getAttribute('x'));
          const width = clip ? Number(clip.getAttribute('width')) : text.getComputedTextLength();
          const rect = text.closest('.frames > g')?.querySelector('rect');
          const limit = rect ? Number(rect.getAttribute('x')) + Number(rect.getAttribute('width')) : 1190;
          if (x + width > limit + 0.6) wide.push(`${text.textContent}: ${x + width} > ${limit}`);
        }
        return wide;
      });
      t.same(out, [], JSON.stringify({ picture, withScript }));
      await page.context().close();
    }
  }
});

t.test('under a policy that allows our script and our style by their hashes', { skip }, async (t) => {
  const svg = svgOf(captureTrie());
  const digest = (text: string | undefined) =>
    `'sha256-${createHash('sha256')
      .update(text ?? '')
      .digest('base64')}'`;
  const script = digest(/<script><!\[CDATA\[(.*)\]\]><\/script>/s.exec(svg)?.[1]);
  const style = digest(/<style>(.*?)<\/style>/s.exec(svg)?.[1]);
  const policy = `default-src 'none'; script-src ${script}; style-src ${style}`;
  const { page, complaints } = await open(t, svg, { policy, colorScheme: 'dark' });
  await page.keyboard.press('/');
  await page.keyboard.type('pg_wal');
  t.equal(await page.locator('.matched').textContent(), 'Matched: 59.5 %');
  await clickFrame(page, 'postgres', 'right');
  await page.keyboard.press('Enter');
  t.equal(await hash(page), '#zoom=postgres&search=pg_wal');
  t.same(complaints, []);

  const strict = await open(t, svg, { policy: "sandbox; default-src 'none'; img-src 'self'; style-src 'self'" });
  await shoot(strict.page, 'styles-blocked');
  t.ok(
    strict.complaints.every((complaint) => /Content Security Policy|sandboxed/.test(complaint)),
    'Jenkins',
  );
  const fill = await strict.page
    .locator('.frames rect')
    .nth(1)
    .evaluate((rect) => getComputedStyle(rect).fill)
    .catch(() => '');
  t.not(fill, 'rgb(0, 0, 0)');
});

t.test('in a page: two pictures, an <img>, an address that is not theirs', { skip }, async (t) => {
  const svg = svgOf(trieOf(STACKS));
  const inline = svg.replace(/^<\?xml.*\n/, '');
  const image = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body style="margin:0">
    <div style="width:900px">${inline}</div><div style="width:600px">${inline}</div><img src="${image}"></body>`;
  const { page, complaints } = await open(t, html, { type: 'text/html', viewport: { width: 1300, height: 900 } });
  await page.waitForTimeout(200);
  await shoot(page, 'in-a-page');
  const pictures = page.locator('svg.ior-flame');
  t.equal(await pictures.count(), 2);
  t.equal((await pictures.nth(1).boundingBox())?.width, 600);
  await pictures.nth(0).locator('input').fill('dd');
  t.equal(await pictures.nth(0).locator('.matched').textContent(), 'Matched: 30 %');
  t.equal(await pictures.nth(1).locator('.matched').textContent(), '');
  const dd = await pictures.nth(1).locator('.frames text', { hasText: 'dd' }).boundingBox();
  await page.mouse.click((dd?.x ?? 0) + 3, (dd?.y ?? 0) + 6);
  t.equal(await pictures.nth(1).locator('.frames text').count(), 4);
  t.equal(await pictures.nth(0).locator('.frames text').count(), 10);
  await page.mouse.click(1250, 850);
  await page.keyboard.press('r');
  t.equal(await page.locator('[aria-pressed=true]').count(), 0, 'keys outside are not theirs');
  t.equal(page.url(), ADDRESS);
  t.same(complaints, []);
});

t.test('no name and no option gets out of its place', { skip }, async (t) => {
  const trie = trieOf(HOSTILE.map((name): Stack => [[name, '<img src=x onerror=alert(1)>'], 1]));
  const text = HOSTILE.join(' ');
  const picture = { title: text, subtitle: text, countname: text, nametype: text, fontType: text, notes: text };
  const { page, complaints } = await open(t, svgOf(trie, { ...picture, description: HOSTILE }));
  await page.keyboard.press('/');
  await page.keyboard.type('<img');
  await page.keyboard.press('Enter');
  for (let x = 20; x < 1200; x += 20) await page.mouse.move(x, 90);
  t.same(complaints, []);
  t.equal(await page.locator('img').count(), 0);
});

t.test('what is heard', { skip }, async (t) => {
  const { page } = await open(t, svgOf(trieOf(STACKS), { title: 'What cat waits for' }));
  await page.waitForTimeout(400);
  const tree = await page.locator('svg.ior-flame').ariaSnapshot();
  t.match(tree, /tree "What cat waits for"/);
  t.match(tree, /treeitem "cat \(700 samples, 70\.00%\)"/);
  t.match(tree, /textbox "Search names and paths"/);
  await page.keyboard.press('Tab');
  for (
    let i = 0;
    i < 12 && !(await page.evaluate(() => document.activeElement?.getAttribute('role') === 'treeitem'));
    i++
  ) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  t.match(await page.locator('[role=status]').textContent(), 'Zoomed: cat (700 samples');
});
