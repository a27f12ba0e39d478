// What a search finds in a View: frames whose name matches, or whose path up to there does, and what they are worth. Never the
// numbers of a tooltip. What is left out of the file has no names here, so that a share may be a range.

import { isComponent } from '../frame-text.ts';
import type { View } from './views.ts';
import type { Words } from './words.ts';

export interface Query {
  readonly text: string;
  readonly isRegExp: boolean;
  readonly isCaseSensitive: boolean;
}

export const NO_QUERY: Query = { text: '', isRegExp: false, isCaseSensitive: false };

/** @throws SyntaxError when the text is to be a regular expression and is none */
export function matcherOf({ text, isRegExp, isCaseSensitive }: Query): (name: string) => boolean {
  if (text === '') return () => false;
  if (isRegExp) {
    const expression = expressionOf(text, isCaseSensitive ? '' : 'i');
    return (name) => expression.test(name);
  }
  if (isCaseSensitive) return (name) => name.includes(text);
  const wanted = text.toLowerCase();
  return (name) => name.toLowerCase().includes(wanted);
}

/** With all of Unicode if it can be; `a\-b` and a lone `{`, which people have in their links, are taken without only. */
function expressionOf(text: string, flags: string): RegExp {
  try {
    return new RegExp(text, `${flags}u`);
  } catch {
    return new RegExp(text, flags);
  }
}

/** 1 for each frame that matches. */
export function matchesOf(
  view: View,
  names: readonly string[],
  words: Words,
  matches: (name: string) => boolean,
): Uint8Array {
  const byName = new Int8Array(names.length).fill(-1);
  const isPart = names.map(isComponent);
  const found = new Uint8Array(view.length);
  for (let i = 1; i < view.length; i++) {
    const name = view.names[i] as number;
    if (name < 0) continue;
    if (byName[name] === -1) byName[name] = matches(names[name] as string) ? 1 : 0;
    found[i] = byName[name] as number;
    if (found[i] === 0 && isPart[name] && matches(words.fullName(i))) found[i] = 1;
  }
  return found;
}

export interface Share {
  readonly matched: number;
  /** Belongs to frames that are left out of the file, which may match as well. */
  readonly unknown: number;
}

/** What matching frames are worth of `whole`. A frame on one that matches is part of it, and not counted again. */
export function shareOf(view: View, found: Uint8Array, whole: number): Share {
  const [widths] = view.totals as [Float64Array];
  for (let at = whole; at >= 0; at = view.parents[at] as number) {
    if (found[at] === 1) return { matched: widths[whole] as number, unknown: 0 };
  }
  let matched = 0;
  let unknown = 0;
  let leftOutEnd = 0; // behind the last frame that stands on one without a name (reversed)
  for (let i = whole; i < (view.ends[whole] as number); ) {
    const width = widths[i] as number;
    if (found[i] === 1) {
      matched += width;
      if (i < leftOutEnd) unknown -= width;
      i = view.ends[i] as number;
      continue;
    }
    if (view.names[i] === -1 && i >= leftOutEnd) {
      unknown += width;
      leftOutEnd = view.ends[i] as number;
    }
    i++;
  }
  return { matched, unknown };
}
