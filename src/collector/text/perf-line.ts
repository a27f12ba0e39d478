// What the readers of perf's lines share: they take a line as a string of its bytes, and match that.

import { decodeName } from '../../model/names.ts';

/** Regular expressions must not be given the chance to take forever. */
const MAX_LINE_BYTES = 1 << 14;

/** A character for each byte, as far as a line is read; undefined for one that is blank. */
export function perfLine(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('latin1', start, Math.min(end, start + MAX_LINE_BYTES));
  return /\S/.test(text) ? text : undefined;
}

/** The name that such characters are. */
export function nameOf(latin1: string): string {
  return decodeName(Buffer.from(latin1, 'latin1'));
}

/** How many events a line says were lost. */
export function lostEvents(text: string): number | undefined {
  const [, count] = /^LOST (\d+) events!|PERF_RECORD_LOST(?:_SAMPLES)?\D+(\d+)/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count);
}
