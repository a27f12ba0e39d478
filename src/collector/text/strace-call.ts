// Arguments and result of a call in a line of strace's. Ranges of bytes come in; what pairing has to know goes into an event,
// all the rest is skipped. One pass over the bytes, no string but for names that come for the first time.

import { HASH_PRIME, HASH_START } from './byte-table.ts';
import { type CallArguments, KIND, type Kind, MAX_ARGS } from './call-arguments.ts';
import type { CallEvent } from './call-event.ts';
import {
  ASTERISK,
  BACKSLASH,
  BAR,
  COMMA,
  DOT,
  DURATION_NS,
  durationStart,
  EQUALS,
  GREATER,
  IS_NAME,
  LEFT_BRACE,
  LEFT_BRACKET,
  LEFT_PAREN,
  LESS,
  LOWER_D,
  LOWER_P,
  LOWER_U,
  MINUS,
  NINE,
  NUMBER,
  numberEnd,
  QUESTION,
  QUOTE,
  RIGHT_BRACE,
  RIGHT_BRACKET,
  RIGHT_PAREN,
  SLASH,
  SPACE,
  scanned,
  startsWith,
  UPPER_E,
  ZERO,
} from './scan.ts';
import type { StraceTrace } from './strace-trace.ts';
import { currentView, hasZero, mixed } from './words.ts';

/** What became of a line. */
export const DONE = 0;
export const BAD = 1;
/** It ends where no line ends: the rest may follow, or never come. */
export const CUT = 2;

/** Results of the pass over arguments other than the place behind the bracket that closes them. */
export const IS_UNFINISHED = -1;
export const IS_CUT = -2;

/** What the pass over arguments has to look at; 0: nothing. */
const OPENS = 1;
const CLOSES = 2;
const SEPARATES = 3;
const QUOTES = 4;
const ANGLE = 5;
const COMMENT = 6;
const CLASS = new Uint8Array(256);
for (const c of [LEFT_PAREN, LEFT_BRACKET, LEFT_BRACE]) CLASS[c] = OPENS;
for (const c of [RIGHT_PAREN, RIGHT_BRACKET, RIGHT_BRACE]) CLASS[c] = CLOSES;
CLASS[COMMA] = SEPARATES;
CLASS[QUOTE] = QUOTES;
CLASS[LESS] = ANGLE;
CLASS[SLASH] = COMMENT;

/** What ends a word: flags, the name of a constant. In the place of one a struct may stand (fcntl's F_SETLK). */
const ENDS_WORD = new Uint8Array(256);
for (const c of [SPACE, COMMA, LESS, EQUALS, QUOTE]) ENDS_WORD[c] = 1;
for (const c of [LEFT_PAREN, LEFT_BRACKET, LEFT_BRACE, RIGHT_PAREN, RIGHT_BRACKET, RIGHT_BRACE]) ENDS_WORD[c] = 1;

/** In front of descriptors that a message brought. */
const RIGHTS = Buffer.from('cmsg_type=SCM_RIGHTS, cmsg_data=[');

const MAX_ERRNO = 4095;

const FOUR_QUOTES = 0x22222222;
const FOUR_BACKSLASHES = 0x5c5c5c5c;
const FOUR_GREATER = 0x3e3e3e3e;
/** The bit that tells `<` from `>`. */
const LESS_TO_GREATER = 0x02020202;

export class CallReader {
  /** Which argument the pass is in, and how deep in brackets: set before it and after it. */
  arg = 0;
  depth = 0;
  readonly #trace: StraceTrace;
  #name = '';

  constructor(trace: StraceTrace) {
    this.#trace = trace;
  }

