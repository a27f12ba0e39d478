// Folded text to measure with: distinct stacks of 10 to 20 frames, the same for the same number, in no order. As in real
// profiles a frame is followed by one of few others, so that stacks share what they start with (about 9, 7 and 6 nodes of
// the tree a stack for 10,000, 100,000 and 1,000,000 of them), and few of them have most of the weight.

import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs';

const NAMES = 3000;
/** On average each frame is followed by so many others. */
const BRANCHES = [3, 4, 5, 6];
const CHUNK_BYTES = 1 << 20;

/** Writes the file, unless it is there. Returns its size. */
export function writeStacks(path: string, stacks: number): number {
  if (existsSync(path)) return statSync(path).size;
  const random = mulberry(stacks);
  const names = Array.from({ length: NAMES }, (_, i) => nameOf(i));
  const seen = new Set<number>();
  const fd = openSync(`${path}.tmp`, 'w');
  let pending = '';
  while (seen.size < stacks) {
    const depth = 10 + Math.floor(random() * 11);
    let place = 1; // a hash of all frames so far
    let second = 7;
    let line = '';
    for (let i = 0; i < depth; i++) {
      const choice = Math.floor(random() * (BRANCHES[(place >>> 3) & 3] as number));
      place = mixed(place + choice * 0x9e3779b1);
      second = mixed(second ^ (place + choice));
      line += `${i === 0 ? '' : ';'}${names[place % NAMES]}`;
    }
    const key = place * 2 ** 21 + (second >>> 11);
    if (seen.has(key)) continue;
    seen.add(key);
    pending += `${line} ${Math.ceil(random() ** -1.1)}\n`;
    if (pending.length > CHUNK_BYTES) {
      writeSync(fd, pending);
      pending = '';
    }
  }
  writeSync(fd, pending);
  closeSync(fd);
  renameSync(`${path}.tmp`, path);
  return statSync(path).size;
}

const PARTS = ['read', 'page', 'vfs', 'do', 'sys', 'lock', 'map', 'io', 'get', 'new', 'fs', 'at', 'x64', 'put'];

/** `vfs_read_1pc`: 5 to 15 letters. */
function nameOf(number: number): string {
  const h = mixed(number + 1);
  const parts = [PARTS[h % 14], PARTS[(h >>> 8) % 14]];
  if (((h >>> 16) & 3) === 0) parts.push(PARTS[(h >>> 20) % 14]);
  return `${parts.join('_')}_${number.toString(36)}`;
}

function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Numbers from 0 to below 1, and never 0. */
function mulberry(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}
