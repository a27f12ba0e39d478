// What is hidden and what is focused on, as items that hold in every grouping: a field and a full name, `path:/var/log`; where
// fields are unknown the name alone. In: items. Out: the stacks that stay.

import type { Paths } from './paths.ts';
import type { Stacks } from './stacks.ts';

/** @param hidden a stack with one of them goes @param only a stack with none of them goes; empty: no stack goes for that */
export function keptStacks(
  stacks: Stacks,
  paths: Paths,
  hidden: readonly string[],
  only: readonly string[],
): Uint8Array | undefined {
  if (hidden.length === 0 && only.length === 0) return undefined;
  const { nodes, stackNodes } = stacks;
  const unwanted = nodesOf(stacks, paths, hidden);
  const wanted = nodesOf(stacks, paths, only);
  for (let node = 1; node < nodes.length; node++) {
    const parent = nodes.parents[node] as number;
    if (unwanted[parent] === 1) unwanted[node] = 1;
    if (wanted[parent] === 1) wanted[node] = 1;
  }
  return Uint8Array.from(stackNodes, (node) => {
    return unwanted[node] === 0 && (only.length === 0 || wanted[node] === 1) ? 1 : 0;
  });
}

/** 1 for the nodes of the stacks that the items are about. */
function nodesOf(stacks: Stacks, paths: Paths, items: readonly string[]): Uint8Array {
  const { heading, nodes, names } = stacks;
  const marked = new Uint8Array(nodes.length);
  const pathOf = paths.of(nodes, heading.isReversed);
  for (const item of items) {
    const { field, text } = fieldOf(heading.fields, item);
    const isWanted = Uint8Array.from(names, (name) => (name === text ? 1 : 0));
    const isPath = Uint8Array.from({ length: paths.length }, (_, path) =>
      path > 0 && paths.text(path) === text ? 1 : 0,
    );
    for (let node = 1; node < nodes.length; node++) {
      if (field >= 0 && nodes.fields[node] !== field) continue;
      const path = pathOf[node] as number;
      const is = path === 0 ? isWanted[nodes.names[node] as number] : isPath[path];
      if (is === 1) marked[node] = 1;
    }
  }
  return marked;
}

/** @param field place in the fields */
export function itemOf(fields: readonly string[], field: number, text: string): string {
  return fields.length === 0 ? text : `${fields[field]}:${text}`;
}

/** An item that names no field is about any. */
export function fieldOf(fields: readonly string[], item: string): { readonly field: number; readonly text: string } {
  const colon = item.indexOf(':');
  const field = colon < 0 ? -1 : fields.indexOf(item.slice(0, colon));
  return field < 0 ? { field, text: item } : { field, text: item.slice(colon + 1) };
}
