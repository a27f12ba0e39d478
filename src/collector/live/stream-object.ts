// The programs of `--engine stream` (bpf/stream.bpf.c), loaded. In: which calls to record. Out: descriptors of the maps,
// the programs to attach.

import type { SyscallRow } from '../../syscalls/row.ts';
import { type SyscallSelection, syscallByNumber } from '../../syscalls/table.ts';
import { MAKES, STREAM_CHECKED, STREAM_ROW, SYSCALLS } from './abi.ts';
import type { Targets } from './ior-object.ts';
import { fillArray, type LoadedObject, loadObject } from './load-object.ts';

export interface StreamOptions {
  readonly selection: SyscallSelection;
  /** Calls that change what names mean: recorded whether they are selected or not. By name. */
  readonly stateful: ReadonlySet<string>;
  /** Every task is in scope; otherwise only what descends from the launched command. */
  readonly everything: boolean;
  /** Processes that were there before, instead. */
  readonly targets?: Pick<Targets, 'pids' | 'follow'> | undefined;
  /** Bytes of the ring, a power of two and a multiple of the page. */
  readonly ringBytes: number;
}

/** 32 MiB: at 170 bytes a call, what a poll interval of 20 ms holds at 9 million calls a second. */
export const STREAM_RING_BYTES = 32 << 20;

const MAPS = ['events', 'counters', 'syscalls', '.data.control'] as const;
export type StreamMap = (typeof MAPS)[number];

/** @throws KernelError with what refused, the errno and the verifier's words */
export function loadStream(options: StreamOptions): LoadedObject<StreamMap> {
  const { everything, ringBytes, targets } = options;
  const object = loadObject({
    name: 'stream',
    checked: STREAM_CHECKED,
    maps: MAPS,
    configure: (object) => {
      object.setConfig({ everything, follow: targets?.follow ?? false });
      object.setTargets({ pid: targets?.pids ?? [] });
      object.setEntries('events', ringBytes);
      if (targets === undefined) object.leaveOut('ior_targets');
      if (!everything && targets === undefined) object.leaveOut('ior_survey');
    },
  });
  fillArray(object.fd('syscalls'), 'syscalls', SYSCALLS, tableOf(options));
  return object;
}

/** Calls that make descriptors, or change what one or the cwd stands for, besides those that return them. */
const MADE: Readonly<Record<string, readonly [makes: keyof typeof MAKES, argument: number]>> = {
  pipe: ['pair', 0],
  pipe2: ['pair', 0],
  socketpair: ['pair', 3],
  recvmsg: ['received', 1],
  recvmmsg: ['receivedMany', 1],
  connect: ['name', 0],
  bind: ['name', 0],
  listen: ['name', 0],
  chdir: ['cwd', -1],
  fchdir: ['cwd', -1],
  chroot: ['root', -1],
};

/** The calls whose own descriptor has another name when they return. */
export const RENAMES_ITS_DESCRIPTOR: ReadonlySet<string> = new Set(
  Object.keys(MADE).filter((name) => MADE[name]?.[0] === 'name'),
);

function tableOf({ selection, stateful }: StreamOptions): DataView {
  const rows = new DataView(new ArrayBuffer(SYSCALLS * STREAM_ROW.size));
  for (let number = 0; number < SYSCALLS; number++) {
    const row: Partial<SyscallRow> = syscallByNumber(number) ?? {};
    const { name = '' } = row;
    const [makes, made] = MADE[name] ?? [row.returns === 'file' ? 'result' : 'nothing', -1];
    const at = (field: keyof typeof STREAM_ROW.offset) => number * STREAM_ROW.size + STREAM_ROW.offset[field];
    const isSelected = selection.primary.has(number) || selection.without.has(number) || stateful.has(name);
    rows.setUint8(at('select'), Number(isSelected));
    rows.setUint8(at('makes'), MAKES[makes]);
    rows.setUint8(at('execs'), Number(name.startsWith('execve')));
    rows.setInt8(at('path'), row.path ?? -1);
    rows.setInt8(at('path2'), row.path2 ?? -1);
    rows.setInt8(at('made'), made);
    rows.setInt8(at('how'), row.how ?? -1);
  }
  return rows;
}
