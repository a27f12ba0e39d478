// Events on their way from one thread to another: numbers in one array, texts by number, each sent once. EventWriter takes
// what sources of text tell and hands out batches; EventReader makes the same events of them, and fills two objects again
// and again as the sources do. Of an enter or exit goes what a CallEvent holds.

import type { EnterEvent, EventSink, ExecEvent, ExitEvent, ForkEvent, TaskEndEvent } from '../../model/event.ts';
import { MAX_ARGS } from './call-arguments.ts';
import { CallEvent } from './call-event.ts';
import type { StackSink } from './folded.ts';

export interface Batch {
  readonly numbers: Float64Array;
  /** Those that come up for the first time, in the order of their numbers. */
  readonly texts: readonly string[];
  /** The numbers of texts begin anew with this batch. */
  readonly forgets: boolean;
}

/** Numbers in a batch, about; and texts, in number and in letters, after which all are forgotten. */
const BATCH_LENGTH = 1 << 15;
const MAX_TEXTS = 1 << 18;
const MAX_LETTERS = 1 << 24;

const RECENT = 1 << 10;

/** What a record is. A trace's start bears no more than that; the numbers of the others follow as they are written below. */
const TRACE = 0;
const ENTER = 1;
const EXIT = 2;
const FORK = 3;
const EXEC = 4;
const END = 5;
const STACK = 6;

/** What follows of an enter or an exit: a bit for each argument and each descriptor's file that is told, and for the rest. */
const FD_PATHS = MAX_ARGS;
const HAS_ARGS = 1 << (2 * MAX_ARGS);
const HAS_PATH = HAS_ARGS << 1;
const HAS_PATH2 = HAS_ARGS << 2;
const HAS_COMM = HAS_ARGS << 3;
const HAS_THREAD_COMM = HAS_ARGS << 4;
const HAS_FLAGS = HAS_ARGS << 5;
const HAS_RET_PATH = HAS_ARGS << 6;
const HAS_NEW_FDS = HAS_ARGS << 7;
const IS_LATE = HAS_ARGS << 8;
/** The bits that are seldom set. */
const RARE = HAS_PATH2 | HAS_COMM | HAS_FLAGS | HAS_NEW_FDS;
/** An exit with all of it but for new descriptors. */
const MAX_RECORD = 32;

export class EventWriter implements EventSink {
  readonly #post: (batch: Batch) => void;
  readonly #ids = new Map<string, number>();
  #numbers = new Float64Array(BATCH_LENGTH + MAX_RECORD);
  #used = 0;
  #texts: string[] = [];
  #letters = 0;
  #forgets = false;
  /** A few of the texts and their numbers, by what they end with: what comes again at once needs no look into the map. */
  readonly #recent: string[] = new Array(RECENT).fill('');
  readonly #recentIds = new Int32Array(RECENT);

  /** @param post called with a batch whenever one is full; it may keep or transfer what it is given */
  constructor(post: (batch: Batch) => void) {
    this.#post = post;
    this.#forget();
    this.#forgets = false;
  }

  /** What follows is of the next trace. */
  trace(): this {
    this.#room(1);
    this.#numbers[this.#used++] = TRACE;
    return this;
  }

  enter(event: EnterEvent): void {
    this.#room(MAX_RECORD);
    const numbers = this.#numbers;
    const at = this.#used;
    numbers[at] = ENTER;
    numbers[at + 1] = event.tid;
    numbers[at + 2] = event.timeNs;
    numbers[at + 3] = this.#id(event.syscall);
    numbers[at + 4] = event.pid;
    this.#facts(event, undefined, at + 5);
  }

  exit(event: ExitEvent): void {
    const { newFds } = event;
    this.#room(newFds === undefined ? MAX_RECORD : MAX_RECORD + 2 * newFds.length);
    const numbers = this.#numbers;
    const at = this.#used;
    numbers[at] = EXIT;
    numbers[at + 1] = event.tid;
    numbers[at + 2] = event.timeNs;
    numbers[at + 3] = this.#id(event.syscall);
    numbers[at + 4] = event.ret;
    numbers[at + 5] = event.durationNs;
    this.#facts(event, event, at + 6);
  }

  fork(event: ForkEvent): void {
    this.#write(FORK, event.parent, event.child, event.flags);
  }

  exec(event: ExecEvent): void {
    this.#room(MAX_RECORD);
    this.#write(EXEC, event.tid, event.pid, event.comm === undefined ? -1 : this.#id(event.comm));
  }

  end(event: TaskEndEvent): void {
    this.#write(END, event.tid, event.timeNs, 0);
  }

  /** No text tells these. */
  had(): void {}
  signal(): void {}

