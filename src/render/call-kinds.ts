// What a system call does, as its colour tells it: one kind for each name, by the table's roles where they tell it and by
// the kernel's own habits of naming where they do not. The order is that of the legend.

import { syscallByName } from '../syscalls/table.ts';

export const CALL_KINDS = ['read', 'write', 'metadata', 'sync', 'open/close', 'directory', 'other'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** The first that fits. `directory` is about the names in directories, `metadata` about the files that bear them. */
const RULES: readonly (readonly [CallKind, RegExp])[] = [
  ['sync', /sync/],
  ['metadata', /^readlink|stat(x|at|fs|mount)?\d*$|^statmount$|xattr|^file_.etattr|chmod|chown|utime|^f?access/],
  ['directory', /^getdents|^(mk|rm)dir|^rename|^(un|sym)?link(at)?$|^mknod|^f?chdir$|^getcwd$|^chroot$|^pivot_root$/],
  ['open/close', /^open|^creat$|^close|^dup|^accept|^socket|^memfd/],
  ['write', /write|^send|splice$|^tee$|^copy_file_range$|truncate|^fallocate$/],
  ['read', /^p?read|readv$|^recv|^syslog$/],
];

const known = new Map<string, CallKind | undefined>();

/** undefined: no system call has that name. */
export function kindOf(name: string): CallKind | undefined {
  if (!known.has(name)) known.set(name, findKind(name));
  return known.get(name);
}

function findKind(name: string): CallKind | undefined {
  const row = syscallByName(name);
  if (row === undefined) return /^syscall_\d+$/.test(name) ? 'other' : undefined;
  const kind = RULES.find(([, rule]) => rule.test(name))?.[0];
  return kind ?? (row.returns === 'file' ? 'open/close' : 'other');
}
