// The shape of one row of the system-call table, and the families that --family takes. This block is the table's
// specification: src/syscalls/x86-64.ts holds the rows, src/collector/live/ packs them for the BPF programs, which know
// no system call by name, and src/fold/ reads the same roles for traces made elsewhere.
//
// Roles are positions of arguments, 0 to 5. The file that a call folds under is, in this order:
//   1. the file behind the new descriptor, when `returns` is 'file' and the call succeeded;
//   2. the file behind `fd`, taken at enter;
//   3. the name in `path`, joined to `dirfd` (or the cwd); empty or null: the file behind `dirfd` itself;
//   4. the cwd, when `cwd` is set;
//   5. none: the stack has no path frame.

export const FAMILIES = [
  'file',
  'network',
  'polling',
  'memory',
  'process',
  'ipc',
  'time',
  'signal',
  'security',
  'misc',
] as const;
export type Family = (typeof FAMILIES)[number];

/** The kind of file a call has, and the family it belongs to, depend on bits of one argument. */
export interface FlagTest {
  readonly arg: number;
  readonly mask: number;
}

export interface SyscallRow {
  readonly number: number;
  /** The kernel's name, without `sys_`: newfstatat, pread64. */
  readonly name: string;
  readonly family: Family;
  /** Descriptor of the file; of two files, the one written. */
  readonly fd?: number;
  /** String naming the file; of two names, the new one. */
  readonly path?: number;
  /** Descriptor of the directory that a relative `path` starts from. Absent: the cwd. */
  readonly dirfd?: number;
  /** The other file of a two-file call (the one read). */
  readonly fd2?: number;
  /** The other name of a two-name call (the old one), and the directory it starts from. */
  readonly path2?: number;
  readonly dirfd2?: number;
  /** The call is about the cwd itself (getcwd). */
  readonly cwd?: true;
  /** Open flags (O_RDONLY ...), or with `how` the pointer to a struct open_how that holds them. */
  readonly flags?: number;
  readonly how?: number;
  /**
   * What a result >= 0 is: a number of bytes moved; a descriptor for the file that the call already names (dup); a
   * descriptor for a file that the call names by opening it. Absent: nothing that is counted.
   */
  readonly returns?: 'bytes' | 'descriptor' | 'file';
  /** The counted bytes are at most this argument: a probe with size 0 moves none, MSG_TRUNC reports more than it moved. */
  readonly atMost?: number;
  /** struct msghdr: with MSG_TRUNC in the flags, which `noBytes` looks at too, at most its buffers were filled. */
  readonly message?: number;
  /** With these bits set the returned bytes were not moved (MSG_PEEK). */
  readonly noBytes?: FlagTest;
  /**
   * With these bits set `fd` holds no descriptor, and the call belongs to this family: mmap with MAP_ANONYMOUS to
   * memory; io_uring_enter on the index of a registered ring to file, as ever.
   */
  readonly without?: FlagTest & { readonly family: Family };
}
