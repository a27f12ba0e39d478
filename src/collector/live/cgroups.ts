// Names of cgroups by the number that the kernel gives them, the inode of their directory in cgroupfs (version 2), and the
// other way round. A name is the path below the mount, `/system.slice/nginx.service`; one that is gone by then stays a number.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A machine that makes cgroups all the time must not be asked at each: looking takes at most this part of the time. */
const SHARE = 1 / 50;

const names = new Map<number, string>();
let nextLook = Number.NEGATIVE_INFINITY;

export function cgroupName(id: number): string {
  const start = performance.now();
  if (!names.has(id) && start >= nextLook) {
    look();
    const end = performance.now();
    nextLook = end + (end - start) / SHARE;
  }
  return names.get(id) ?? `[cgroup ${id}]`;
}

/** Where cgroups of version 2 are mounted; undefined: nowhere. */
export function cgroupMount(): string | undefined {
  // proc_pid_mountinfo(5): `30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw`; beside version 1 it lies elsewhere
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => / - cgroup2 /.test(line));
  return line?.split(' ')[4];
}

/** The number of a cgroup by its path, below the mount or from the root, or by that number; undefined: there is none. */
export function cgroupId(word: string): number | undefined {
  const mount = cgroupMount();
  if (mount === undefined) return undefined;
  if (/^\d+$/.test(word)) {
    look();
    return names.has(Number(word)) ? Number(word) : undefined;
  }
  try {
    const below = word === mount || word.startsWith(`${mount}/`) ? word.slice(mount.length) : word;
    const stats = statSync(join(mount, join('/', below)));
    return stats.isDirectory() ? stats.ino : undefined;
  } catch {
    return undefined;
  }
}

function look(): void {
  const mount = cgroupMount();
  const waiting = mount === undefined ? [] : ['/'];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    try {
      names.set(statSync(join(mount as string, at)).ino, at);
      for (const entry of readdirSync(join(mount as string, at), { withFileTypes: true })) {
        if (entry.isDirectory()) waiting.push(join(at, entry.name));
      }
    } catch {
      // it has gone meanwhile
    }
  }
}
