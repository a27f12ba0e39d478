// strace's lines become events. One StraceTrace is the trace, one StraceFile each file that it was written to (several
// with -ff). Lines come in as ranges of bytes; enters, exits, forks, execs and ends go out to a sink.
//
//   1234<cat> 1795375563.034963 read(3</etc/passwd>, "root"..., 4096) = 2996 <0.000009>
//   tid comm  stamp             name descriptor                        result duration
//
// All but name, arguments and result depends on the options. A call during which another task's line came is written in
// two pieces, `read(3,  <unfinished ...>` and `<... read resumed>"root"..., 4096) = 2996`, the arguments shared out
// between them. Strings and what is behind descriptors are escaped so that no quote and no `>` stands for itself. This is
// a hot path: one pass over the bytes, no string but for names that come for the first time, no object for an event.

import { HASH_PRIME, HASH_START } from './byte-table.ts';
import { type CallArguments, callArguments, MAX_ARGS } from './call-arguments.ts';
import { CallEvent } from './call-event.ts';
import { copyOfLine } from './lines.ts';
import {
  COMMA,
  EQUALS,
  IS_NAME,
  LEFT_BRACKET,
  LEFT_PAREN,
  LESS,
  LOWER_S,
  MINUS,
  NINE,
  PLUS,
  RIGHT_BRACE,
  RIGHT_PAREN,
  SPACE,
  startsWith,
  ZERO,
} from './scan.ts';
import { BAD, CallReader, CUT, DONE, IS_CUT, IS_UNFINISHED } from './strace-call.ts';
import { commOfPath, cutComm } from './strace-names.ts';
import { StracePrefix } from './strace-prefix.ts';
import type { Rest, StraceTrace, Task } from './strace-trace.ts';

const PR_SET_NAME = 15;
/** A line that goes on behind a message or output of the traced program is not longer. */
const MAX_BROKEN_BYTES = 1 << 16;
/** The first task of a trace whose lines bear no tid: in a namespace of its own it would have this number. */
const NO_TID = 1;

export interface StraceFileOptions {
  /** What messages call it. */
  readonly name: string;
  /** The task of lines without a tid: of the files that -ff writes, the number at the end of the name. */
  readonly tid?: number | undefined;
  /** Added to wall-clock stamps, when other files of the trace are known to begin on the day before. */
  readonly daySeconds?: number | undefined;
  /** Leaves the exit of a line to emitExit, to be called when its time has come. */
  readonly defersExits?: boolean | undefined;
}

/** One file of a trace; all of it, unless -ff wrote it. */
export class StraceFile {
  readonly #trace: StraceTrace;
  readonly #prefix: StracePrefix;
  readonly #reader: CallReader;
  readonly #name: string;
  readonly #ownTid: number | undefined;
  readonly #defersExits: boolean;
  readonly #enter = new CallEvent('enter');
  readonly #exit = new CallEvent('exit');

  /** Where lines bear a tid only while there are several tasks: those tasks, and who the first one was. */
  readonly #live = new Set<number>();
  readonly #attached = new Set<number>();
  #firstTid = -1;
  /** The front of a line that was broken by a message of strace or by output of the program. */
  #broken: Rest | undefined = undefined;
  #deferred: Task | undefined = undefined;
  #deferredCall: CallArguments | undefined = undefined;
  #called = callArguments('');

  /** Stamp of the last line that was understood; NaN when it has none. */
  timeNs = Number.NaN;

  constructor(trace: StraceTrace, options: StraceFileOptions) {
    this.#trace = trace;
    this.#name = options.name;
    this.#ownTid = options.tid;
    this.#defersExits = options.defersExits ?? false;
    this.#prefix = new StracePrefix(trace, options.daySeconds ?? 0);
    this.#reader = new CallReader(trace);
  }

  /** Whether emitExit has something to emit. */
  get hasExit(): boolean {
    return this.#deferred !== undefined;
  }

  /** When that took place; NaN where the trace does not tell. */
  get exitNs(): number {
    return this.#exit.timeNs;
  }

  emitExit(): void {
    const task = this.#deferred;
    const call = this.#deferredCall;
    this.#deferred = undefined;
    if (task !== undefined && call !== undefined) this.#finishCall(task, call);
  }

  /** There are no more lines. */
  finish(): void {
    this.emitExit();
    this.#giveUpBroken();
  }

  /** Stamp of a line that is yet to come, NaN when it has none. Only for clocks: relative stamps would add up twice. */
  peekNs(bytes: Buffer, start: number, end: number): number {
    this.#prefix.read(bytes, start, end);
    return this.#prefix.timeNs;
  }

