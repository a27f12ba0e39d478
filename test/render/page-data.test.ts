// What a page carries is what it was made of: stacks and weights out of page-data.ts into the arrays of its script, and what the
// script makes of them: groupings, sums, filters, searches, tables, frames.

import fc from 'fast-check';
import t from 'tap';
import { differenceOf, drawnDifference } from '../../src/fold/difference.ts';
import { foldWithFields } from '../../src/fold/fold.ts';
import { recognizedFields } from '../../src/fold/recognized-fields.ts';
import { visibleName } from '../../src/model/escape.ts';
import { Profile } from '../../src/model/profile.ts';
import { ROOT, Trie } from '../../src/model/trie.ts';
import { fillsOf } from '../../src/render/browser/page/fills.ts';
import { keptStacks } from '../../src/render/browser/page/filters.ts';
import { foundNodes, foundShare } from '../../src/render/browser/page/find.ts';
import { measuresOf, stackWeights, sumsOf } from '../../src/render/browser/page/measures.ts';
import { makePaths } from '../../src/render/browser/page/paths.ts';
import { readStacks, type Stacks } from '../../src/render/browser/page/stacks.ts';
import { FIRST_STATE, hashOf, stateOf } from '../../src/render/browser/page/state.ts';
import { tablesOf } from '../../src/render/browser/page/tables.ts';
import { makeTree, type Tree } from '../../src/render/browser/page/tree.ts';
import { visibleFrames } from '../../src/render/browser/page/visible.ts';
import { type Page, renderPage } from '../../src/render/page.ts';
import { capture, STACKS, type Stack, trieOf } from './pictures.ts';

