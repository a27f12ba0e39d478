// `ior-flame render` as it is built: what it reads, what each option changes, what it says, and how it ends.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { JSDOM } from 'jsdom';
import t from 'tap';
import { PALETTES } from '../../src/render/options.ts';
import { CLI, COMMAND_LINE, directory } from '../kernel/trace.ts';

const skip = existsSync(CLI) ? false : 'dist/ is not built: npm run build';

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function render(args: readonly string[], input: string | Buffer = '', cwd?: string): Result {
  const [node, ...rest] = [...COMMAND_LINE, 'render', ...args];
  const { status, stdout, stderr } = spawnSync(node as string, rest, {
    input,
    maxBuffer: 1 << 28,
    ...(cwd && { cwd }),
  });
  return { code: status, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** The stacks that are drawn, as folded text. */
function folded(args: readonly string[], input: string | Buffer = ''): string {
  const { code, stdout, stderr } = render(['--format', 'folded', '-q', ...args], input);
  t.equal(stderr, '');
  t.equal(code, 0);
  return stdout;
}

interface Frame {
  readonly title: string;
  /** Its first word. */
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly label: string;
}

function framesOf(svg: string): readonly Frame[] {
  const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window;
  return [...document.querySelectorAll('.frames > g')].map((group) => {
    const title = group.querySelector('title')?.textContent ?? '';
    const rect = group.querySelector('rect') as Element;
    const number = (name: string) => Number(rect.getAttribute(name));
    return {
      title,
      name: /^[^ :]*/.exec(title)?.[0] ?? '',
      x: number('x'),
      y: number('y'),
      // a hair's breadth is left free to the next frame
      width: Math.ceil(number('width')),
      height: number('height'),
      fill: rect.getAttribute('fill') ?? rect.getAttribute('class') ?? '',
      label: group.querySelector('text')?.textContent ?? '',
    };
  });
}

/** The frames of a picture that is drawn without a word. */
function drawn(args: readonly string[], input: string): readonly Frame[] {
  const { code, stdout, stderr } = render(args, input);
  t.equal(stderr, '', args.join(' '));
  t.equal(code, 0, args.join(' '));
  return framesOf(stdout);
}

const INPUT = 'a;b;c 5\na;b 3\nd;b 2\n';

t.test('from stdin, from files, packed, many, and to where it is told', { skip }, async (t) => {
  const dir = directory(t);
  const at = (name: string) => join(dir, name);
  writeFileSync(at('a.folded'), INPUT);
  writeFileSync(at('b.txt.gz'), gzipSync('a;b;c 10\nnew 1'));
  const expected = render([], INPUT);
  t.equal(expected.code, 0);
  t.equal(expected.stderr, '');
  t.match(expected.stdout, /^<\?xml version="1.0" encoding="UTF-8"\?>\n<svg .*<\/svg>\n$/s);
  for (const args of [[at('a.folded')], ['-'], ['--', at('a.folded')], ['-o', '-', at('a.folded')]]) {
    t.strictSame(render(args, INPUT), expected, args.join(' '));
  }
  t.strictSame(render([], gzipSync(INPUT)), expected, 'packed, from stdin');

  const sum = 'a;b 3\na;b;c 15\nd;b 2\nnew 1\n';
  t.equal(folded([at('a.folded'), at('b.txt.gz')]), sum);
  t.equal(folded([at('b.txt.gz'), '-'], INPUT), sum, 'stdin among them');
  t.strictSame(render([at('a.folded'), at('./a.folded')]), {
    ...expected,
    stderr: `ior-flame: ${at('a.folded')} was named before and is read once\n`,
  });

  t.strictSame(render(['-o', 'x.svg', '-ox.folded', '--output=y.svg', 'a.folded'], '', dir), {
    code: 0,
    stdout: '',
    stderr: '',
  });
  t.equal(readFileSync(at('x.svg'), 'utf8'), expected.stdout);
  t.equal(readFileSync(at('y.svg'), 'utf8'), expected.stdout);
  t.equal(readFileSync(at('x.folded'), 'utf8'), 'a;b 3\na;b;c 5\nd;b 2\n');
});

t.test('two thousand files', { skip }, async (t) => {
  const dir = directory(t);
  const names = Array.from({ length: 2000 }, (_, i) => `${i}.folded`);
  for (const [i, name] of names.entries()) writeFileSync(join(dir, name), `a;b${i % 10} 1\n`);
  const { code, stdout } = render(['--format', 'folded', ...names], '', dir);
  t.equal(code, 0);
  t.equal(stdout, Array.from({ length: 10 }, (_, i) => `a;b${i} 200\n`).join(''));
});

t.test('the same stacks give the same bytes, in whatever order they come', { skip }, async (t) => {
  const lines = Array.from({ length: 500 }, (_, i) => `main;f${i % 7};g${i % 31};read ${(i * 37) % 101}.5\n`);
  const { stdout } = render([], lines.join(''));
  t.equal(render([], lines.join('')).stdout, stdout);
  t.equal(render([], lines.toReversed().join('')).stdout, stdout);
  t.equal(render([], lines.toSorted().join('')).stdout, stdout);
  // more than a picture carries: which of them it does must not depend on the order either
  const many = Array.from({ length: 150_000 }, (_, i) => `f${'x'.repeat(i % 40)};${i};leaf ${1 + (i % 13)}\n`);
  t.ok(render([], many.join('')).stdout === render([], many.toReversed().join('')).stdout);
});

t.test('frames of one name are one, though neighbours in order of bytes lie between', { skip }, async (t) => {
  const frames = drawn([], 'read 5\nread64;x 3\nread;y 200\n');
  t.strictSame(
    frames.map(({ name }) => name),
    ['all', 'read', 'y', 'read64', 'x'],
  );
});

t.test('lines of every kind', { skip }, async (t) => {
  const good: readonly (readonly [string, string])[] = [
    ['a;b 10.5', 'a;b 11'],
    ['a;b 10\r', 'a;b 10'],
    ['a;b 10 ', 'a;b 10'],
    ['a;b 10 \t', 'a;b 10'],
    ['a;b\t10', 'a;b 10'],
    ['\n\n# comment 5\na;b 10\n\n', 'a;b 10'],
    ['trail; 1', 'trail 1'],
    [';a;;b; 1', 'a;b 1'],
    ['a;b 1\na;b 2', 'a;b 3'],
    ['java.util.List (x) 7', 'java.util.List (x) 7'],
    ['[kernel];swapper_[k] 7', '[kernel];swapper_[k] 7'],
    ['a 9007199254740991', 'a 9007199254740991'],
    ['a 0.5\na .5', 'a 1'],
  ];
  for (const [line, stack] of good) t.equal(folded([], line), `${stack}\n`, JSON.stringify(line));
  t.match(drawn([], 'a 1.25\na 1.5\n')[1]?.title, /^a\b.*\b3\b/, 'fractions are rounded in words');
  t.equal(drawn([], 'a 0.75\nb 0.25\n')[1]?.width, 885, 'and not in widths');

  const broken = render([], Buffer.from([0x61, 0xff, 0x20, 0x31, 10]));
  t.equal(broken.code, 0);
  t.match(broken.stdout, /a\\xff/, 'bytes that are no UTF-8 stay');
  t.match(broken.stdout, /<text[^>]*>a\\xff</);
});

t.test('counts beyond all counters', { skip }, async (t) => {
  const digits = '9'.repeat(400);
  const { code, stdout, stderr } = render([], `a ${digits}\nb 1\n`);
  t.equal(code, 0);
  t.match(stderr, /^ior-flame: Ignored 1 line with invalid format: line 1 of stdin: "a 9{118}"\n$/);
  t.equal(framesOf(stdout)[1]?.title, 'b (1 samples, 100.00%)');
  const large = drawn(['--factor', '1e12'], 'a 18446744073709551615\nb 0.5\n');
  t.equal(large[0]?.title, 'all (18,446,744,073,709,551,616,000,000,000,000 samples, 100%)');
  t.equal(large[1]?.width, 1180);
});

t.test('lines that are none are counted, and the first is shown', { skip }, async (t) => {
  const [one, two] = [render([], 'a 1\nb\n'), render([], 'a 1\nb\n\nc -3\r\nb x\n')];
  t.equal(one.stderr, 'ior-flame: Ignored 1 line with invalid format: line 2 of stdin: "b"\n');
  t.equal(two.stderr, 'ior-flame: Ignored 3 lines with invalid format, the first is line 2 of stdin: "b"\n');
  t.equal(one.code, 0);
  t.equal(framesOf(two.stdout).length, 2);
  t.equal(render(['-q'], 'a 1\nb\n').stderr, '');
  t.equal(render([], 'a 1\n\x1b[31m\n').stderr.includes('\x1b'), false, 'and does not reach the terminal as it is');
});

t.test('two counts: the second is taken, and --diff draws the difference', { skip }, async (t) => {
  const input = 'a;b 1 2\na;c 9 4\na;d 4 4\n';
  const plain = render([], input);
  t.equal(plain.code, 0);
  t.equal(plain.stderr, 'ior-flame: 3 lines with two counts: the second was taken, --diff shows what changed\n');
  t.equal(folded([], input), 'a;b 2\na;c 4\na;d 4\n');
  const fill = (frames: readonly Frame[], name: string) => frames.find((frame) => frame.name === name)?.fill;
  const diff = drawn(['--diff'], input);
  const swapped = drawn(['--diff', '--negate'], input);
  t.strictSame(drawn(['--negate'], input), swapped);
  t.match(fill(diff, 'b'), /^#ff/, 'red for more');
  t.match(fill(diff, 'c'), /ff$/, 'blue for less');
  t.match(fill(swapped, 'b'), /ff$/);
  t.match(fill(swapped, 'c'), /^#ff/);
  t.match(diff.find(({ name }) => name === 'b')?.title, /\+1/);
  t.match(diff.find(({ name }) => name === 'c')?.title, /[-−–]5/);
  t.equal(fill(diff, 'd'), fill(swapped, 'd'));
  const nothing = render(['--negate'], INPUT);
  t.equal(nothing.code, 0);
  t.equal(nothing.stderr, 'ior-flame: no line has two counts: there is nothing for --diff and --negate to show\n');
});

t.test('where nothing is valid the picture says so, exit 1', { skip }, async (t) => {
  const cases: readonly (readonly [string, string, (readonly string[])?])[] = [
    ['', 'nothing to read'],
    ['\n# x\n', 'nothing to read'],
    ['garbage\n', 'a line of folded text is "frame;frame count"'],
    ['<?xml version="1.0"?>\n<svg/>\n', 'a line of folded text is "frame;frame count"'],
    ['a;b 0\nc 0\n', 'all counts are 0'],
    ['a;b 1\n', 'no stack has the base', ['--base', 'c']],
  ];
  const dir = directory(t);
  for (const [input, why, args = []] of cases) {
    const { code, stdout, stderr } = render(['-q', ...args], input);
    t.equal(code, 1, JSON.stringify(input));
    t.equal(stderr, `ior-flame: No stack counts found: ${why}\n`);
    const { document } = new JSDOM(stdout, { contentType: 'image/svg+xml' }).window;
    t.equal(document.querySelector('.notice')?.textContent, `No stack counts found: ${why}`);
    const target = join(dir, 'error.svg');
    t.equal(render(['-q', ...args, '-o', target], input).code, 1);
    t.equal(readFileSync(target, 'utf8'), stdout);
  }
  const loud = render([], 'garbage\n');
  t.match(
    loud.stderr,
    /^ior-flame: Ignored 1 line with invalid format: line 1 of stdin: "garbage"\nior-flame: No stack/,
  );
});

t.test('what cannot be read: a sentence, exit 1, and nothing is written', { skip }, async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'a.folded'), INPUT);
  writeFileSync(join(dir, 'cut.gz'), gzipSync('a;b 1\n'.repeat(10_000)).subarray(0, 40));
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['none'], 'cannot read none: no such file (ENOENT)'],
    [['a.folded', 'none'], 'cannot read none: no such file (ENOENT)'],
    [['.'], 'cannot read .: it is a directory, name the files in it'],
  ];
  for (const [args, sentence] of cases) {
    t.strictSame(render([...args, '-o', 'out.svg'], '', dir), {
      code: 1,
      stdout: '',
      stderr: `ior-flame: ${sentence}\n`,
    });
  }
  t.strictSame(readdirSync(dir).toSorted(), ['a.folded', 'cut.gz']);
  const cut = render(['-q', 'a.folded', 'cut.gz'], '', dir);
  t.equal(cut.code, 1);
  t.match(cut.stderr, /^ior-flame: cut\.gz: broken gzip data \(.*\): what comes before that is drawn\n$/);
  t.ok(framesOf(cut.stdout).length >= 5);
  t.match(render(['-o', 'no/x.svg', 'a.folded'], '', dir), {
    code: 1,
    stderr: 'ior-flame: cannot write no/x.svg: its directory does not exist (ENOENT)\n',
  });
});

