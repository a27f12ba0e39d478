// The script inside the picture, in jsdom, as a page of its own: what a reader does, and what becomes of it. chromium.test.ts has
// what needs a layout.

import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import t from 'tap';
// @ts-expect-error: a plain script without types
import { buildBrowserModule, TARGET } from '../../scripts/build-browser.mjs';
import { FLAME_SCRIPT } from '../../src/render/browser/flame.generated.ts';
import type { Picture } from '../../src/render/svg.ts';
import { captureTrie, drawnFrames, HOSTILE, type Stack, svgOf, trieOf } from './pictures.ts';

const STACKS: readonly Stack[] = [
  [['cat', '/var', '/log', 'read'], 600],
  [['cat', '/var', '/read-me', 'read'], 100],
  [['dd', '/dev', 'write'], 300],
];

function picture(extra: readonly Stack[] = [], options: Picture = {}): string {
  return svgOf(trieOf([...STACKS, ...extra]), { isFluid: false, ...options });
}

/** The picture as a page, its script run, and what a reader does with it. */
function open(svg: string, url = 'https://example.org/io.svg') {
  const { window } = new JSDOM(svg, {
    url,
    contentType: 'image/svg+xml',
    runScripts: 'outside-only',
    pretendToBeVisual: true,
  });
  window.eval(FLAME_SCRIPT); // jsdom runs no script elements of SVG
  const { document } = window;
  const written = drawnFrames(svg);
  const find = <T extends Element>(selector: string) => document.querySelector(selector) as T;
  const input = find<HTMLInputElement>('input');
  const button = (label: string) =>
    [...document.querySelectorAll('button')].find(({ textContent }) => textContent === label) as HTMLButtonElement;

  /** In the middle of where the frame was written, or of its label as it is now. */
  function place(name: string) {
    const label = labels().find(({ text }) => text === name);
    const frame = written.find(({ title }) => title.startsWith(`${name} (`)) ?? written[0];
    const { x, y } = label ?? { x: (frame?.x ?? 0) + (frame?.width ?? 0) / 2, y: (frame?.y ?? 0) + 11 };
    return { clientX: x, clientY: y - 4, bubbles: true, cancelable: true };
  }

  function labels() {
    return [...document.querySelectorAll('.frames text')].map((text) => ({
      text: text.textContent ?? '',
      x: Number(text.getAttribute('x')),
      y: Number(text.getAttribute('y')),
      element: text,
    }));
  }

  function key(key: string, target: Element = document.activeElement ?? document.documentElement, init = {}) {
    const event = new window.KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
    target.dispatchEvent(event);
    return event;
  }

  return {
    window,
    document,
    find,
    input,
    button,
    key,
    labels: () => labels().map(({ text }) => text),
    label: (name: string) => labels().find(({ text }) => text === name)?.element as Element,
    click: (name: string) => find('.frames').dispatchEvent(new window.MouseEvent('click', place(name))),
    hover: (name: string) => find('.frames').dispatchEvent(new window.MouseEvent('mousemove', place(name))),
    menu(name: string) {
      find('.frames').dispatchEvent(new window.MouseEvent('contextmenu', place(name)));
      return [...document.querySelectorAll('.menu button')] as HTMLButtonElement[];
    },
    search(text: string) {
      input.value = text;
      input.dispatchEvent(new window.Event('input'));
      return find('.matched').textContent;
    },
    matched: () => find('.matched').textContent,
    details: () => find('.details').textContent,
    status: () => find('[role=status]').textContent,
    matchedPaths: () => document.querySelectorAll('.frames path[fill="#f060f0"]').length,
    hash: () => window.location.hash,
  };
}

const settled = (ms = 400) => new Promise((resolve) => setTimeout(resolve, ms));

t.test('the embedded script is that of its sources', async (t) => {
  const isSame = readFileSync(TARGET, 'utf8') === (await buildBrowserModule());
  t.ok(isSame, 'node scripts/build-browser.mjs makes it anew');
  for (const end of [']]>', '</', '<!--']) t.notOk(FLAME_SCRIPT.includes(end), `never ${end}`);
});