  readonly stack: StackSink = (frames, count, before) => {
    this.#room(4 + frames.length);
    this.#write(STACK, count, before ?? Number.NaN, frames.length);
    for (const frame of frames) this.#numbers[this.#used++] = this.#id(frame);
  };

  /** Hands out what there is. */
  flush(): void {
    if (this.#used === 0) return;
    const numbers = this.#numbers.subarray(0, this.#used);
    this.#post({ numbers, texts: this.#texts, forgets: this.#forgets });
    this.#numbers = new Float64Array(BATCH_LENGTH + MAX_RECORD);
    this.#used = 0;
    this.#texts = [];
    this.#forgets = this.#ids.size > MAX_TEXTS || this.#letters > MAX_LETTERS;
    if (this.#forgets) this.#forget();
  }

  #forget(): void {
    this.#ids.clear();
    this.#letters = 0;
    this.#recent.fill('');
    this.#recentIds.fill(0);
    this.#add('');
  }

  /** For so many numbers in one record. */
  #room(length: number): void {
    if (this.#used >= BATCH_LENGTH) this.flush();
    if (this.#used + length <= this.#numbers.length) return;
    const numbers = new Float64Array(this.#used + length);
    numbers.set(this.#numbers.subarray(0, this.#used));
    this.#numbers = numbers;
  }

  #write(kind: number, a: number, b: number, c: number): void {
    this.#room(4);
    const numbers = this.#numbers;
    const at = this.#used;
    numbers[at] = kind;
    numbers[at + 1] = a;
    numbers[at + 2] = b;
    numbers[at + 3] = c;
    this.#used = at + 4;
  }

  #facts(event: EnterEvent | ExitEvent, exit: ExitEvent | undefined, at: number): void {
    const numbers = this.#numbers;
    const { args, fdPaths } = event;
    let has = args.length > 0 ? HAS_ARGS : 0;
    let i = at + 1;
    for (let arg = 0; arg < args.length; arg++) {
      const value = args[arg] as number;
      if (Number.isNaN(value)) continue;
      has |= 1 << arg;
      numbers[i++] = value;
    }
    if (fdPaths !== undefined) {
      if (event.fdPathsAreLate) has |= IS_LATE;
      for (let arg = 0; arg < MAX_ARGS; arg++) {
        const path = fdPaths[arg];
        if (path === undefined) continue;
        has |= 1 << (FD_PATHS + arg);
        numbers[i++] = this.#id(path);
      }
    } else if (event.fdPathsAreLate) has |= IS_LATE;
    if (event.path !== undefined) {
      has |= HAS_PATH;
      numbers[i++] = this.#id(event.path);
    }
    if (event.threadComm !== undefined) {
      has |= HAS_THREAD_COMM;
      numbers[i++] = this.#id(event.threadComm);
    }
    if (event.path2 !== undefined) {
      has |= HAS_PATH2;
      numbers[i++] = this.#id(event.path2);
    }
    if (event.comm !== undefined) {
      has |= HAS_COMM;
      numbers[i++] = this.#id(event.comm);
    }
    if (event.flags !== undefined) {
      has |= HAS_FLAGS;
      numbers[i++] = event.flags;
    }
    if (exit?.retPath !== undefined) {
      has |= HAS_RET_PATH;
      numbers[i++] = this.#id(exit.retPath);
    }
    if (exit?.newFds !== undefined) {
      has |= HAS_NEW_FDS;
      numbers[i++] = exit.newFds.length;
      for (const [n, fd] of exit.newFds.entries()) {
        const path = exit.newFdPaths?.[n];
        numbers[i++] = fd;
        numbers[i++] = path === undefined ? -1 : this.#id(path);
      }
    }
    numbers[at] = has;
    this.#used = i;
  }

  #id(text: string): number {
    const { length } = text;
    const end = length < 4 ? length : text.charCodeAt(length - 1) + 5 * text.charCodeAt(length - 3);
    const at = (end + 89 * (length < 4 ? 0 : text.charCodeAt(length - 4)) + 13 * length) & (RECENT - 1);
    if (this.#recent[at] === text) return this.#recentIds[at] as number;
    const id = this.#ids.get(text) ?? this.#add(text);
    this.#recent[at] = text;
    this.#recentIds[at] = id;
    return id;
  }

  #add(text: string): number {
    const id = this.#ids.size;
    this.#ids.set(text, id);
    this.#texts.push(text);
    this.#letters += text.length;
    return id;
  }
}

export interface ReadBatchesOptions {
  /** Asked for a sink when a trace begins. */
  readonly events: () => EventSink;
  readonly stack: StackSink;
}

export class EventReader {
  readonly #options: ReadBatchesOptions;
  readonly #enter = new CallEvent('enter');
  readonly #exit = new CallEvent('exit');
  readonly #frames: string[] = [];
  #sink: EventSink | undefined;
  #texts: string[] = [];

