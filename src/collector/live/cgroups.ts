// Names of cgroups by the number that the kernel gives them: the inode of their directory in cgroupfs (version 2). In: a
// number. Out: the path below the mount, `/system.slice/nginx.service`; one that is gone by then stays a number.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A machine that makes cgroups all the time must not be asked at each. */
const AGAIN_MS = 1000;

const names = new Map<number, string>();
let asked = Number.NEGATIVE_INFINITY;

export function cgroupName(id: number): string {
  if (!names.has(id) && performance.now() - asked > AGAIN_MS) {
    look();
    asked = performance.now();
  }
  return names.get(id) ?? `[cgroup ${id}]`;
}

function look(): void {
  const mount = mountpoint();
  const waiting = mount === undefined ? [] : ['/'];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    try {
      names.set(statSync(join(mount as string, at)).ino, at);
      for (const entry of readdirSync(join(mount as string, at), { withFileTypes: true })) {
        if (entry.isDirectory()) waiting.push(join(at, entry.name));
      }
    } catch {
      // it has gone meanwhile, or there is no cgroupfs here
    }
  }
}

/** proc_pid_mountinfo(5): `30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw`; beside version 1 it lies elsewhere. */
function mountpoint(): string | undefined {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => / - cgroup2 /.test(line));
  return line?.split(' ')[4];
}
