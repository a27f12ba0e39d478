// What the files of one trace by strace share: the tasks, the texts that come again and again, and whose child a task is.
// Lines of a task that nobody has announced yet, while others are inside of a clone, wait until the clones tell.

import type { EventSink } from '../../model/event.ts';
import { ByteTable } from './byte-table.ts';
import { type CallArguments, callArguments } from './call-arguments.ts';
import { constantValue, errnoByName } from './constants.ts';
import type { TextReport } from './report.ts';
import { FdNames, unescapeString } from './strace-names.ts';

/** Bytes of lines that wait for a clone to tell whose child wrote them. */
const MAX_HELD_BYTES = 1 << 20;

/** What is remembered of a task from line to line. */
export class Task {
  readonly tid: number;
  /** The call that is unfinished, how many of its arguments are behind, and how deep in brackets it was cut. */
  call: CallArguments | undefined = undefined;
  arg = 0;
  depth = 0;
  /** Flags of the clone that it is in. */
  cloneFlags = 0;
  /** The comm that the call gives the task if it succeeds, and what -Y showed when it was entered. */
  newComm: string | undefined = undefined;
  shownComm: string | undefined = undefined;
  /** What -Y goes on to show though the task bears another comm by now. */
  staleComm: string | undefined = undefined;
  /** The thread whose execve made it the leader: its line goes on as this task's. */
  supersededBy = 0;

  constructor(tid: number) {
    this.tid = tid;
  }

  /** What -Y shows of it, as far as that holds. */
  heard(shown: string | undefined): string | undefined {
    const { staleComm } = this;
    if (staleComm === undefined || shown === undefined) return shown;
    if (shown === staleComm) return undefined;
    this.staleComm = undefined;
    return shown;
  }

  /**
   * The call of `caller` that renames it succeeded. strace reads the comm anew then, but not when the call before that
   * one had failed (its syscall_exiting_decode asks for the error before it has the result): it goes on to show the old
   * one. So after each search through PATH: execvp(3) tries execve in one directory after another.
   */
  renamed({ newComm, shownComm }: Task): void {
    this.staleComm = newComm === undefined || shownComm === newComm ? undefined : shownComm;
  }
}

/** A line without its tid and stamps, put aside. */
export interface Rest {
  readonly file: { take(rest: Rest): void };
  readonly tid: number;
  readonly bytes: Buffer;
  readonly timeNs: number;
  readonly threadComm: string | undefined;
  readonly number: number;
}

/** What all files of a trace share. */
export class StraceTrace {
  readonly sink: EventSink;
  readonly report: TextReport;
  /** Seconds of the first stamp: all times are ns since then. */
  baseSecond = Number.NaN;
  readonly #tasks = new Map<number, Task>();
  /** The one that was asked for last: a task makes many calls in a row, as a rule. */
  #last: Task | undefined;
  /** Tasks inside of a clone that has not returned. */
  readonly cloning = new Set<Task>();
  readonly #fdNames = new FdNames();
  readonly calls = new ByteTable((bytes, start, end) => callArguments(bytes.toString('latin1', start, end)));
  readonly strings = new ByteTable(unescapeString);
  readonly behindFds = new ByteTable((bytes, start, end) => this.#fdNames.name(bytes, start, end));
  readonly deleted = new ByteTable((bytes, start, end) => `${this.#fdNames.name(bytes, start, end)} (deleted)`);
  readonly comms = new ByteTable(unescapeString);
  readonly flags = new ByteTable((bytes, start, end) => constantValue(bytes.toString('latin1', start, end)));
  readonly errnos = new ByteTable(
    (bytes, start, end) => errnoByName(bytes.toString('latin1', start, end)) ?? Number.NaN,
  );
  /** Lines of tasks that one of `cloning` must have made. */
  #held: Rest[] = [];
  #heldBytes = 0;

  constructor(sink: EventSink, report: TextReport) {
    this.sink = sink;
    this.report = report;
  }

  task(tid: number): Task {
    if (tid === this.#last?.tid) return this.#last;
    let task = this.#tasks.get(tid);
    if (task === undefined) {
      task = new Task(tid);
      this.#tasks.set(tid, task);
    }
    this.#last = task;
    return task;
  }

  /** Number of tasks that are remembered. */
  get size(): number {
    return this.#tasks.size;
  }

  hasTask(tid: number): boolean {
    return this.#tasks.has(tid);
  }

  forgetTask(tid: number): void {
    this.#tasks.delete(tid);
    if (this.#last?.tid === tid) this.#last = undefined;
  }

  /** There are no more lines. */
  finish(): void {
    this.#giveUpHeld();
  }

  hold(rest: Rest): void {
    this.#held.push(rest);
    this.#heldBytes += rest.bytes.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#giveUpHeld();
  }

  fork(parent: Task, child: number): void {
    this.forgetTask(child); // a task that had the number before has ended unseen
    this.task(child);
    this.sink.fork({ kind: 'fork', parent: parent.tid, child, flags: parent.cloneFlags });
  }

  /** The clone that `parent` was in is over, or `parent` itself; its exit is out, so that held lines may follow. */
  leaveClone(parent: Task): void {
    this.cloning.delete(parent);
    if (this.#held.length === 0) return;
    if (this.cloning.size === 0) this.#release();
    else if (this.#held.some(({ tid }) => this.hasTask(tid))) this.#release();
  }

  end(tid: number, timeNs: number): void {
    const task = this.#tasks.get(tid);
    this.forgetTask(tid);
    this.sink.end({ kind: 'end', tid, timeNs });
    if (task !== undefined && this.cloning.has(task)) this.leaveClone(task);
  }

  /** Nothing will tell any more whose children wrote the lines: where one clone is left and one child, it is its. */
  #giveUpHeld(): void {
    const [parent] = this.cloning;
    const children = new Set(this.#held.map(({ tid }) => tid));
    const [child] = children;
    if (parent !== undefined && child !== undefined && this.cloning.size === 1 && children.size === 1) {
      this.fork(parent, child);
    }
    this.cloning.clear();
    this.#release();
  }

  /** Lets go of the lines whose task is known, or of all when no clone is running. */
  #release(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const rest of held) {
      if (this.cloning.size > 0 && !this.hasTask(rest.tid)) {
        this.#held.push(rest);
        this.#heldBytes += rest.bytes.length;
      } else {
        rest.file.take(rest);
      }
    }
  }
}
