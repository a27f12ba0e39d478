// Numbers and words in a line of bytes, from `start` on and never beyond `end`. What each function returns is where it
// stopped. Nothing here throws, whatever the bytes are, and nothing makes an object.

import { currentView, fourDigits } from './words.ts';

export const SPACE = 0x20;
export const QUOTE = 0x22;
export const LEFT_PAREN = 0x28;
export const RIGHT_PAREN = 0x29;
export const ASTERISK = 0x2a;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const UPPER_E = 0x45;
export const LEFT_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const RIGHT_BRACKET = 0x5d;
export const LEFT_BRACE = 0x7b;
export const BAR = 0x7c;
export const RIGHT_BRACE = 0x7d;
export const LOWER_A = 0x61;
export const LOWER_D = 0x64;
export const LOWER_F = 0x66;
export const LOWER_P = 0x70;
export const LOWER_S = 0x73;
export const LOWER_U = 0x75;
export const LOWER_X = 0x78;

/** Letters, digits and `_`. */
export const IS_NAME = new Uint8Array(256);
for (const c of Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')) IS_NAME[c] = 1;

export function startsWith(bytes: Buffer, at: number, end: number, text: string): boolean {
  const { length } = text;
  if (at + length > end) return false;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/**
 * Second results of the functions below, by the places that follow: an object each time would cost more than the rest of
 * them, and a variable of the module a number on the heap.
 */
export const scanned = new Float64Array(3);
export const NUMBER = 0;
export const FRACTION_NS = 1;
export const DURATION_NS = 2;

/** Where a number ends that is written as in C; its value goes to NUMBER. */
export function numberEnd(bytes: Buffer, start: number, end: number): number {
  let i = start;
  const isNegative = bytes[i] === MINUS;
  if (isNegative) i++;
  let value = 0;
  let c = bytes[i] as number;
  if (c === ZERO && i + 1 < end && bytes[i + 1] === LOWER_X) {
    i += 2;
    for (c = bytes[i] as number; i < end; c = bytes[++i] as number) {
      if (c >= ZERO && c <= NINE) value = value * 16 + c - ZERO;
      else if (c >= LOWER_A && c <= LOWER_F) value = value * 16 + c - LOWER_A + 10;
      else break;
    }
  } else if (c === ZERO) {
    for (; i < end && c >= ZERO && c <= NINE; c = bytes[++i] as number) value = value * 8 + c - ZERO;
  } else {
    i = decimalEnd(bytes, i, end);
    value = scanned[NUMBER] as number;
  }
  scanned[NUMBER] = isNegative ? -value : value;
  return i;
}

/** Where digits end; their value goes to NUMBER. */
export function decimalEnd(bytes: Buffer, start: number, end: number): number {
  const view = currentView(bytes);
  let i = start;
  let value = 0;
  for (; i + 4 <= end; i += 4) {
    const four = fourDigits(view.getInt32(i, true));
    if (four < 0) break;
    value = value * 10_000 + four;
  }
  for (let c = bytes[i] as number; i < end && c >= ZERO && c <= NINE; c = bytes[++i] as number) {
    value = value * 10 + c - ZERO;
  }
  scanned[NUMBER] = value;
  return i;
}

const NS_OF_DIGITS = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1] as const;

/** Where the fraction of a second behind a stamp ends; its value goes to FRACTION_NS. More than nine digits are cut. */
export function fractionEnd(bytes: Buffer, start: number, end: number): number {
  scanned[FRACTION_NS] = 0;
  if (start >= end || bytes[start] !== DOT) return start;
  let i = start + 1;
  const last = Math.min(end, i + 9);
  let value = i + 4 <= last ? fourDigits(currentView(bytes).getInt32(i, true)) : -1;
  if (value < 0) value = 0;
  else i += 4;
  let c = bytes[i] as number;
  for (; i < last && c >= ZERO && c <= NINE; c = bytes[++i] as number) value = (value * 10 + c - ZERO) | 0;
  scanned[FRACTION_NS] = value * (NS_OF_DIGITS[i - start - 1] as number);
  while (i < end && (bytes[i] as number) >= ZERO && (bytes[i] as number) <= NINE) i++;
  return i;
}

/** Where ` <0.000009>` starts at the end of a line, 0 when it is not there; its value goes to DURATION_NS. */
export function durationStart(bytes: Buffer, start: number, end: number): number {
  if (bytes[end - 1] !== GREATER) return 0;
  if (end - 11 >= start && bytes[end - 11] === SPACE && bytes[end - 10] === LESS && bytes[end - 8] === DOT) {
    // less than ten seconds in microseconds, as a rule
    const second = (bytes[end - 9] as number) - ZERO;
    const high = fourDigits(currentView(bytes).getInt32(end - 7, true));
    const low = twoDigits(bytes, end - 3);
    if (second >= 0 && second <= 9 && high >= 0 && low >= 0) {
      scanned[DURATION_NS] = second * 1e9 + (high * 100 + low) * 1e3;
      return end - 11;
    }
  }
  let i = end - 2;
  let c = bytes[i] as number;
  while (i > start && ((c >= ZERO && c <= NINE) || c === DOT)) c = bytes[--i] as number;
  if (c !== LESS || bytes[i - 1] !== SPACE || i === end - 2) return 0;
  let at = decimalEnd(bytes, i + 1, end);
  at = fractionEnd(bytes, at, end);
  if (at !== end - 1) return 0;
  scanned[DURATION_NS] = (scanned[NUMBER] as number) * 1e9 + (scanned[FRACTION_NS] as number);
  return i - 1;
}

export function twoDigits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] as number) - ZERO;
  const ones = (bytes[at + 1] as number) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
