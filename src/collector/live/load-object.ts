// Opens, configures and loads the BPF object. In: the syscall selection and the switches. Out: descriptors of its maps,
// the programs to attach. Nothing is attached here, and when loading fails nothing stays behind.

import { readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { EXIT, KernelError } from '../../model/errors.ts';
import { packageFile } from '../../model/package-files.ts';
import type { Dimension } from '../../model/profile.ts';
import { type SyscallSelection, syscallByNumber } from '../../syscalls/table.ts';
import { CHECKED, CONFIG, KEY, KEY_SHORT_SIZE, ROW, SELECT, SYSCALL, SYSCALLS } from './abi.ts';
import { captureMessages, ERRNO, errno, errnoName, type Libbpf, loadLibbpf, type Pointer } from './native.ts';
import { describeRefusal, kernelIsAtLeast } from './preflight.ts';

/** What the programs are told before they are loaded; the verifier drops what is switched off. */
export interface LoadOptions {
  readonly selection: SyscallSelection;
  /** Bit n: files of FILE_TYPES[n] are wanted. */
  readonly types: number;
  /** Every task is in scope; otherwise only what descends from the launched command. */
  readonly everything: boolean;
  /** What cells are told apart by: the programs read no other field. */
  readonly dimensions: readonly Dimension[];
  readonly limits: Limits;
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

export const DEFAULT_LIMITS: Limits = { cells: 131_072, knownNames: 65_536, ringBytes: 8 << 20 };

/** Room that one more record always finds: the longest name and its headers. */
const RING_RESERVE = 8192;

const PROGRAMS = ['ior_enter', 'ior_exit', 'ior_fork', 'ior_exec', 'ior_task_end', 'ior_whoami'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

const MAPS = ['cells', 'slots', 'names', 'counters', 'overflow', 'left_out', 'syscalls', '.data.control'] as const;
export type MapName = (typeof MAPS)[number];

export interface LoadedObject {
  readonly keySize: number;
  fd(map: MapName): number;
  program(name: ProgramName): Pointer;
  close(): void;
}

const BTF_KIND_STRUCT = 4;

/** @throws KernelError with what refused, the errno and the verifier's words */
export function loadObject(options: LoadOptions): LoadedObject {
  const libbpf = loadLibbpf();
  const messages = captureMessages();
  let object: Pointer = 0n;
  try {
    const file = objectPath();
    const bytes = readObject(file); // stays alive until after the load: libbpf does not copy it
    object = BigInt(libbpf.bpf_object__open_mem(bytes, bytes.length, 0));
    if (object === 0n) {
      const sentence = `the BPF object ${file} is damaged (${errnoName(errno())}): install ior-flame again`;
      throw new KernelError(sentence, { exitCode: EXIT.failure, log: messages.text() });
    }
    checkSizes(libbpf, object);
    const keySize = configure(libbpf, object, options);
    const result = Number(libbpf.bpf_object__load(object));
    if (result < 0)
      throw new KernelError(describeRefusal(-result, messages.text()), { errno: -result, log: messages.text() });
    const loaded = object;
    const fds = new Map(MAPS.map((name) => [name, Number(libbpf.bpf_map__fd(findMap(libbpf, loaded, name)))]));
    const fd = (name: MapName) => fds.get(name) as number;
    fillTable(libbpf, fd('syscalls'), options.selection);
    return {
      keySize,
      fd,
      program: (name) => BigInt(libbpf.bpf_object__find_program_by_name(loaded, name)),
      close: () => void libbpf.bpf_object__close(loaded),
    };
  } catch (error) {
    if (object !== 0n) libbpf.bpf_object__close(object);
    throw error;
  } finally {
    messages.release();
  }
}

function objectPath(): string {
  const machine = arch() === 'x64' ? 'x86_64' : arch();
  if (machine !== 'x86_64') throw new KernelError(`ior-flame traces on x86_64 only; this machine is ${machine}`);
  return packageFile(`bpf/ior.${machine}.o`);
}

function readObject(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const sentence = `cannot read the BPF object ${file} (${code}): install ior-flame again`;
    throw new KernelError(sentence, { exitCode: EXIT.failure, cause });
  }
}

function checkSizes(libbpf: Libbpf, object: Pointer): void {
  const btf = BigInt(libbpf.bpf_object__btf(object));
  for (const { name, size } of CHECKED) {
    const type = Number(libbpf.btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT));
    const found = type < 0 ? type : Number(libbpf.btf__resolve_size(btf, type));
    if (found !== size) {
      throw new Error(
        `object and collector disagree on struct ${name} (${found} and ${size} bytes): npm run build:bpf`,
      );
    }
  }
}

function configure(libbpf: Libbpf, object: Pointer, options: LoadOptions): number {
  const { limits } = options;
  const config = new DataView(new ArrayBuffer(CONFIG.size));
  const flag = (field: keyof typeof CONFIG.offset, value: boolean) =>
    config.setUint8(CONFIG.offset[field], Number(value));
  flag('typed', kernelIsAtLeast(release(), 6, 2));
  flag('everything', options.everything);
  const by = (dimension: Dimension) => options.dimensions.includes(dimension);
  flag('byComm', by('comm'));
  flag('byPid', by('pid'));
  flag('byTid', by('tid'));
  flag('byUid', by('uid'));
  config.setUint16(CONFIG.offset.types, options.types, true);
  config.setUint32(CONFIG.offset.ringFull, Math.max(limits.ringBytes - RING_RESERVE, 0), true);
  config.setUint32(CONFIG.offset.looped, Number(kernelIsAtLeast(release(), 5, 17)), true);
  must(
    libbpf.bpf_map__set_initial_value(findMap(libbpf, object, '.rodata.config'), config, config.byteLength),
    'config',
  );

  const keySize = by('pid') || by('tid') || by('uid') ? KEY.size : KEY_SHORT_SIZE;
  const inner = BigInt(libbpf.bpf_map__inner_map(findMap(libbpf, object, 'cells')));
  must(libbpf.bpf_map__set_key_size(inner, keySize), 'cells');
  must(libbpf.bpf_map__set_max_entries(findMap(libbpf, object, 'known_names'), limits.knownNames), 'known_names');
  must(libbpf.bpf_map__set_max_entries(findMap(libbpf, object, 'names'), limits.ringBytes), 'names');
  const fork = BigInt(libbpf.bpf_object__find_program_by_name(object, 'ior_fork'));
  must(libbpf.bpf_program__set_autoload(fork, !options.everything), 'ior_fork');
  return keySize;
}

function fillTable(libbpf: Libbpf, fd: number, selection: SyscallSelection): void {
  const numbers = Uint32Array.from({ length: SYSCALLS }, (_, number) => number);
  const rows = new DataView(new ArrayBuffer(SYSCALLS * SYSCALL.size));
  for (const number of numbers) {
    const select =
      (selection.primary.has(number) ? SELECT.ordinary : 0) | (selection.without.has(number) ? SELECT.without : 0);
    const syscall = syscallByNumber(number);
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
    rows.setUint32(at('noBytes'), syscall?.noBytes?.mask ?? 0, true);
    rows.setUint32(at('without'), syscall?.without?.mask ?? 0, true);
  }
  must(libbpf.bpf_map_update_batch(fd, numbers, rows, Uint32Array.of(SYSCALLS), 0), 'syscalls');
}

function findMap(libbpf: Libbpf, object: Pointer, name: string): Pointer {
  const map = BigInt(libbpf.bpf_object__find_map_by_name(object, name));
  if (map === 0n) throw new Error(`the BPF object has no map ${name}: npm run build:bpf`);
  return map;
}

function must(result: number | bigint, what: string): void {
  if (Number(result) < 0) {
    const exitCode = -Number(result) === ERRNO.EPERM ? 3 : 1;
    throw new KernelError(`cannot set up ${what} of the BPF object (${errnoName(Number(result))})`, { exitCode });
  }
}
