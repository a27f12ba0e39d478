// Reads the cells of a BPF map that nobody writes any more and adds those that are wanted to a Profile. In: the map's
// descriptor, the names, the filter. Out: rows. Hot path: batches into buffers that are allocated once, and each comm, path
// and number becomes a text id once, so that a cell costs a few lookups in typed arrays. It keeps no text that no row has.

import { KernelError } from '../../model/errors.ts';
import { decodeName } from '../../model/names.ts';
import { type Dimension, FILE_TYPES, type Profile, UNKNOWN, WEIGHTS } from '../../model/profile.ts';
import type { RowFilter } from '../../model/row-filter.ts';
import { TupleTable } from '../../model/tuple-table.ts';
import { userName } from '../../model/users.ts';
import { syscallName } from '../../syscalls/table.ts';
import { CELL, COMM_SIZE, FILE_WORDS, KEY, KEY_SHORT_SIZE, SLOT, SLOTS, SYSCALLS } from './abi.ts';
import type { ExtraStore } from './extra-store.ts';
import type { FileName, NameStore } from './name-store.ts';
import { ERRNO, errno, errnoName, loadLibbpf } from './native.ts';

const BATCH = 4096;
const COMM_WORDS = COMM_SIZE / 4;
const PATHNAME = FILE_TYPES.indexOf('path');
const NONE = FILE_TYPES.indexOf('none');
const DURATION = WEIGHTS.indexOf('durationNs');
const NO_COMM: Comm = { comm: '', text: -1 };
/** A program can give itself any number of names. */
const MOST_COMMS = 65_536;

interface Comm {
  readonly comm: string;
  text: number;
}

/** What was read. */
export interface CellSums {
  cells: number;
  calls: number;
  /** Cells whose file's name never came; they are shown as `[unnamed inode N]`. */
  unnamed: number;
  /** Calls that the filter did not let into the profile, and the time in them. */
  filteredCalls: number;
  filteredNs: number;
}

export class CellReader {
  /** Of all that this reader has read. */
  readonly sums: CellSums = { cells: 0, calls: 0, unnamed: 0, filteredCalls: 0, filteredNs: 0 };
  readonly #profile: Profile;
  readonly #names: NameStore;
  readonly #extras: ExtraStore;
  readonly #noFile: FileName = { path: '', mount: '', text: -1 };
  readonly #keySize: number;
  readonly #keys: DataView;
  readonly #cells: DataView;
  readonly #filter: RowFilter | undefined;
  #comms = new TupleTable(COMM_WORDS);
  #commNames: Comm[] = [];
  readonly #syscallTexts = new Int32Array(SYSCALLS).fill(-1);
  readonly #commWords = new Int32Array(COMM_WORDS);
  readonly #file = new Int32Array(FILE_WORDS);
  readonly #values: Int32Array;
  readonly #weights = new Float64Array(WEIGHTS.length);

  constructor(profile: Profile, names: NameStore, extras: ExtraStore, keySize: number, filter?: RowFilter) {
    this.#extras = extras;
    this.#profile = profile;
    this.#filter = filter;
    this.#names = names;
    this.#keySize = keySize;
    this.#keys = new DataView(new ArrayBuffer(BATCH * keySize));
    this.#cells = new DataView(new ArrayBuffer(BATCH * CELL.size));
    this.#values = new Int32Array(profile.dimensions.length);
  }

