// The only module that imports koffi: the functions of libbpf and libc that the collector calls, with their C
// prototypes, and memory as ArrayBuffers. In: numbers, buffers, pointers (bigint). Out: results; it judges nothing but
// whether libbpf can be loaded. No struct is decoded here: a view is made once and read with a DataView (10 ns for
// eight fields, against 1,500 ns for a koffi struct).

import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type { LibraryHandle } from 'koffi';
import { KernelError } from '../../model/errors.ts';

/** An address in this process; 0n is NULL. */
export type Pointer = bigint;

const PROTOTYPES = {
  libbpf_major_version: 'uint32_t libbpf_major_version()',
  libbpf_version_string: 'const char *libbpf_version_string()',
  libbpf_num_possible_cpus: 'int libbpf_num_possible_cpus()',
  libbpf_set_print: 'uintptr_t libbpf_set_print(uintptr_t print)',
  bpf_object__open_mem: 'uintptr_t bpf_object__open_mem(const void *object, size_t size, uintptr_t options)',
  bpf_object__load: 'int bpf_object__load(uintptr_t object)',
  bpf_object__close: 'void bpf_object__close(uintptr_t object)',
  bpf_object__btf: 'uintptr_t bpf_object__btf(uintptr_t object)',
  bpf_object__find_map_by_name: 'uintptr_t bpf_object__find_map_by_name(uintptr_t object, const char *name)',
  bpf_object__find_program_by_name: 'uintptr_t bpf_object__find_program_by_name(uintptr_t object, const char *name)',
  bpf_map__fd: 'int bpf_map__fd(uintptr_t map)',
  bpf_map__set_max_entries: 'int bpf_map__set_max_entries(uintptr_t map, uint32_t entries)',
  bpf_map__set_key_size: 'int bpf_map__set_key_size(uintptr_t map, uint32_t size)',
  bpf_map__inner_map: 'uintptr_t bpf_map__inner_map(uintptr_t map)',
  bpf_map__initial_value: 'uintptr_t bpf_map__initial_value(uintptr_t map, void *size)',
  bpf_map__set_initial_value: 'int bpf_map__set_initial_value(uintptr_t map, const void *data, size_t size)',
  bpf_program__fd: 'int bpf_program__fd(uintptr_t program)',
  bpf_program__set_autoload: 'int bpf_program__set_autoload(uintptr_t program, bool autoload)',
  bpf_program__attach: 'uintptr_t bpf_program__attach(uintptr_t program)',
  bpf_program__attach_iter: 'uintptr_t bpf_program__attach_iter(uintptr_t program, uintptr_t options)',
  bpf_link__fd: 'int bpf_link__fd(uintptr_t link)',
  bpf_link__destroy: 'int bpf_link__destroy(uintptr_t link)',
  bpf_iter_create: 'int bpf_iter_create(int link)',
  bpf_map_create:
    'int bpf_map_create(int type, const char *name, uint32_t key, uint32_t value, uint32_t entries, const void *options)',
  bpf_map_update_elem: 'int bpf_map_update_elem(int map, const void *key, const void *value, uint64_t flags)',
  bpf_map_update_batch:
    'int bpf_map_update_batch(int map, const void *keys, const void *values, void *count, uintptr_t options)',
  bpf_map_lookup_elem: 'int bpf_map_lookup_elem(int map, const void *key, void *value)',
  bpf_map_lookup_batch:
    'int bpf_map_lookup_batch(int map, void *in, void *out, void *keys, void *values, void *count, uintptr_t options)',
  bpf_obj_get_info_by_fd: 'int bpf_obj_get_info_by_fd(int fd, void *info, void *length)',
  btf__load_vmlinux_btf: 'uintptr_t btf__load_vmlinux_btf()',
  btf__free: 'void btf__free(uintptr_t btf)',
  btf__find_by_name_kind: 'int btf__find_by_name_kind(uintptr_t btf, const char *name, uint32_t kind)',
  btf__resolve_size: 'int64_t btf__resolve_size(uintptr_t btf, uint32_t type)',
} as const;

const LIBC_PROTOTYPES = {
  mmap: 'intptr_t mmap(uintptr_t at, size_t size, int protection, int flags, int fd, long offset)',
  munmap: 'int munmap(uintptr_t at, size_t size)',
  syscall: 'long syscall(long number, long first, long second, long third)',
  vsnprintf: 'int vsnprintf(void *out, size_t size, uintptr_t format, uintptr_t arguments)',
} as const;

