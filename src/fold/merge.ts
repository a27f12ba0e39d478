// Two tries become one. What they have in common is column 0: of the other columns the first keeps its own.

import { ROOT, type Trie } from '../model/trie.ts';

/** Adds the stacks of `from`, by its column 0 times `scale`, to those of `into`. */
export function mergeTrie(into: Trie, from: Trie, scale = 1): void {
  const names = new Int32Array(from.texts.length).fill(-1);
  const nodes = new Int32Array(from.length);
  for (let node = ROOT + 1; node < from.length; node++) {
    const name = from.name(node);
    if (names[name] === -1) names[name] = into.texts.id(from.texts.text(name));
    const merged = into.child(nodes[from.parent(node)] as number, names[name] as number);
    nodes[node] = merged;
    into.add(merged, 0, from.self(node, 0) * scale);
  }
}
