// Records of the ring "events" (bpf/stream.h) as events for the pairing engine. In: one record at a time. Out: calls of
// an EventSink with objects that are used again and again. Hot path: no string is decoded but paths, and each comm and
// name of a call only once.

import type { EnterEvent, EventSink, ExecEvent, ExitEvent } from '../../model/event.ts';
import { decodeName } from '../../model/names.ts';
import { FILE_TYPES, type FileType } from '../../model/profile.ts';
import { TupleTable } from '../../model/tuple-table.ts';
import type { SyscallRow } from '../../syscalls/row.ts';
import { syscallByNumber, syscallName } from '../../syscalls/table.ts';
import { COMM_SIZE, CWD, EVENT, EVENT_KIND, NAME, NO_STRING, ROOT, SYSCALLS } from './abi.ts';
import { nameOfRecord } from './name-record.ts';
import { readU64 } from './read-cells.ts';
import { RENAMES_ITS_DESCRIPTOR } from './stream-object.ts';

const COMM_WORDS = COMM_SIZE / 4;
const ARGUMENTS = 6;
const { offset } = EVENT;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a call has made, told before its exit: of one task, until that exit. */
interface Made {
  readonly fd: number;
  readonly path: string;
  readonly type: FileType;
}

export class EventReader {
  readonly #sink: EventSink;
  readonly #comms = new TupleTable(COMM_WORDS);
  readonly #commTexts: string[] = [];
  /** The comm of the record before this one, and its text. */
  readonly #comm = new Int32Array(COMM_WORDS);
  #commText = '';
  readonly #names = Array.from({ length: SYSCALLS }, (_, number) => syscallName(number));
  /** Bit n: argument n is a C int, of which the program may have left the upper half of the register dirty. */
  readonly #ints = Uint8Array.from({ length: SYSCALLS }, (_, number) => intArguments(syscallByNumber(number)));
  readonly #made = new Map<number, Made[]>();
  readonly #arguments = new Float64Array(ARGUMENTS);
  readonly #enter: Mutable<EnterEvent> = {
    kind: 'enter',
    tid: 0,
    pid: 0,
    timeNs: 0,
    syscall: '',
    args: this.#arguments,
    threadComm: undefined,
  };
  readonly #exit: Mutable<ExitEvent> = {
    kind: 'exit',
    tid: 0,
    timeNs: 0,
    syscall: '',
    args: [],
    ret: 0,
    durationNs: Number.NaN,
  };

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  /** Takes the record at an offset of the view. */
  read(view: DataView, at: number): void {
    switch (view.getUint16(at + offset.kind, true)) {
      case EVENT_KIND.enter:
        this.#readEnter(view, at);
        break;
      case EVENT_KIND.exit:
        this.#readExit(view, at);
        break;
      case EVENT_KIND.fork:
        this.#sink.fork({
          kind: 'fork',
          parent: readS64(view, at + offset.ret),
          child: view.getUint32(at + offset.tid, true),
          flags: readU64(view, at + offset.flags),
        });
        break;
      case EVENT_KIND.exec:
        this.#readExec(view, at);
        break;
      case EVENT_KIND.end: {
        const tid = view.getUint32(at + offset.tid, true);
        this.#made.delete(tid);
        this.#sink.end({ kind: 'end', tid, timeNs: readU64(view, at + offset.timeNs) });
        break;
      }
      case EVENT_KIND.made: {
        const tid = view.getUint32(at + offset.tid, true);
        const made = this.#made.get(tid);
        if (made === undefined) this.#made.set(tid, [this.#readMade(view, at)]);
        else made.push(this.#readMade(view, at));
        break;
      }
      case EVENT_KIND.signal:
        this.#sink.signal({
          kind: 'signal',
          tid: view.getUint32(at + offset.tid, true),
          timeNs: readU64(view, at + offset.timeNs),
          restarts: readU64(view, at + offset.flags) !== 0,
        });
        break;
      case EVENT_KIND.had:
        this.#readHad(view, at);
        break;
    }
  }

  #readEnter(view: DataView, at: number): void {
    const event = this.#enter;
    const nr = view.getUint16(at + offset.nr, true);
    event.tid = view.getUint32(at + offset.tid, true);
    event.pid = view.getUint32(at + offset.pid, true);
    event.timeNs = readU64(view, at + offset.timeNs);
    event.syscall = this.#names[nr] as string;
    event.threadComm = this.#readComm(view, at);
    const ints = this.#ints[nr] as number;
    for (let i = 0; i < ARGUMENTS; i++) {
      const from = at + EVENT.size + i * 8;
      this.#arguments[i] = ints & (1 << i) ? view.getInt32(from, true) : readS64(view, from);
    }
    this.#sink.enter(event);
  }

  #readExit(view: DataView, at: number): void {
    const event = this.#exit;
    const nr = view.getUint16(at + offset.nr, true);
    event.tid = view.getUint32(at + offset.tid, true);
    event.timeNs = readU64(view, at + offset.timeNs);
    event.syscall = this.#names[nr] as string;
    event.threadComm = this.#readComm(view, at);
    event.uid = view.getUint32(at + offset.uid, true);
    event.ret = readS64(view, at + offset.ret);
    const flags = readU64(view, at + offset.flags);
    event.flags = flags === 0 ? undefined : flags;
    this.#readStrings(view, at);
    const made = this.#made.size === 0 ? undefined : this.#made.get(event.tid);
    if (made === undefined) {
      this.#sink.exit(event);
      return;
    }
    this.#made.delete(event.tid);
    this.#tellMade(made, RENAMES_ITS_DESCRIPTOR.has(event.syscall));
    this.#sink.exit(event);
    event.retPath = event.retType = event.newFds = event.newFdPaths = event.newFdTypes = event.fdPaths = undefined;
  }

  #tellMade(made: readonly Made[], isRenamed: boolean): void {
    const event = this.#exit;
    const [first] = made;
    if (first === undefined) return;
    if (isRenamed) {
      event.fdPaths = [first.path];
    } else if (first.fd === event.ret || first.fd === CWD || first.fd === ROOT) {
      event.retPath = first.path;
      event.retType = first.type;
    } else {
      event.newFds = made.map(({ fd }) => fd);
      event.newFdPaths = made.map(({ path }) => path);
      event.newFdTypes = made.map(({ type }) => type);
    }
  }

  /** A successful execve: it ends here, whatever number its exit bears. */
  #readExec(view: DataView, at: number): void {
    const event = this.#exit;
    const pid = view.getUint32(at + offset.tid, true);
    const exec: ExecEvent = { kind: 'exec', tid: readS64(view, at + offset.ret), pid, comm: this.#readComm(view, at) };
    this.#sink.exec(exec);
    event.tid = pid;
    event.timeNs = readU64(view, at + offset.timeNs);
    event.syscall = 'execve';
    event.threadComm = exec.comm;
    event.uid = view.getUint32(at + offset.uid, true);
    event.ret = 0;
    event.flags = undefined;
    this.#readStrings(view, at);
    this.#sink.exit(event);
  }

  #readHad(view: DataView, at: number): void {
    const { fd, path, type } = this.#readMade(view, at);
    const tid = view.getUint32(at + offset.tid, true);
    const pid = view.getUint32(at + offset.pid, true);
    const comm = this.#readComm(view, at);
    if (fd === CWD || fd === ROOT) {
      this.#sink.had({ kind: 'had', tid, pid, comm, what: fd === CWD ? 'cwd' : 'root', path });
    } else {
      const closeOnExec = readU64(view, at + offset.flags) !== 0;
      this.#sink.had({ kind: 'had', tid, pid, comm, what: 'fd', fd, path, type, closeOnExec });
    }
  }

  #readMade(view: DataView, at: number): Made {
    const name = at + EVENT.size;
    return {
      fd: readS64(view, at + offset.ret),
      path: nameOfRecord(view, name),
      type: FILE_TYPES[view.getUint32(name + NAME.offset.type, true)] ?? 'file',
    };
  }

  #readStrings(view: DataView, at: number): void {
    const event = this.#exit;
    const length = view.getUint16(at + offset.pathLen, true);
    const length2 = view.getUint16(at + offset.path2Len, true);
    event.path = textAt(view, at + EVENT.size, length);
    event.path2 = textAt(view, at + EVENT.size + (length === NO_STRING ? 0 : length), length2);
  }

  #readComm(view: DataView, at: number): string {
    const from = at + offset.comm;
    const comm = this.#comm;
    let isSame = true;
    for (let i = 0; i < COMM_WORDS; i++) {
      const word = view.getInt32(from + i * 4, true);
      isSame &&= comm[i] === word;
      comm[i] = word;
    }
    if (!isSame) this.#commText = this.#findComm(view, from);
    return this.#commText;
  }

  #findComm(view: DataView, from: number): string {
    const index = this.#comms.add(this.#comm);
    let text = this.#commTexts[index];
    if (text === undefined) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset + from, COMM_SIZE);
      const end = bytes.indexOf(0);
      text = decodeName(bytes.subarray(0, end < 0 ? COMM_SIZE : end));
      this.#commTexts[index] = text;
    }
    return text;
  }
}

function textAt(view: DataView, at: number, length: number): string | undefined {
  if (length === NO_STRING) return undefined;
  return decodeName(new Uint8Array(view.buffer, view.byteOffset + at, length));
}

function readS64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getInt32(at + 4, true) * 0x1_0000_0000;
}

function intArguments(row: Partial<SyscallRow> = {}): number {
  return [row.fd, row.fd2, row.dirfd, row.dirfd2].reduce<number>(
    (bits, position) => bits | (position === undefined ? 0 : 1 << position),
    0,
  );
}
