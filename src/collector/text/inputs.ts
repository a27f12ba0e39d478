// What stands on the command line becomes the inputs of traces: each file once, those of one trace together, and a name
// that leads to nothing readable is an error before anything has been read.

import { type Stats, statSync } from 'node:fs';
import { UserError } from '../../model/errors.ts';
import { refuseToRead } from './lines.ts';
import { groupFiles } from './strace-files.ts';

export interface Inputs {
  /** Each the files of one trace, for readText. */
  readonly groups: readonly (readonly string[])[];
  /** In all; undefined where something has no size: a pipe. Compressed files count as they lie there. */
  readonly sizeBytes: number | undefined;
  /** Names of files that had been named before, perhaps in another way. */
  readonly repeated: readonly string[];
}

/** Where it is a socket, it cannot be opened by these names. */
const STDIN = ['/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/** What a name on the command line is called here: `-` is stdin. */
export function inputPath(name: string): string {
  return STDIN.includes(name) ? '-' : name;
}

export function findInputs(names: readonly string[]): Inputs {
  const paths = names.map(inputPath);
  const seen = new Set<string>();
  const files: string[] = [];
  const pipes: string[] = [];
  const repeated: string[] = [];
  let sizeBytes: number | undefined = 0;
  for (const path of paths) {
    const stats = path === '-' ? undefined : statOf(path);
    const key = stats === undefined ? path : `${stats.dev} ${stats.ino}`;
    if (seen.has(key)) {
      repeated.push(path);
      continue;
    }
    seen.add(key);
    if (stats?.isFile()) {
      files.push(path);
      if (sizeBytes !== undefined) sizeBytes += stats.size;
    } else {
      pipes.push(path);
      sizeBytes = undefined;
    }
  }
  // a pipe can be read once, and the files of a group are looked at first
  return { groups: [...groupFiles(files), ...pipes.map((path) => [path])], sizeBytes, repeated };
}

function statOf(path: string): Stats {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    return refuseToRead(path, error);
  }
  if (stats.isDirectory()) {
    throw new UserError(`cannot read ${path}: it is a directory, name the files in it`, { exitCode: 1 });
  }
  return stats;
}
