// What bpf/ior.h and bpf/stream.h say, in TypeScript: the same structs, fields and order. Offsets follow from the fields by C's rules
// for natural alignment; the session compares each size with the object's BTF before it loads it.

type FieldType = 'u8' | 's8' | 'u16' | 'u32' | 's64' | 'u64' | number;

/** Size and field offsets of a C struct; a number as type is that many bytes without alignment. */
export interface Layout<Field extends string> {
  readonly name: string;
  readonly size: number;
  readonly offset: Readonly<Record<Field, number>>;
  /** Bytes of each field. */
  readonly width: Readonly<Record<Field, number>>;
}

const SIZES = { u8: 1, s8: 1, u16: 2, u32: 4, s64: 8, u64: 8 } as const;

function layout<Field extends string>(name: string, fields: readonly (readonly [Field, FieldType])[]): Layout<Field> {
  const offset: Partial<Record<Field, number>> = {};
  const width: Partial<Record<Field, number>> = {};
  let at = 0;
  let widest = 1;
  for (const [field, type] of fields) {
    const size = typeof type === 'number' ? type : SIZES[type];
    const alignment = typeof type === 'number' ? 1 : size;
    at = roundUp(at, alignment);
    offset[field] = at;
    width[field] = size;
    at += size;
    widest = Math.max(widest, alignment);
  }
  return {
    name,
    size: roundUp(at, widest),
    offset: offset as Record<Field, number>,
    width: width as Record<Field, number>,
  };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

export const SYSCALLS = 512;
/** Of --pid, --tid, --user and --cgroup, each. */
export const TARGETS = 32;
export const TYPES = 16;
export const COMM_SIZE = 16;
/** struct ior_file, two u64, is read as four words. */
export const FILE_WORDS = 4;
/** The length of a key when no field is asked for that lies beyond it. */
export const KEY_SHORT_SIZE = 40;

export const KEY = layout('ior_key', [
  ['file', 'u64'],
  ['fileWhat', 'u64'],
  ['comm', COMM_SIZE],
  ['cpu', 'u32'],
  ['nr', 'u16'],
  ['type', 'u8'],
  ['pad0', 'u8'],
  ['pid', 'u32'],
  ['tid', 'u32'],
  ['uid', 'u32'],
  ['pad1', 'u32'],
  ['extra', 'u64'],
]);

export const EXTRA = layout('ior_extra', [
  ['cgroup', 'u64'],
  ['tree', 'u64'],
  ['program', COMM_SIZE],
  ['flags', 'u32'],
  ['error', 'u32'],
]);
export const NO_FLAGS = 0xffffffff;

/** Which fields of struct ior_extra are asked for. */
export const BY = { cgroup: 1, tree: 2, program: 4, flags: 8, error: 16 } as const;

/** The first six fields are WEIGHTS of src/model/profile.ts, in that order. */
export const CELL = layout('ior_cell', [
  ['calls', 'u64'],
  ['errors', 'u64'],
  ['durationNs', 'u64'],
  ['maxNs', 'u64'],
  ['bytes', 'u64'],
  ['gapNs', 'u64'],
  ['inode', 'u64'],
  ['named', 'u64'],
]);

/** Slots of one CPU in one of the two sets. */
export const SLOTS = 512;

export const SLOT = layout('ior_slot', [
  ['key', KEY.size],
  ['generation', 'u32'],
  ['pad', 'u32'],
  ['cell', 'u64'],
  ['cellRest', CELL.size - 8],
]);

export const SYSCALL = layout('ior_syscall', [
  ['select', 'u8'],
  ['flags', 'u8'],
  ['fd', 's8'],
  ['path', 's8'],
  ['dirfd', 's8'],
  ['atMost', 's8'],
  ['testArg', 's8'],
  ['message', 's8'],
  ['noBytes', 'u32'],
  ['without', 'u32'],
]);

export const SELECT = { ordinary: 1, without: 2, resumed: 4 } as const;
export const ROW = { cwd: 1, bytes: 2, opens: 4, closes: 8, exec: 16 } as const;

export const NAME = layout('ior_name', [
  ['file', 'u64'],
  ['fileWhat', 'u64'],
  ['base', 'u64'],
  ['baseWhat', 'u64'],
  ['root', 'u64'],
  ['rootWhat', 'u64'],
  ['kind', 'u32'],
  ['flags', 'u32'],
  ['type', 'u32'],
  ['len', 'u32'],
  ['magic', 'u32'],
  ['mount', 'u32'],
  ['data', 4096 + 256 + 8],
]);

export const NAME_KIND = { walk: 1, string: 2, lone: 3, socket: 4, extra: 5, tree: 6 } as const;
export const NAME_FLAG = { deleted: 1, cut: 2, detached: 4 } as const;

export const SOCKET = layout('ior_socket', [
  ['family', 'u16'],
  ['type', 'u16'],
  ['protocol', 'u16'],
  ['peerPort', 'u16'],
  ['localPort', 'u16'],
  ['passive', 'u16'],
  ['peer', 16],
]);

/** In the order of struct ior_counters. */
export const COUNTERS = [
  'enters',
  'exits',
  'folded',
  'leftOut',
  'overflowed',
  'superseded',
  'mismatched',
  'neverReturned',
  'unmatchedExits',
  'compat',
  'notStored',
  'cellsFull',
  'cellsBusy',
  'namesSent',
  'namesDeferred',
  'namesStale',
  'namesCut',
  'pathsUnreadable',
  'begunBefore',
  'restarted',
] as const;
export type Counter = (typeof COUNTERS)[number];

export const COUNTER_STRUCT = layout(
  'ior_counters',
  COUNTERS.map((name) => [name, 'u64'] as const),
);

export const CONFIG = layout('ior_config', [
  ['everything', 'u8'],
  ['byComm', 'u8'],
  ['byPid', 'u8'],
  ['byTid', 'u8'],
  ['byUid', 'u8'],
  ['pad', 'u8'],
  ['types', 'u16'],
  ['ringFull', 'u32'],
  ['looped', 'u32'],
  ['extra', 'u32'],
  ['uids', 'u32'],
  ['cgroups', 'u32'],
  ['follow', 'u32'],
]);

export const TARGETS_STRUCT = layout('ior_targets', [
  ['cgroup', TARGETS * 8],
  ['uid', TARGETS * 4],
  ['pid', TARGETS * 4],
  ['tid', TARGETS * 4],
]);

/** A call that is still running at the stop. */
export const UNFINISHED = layout('ior_unfinished', [
  ['key', KEY.size],
  ['extra', EXTRA.size],
  ['base', 'u64'],
  ['baseWhat', 'u64'],
  ['startNs', 'u64'],
  ['gapNs', 'u64'],
  ['inode', 'u64'],
  ['string', 'u64'],
]);

export const CONTROL = layout('ior_control', [
  ['epoch', 'u32'],
  ['tracer', 'u32'],
  ['launching', 'u32'],
  ['generation', 'u32'],
  ['cells', 'u64'],
  ['processes', 'u64'],
  ['ns', 'u64'],
  ['level', 'u32'],
  ['pad', 'u32'],
]);

/** Structs of bpf/ior.bpf.c whose sizes its BTF must confirm. */
export const CHECKED: readonly Layout<string>[] = [
  KEY,
  CELL,
  SLOT,
  SYSCALL,
  NAME,
  SOCKET,
  COUNTER_STRUCT,
  CONFIG,
  TARGETS_STRUCT,
  CONTROL,
  UNFINISHED,
  EXTRA,
];

export const EVENT = layout('ior_event', [
  ['timeNs', 'u64'],
  ['ret', 's64'],
  ['flags', 'u64'],
  ['tid', 'u32'],
  ['pid', 'u32'],
  ['uid', 'u32'],
  ['pad', 'u32'],
  ['kind', 'u16'],
  ['nr', 'u16'],
  ['pathLen', 'u16'],
  ['path2Len', 'u16'],
  ['comm', COMM_SIZE],
]);

/** In the order of enum ior_event_kind, from 1 on. */
export const EVENT_KIND = { enter: 1, exit: 2, fork: 3, exec: 4, end: 5, made: 6, signal: 7, had: 8 } as const;
export const CWD = -100;
export const ROOT = -101;
/** As a length: there is no string, or it could not be read. */
export const NO_STRING = 0xffff;

export const STREAM_ROW = layout('ior_stream_row', [
  ['select', 'u8'],
  ['makes', 'u8'],
  ['execs', 'u8'],
  ['path', 's8'],
  ['path2', 's8'],
  ['made', 's8'],
  ['how', 's8'],
  ['pad', 'u8'],
]);

/** In the order of enum ior_makes. */
export const MAKES = {
  nothing: 0,
  result: 1,
  pair: 2,
  received: 3,
  receivedMany: 4,
  name: 5,
  cwd: 6,
  root: 7,
} as const;

/** In the order of struct ior_stream_counters. */
export const STREAM_COUNTERS = [
  'sent',
  'dropped',
  'compat',
  'notStored',
  'namesCut',
  'pathsUnreadable',
  'notReceived',
] as const;
export type StreamCounter = (typeof STREAM_COUNTERS)[number];

export const STREAM_COUNTER_STRUCT = layout(
  'ior_stream_counters',
  STREAM_COUNTERS.map((name) => [name, 'u64'] as const),
);

/** Structs of bpf/stream.bpf.c whose sizes its BTF must confirm. */
export const STREAM_CHECKED: readonly Layout<string>[] = [
  EVENT,
  STREAM_ROW,
  STREAM_COUNTER_STRUCT,
  NAME,
  SOCKET,
  CONFIG,
  CONTROL,
];
