// Numbers as characters, for the data that pictures and pages carry: digits of five bits, as block-format.ts tells.

import { FIRST_DIGIT } from './block-format.ts';

/** More than the largest of numbers has. */
const MOST_DIGITS = 208;

export class Digits {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  /** @param value whole, from 0 on; exact to 2^53 */
  add(value: number): void {
    if (this.#length + MOST_DIGITS > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2);
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    for (; rest >= 2 ** 30; rest = Math.floor(rest / 32)) bytes[at++] = FIRST_DIGIT + 32 + (rest % 32);
    for (; rest >= 32; rest >>= 5) bytes[at++] = FIRST_DIGIT + 32 + (rest & 31);
    bytes[at++] = FIRST_DIGIT + rest;
    this.#length = at;
  }

  /** A number that may be below 0. */
  addSigned(value: number): void {
    this.add(value < 0 ? -2 * value - 1 : 2 * value);
  }

  written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
