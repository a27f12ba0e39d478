// Pieces of text that come again and again (names of calls, paths, flags) become values once: on the way from bytes to
// value there is no string. Ranges of bytes come in, what `make` made of the first such range goes out. A table that
// has grown too large forgets everything, so that a trace with millions of names needs no more memory than one with few.

/** What ByteTable.get takes as `hash`: start with HASH_START, then one step for each byte. FNV-1a. */
export const HASH_START = 0x811c9dc5 | 0;
export const HASH_PRIME = 0x01000193;

/** Paths of a large trace fit in; bytes of text, and entries. */
const MAX_BYTES = 1 << 24;
const MAX_ENTRIES = 1 << 18;
const FIRST_SLOTS = 256;

export class ByteTable<T> {
  readonly #make: (bytes: Buffer, start: number, end: number) => T;
  #text = Buffer.allocUnsafe(4096);
  #used = 0;
  /** Entry + 1, 0 = free; a power of two long and at least twice the number of entries. */
  #slots = new Int32Array(FIRST_SLOTS);
  #length = 0;
  #hashes: number[] = [];
  /** Where each entry starts in `#text`; it ends where the next one starts. */
  #starts: number[] = [0];
  #values: T[] = [];

  constructor(make: (bytes: Buffer, start: number, end: number) => T) {
    this.#make = make;
  }

  get(bytes: Buffer, start: number, end: number, hash: number): T {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const length = end - start;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let entry = slots[slot] as number; entry !== 0; entry = slots[slot] as number) {
      entry--;
      if (this.#hashes[entry] === hash) {
        const at = this.#starts[entry] as number;
        if ((this.#starts[entry + 1] as number) - at === length && this.#isSame(at, bytes, start, length)) {
          return this.#values[entry] as T;
        }
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, start, end, hash);
  }

  /** get for callers that have not hashed on the way. */
  find(bytes: Buffer, start: number, end: number): T {
    let hash = HASH_START;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), HASH_PRIME);
    return this.get(bytes, start, end, hash);
  }

  #isSame(at: number, bytes: Buffer, start: number, length: number): boolean {
    const text = this.#text;
    for (let i = 0; i < length; i++) if (text[at + i] !== bytes[start + i]) return false;
    return true;
  }

  #add(bytes: Buffer, start: number, end: number, hash: number): T {
    const value = this.#make(bytes, start, end);
    const length = end - start;
    if (length > MAX_BYTES >> 4) return value;
    if (this.#used + length > MAX_BYTES || this.#length === MAX_ENTRIES) this.#clear();
    if (this.#used + length > this.#text.length) {
      this.#text = Buffer.concat([this.#text.subarray(0, this.#used)], Math.max(this.#text.length, length) * 2);
    }
    this.#used += bytes.copy(this.#text, this.#used, start, end);
    this.#hashes.push(hash);
    this.#starts.push(this.#used);
    this.#values.push(value);
    this.#place(hash, ++this.#length);
    if (this.#length * 2 > this.#slots.length) {
      this.#slots = new Int32Array(this.#slots.length * 2);
      for (let entry = 0; entry < this.#length; entry++) this.#place(this.#hashes[entry] as number, entry + 1);
    }
    return value;
  }

  #place(hash: number, entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }

  #clear(): void {
    this.#used = 0;
    this.#length = 0;
    this.#slots.fill(0);
    this.#hashes = [];
    this.#starts = [0];
    this.#values = [];
  }
}

const RECENT_BYTES = 256;

/** The last text met in some place, and its value: lines in a row often have the same, and one look tells. */
export class RecentText<T> {
  /** -1: none. */
  length = -1;
  value: T | undefined = undefined;
  readonly #text = new Uint8Array(RECENT_BYTES);

  /** The same text stands at `start`, with `terminator` behind it. */
  matches(bytes: Buffer, start: number, end: number, terminator: number): boolean {
    const { length } = this;
    if (length < 0 || start + length >= end || bytes[start + length] !== terminator) return false;
    const text = this.#text;
    for (let i = 0; i < length; i++) if (text[i] !== bytes[start + i]) return false;
    return true;
  }

  set(bytes: Buffer, start: number, end: number, value: T): void {
    const length = end - start;
    this.length = length > RECENT_BYTES ? -1 : length;
    this.value = value;
    for (let i = 0; i < length && i < RECENT_BYTES; i++) this.#text[i] = bytes[start + i] as number;
  }
}
