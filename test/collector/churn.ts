// An hour of churn without a kernel: files that are made, written once and never seen again, as the ring and the cells of a
// live trace tell of them. In: how many. Out: what a Profile keeps of them.

import { CELL, KEY, KEY_SHORT_SIZE, NAME, NAME_KIND } from '../../src/collector/live/abi.ts';
import { ExtraStore } from '../../src/collector/live/extra-store.ts';
import { NameStore } from '../../src/collector/live/name-store.ts';
import { CellReader } from '../../src/collector/live/read-cells.ts';
import { FILE_TYPES, type Profile } from '../../src/model/profile.ts';
import type { RowFilter } from '../../src/model/row-filter.ts';
import { syscallByName } from '../../src/syscalls/table.ts';

/** A swap, at half of the cells that there is room for. */
const EPOCH = 65_536;
export const DIRECTORIES = 100;
const FILE = FILE_TYPES.indexOf('file');
const WRITE = syscallByName('write')?.number ?? 0;

export class Churn {
  readonly reader: CellReader;
  readonly #names = new NameStore();
  readonly #record = new DataView(new ArrayBuffer(NAME.size));
  readonly #key = new DataView(new ArrayBuffer(KEY_SHORT_SIZE));
  readonly #cell = new DataView(new ArrayBuffer(CELL.size));
  #files = 0;

  constructor(profile: Profile, filter?: RowFilter) {
    this.reader = new CellReader(profile, this.#names, new ExtraStore(), KEY_SHORT_SIZE, filter);
    new Uint8Array(this.#key.buffer).set(Buffer.from('cc1'), KEY.offset.comm);
    this.#key.setUint16(KEY.offset.nr, WRITE, true);
    this.#key.setUint8(KEY.offset.type, FILE);
    this.#record.setUint32(NAME.offset.kind, NAME_KIND.walk, true);
    for (const [weight, value] of [1, 0, 1000, 1000, 4096, 0].entries()) {
      this.#cell.setBigUint64(weight * 8, BigInt(value), true);
    }
  }

  /** That many files more, each with one write of 4 KiB in 1 µs. */
  make(files: number): void {
    for (const end = this.#files + files; this.#files < end; ) {
      const first = this.#files;
      const last = Math.min(first + EPOCH, end);
      for (let file = first; file < last; file++) this.#name(file);
      for (let file = first; file < last; file++) this.#write(file);
      this.#files = last;
      this.#names.beginEpoch();
    }
  }

  #name(file: number): void {
    const { buffer } = this.#record;
    this.#identify(this.#record, NAME.offset.file, file);
    const text = `cc${String(file).padStart(8, '0')}.s/build-${file % DIRECTORIES}/tmp/`;
    const { written } = new TextEncoder().encodeInto(text, new Uint8Array(buffer, NAME.offset.data));
    this.#record.setUint32(NAME.offset.len, written, true);
    this.#names.add(this.#record, 0);
  }

  #write(file: number): void {
    this.#identify(this.#key, KEY.offset.file, file);
    this.reader.add(this.#key, 0, this.#cell, 0);
  }

  #identify(view: DataView, at: number, file: number): void {
    view.setInt32(at, file % DIRECTORIES, true);
    view.setInt32(at + 12, file, true);
  }
}