function stacksOf(trie: Trie, page: Page = {}): Stacks {
  const html = Buffer.concat([...renderPage(trie, page)]).toString();
  const [, data = ''] = /<template id="stacks">(.*?)<\/template>/s.exec(html) ?? [];
  return readStacks(data.replace(/&(?:lt|gt|amp|quot|#39);/g, (entity) => ENTITIES[entity] as string));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
};

/** Each stack with its weights, sorted. */
function linesOf({ nodes, names, stackNodes, weights, heading }: Stacks): string[] {
  return [...stackNodes]
    .map((end, stack) => {
      const frames: string[] = [];
      for (let node = end; node > 0; node = nodes.parents[node] as number)
        frames.push(names[nodes.names[node] as number] as string);
      const numbers = weights.map((column) => (column[stack] as number) / heading.factor);
      return JSON.stringify([frames.reverse(), numbers]);
    })
    .sort();
}

function trieLines(trie: Trie, columns = trie.columns.map((_, column) => column)): string[] {
  const lines: string[] = [];
  for (let node = ROOT; node < trie.length; node++) {
    const numbers = columns.map((column) => trie.self(node, column));
    if (numbers.every((number) => number === 0)) continue;
    const frames: string[] = [];
    for (let at = node; at > ROOT; at = trie.parent(at)) frames.push(visibleName(trie.texts.text(trie.name(at))));
    lines.push(JSON.stringify([frames.reverse(), numbers]));
  }
  return lines.sort();
}

const captured = () => {
  const { trie, fields } = foldWithFields(capture());
  return { trie, stacks: stacksOf(trie, { fields }) };
};

function groupedBy(stacks: Stacks, label: string): Tree {
  const grouping = stacks.heading.groupings.find((one) => one.label === label);
  return makeTree(stacks, grouping as Tree['grouping'], undefined);
}

/** Frames of the first levels with what they are worth. */
function frames(stacks: Stacks, tree: Tree, column = 0): string[] {
  const sums = tree.sums(stacks.weights[column] as Float64Array);
  return [...tree.nodes.names].map(
    (name, node) => `${' '.repeat(tree.nodes.depths[node] as number)}${stacks.names[name]} ${sums[node]}`,
  );
}

t.test('any stacks with any names and counts come out as they went in', async () => {
  fc.assert(
    fc.property(STACKS, (stacks) => {
      const trie = trieOf(stacks);
      if ((trie.totals(0)[ROOT] as number) === 0) return;
      t.strictSame(linesOf(stacksOf(trie)), trieLines(trie));
    }),
    { numRuns: 300 },
  );
});

t.test('all weights of a capture, fractions, and changes below 0', async (t) => {
  const { trie, stacks } = captured();
  t.strictSame(linesOf(stacks), trieLines(trie));
  t.strictSame(
    stacks.heading.columns.map(({ name }) => name),
    ['durationNs', 'calls', 'bytes', 'errors', 'maxNs', 'gapNs'],
  );
  const fractions = trieOf([
    [['a'], 10.5],
    [['b'], 0.125],
  ]);
  t.strictSame(linesOf(stacksOf(fractions)), trieLines(fractions));
  const both = differenceOf(trieOf([[['a', 'b'], 9]]), trieOf([[['a'], 5]]), { normalize: false, stripHex: false });
  const drawn = drawnDifference(both, 'after', false);
  t.strictSame(linesOf(stacksOf(drawn)), trieLines(drawn));
});

t.test('every grouping has the same total, and its frames in order', async (t) => {
  const { stacks } = captured();
  t.strictSame(
    stacks.heading.groupings.map(({ label }) => label),
    ['comm → path → syscall', 'path → comm → syscall', 'syscall → path'],
  );
  for (const { label } of stacks.heading.groupings) {
    for (const [column, weights] of stacks.weights.entries()) {
      if (stacks.heading.columns[column]?.merge === 'max') continue;
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      t.equal(groupedBy(stacks, label).sums(weights)[0], total, label);
    }
  }
  const byCall = frames(stacks, groupedBy(stacks, 'syscall → path'));
  t.ok(byCall.indexOf(' fdatasync 410000000') > 0);
  t.strictSame(byCall.slice(byCall.indexOf(' fdatasync 410000000')).slice(0, 5), [
    ' fdatasync 410000000',
    '  /var 410000000',
    '   /lib 410000000',
    '    /pg_wal 410000000',
    '     /0001 410000000',
  ]);
  const byPath = frames(stacks, groupedBy(stacks, 'path → comm → syscall'));
  t.ok(byPath.includes('     postgres 440000000'), 'the program stands on the file');
  t.ok(byPath.includes(' socket 90000000'));
});

/** The slow twin of makeTree: a Map of Maps. Each node as its depth, field and name, with the stacks that end there. */
function slowTree(stacks: Stacks, grouping: Tree['grouping'], kept: Uint8Array | undefined): string[] {
  interface Slow {
    readonly children: Map<string, Slow>;
    readonly ends: number[];
  }
  const { nodes, names } = stacks;
  const root: Slow = { children: new Map(), ends: [] };
  for (const [stack, end] of stacks.stackNodes.entries()) {
    if (kept?.[stack] === 0) continue;
    let frames: (readonly [field: number, name: string])[] = [];
    for (let node = end; node > 0; node = nodes.parents[node] as number) {
      frames.unshift([nodes.fields[node] as number, names[nodes.names[node] as number] as string]);
    }
    if (grouping.isReversed) frames.reverse();
    const all = frames;
    if (grouping.order) frames = grouping.order.flatMap((field) => all.filter(([of]) => of === field));
    let at = root;
    for (const [field, name] of frames) {
      const key = JSON.stringify([name, field]);
      const next = at.children.get(key) ?? { children: new Map(), ends: [] };
      at.children.set(key, next);
      at = next;
    }
    at.ends.push(stack);
  }
  const lines: string[] = [];
  const write = (slow: Slow, depth: number) => {
    const children = [...slow.children].map(([key, child]) => ({ key: JSON.parse(key) as [string, number], child }));
    children.sort(({ key: a }, { key: b }) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1));
    for (const { key, child } of children) {
      lines.push(JSON.stringify([depth, key[1], key[0], child.ends]));
      write(child, depth + 1);
    }
  };
  write(root, 1);
  return lines;
}

function treeLines({ names }: Stacks, { nodes, endOf }: Tree): string[] {
  const ends: number[][] = Array.from({ length: nodes.length }, () => []);
  for (const [stack, node] of endOf.entries()) if (node >= 0) ends[node]?.push(stack);
  const lines: string[] = [];
  for (let node = 1; node < nodes.length; node++) {
    const parent = nodes.parents[node] as number;
    const end = nodes.ends[node] as number;
    if (nodes.depths[node] !== (nodes.depths[parent] as number) + 1 || parent >= node) throw new Error('its parent');
    if (end <= node || end > (nodes.ends[parent] as number)) throw new Error('its end');
    lines.push(
      JSON.stringify([nodes.depths[node], nodes.fields[node], names[nodes.names[node] as number], ends[node]]),
    );
  }
  return lines;
}

const LETTER = fc.constantFrom('a', 'b', 'c', 'read', '[unfinished]');

t.test('any grouping of any stacks, some of them hidden, is as a slow twin has it', async () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'é'), { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(fc.array(fc.tuple(LETTER, path, LETTER), { minLength: 1, maxLength: 30 }), fc.nat(), (rows, seed) => {
      const profile = new Profile(['comm', 'path', 'syscall']);
      for (const row of rows) {
        const texts = row.map((text) => profile.texts.id(text));
        profile.add(texts, [1, 0, 7, 7, 0, 0]);
      }
      const { trie, fields } = foldWithFields(profile);
      const turns = [{ label: 'from the end', isReversed: true }];
      for (const stacks of [stacksOf(trie, { fields }), stacksOf(trie)]) {
        const kept = Uint8Array.from(stacks.stackNodes, (_, stack) => ((seed >> (stack % 30)) & 1 ? 1 : 0));
        for (const grouping of [...stacks.heading.groupings, ...turns] as Tree['grouping'][]) {
          for (const some of [undefined, kept]) {
            t.strictSame(
              treeLines(stacks, makeTree(stacks, grouping, some)),
              slowTree(stacks, grouping, some),
              grouping.label,
            );
          }
        }
      }
    }),
    { numRuns: 100 },
  );
});

