// Names of frames become text ids on the way from bytes, without a string for each time that a name occurs. Ranges of
// bytes come in, ids of Texts go out; a string is made when a range is met for the first time. Other bytes may be the same
// name (`\xc3\xa9` and `é`), and then have the same id.

import { unescapeFrame } from '../../model/escape.ts';
import { decodeName } from '../../model/names.ts';
import type { Texts } from '../../model/texts.ts';
import { grown } from '../../model/tuple-table.ts';

/** Of `#entries`: the hash, where the bytes start in `#kept`, how many they are, the text id. One line of cache. */
const ENTRY = 4;
const HASH = 0;
const START = 1;
const LENGTH = 2;
const ID = 3;
/** Small: V8 takes an array that has never been replaced for one that never is, and compiles anew when it is, late. */
const FIRST_ENTRIES = 16;
const FIRST_BYTES = 64;
/** areSame looks at four bytes also of a shorter text. */
const SLACK_BYTES = 4;

export class FrameNames {
  readonly #texts: Texts;
  #length = 0;
  #entries = new Int32Array(FIRST_ENTRIES * ENTRY);
  /** Entry + 1, 0 = free; a power of two long and at least twice the number of entries. */
  #slots = new Int32Array(FIRST_ENTRIES * 2);
  #kept = new DataView(new ArrayBuffer(FIRST_BYTES));
  #used = 0;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** The id of the name in `bytes[start]` up to before `bytes[end]`. @param hash of these bytes; any will do, if the same bytes have the same */
  id(bytes: DataView, start: number, end: number, hash: number): number {
    const entries = this.#entries;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const length = end - start;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let entry = slots[slot] as number; entry !== 0; entry = slots[slot] as number) {
      const at = (entry - 1) * ENTRY;
      if (entries[at + HASH] === hash && entries[at + LENGTH] === length) {
        if (areSame(this.#kept, entries[at + START] as number, bytes, start, length)) return entries[at + ID] as number;
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, start, length, hash, slot);
  }

  #add(bytes: DataView, start: number, length: number, hash: number, slot: number): number {
    const range = new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
    const id = this.#texts.id(unescapeFrame(decodeName(range)));
    if (this.#used + length + SLACK_BYTES > this.#kept.byteLength) {
      const kept = new Uint8Array(Math.max(this.#kept.byteLength, length) * 2 + SLACK_BYTES);
      kept.set(new Uint8Array(this.#kept.buffer, 0, this.#used));
      this.#kept = new DataView(kept.buffer);
    }
    new Uint8Array(this.#kept.buffer).set(range, this.#used);
    const entry = this.#length++;
    if (this.#length * ENTRY > this.#entries.length) this.#entries = grown(this.#entries);
    const at = entry * ENTRY;
    this.#entries[at + HASH] = hash;
    this.#entries[at + START] = this.#used;
    this.#entries[at + LENGTH] = length;
    this.#entries[at + ID] = id;
    this.#used += length;
    this.#slots[slot] = entry + 1;
    if (this.#length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.#length; entry++) {
      const hash = this.#entries[entry * ENTRY + HASH] as number;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}

/** Four bytes at a time, the last four for a second time in part: a loop for the rest is guessed wrong by the CPU, often. */
function areSame(a: DataView, atA: number, b: DataView, atB: number, length: number): boolean {
  if (length < 4) {
    const unused = (4 - length) << 3;
    return a.getInt32(atA, true) << unused === b.getInt32(atB, true) << unused;
  }
  const last = length - 4;
  for (let i = 0; i < last; i += 4) if (a.getInt32(atA + i, true) !== b.getInt32(atB + i, true)) return false;
  return a.getInt32(atA + last, true) === b.getInt32(atB + last, true);
}