t.test('zoom, reset, and the address', async (t) => {
  const page = open(picture());
  t.ok(page.button('Reset zoom').hidden);
  t.ok(page.button('▸').disabled, 'there is no match to go to');
  t.same(page.labels(), ['all', 'cat', '/var', '/log', 'read', '/read-me', 'read', 'dd', '/dev', 'write']);
  page.click('/dev');
  t.same(page.labels(), ['all', 'dd', '/dev', 'write']);
  t.equal(page.hash(), '#zoom=dd;/dev');
  t.notOk(page.button('Reset zoom').hidden);
  t.match(page.status(), 'Zoomed: /dev (300 samples, 30.00%)');
  page.click('dd');
  t.equal(page.hash(), '#zoom=dd', 'what it stands on can be zoomed to');
  page.button('Reset zoom').click();
  t.equal(page.labels().length, 10);
  t.equal(page.hash(), '');
  page.click('/read-me');
  page.key('Escape');
  t.equal(page.labels().length, 10, 'Escape resets, too');
});

t.test('back and forward', async (t) => {
  const page = open(picture());
  page.click('dd');
  page.click('write');
  page.window.history.back();
  await settled(100);
  t.equal(page.hash(), '#zoom=dd');
  t.same(page.labels(), ['all', 'dd', '/dev', 'write']);
  page.window.history.back();
  await settled(100);
  t.equal(page.labels().length, 10);
  page.window.history.forward();
  await settled(100);
  t.same(page.labels(), ['all', 'dd', '/dev', 'write']);
});

t.test('a link shows what its sender saw', async (t) => {
  const page = open(picture(), 'https://example.org/io.svg#zoom=cat;/var&search=READ&case');
  t.notOk(page.labels().includes('dd'));
  t.equal(page.input.value, 'READ');
  t.equal(page.button('Aa').getAttribute('aria-pressed'), 'true');
  t.equal(page.matched(), 'Matched: 0 %, 0 % of the zoomed frame');
  const reversed = open(picture(), 'https://example.org/io.svg#reversed&hide=/dev');
  t.equal(reversed.button('Reverse').getAttribute('aria-pressed'), 'true');
  t.notOk(reversed.labels().includes('write'));
});

t.test('bug 4: a stale address never breaks, and what of it fits is taken', async (t) => {
  const stale = [
    '?x=999&y=13&s=read',
    '#zoom=gone;/var&search=read&regexp',
    '#zoom=%E0%A4%A&search=read',
    '#zoom=;;;&&&=&hide=cat&hide=dd&search=read',
    '#only=nothing&search=read',
    '#search=read&%%%&zoom=cat;gone',
  ];
  for (const address of stale) {
    const page = open(picture(), `https://example.org/io.svg${address}`);
    t.equal(page.input.value, 'read', address);
    t.match(page.matched(), /^Matched: 70 %/, address);
  }
  const linked = open(picture(), 'https://example.org/io.svg?x=10.0&y=53&s=%5Erea');
  t.equal(
    linked.button('.*').getAttribute('aria-pressed'),
    'true',
    'links to pictures of flamegraph.pl search as they do',
  );
  t.equal(linked.matched(), 'Matched: 70 %');
});

