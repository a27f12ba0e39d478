// The BPF ring buffer, read without libbpf: the pages are mapped once and records are read in place. In: the map's
// descriptor. Out: one call per record with the view and the offset of its data. It never waits: the kernel side wakes
// nobody, the session polls. Layout: kernel/bpf/ringbuf.c (a consumer page, a producer page, the data mapped twice so
// that no record wraps).

import { type Mapping, mapMemory } from './native.ts';

const PAGE = 4096;
const HEADER = 8;
const BUSY = 0x80000000;
const DISCARD = 0x40000000;
const LENGTH = 0x3fffffff;

export class Ring {
  readonly #size: number;
  readonly #consumerPage: Mapping;
  readonly #producerPage: Mapping;
  readonly #consumed: BigUint64Array;
  readonly #produced: BigUint64Array;
  readonly #data: DataView;
  readonly #headers: Int32Array;

  /** `size` is the map's max_entries in bytes, a power of two. */
  constructor(fd: number, size: number) {
    this.#size = size;
    this.#consumerPage = mapMemory(fd, 0, PAGE, true);
    this.#producerPage = mapMemory(fd, PAGE, PAGE + 2 * size, false);
    this.#consumed = new BigUint64Array(this.#consumerPage.memory, 0, 1);
    this.#produced = new BigUint64Array(this.#producerPage.memory, 0, 1);
    this.#data = new DataView(this.#producerPage.memory, PAGE);
    this.#headers = new Int32Array(this.#producerPage.memory, PAGE);
  }

  /** Hands over every finished record. Returns how many there were. */
  drain(record: (view: DataView, at: number, length: number) => void): number {
    let position = Number(Atomics.load(this.#consumed, 0));
    const end = Number(Atomics.load(this.#produced, 0));
    let count = 0;
    while (position < end) {
      const at = position % this.#size;
      const header = Atomics.load(this.#headers, at / 4);
      if (header & BUSY) break; // being written on another CPU: next time
      const length = header & LENGTH;
      if (!(header & DISCARD)) {
        record(this.#data, at + HEADER, length);
        count++;
      }
      position += (HEADER + length + 7) & ~7;
    }
    Atomics.store(this.#consumed, 0, BigInt(position));
    return count;
  }

  close(): void {
    this.#consumerPage.unmap();
    this.#producerPage.unmap();
  }
}