  line(bytes: Buffer, start: number, end: number, number: number): void {
    if (start === end) return;
    const { report, cloning } = this.#trace;
    report.lines++;
    if (this.#broken !== undefined && this.#mend(this.#broken, bytes, start, end)) return;
    const first = bytes[start] as number;
    if ((first < ZERO || first > NINE) && this.#isMessage(bytes, start, end)) {
      report.notes++;
      return;
    }
    const prefix = this.#prefix;
    const at = prefix.read(bytes, start, end);
    const tid = this.#tidOf(bytes, at);
    if (cloning.size > 0 && !this.#trace.hasTask(tid) && isOfTask(bytes, at)) {
      const rest = copyOfLine(bytes.subarray(at, end));
      this.#trace.hold(this.#putAside(tid, rest, prefix.timeNs, prefix.threadComm, number));
    } else {
      this.#takeRest(tid, bytes, at, end, prefix.timeNs, prefix.threadComm, number);
    }
  }

  /** A line, or the two pieces of one, that was put aside. */
  take(rest: Rest): void {
    this.#takeRest(rest.tid, rest.bytes, 0, rest.bytes.length - 1, rest.timeNs, rest.threadComm, rest.number);
  }

  /** Of a line, what comes after tid and stamps. */
  #takeRest(
    tid: number,
    bytes: Buffer,
    start: number,
    end: number,
    timeNs: number,
    threadComm: string | undefined,
    number: number,
  ): void {
    let outcome: number;
    switch (bytes[start]) {
      case LESS:
        outcome = this.#resumed(tid, bytes, start, end, timeNs, threadComm);
        break;
      case PLUS:
        outcome = this.#ended(tid, bytes, start, end, timeNs);
        break;
      case MINUS:
        outcome = startsWith(bytes, start, end, '--- ') ? DONE : BAD;
        this.#trace.report.notes += outcome === DONE ? 1 : 0;
        break;
      case LEFT_BRACKET:
        outcome = this.#isMessage(bytes, start, end) ? DONE : BAD;
        this.#trace.report.notes += outcome === DONE ? 1 : 0;
        break;
      default:
        outcome = this.#call(tid, bytes, start, end, timeNs, threadComm);
    }
    if (outcome === DONE) {
      this.timeNs = timeNs;
      if (!Number.isNaN(timeNs)) this.#trace.report.sawTime(timeNs);
      if (this.#broken?.tid === tid) this.#giveUpBroken();
    } else if (outcome === CUT && end - start <= MAX_BROKEN_BYTES) {
      this.#giveUpBroken();
      this.#broken = this.#putAside(tid, this.#withoutMessage(bytes, start, end), timeNs, threadComm, number);
    } else {
      this.#trace.report.addBad(this.#name, number, bytes, start, end);
    }
  }

  #putAside(tid: number, bytes: Buffer, timeNs: number, threadComm: string | undefined, number: number): Rest {
    return { file: this, tid, bytes, timeNs, threadComm, number };
  }

