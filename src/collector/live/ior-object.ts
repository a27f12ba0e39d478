// The programs of the kernel engine (bpf/ior.bpf.c), loaded. In: the syscall selection and the switches. Out: descriptors
// of the maps, the programs to attach.

import type { Dimension } from '../../model/profile.ts';
import { type SyscallSelection, syscallByNumber } from '../../syscalls/table.ts';
import { BY, CHECKED, KEY, KEY_SHORT_SIZE, ROW, SELECT, SYSCALL, SYSCALLS } from './abi.ts';
import { fillArray, type LoadedObject, loadObject } from './load-object.ts';

/** What the programs are told before they are loaded; the verifier drops what is switched off. */
export interface LoadOptions {
  readonly selection: SyscallSelection;
  /** Bit n: files of FILE_TYPES[n] are wanted. */
  readonly types: number;
  /** Every task is in scope; otherwise only what descends from the launched command. */
  readonly everything: boolean;
  /** Tasks that were there before, users and cgroups, that alone are in scope. */
  readonly targets?: Targets | undefined;
  /** What cells are told apart by: the programs read no other field. */
  readonly dimensions: readonly Dimension[];
  readonly limits: Limits;
}

/** At most TARGETS of each; numbers of tasks as this process knows them. */
export interface Targets {
  readonly pids: readonly number[];
  readonly tids: readonly number[];
  /** Children of `pids` too, those that are there and those to come. */
  readonly follow: boolean;
  /** Real uids; they narrow down whatever else is in scope. */
  readonly uids: readonly number[];
  /** Ids of cgroups of version 2, each with all below it; they narrow it down, too. */
  readonly cgroups: readonly number[];
}

/** Whether tasks are marked, and not only users. */
export function hasTasks(targets: Targets | undefined): boolean {
  return targets !== undefined && targets.pids.length + targets.tids.length > 0;
}

/** Sizes of what is bounded in the kernel; the tests make them tiny. */
export interface Limits {
  /** Cells between two swaps. */
  readonly cells: number;
  /** Names remembered as sent; one that falls out is sent again. */
  readonly knownNames: number;
  /** Bytes of the names' ring, a power of two and a multiple of the page. */
  readonly ringBytes: number;
}

export const DEFAULT_LIMITS: Limits = { cells: 524_288, knownNames: 65_536, ringBytes: 16 << 20 };

/** Room that one more record always finds: the longest name and its headers. */
const RING_RESERVE = 8192;

const MAPS = ['cells', 'slots', 'names', 'counters', 'overflow', 'left_out', 'syscalls', '.data.control'] as const;
export type IorMap = (typeof MAPS)[number];

/** @throws KernelError with what refused, the errno and the verifier's words */
export function loadIor(options: LoadOptions): LoadedObject<IorMap> {
  const { dimensions, everything, limits, targets } = options;
  const object = loadObject({
    name: 'ior',
    checked: CHECKED,
    maps: MAPS,
    configure: (object) => {
      object.setConfig({
        everything,
        byComm: dimensions.includes('comm'),
        byPid: dimensions.includes('pid'),
        byTid: dimensions.includes('tid'),
        byUid: dimensions.includes('uid') || dimensions.includes('user'),
        types: options.types,
        extra: EXTRA_FIELDS.reduce((bits, [name, bit]) => bits | (dimensions.includes(name) ? bit : 0), 0),
        uids: targets?.uids.length ?? 0,
        cgroups: targets?.cgroups.length ?? 0,
        follow: targets?.follow ?? false,
        ringFull: Math.max(limits.ringBytes - RING_RESERVE, 0),
      });
      if (targets) {
        const { cgroups: cgroup, uids: uid, pids: pid, tids: tid } = targets;
        object.setTargets({ cgroup, uid, pid, tid });
      }
      object.setInnerKeySize('cells', keySizeOf(dimensions));
      object.setEntries('known_names', limits.knownNames);
      object.setEntries('names', limits.ringBytes);
      if (everything) object.leaveOut('ior_fork');
      if (!hasTasks(targets)) object.leaveOut('ior_targets');
      if (!everything && !hasTasks(targets)) object.leaveOut('ior_begun');
    },
  });
  fillArray(object.fd('syscalls'), 'syscalls', SYSCALLS, tableOf(options.selection));
  return object;
}

/** Fields that stand in a struct ior_extra. */
const EXTRA_FIELDS = [
  ['cgroup', BY.cgroup],
  ['container', BY.cgroup],
  ['tree', BY.tree],
  ['program', BY.program],
  ['flags', BY.flags],
  ['errno', BY.error],
] as const satisfies readonly (readonly [Dimension, number])[];
const LONG_FIELDS: readonly Dimension[] = ['pid', 'tid', 'uid', 'user', ...EXTRA_FIELDS.map(([name]) => name)];

/** Keys of cells are shorter when no field is asked for that needs the rest. */
export function keySizeOf(dimensions: readonly Dimension[]): number {
  return dimensions.some((name) => LONG_FIELDS.includes(name)) ? KEY.size : KEY_SHORT_SIZE;
}

function tableOf(selection: SyscallSelection): DataView {
  const rows = new DataView(new ArrayBuffer(SYSCALLS * SYSCALL.size));
  for (let number = 0; number < SYSCALLS; number++) {
    const syscall = syscallByNumber(number);
    const select =
      (selection.primary.has(number) ? SELECT.ordinary : 0) |
      (selection.without.has(number) ? SELECT.without : 0) |
      (syscall?.name === 'restart_syscall' ? SELECT.resumed : 0);
    const flags =
      (syscall?.cwd ? ROW.cwd : 0) |
      (syscall?.returns === 'bytes' ? ROW.bytes : 0) |
      (syscall?.returns === 'file' ? ROW.opens : 0) |
      (syscall?.name === 'close' ? ROW.closes : 0) |
      (syscall?.name.startsWith('execve') ? ROW.exec : 0);
    const at = (field: keyof typeof SYSCALL.offset) => number * SYSCALL.size + SYSCALL.offset[field];
    rows.setUint8(at('select'), select);
    rows.setUint8(at('flags'), flags);
    rows.setInt8(at('fd'), syscall?.fd ?? -1);
    rows.setInt8(at('path'), syscall?.path ?? -1);
    rows.setInt8(at('dirfd'), syscall?.dirfd ?? -1);
    rows.setInt8(at('atMost'), syscall?.atMost ?? -1);
    rows.setInt8(at('testArg'), (syscall?.noBytes ?? syscall?.without)?.arg ?? -1);
    rows.setInt8(at('message'), syscall?.message ?? -1);
    rows.setUint32(at('noBytes'), syscall?.noBytes?.mask ?? 0, true);
    rows.setUint32(at('without'), syscall?.without?.mask ?? 0, true);
  }
  return rows;
}
