// The name of a user by its number, as /etc/passwd of this machine has it; a number that it does not know stays one. Users
// of other directories (LDAP, a container's own file) do not stand there.

import { readFileSync } from 'node:fs';
import { decodeName } from './names.ts';

let names: ReadonlyMap<number, string> | undefined;

export function userName(uid: number): string {
  names ??= parsePasswd(read());
  return names.get(uid) ?? String(uid);
}

/** `root:x:0:0:root:/root:/bin/bash` a line; of two names for a number the first counts, as in getpwuid(3). */
export function parsePasswd(text: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [, name, uid] = /^([^:#+-][^:]*):[^:]*:(\d+):/.exec(line) ?? [];
    if (name !== undefined && !found.has(Number(uid))) found.set(Number(uid), name);
  }
  return found;
}

function read(): string {
  try {
    return decodeName(readFileSync('/etc/passwd'));
  } catch {
    return '';
  }
}
