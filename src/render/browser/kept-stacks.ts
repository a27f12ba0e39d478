// Which stacks stay when frames are hidden or focused on: 1 for each frame of the whole view whose own stacks do.

import type { View } from './views.ts';
import type { Words } from './words.ts';

/**
 * @param hidden full names: a stack with one of them goes
 * @param only full names: a stack with none of them goes; empty: no stack goes for that
 */
export function keptStacks(view: View, words: Words, hidden: readonly string[], only: readonly string[]): Uint8Array {
  const isHidden = new Uint8Array(view.length);
  const isWanted = new Uint8Array(view.length);
  const unwanted = new Set(hidden);
  const wanted = new Set(only);
  for (let i = 0; i < view.length; i++) {
    const parent = view.parents[i] as number;
    const name = i === 0 ? '' : words.fullName(i);
    isHidden[i] = isHidden[parent] === 1 || unwanted.has(name) ? 1 : 0;
    isWanted[i] = wanted.size === 0 || isWanted[parent] === 1 || wanted.has(name) ? 1 : 0;
  }
  return isWanted.map((is, i) => (is === 1 && isHidden[i] === 0 ? 1 : 0));
}
