// Reads the cells of a BPF map that nobody writes any more and adds them to a Profile. In: the map's descriptor and the
// names. Out: rows. Hot path: batches into buffers that are allocated once, and each comm, path and number becomes a
// text id once, so that a cell costs a few lookups in typed arrays.

import { KernelError } from '../../model/errors.ts';
import { decodeName } from '../../model/names.ts';
import { type Dimension, FILE_TYPES, type Profile, WEIGHTS } from '../../model/profile.ts';
import { TupleTable } from '../../model/tuple-table.ts';
import { syscallName } from '../../syscalls/table.ts';
import { CELL, COMM_SIZE, FILE_WORDS, KEY, KEY_SHORT_SIZE, SLOT, SLOTS, SYSCALLS } from './abi.ts';
import type { NameStore } from './name-store.ts';
import { ERRNO, errno, errnoName, loadLibbpf } from './native.ts';

const BATCH = 4096;
const COMM_WORDS = COMM_SIZE / 4;
const PATHNAME = FILE_TYPES.indexOf('path');
const NONE = FILE_TYPES.indexOf('none');

/** What was read from one map. */
export interface CellSums {
  cells: number;
  calls: number;
  /** Cells whose file's name never came; they are shown as `[unnamed inode N]`. */
  unnamed: number;
}

export class CellReader {
  readonly #profile: Profile;
  readonly #names: NameStore;
  readonly #keySize: number;
  readonly #keys: DataView;
  readonly #cells: DataView;
  readonly #comms = new TupleTable(COMM_WORDS);
  readonly #commTexts: number[] = [];
  readonly #syscallTexts = new Int32Array(SYSCALLS).fill(-1);
  readonly #comm = new Int32Array(COMM_WORDS);
  readonly #file = new Int32Array(FILE_WORDS);
  readonly #values: Int32Array;
  readonly #weights = new Float64Array(WEIGHTS.length);

  constructor(profile: Profile, names: NameStore, keySize: number) {
    this.#profile = profile;
    this.#names = names;
    this.#keySize = keySize;
    this.#keys = new DataView(new ArrayBuffer(BATCH * keySize));
    this.#cells = new DataView(new ArrayBuffer(BATCH * CELL.size));
    this.#values = new Int32Array(profile.dimensions.length);
  }

  /** Adds all cells of a map that nobody writes to the profile. Throws a KernelError when the map cannot be read. */
  read(fd: number): CellSums {
    const { bpf_map_lookup_batch } = loadLibbpf();
    const sums: CellSums = { cells: 0, calls: 0, unnamed: 0 };
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
        this.#add(this.#keys, i * this.#keySize, this.#cells, i * CELL.size, sums);
      }
      if (atEnd) return sums;
      from[0] = to[0] as number;
      first = false;
    }
  }

  /** Adds what the slots of a generation that nobody writes hold. `cpus` is the number of possible CPUs. */
  readSlots(fd: number, generation: number, cpus: number): CellSums {
    const { bpf_map_lookup_elem } = loadLibbpf();
    const sums: CellSums = { cells: 0, calls: 0, unnamed: 0 };
    const slots = new DataView(new ArrayBuffer(SLOT.size * cpus));
    const index = new Uint32Array(1);
    for (let slot = 0; slot < SLOTS; slot++) {
      index[0] = slot + (generation % 2) * SLOTS;
      const result = Number(bpf_map_lookup_elem(fd, index, slots));
      if (result < 0) throw new KernelError(`cannot read the slots (${errnoName(result)})`, { exitCode: 1 });
      for (let at = 0; at < slots.byteLength; at += SLOT.size) {
        if (slots.getUint32(at + SLOT.offset.generation, true) !== generation) continue;
        this.#add(slots, at + SLOT.offset.key, slots, at + SLOT.offset.cell, sums);
      }
    }
    return sums;
  }

  #add(keys: DataView, key: number, cells: DataView, cell: number, sums: CellSums): void {
    const { dimensions } = this.#profile;
    for (let i = 0; i < dimensions.length; i++)
      this.#values[i] = this.#value(dimensions[i] as Dimension, keys, key, cells, cell, sums);
    for (let i = 0; i < WEIGHTS.length; i++) this.#weights[i] = readU64(cells, cell + i * 8);
    sums.cells++;
    sums.calls += this.#weights[0] as number;
    this.#profile.add(this.#values, this.#weights);
  }

  /** The text id of one dimension of a cell. */
  #value(dimension: Dimension, keys: DataView, key: number, cells: DataView, cell: number, sums: CellSums): number {
    const { texts } = this.#profile;
    switch (dimension) {
      case 'comm':
        return this.#commText(keys, key + KEY.offset.comm);
      case 'path':
        return this.#path(keys, key, cells, cell, sums);
      case 'syscall': {
        const nr = keys.getUint16(key + KEY.offset.nr, true);
        if (this.#syscallTexts[nr] === -1) this.#syscallTexts[nr] = texts.id(syscallName(nr));
        return this.#syscallTexts[nr] as number;
      }
      case 'type':
        return texts.id(FILE_TYPES[keys.getUint8(key + KEY.offset.type)] ?? 'none');
      default: {
        if (this.#keySize <= KEY_SHORT_SIZE) throw new Error(`the cells do not hold ${dimension}`);
        return texts.id(String(keys.getUint32(key + KEY.offset[dimension], true)));
      }
    }
  }

  #commText(keys: DataView, at: number): number {
    for (let i = 0; i < COMM_WORDS; i++) this.#comm[i] = keys.getInt32(at + i * 4, true);
    const comm = this.#comms.add(this.#comm);
    let text = this.#commTexts[comm];
    if (text === undefined) {
      const bytes = new Uint8Array(keys.buffer, at, COMM_SIZE);
      const end = bytes.indexOf(0);
      text = this.#profile.texts.id(decodeName(end < 0 ? bytes : bytes.subarray(0, end)));
      this.#commTexts[comm] = text;
    }
    return text;
  }

  #path(keys: DataView, key: number, cells: DataView, cell: number, sums: CellSums): number {
    const type = keys.getUint8(key + KEY.offset.type);
    if (type === NONE) return this.#profile.texts.id('');
    for (let i = 0; i < FILE_WORDS; i++) this.#file[i] = keys.getInt32(key + KEY.offset.file + i * 4, true);
    const path = this.#names.path(this.#file);
    if (path !== undefined) return path;
    sums.unnamed++;
    const inode = readU64(cells, cell + CELL.offset.inode);
    return this.#profile.texts.id(type === PATHNAME ? '[unnamed path]' : `[unnamed inode ${inode}]`);
  }
}

/** A u64 as a number: exact up to 2^53, 104 days in ns. */
export function readU64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
}
