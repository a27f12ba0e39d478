import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import { chromium } from 'playwright-core';
import t from 'tap';
// @ts-expect-error: a plain script without types
import { buildBrowserModule, TARGET } from '../scripts/build-browser.mjs';
import { ROOT, Trie } from '../src/model/trie.ts';
import { FLAME_SCRIPT } from '../src/render/browser/flame.generated.ts';
import { renderSvg } from '../src/render/svg.ts';

const CHROMIUM = '/usr/bin/chromium';

function picture(extra: readonly (readonly [readonly string[], number])[] = []): string {
  const trie = new Trie([{ name: 'durationNs', unit: 'ns', merge: 'sum' }]);
  const stacks: readonly (readonly [readonly string[], number])[] = [
    [['cat', '/var', '/log', 'read'], 600],
    [['cat', '/var', '/read-me', 'read'], 100],
    [['dd', '/dev', 'write'], 300],
    ...extra,
  ];
  for (const [frames, value] of stacks) {
    let node = ROOT;
    for (const frame of frames) node = trie.child(node, trie.texts.id(frame));
    trie.add(node, 0, value * 1e6);
  }
  return Buffer.concat([...renderSvg(trie, { title: 'test' })]).toString();
}

/** The picture in jsdom, its script run, and what a reader does with it. */
function open(svg: string) {
  const { window } = new JSDOM(svg, {
    contentType: 'image/svg+xml',
    runScripts: 'outside-only',
    pretendToBeVisual: true,
  });
  window.eval(FLAME_SCRIPT); // jsdom runs no script elements of SVG
  const { document } = window;
  const find = (selector: string) => document.querySelector(selector) as Element;
  const frame = (name: string) => find(`.frames g[data-n="${name}"]`);
  return {
    find,
    frame,
    click: (element: Element) => element.dispatchEvent(new window.MouseEvent('click', { bubbles: true })),
    hover: (element: Element) => element.dispatchEvent(new window.MouseEvent('mouseover', { bubbles: true })),
    press: (key: string, ctrlKey = false) => {
      const event = new window.KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true });
      document.documentElement.dispatchEvent(event);
      return event;
    },
    search: (text: string, isRegExp = false) => {
      const [input, box] = document.querySelectorAll('input') as unknown as [HTMLInputElement, HTMLInputElement];
      input.value = text;
      box.checked = isRegExp;
      input.dispatchEvent(new window.Event('input'));
      return find('.matched').textContent;
    },
    width: (name: string) => Number(frame(name).querySelector('rect')?.getAttribute('width')),
    isHidden: (element: Element) => element.classList.contains('hide'),
    matches: () => [...document.querySelectorAll('.match')].map((group) => group.getAttribute('data-n')),
  };
}

t.test('the embedded script is that of flame.ts', async (t) => {
  t.equal(readFileSync(TARGET, 'utf8'), await buildBrowserModule(), 'node scripts/build-browser.mjs makes it anew');
  for (const end of [']]>', '</', '<!--']) t.notOk(FLAME_SCRIPT.includes(end), `never ${end}`);
});

t.test('zoom and reset', async (t) => {
  const page = open(picture());
  t.ok(page.isHidden(page.find('.reset')));
  const before = page.width('/dev');
  page.click(page.frame('dd').querySelector('rect') as Element);
  t.equal(page.width('dd'), 1180);
  t.equal(page.width('/dev'), 1180);
  t.equal(page.width('all'), 1180);
  t.ok(page.frame('all').classList.contains('above'));
  t.ok(page.isHidden(page.frame('cat')));
  t.notOk(page.isHidden(page.find('.reset')));
  page.click(page.find('.reset'));
  t.equal(page.width('/dev'), before);
  t.notOk(page.isHidden(page.frame('cat')));
  t.ok(page.isHidden(page.find('.reset')));
  page.click(page.frame('/read-me'));
  t.equal(page.frame('/read-me').querySelector('text')?.textContent, '/read-me');
  page.press('Escape');
  t.equal(page.width('/dev'), before, 'Escape resets, too');
});

t.test('labels follow the zoom', async (t) => {
  const page = open(picture([[['tiny-program', 'x'], 10]]));
  t.equal(page.frame('tiny-program').querySelector('text'), null);
  page.click(page.frame('tiny-program'));
  t.equal(page.frame('tiny-program').querySelector('text')?.textContent, 'tiny-program');
  page.press('Escape');
  t.equal(page.frame('tiny-program').querySelector('text')?.textContent, '');
});

