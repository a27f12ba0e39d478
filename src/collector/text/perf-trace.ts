// The log of `perf trace` becomes events. A line is a finished call, or one half of a call that others came between:
//
//      0.786 ( 0.018 ms): cat/26760 openat(dfd: CWD, filename: "/etc/passwd", flags: RDONLY|CLOEXEC) = 3
//      3.535 (         ): cat/26760 read(fd: 3</etc/passwd>, buf: 0x7ffdac34d880, count: 1)          ...
//      3.535 (20.417 ms): cat/26760  ... [continued]: read())                                  = -1 EINTR (Interrupted ...)
//
// The stamp is that of the enter on both halves, in ms from the start or, with -T, since boot. Arguments bear the kernel's
// names, those that are 0 are left away, and so are the prefixes of constants. Paths are shown only where perf has a BPF
// program or a probe that reads them. What is behind a descriptor perf reads from /proc when it prints, late.

import type { EventSink } from '../../model/event.ts';
import { argumentNames, argumentPosition } from './argument-names.ts';
import { type CallArguments, callArguments, KIND, MAX_ARGS } from './call-arguments.ts';
import { CallEvent } from './call-event.ts';
import { constantValue, errnoByName } from './constants.ts';
import { lostEvents, nameOf, perfLine } from './perf-line.ts';
import type { TextReport } from './report.ts';

const HEAD = /^\s*(\?|\d+\.\d+) \(\s*(?:(\d+\.\d+) ms|\d+ ?us)?\s*\): /;
const CALL = /^(?:(.*?)\/(\d+) |(\d+) )? ?(\.\.\. \[continued\]: )?([a-z_][a-z_0-9]*)\(/;
const FINISHED = /^(.*)\)\s+= ?(.*)$/;
const INTERRUPTED = /^(.*)\)\s+\.\.\.$/;
const NEXT_ARGUMENT = /, (?=[a-z_]\w*: )/;
/** The task of a log that shows none, there being only one. */
const UNNAMED_TID = 1;

export class PerfTraceFile {
  readonly #name: string;
  readonly #sink: EventSink;
  readonly #report: TextReport;
  readonly #enter = new CallEvent('enter');
  readonly #exit = new CallEvent('exit');
  readonly #calls = new Map<string, CallArguments>();
  /** Everything behind `Summary of events` (-S) is a table. */
  #isSummary = false;

  constructor(name: string, sink: EventSink, report: TextReport) {
    this.#name = name;
    this.#sink = sink;
    this.#report = report;
    this.#enter.fdPathsAreLate = true;
    this.#exit.fdPathsAreLate = true;
  }

  line(bytes: Buffer, start: number, end: number, number: number): void {
    const text = perfLine(bytes, start, end);
    if (text === undefined) return;
    this.#report.lines++;
    const lost = lostEvents(text);
    this.#report.lostEvents += lost ?? 0;
    if (/^ *Summary of events/.test(text)) this.#isSummary = true;
    if (this.#isSummary || lost !== undefined) this.#report.notes++;
    else if (!this.#event(text)) this.#report.addBad(this.#name, number, bytes, start, end);
  }

  #event(text: string): boolean {
    const head = HEAD.exec(text);
    if (head === null) return false;
    const [{ length }, ms, tookMs] = head;
    const timeNs = ms === '?' ? Number.NaN : nsOfMs(ms);
    const rest = text.slice(length);
    const fields = CALL.exec(rest);
    if (fields === null) {
      // other events among the calls: page faults, tracepoints, `probe:vfs_getname(...)`
      if (!/^\S.*[([]/.test(rest)) return false;
      this.#report.notes++;
      return true;
    }
    const [front, comm, numberOfComm, numberAlone, continued, name = ''] = fields;
    const tid = Number(numberOfComm ?? numberAlone ?? UNNAMED_TID);
    const thread = comm === undefined ? undefined : nameOf(comm);
    const tail = rest.slice(front.length);
    const interrupted = continued === undefined ? INTERRUPTED.exec(tail) : null;
    const [, args, result] = interrupted ?? FINISHED.exec(tail) ?? [];
    if (args === undefined) return false;
    const call = this.#call(name);
    if (!Number.isNaN(timeNs)) this.#report.sawTime(timeNs);
    if (continued === undefined) this.#entered(call, tid, timeNs, thread, args);
    if (interrupted === null) this.#exited(call, tid, timeNs, Number(tookMs ?? Number.NaN) * 1e6, thread, result ?? '');
    return true;
  }

  #entered(call: CallArguments, tid: number, timeNs: number, comm: string | undefined, args: string): void {
    const enter = this.#enter;
    enter.clear();
    enter.tid = tid;
    enter.timeNs = timeNs;
    enter.syscall = call.name;
    enter.threadComm = comm;
    const names = argumentNames(call.name);
    const isNamed = args === '' || /^[a-z_]\w*: /.test(args);
    if (isNamed && names !== undefined) {
      // what is not shown is 0
      for (let i = 0; i < names.length && i < MAX_ARGS; i++) enter.args[i] = 0;
    }
    const pieces = args === '' ? [] : args.split(isNamed ? NEXT_ARGUMENT : ', ');
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] as string;
      const colon = isNamed ? piece.indexOf(': ') : -1;
      const at = colon < 0 ? i : argumentPosition(names ?? [], piece.slice(0, colon));
      if (at >= 0 && at < MAX_ARGS) this.#argument(call, at, colon < 0 ? piece : piece.slice(colon + 2));
    }
    this.#sink.enter(enter);
  }

