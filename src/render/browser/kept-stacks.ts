// Which stacks stay when frames are hidden or focused on: 1 for each frame of the whole view whose own stacks do.

import { isComponent } from '../frame-text.ts';
import type { Frames } from './read-block.ts';
import { isEnd, type View } from './views.ts';
import type { Words } from './words.ts';

/** Before the path of a frame in stacks that are turned round, which is joined from its other end: `*` + `/log/syslog`. */
const TURNED = '*';

/** What a frame of any view is called here. */
export function filterName(view: View, words: Words, frame: number): string {
  const name = words.fullName(frame);
  return view.isReversed && isComponent(words.name(frame)) ? TURNED + name : name;
}

/**
 * @param view the whole one, and `words` its own
 * @param hidden names by filterName: a stack with one of them goes
 * @param only a stack with none of them goes; empty: no stack goes for that
 */
export function keptStacks(
  frames: Frames,
  view: View,
  words: Words,
  hidden: readonly string[],
  only: readonly string[],
): Uint8Array {
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
  const kept = isWanted.map((is, i) => (is === 1 && isHidden[i] === 0 ? 1 : 0));
  if (![...hidden, ...only].some((name) => name.startsWith(TURNED))) return kept;
  for (let i = 0; i < view.length; i++) {
    if (!isEnd(frames, i)) continue;
    const turned = words.turned(i).map((name) => TURNED + name);
    const isOnly = isWanted[i] === 1 || turned.some((name) => wanted.has(name));
    kept[i] = isOnly && isHidden[i] === 0 && !turned.some((name) => unwanted.has(name)) ? 1 : 0;
  }
  return kept;
}