t.test('search', async (t) => {
  const page = open(picture());
  t.ok(page.press('f', true).defaultPrevented, 'Ctrl-F opens it');
  t.notOk(page.isHidden(page.find('foreignObject')));
  t.equal(page.search('READ'), 'Matched: 70 %', 'read on /read-me counts once');
  t.same(page.matches(), ['read', '/read-me', 'read']);
  t.equal(page.search('.'), 'Matched: 0 %', 'plain text is no regular expression');
  t.equal(page.search('^(dd|/var)$', true), 'Matched: 100 %');
  t.match(page.search('(', true), /Invalid regular expression/i, 'an error is shown, not thrown');
  t.same(page.matches(), []);
  t.equal(page.search('ms'), 'Matched: 0 %', 'tooltips are not searched');
  page.search('/log');
  page.click(page.frame('/var'));
  t.equal(page.find('.matched').textContent, 'Matched: 60 %, 85.7 % of the zoomed frame');
  page.search('cat');
  t.equal(page.find('.matched').textContent, 'Matched: 70 %, 100 % of the zoomed frame');
  page.press('Escape');
  t.ok(page.isHidden(page.find('foreignObject')), 'Escape ends the search first');
  t.same(page.matches(), []);
  t.equal(page.find('.matched').textContent, '');
  t.ok(page.isHidden(page.frame('dd')), 'and leaves the zoom');
});

t.test('frames too narrow to draw may match as well', async (t) => {
  const page = open(picture([[['cat', 'tiny'], 0.01]]));
  t.equal(page.search('log'), 'Matched: at least 60 %');
  t.equal(page.search('cat'), 'Matched: 70 %');
});

t.test('the line below tells about the frame under the pointer', async (t) => {
  const page = open(picture([[['x'.repeat(300)], 1000]]));
  page.hover(page.frame('dd').querySelector('rect') as Element);
  t.equal(page.find('.details').textContent, 'dd: 300 ms (15 %)');
  page.hover(page.frame('x'.repeat(300)));
  t.match(page.find('.details').textContent, /^x{100,}\.\.: 1 s \(50 %\)$/, 'a long name is cut, numbers are not');
});

t.test('an empty picture has nothing to run', async (t) => {
  const trie = new Trie([{ name: 'durationNs', unit: 'ns', merge: 'sum' }]);
  const page = open(Buffer.concat([...renderSvg(trie)]).toString());
  t.ok(page.isHidden(page.find('.search')));
});

const noChromium = existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed`;
const skip = process.env.IOR_REQUIRE_KERNEL === '1' ? false : noChromium;

t.test('in Chromium', { skip }, async (t) => {
  const file = `${t.testdir()}/flame.svg`;
  writeFileSync(file, picture([[['<b>&\u202e\n"]]>', 'x'], 200]]));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--headless'] });
  t.teardown(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1220, height: 300 } });
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`file://${file}`);

  t.equal(await page.title(), 'test');
  const overflowing = await page.$$eval('.frames g', (groups) =>
    groups.flatMap((group) => {
      const [rect, text] = [group.querySelector('rect'), group.querySelector('text')];
      const room = rect?.getBoundingClientRect().right ?? 0;
      return text && text.getBoundingClientRect().right > room ? [text.textContent] : [];
    }),
  );
  t.same(overflowing, [], 'labels stay in their frames');

  await page.locator('g[data-n="dd"] rect').click();
  t.equal(await page.locator('g[data-n="dd"] rect').getAttribute('width'), '1180', 'a click zooms');
  t.notOk(await page.locator('g[data-n="cat"]').isVisible());
  await page.locator('.reset').click();
  t.ok(await page.locator('g[data-n="cat"]').isVisible());

  await page.keyboard.press('Control+f');
  await page.keyboard.type('log');
  t.equal(await page.locator('.matched').textContent(), 'Matched: 50 %');
  const fill = await page.locator('g[data-n="/log"] rect').evaluate((rect) => getComputedStyle(rect).fill);
  t.equal(fill, 'rgb(238, 106, 238)', 'what matches is marked');
  await page.keyboard.press('Escape');
  t.notOk(await page.locator('input').first().isVisible());
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });

  t.same(problems, [], 'no error, no message');
  t.same(requests, [`file://${file}`], 'no request');
});
