// Paths of frames: each frame of a path has a number that is the same for the same path in every grouping. What a path is called is
// put together when it is asked for. Stacks of unknown fields have paths where frames look like components.

import { isComponent, joinedPath } from '../../frame-text.ts';
import type { Nodes, Stacks } from './stacks.ts';

export interface Paths {
  /** For each node the number of its path; 0: it is part of none. */
  of(nodes: Nodes, isReversed: boolean): Int32Array;
  /** `/var/log`, `socket:tcp:10.0.0.5:5432`; '' for 0. */
  text(path: number): string;
  /** The path without its last frame; 0: none. */
  parent(path: number): number;
  /** The number of all paths so far, 0 among them. */
  readonly length: number;
}

export function makePaths({ heading, names }: Stacks): Paths {
  const pathField = heading.fields.indexOf('path');
  /** 1: a component; 2: a front that is not known. */
  const kinds = Uint8Array.from(names, (name) => (isComponent(name) ? 1 : name === '...' ? 2 : 0));
  const parents = [0];
  const tails = [-1];
  const directions = [0];
  const texts: (string | undefined)[] = [''];
  /** parent, name and direction as one number → path. */
  const numbers = new Map<number, number>();
  const known = new WeakMap<Nodes, Int32Array>();

  function number(parent: number, name: number, isReversed: boolean): number {
    const key = (parent * names.length + name) * 2 + (isReversed ? 1 : 0);
    let path = numbers.get(key);
    if (path === undefined) {
      path = parents.length;
      numbers.set(key, path);
      parents.push(parent);
      tails.push(name);
      directions.push(isReversed ? 1 : 0);
    }
    return path;
  }

  function numbersOf(nodes: Nodes, isReversed: boolean): Int32Array {
    const paths = new Int32Array(nodes.length);
    for (let node = 1; node < nodes.length; node++) {
      const name = nodes.names[node] as number;
      const parent = nodes.parents[node] as number;
      if (heading.fields.length > 0) {
        if (nodes.fields[node] !== pathField) continue;
        paths[node] = number(paths[parent] as number, name, false);
      } else if (kinds[name] !== 0) {
        const belowKind = parent === 0 ? 0 : kinds[nodes.names[parent] as number];
        const isJoined = kinds[name] === 1 && (belowKind === 1 || (belowKind === 2 && !isReversed));
        paths[node] = number(isJoined ? (paths[parent] as number) : 0, name, isReversed);
      }
    }
    return paths;
  }

  function composed(path: number): string {
    const parent = parents[path] as number;
    const name = names[tails[path] as number] as string;
    if (parent === 0) return name;
    const below = texts[parent] as string;
    const isReversed = directions[path] === 1;
    if (isComponent(name)) return joinedPath(name, isReversed ? '/x' : '...', below, isReversed);
    return name.startsWith(':') ? below + name : `${below}:${name}`; // as wholePath has it
  }

  return {
    of(nodes, isReversed) {
      let paths = known.get(nodes);
      if (paths === undefined) {
        paths = numbersOf(nodes, isReversed);
        known.set(nodes, paths);
      }
      return paths;
    },
    text(path) {
      const missing: number[] = [];
      for (let at = path; texts[at] === undefined; at = parents[at] as number) missing.push(at);
      for (let at = missing.pop(); at !== undefined; at = missing.pop()) texts[at] = composed(at);
      return texts[path] as string;
    },
    parent: (path) => parents[path] as number,
    get length() {
      return parents.length;
    },
  };
}
