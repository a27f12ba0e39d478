// Short words for traces in the tests of the pairing engine: each call is one line, times pass by themselves, and what
// came out is kept as copies.

import { PairingEngine, type PairingOptions, type UnfinishedCall } from '../../src/fold/pairing.ts';
import type { EnterEvent, ExitEvent, Pair } from '../../src/model/event.ts';
import { FILE_TYPES } from '../../src/model/profile.ts';

export const AT_FDCWD = -100;
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  DIRECTORY: 0o200000,
  CLOEXEC: 0o2000000,
  TMPFILE: 0o20200000,
} as const;
export const CLONE_THREAD = 0x10000 | 0x400 | 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_FS = 0x200;

type EnterFacts = Partial<Omit<EnterEvent, 'kind' | 'syscall' | 'args' | 'tid'>>;
type ExitFacts = Partial<Omit<ExitEvent, 'kind' | 'syscall' | 'ret' | 'tid'>>;

export class Trace {
  readonly pairs: Pair[] = [];
  readonly engine: PairingEngine;
  nowNs = 0;
  unfinished: readonly UnfinishedCall[] = [];

  constructor(options: Omit<PairingOptions, 'onPair'> = {}) {
    this.engine = new PairingEngine({ types: FILE_TYPES, ...options, onPair: (pair) => this.pairs.push({ ...pair }) });
  }

  enter(tid: number, syscall: string, args: readonly number[] = [], facts: EnterFacts = {}): void {
    this.nowNs += 10;
    this.engine.handle({ kind: 'enter', tid, pid: 0, timeNs: this.nowNs, syscall, args, ...facts });
  }

  exit(tid: number, syscall: string, ret: number, facts: ExitFacts = {}): void {
    this.nowNs += 10;
    const { nowNs: timeNs } = this;
    this.engine.handle({ kind: 'exit', tid, timeNs, syscall, args: [], ret, durationNs: Number.NaN, ...facts });
  }

  /** Enter and exit; returns the pair, or undefined when none came of it. */
  call(
    tid: number,
    syscall: string,
    args: readonly number[],
    ret: number,
    facts: EnterFacts = {},
    exitFacts: ExitFacts = {},
  ): Pair | undefined {
    const before = this.pairs.length;
    this.enter(tid, syscall, args, facts);
    this.exit(tid, syscall, ret, exitFacts);
    return this.pairs.length === before ? undefined : this.pairs.at(-1);
  }

  open(tid: number, path: string, ret: number, flags: number = O.RDONLY): Pair | undefined {
    return this.call(tid, 'openat', [AT_FDCWD, Number.NaN, flags, 0], ret, { path });
  }

  /** The name that a read on the descriptor folds under. */
  nameOf(tid: number, fd: number): string | undefined {
    return this.call(tid, 'read', [fd, Number.NaN, 1], 1)?.path;
  }

  flagsOf(tid: number, fd: number): number | undefined {
    return this.call(tid, 'read', [fd, Number.NaN, 1], 1)?.flags;
  }

  fork(parent: number, child: number, flags = 0): void {
    this.engine.handle({ kind: 'fork', parent, child, flags });
  }

  exec(tid: number, pid: number, comm?: string): void {
    this.engine.handle({ kind: 'exec', tid, pid, comm });
  }

  end(tid: number): void {
    this.engine.handle({ kind: 'end', tid, timeNs: this.nowNs });
  }

  finish(): void {
    this.unfinished = this.engine.finish(this.nowNs);
  }

  /** Counters that are not 0. */
  get counted(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.engine.counters).filter(([, count]) => count > 0));
  }
}
