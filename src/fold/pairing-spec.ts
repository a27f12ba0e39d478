// What pairing has to know of each system call, in one flat object a name: the roles of its arguments, what a result is
// worth, whether the user asked for it, and what it changes. Made once for each name, from the table of src/syscalls/.

import type { SyscallRow } from '../syscalls/row.ts';
import { type SyscallSelection, syscallByName } from '../syscalls/table.ts';
import { CLONES, EFFECTS, type Effect, EXECS, HOLDS } from './pairing-effects.ts';

export interface CallSpec {
  readonly name: string;
  readonly isKnown: boolean;
  /** Positions of arguments; -1: the call has none in that role. */
  readonly fd: number;
  readonly path: number;
  readonly dirfd: number;
  readonly fd2: number;
  readonly path2: number;
  readonly dirfd2: number;
  readonly flags: number;
  readonly atMost: number;
  readonly cwd: boolean;
  readonly opens: boolean;
  readonly bytes: boolean;
  readonly noBytes: SyscallRow['noBytes'];
  readonly without: SyscallRow['without'];
  readonly isWanted: boolean;
  readonly isWantedWithout: boolean;
  readonly effect: Effect | undefined;
  readonly clones: boolean;
  readonly execs: boolean;
  readonly closes: boolean;
  /** The rest of a call that was suspended. */
  readonly resumes: boolean;
  readonly returnsFromHandler: boolean;
  /** The task is over with this call. */
  readonly ends: boolean;
  /** The file behind `fd` is needed again at exit, whoever closes the number in between. */
  readonly holds: boolean;
  /** The name's id in the texts of a profile; -1: not asked for yet. */
  text: number;
}

const NUMBERED = /^syscall_(\d+)$/;

/** `selection` undefined: every call is wanted, also those that no table knows. */
export function callSpec(name: string, selection: SyscallSelection | undefined): CallSpec {
  const row: Partial<SyscallRow> = syscallByName(name) ?? {};
  const number = row.number ?? Number(NUMBERED.exec(name)?.[1] ?? -1);
  return {
    name,
    isKnown: number >= 0,
    fd: row.fd ?? -1,
    path: row.path ?? -1,
    dirfd: row.dirfd ?? -1,
    fd2: row.fd2 ?? -1,
    path2: row.path2 ?? -1,
    dirfd2: row.dirfd2 ?? -1,
    flags: row.flags ?? -1,
    atMost: row.atMost ?? -1,
    cwd: row.cwd ?? false,
    opens: row.returns === 'file',
    bytes: row.returns === 'bytes',
    noBytes: row.noBytes,
    without: row.without,
    isWanted: selection?.primary.has(number) ?? true,
    isWantedWithout: selection?.without.has(number) ?? true,
    effect: Object.hasOwn(EFFECTS, name) ? EFFECTS[name] : undefined,
    clones: CLONES.has(name),
    execs: EXECS.has(name),
    closes: name === 'close',
    resumes: name === 'restart_syscall',
    returnsFromHandler: name === 'rt_sigreturn',
    ends: name === 'exit' || name === 'exit_group',
    holds: HOLDS.has(name),
    text: -1,
  };
}
