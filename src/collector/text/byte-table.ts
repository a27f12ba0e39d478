// Pieces of text that come again and again (names of calls, paths, flags) become values once: on the way from bytes to
// value there is no string. Ranges of bytes come in, what `make` made of the first such range goes out. A table that
// has grown too large forgets everything, so that a trace with millions of names needs no more memory than one with few.

import { areSame, currentView, viewOf } from './words.ts';

/** What ByteTable.get takes as `hash`: start with HASH_START, then one step for each byte. FNV-1a. */
export const HASH_START = 0x811c9dc5 | 0;
export const HASH_PRIME = 0x01000193;

/** Paths of a large trace fit in; bytes of text, and entries. */
const MAX_BYTES = 1 << 24;
const MAX_ENTRIES = 1 << 18;
const FIRST_SLOTS = 256;

/** Guesses that are kept, by the last bits of their keys. */
const GUESSES = 16;

export class ByteTable<T> {
  /** The value of what guess has found. */
  guessed: T | undefined = undefined;
  readonly #make: (bytes: Buffer, start: number, end: number) => T;
  #text = Buffer.allocUnsafe(4096);
  #textView = viewOf(this.#text);
  #used = 0;
  /** Entry + 1, 0 = free; a power of two long and at least twice the number of entries. */
  #slots = new Int32Array(FIRST_SLOTS);
  #length = 0;
  #hashes: number[] = [];
  /** Where each entry starts in `#text`; it ends where the next one starts. */
  #starts: number[] = [0];
  #values: T[] = [];
  /** The entry of the last get. */
  #last = 0;
  readonly #guesses = new Int32Array(GUESSES);

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
        if (
          (this.#starts[entry + 1] as number) - at === length &&
          areSame(this.#textView, at, currentView(bytes), start, length)
        ) {
          this.#last = entry;
          return this.#values[entry] as T;
        }
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, start, end, hash);
  }

  /**
   * Whether the text that was last remembered under this key stands here once more: its length, or -1. One look instead
   * of a search for the end and a hash. Whether the text ends there is for the caller to see.
   */
  guess(key: number, bytes: Buffer, start: number, end: number): number {
    const entry = this.#guesses[key & (GUESSES - 1)] as number;
    if (entry >= this.#length) return -1;
    const at = this.#starts[entry] as number;
    const length = (this.#starts[entry + 1] as number) - at;
    if (start + length > end || !areSame(this.#textView, at, currentView(bytes), start, length)) return -1;
    this.guessed = this.#values[entry];
    return length;
  }

  /** What the last get was for is the next guess under this key. */
  remember(key: number): void {
    this.#guesses[key & (GUESSES - 1)] = this.#last;
  }

  /** get for callers that have not hashed on the way. */
  find(bytes: Buffer, start: number, end: number): T {
    let hash = HASH_START;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), HASH_PRIME);
    return this.get(bytes, start, end, hash);
  }

  #add(bytes: Buffer, start: number, end: number, hash: number): T {
    const value = this.#make(bytes, start, end);
    const length = end - start;
    if (length > MAX_BYTES >> 4) return value;
    if (this.#used + length > MAX_BYTES || this.#length === MAX_ENTRIES) this.#clear();
    if (this.#used + length > this.#text.length) {
      this.#text = Buffer.concat([this.#text.subarray(0, this.#used)], Math.max(this.#text.length, length) * 2);
      this.#textView = viewOf(this.#text);
    }
    this.#used += bytes.copy(this.#text, this.#used, start, end);
    this.#hashes.push(hash);
    this.#starts.push(this.#used);
    this.#values.push(value);
    this.#last = this.#length;
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
