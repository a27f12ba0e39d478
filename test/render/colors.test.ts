import t from 'tap';
import { CALL_KINDS, kindOf } from '../../src/render/call-kinds.ts';
import { differenceColor } from '../../src/render/difference.ts';
import { contrast, inkOn } from '../../src/render/ink.ts';
import { PALETTES } from '../../src/render/options.ts';
import { KIND_COLORS, NEUTRAL_COLORS, NEUTRAL_INKS, TINT } from '../../src/render/painting.ts';
import { hashVariation, nameVariation, paletteColor } from '../../src/render/palettes.ts';
import { DARK_BACKGROUND } from '../../src/render/style.ts';
import { X86_64 } from '../../src/syscalls/x86-64.ts';
import { asDeuteranope, difference, linear, over } from './perception.ts';
import { captureTrie, differenceOf, drawnFrames, svgOf, trieOf } from './pictures.ts';

const KINDS = CALL_KINDS.map((kind) => [kind, KIND_COLORS[kind]] as const);

t.test('what each system call does', async (t) => {
  const of: Readonly<Record<string, string>> = {
    'read pread64 readv preadv2 recvfrom recvmsg readahead': 'read',
    'write pwritev2 sendto sendfile splice copy_file_range ftruncate fallocate': 'write',
    'newfstatat statx access readlink getxattr fchmodat utimensat statfs': 'metadata',
    'fsync fdatasync sync syncfs sync_file_range msync': 'sync',
    'openat creat close close_range dup2 memfd_create accept4': 'open/close',
    'getdents64 mkdir rmdir rename linkat unlinkat symlink chdir mknodat': 'directory',
    'lseek mmap ioctl fcntl flock execve io_uring_enter futex syscall_999': 'other',
  };
  for (const [names, kind] of Object.entries(of))
    for (const name of names.split(' ')) t.equal(kindOf(name), kind, name);
  for (const name of ['vfs_read', 'READ', '', 'all', '/read', 'syscall_']) t.equal(kindOf(name), undefined, name);
  const movers = X86_64.filter(({ family, returns }) => family === 'file' && returns === 'bytes');
  t.notOk(
    movers.find(({ name }) => kindOf(name) === 'other'),
    'whatever moves bytes of files has a kind',
  );
});

t.test('text has a contrast of at least 4.5:1, in the light and in the dark', async (t) => {
  const [lightNeutral, darkNeutral] = NEUTRAL_COLORS;
  const [lightInk, darkInk] = NEUTRAL_INKS;
  const pairs: (readonly [string, string, string])[] = [
    ['neutral', lightInk, lightNeutral],
    ['neutral, dark', darkInk, darkNeutral],
    ['title, dark', darkInk, DARK_BACKGROUND],
  ];
  for (const [kind, color] of KINDS) {
    pairs.push([kind, inkOn(color), color]);
    pairs.push([`${kind}, tint`, lightInk, over(color, TINT, '#ffffff')]);
    pairs.push([`${kind}, tint, dark`, darkInk, over(color, TINT, DARK_BACKGROUND)]);
  }
  for (const [what, ink, color] of pairs) {
    t.ok(contrast(ink, color) >= 4.5, `${what}: ${contrast(ink, color).toFixed(1)}`);
  }
  t.equal(contrast('#000000', '#ffffff'), 21);
});