t.test('options that change the stacks', { skip }, async (t) => {
  t.equal(folded(['--reverse'], INPUT), 'b;a 3\nb;d 2\nc;b;a 5\n');
  t.equal(folded(['-r'], INPUT), folded(['--reverse'], INPUT));
  t.equal(folded(['--base', 'b'], INPUT), 'b 5\nb;c 5\n');
  t.equal(folded(['--base=a', '--base', 'd'], INPUT), 'a;b 3\na;b;c 5\nd;b 2\n');
  t.equal(folded(['--factor', '2.5'], 'a 2\nb 4\n'), 'a 5\nb 10\n');
  const left = render(['--base', 'd'], INPUT);
  t.equal(left.code, 0);
  t.equal(left.stderr, 'ior-flame: 2 stacks without d left out, as --base asks\n');
});

t.test('--flamechart keeps the order and repeats', { skip }, async (t) => {
  const input = 'b;x 1\nb;y 2\na;x 3\nb;y 4\n';
  const row = (frames: readonly Frame[], depth: number) => {
    const ys = [...new Set(frames.map(({ y }) => y))].sort((a, b) => b - a);
    return frames
      .filter(({ y }) => y === ys[depth])
      .toSorted((a, b) => a.x - b.x)
      .map(({ name }) => name);
  };
  const chart = drawn(['--flamechart'], input);
  t.strictSame(row(chart, 1), ['b', 'a', 'b']);
  t.strictSame(row(chart, 2), ['x', 'y', 'x', 'y']);
  t.strictSame(row(drawn([], input), 1), ['a', 'b']);
  t.match(render(['--flamechart'], input).stdout, /<title>Flame chart<\/title>/);
  const dir = directory(t);
  for (const name of ['first', 'second']) writeFileSync(join(dir, name), `${name} 1\n`);
  for (const stdin of ['-', '/dev/stdin']) {
    const { stdout } = render(['--flamechart', 'second', stdin, 'first'], 'piped 1\n', dir);
    t.strictSame(row(framesOf(stdout), 1), ['second', 'piped', 'first'], `${stdin} in its place`);
  }
});