  /**
   * The pass over arguments, from `arg` and `depth` on: those that pairing needs go into `event`, the rest is skipped.
   * Returns the place behind the bracket that closes them, IS_UNFINISHED or IS_CUT.
   */
  arguments(
    event: CallEvent<'enter' | 'exit'>,
    kinds: readonly Kind[],
    bytes: Buffer,
    start: number,
    end: number,
  ): number {
    let arg = this.arg;
    let depth = this.depth;
    let i = start;
    let argStart = i;
    const classes = CLASS; // a variable of the module is read anew each time
    if (depth === 0) i = this.#argument(event, arg, kinds, bytes, i, end);
    while (i < end) {
      const kind = classes[bytes[i] as number] as number;
      if (kind === 0) {
        i++;
        continue;
      }
      switch (kind) {
        case OPENS:
          depth++;
          i++;
          break;
        case CLOSES:
          i++;
          if (depth === 0) {
            if (kinds[arg] === KIND.message) this.#message(event, bytes, argStart, i);
            return i;
          }
          depth--;
          break;
        case SEPARATES:
          i++;
          if (depth > 0) break;
          if (kinds[arg] === KIND.message) this.#message(event, bytes, argStart, i);
          arg++;
          argStart = i;
          if (arg < MAX_ARGS && kinds[arg] !== KIND.skip) i = this.#argument(event, arg, kinds, bytes, i, end);
          break;
        case QUOTES:
          i = stringEnd(bytes, i + 1, end) + 1;
          break;
        case ANGLE: {
          const next = bytes[i + 1] as number;
          if (next === LESS)
            i += 2; // 1<<3
          else if (next === LOWER_U && startsWith(bytes, i, end, '<unfinished ...>')) {
            i += '<unfinished ...>'.length;
            // killed inside of the call: `pause( <unfinished ...>) = ?`
            if (bytes[i] === RIGHT_PAREN && i < end) return i + 1;
            this.arg = arg;
            this.depth = depth;
            return IS_UNFINISHED;
          } else if (isEndOfPiece(bytes, i, end, next)) {
            this.arg = arg;
            this.depth = depth;
            return IS_UNFINISHED;
          } else i = behindEnd(bytes, i + 1, end) + 1;
          break;
        }
        case COMMENT:
          i++;
          if (bytes[i] === ASTERISK) {
            const close = bytes.indexOf('*/', i + 1);
            i = close < 0 || close >= end ? end : close + 2;
          }
          break;
      }
    }
    return IS_CUT;
  }