  /** Adds all cells of a map that nobody writes to the profile. Throws a KernelError when the map cannot be read. */
  read(fd: number): void {
    const { bpf_map_lookup_batch } = loadLibbpf();
    const from = new Uint32Array(1);
    const to = new Uint32Array(1);
    const count = new Uint32Array(1);
    let first = true;
    for (;;) {
      count[0] = BATCH;
      const result = Number(bpf_map_lookup_batch(fd, first ? null : from, to, this.#keys, this.#cells, count, 0));
      const atEnd = result < 0 && errno() === ERRNO.ENOENT;
      if (result < 0 && !atEnd) {
        throw new KernelError(`cannot read the cells (${errnoName(errno())})`, { errno: errno(), exitCode: 1 });
      }
      for (let i = 0; i < (count[0] as number); i++) {
        this.add(this.#keys, i * this.#keySize, this.#cells, i * CELL.size);
      }
      if (atEnd) return;
      from[0] = to[0] as number;
      first = false;
    }
  }

  /** Adds what the slots of a generation that nobody writes hold. `cpus` is the number of possible CPUs. */
  readSlots(fd: number, generation: number, cpus: number): void {
    const { bpf_map_lookup_elem } = loadLibbpf();
    const slots = new DataView(new ArrayBuffer(SLOT.size * cpus));
    const index = new Uint32Array(1);
    for (let slot = 0; slot < SLOTS; slot++) {
      index[0] = slot + (generation % 2) * SLOTS;
      const result = Number(bpf_map_lookup_elem(fd, index, slots));
      if (result < 0) throw new KernelError(`cannot read the slots (${errnoName(result)})`, { exitCode: 1 });
      for (let at = 0; at < slots.byteLength; at += SLOT.size) {
        if (slots.getUint32(at + SLOT.offset.generation, true) !== generation) continue;
        this.add(slots, at + SLOT.offset.key, slots, at + SLOT.offset.cell);
      }
    }
  }

  /** Adds one cell. */
  add(keys: DataView, key: number, cells: DataView, cell: number): void {
    const { dimensions } = this.#profile;
    const { sums } = this;
    for (let i = 0; i < WEIGHTS.length; i++) this.#weights[i] = readU64(cells, cell + i * 8);
    sums.cells++;
    sums.calls += this.#weights[0] as number;
    const name = this.#name(keys, key, cells, cell);
    if (this.#filter !== undefined) {
      const { comm } = this.#filter.hasComms ? this.#comm(keys, key + KEY.offset.comm) : NO_COMM;
      if (!this.#filter.matches(comm, name.path)) {
        sums.filteredCalls += this.#weights[0] as number;
        sums.filteredNs += this.#weights[DURATION] as number;
        return;
      }
    }
    for (let i = 0; i < dimensions.length; i++) {
      this.#values[i] = this.#value(dimensions[i] as Dimension, name, keys, key);
    }
    this.#profile.add(this.#values, this.#weights);
  }

  /** The text id of one dimension of a cell. */
  #value(dimension: Dimension, name: FileName, keys: DataView, key: number): number {
    const profile = this.#profile;
    switch (dimension) {
      case 'comm': {
        const comm = this.#comm(keys, key + KEY.offset.comm);
        if (comm.text < 0) comm.text = profile.id(comm.comm);
        return comm.text;
      }
      case 'path':
        if (name.text < 0) name.text = profile.id(name.path);
        return name.text;
      case 'syscall': {
        const nr = keys.getUint16(key + KEY.offset.nr, true);
        if ((this.#syscallTexts[nr] as number) < 0) this.#syscallTexts[nr] = profile.id(syscallName(nr));
        return this.#syscallTexts[nr] as number;
      }
      case 'type':
        return profile.id(FILE_TYPES[keys.getUint8(key + KEY.offset.type)] ?? 'none');
      case 'user':
        return profile.id(userName(this.#number('uid', keys, key)));
      case 'mount':
        return profile.id(name.mount);
      case 'program':
      case 'tree':
      case 'cgroup':
      case 'container':
      case 'flags':
      case 'errno':
        return profile.id(this.#extras.get(keys, key + KEY.offset.extra)?.[dimension] ?? UNKNOWN);
      default:
        return profile.id(String(this.#number(dimension, keys, key)));
    }
  }

  #number(field: 'pid' | 'tid' | 'uid', keys: DataView, key: number): number {
    if (this.#keySize <= KEY_SHORT_SIZE) throw new Error(`the cells do not hold ${field}`);
    return keys.getUint32(key + KEY.offset[field], true);
  }

  #comm(keys: DataView, at: number): Comm {
    for (let i = 0; i < COMM_WORDS; i++) this.#commWords[i] = keys.getInt32(at + i * 4, true);
    if (this.#comms.length >= MOST_COMMS) {
      this.#comms = new TupleTable(COMM_WORDS);
      this.#commNames = [];
    }
    const number = this.#comms.add(this.#commWords);
    let name = this.#commNames[number];
    if (name === undefined) {
      const bytes = new Uint8Array(keys.buffer, keys.byteOffset + at, COMM_SIZE);
      const end = bytes.indexOf(0);
      name = { comm: decodeName(end < 0 ? bytes : bytes.subarray(0, end)), text: -1 };
      this.#commNames[number] = name;
    }
    return name;
  }

  #name(keys: DataView, key: number, cells: DataView, cell: number): FileName {
    const type = keys.getUint8(key + KEY.offset.type);
    if (type === NONE) return this.#noFile;
    for (let i = 0; i < FILE_WORDS; i++) this.#file[i] = keys.getInt32(key + KEY.offset.file + i * 4, true);
    const name = this.#names.name(this.#file);
    if (name !== undefined) return name;
    this.sums.unnamed++;
    const inode = readU64(cells, cell + CELL.offset.inode);
    return { path: type === PATHNAME ? '[unnamed path]' : `[unnamed inode ${inode}]`, mount: '', text: -1 };
  }
}

/** A u64 as a number: exact up to 2^53, 104 days in ns. */
export function readU64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}