t.test('options of layout', { skip }, async (t) => {
  const plain = drawn([], INPUT);
  const root = (frames: readonly Frame[]) => frames[0] as Frame;
  t.match(root(plain), { x: 10, width: 1180, height: 15 });
  t.match(root(drawn(['--width', '640'], INPUT)), { x: 10, width: 620 });
  t.match(render(['--width=640'], INPUT).stdout, /<svg [^>]*width="640"/);
  t.match(root(drawn(['--height', '24'], INPUT)), { height: 23 });
  const ys = (args: readonly string[]) => drawn(args, INPUT).map(({ y }) => y);
  const [upright, hanging] = [ys([]), ys(['--inverted'])];
  t.ok((upright[0] as number) > (upright[1] as number), 'the root is below');
  t.ok((hanging[0] as number) < (hanging[1] as number), 'and with --inverted above');
  t.strictSame(ys(['-i']), hanging);
  t.match(render(['--inverted'], INPUT).stdout, /<title>Icicle graph<\/title>/);

  const names = (args: readonly string[], input: string) => drawn(args, input).map(({ name }) => name);
  const input = 'big 975\nmiddle;x 20\nsmall 5\n';
  t.strictSame(names([], input), ['all', 'big', 'middle', 'x', 'small']);
  t.strictSame(names(['--minwidth', '10'], input), ['all', 'big', 'middle', 'x'], 'px');
  t.strictSame(names(['--minwidth=10px'], input), ['all', 'big', 'middle', 'x']);
  t.strictSame(names(['--minwidth', '2.5%'], input), ['all', 'big'], '% of the total');
  t.equal(drawn(['--minwidth', '10'], 'a 5\nb 990\nc 5\n')[1]?.x, 15.9, 'the room of what is left out stays free');
  const tall = Number(/height="(\d+)"/.exec(render([], 'a;b;c;d 1\na 9999\n').stdout)?.[1]);
  const pruned = Number(/height="(\d+)"/.exec(render(['--minwidth', '1'], 'a;b;c;d 1\na 9999\n').stdout)?.[1]);
  t.equal(tall - pruned, 3 * 16, 'the height is that of what is drawn');
});

