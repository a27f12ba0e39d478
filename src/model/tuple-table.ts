// Rows of k small integers, each distinct row once. It is the index under Profile (row = one cell) and Trie (row = one
// node): open addressing over flat typed arrays, no object and no string per row.

const FIRST_CAPACITY = 1024;

export class TupleTable {
  readonly width: number;
  /** Number of distinct rows; a row's id is its position, in order of first insertion. */
  length = 0;
  #rows: Int32Array;
  /** row id + 1, 0 = free; its length is a power of two and at least twice the number of rows. */
  #slots: Int32Array;

  constructor(width: number) {
    this.width = width;
    this.#rows = new Int32Array(FIRST_CAPACITY * width);
    this.#slots = new Int32Array(FIRST_CAPACITY * 2);
  }

  /** Column `column` of row `row`. */
  at(row: number, column: number): number {
    return this.#rows[row * this.width + column] as number;
  }

  /** The id of the row with these values (the first `width` of `tuple`), or -1. */
  find(tuple: ArrayLike<number>): number {
    return (this.#slots[this.#slotOf(tuple)] as number) - 1;
  }

  /** The id of the row with these values; it is added when it is not there yet. */
  add(tuple: ArrayLike<number>): number {
    const { width } = this;
    const slot = this.#slotOf(tuple);
    const found = (this.#slots[slot] as number) - 1;
    if (found >= 0) return found;
    const row = this.length++;
    if ((row + 1) * width > this.#rows.length) this.#rows = grown(this.#rows);
    for (let column = 0; column < width; column++) this.#rows[row * width + column] = tuple[column] as number;
    this.#slots[slot] = row + 1;
    if (this.length * 2 > this.#slots.length) this.#rehash();
    return row;
  }

  /** The slot that holds these values, or the free one where they belong. */
  #slotOf(tuple: ArrayLike<number>): number {
    const { width } = this;
    const mask = this.#slots.length - 1;
    let slot = hash(tuple, width) & mask;
    for (;;) {
      const row = (this.#slots[slot] as number) - 1;
      if (row < 0) return slot;
      let column = 0;
      while (column < width && this.#rows[row * width + column] === tuple[column]) column++;
      if (column === width) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    const tuple = new Int32Array(this.width);
    for (let row = 0; row < this.length; row++) {
      for (let column = 0; column < this.width; column++) tuple[column] = this.at(row, column);
      let slot = hash(tuple, this.width) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}

/** Twice as long, same contents. */
export function grown<T extends Int32Array | Float64Array | Uint8Array>(array: T): T {
  const next = new (array.constructor as new (length: number) => T)(array.length * 2);
  next.set(array);
  return next;
}

/** murmur3's mixing step over 32-bit words. */
function hash(tuple: ArrayLike<number>, width: number): number {
  let h = 0;
  for (let i = 0; i < width; i++) {
    let k = Math.imul(tuple[i] as number, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
