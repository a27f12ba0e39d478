// Durations as they are typed: `500ms`, `30s`, `5m`, `1m30s`, `1.5h`; a bare number is seconds.

import { UserError } from '../model/errors.ts';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const SHAPE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
/** What setTimeout takes: 2^31 ms. */
const LONGEST_MS = 24 * 24 * UNIT_MS.h;

/** Milliseconds. Throws a UserError for what is no duration, for 0 and for more than 24 days. */
export function parseDuration(text: string): number {
  const plain = /^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text;
  if (!SHAPE.test(plain)) {
    throw new UserError(`--duration ${JSON.stringify(text)} is no duration: write it as in 500ms, 30s, 5m or 1m30s`);
  }
  let ms = 0;
  for (const [, number, unit] of plain.matchAll(PART)) ms += Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  if (ms <= 0) throw new UserError(`--duration ${JSON.stringify(text)} is no time at all: give at least 1ms`);
  if (ms > LONGEST_MS) throw new UserError(`--duration ${JSON.stringify(text)} is too long: at most 24 days (576h)`);
  return ms;
}