t.test(
  'what a tooltip says of a frame is what all on it adds up to, and of the longest calls the longest',
  async (t) => {
    const { stacks } = captured();
    const [measure] = measuresOf(stacks) as [ReturnType<typeof measuresOf>[number]];
    for (const { label } of stacks.heading.groupings) {
      const tree = groupedBy(stacks, label);
      const sums = sumsOf(stacks, stackWeights(stacks), tree, measure, false);
      for (const [column, { name }] of stacks.heading.columns.entries()) {
        const weights = stacks.weights[column] as Float64Array;
        const expected = [...tree.sums(weights)];
        if (name === 'maxNs') {
          for (let node = 0; node < expected.length; node++) {
            const on = [...weights].filter((_, stack) => {
              const end = tree.endOf[stack] as number;
              return end >= node && end < (tree.nodes.ends[node] as number);
            });
            expected[node] = Math.max(0, ...on);
          }
        }
        const values = expected.map((_, node) => sums.value(column, node));
        t.strictSame(values, expected, `${label} ${name}`);
      }
    }
  },
);

t.test('a flame chart without what is hidden merges those that become neighbours, in their order', async (t) => {
  const trie = new Trie([{ name: 'samples', unit: 'samples', merge: 'sum' }]);
  for (const names of [['b', 'x'], ['a'], ['b', 'x', 'y'], ['b']]) {
    let node = trie.append(ROOT, trie.texts.id(names[0] as string));
    for (const name of names.slice(1)) node = trie.append(node, trie.texts.id(name));
    trie.add(node, 0, 1);
  }
  const stacks = stacksOf(trie, { flamechart: true });
  const [grouping] = stacks.heading.groupings as [Tree['grouping']];
  const shown = (kept?: Uint8Array) => frames(stacks, makeTree(stacks, grouping, kept)).slice(1);
  t.strictSame(shown(), [' b 1', '  x 1', ' a 1', ' b 1', '  x 1', '   y 1', ' b 1']);
  t.strictSame(shown(Uint8Array.of(1, 0, 1, 1)), [' b 3', '  x 2', '   y 1']);
});

t.test('without fields: from the end', async (t) => {
  const stacks = stacksOf(
    trieOf([
      [['a', 'b', 'c'], 1],
      [['x', 'b', 'c'], 2],
      [['c'], 4],
    ]),
  );
  t.strictSame(stacks.heading.fields, []);
  t.strictSame(frames(stacks, groupedBy(stacks, 'from the end')), ['all 7', ' c 7', '  b 3', '   a 1', '   x 2']);
});

t.test('fields of folded text that ends in system calls', async (t) => {
  const trie = trieOf([
    [['my app', '/etc', '/hosts', 'read'], 5],
    [['my app', 'socket', 'tcp', 'read'], 3],
    [['my app', 'sync'], 1],
    [['my app', '/etc', 'read', '[unfinished]'], 2],
  ]);
  const fields = recognizedFields(trie);
  t.strictSame(fields?.names, ['comm', 'path', 'syscall']);
  const stacks = stacksOf(trie, { fields });
  t.strictSame(frames(stacks, groupedBy(stacks, 'syscall → path')), [
    'all 11',
    ' read 10',
    '  /etc 5',
    '   /hosts 5',
    '  [unfinished] 2',
    '   /etc 2',
    '  socket 3',
    '   tcp 3',
    ' sync 1',
  ]);
  t.equal(recognizedFields(trieOf([[['main', 'malloc'], 5]])), undefined);
});