  /**
   * The second piece of a broken line: without -o, strace and what it traces may write into the same terminal.
   * `clone(child_stack=NULL, flags=SIGCHLDstrace: Process 26699 attached` goes on as `, child_tidptr=0x1) = 26699`.
   */
  #mend(broken: Rest, bytes: Buffer, start: number, end: number): boolean {
    const c = bytes[start] as number;
    if (c !== COMMA && c !== SPACE && c !== EQUALS && c !== RIGHT_PAREN && c !== RIGHT_BRACE) return false;
    const whole = copyOfLine(broken.bytes.subarray(0, -1), bytes.subarray(start, end));
    this.#broken = undefined;
    this.take({ ...broken, bytes: whole });
    return true;
  }

  #giveUpBroken(): void {
    const broken = this.#broken;
    if (broken === undefined) return;
    this.#broken = undefined;
    this.#trace.report.addBad(this.#name, broken.number, broken.bytes, 0, broken.bytes.length - 1);
  }

  /** A copy of the line without a message of strace's at its end. */
  #withoutMessage(bytes: Buffer, start: number, end: number): Buffer {
    const line = bytes.subarray(start, end);
    const message = line.lastIndexOf('strace: Process ');
    const isBroken = message >= 0 && this.#isMessage(line, message, line.length);
    return copyOfLine(isBroken ? line.subarray(0, message) : line);
  }

  /** What strace says about itself, and the lines of -k. */
  #isMessage(bytes: Buffer, start: number, end: number): boolean {
    const c = bytes[start];
    if (c === SPACE) return startsWith(bytes, start, end, ' > ') || startsWith(bytes, start, end, ' <detached ...>');
    if (c === LEFT_BRACKET) return startsWith(bytes, start, end, '[ Process PID=');
    if (c !== LOWER_S || !startsWith(bytes, start, end, 'strace: ')) return false;
    const [, tid, what] = /^strace: Process (\d+) (attached|detached)/.exec(bytes.toString('latin1', start, end)) ?? [];
    if (what === 'attached') {
      this.#live.add(Number(tid));
      this.#attached.add(Number(tid));
    } else if (what === 'detached') this.#live.delete(Number(tid));
    return true;
  }

  /** The task that a line is of. Without -o, the tid is left away while there is one task. */
  #tidOf(bytes: Buffer, at: number): number {
    const { tid, isBracketed } = this.#prefix;
    if (tid >= 0 && !isBracketed) return tid;
    if (this.#ownTid !== undefined) return this.#ownTid;
    const live = this.#live;
    if (tid < 0) {
      if (live.size === 0) live.add(NO_TID);
      if (live.size === 1 || !live.has(NO_TID)) for (const last of live) return last;
      return NO_TID;
    }
    if (tid === this.#firstTid) return NO_TID;
    if (live.has(tid)) return tid;
    const { cloning } = this.#trace;
    if (
      this.#firstTid < 0 &&
      live.has(NO_TID) &&
      !this.#attached.has(tid) &&
      !this.#trace.hasTask(tid) &&
      (bytes[at] === LESS || cloning.size === 0)
    ) {
      this.#firstTid = tid;
      return NO_TID;
    }
    live.add(tid);
    return tid;
  }

  #call(
    tid: number,
    bytes: Buffer,
    start: number,
    end: number,
    timeNs: number,
    threadComm: string | undefined,
  ): number {
    const i = this.#callName(bytes, start, end, LEFT_PAREN);
    if (i < 0 || (bytes[start] as number) <= NINE) return BAD;
    const call = this.#called;
    const enter = this.#enter;
    const exit = this.#exit;
    enter.clear();
    this.#reader.arg = 0;
    this.#reader.depth = 0;
    const close = this.#reader.arguments(enter, call.kinds, bytes, i + 1, end);
    if (close === IS_CUT) return CUT;
    if (close !== IS_UNFINISHED) {
      exit.clear(false);
      const outcome = this.#reader.result(exit, call, bytes, close, end);
      if (outcome !== DONE) return outcome;
      exit.timeNs = timeNs + exit.durationNs;
      exit.newFds = enter.newFds;
      exit.newFdPaths = enter.newFdPaths;
    }
    const task = this.#trace.task(tid);
    task.call = undefined;
    if (call.cloneFlags !== undefined) task.cloneFlags = enter.flags ?? orElse(enter.args[0], call.cloneFlags);
    if (call.execs) task.newComm = enter.path ? commOfPath(enter.path) : undefined;
    else if (call.isPrctl) task.newComm = enter.args[0] === PR_SET_NAME ? enter.comm : undefined;
    if (call.execs || call.isPrctl) task.shownComm = threadComm;
    enter.comm = undefined;
    enter.tid = tid;
    enter.timeNs = timeNs;
    enter.syscall = call.name;
    enter.threadComm = task.heard(threadComm);
    this.#trace.sink.enter(enter);
    if (close === IS_UNFINISHED) {
      task.call = call;
      task.arg = this.#reader.arg;
      task.depth = this.#reader.depth;
      if (call.cloneFlags !== undefined) this.#trace.cloning.add(task);
    } else if (this.#defersExits) {
      this.#deferred = task;
      this.#deferredCall = call;
      if (call.cloneFlags !== undefined && exit.ret > 0) this.#trace.fork(task, exit.ret);
    } else this.#finishCall(task, call);
    return DONE;
  }

  /** Returns where the name of a call ends, behind which `terminator` stands; -1 when it is none. The call goes to #called. */
  #callName(bytes: Buffer, start: number, end: number, terminator: number): number {
    const { calls } = this.#trace;
    const key = (bytes[start] as number) + 3 * (bytes[start + 1] as number);
    const length = calls.guess(key, bytes, start, end);
    if (length > 0 && bytes[start + length] === terminator) {
      this.#called = calls.guessed as CallArguments;
      return start + length;
    }
    const isName = IS_NAME;
    let i = start;
    let hash = HASH_START;
    for (let c = bytes[i] as number; i < end && isName[c] === 1; c = bytes[++i] as number) {
      hash = Math.imul(hash ^ c, HASH_PRIME);
    }
    if (i === start || i >= end || bytes[i] !== terminator) return -1;
    this.#called = calls.get(bytes, start, i, hash);
    calls.remember(key);
    return i;
  }

  /** `<... read resumed>"abc", 10) = 3`. */
  #resumed(
    tid: number,
    bytes: Buffer,
    start: number,
    end: number,
    timeNs: number,
    threadComm: string | undefined,
  ): number {
    if (!startsWith(bytes, start, end, '<... ')) return BAD;
    const i = this.#callName(bytes, start + '<... '.length, end, SPACE);
    if (i < 0 || !startsWith(bytes, i, end, ' resumed>')) return BAD;
    const trace = this.#trace;
    const call = this.#called;
    const task = trace.task(tid);
    const caller = task.supersededBy > 0 ? trace.task(task.supersededBy) : task;
    const isPaired = caller.call === call;
    const exit = this.#exit;
    exit.clear();
    this.#reader.arg = isPaired ? caller.arg : MAX_ARGS;
    this.#reader.depth = isPaired ? caller.depth : 0;
    const close = this.#reader.arguments(exit, call.kinds, bytes, i + ' resumed>'.length, end);
    if (close === IS_CUT) return CUT;
    if (close === IS_UNFINISHED) {
      caller.arg = this.#reader.arg;
      caller.depth = this.#reader.depth;
      return DONE;
    }
    const outcome = this.#reader.result(exit, call, bytes, close, end);
    if (outcome !== DONE) return outcome;
    exit.timeNs = timeNs;
    exit.threadComm = task.heard(threadComm);
    if (call.isPrctl && exit.comm !== undefined) caller.newComm = exit.comm;
    exit.comm = undefined;
    if (isPaired && exit.flags !== undefined && call.cloneFlags !== undefined) task.cloneFlags = exit.flags;
    if (!isPaired) caller.newComm = undefined;
    this.#finishCall(task, call);
    return DONE;
  }

  /** The exit is filled, but for what it does to tasks. */
  #finishCall(task: Task, call: CallArguments): void {
    const trace = this.#trace;
    const { tid } = task;
    const exit = this.#exit;
    exit.tid = tid;
    exit.syscall = call.name;
    task.call = undefined;
    if (call.neverReturns && Number.isNaN(exit.ret)) return;
    if (call.execs) {
      const caller = task.supersededBy > 0 ? trace.task(task.supersededBy) : task;
      // strace 6.1 with --seccomp-bpf: `= -1 (errno 18446744073709551527)`; but it was the success that superseded
      if (caller !== task) exit.ret = 0;
      task.supersededBy = 0;
      if (exit.ret === 0) {
        task.renamed(caller);
        exit.threadComm = task.heard(exit.threadComm);
        const comm = exit.threadComm ?? caller.newComm;
        exit.comm = comm;
        trace.sink.exec({ kind: 'exec', tid: caller.tid, pid: tid, comm });
      }
      if (caller !== task) trace.forgetTask(caller.tid);
    } else if (call.isPrctl) {
      if (exit.ret === 0 && task.newComm !== undefined) {
        exit.comm = task.newComm = cutComm(task.newComm);
        task.renamed(task);
        exit.threadComm = task.heard(exit.threadComm);
      }
    } else if (call.cloneFlags !== undefined) {
      if (exit.ret > 0 && !this.#defersExits) trace.fork(task, exit.ret);
      trace.sink.exit(exit);
      if (trace.cloning.has(task)) trace.leaveClone(task);
      return;
    }
    trace.sink.exit(exit);
  }

  /** `+++ exited with 0 +++`, `+++ killed by SIGKILL +++`, `+++ superseded by execve in pid 123 +++`. */
  #ended(tid: number, bytes: Buffer, start: number, end: number, timeNs: number): number {
    if (startsWith(bytes, start, end, '+++ superseded by execve in pid ')) {
      const by = Number.parseInt(bytes.toString('latin1', start + '+++ superseded by execve in pid '.length, end), 10);
      if (!(by > 0)) return BAD;
      const task = this.#trace.task(tid);
      task.call = undefined;
      task.supersededBy = by;
      return DONE;
    }
    const isEnd = startsWith(bytes, start, end, '+++ exited with ') || startsWith(bytes, start, end, '+++ killed by ');
    if (!isEnd) return BAD;
    this.#live.delete(tid);
    if (tid === NO_TID) this.#firstTid = -1;
    this.#trace.end(tid, timeNs);
    return DONE;
  }
}

function orElse(value: number | undefined, otherwise: number): number {
  return value === undefined || Number.isNaN(value) ? (Number.isNaN(otherwise) ? 0 : otherwise) : value;
}

/** A line of a task's doing, rather than text that happens to stand in the file. */
function isOfTask(bytes: Buffer, at: number): boolean {
  const c = bytes[at] as number;
  return IS_NAME[c] === 1 || c === LESS || c === PLUS || c === MINUS;
}
