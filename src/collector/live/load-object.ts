// Opens, configures and loads a BPF object. In: which object, and what to set before the load. Out: descriptors of its
// maps, the programs to attach. Nothing is attached here, and when loading fails nothing stays behind.

import { readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { EXIT, KernelError } from '../../model/errors.ts';
import { packageFile } from '../../model/package-files.ts';
import { CONFIG, type Layout, TARGETS_STRUCT } from './abi.ts';
import { captureMessages, ERRNO, errno, errnoName, type Libbpf, loadLibbpf, type Pointer } from './native.ts';
import { describeRefusal, kernelIsAtLeast } from './preflight.ts';

export interface ObjectSpec<MapName extends string> {
  /** bpf/NAME.bpf.c */
  readonly name: 'ior' | 'stream';
  /** Structs whose sizes the object's BTF must confirm. */
  readonly checked: readonly Layout<string>[];
  /** Maps that are asked for after the load. */
  readonly maps: readonly MapName[];
  /** Called before the load. */
  configure(object: OpenObject): void;
}

export interface LoadedObject<MapName extends string> {
  fd(map: MapName): number;
  program(name: string): Pointer;
  close(): void;
}

/** Fields of struct ior_config. */
export type Switches = Partial<Record<keyof typeof CONFIG.offset, number | boolean>>;

/** Fields of struct ior_targets. */
export type TargetNumbers = Readonly<Partial<Record<keyof typeof TARGETS_STRUCT.offset, readonly number[]>>>;

const BTF_KIND_STRUCT = 4;
/** bpf_rdonly_cast, see bpf/kernel.h; bpf/ior-untyped.x86_64.o is for older kernels. */
const TYPED_SINCE = [6, 2] as const;

/** @throws KernelError with what refused, the errno and the verifier's words */
export function loadObject<MapName extends string>(spec: ObjectSpec<MapName>): LoadedObject<MapName> {
  const libbpf = loadLibbpf();
  const messages = captureMessages();
  let object: Pointer = 0n;
  try {
    const file = objectPath(spec.name);
    const bytes = readObject(file); // stays alive until after the load: libbpf does not copy it
    object = BigInt(libbpf.bpf_object__open_mem(bytes, bytes.length, 0));
    if (object === 0n) {
      const sentence = `the BPF object ${file} is damaged (${errnoName(errno())}): install ior-flame again`;
      throw new KernelError(sentence, { exitCode: EXIT.failure, log: messages.text() });
    }
    checkSizes(libbpf, object, spec.checked);
    spec.configure(new OpenObject(libbpf, object));
    const result = Number(libbpf.bpf_object__load(object));
    if (result < 0)
      throw new KernelError(describeRefusal(-result, messages.text()), { errno: -result, log: messages.text() });
    const loaded = object;
    const fds = new Map(spec.maps.map((name) => [name, Number(libbpf.bpf_map__fd(findMap(libbpf, loaded, name)))]));
    return {
      fd: (name) => fds.get(name) as number,
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

/** An object before its load. Each method throws a KernelError. */
export class OpenObject {
  readonly #libbpf: Libbpf;
  readonly #object: Pointer;

  constructor(libbpf: Libbpf, object: Pointer) {
    this.#libbpf = libbpf;
    this.#object = object;
  }

  /** The verifier sees constants and drops what is switched off. */
  setConfig(switches: Switches): void {
    const known: Switches = {
      looped: kernelIsAtLeast(release(), 5, 17),
      ...switches,
    };
    const config = new DataView(new ArrayBuffer(CONFIG.size));
    for (const [name, value] of Object.entries(known)) {
      const field = name as keyof typeof CONFIG.offset;
      const at = CONFIG.offset[field];
      if (CONFIG.width[field] === 1) config.setUint8(at, Number(value));
      else if (CONFIG.width[field] === 2) config.setUint16(at, Number(value), true);
      else config.setUint32(at, Number(value), true);
    }
    this.#setInitialValue('.rodata.config', config);
  }

  setTargets(numbers: TargetNumbers): void {
    const targets = new DataView(new ArrayBuffer(TARGETS_STRUCT.size));
    for (const [name, values] of Object.entries(numbers)) {
      const at = TARGETS_STRUCT.offset[name as keyof TargetNumbers];
      for (const [i, value] of values.entries()) {
        if (name === 'cgroup') targets.setBigUint64(at + i * 8, BigInt(value), true);
        else targets.setUint32(at + i * 4, value, true);
      }
    }
    this.#setInitialValue('.bss.targets', targets);
  }

  #setInitialValue(map: string, value: DataView): void {
    const found = findMap(this.#libbpf, this.#object, map);
    must(this.#libbpf.bpf_map__set_initial_value(found, value, value.byteLength), map);
  }

  setEntries(map: string, entries: number): void {
    must(this.#libbpf.bpf_map__set_max_entries(findMap(this.#libbpf, this.#object, map), entries), map);
  }

  /** Of the map inside of a map of maps. */
  setInnerKeySize(map: string, size: number): void {
    const inner = BigInt(this.#libbpf.bpf_map__inner_map(findMap(this.#libbpf, this.#object, map)));
    must(this.#libbpf.bpf_map__set_key_size(inner, size), map);
  }

  leaveOut(program: string): void {
    const found = BigInt(this.#libbpf.bpf_object__find_program_by_name(this.#object, program));
    must(this.#libbpf.bpf_program__set_autoload(found, false), program);
  }
}

/** Writes all elements of an array map. Throws a KernelError. */
export function fillArray(fd: number, name: string, count: number, elements: DataView): void {
  const numbers = Uint32Array.from({ length: count }, (_, number) => number);
  must(loadLibbpf().bpf_map_update_batch(fd, numbers, elements, Uint32Array.of(count), 0), name);
}

function objectPath(name: string): string {
  const machine = arch() === 'x64' ? 'x86_64' : arch();
  if (machine !== 'x86_64') throw new KernelError(`ior-flame traces on x86_64 only; this machine is ${machine}`);
  const variant = name === 'ior' && !kernelIsAtLeast(release(), ...TYPED_SINCE) ? '-untyped' : '';
  return packageFile(`bpf/${name}${variant}.${machine}.o`);
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

function checkSizes(libbpf: Libbpf, object: Pointer, checked: readonly Layout<string>[]): void {
  const btf = BigInt(libbpf.bpf_object__btf(object));
  for (const { name, size } of checked) {
    const type = Number(libbpf.btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT));
    const found = type < 0 ? type : Number(libbpf.btf__resolve_size(btf, type));
    if (found !== size) {
      throw new Error(
        `object and collector disagree on struct ${name} (${found} and ${size} bytes): npm run build:bpf`,
      );
    }
  }
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
