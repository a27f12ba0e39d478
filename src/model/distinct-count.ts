// About how many different things were seen, in 16 KiB however many there are: HyperLogLog (Flajolet and others, 2007) over
// 32-bit hashes. The error is 1 % up to some hundred million.

const BITS = 14;
const REGISTERS = 1 << BITS;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

export class DistinctCount {
  readonly #longest = new Uint8Array(REGISTERS);

  /** One more thing, told by a hash whose bits are all as good as random. */
  add(hash: number): void {
    const register = hash >>> (32 - BITS);
    const zeros = Math.clz32((hash << BITS) | (REGISTERS - 1));
    if (zeros >= (this.#longest[register] as number)) this.#longest[register] = zeros + 1;
  }

  get count(): number {
    let sum = 0;
    let empty = 0;
    for (const longest of this.#longest) {
      sum += 2 ** -longest;
      if (longest === 0) empty++;
    }
    const estimate = (ALPHA * REGISTERS * REGISTERS) / sum;
    // few things leave many registers empty, which tells more
    const isFew = estimate <= 2.5 * REGISTERS && empty > 0;
    return Math.round(isFew ? REGISTERS * Math.log(REGISTERS / empty) : estimate);
  }
}

/** FNV-1a over the texts' characters, mixed at the end as murmur3 does. */
export function hashOf(texts: readonly string[]): number {
  let h = 0x811c9dc5;
  for (const text of texts) {
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    h = Math.imul(h ^ 0x1f, 0x01000193);
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
