// Which frames d3-flame-graph is given: those below the zoomed one, itself, and what of the rest is wide enough to be seen, never
// more than it draws well. Arrays in, its nested objects out.

import type { Nodes } from './stacks.ts';

export interface ChartNode {
  /** The node of the tree. */
  readonly i: number;
  readonly n: string;
  /** Width. */
  readonly v: number;
  readonly c: ChartNode[];
  /** It lies below the zoomed frame, and is drawn as wide as that. */
  readonly fade: boolean;
}

export interface Visible {
  readonly root: ChartNode;
  readonly length: number;
  /** Levels, that of the root among them. */
  readonly depth: number;
}

export interface Room {
  readonly widthPx: number;
  /** Narrower frames are left out. */
  readonly narrowestPx: number;
  /** At most so many frames. */
  readonly most: number;
}

/** @param whole what the width stands for while the root is shown */
export function visibleFrames(
  nodes: Nodes,
  sums: Float64Array,
  whole: number,
  zoomed: number,
  room: Room,
  name: (node: number) => string,
): Visible {
  const below: number[] = [];
  for (let node = nodes.parents[zoomed] as number; node >= 0; node = nodes.parents[node] as number) below.push(node);
  below.reverse();
  const width = zoomed === 0 ? whole : (sums[zoomed] as number);
  const least = (room.narrowestPx * width) / room.widthPx;
  // of a stack of 100,000 frames those next to the zoomed one
  const shownBelow = below.slice(Math.max(0, below.length - Math.floor(room.most / 4)));
  const frames = wideFrames(nodes, sums, zoomed, least, room.most - shownBelow.length);
  const make = (node: number, fade: boolean): ChartNode => ({
    i: node,
    n: name(node),
    v: node === 0 ? whole : (sums[node] as number),
    c: [],
    fade,
  });
  const open: ChartNode[] = [];
  for (const node of shownBelow) {
    const frame = make(node, true);
    open.at(-1)?.c.push(frame);
    open.push(frame);
  }
  const levels = open.length - (nodes.depths[zoomed] as number);
  let depth = open.length;
  for (const node of frames) {
    const level = (nodes.depths[node] as number) + levels;
    const frame = make(node, false);
    open[level - 1]?.c.push(frame);
    open[level] = frame;
    if (level >= depth) depth = level + 1;
  }
  return { root: open[0] as ChartNode, length: frames.length + shownBelow.length, depth };
}

/** `zoomed` and what on it is worth at least `least`; if that are too many, the widest of them, at last the lowest. */
function wideFrames(nodes: Nodes, sums: Float64Array, zoomed: number, least: number, most: number): readonly number[] {
  const frames = framesFrom(least);
  if (frames.length <= most) return frames;
  const widths = Float64Array.from(frames, (node) => sums[node] as number).sort();
  const widest = framesFrom(widths[widths.length - most] as number);
  return widest.slice(0, most); // frames of one width come together

  function framesFrom(least: number): number[] {
    const found = [zoomed];
    const end = nodes.ends[zoomed] as number;
    for (let node = zoomed + 1; node < end; ) {
      const value = sums[node] as number;
      if (value > 0 && value >= least) found.push(node++);
      else node = nodes.ends[node] as number;
    }
    return found;
  }
}