t.test('search', async (t) => {
  const page = open(picture());
  t.ok(page.key('f', page.document.documentElement, { ctrlKey: true }).defaultPrevented, 'Ctrl-F opens it');
  t.equal(page.document.activeElement, page.input);
  t.notOk(page.key('f', page.input, { ctrlKey: true }).defaultPrevented, "a second one is the browser's own search");
  t.equal(page.search('READ'), 'Matched: 70 %', 'read on /read-me counts once');
  t.ok(page.matchedPaths() > 0);
  t.equal(page.search('.'), 'Matched: 0 %', 'plain text is no regular expression');
  t.equal(page.matchedPaths(), 0);
  page.button('.*').click();
  t.equal(page.search('^(dd|/var)$'), 'Matched: 100 %');
  t.equal(page.search('samples|%'), 'Matched: 0 %', 'bug 2: tooltips are not searched');
  t.equal(page.search('read\\-me'), 'Matched: 10 %', 'what is an error with the flag u only is none');
  t.match(page.search('('), /Invalid regular expression/i, 'bug 2: an error is shown, not thrown');
  t.equal(page.input.getAttribute('aria-invalid'), 'true');
  t.equal(page.matchedPaths(), 0);
  page.button('.*').click();
  t.equal(page.search('/var/log'), 'Matched: 60 %', 'paths are joined');
  page.button('Aa').click();
  t.equal(page.search('/VAR'), 'Matched: 0 %');
  t.equal(page.search('/log'), 'Matched: 60 %');
  page.click('/var');
  t.equal(page.matched(), 'Matched: 60 %, 85.7 % of the zoomed frame');
  t.equal(page.search('cat'), 'Matched: 70 %, 100 % of the zoomed frame');
  await settled();
  t.equal(page.hash(), '#zoom=cat;/var&search=cat&case');
  page.key('Escape', page.input);
  t.equal(page.matched(), '', 'Escape ends the search first');
  t.notOk(page.labels().includes('dd'), 'and leaves the zoom');
});