  constructor(options: ReadBatchesOptions) {
    this.#options = options;
  }

  /** Batches in their order. */
  take({ numbers, texts, forgets }: Batch): void {
    if (forgets) this.#texts = [];
    for (const text of texts) this.#texts.push(text);
    let at = 0;
    while (at < numbers.length) {
      switch (numbers[at]) {
        case ENTER:
          at = this.#entered(numbers, at);
          break;
        case EXIT:
          at = this.#exited(numbers, at);
          break;
        case STACK:
          at = this.#stack(numbers, at);
          break;
        case TRACE:
          this.#sink = this.#options.events();
          at++;
          break;
        default:
          this.#told(numbers, at);
          at += 4;
      }
    }
  }

  #entered(numbers: Float64Array, at: number): number {
    const event = this.#enter;
    const next = this.#facts(event, numbers, at + 5);
    event.tid = numbers[at + 1] as number;
    event.timeNs = numbers[at + 2] as number;
    event.syscall = this.#texts[numbers[at + 3] as number] as string;
    event.pid = numbers[at + 4] as number;
    this.#sink?.enter(event);
    return next;
  }

  #exited(numbers: Float64Array, at: number): number {
    const event = this.#exit;
    const next = this.#facts(event, numbers, at + 6);
    event.tid = numbers[at + 1] as number;
    event.timeNs = numbers[at + 2] as number;
    event.syscall = this.#texts[numbers[at + 3] as number] as string;
    event.ret = numbers[at + 4] as number;
    event.durationNs = numbers[at + 5] as number;
    this.#sink?.exit(event);
    return next;
  }

  #facts(event: CallEvent<'enter' | 'exit'>, numbers: Float64Array, at: number): number {
    const has = numbers[at] as number;
    const texts = this.#texts;
    event.clear((has & HAS_ARGS) !== 0);
    event.fdPathsAreLate = (has & IS_LATE) !== 0;
    let i = at + 1;
    for (let arg = 0, told = has & (HAS_ARGS - 1); told !== 0; arg++, told >>= 1) {
      if ((told & 1) === 0) continue;
      const value = numbers[i++] as number;
      if (arg < FD_PATHS) event.args[arg] = value;
      else event.setFdPath(arg - FD_PATHS, texts[value] as string);
    }
    if (has & HAS_PATH) event.path = texts[numbers[i++] as number];
    if (has & HAS_THREAD_COMM) event.threadComm = texts[numbers[i++] as number];
    if ((has & RARE) === 0) {
      if (has & HAS_RET_PATH) event.retPath = texts[numbers[i++] as number];
      return i;
    }
    if (has & HAS_PATH2) event.path2 = texts[numbers[i++] as number];
    if (has & HAS_COMM) event.comm = texts[numbers[i++] as number];
    if (has & HAS_FLAGS) event.flags = numbers[i++];
    if (has & HAS_RET_PATH) event.retPath = texts[numbers[i++] as number];
    if (has & HAS_NEW_FDS) {
      const end = i + 1 + 2 * (numbers[i] as number);
      const fds: number[] = [];
      const paths: (string | undefined)[] = [];
      for (i++; i < end; i += 2) {
        fds.push(numbers[i] as number);
        paths.push(texts[numbers[i + 1] as number]);
      }
      event.newFds = fds;
      event.newFdPaths = paths;
    }
    return i;
  }

  #stack(numbers: Float64Array, at: number): number {
    const end = at + 4 + (numbers[at + 3] as number);
    const before = numbers[at + 2] as number;
    const frames = this.#frames;
    frames.length = 0;
    for (let i = at + 4; i < end; i++) frames.push(this.#texts[numbers[i] as number] as string);
    this.#options.stack(frames, numbers[at + 1] as number, Number.isNaN(before) ? undefined : before);
    return end;
  }

  #told(numbers: Float64Array, at: number): void {
    const a = numbers[at + 1] as number;
    const b = numbers[at + 2] as number;
    const c = numbers[at + 3] as number;
    if (numbers[at] === FORK) this.#sink?.fork({ kind: 'fork', parent: a, child: b, flags: c });
    else if (numbers[at] === EXEC) this.#sink?.exec({ kind: 'exec', tid: a, pid: b, comm: this.#texts[c] });
    else this.#sink?.end({ kind: 'end', tid: a, timeNs: b });
  }
}