  #argument(call: CallArguments, at: number, value: string): void {
    const enter = this.#enter;
    const kind = call.kinds[at];
    enter.args[at] = constantValue(value, call.prefixes[at]);
    if (kind === KIND.path || kind === KIND.path2) {
      const path = pathOf(value);
      if (path === undefined) return;
      enter.args[at] = Number.NaN;
      if (kind === KIND.path) enter.path = path;
      else enter.path2 = path;
    } else if (kind === KIND.fd) {
      const [, fd, behind] = /^(CWD|-?\d+)<(.*)>$/.exec(value) ?? [];
      if (fd === undefined || behind === undefined) return;
      enter.args[at] = constantValue(fd);
      enter.setFdPath(at, nameOf(behind));
    }
  }

  #exited(
    call: CallArguments,
    tid: number,
    timeNs: number,
    tookNs: number,
    comm: string | undefined,
    result: string,
  ): void {
    const exit = this.#exit;
    exit.clear(false);
    exit.tid = tid;
    exit.durationNs = Math.round(tookNs);
    exit.timeNs = timeNs + exit.durationNs;
    exit.syscall = call.name;
    exit.threadComm = comm;
    exit.ret = resultOf(result, call);
    if (call.neverReturns && Number.isNaN(exit.ret)) return;
    const behind = call.returnsFd ? /^\d+<(.*)>$/.exec(result)?.[1] : undefined;
    if (behind !== undefined) exit.retPath = nameOf(behind);
    if (call.execs && exit.ret === 0) {
      exit.comm = comm;
      this.#sink.exec({ kind: 'exec', tid, pid: tid, comm });
    }
    this.#sink.exit(exit);
  }

  #call(name: string): CallArguments {
    let call = this.#calls.get(name);
    if (call === undefined) {
      call = callArguments(name);
      this.#calls.set(name, call);
    }
    return call;
  }
}

function nsOfMs(ms: string | undefined): number {
  return Math.round(Number(ms) * 1e6);
}

/** `"/etc/passwd"`, without quotes in perf before 4.19; undefined for an address. */
function pathOf(value: string): string | undefined {
  if (value.startsWith('"')) return nameOf(value.slice(1, value.endsWith('"') && value.length > 1 ? -1 : undefined));
  return /^(?:0x[0-9a-f]+|\d+|NULL)$/.test(value) ? undefined : nameOf(value);
}

/**
 * `3`, `0x7f..`, `21392 (cat)`, `-1 ENOENT (No such file or directory)`; a restart is
 * `-1 (unknown) (INTERNAL ERROR: strerror_r(512, [buf], 128)=22)`, and the 0 of a child's clone is shown as nothing.
 */
function resultOf(text: string, call: CallArguments): number {
  const [, number] = /^(-?\d+|0x[0-9a-f]+)(?:\b|$)/.exec(text) ?? [];
  if (number === undefined) return text === '' && call.cloneFlags !== undefined ? 0 : Number.NaN;
  if (number !== '-1') return Number(number);
  const [, name, errno] = /^-1 (?:(E[A-Z0-9_]+) |.*strerror_r\((\d+),)/.exec(text) ?? [];
  if (errno !== undefined) return -Number(errno);
  return -(name === undefined ? 1 : (errnoByName(name) ?? 1));
}
