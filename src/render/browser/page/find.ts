// What a search finds in a Tree: frames whose name matches, or whose path up to there does, and what they are worth. Nothing is
// left out of the arrays, so that shares are exact.

import { matcherOf, type Query } from '../search.ts';
import type { Paths } from './paths.ts';
import type { Nodes, Stacks } from './stacks.ts';

/**
 * 1 for each node that matches.
 * @throws SyntaxError when the text is to be a regular expression and is none
 */
export function foundNodes(stacks: Stacks, paths: Paths, nodes: Nodes, isReversed: boolean, query: Query): Uint8Array {
  const matches = matcherOf(query);
  const found = new Uint8Array(nodes.length);
  if (query.text === '') return found;
  const pathOf = paths.of(nodes, isReversed);
  const byName = Uint8Array.from(stacks.names, (name) => (matches(name) ? 1 : 0));
  // a path without a slash in what is looked for matches where one of its names does
  const needsPaths = query.isRegExp || /[/:]/.test(query.text);
  const byPath = new Uint8Array(paths.length);
  if (needsPaths) for (let path = 1; path < byPath.length; path++) byPath[path] = matches(paths.text(path)) ? 1 : 0;
  for (let node = 1; node < nodes.length; node++) {
    found[node] = (byName[nodes.names[node] as number] as number) | (byPath[pathOf[node] as number] as number);
  }
  return found;
}

/** What matching frames are worth of `whole`. A frame on one that matches is part of it, and not counted again. */
export function foundShare(nodes: Nodes, sums: Float64Array, found: Uint8Array, whole: number): number {
  for (let at = whole; at >= 0; at = nodes.parents[at] as number) if (found[at] === 1) return sums[whole] as number;
  let matched = 0;
  for (let node = whole; node < (nodes.ends[whole] as number); ) {
    if (found[node] === 0) node++;
    else {
      matched += sums[node] as number;
      node = nodes.ends[node] as number;
    }
  }
  return matched;
}

/** The match before or after a node, around the ends of the zoomed frame; -1: there is none that can be seen. */
export function nextFound(
  nodes: Nodes,
  sums: Float64Array,
  found: Uint8Array,
  zoomed: number,
  from: number,
  by: 1 | -1,
): number {
  const end = nodes.ends[zoomed] as number;
  const length = end - zoomed;
  const start = from >= zoomed && from < end ? from - zoomed : by > 0 ? -1 : 0;
  for (let step = 1; step <= length; step++) {
    const node = zoomed + ((((start + by * step) % length) + length) % length);
    if (found[node] === 1 && (sums[node] as number) > 0) return node;
  }
  return -1;
}
