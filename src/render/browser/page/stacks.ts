// The stacks of the page, out of its <template> into flat arrays: nodes parents first, from left to right, and for each stack the
// node that it ends in. The format is page-format.ts's.

import { FIRST_DIGIT } from '../../block-format.ts';
import * as format from '../../page-format.ts';

/** A tree in flat arrays; node 0 is the root, and what stands on node i goes from i + 1 up to before ends[i]. */
export interface Nodes {
  readonly length: number;
  /** -1 for the root. */
  readonly parents: Int32Array;
  readonly ends: Int32Array;
  readonly depths: Int32Array;
  /** Place in the names. */
  readonly names: Int32Array;
  /** Place in the fields. */
  readonly fields: Uint8Array;
}

export interface Stacks {
  readonly heading: format.PageHeading;
  readonly names: readonly string[];
  readonly nodes: Nodes;
  /** For each stack the node that it ends in, in the order of the nodes. */
  readonly stackNodes: Int32Array;
  /** For each column the weight of each stack. */
  readonly weights: readonly Float64Array[];
}

export function readStacks(text: string): Stacks {
  const headingEnd = text.indexOf('\n');
  const numbersEnd = text.indexOf('\n', headingEnd + 1);
  const heading = JSON.parse(text.slice(0, headingEnd)) as format.PageHeading; // page-data.ts wrote it
  const names = text.slice(numbersEnd + 1).split('\n');
  return { heading, names, ...readNodes(text, headingEnd + 1, numbersEnd, heading, names.length) };
}

function readNodes(text: string, from: number, to: number, heading: format.PageHeading, nameCount: number) {
  const { columns } = heading;
  // a node takes a character at least, and a stack one for each column besides
  const most = to - from;
  const parents = new Int32Array(most);
  const names = new Int32Array(most);
  const fields = new Uint8Array(most);
  const depths = new Int32Array(most);
  const ends = new Int32Array(most);
  const stackNodes = new Int32Array(Math.ceil(most / 2));
  const weights = columns.map(() => new Float64Array(Math.ceil(most / (columns.length + 1))));
  const lastFields = new Uint8Array(nameCount);
  const open: number[] = [];
  const duration = columns.findIndex(({ name }) => name === 'durationNs');
  const isSigned = columns.map(({ name }) => name === 'delta' || name === 'maxNs');
  const isLongest = columns.map(({ name }) => name === 'maxNs' && duration >= 0);
  let at = from;
  let length = 0;
  let stacks = 0;
  let nextName = 0;
  let depth = -1;

  while (at < to) {
    const node = length++;
    const head = next();
    const flags = head % format.REFERENCE;
    const reference = Math.floor(head / format.REFERENCE);
    const up = (flags & format.HAS_UP) !== 0 ? next() : 0;
    const below = depth + 1 - up;
    while (depth >= below) ends[open[depth--] as number] = node;
    depth = below;
    const parent = depth === 0 ? -1 : (open[depth - 1] as number);
    open[depth] = node;
    parents[node] = parent;
    depths[node] = depth;
    const name = reference === 0 ? nextName++ : nextName - reference;
    names[node] = name;
    let field = reference === 0 ? (parent < 0 ? 0 : (fields[parent] as number)) : (lastFields[name] as number);
    if ((flags & format.HAS_FIELD) !== 0) field = next();
    fields[node] = field;
    lastFields[name] = field;
    if ((flags & format.HAS_SELF) === 0) continue;
    const stack = stacks++;
    stackNodes[stack] = node;
    for (let column = 0; column < weights.length; column++) {
      let value = next();
      if (isSigned[column]) value = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      if (isLongest[column]) value = ((weights[duration] as Float64Array)[stack] as number) - value;
      (weights[column] as Float64Array)[stack] = value;
    }
  }
  while (depth >= 0) ends[open[depth--] as number] = length;
  const nodes: Nodes = {
    length,
    parents: parents.slice(0, length),
    ends: ends.slice(0, length),
    depths: depths.slice(0, length),
    names: names.slice(0, length),
    fields: fields.slice(0, length),
  };
  return { nodes, stackNodes: stackNodes.slice(0, stacks), weights: weights.map((column) => column.slice(0, stacks)) };

  function next(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 32) {
      const digit = text.charCodeAt(at++) - FIRST_DIGIT;
      if (digit < 32) return value + digit * scale;
      value += (digit - 32) * scale;
    }
  }
}
