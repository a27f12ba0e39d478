// `--limits`: sizes of what is bounded in the kernel, made tiny so that swapping, overflow and resending can be watched.
// Hidden: nobody traces better with it, and every name that is lost by it is counted.

import type { Limits } from '../collector/live/ior-object.ts';
import { UserError } from '../model/errors.ts';

const WORDS: Readonly<Record<string, keyof Limits>> = { cells: 'cells', names: 'knownNames', ring: 'ringBytes' };
const PAGE = 4096;
const MOST = 2 ** 30;

/** `cells=512,names=128,ring=65536`, in any order; what is not named keeps its size. Throws a UserError. */
export function limitsOf(words: readonly string[]): Partial<Limits> {
  const limits: { -readonly [name in keyof Limits]?: number } = {};
  for (const word of words) {
    const [, name = '', digits = ''] = /^(\w+)=(\d{1,10})$/.exec(word) ?? [];
    const limit = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
    const size = Number(digits);
    if (limit === undefined || size < 1 || size > MOST) {
      throw new UserError(`--limits: '${word}' is none: write it as in cells=512,names=128,ring=65536`);
    }
    if (limit === 'ringBytes' && (size < PAGE || (size & (size - 1)) !== 0)) {
      throw new UserError(`--limits: a ring of ${size} bytes cannot be: give a power of two from ${PAGE} on`);
    }
    limits[limit] = size;
  }
  return limits;
}
