// Four bytes of a text at a time, for what is done most: comparing texts, hashing them up to where they end, reading
// digits. A DataView of the same memory gives them, wherever they lie.

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

let currentBytes: Uint8Array = new Uint8Array(0);
let view = viewOf(currentBytes);

/** A view of bytes that are most often the same ones as the last time: lines lie in one buffer. */
export function currentView(bytes: Uint8Array): DataView {
  if (bytes !== currentBytes) {
    currentBytes = bytes;
    view = viewOf(bytes);
  }
  return view;
}

export function areSame(a: DataView, atA: number, b: DataView, atB: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) if (a.getInt32(atA + i, true) !== b.getInt32(atB + i, true)) return false;
  for (; i < length; i++) if (a.getUint8(atA + i) !== b.getUint8(atB + i)) return false;
  return true;
}

/** The number that four digits are, or -1 when they are none. */
export function fourDigits(word: number): number {
  const aboveNine = (word + 0x06060606) | word;
  if ((word & 0xf0f0f0f0) !== 0x30303030 || (aboveNine & 0xf0f0f0f0) !== 0x30303030) return -1;
  const digits = word & 0x0f0f0f0f;
  // the first digit lies in the lowest byte: two numbers of two digits, then one of four
  const pairs = (digits * 10 + (digits >>> 8)) & 0x00ff00ff;
  return (pairs & 0xff) * 100 + (pairs >>> 16);
}

/** Whether one of the four bytes is 0. `word ^ 0x22222222` has one where the word has a `"`. */
export function hasZero(word: number): boolean {
  return ((word - 0x01010101) & ~word & 0x80808080) !== 0;
}

/** A step of a hash that takes four bytes, or one. */
export function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x01000193);
  return product ^ (product >>> 15);
}
