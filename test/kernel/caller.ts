// A user who may call sudo, made for a test in a mount namespace of its own; the machine's files stay as they are.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { directory } from './trace.ts';

export const CALLER = { name: 'ior-caller', uid: 4321, gid: 4322, shell: '/bin/dash' } as const;
export const GROUPS = [4322, 4323, 4324];

/** A mount namespace in which CALLER exists and may call sudo; for the `prefix` of a run. */
export function withCaller(t: Test): { readonly prefix: readonly string[]; readonly home: string } {
  const dir = directory(t);
  chmodSync(dir, 0o755);
  const home = join(dir, 'home');
  mkdirSync(home);
  execFileSync('chown', [`${CALLER.uid}:${CALLER.gid}`, home]);
  const { name, uid, gid, shell } = CALLER;
  const files: Readonly<Record<string, string>> = {
    passwd: `${name}:x:${uid}:${gid}:A caller:${home}:${shell}\n`,
    shadow: `${name}:*:19000:0:99999:7:::\n`,
    group: `${name}:x:${gid}:\nior-one:x:4323:${name}\nior-two:x:4324:root,${name}\n`,
    sudoers: `${name} ALL=(ALL) NOPASSWD: ALL\n`,
  };
  for (const [file, lines] of Object.entries(files)) {
    const mode = file === 'sudoers' ? 0o440 : 0o644;
    writeFileSync(join(dir, file), readFileSync(`/etc/${file}`, 'utf8') + lines, { mode });
  }
  const mounts = Object.keys(files).map((file) => `mount --bind ${dir}/${file} /etc/${file}`);
  return { prefix: ['unshare', '-m', 'sh', '-ec', `${mounts.join('; ')}; exec "$@"`, 'sh'], home };
}

/** Within that namespace. */
export const AS_CALLER = [
  ...['setpriv', '--reuid', String(CALLER.uid), '--regid', String(CALLER.gid), '--init-groups'],
  ...['--inh-caps=-all', '--ambient-caps=-all'],
] as const;