  /** Reads the value at the start of an argument as far as it is needed; returns where the pass goes on. */
  #argument(
    event: CallEvent<'enter' | 'exit'>,
    arg: number,
    kinds: readonly Kind[],
    bytes: Buffer,
    start: number,
    end: number,
  ): number {
    let i = start;
    while (i < end && bytes[i] === SPACE) i++;
    if (i >= end || arg >= MAX_ARGS) return i;
    const kind = kinds[arg] as Kind;
    if (kind === KIND.skip) return i;
    let c = bytes[i] as number;
    if ((c >= ZERO && c <= NINE) || c === MINUS) {
      const number = i;
      i = numberEnd(bytes, i, end);
      c = bytes[i] as number;
      if (c === LESS && i < end) {
        event.args[arg] = scanned[NUMBER] as number;
        if (kind !== KIND.fd) return i;
        return this.#behind(event, arg, bytes, i, end);
      }
      if (i >= end || c === COMMA || c === RIGHT_PAREN || c === SPACE) {
        // -X raw shows a descriptor as the register: 0xffffff9c
        const value = scanned[NUMBER] as number;
        event.args[arg] = kind === KIND.fd ? value | 0 : value;
      } else if (kind === KIND.flags) return this.#word(event, arg, bytes, number, end);
      return i;
    }
    switch (kind) {
      case KIND.path:
      case KIND.path2:
      case KIND.comm: {
        if (c !== QUOTE) {
          if (startsWith(bytes, i, end, 'NULL')) event.args[arg] = 0;
          return i;
        }
        const text = i + 1;
        i = stringEnd(bytes, text, end);
        if (i >= end) return end;
        const string = this.#trace.strings.get(bytes, text, i, nameHash);
        const whole = bytes[i + 1] === DOT && i + 1 < end ? `${string}...` : string;
        if (kind === KIND.path) event.path = whole;
        else if (kind === KIND.path2) event.path2 = whole;
        else event.comm = whole;
        return i + 1;
      }
      case KIND.flags:
        return this.#word(event, arg, bytes, i, end);
      case KIND.fd:
        i = this.#word(event, arg, bytes, i, end);
        return i < end && bytes[i] === LESS ? this.#behind(event, arg, bytes, i, end) : i;
      case KIND.structFlags:
        if (startsWith(bytes, i, end, '{flags=')) event.flags = this.#flagsAt(bytes, i + '{flags='.length, end);
        return i;
      case KIND.clone:
        if (startsWith(bytes, i, end, 'flags=')) event.args[0] = this.#flagsAt(bytes, i + 'flags='.length, end);
        return i;
      case KIND.newFds:
        if (c === LEFT_BRACKET) this.#newFds(event, bytes, i + 1, end);
        return i;
      default:
        return i;
    }
  }

  /** A word of flags as the value of an argument; returns where it ends. */
  #word(event: CallEvent<'enter' | 'exit'>, arg: number, bytes: Buffer, start: number, end: number): number {
    const ends = ENDS_WORD;
    const { flags } = this.#trace;
    const length = flags.guess(arg, bytes, start, end);
    let hash = HASH_START;
    let i = start + length;
    if (length > 0 && ends[bytes[i] as number] === 1 && bytes[i + 1] !== LESS) {
      event.args[arg] = flags.guessed as number;
      return i;
    }
    i = start;
    for (let c = bytes[i] as number; i < end && ends[c] === 0; c = bytes[++i] as number) {
      hash = Math.imul(hash ^ c, HASH_PRIME);
    }
    if (i + 1 < end && bytes[i] === LESS && bytes[i + 1] === LESS) {
      // MAP_PRIVATE|21<<MAP_HUGE_SHIFT: the last piece is not a constant
      const piece = bytes.lastIndexOf(BAR, i);
      event.args[arg] = flags.find(bytes, start, Math.max(start, piece));
    } else {
      event.args[arg] = flags.get(bytes, start, i, hash);
      flags.remember(arg);
    }
    return i;
  }

  #flagsAt(bytes: Buffer, start: number, end: number): number {
    let i = start;
    while (i < end && ENDS_WORD[bytes[i] as number] === 0) i++;
    return this.#trace.flags.find(bytes, start, i);
  }

  /** `</etc/passwd>` behind a descriptor; returns where it ends. */
  #behind(event: CallEvent<'enter' | 'exit'>, arg: number, bytes: Buffer, start: number, end: number): number {
    const close = this.#nameBehind(event.args[arg] as number, bytes, start + 1, end);
    if (close >= end) return end;
    event.setFdPath(arg, this.#name);
    return close + 1;
  }

  /** The name behind descriptor `fd`, whose `<` is before `start`, goes to #name; returns where its `>` is. */
  #nameBehind(fd: number, bytes: Buffer, start: number, end: number): number {
    const { behindFds } = this.#trace;
    const length = behindFds.guess(fd, bytes, start, end);
    if (length >= 0 && bytes[start + length] === GREATER && bytes[start + length + 1] !== LEFT_PAREN) {
      this.#name = behindFds.guessed as string;
      return start + length;
    }
    const close = behindEnd(bytes, start, end);
    if (close >= end) return end;
    if (bytes[close + 1] === LEFT_PAREN && startsWith(bytes, close + 1, end, '(deleted)')) {
      this.#name = this.#trace.deleted.get(bytes, start, nameEnd, nameHash);
      return close;
    }
    this.#name = behindFds.get(bytes, start, nameEnd, nameHash);
    if (nameEnd === close) behindFds.remember(fd);
    return close;
  }

  /** The descriptors that a struct msghdr shows. */
  #message(event: CallEvent<'enter' | 'exit'>, bytes: Buffer, start: number, end: number): void {
    let at = bytes.indexOf(RIGHTS, start);
    for (; at >= 0 && at < end; at = bytes.indexOf(RIGHTS, at)) {
      at += RIGHTS.length;
      this.#newFds(event, bytes, at, end);
    }
  }

  /** `3</a>, 4</b>]`. */
  #newFds(event: CallEvent<'enter' | 'exit'>, bytes: Buffer, start: number, end: number): void {
    let i = start;
    while (i < end && bytes[i] !== RIGHT_BRACKET) {
      const c = bytes[i] as number;
      if (c < ZERO || c > NINE) {
        i++;
        continue;
      }
      i = numberEnd(bytes, i, end);
      const fd = scanned[NUMBER] as number;
      let path: string | undefined;
      if (i < end && bytes[i] === LESS) {
        const close = this.#nameBehind(fd, bytes, i + 1, end);
        if (close >= end) return;
        path = this.#name;
        i = close + 1;
      }
      event.addNewFd(fd, path);
    }
  }

  /** ` = 3</etc/passwd> <0.000009>`, ` = -1 ENOENT (No such file or directory)`, ` = ?`: into the exit. */
  result(exit: CallEvent<'exit'>, call: CallArguments, bytes: Buffer, start: number, lineEnd: number): number {
    let end = lineEnd;
    let i = start;
    while (i < end && bytes[i] === SPACE) i++;
    if (i >= end) return CUT;
    if (bytes[i] !== EQUALS) return BAD;
    i += 2;
    if (i >= end) return CUT;
    const last = durationStart(bytes, i, end);
    if (last > 0) {
      exit.durationNs = scanned[DURATION_NS] as number;
      end = last;
    }
    const c = bytes[i] as number;
    if (c === QUESTION) {
      if (bytes[i + 2] === UPPER_E && i + 2 < end) exit.ret = -this.#errno(bytes, i + 2, end);
      return DONE;
    }
    if ((c < ZERO || c > NINE) && c !== MINUS) return BAD;
    const number = i;
    i = numberEnd(bytes, i, end);
    if (i === number || (i === number + 1 && c === MINUS)) return BAD;
    exit.ret = scanned[NUMBER] as number;
    if ((scanned[NUMBER] as number) === -1 && bytes[i] === SPACE && i + 1 < end) {
      const errno = this.#errno(bytes, i + 1, end);
      if (!Number.isNaN(errno)) exit.ret = -errno;
    } else if (bytes[i] === LESS && i < end && call.returnsFd) {
      if (this.#nameBehind(exit.ret, bytes, i + 1, end) >= end) return CUT;
      exit.retPath = this.#name;
    } else if (call.cloneFlags !== undefined && i < end) {
      // a child in another pid namespace: ` = 12 /* 24 in strace's PID NS */`
      const outer = /\/\* (\d+) in strace's PID NS \*\//.exec(bytes.toString('latin1', i, end))?.[1];
      if (outer !== undefined) exit.ret = Number(outer);
    }
    return DONE;
  }

  /** The number of the error whose name stands here: `ENOENT`, `(errno 600)`; NaN when it has none. */
  #errno(bytes: Buffer, start: number, end: number): number {
    const isName = IS_NAME;
    let hash = HASH_START;
    let i = start;
    for (let c = bytes[i] as number; i < end && isName[c] === 1; c = bytes[++i] as number) {
      hash = Math.imul(hash ^ c, HASH_PRIME);
    }
    if (i > start) return this.#trace.errnos.get(bytes, start, i, hash);
    const number = /^\(errno (\d+)\)/.exec(bytes.toString('latin1', i, Math.min(end, i + 20)))?.[1];
    return number === undefined || Number(number) > MAX_ERRNO ? Number.NaN : Number(number);
  }
}