t.test('ink is legible on every colour there is', async (t) => {
  let least = 21;
  for (let r = 0; r < 256; r += 5) {
    for (let g = 0; g < 256; g += 5) {
      for (let b = 0; b < 256; b += 5) {
        const color = `#${[r, g, b].map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
        least = Math.min(least, contrast(inkOn(color), color));
      }
    }
  }
  t.ok(least >= 4.5, `least contrast ${least.toFixed(2)}`);
});

t.test('kinds of calls stay apart, for deuteranopes too', async (t) => {
  // CIEDE2000's own test data (Sharma et al. 2005), so that the measure is known to be right: pair 1
  t.equal(difference(linear('#000000'), linear('#ffffff')).toFixed(0), '100');
  const colors = [...KINDS, ['neutral', NEUTRAL_COLORS[0]] as const];
  for (const [i, [first, a]] of colors.entries()) {
    for (const [second, b] of colors.slice(i + 1)) {
      const apart = difference(linear(a), linear(b));
      const apartForThem = difference(asDeuteranope(linear(a)), asDeuteranope(linear(b)));
      t.ok(apart >= 15, `${first} and ${second}: ${apart.toFixed(1)}`);
      t.ok(apartForThem >= 12, `${first} and ${second}, deuteranopia: ${apartForThem.toFixed(1)}`);
    }
  }
});

t.test("--hash gives flamegraph.pl's colours", async (t) => {
  // computed by Perl, by the text of flamegraph.pl's namehash and color
  const table = `
    read #8080e6 #f1b828
    malloc #6d6de2 #ee7024
    a #7474df #eb8c21
    libc.so\`malloc #6d6de5 #f07027
    'ab #6b6bd8 #e56a1a
    vfs_read_[k] #7171e0 #ec8022
    /usr #6e6ee0 #ec7422
    ñandú #7f7fdc #e8b51e
    日本 #7979ed #f7a02f
    x #8c8cf5 #ffe637
    ab #6b6bd6 #e26818`;
  for (const row of table.trim().split('\n')) {
    const [name = '', io, hot] = row.trim().split(' ');
    t.equal(paletteColor('io', name, hashVariation(name)), io, name);
    t.equal(paletteColor('hot', name, hashVariation(name)), hot, name);
  }
  t.equal(paletteColor('io', '<init>', hashVariation('<init>')), paletteColor('io', '(init)', hashVariation('(init)')));
  const svg = svgOf(trieOf([[['read'], 1]]), { colors: 'io', hash: true });
  t.equal(drawnFrames(svg)[1]?.fill, '#8080e6');
});

t.test('every palette', async (t) => {
  const low = [0, 0, 0] as const;
  const high = [1, 1, 1] as const;
  const ranges: Readonly<Record<string, readonly [string, string]>> = {
    hot: ['#cd0000', '#ffe637'],
    mem: ['#00be00', '#00f0d2'],
    io: ['#5050be', '#8c8cf5'],
    red: ['#c83232', '#ff8282'],
    green: ['#32c832', '#6eff6e'],
    blue: ['#5050cd', '#8c8cff'],
    yellow: ['#afaf32', '#e6e646'],
    purple: ['#be50be', '#ff8cff'],
    aqua: ['#32a5a5', '#6edcdc'],
    orange: ['#be5a00', '#ff9b00'],
  };
  for (const palette of PALETTES) {
    if (palette === 'syscalls') continue;
    const range = ranges[palette];
    if (range) t.same([paletteColor(palette, 'x', low), paletteColor(palette, 'x', high)], range, palette);
  }
  const like = (palette: 'java' | 'js' | 'perl' | 'wakeup' | 'chain', name: string) =>
    Object.keys(ranges).find((flat) => paletteColor(palette, name, low) === ranges[flat]?.[0]);
  const rules: readonly (readonly ['java' | 'js' | 'perl' | 'wakeup' | 'chain', string, string])[] = [
    ['java', 'Ljava/lang/String', 'green'],
    ['java', 'org/apache/Foo', 'green'],
    ['java', 'Foo:::bar', 'green'],
    ['java', 'Foo::bar', 'yellow'],
    ['java', 'anything_[j]', 'green'],
    ['java', 'anything_[i]', 'aqua'],
    ['java', 'sys_read_[k]', 'orange'],
    ['java', 'main', 'red'],
    ['js', '/app/x.js:3_[j]', 'green'],
    ['js', 'Builtin_[j]', 'aqua'],
    ['js', '/app/x.js', 'green'],
    ['js', 'v8::Call', 'yellow'],
    ['js', 'Builtin:x', 'aqua'],
    ['js', ' ', 'green'],
    ['js', 'sys_read_[k]', 'orange'],
    ['js', 'main', 'red'],
    ['perl', 'Perl_pp_entersub', 'green'],
    ['perl', 'a::b', 'yellow'],
    ['perl', 'sys_read_[k]', 'orange'],
    ['perl', 'main', 'red'],
    ['wakeup', 'main', 'aqua'],
    ['chain', 'main', 'blue'],
    ['chain', 'main_[w]', 'aqua'],
  ];
  for (const [palette, name, flat] of rules) t.equal(like(palette, name), flat, `${palette}: ${name}`);
});

t.test('a name always has the same colour, neighbours have others', async (t) => {
  const colors = new Set(
    Array.from({ length: 200 }, (_, i) => paletteColor('hot', `/lib${i}`, nameVariation(`/lib${i}`))),
  );
  t.ok(colors.size > 195);
  const [first, second] = [svgOf(trieOf([[['a', 'b'], 1]])), svgOf(trieOf([[['x', 'b'], 5]]), { deterministic: true })];
  t.equal(drawnFrames(first)[2]?.fill, drawnFrames(second)[2]?.fill);
});

t.test('separators are grey', async (t) => {
  const frames = drawnFrames(
    svgOf(
      trieOf([
        [['a', '-', 'b'], 1],
        [['a', '--', 'b'], 1],
      ]),
    ),
  );
  const fill = (name: string) => frames.find(({ title }) => title.startsWith(`${name} (`))?.fill;
  t.equal(fill('-'), '#c8c8c8');
  t.equal(fill('--'), '#a0a0a0');
});

t.test('without --colors: by what the calls do where leaves are calls, otherwise hot', async (t) => {
  const calls = drawnFrames(svgOf(captureTrie()));
  const fill = (start: string) => calls.find(({ title }) => title.startsWith(start))?.fill;
  t.equal(fill('fdatasync:'), KIND_COLORS.sync);
  t.equal(fill('pwrite64:'), KIND_COLORS.write);
  t.equal(fill('recvfrom:'), KIND_COLORS.read);
  t.equal(fill('newfstatat:'), KIND_COLORS.metadata);
  t.equal(fill('getdents64:'), KIND_COLORS.directory);
  t.equal(fill('socket:'), undefined, 'a kind of file is no call');
  t.equal(fill('postgres:'), undefined);
  t.match(svgOf(captureTrie()), /<g class="legend">/);

  const folded = svgOf(
    trieOf([
      [['cat', '/x', 'read'], 95],
      [['cat', 'main'], 5],
    ]),
  );
  t.match(folded, /<g class="legend">/, 'folded text of ours, too');
  const cpu = svgOf(
    trieOf([
      [['cat', 'main', 'read'], 50],
      [['cat', 'main', 'compute'], 50],
    ]),
  );
  t.notMatch(cpu, /<g class="legend">/);
  t.match(drawnFrames(cpu)[1]?.fill, /^#[cdef]/);
  t.notMatch(svgOf(captureTrie(), { colors: 'hot' }), /class="legend"/);
  t.match(svgOf(trieOf([[['a', 'b'], 1]]), { colors: 'syscalls' }), /class="legend"/, 'asked for');
});

t.test('calls at the bottom (--reverse)', async (t) => {
  const reversed = trieOf([
    [['read', '/log', '/var', 'sync'], 9],
    [['write', '/x', 'dd'], 3],
  ]);
  const frames = drawnFrames(svgOf(reversed, { isReversed: true }));
  const fills = Object.fromEntries(frames.map(({ title, fill }) => [title.split(' (')[0], fill]));
  t.equal(fills.read, KIND_COLORS.read);
  t.equal(fills.write, KIND_COLORS.write);
  t.equal(fills.sync, undefined, 'a program, for once');
  t.ok('/var/log' in fills, 'paths are joined all the same');
});

t.test('a call that is still running', async (t) => {
  const trie = trieOf([
    [['cat', '/x', 'read'], 5],
    [['cat', '/x', 'read', '[unfinished]'], 5],
  ]);
  const frames = drawnFrames(svgOf(trie));
  t.same(
    frames.map(({ fill }) => fill),
    [undefined, undefined, undefined, KIND_COLORS.read, KIND_COLORS.other],
  );
  const pending = drawnFrames(svgOf(trieOf([[['cat', '/x', 'read', '[unfinished]'], 5]])));
  t.equal(pending[3]?.fill, KIND_COLORS.read, 'and nothing else of it is there');
});

t.test('what most of a frame is tints it', async (t) => {
  const trie = trieOf([
    [['cat', '/a', 'read'], 6],
    [['cat', '/a', 'write'], 3],
    [['cat', '/b', 'write'], 4],
  ]);
  const svg = svgOf(trie);
  const tint = (name: string) => new RegExp(`<title>${name} [^>]*><rect[^>]*class="k(\\d)"`).exec(svg)?.[1];
  t.equal(tint('/a'), String(CALL_KINDS.indexOf('read')));
  t.equal(tint('cat'), String(CALL_KINDS.indexOf('write')));
  t.equal(tint('all'), undefined, 'the root says nothing');
});

t.test("differences have flamegraph.pl's colours, of frames with all on them", async (t) => {
  t.equal(differenceColor(10, 10, false), '#ff0000');
  t.equal(differenceColor(-10, 10, false), '#0000ff');
  t.equal(differenceColor(5, 10, false), '#ff6969');
  t.equal(differenceColor(5, 10, true), '#6969ff');
  t.equal(differenceColor(0, 10, false), '#ffffff');
  const trie = differenceOf([
    [['a', 'grown'], 10, 30],
    [['a', 'shrunk'], 30, 20],
    [['a', 'same'], 10, 10],
  ]);
  const fills = (svg: string) => Object.fromEntries(drawnFrames(svg).map(({ title, fill }) => [title, fill]));
  t.same(fills(svgOf(trie)), {
    'all (60 samples, 100%)': '#ff6969',
    'a (60 samples, 100.00%; +16.67%)': '#ff6969',
    'grown (30 samples, 50.00%; +33.33%)': '#ff0000',
    'same (10 samples, 16.67%; 0.00%)': '#ffffff',
    'shrunk (20 samples, 33.33%; -16.67%)': '#6969ff',
  });
  const negated = fills(svgOf(trie, { negate: true }));
  t.equal(negated['grown (30 samples, 50.00%; -33.33%)'], '#0000ff');
});
