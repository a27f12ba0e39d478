// What `perf script` prints of raw_syscalls:sys_enter and sys_exit becomes events. It shows registers, not strings, so that
// paths are known of opened files alone where another source tells them.
//
//   cat 21417 [000]  5937.765889:  raw_syscalls:sys_exit: NR 3 = 0
//   cat 21417 [000]  5937.765894: raw_syscalls:sys_enter: NR 3 (1, fbad2004, 7f7e760f49e0, 7f7e75f3bc58, 0, 0)
//
// With -F pid,tid,... the number is `21417/21418`. Other events are notes.

import type { EventSink } from '../../model/event.ts';
import { syscallName } from '../../syscalls/table.ts';
import { type CallArguments, callArguments, KIND, MAX_ARGS } from './call-arguments.ts';
import { CallEvent } from './call-event.ts';
import { lostEvents, nameOf, perfLine } from './perf-line.ts';
import type { TextReport } from './report.ts';

const LINE =
  /^\s*(?:(.*?)\s+)??(?:(\d+)\/\s*)?(\d+)\s+(?:\[\d+\]\s+)?(?:\S{4,5}\s+)?(\d+)\.(\d{6,9}):\s+(?:\d+\s+)?([\w-]+:[\w-]+):\s?(.*)$/;
const ENTER = /^NR (-?\d+) \(([0-9a-f, ]*)\)/;
const EXIT = /^NR (-?\d+) = (-?\d+)/;

export class PerfScriptFile {
  readonly #name: string;
  readonly #sink: EventSink;
  readonly #report: TextReport;
  readonly #enter = new CallEvent('enter');
  readonly #exit = new CallEvent('exit');
  readonly #calls = new Map<number, CallArguments>();
  #baseSecond = Number.NaN;

  constructor(name: string, sink: EventSink, report: TextReport) {
    this.#name = name;
    this.#sink = sink;
    this.#report = report;
  }

  line(bytes: Buffer, start: number, end: number, number: number): void {
    const text = perfLine(bytes, start, end);
    if (text === undefined) return;
    this.#report.lines++;
    if (this.#event(text)) return;
    const lost = lostEvents(text);
    this.#report.lostEvents += lost ?? 0;
    // the header of --header, and call chains of -g between the events
    if (lost !== undefined || /^#|^\s+[0-9a-f]{4,16} .*\(.*\)$/.test(text)) this.#report.notes++;
    else this.#report.addBad(this.#name, number, bytes, start, end);
  }

  #event(text: string): boolean {
    const fields = LINE.exec(text);
    if (fields === null) return false;
    const [, comm, pid, tid, seconds, fraction = '', event, rest = ''] = fields;
    if (Number.isNaN(this.#baseSecond)) this.#baseSecond = Number(seconds);
    const timeNs = (Number(seconds) - this.#baseSecond) * 1e9 + Number(fraction.padEnd(9, '0'));
    const thread = comm === undefined ? undefined : nameOf(comm);
    this.#report.sawTime(timeNs);
    if (event === 'raw_syscalls:sys_enter') return this.#entered(rest, Number(pid ?? 0), Number(tid), timeNs, thread);
    if (event === 'raw_syscalls:sys_exit') return this.#exited(rest, Number(pid ?? 0), Number(tid), timeNs, thread);
    this.#report.notes++;
    return true;
  }

  #entered(text: string, pid: number, tid: number, timeNs: number, comm: string | undefined): boolean {
    const [, number, args] = ENTER.exec(text) ?? [];
    if (number === undefined || args === undefined) return false;
    const call = this.#call(Number(number));
    const enter = this.#enter;
    enter.clear();
    enter.tid = tid;
    enter.pid = pid;
    enter.timeNs = timeNs;
    enter.syscall = call.name;
    enter.threadComm = comm;
    const values = args.split(',');
    for (let i = 0; i < MAX_ARGS && i < values.length; i++) {
      const value = registerValue(values[i]?.trim() ?? '');
      enter.args[i] = call.kinds[i] === KIND.fd ? value | 0 : value;
    }
    this.#sink.enter(enter);
    return true;
  }

  #exited(text: string, pid: number, tid: number, timeNs: number, comm: string | undefined): boolean {
    const [, number, ret] = EXIT.exec(text) ?? [];
    if (number === undefined) return false;
    const call = this.#call(Number(number));
    const exit = this.#exit;
    exit.clear(false);
    exit.tid = tid;
    exit.timeNs = timeNs;
    exit.syscall = call.name;
    exit.ret = Number(ret);
    exit.threadComm = comm;
    if (call.execs && exit.ret === 0) {
      exit.comm = comm;
      this.#sink.exec({ kind: 'exec', tid, pid: pid === 0 ? tid : pid, comm });
    }
    this.#sink.exit(exit);
    return true;
  }

  #call(number: number): CallArguments {
    let call = this.#calls.get(number);
    if (call === undefined) {
      call = callArguments(syscallName(number));
      this.#calls.set(number, call);
    }
    return call;
  }
}

/** A register in hexadecimal, as a signed number: beyond 2^53 only addresses lose digits. */
function registerValue(hex: string): number {
  if (hex.length < 14) return Number.parseInt(hex, 16);
  return /^[0-9a-f]{1,16}$/.test(hex) ? Number(BigInt.asIntN(64, BigInt(`0x${hex}`))) : Number.NaN;
}