/** Other ends of a call's first piece: of an execve by a thread, of a traced program that strace lost or let go. */
function isEndOfPiece(bytes: Buffer, at: number, end: number, next: number): boolean {
  if (next === LOWER_D) return startsWith(bytes, at, end, '<detached ...>');
  if (next !== LOWER_P) return false;
  return startsWith(bytes, at, end, '<pid changed to ') || startsWith(bytes, at, end, '<ptrace(');
}

/**
 * The `>` that closes what is behind a descriptor, or `end`. In a path (`</a/b>`, `</dev/null<char 1:3>>`) `<` and `>`
 * are escaped; elsewhere `->` may stand (`<TCP:[127.0.0.1:1->127.0.0.1:2]>`). Where the name itself ends goes to
 * nameEnd, and its hash to nameHash.
 */
function behindEnd(bytes: Buffer, start: number, end: number): number {
  let i = start;
  let hash = HASH_START;
  const first = bytes[i] as number;
  if (first === SLASH || first === BACKSLASH) {
    const view = currentView(bytes);
    for (; i + 4 <= end; i += 4) {
      const word = view.getInt32(i, true);
      if (hasZero((word | LESS_TO_GREATER) ^ FOUR_GREATER)) break;
      hash = mixed(hash, word);
    }
    let c = bytes[i] as number;
    for (; i < end && c !== GREATER && c !== LESS; c = bytes[++i] as number) hash = mixed(hash, c);
    nameEnd = i;
    nameHash = hash;
    if (c === LESS) while (i < end && bytes[i] !== GREATER) i++;
    return c === LESS && i < end ? i + 1 : i;
  }
  let depth = 0;
  for (; i < end; i++) {
    const c = bytes[i] as number;
    if (c === LESS) depth++;
    else if (c === GREATER && bytes[i - 1] !== MINUS && depth-- === 0) break;
    hash = Math.imul(hash ^ c, HASH_PRIME);
  }
  nameEnd = i;
  nameHash = hash;
  return i;
}

/** The closing quote of a string, or `end`; its hash goes to nameHash. */
function stringEnd(bytes: Buffer, start: number, end: number): number {
  const view = currentView(bytes);
  let hash = HASH_START;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = view.getInt32(i, true);
    if (hasZero(word ^ FOUR_QUOTES) || hasZero(word ^ FOUR_BACKSLASHES)) break;
    hash = mixed(hash, word);
  }
  for (let c = bytes[i] as number; i < end && c !== QUOTE; c = bytes[++i] as number) {
    hash = mixed(hash, c);
    if (c === BACKSLASH && i + 1 < end) hash = mixed(hash, bytes[++i] as number);
  }
  nameHash = hash;
  return Math.min(i, end);
}

/** Second results of behindEnd and stringEnd. */
let nameEnd = 0;
let nameHash = 0;