t.test('options of labels', { skip }, async (t) => {
  const label = (args: readonly string[]) => drawn(args, `${'w'.repeat(50)} 10\nx 90\n`)[1]?.label.length ?? 0;
  t.equal(label([]), 'wwwwwwwwwwww..'.length + 1);
  t.ok(label(['--fontsize', '8']) > label([]), 'a smaller font');
  t.ok(label(['--fontwidth', '0.3']) > label([]), 'a narrow font');
  t.ok(label(['--fontsize', '20']) < label([]));
  t.match(render(['--fonttype', 'Verdana "x" <y>'], INPUT).stdout, /Verdana &quot;x&quot; &lt;y&gt;/);
});

t.test('options of texts', { skip }, async (t) => {
  const { stdout } = render(
    ['--title', 'A <b> & "c"', '--subtitle', 'sub', '--notes', 'one -- two', '--nametype', 'F:'],
    INPUT,
  );
  const { document } = new JSDOM(stdout, { contentType: 'image/svg+xml' }).window;
  t.equal(document.querySelector('svg > title')?.textContent, 'A <b> & "c"');
  t.equal(document.querySelector('.title')?.textContent, 'A <b> & "c"');
  t.equal(document.querySelector('.subtitle')?.textContent, 'sub');
  t.match(document.querySelector('svg > desc')?.textContent, /one -- two/);
  t.ok(stdout.includes('F:'), 'nametype');

  const title = (args: readonly string[], input = 'a 1500000\nb 500000\n') => drawn(args, input)[1]?.title ?? '';
  t.match(title([]), /1,500,000 samples.*75(\.0+)? ?%/);
  t.match(title(['--countname', 'widgets']), /1,500,000 widgets/);
  t.match(title(['--countname', 'ns']), /1\.5 ms/);
  t.match(title(['--countname', 'us']), /1\.5 s/);
  t.match(title(['--countname', 'ms']), /25 min/);
  t.match(title(['--countname', 'bytes']), /1\.43 MiB/);
  t.match(title(['--countname', 'calls']), /1,500,000 calls/);
  t.match(title(['--factor', '0.001']), /1,500 samples.*75(\.0+)? ?%/);
});