t.test('from match to match', async (t) => {
  const page = open(picture([[['cat', '/var', '/log', 'tiny'], 0.5]]));
  page.search('read');
  page.key('Enter', page.input);
  t.match(page.details(), /^read \(600 samples/);
  page.key('Enter', page.input);
  t.match(page.details(), /^\/var\/read-me /);
  page.key('Enter', page.input);
  page.key('Enter', page.input);
  t.match(page.details(), /^read \(600 samples/, 'round and round');
  page.key('Enter', page.input, { shiftKey: true });
  t.match(page.details(), /^read \(100 samples/);
  page.search('tiny');
  page.button('▸').click();
  t.match(page.details(), /^tiny \(1 samples, 0.1/);
  t.equal(page.hash(), '#zoom=cat;/var;/log;tiny&search=tiny', 'what is too narrow to be seen is zoomed to');
  t.ok(page.labels().includes('tiny'));
});

t.test('frames that were not written come in when there is room', async (t) => {
  const narrow = Array.from({ length: 20 }, (_, i): Stack => [['many', `file-${i}`, 'close'], 0.005]);
  const svg = picture(narrow);
  t.notMatch(svg, /<title>file-/);
  const page = open(svg);
  page.search('file-7');
  t.match(page.matched(), 'Matched: <0.01 %');
  page.button('▸').click();
  t.match(page.details(), /^file-7 /);
  page.key('Escape');
  t.equal(page.matched(), '');
});

t.test('the line below and the tooltip', async (t) => {
  const page = open(picture([[['x'.repeat(300)], 1000]], { nametype: 'Function:' }));
  page.hover('dd');
  t.equal(page.details(), 'Function: dd (300 samples, 15.00%)');
  t.equal(page.find('.hover title').textContent, 'dd (300 samples, 15.00%)');
  page.hover('x'.repeat(300));
  t.match(page.details(), /^Function: x{100,}\.\. \(1,000 samples, 50\.00%\)$/, 'a long name is cut, numbers are not');
  page.click('cat');
  page.hover('/log');
  t.equal(page.details(), 'Function: /var/log (600 samples, 30.00%) · 85.7 % of the zoomed frame');
  page.find('.frames').dispatchEvent(new page.window.MouseEvent('mouseleave'));
  t.equal(page.details(), '');
  t.equal(page.find('.hover'), null);
});

t.test('keys', async (t) => {
  const page = open(picture());
  const focused = () => page.document.activeElement?.getAttribute('aria-label') ?? '';
  (page.label('all') as unknown as HTMLElement).focus();
  page.key('ArrowUp');
  t.match(focused(), 'cat (700', 'the widest');
  page.key('ArrowRight');
  t.match(focused(), 'dd (300');
  page.key('ArrowRight');
  t.match(focused(), 'dd (300', 'there is none further');
  page.key('ArrowUp');
  t.match(focused(), '/dev (300');
  page.key('ArrowLeft');
  t.match(focused(), '/var (700', 'neighbours may stand on another frame');
  page.key('ArrowDown');
  t.match(focused(), 'cat (700');
  page.key('Enter');
  t.equal(page.hash(), '#zoom=cat');
  t.match(focused(), 'cat (700', 'the focus stays');
  page.key('Home');
  t.match(focused(), 'all (1,000');
  page.key('Escape');
  t.equal(page.hash(), '');
  page.key('/');
  t.equal(page.document.activeElement, page.input);
  page.search('re');
  page.key('r', page.input);
  t.equal(page.button('Reverse').getAttribute('aria-pressed'), 'false', 'letters in the search are letters');
  page.input.blur();
  page.key('n');
  t.match(page.details(), /^read /);
  page.key('r');
  t.equal(page.button('Reverse').getAttribute('aria-pressed'), 'true');
  page.key('?');
  t.match(page.find('.menu').textContent, 'Turn the stacks round');
  page.key('Escape', page.find('.menu'));
  t.ok(page.find('.menu').parentElement?.classList.contains('gone'));
});

t.test('keys of a picture that hangs', async (t) => {
  const page = open(picture([], { inverted: true }));
  (page.label('all') as unknown as HTMLElement).focus();
  page.key('ArrowDown');
  t.match(page.document.activeElement?.getAttribute('aria-label'), 'cat (700');
  page.key('ArrowUp');
  t.match(page.document.activeElement?.getAttribute('aria-label'), 'all (');
});

t.test('a narrow frame has the focus, too', async (t) => {
  const page = open(picture([[['dd', '/dev', 'sync'], 2]]));
  await settled(100);
  (page.label('/dev') as unknown as HTMLElement).focus();
  page.key('ArrowUp');
  page.key('ArrowLeft');
  t.match(page.document.activeElement?.getAttribute('aria-label'), 'sync (2');
  t.equal(page.document.activeElement?.getAttribute('role'), 'treeitem');
});

t.test('roles', async (t) => {
  const page = open(picture([], { title: 'What cat waits for' }));
  await settled();
  const tree = page.find('[role=tree]');
  t.equal(tree.getAttribute('aria-label'), 'What cat waits for');
  const items = [...tree.querySelectorAll('[role=treeitem]')];
  t.same(
    items
      .map((item) => `${item.getAttribute('aria-level')} ${item.getAttribute('aria-label')?.replace(/ \(.*/, '')}`)
      .slice(0, 4),
    ['1 all', '2 cat', '3 /var', '4 /var/log'],
  );
  t.equal(items.filter((item) => item.getAttribute('tabindex') === '0').length, 1, 'Tab leads to one');
  for (const element of page.document.querySelectorAll('button, input')) {
    const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
    t.ok(name.length > 2, `${element.outerHTML} has a name`);
  }
});

t.test('the menu of a frame', async (t) => {
  const page = open(picture());
  const items = page.menu('/log');
  t.same(
    items.map(({ firstChild }) => firstChild?.textContent),
    ['Zoom in', 'Copy name', 'Copy stack', 'Search this name', 'Hide all like this', 'Only stacks with this'],
  );
  t.equal(page.document.activeElement, items[0]);
  page.key('ArrowDown');
  t.equal(page.document.activeElement, items[1]);
  page.key('ArrowUp');
  page.key('ArrowUp');
  t.equal(page.document.activeElement, items[5]);
  items[3]?.click();
  t.equal(page.input.value, '/log');
  t.equal(page.matched(), 'Matched: 60 %');
  t.equal(page.menu('all').length, 3, 'the root cannot be hidden');
  page.key('Escape', page.find('.menu'));
});

t.test('copy', async (t) => {
  const page = open(picture());
  const copied: string[] = [];
  const clipboard = { writeText: async (text: string) => void copied.push(text) };
  Object.defineProperty(page.window.navigator, 'clipboard', { value: clipboard, configurable: true });
  page.menu('/log')[1]?.click();
  page.menu('/log')[2]?.click();
  page.menu('write')[2]?.click();
  (page.label('/log') as unknown as HTMLElement).focus();
  t.same(copied, ['/var/log', 'cat;/var/log', 'dd;/dev;write']);
  await settled(10);
  t.equal(page.status(), 'Copied: dd;/dev;write');
  t.equal(page.details(), 'Copied: dd;/dev;write', 'and can be seen');
  Object.defineProperty(page.window.navigator, 'clipboard', { value: undefined });
  page.menu('write')[1]?.click();
  t.equal(page.find<HTMLTextAreaElement>('textarea').value, 'write', 'to copy by hand, where pages may not');
});

t.test('hide and focus', async (t) => {
  const page = open(picture());
  page.menu('/log')[4]?.click();
  t.notOk(page.labels().includes('/log'));
  t.equal(page.hash(), '#hide=/var/log');
  page.hover('all');
  page.search('dd');
  t.equal(page.matched(), 'Matched: 75 %', 'of what is left');
  page.button('Show hidden').click();
  t.ok(page.labels().includes('/log'));
  page.menu('dd')[5]?.click();
  t.same(page.labels(), ['all', 'dd', '/dev', 'write']);
  t.equal(page.hash(), '#search=dd&only=dd');
  page.menu('dd')[4]?.click();
  t.equal(page.status(), 'Nothing would be left');
  t.ok(page.labels().includes('dd'));
  page.key('Escape');
  page.key('Escape');
  t.ok(page.labels().includes('cat'), 'Escape undoes search and hiding, one after the other');
});

t.test('the stacks turned round', async (t) => {
  const page = open(svgOf(captureTrie(), { isFluid: false }));
  page.button('Reverse').click();
  t.equal(page.hash(), '#reversed');
  t.equal(page.labels()[1], 'fdatasync');
  t.ok(page.labels().includes('recvfrom'));
  page.hover('fdatasync');
  t.match(page.details(), /^fdatasync: 410 ms \(55.4 %\) · 23 calls · longest 210 ms/);
  page.click('fdatasync');
  t.same(page.labels(), ['all', 'fdatasync', '/0001', '/pg_wal', '/lib', '/var', 'postgres']);
  page.hover('/var');
  t.match(page.details(), /^\/var\/lib\/pg_wal\/0001: 410 ms/);
  page.menu('/pg_wal')[4]?.click();
  t.equal(page.hash(), '#reversed&hide=*/pg_wal/0001');
  t.notOk(page.labels().includes('fdatasync'), 'hidden by the path as it is joined here');
  page.key('Escape');
  page.button('Reverse').click();
  t.ok(page.labels().includes('npm test'));
  t.equal(page.hash(), '');
});

t.test('a policy that forbids everything but our script and style is no hindrance', async (t) => {
  const page = open(svgOf(captureTrie(), { isFluid: false }));
  page.menu('postgres');
  page.search('x');
  t.equal(page.document.querySelectorAll('[style]').length, 0);
  t.notOk([...page.document.querySelectorAll('*')].some((e) => e.getAttributeNames().some((name) => /^on/.test(name))));
});

t.test('names stay names', async (t) => {
  const page = open(svgOf(trieOf(HOSTILE.map((name) => [[name], 1])), { isFluid: false }));
  const before = page.document.querySelectorAll('script, img').length;
  for (const name of ['<', 'script', '--', '"']) page.search(name);
  page.search('');
  page.key('r', page.document.documentElement);
  for (const [i] of HOSTILE.entries()) {
    const x = 10 + (1180 / HOSTILE.length) * (i + 0.5);
    const event = { clientX: x, clientY: 45, bubbles: true, cancelable: true };
    page.find('.frames').dispatchEvent(new page.window.MouseEvent('mousemove', event));
    page.find('.frames').dispatchEvent(new page.window.MouseEvent('contextmenu', event));
  }
  t.equal(page.document.querySelectorAll('script, img').length, before);
});