type Native = (...values: readonly (number | bigint | string | boolean | ArrayBufferView | null)[]) => number | bigint;

export type Libbpf = { readonly [name in keyof typeof PROTOTYPES]: Native };
type Libc = { readonly [name in keyof typeof LIBC_PROTOTYPES]: Native };

let koffiModule: typeof import('koffi') | undefined;

/** koffi takes 30 ms to load, and a static import would load it for every verb of the bundled command line. */
function koffi(): typeof import('koffi') {
  koffiModule ??= createRequire(import.meta.url)('koffi') as typeof import('koffi');
  return koffiModule;
}

let libbpf: Libbpf | undefined;
let libc: Libc | undefined;

/** libbpf.so.1, loaded at the first call. Throws a KernelError that says how to install it. */
export function loadLibbpf(): Libbpf {
  if (libbpf !== undefined) return libbpf;
  let library: LibraryHandle;
  try {
    library = koffi().load('libbpf.so.1');
  } catch (cause) {
    throw new KernelError('libbpf.so.1 is missing: install it (Debian, Ubuntu: apt-get install libbpf1)', { cause });
  }
  libbpf = bind(library, PROTOTYPES);
  return libbpf;
}

function loadLibc(): Libc {
  libc ??= bind(koffi().load('libc.so.6'), LIBC_PROTOTYPES);
  return libc;
}

function bind<P extends Record<string, string>>(library: LibraryHandle, prototypes: P) {
  const bound: Record<string, unknown> = {};
  for (const [name, prototype] of Object.entries(prototypes)) bound[name] = library.func(prototype);
  return bound as { readonly [name in keyof P]: Native }; // koffi's functions are untyped
}

/** errno of the last native call that failed. */
export function errno(): number {
  return koffi().errno();
}

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The name of an errno, as in `EPERM`; libbpf returns it negated. */
export function errnoName(number: number): string {
  return ERRNO_NAMES.get(Math.abs(number)) ?? `errno ${Math.abs(number)}`;
}

export const ERRNO = {
  EPERM: constants.errno.EPERM,
  ENOENT: constants.errno.ENOENT,
  EACCES: constants.errno.EACCES,
} as const;

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

/** A file's memory in this process. After `unmap` its views must not be touched: the address is gone. */
export interface Mapping {
  readonly memory: ArrayBuffer;
  unmap(): void;
}

/** Maps `size` bytes of a BPF map's descriptor from `offset` on, both multiples of the page. Throws a KernelError. */
export function mapMemory(fd: number, offset: number, size: number, writable: boolean): Mapping {
  const { mmap, munmap } = loadLibc();
  const at = BigInt(mmap(0, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset));
  if (at === -1n)
    throw new KernelError(`cannot map ${size} bytes of a BPF map (${errnoName(errno())})`, { errno: errno() });
  return { memory: koffi().view(at, size), unmap: () => void munmap(at, size) };
}

/** x86_64 */
const NR_MEMBARRIER = 324;
const MEMBARRIER_CMD_GLOBAL = 1;

/** Waits until every program that was running when it was called has returned: membarrier(2) is synchronize_rcu() here. */
export function waitForPrograms(): void {
  loadLibc().syscall(NR_MEMBARRIER, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/** The `size` bytes at an address that C owns. */
export function memoryAt(pointer: Pointer | number, size: number): ArrayBuffer {
  return koffi().view(BigInt(pointer), size);
}

/**
 * Collects libbpf's messages instead of letting them go to stderr, until `release` is called. The verifier's log is
 * among them when a program is refused.
 */
export function captureMessages(): { text(): string; release(): void } {
  const { libbpf_set_print } = loadLibbpf();
  const { vsnprintf } = loadLibc();
  const pieces: string[] = [];
  const buffer = Buffer.alloc(1 << 16);
  const print = koffi().register(
    (level: number, format: bigint, list: bigint) => {
      const DEBUG = 2;
      if (level >= DEBUG) return 0;
      const length = Math.min(Number(vsnprintf(buffer, buffer.length, format, list)), buffer.length - 1);
      pieces.push(buffer.toString('utf8', 0, length));
      return 0;
    },
    koffi().pointer(koffi().proto('int (int level, uintptr_t format, uintptr_t list)')),
  );
  libbpf_set_print(print);
  return {
    text: () => pieces.join(''),
    release: () => {
      libbpf_set_print(0n);
      koffi().unregister(print);
    },
  };
}
