// Users of this machine, as its name services know them (/etc/passwd, LDAP, sssd): getent(1) asks them all. In: a name or a
// number. Out: one Account. And who it was that called sudo.

import { spawnSync } from 'node:child_process';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** Undefined when there is none of that name or number. */
export function accountOf(user: string): Account | undefined {
  const { stdout } = spawnSync('getent', ['passwd', '--', user], { encoding: 'utf8' });
  // passwd(5): `alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash`
  const [name = '', , uid, gid, , home = '', shell = ''] = (stdout ?? '').split('\n')[0]?.split(':') ?? [];
  if (!/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell === '' ? '/bin/sh' : shell };
}

/**
 * Who called sudo, with the group that they had; undefined without sudo, and for root. The variables of sudo count only for root,
 * to whom sudo gave them: anybody else could have set them.
 */
export function callerOfSudo(): Account | undefined {
  const { SUDO_UID = '', SUDO_GID = '' } = process.env;
  if (process.geteuid?.() !== 0 || !/^\d{1,10}$/.test(SUDO_UID) || Number(SUDO_UID) === 0) return undefined;
  const account = accountOf(SUDO_UID);
  if (account === undefined) return undefined;
  return /^\d{1,10}$/.test(SUDO_GID) ? { ...account, gid: Number(SUDO_GID) } : account;
}