t.test('--total', { skip }, async (t) => {
  const frames = drawn(['--total', '20'], INPUT);
  t.match(frames[0], { name: 'all', width: 1180 });
  t.match(frames[0]?.title, /20 samples/);
  t.match(frames[1], { name: 'a', width: 472 });
  t.match(frames[1]?.title, /8 samples.*40(\.0+)? ?%/);
  t.match(drawn(['--total', '20', '--factor', '10'], INPUT)[1]?.title, /80 samples.*40(\.0+)? ?%/);
  const less = render(['--total', '5'], INPUT);
  t.equal(less.code, 0);
  t.equal(less.stderr, 'ior-flame: Specified --total 5 is less than actual total 10, so ignored\n');
  t.equal(less.stdout, render([], INPUT).stdout);
  t.equal(render(['--total', '9.9'], INPUT).stderr, '', 'rounding is no news');
});

t.test('options of colours', { skip }, async (t) => {
  const input = 'java;Lorg/x;read_[k] 5\nnode;~x 3\n- 1\n';
  const fillsOf = (args: readonly string[], input: string) => drawn(args, input).map(({ fill }) => fill);
  const fills = (args: readonly string[]) => fillsOf(args, input);
  for (const palette of PALETTES) t.equal(fills(['--colors', palette]).length, 7, palette);
  t.strictSame(fills(['--color=io']), fills(['--colors', 'io']), 'shortened, as Getopt::Long takes it');
  t.strictSame(fills(['-c', 'io']), fills(['--colors', 'io']));
  t.strictSame(fills(['-colors', 'io']), fills(['--colors', 'io']), 'Getopt::Long takes one dash, too');
  t.strictSame(fills(['-colors=io']), fills(['--colors', 'io']));
  t.notSame(fills(['--colors', 'io']), fills(['--colors', 'mem']));
  t.strictSame(fills(['--colors', 'io', '--deterministic']), fills(['--colors', 'io']));
  const hashed = drawn(['--hash', '--colors', 'io'], 'read 1\n').find(({ name }) => name === 'read');
  t.equal(hashed?.fill, '#8080e6', 'as flamegraph.pl --hash --colors io');
  t.equal(drawn(['--hash', '--colors', 'io'], 'read 1\n')[0]?.fill, '#8c8cf5', 'the root has an empty name there');
  const calls = 'cat;read 1\n';
  t.notMatch(render(['--hash'], calls).stdout, /class="legend"/, 'a hash was asked for, and gets its palette');
  t.strictSame(fillsOf(['--hash'], calls), fillsOf(['--hash', '--colors', 'hot'], calls));
  t.match(render(['--bgcolors', '#ABC'], INPUT).stdout, /fill="#aabbcc"/);
  t.match(render(['--bgcolors', 'blue'], INPUT).stdout, /linearGradient/);
  t.equal(render(['--bgcolors', 'gray'], INPUT).stdout, render(['--bgcolors', 'grey'], INPUT).stdout);
  t.match(render(['--search-color', '#123456'], INPUT).stdout, /#123456/);
});

t.test("--cp: palette.map is read and written as flamegraph.pl's is", { skip }, async (t) => {
  const dir = directory(t);
  const map = join(dir, 'palette.map');
  const input = 'main;read 5\nmain;b\\xff 3\n';
  const fills = (args: readonly string[]) => {
    const { code, stdout, stderr } = render(args, input, dir);
    t.equal(code, 0);
    t.equal(stderr, '');
    return framesOf(stdout).map(({ name, fill }) => `${name} ${fill}`);
  };
  const first = fills(['--cp', '--hash', '--colors', 'io']);
  t.equal(
    first.find((frame) => frame.startsWith('read')),
    'read #8080e6',
  );
  t.equal(first[0], 'all #8c8cf5');
  const lines = readFileSync(map, 'latin1').trimEnd().split('\n');
  t.same(
    lines.map((line) => line.replace(/->rgb\(\d+,\d+,\d+\)$/, '')),
    ['', 'b\xff', 'main', 'read'],
  );
  t.equal(lines[3], 'read->rgb(128,128,230)');
  t.strictSame(fills(['--cp', '--colors', 'red']), first, 'names keep their colours');
  writeFileSync(map, 'read->rgb(1,2,3)\nmain->#ABCDEF\nelsewhere->rgb(9, 9, 9)\n');
  const chosen = fills(['--cp']);
  t.same(chosen.slice(1, 2).concat(chosen.at(-1) ?? ''), ['main #abcdef', 'read #010203']);
  t.match(readFileSync(map, 'latin1'), /^elsewhere->rgb\(9,9,9\)$/m, 'what is not drawn stays');
  fills([]);
  for (const line of ['nonsense', 'a->rgb(1,2,300)', 'a->red']) {
    writeFileSync(map, `\nb->rgb(1,2,3)\n${line}\n`);
    t.strictSame(render(['--cp'], input, dir), {
      code: 2,
      stdout: '',
      stderr: `ior-flame: line 3 of palette.map is not as in main->rgb(230,120,30): "${line}"\n`,
    });
    t.equal(render([], input, dir).code, 0, 'nobody asked for it');
  }
});

t.test('what is wrong with the command line: one sentence, exit 2', { skip }, async (t) => {
  const palettes = PALETTES.join(', ');
  const help = 'see ior-flame render --help';
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['--bogus'], `unknown option --bogus: ${help}`],
    [['-x'], `unknown option -x: ${help}`],
    [['--title'], `--title needs a value: ${help}`],
    [['-o'], `-o needs a value: ${help}`],
    [['--hash=1'], "--hash takes no value: it was given '1'"],
    [['--font', 'x'], '--font may be --fonttype or --fontsize or --fontwidth: write out which'],
    [['--colors', 'foo'], `--colors: no palette 'foo': choose from ${palettes}`],
    [
      ['--bgcolors', 'red'],
      "--bgcolors: no colour 'red': choose from yellow, blue, green, grey, or write it as in #e600e6",
    ],
    [['--search-color', 'red'], "--search-color: no colour 'red': write it as in #e600e6"],
    [['--width', 'wide'], "--width: 'wide' is not a width in px: give a number from 50 to 100000"],
    [['--width', '10'], "--width: '10' is not a width in px: give a number from 50 to 100000"],
    [['--height', '-3'], "--height: '-3' is not a height in px: give a number from 2 to 1000"],
    [['--minwidth', '%'], "--minwidth: '%' is not a share of the total: give a number from 0 to 100"],
    [['--minwidth', '101%'], "--minwidth: '101%' is not a share of the total: give a number from 0 to 100"],
    [['--minwidth', ''], "--minwidth: '' is not a width in px, or in % as in 0.5%: give a number from 0 to 100000"],
    [['--width', ''], "--width: '' is not a width in px: give a number from 50 to 100000"],
    [['--width', '1e400'], "--width: '1e400' is not a width in px: give a number from 50 to 100000"],
    [['--width', '0x500'], "--width: '0x500' is not a width in px: give a number from 50 to 100000"],
    [['--total', '-5'], "--total: '-5' is not a count: give a number above 0"],
    [['--total', 'Infinity'], "--total: 'Infinity' is not a count: give a number above 0"],
    [['--factor', '0'], "--factor: '0' is not a factor: give a number from 1e-12 to 1000000000000"],
    [['--colors', ''], `--colors: no palette '': choose from ${palettes}`],
    [
      ['--bgcolors', '#12345'],
      "--bgcolors: no colour '#12345': choose from yellow, blue, green, grey, or write it as in #e600e6",
    ],
    [['--search-color', '#xyzxyz'], "--search-color: no colour '#xyzxyz': write it as in #e600e6"],
    [['-titel', 'x'], `unknown option -t: ${help}`],
    [['--fontsize', '0'], "--fontsize: '0' is not a size in px: give a number from 1 to 200"],
    [
      ['--fontwidth', 'x'],
      "--fontwidth: 'x' is not a share of the font size, as in 0.59: give a number from 0.01 to 10",
    ],
    [['--total', '0'], "--total: '0' is not a count: give a number above 0"],
    [['--factor', 'NaN'], "--factor: 'NaN' is not a factor: give a number from 1e-12 to 1000000000000"],
    [['--format', 'png'], "--format: no format 'png': choose from svg, html, folded"],
    [
      ['-o', 'a.png'],
      'cannot tell the format of a.png by its name: end it in .svg or .html or .folded, or give --format',
    ],
  ];
  for (const [args, sentence] of cases) {
    t.strictSame(render(args, INPUT), { code: 2, stdout: '', stderr: `ior-flame: ${sentence}\n` }, args.join(' '));
  }
});