t.test('a difference of any two: white with itself, changes add up, swapped they are the other way round', async () => {
  const pageOf = (before: readonly Stack[], after: readonly Stack[], page?: Page) => {
    const both = differenceOf(trieOf(before), trieOf(after), { normalize: false, stripHex: false });
    return stacksOf(drawnDifference(both, 'after', false), page);
  };
  const drawnOf = (stacks: Stacks) => {
    const tree = groupedBy(stacks, 'from the root');
    const [measure] = measuresOf(stacks) as [ReturnType<typeof measuresOf>[number]];
    const weights = stackWeights(stacks);
    const sums = sumsOf(stacks, weights, tree, measure, true);
    const { fill } = fillsOf(stacks, undefined, tree, sums, weights.drawn(measure, true));
    const changes = new Map<string, readonly [number, string]>();
    const ways: string[] = [''];
    for (let node = 0; node < tree.nodes.length; node++) {
      const name = JSON.stringify(stacks.names[tree.nodes.names[node] as number]);
      ways[node] = node === 0 ? '' : `${ways[tree.nodes.parents[node] as number]};${name}`;
      const change = (sums.after()[node] as number) - (sums.before()[node] as number);
      changes.set(ways[node] as string, [change, fill(node)]);
    }
    return { changes, before: sums.before()[0], after: sums.after()[0] };
  };
  const NAMED = fc.array(fc.tuple(fc.array(LETTER, { minLength: 1, maxLength: 4 }), fc.nat(100)), { maxLength: 12 });
  const sum = (stacks: readonly Stack[]) => stacks.reduce((all, [, count]) => all + count, 0);
  fc.assert(
    fc.property(NAMED, NAMED, (first, second) => {
      if (sum(first) + sum(second) === 0) return;
      if (sum(first) > 0) {
        for (const [change, fill] of drawnOf(pageOf(first, first)).changes.values()) {
          if (change !== 0 || fill !== '#ffffff') throw new Error(`${change} is ${fill}`);
        }
      }
      const { changes, before, after } = drawnOf(pageOf(first, second));
      t.equal(before, sum(first));
      t.equal(after, sum(second));
      const swapped = drawnOf(pageOf(second, first, { negate: true })).changes;
      const turned = [...changes].map(([way, [change, fill]]) => [way, [0 - change, fill]]);
      t.strictSame([...swapped], turned);
    }),
    { numRuns: 200 },
  );
});

t.test('hide, focus, search: exact, and in any grouping', async (t) => {
  const { stacks } = captured();
  const paths = makePaths(stacks);
  const [durations] = stacks.weights as [Float64Array];
  const total = (hidden: string[], only: string[]) => {
    const kept = keptStacks(stacks, paths, hidden, only);
    return durations.reduce((sum, value, stack) => (kept?.[stack] === 0 ? sum : sum + value), 0);
  };
  t.equal(total([], []), 740001000);
  t.equal(total(['comm:postgres'], []), 210001000);
  t.equal(total([], ['path:/var/lib']), 440000000);
  t.equal(total([], ['path:/var/lib', 'syscall:sync']), 490000000);
  t.equal(total([], ['path:sync']), 0, 'a call is no path');
  t.equal(total(['path:/var/lib/pg_wal'], ['comm:postgres']), 90000000);
  for (const { label } of stacks.heading.groupings) {
    const tree = groupedBy(stacks, label);
    const sums = tree.sums(durations);
    const share = (text: string, isRegExp = false) =>
      foundShare(
        tree.nodes,
        sums,
        foundNodes(stacks, paths, tree.nodes, false, { text, isRegExp, isCaseSensitive: false }),
        0,
      );
    t.equal(share('PG_WAL'), 440000000, label);
    t.equal(share('lib/pg_'), 440000000, label);
    t.equal(share('^/var/lib$', true), 440000000, label);
    t.equal(share('tcp:10.0.0.5'), 90000000, label);
    t.equal(share('calls'), 0, 'never a number or a noun of a tooltip');
  }
  t.throws(
    () => foundNodes(stacks, paths, stacks.nodes, false, { text: '(', isRegExp: true, isCaseSensitive: false }),
    SyntaxError,
  );
});

