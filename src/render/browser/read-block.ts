// The numbers of the picture, out of its <metadata> into flat arrays: one element a frame, parents before their children. The
// format is block-format.ts's.

import * as format from '../block-format.ts';

export interface Block {
  readonly heading: format.Heading;
  readonly names: readonly string[];
  readonly frames: Frames;
}

export interface Frames {
  readonly length: number;
  /** -1 for the root. */
  readonly parents: Int32Array;
  /** Number of the first frame behind this one that does not stand on it. */
  readonly ends: Int32Array;
  readonly depths: Int32Array;
  /** Place in the names; -1: what is left out of its parent, which has no name. */
  readonly names: Int32Array;
  /** HAS_SELF and so on. */
  readonly flags: Uint8Array;
  /** Free room to the left of the frame. */
  readonly gaps: Float64Array;
  /** For each column the share of the stacks that end in the frame. */
  readonly selves: readonly Float64Array[];
}

export function readBlock(text: string): Block {
  const headingEnd = text.indexOf('\n');
  const numbersEnd = text.indexOf('\n', headingEnd + 1);
  const heading = JSON.parse(text.slice(0, headingEnd)) as format.Heading; // block.ts wrote it
  const names = text.slice(numbersEnd + 1).split('\n');
  return { heading, names, frames: readFrames(text.slice(headingEnd + 1, numbersEnd), heading.columns) };
}

function readFrames(digits: string, columns: format.Heading['columns']): Frames {
  const parents: number[] = [];
  const depths: number[] = [];
  const names: number[] = [];
  const flags: number[] = [];
  const gaps: number[] = [];
  const selves = columns.map((): number[] => []);
  const ends: number[] = [];
  const open: number[] = [];
  const isSigned = columns.map(({ name }) => name === 'delta');
  let nameCount = 0;
  let depth = -1;

  for (let at = 0; at < digits.length; ) {
    const i = parents.length;
    const below = depth + 1 - next();
    while (depth >= below) ends[open[depth--] as number] = i;
    depth = below;
    open[depth] = i;
    parents.push(depth === 0 ? -1 : (open[depth - 1] as number));
    depths.push(depth);
    const head = next();
    const reference = Math.floor(head / format.REFERENCE);
    const flag = head % format.REFERENCE;
    const isRest = reference === format.REST;
    names.push(isRest ? -1 : reference === format.NEXT_NAME ? nameCount++ : nameCount - reference + 1);
    flags.push(flag);
    gaps.push((flag & format.HAS_GAP) !== 0 ? next() : 0);
    const hasNumbers = isRest || (flag & format.HAS_SELF) !== 0;
    for (let column = 0; column < selves.length; column++) {
      (selves[column] as number[]).push(hasNumbers ? number(isSigned[column] as boolean) : 0);
    }

    function next(): number {
      let value = 0;
      for (let scale = 1; ; scale *= 32) {
        const digit = digits.charCodeAt(at++) - format.FIRST_DIGIT;
        if (digit < 32) return value + digit * scale;
        value += (digit - 32) * scale;
      }
    }

    function number(signed: boolean): number {
      const value = next();
      if (!signed) return value;
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
  while (depth >= 0) ends[open[depth--] as number] = parents.length;
  return {
    length: parents.length,
    parents: Int32Array.from(parents),
    ends: Int32Array.from(ends),
    depths: Int32Array.from(depths),
    names: Int32Array.from(names),
    flags: Uint8Array.from(flags),
    gaps: Float64Array.from(gaps),
    selves: selves.map((values) => Float64Array.from(values)),
  };
}