t.test('--help names every option, fits a terminal, and reads nothing', { skip }, async (t) => {
  for (const args of [['--help'], ['-h'], ['none', '--help']]) {
    const { code, stdout, stderr } = render(args);
    t.equal(code, 0);
    t.equal(stderr, '');
    t.match(stdout, /^ior-flame render \[files\.\.\]\n/);
    const options = [...stdout.matchAll(/^\s+(?:-\w, )?\s*--([\w-]+)/gm)].map(([, name]) => name);
    t.strictSame(
      options.toSorted(),
      `base bgcolors colors countname cp deterministic diff factor flamechart fontsize fonttype fontwidth format hash
       height help inverted minwidth nametype negate notes output quiet reverse search-color subtitle title total
       version width`.split(/\s+/),
    );
    t.ok(stdout.split('\n').every((line) => line.length <= 110));
    t.notMatch(stdout, /undefined/);
  }
});

t.test('a stack of 100,000 frames', { skip }, async (t) => {
  const input = `${Array.from({ length: 100_000 }, (_, i) => `f${i % 1000}`).join(';')} 5\n`;
  t.equal(folded([], input), input);
  const { code, stdout } = render([], input);
  t.equal(code, 0);
  t.equal(stdout.match(/<g><title>/g)?.length, 100_001);
});

