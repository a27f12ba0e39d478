import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { layoutFrames } from '../../src/render/layout.ts';
import { STACKS, trieOf } from './pictures.ts';

t.test('children stand within their parent, side by side, and account for all of it', async () => {
  fc.assert(
    fc.property(STACKS, fc.constantFrom(0.1, 5, 100), (stacks, minWidth) => {
      const trie = trieOf(stacks);
      const layout = layoutFrames(trie, 1180, minWidth);
      const total = stacks.reduce((sum, [, value]) => sum + value, 0);
      assert.equal(layout.values[0] ?? 0, total);
      const ends: number[] = [];
      for (let i = 0; i < layout.length; i++) {
        const depth = layout.depths[i] as number;
        const start = layout.starts[i] as number;
        const end = start + (layout.values[i] as number);
        assert.ok((layout.values[i] as number) * layout.scale >= minWidth);
        assert.ok(depth === 0 || end <= (ends[depth - 1] as number), 'within the parent');
        if (i > 0 && depth === layout.depths[i - 1]) assert.ok(start >= (ends[depth] as number), 'beside its sibling');
        ends[depth] = end;
      }
      for (let i = 0; i < layout.length; i++) {
        let drawn = 0;
        const depth = layout.depths[i] as number;
        for (let j = i + 1; j < layout.length && (layout.depths[j] as number) > depth; j++) {
          if (layout.depths[j] === depth + 1) drawn += layout.values[j] as number;
        }
        const node = layout.nodes[i] as number;
        assert.equal((layout.hidden[i] as number) + drawn + trie.self(node, 0), layout.values[i]);
      }
    }),
  );
});

t.test('siblings stand in byte order', async (t) => {
  const trie = trieOf(['😀', '\uffee', 'b', 'a', 'B'].map((name) => [[name], 1]));
  const layout = layoutFrames(trie, 1180);
  t.same(
    Array.from(layout.nodes, (node) => trie.texts.text(trie.name(node))),
    ['all', 'B', 'a', 'b', '\uffee', '😀'],
  );
});

t.test('a stack of 20,000 frames', async (t) => {
  t.equal(layoutFrames(trieOf([[Array(20_000).fill('d'), 1]]), 1180).maxDepth, 20_000);
});
