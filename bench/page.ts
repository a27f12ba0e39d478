/// <reference lib="dom" />
// The HTML page in Chromium: size, first picture, search and zoom of pages with 100,000 distinct stacks.
//
// Two pages: folded text of 10 to 20 frames a stack with one weight, and a capture of that many stacks of programs, files and
// calls with all weights. Best of five: what a reader waits for, from the event to the next painted frame (`drawn`: from the start of the
// navigation to the frame with d3-flame-graph's frames in it), what of it is JavaScript, and CPU time of the page's main thread with
// layout and painting, which other work on the machine disturbs less. `--stacks N` makes other pages.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { foldWithFields } from '../src/fold/fold.ts';
import { Profile } from '../src/model/profile.ts';
import { ROOT, Trie } from '../src/model/trie.ts';
import { renderPage } from '../src/render/page.ts';
import { writeStacks } from './folded-stacks.ts';

const ROUNDS = 5;
const CHROMIUM = '/usr/bin/chromium';

const { values } = parseArgs({ options: { stacks: { type: 'string', default: '100000' } } });
if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: apt-get install chromium`);
const folder = mkdtempSync(join(tmpdir(), 'page-'));
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  const stacks = Number(values.stacks);
  for (const [name, chunks] of [
    ['folded text', foldedPage(stacks)],
    ['a capture', capturePage(stacks)],
  ] as const) {
    const start = performance.now();
    const page = Buffer.concat([...chunks]);
    const written = performance.now() - start;
    const file = join(folder, 'page.html');
    writeFileSync(file, page);
    const megabytes = (page.length / 1e6).toFixed(2);
    process.stdout.write(`${stacks} stacks of ${name}: ${megabytes} MB, written in ${written.toFixed(0)} ms\n`);
    const rounds: Times[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await measure(file));
    for (const what of Object.keys(rounds[0] ?? {})) {
      const best = (figure: keyof Time) =>
        Math.min(...rounds.map((round) => round[what]?.[figure] ?? Number.NaN))
          .toFixed(0)
          .padStart(5);
      process.stdout.write(
        `  ${what.padEnd(24)}${best('waited')} ms   script ${best('script')} ms   CPU ${best('cpu')} ms\n`,
      );
    }
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

function foldedPage(stacks: number): Iterable<Buffer> {
  const folded = join(folder, 'stacks.folded');
  writeStacks(folded, stacks);
  const trie = new Trie([{ name: 'samples', unit: 'samples', merge: 'sum' }]);
  for (const line of readFileSync(folded, 'utf8').trimEnd().split('\n')) {
    const space = line.lastIndexOf(' ');
    let node = ROOT;
    for (const frame of line.slice(0, space).split(';')) node = trie.child(node, trie.texts.id(frame));
    trie.add(node, 0, Number(line.slice(space)));
  }
  return renderPage(trie);
}

/** Programs that open, read and close files of a tree, each with durations, bytes and gaps of its own; the same every time. */
function capturePage(stacks: number): Iterable<Buffer> {
  const profile = new Profile(['comm', 'path', 'syscall'], stacks + 1);
  const calls = ['openat', 'read', 'close', 'newfstatat'];
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  for (let i = 0; i < stacks; i++) {
    const file = Math.floor(i / calls.length);
    const path = `/srv/app/node_modules/package-${file % 900}/lib/part-${file % 7}/module-${file}.js`;
    const texts = [`node-${file % 12}`, path, calls[i % calls.length] as string].map((text) => profile.texts.id(text));
    const count = 1 + Math.floor(1 / (random() + 0.05));
    const longest = Math.floor(2000 / (random() + 0.0001));
    const bytes = i % calls.length === 1 ? Math.floor(random() * 65536) : 0;
    profile.add(texts, [count, random() < 0.1 ? 1 : 0, longest * count, longest, bytes, Math.floor(random() * 1e6)]);
  }
  const { trie, fields } = foldWithFields(profile);
  return renderPage(trie, { fields, wallNs: 60e9 });
}

interface Time {
  readonly waited: number;
  readonly script: number;
  readonly cpu: number;
}
type Times = Record<string, Time>;

async function measure(file: string): Promise<Times> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.addInitScript(observeTasks);
  await page.goto(`file://${file}`);
  await page.waitForFunction('window.drawnMs > 0');
  const times: Times = {};
  const { script, cpu } = await cpuTimes(session);
  times.drawn = { waited: (await page.evaluate('window.drawnMs')) as number, script, cpu };
  const acts: Readonly<Record<string, () => void>> = {
    'search: a letter': () => type('a'),
    'search: a word': () => type('read'),
    'search: a path': () => type('lib/part-3'),
    'search: an expression': () => press('.*', () => type('^.*[13]$')),
    'search: nothing': () => press('.*', () => type('')),
    'zoom: in': () => click(1),
    'zoom: in again': () => click(3),
    'zoom: out': () => click(0),
    'zoom: a deep frame': () => click(60),
    'zoom: out again': () => click(0),
    'weight: calls': () => press('calls'),
    'weight: back': () => press('duration'),
    'grouping: the next': () => group(1),
    'grouping: back': () => group(0),
  };
  for (const [name, act] of Object.entries(acts)) {
    await page.waitForTimeout(150);
    times[name] = await timed(page, session, act);
  }
  await page.close();
  return times;
}

/** In the page, before its own script: when the frames are painted. */
function observeTasks(): void {
  const look = () => {
    if (document.querySelector('g.frame') === null) requestAnimationFrame(look);
    else
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => Object.assign(window, { drawnMs: performance.now() });
        port2.postMessage(0);
      });
  };
  look();
}

/** ms of the page's main thread so far. */
async function cpuTimes(session: CDPSession): Promise<{ readonly script: number; readonly cpu: number }> {
  const { metrics } = await session.send('Performance.getMetrics');
  const ms = (metric: string) => (metrics.find(({ name }) => name === metric)?.value ?? Number.NaN) * 1000;
  return { script: ms('ScriptDuration'), cpu: ms('TaskDuration') };
}

/** From the event to the first task behind the next frame. */
async function timed(page: Page, session: CDPSession, act: () => void): Promise<Time> {
  const before = await cpuTimes(session);
  const waited = (await page.evaluate(
    `new Promise((resolve) => {
      const type = ${type};
      const click = ${click};
      const press = ${press};
      const group = ${group};
      const start = performance.now();
      (${act})();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now() - start);
        port2.postMessage(0);
      });
    })`,
  )) as number;
  const after = await cpuTimes(session);
  return { waited, script: after.script - before.script, cpu: after.cpu - before.cpu };
}

// These run in the page.

function type(text: string): void {
  const input = document.querySelector('input') as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event('input'));
}

function click(frame: number): void {
  document
    .querySelectorAll('g.frame')
    [frame]?.querySelector('rect')
    ?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
}

function press(label: string, before?: () => void): void {
  before?.();
  [...document.querySelectorAll('button')].find((button) => button.textContent === label)?.click();
}

function group(number: number): void {
  const select = document.querySelector('select') as HTMLSelectElement;
  select.selectedIndex = number;
  select.dispatchEvent(new Event('change'));
}
