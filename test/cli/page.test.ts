// `-o x.html` on the command line: no option is left out of a page in silence.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { RENDER_OPTIONS } from '../../src/cli/render-options.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const FOLDED = 'main;Foo::bar;read 7 10\nmain;abc 20 20\nother;abc 3 5\n';

function page(t: Test, args: readonly string[]) {
  const cwd = t.testdir({});
  writeFileSync(`${cwd}/in.folded`, FOLDED);
  writeFileSync(`${cwd}/palette.map`, 'main->rgb(1,2,3)\n'); // of --cp
  const words = [CLI, 'render', 'in.folded', '-o', 'x.html', ...args];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd, encoding: 'utf8' });
  t.equal(status, 0, stderr);
  return { html: readFileSync(`${cwd}/x.html`, 'utf8'), stderr };
}

/** A value of each option that is not the one it has without. */
const VALUES: Readonly<Record<string, string>> = {
  title: 'x',
  subtitle: 'x',
  width: '700',
  height: '30',
  minwidth: '3%',
  fonttype: 'serif',
  fontsize: '9',
  fontwidth: '0.5',
  countname: 'ms',
  nametype: 'Function:',
  colors: 'aqua',
  bgcolors: 'blue',
  total: '1000',
  factor: '2',
  base: 'main',
  notes: 'x',
  'search-color': '#123456',
};
const FOR_PICTURES = ['width', 'fontwidth', 'bgcolors'];
/** They say how the page is written, not what is in it; names have the same colour in each of our pictures. */
const OTHERS = ['output', 'format', 'quiet', 'deterministic'];

t.test('each option of render changes the page, or a sentence says that it does not', async (t) => {
  const plain = page(t, []);
  for (const { name, value } of RENDER_OPTIONS) {
    if (OTHERS.includes(name)) continue;
    const words = value === undefined ? [`--${name}`] : [`--${name}`, VALUES[name] ?? 'no value in this test'];
    const { html, stderr } = page(t, words);
    const isLeftOut = stderr.includes(`light or dark colours of its own: --${name} left out\n`);
    t.equal(isLeftOut, FOR_PICTURES.includes(name), words.join(' '));
    if (isLeftOut) t.ok(html.includes(`--${name} left out`), 'the page says so, too');
    else t.not(html, plain.html, words.join(' '));
  }
});

t.test('several are told in one sentence, and none beside a picture alone', async (t) => {
  t.match(
    page(t, ['--width', '700', '--bgcolors', 'blue']).stderr,
    /^ior-flame: A page is as wide as its window, in light or dark colours of its own: --width, --bgcolors left out\n/,
  );
  t.notMatch(page(t, ['--width', '700', '--format', 'svg']).stderr, /A page/);
  t.notMatch(page(t, ['--width', '700', '--quiet']).stderr, /A page/);
});
