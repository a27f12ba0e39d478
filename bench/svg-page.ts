// The SVG in Chromium: first paint, search, zoom and the reversed graph of a picture with 10,000 drawn frames.
/// <reference lib="dom" />
//
// Times are what a reader waits for: from the event to the next painted frame, best of five on an idle machine; beside them the
// CPU time of the page's main thread, which other work on the machine disturbs less. `--stacks N` draws another picture,
// `--file F.svg` any other one (flamegraph.pl's and inferno's pictures show their first paint only).

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { ROOT, Trie } from '../src/model/trie.ts';
import { renderSvg } from '../src/render/svg.ts';
import { writeStacks } from './folded-stacks.ts';

const ROUNDS = 5;
const CHROMIUM = '/usr/bin/chromium';

const { values } = parseArgs({ options: { stacks: { type: 'string', default: '10000' }, file: { type: 'string' } } });
if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: apt-get install chromium`);
const folder = mkdtempSync(join(tmpdir(), 'svg-page-'));
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  const file = values.file ?? picture(Number(values.stacks));
  const rounds: Times[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await measure(file));
  for (const name of Object.keys(rounds[0] ?? {})) {
    const best = (key: 'waited' | 'cpu') =>
      Math.min(...rounds.map((round) => round[name]?.[key] ?? Number.NaN)).toFixed(0);
    process.stdout.write(`${name.padEnd(24)}${best('waited').padStart(6)} ms   CPU ${best('cpu').padStart(6)} ms\n`);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

/** Draws that many stacks; tells how many frames came of them. */
function picture(stacks: number): string {
  const folded = join(folder, 'stacks.folded');
  writeStacks(folded, stacks);
  const trie = new Trie([{ name: 'samples', unit: 'samples', merge: 'sum' }]);
  for (const line of readFileSync(folded, 'utf8').trimEnd().split('\n')) {
    const space = line.lastIndexOf(' ');
    let node = ROOT;
    for (const frame of line.slice(0, space).split(';')) node = trie.child(node, trie.texts.id(frame));
    trie.add(node, 0, Number(line.slice(space)));
  }
  const svg = Buffer.concat([...renderSvg(trie)]);
  const drawn = svg.toString('latin1').split('<g><title>').length - 1;
  process.stdout.write(`${stacks} stacks, ${drawn} frames drawn, ${(svg.length / 1e6).toFixed(2)} MB\n`);
  const file = join(folder, 'picture.svg');
  writeFileSync(file, svg);
  return file;
}

type Times = Record<string, { readonly waited: number; readonly cpu: number }>;

async function measure(file: string): Promise<Times> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const times: Times = {};
  /** When what became of the page happened, s. */
  const moments = new Map<string, number>();
  session.on('Page.lifecycleEvent', ({ name, timestamp }) => moments.set(name, timestamp));
  await session.send('Page.enable');
  await session.send('Page.setLifecycleEventsEnabled', { enabled: true });
  let before = await cpuTime(session);
  await page.goto(`file://${file}`);
  await page.waitForTimeout(700);
  const cpu = (await cpuTime(session)) - before;
  const since = (name: string) => ((moments.get(name) ?? Number.NaN) - (moments.get('init') ?? Number.NaN)) * 1000;
  times['first paint'] = { waited: since('firstPaint'), cpu: Number.NaN };
  times['loaded, script run'] = { waited: since('load'), cpu };
  if (await page.evaluate(() => document.querySelector('.ior-flame') === null)) return times;

  const acts: Readonly<Record<string, () => void>> = {
    'search: a letter': () => type('a'),
    'search: a word': () => type('read'),
    'search: an expression': () => type('^vfs_.*[0-9]$'),
    'search: nothing': () => type(''),
    'zoom: in': () => click(1),
    'zoom: out': () => click(0),
    'zoom: in again': () => click(1),
    'zoom: out again': () => click(0),
    reverse: () => press('Reverse'),
    'reverse: back': () => press('Reverse'),
  };
  for (const [name, act] of Object.entries(acts)) {
    await page.waitForTimeout(200);
    before = await cpuTime(session);
    const waited = await timed(page, act);
    times[name] = { waited, cpu: (await cpuTime(session)) - before };
  }
  await page.close();
  return times;
}

/** ms of the page's main thread. */
async function cpuTime(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
}

/** From the event to the first task behind the next frame. */
async function timed(page: Page, act: () => void): Promise<number> {
  return page.evaluate(
    `new Promise((resolve) => {
      const type = ${type};
      const click = ${click};
      const press = ${press};
      const start = performance.now();
      (${act})();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now() - start);
        port2.postMessage(0);
      });
    })`,
  );
}

// These three run in the page.

function type(text: string): void {
  const input = document.querySelector('input') as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event('input'));
}

function click(frame: number): void {
  // the labels, that of the root first
  document
    .querySelectorAll('.frames > g:nth-child(2) > *')
    [frame]?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
}

function press(label: string): void {
  [...document.querySelectorAll('button')].find((button) => button.textContent === label)?.click();
}
