// The fields of stacks that come as text: `cat;/etc;/hosts;read` does not say that it is comm, path and syscall, but stacks that
// end in system calls can be read so. In: a Trie. Out: the field of each frame, or undefined where most stacks end in something else.

import type { FrameFields } from '../model/frame-fields.ts';
import { UNFINISHED } from '../model/profile.ts';
import { ROOT, type Trie } from '../model/trie.ts';
import { syscallByName } from '../syscalls/table.ts';

const NAMES = ['comm', 'path', 'syscall'] as const;
const [COMM, PATH, SYSCALL] = [0, 1, 2];
/** The share of the stacks' weight that has to end in system calls. */
const MOST = 0.9;
/** Frames of files without a path, as foldProfile writes them. */
const NO_PATH = /^(?:pipe|socket|memfd:.*|anon_inode:.*|\[.*\]|\.\.\.)$/s;

export function recognizedFields(trie: Trie): FrameFields | undefined {
  const calls = new Map<number, boolean>();
  const isCall = (node: number): boolean => {
    const text = trie.name(node);
    let is = calls.get(text);
    if (is === undefined) {
      const name = trie.texts.text(text);
      is = syscallByName(name) !== undefined || /^syscall_\d+$/.test(name);
      calls.set(text, is);
    }
    return is;
  };
  const unfinished = trie.texts.find(UNFINISHED) ?? -1;
  const of = new Uint8Array(trie.length);
  let all = 0;
  let recognized = 0;
  for (let node = ROOT + 1; node < trie.length; node++) {
    const parent = trie.parent(node);
    const self = Math.abs(trie.self(node, 0));
    const isEnd = self > 0 || trie.firstChild(node) === 0;
    const isAtEnd = isEnd || isOnlyUnfinished(node);
    all += self;
    if (isAtEnd && isCall(node)) of[node] = SYSCALL;
    else if (trie.name(node) === unfinished && of[parent] === SYSCALL) of[node] = SYSCALL;
    else of[node] = parent !== ROOT && isOfPath(node, of[parent] as number) ? PATH : COMM;
    if (of[node] === SYSCALL) recognized += self;
  }
  return all > 0 && recognized >= all * MOST ? { names: NAMES, of } : undefined;

  function isOfPath(node: number, below: number): boolean {
    const name = trie.texts.text(trie.name(node));
    return below !== COMM || name.startsWith('/') || NO_PATH.test(name);
  }

  function isOnlyUnfinished(node: number): boolean {
    for (let child = trie.firstChild(node); child !== 0; child = trie.nextSibling(child)) {
      if (trie.name(child) === unfinished) return true;
    }
    return false;
  }
}