t.test('tables', async (t) => {
  const { stacks } = captured();
  const tree = groupedBy(stacks, 'comm → path → syscall');
  const [measure] = measuresOf(stacks);
  const sums = sumsOf(stacks, stackWeights(stacks), tree, measure as NonNullable<typeof measure>, false);
  const rows = (label: string, zoomed = 0) =>
    tablesOf(stacks, makePaths(stacks))
      .find((table) => table.label === label)
      ?.rows(tree, zoomed, { drawn: stacks.weights[0] as Float64Array, sums })
      .map((row) => `${row.label} ${row.value}`);
  t.strictSame(rows('Files')?.slice(0, 2), ['/var/lib/pg_wal/0001 440000000', '/home/ann/a;b\\x0a<c>.js 120000000']);
  t.ok(rows('Files')?.includes('socket:tcp:10.0.0.5:5432 90000000'));
  t.ok(rows('Directories')?.includes('/home/ann 160001000'));
  t.strictSame(rows('Programs'), ['postgres 530000000', 'npm test 210001000']);
  t.equal(rows('System calls')?.[0], 'fdatasync 410000000');
  const npm = tree.nodes.names.findIndex((name) => stacks.names[name] === 'npm test');
  t.strictSame(rows('Programs', npm), ['npm test 210001000'], 'a zoom narrows them');
});

t.test('frames for d3-flame-graph: never more than asked for, always with those below them', async () => {
  fc.assert(
    fc.property(STACKS, fc.integer({ min: 1, max: 12 }), fc.nat(), (list: readonly Stack[], most, seed) => {
      const trie = trieOf(list);
      if ((trie.totals(0)[ROOT] as number) === 0) return;
      const stacks = stacksOf(trie);
      const { nodes } = stacks;
      const sums = groupedBy(stacks, 'from the root').sums(stacks.weights[0] as Float64Array);
      const room = { widthPx: 100, narrowestPx: 1, most };
      const zoomed = seed % nodes.length;
      if (sums[zoomed] === 0) return;
      const { root, length, depth } = visibleFrames(nodes, sums, sums[0] as number, zoomed, room, String);
      const seen: number[] = [];
      const pending = [{ frame: root, level: 1 }];
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        seen.push(next.frame.i);
        if (next.level > depth) throw new Error('deeper than it says');
        for (const child of next.frame.c) {
          if (nodes.parents[child.i] !== next.frame.i) throw new Error('a frame on a stranger');
          pending.push({ frame: child, level: next.level + 1 });
        }
      }
      t.ok(seen.length === length && length <= Math.max(most, 1) && seen.includes(zoomed));
    }),
    { numRuns: 200 },
  );
});

t.test('a stack of 50,000 frames', async (t) => {
  const stacks = stacksOf(trieOf([[Array.from({ length: 50_000 }, (_, i) => `/f${i % 7}`), 3]]));
  const sums = groupedBy(stacks, 'from the root').sums(stacks.weights[0] as Float64Array);
  const room = { widthPx: 1000, narrowestPx: 1, most: 2000 };
  t.ok(visibleFrames(stacks.nodes, sums, 3, 40_000, room, String).length <= 2000);
  t.equal(groupedBy(stacks, 'from the end').nodes.length, 50_001);
});

t.test('the address', async (t) => {
  const choices = { weight: ['duration', 'bytes'], group: ['comm → path', 'path'], table: ['Files', 'System calls'] };
  const first = { ...FIRST_STATE, weight: 'duration', group: 'comm → path', table: 'Files' };
  t.equal(hashOf(first, first), '');
  const state = {
    ...first,
    weight: 'bytes',
    group: 'path',
    table: 'System calls',
    zoom: ['a;b', '/c&d', '#'],
    query: { text: 'x=1', isRegExp: true, isCaseSensitive: true },
    hidden: ['path:/a b'],
    only: ['comm:ü', '100%'],
    isInverted: true,
    showsGone: true,
  };
  t.strictSame(stateOf(hashOf(state, first), first, choices), state);
  for (const stale of ['#weight=none&group=&zoom=%E0%A4%A', '#', '#&&==', '#only', '#zoom=;;;', '#inverted=x']) {
    t.doesNotThrow(() => stateOf(stale, first, choices));
  }
  t.equal(stateOf('#weight=none', first, choices).weight, 'duration');
});