t.test('much text is read in a second thread, from the start or from some line on', { skip }, async (t) => {
  const dir = directory(t);
  const names = Array.from({ length: 1000 }, (_, i) => `main;function_${i % 10};function_${i % 100};leaf_${i}`);
  const block = names.map((name, i) => `${name} ${i + 1}\n`).join('');
  const times = Math.ceil((60 << 20) / block.length);
  const text = Buffer.from(`${block.repeat(times)}bad\n${block}worse\n`);
  const expected = names.map((name, i) => `${name} ${(i + 1) * (times + 1)}\n`).toSorted();
  writeFileSync(join(dir, 'a.folded'), text);
  writeFileSync(join(dir, 'b.gz'), gzipSync(text, { level: 1 }));
  for (const name of ['a.folded', 'b.gz']) {
    const { code, stdout, stderr } = render(['--format', 'folded', name], '', dir);
    t.equal(code, 0);
    t.equal(stdout, expected.join(''), name);
    const bad = `the first is line ${times * 1000 + 1} of ${name}: "bad"`;
    t.equal(stderr, `ior-flame: Ignored 2 lines with invalid format, ${bad}\n`);
  }
});

t.test(
  'the other thread fails: a sentence or a bug is told, nothing is written, and nobody waits for ever',
  { skip },
  async (t) => {
    const dir = directory(t);
    cpSync(join(CLI, '../..'), join(dir, 'dist'), { recursive: true });
    writeFileSync(join(dir, 'package.json'), '{"type":"module","version":"0"}');
    const block = Array.from({ length: 1000 }, (_, i) => `main;function_${i};leaf 1\n`).join('');
    writeFileSync(join(dir, 'a.folded'), block.repeat(Math.ceil((60 << 20) / block.length)));
    const dying: Readonly<Record<string, readonly [code: string, seen: RegExp]>> = {
      'at once': ['process.exit(7)', /the thread that reads lines ended \(7\)/],
      'as it starts': ['throw new Error("boom")', /boom/],
      midway: [
        `import { parentPort } from 'node:worker_threads';
       let left = 3;
       parentPort.on('message', () => left-- || process.exit(9));`,
        /the thread that reads lines ended \(9\)/,
      ],
      'without memory': [
        'const all = []; for (;;) all.push(Array.from({ length: 1e5 }, (_, i) => ({ i })));',
        /^ior-flame: not enough memory \(.*\): give it less to read at a time\n$/,
      ],
    };
    for (const [name, [code, seen]] of Object.entries(dying)) {
      writeFileSync(join(dir, 'dist/cli/stack-worker.js'), code);
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--max-old-space-size=120', join(dir, 'dist/cli/main.js'), 'render', '-o', 'out.svg', 'a.folded'],
        { cwd: dir, encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '' } },
      );
      t.equal(status, 1, name);
      t.equal(stdout, '', name);
      t.match(stderr, seen, name);
      t.strictSame(readdirSync(dir).toSorted(), ['a.folded', 'dist', 'package.json'], name);
    }
  },
);
