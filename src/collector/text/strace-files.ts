// The files that `strace -ff` writes, one a task, become one trace. With stamps of a clock the files are merged by time,
// exits where -T says that they were; without, each child's file is read at the place of the clone that made it, which is
// the order of what a child inherits. Many files, few of them open: a file is opened when its first line is due.

import type { EventSink, ForkEvent } from '../../model/event.ts';
import { LineReader, type Progress, textInput } from './lines.ts';
import { TextReport } from './report.ts';
import { StraceFile } from './strace.ts';
import { StracePrefix } from './strace-prefix.ts';
import { StraceTrace } from './strace-trace.ts';

const CHUNK_BYTES = 1 << 16;
const DAY_NS = 86_400e9;

const NAME = /^(.*)\.(\d+)$/s;

/** Paths in groups: those that differ in the number at their end alone are the files of one trace. */
export function groupFiles(paths: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const stem = NAME.exec(path)?.[1];
    const key = stem === undefined ? `file ${path}` : `stem ${stem}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [path]);
    else if (!group.includes(path)) group.push(path);
  }
  return [...groups.values()];
}

/** The task that -ff wrote a file for. */
export function tidOfFile(path: string): number | undefined {
  const tid = Number(NAME.exec(path)?.[2] ?? 0);
  return tid > 0 && tid <= 1 << 22 ? tid : undefined;
}

interface Source {
  readonly path: string;
  readonly tid: number | undefined;
  /** First stamp, from the start of its clock; NaN without. */
  startNs: number;
  readonly clock: StracePrefix['clock'];
}

/** Reads the files of one trace into a sink. */
export async function readStraceFiles(
  paths: readonly string[],
  sink: EventSink,
  report: TextReport,
  onProgress?: Progress,
): Promise<void> {
  const sources: Source[] = [];
  for (const path of paths) sources.push(await probe(path));
  const isTimed = sources.every(({ clock }) => clock === sources[0]?.clock && (clock === 'epoch' || clock === 'wall'));
  if (isTimed) await mergeByTime(sources, sink, report, onProgress);
  else await readByBirth(sources, sink, report, onProgress);
}

async function probe(path: string): Promise<Source> {
  const reader = new LineReader(textInput(path, CHUNK_BYTES));
  const trace = new StraceTrace(NO_SINK, new TextReport());
  trace.baseSecond = 0;
  const prefix = new StracePrefix(trace, 0);
  do {
    while (Number.isNaN(prefix.timeNs) && reader.number < PROBED_LINES && reader.next()) {
      prefix.read(reader.bytes, reader.start, reader.end);
    }
  } while (Number.isNaN(prefix.timeNs) && reader.number < PROBED_LINES && (await reader.fill()));
  await reader.close();
  return { path, tid: tidOfFile(path), startNs: prefix.timeNs, clock: prefix.clock };
}

const PROBED_LINES = 20;
const NO_SINK: EventSink = { enter() {}, exit() {}, fork() {}, exec() {}, had() {}, signal() {}, end() {} };

/** One file being read. */
class Cursor {
  /** When the next event takes place; NaN: at once. */
  nextNs: number;
  readonly #reader: LineReader;
  readonly #file: StraceFile;
  readonly #report: TextReport;
  readonly #path: string;
  #hasLine = false;
  #hasEnded = false;

  constructor(
    trace: StraceTrace,
    source: Source,
    daySeconds: number,
    defersExits: boolean,
    progress: Progress | undefined,
  ) {
    this.nextNs = source.startNs;
    this.#path = source.path;
    this.#report = trace.report;
    this.#reader = new LineReader(textInput(source.path, CHUNK_BYTES), progress);
    this.#file = new StraceFile(trace, { name: source.path, tid: source.tid, daySeconds, defersExits });
  }

  /** Emits the line that look has found, or the exit of the one before. */
  step(): void {
    const reader = this.#reader;
    if (this.#hasLine) this.#file.line(reader.bytes, reader.start, reader.end, reader.number);
    else this.#file.emitExit();
    this.#hasLine = false;
  }

  /** Whether there is something to step over, which sets nextNs; false at the end. */
  async look(): Promise<boolean> {
    while (!this.lookNow()) {
      if (this.#hasEnded) return false;
      this.#hasEnded = !(await this.#reader.fill());
    }
    return true;
  }

  /** The same for what has been read: without a promise for each line. */
  lookNow(): boolean {
    const reader = this.#reader;
    if (this.#file.hasExit) {
      this.nextNs = this.#file.exitNs;
      return true;
    }
    if (!reader.next()) return false;
    this.#hasLine = true;
    this.nextNs = this.#file.peekNs(reader.bytes, reader.start, reader.end);
    return true;
  }

  async finish(): Promise<void> {
    this.#file.finish();
    await this.#reader.close();
    const { damage, overlong, firstOverlong } = this.#reader;
    if (damage !== undefined) this.#report.damages.push({ file: this.#path, what: damage });
    this.#report.addOverlong(this.#path, overlong, firstOverlong);
  }
}

async function mergeByTime(
  sources: readonly Source[],
  sink: EventSink,
  report: TextReport,
  progress: Progress | undefined,
): Promise<void> {
  const trace = new StraceTrace(sink, report);
  const firstOfDay = sources[0]?.clock === 'wall' ? startOfDay(sources) : 0;
  const waiting = sources
    .map((source) => ({ ...source, startNs: source.startNs + (source.startNs < firstOfDay ? DAY_NS : 0) }))
    .sort((a, b) => b.startNs - a.startNs);
  trace.baseSecond = Math.floor((waiting.at(-1)?.startNs ?? 0) / 1e9);
  const open = new CursorHeap();
  for (;;) {
    const next = waiting.at(-1);
    const first = open.first;
    if (next !== undefined && (first === undefined || next.startNs - trace.baseSecond * 1e9 <= first.nextNs)) {
      waiting.pop();
      const daySeconds = next.startNs >= DAY_NS && next.clock === 'wall' ? DAY_NS / 1e9 : 0;
      const cursor = new Cursor(trace, next, daySeconds, true, progress);
      if (await cursor.look()) open.push(cursor);
      else await cursor.finish();
      continue;
    }
    if (first === undefined) break;
    first.step();
    if (first.lookNow() || (await first.look())) open.sink();
    else {
      open.pop();
      await first.finish();
    }
  }
  trace.finish();
}

/** Where the day of a trace begins that may run over midnight: behind the longest time in which no file begins. */
function startOfDay(sources: readonly Source[]): number {
  const starts = sources.map(({ startNs }) => startNs).sort((a, b) => a - b);
  const [earliest = 0] = starts;
  let gap = earliest + DAY_NS - (starts.at(-1) ?? 0);
  let start = earliest;
  for (let i = 1; i < starts.length; i++) {
    const since = (starts[i] as number) - (starts[i - 1] as number);
    if (since <= gap) continue;
    gap = since;
    start = starts[i] as number;
  }
  return start;
}

async function readByBirth(
  sources: readonly Source[],
  sink: EventSink,
  report: TextReport,
  progress: Progress | undefined,
): Promise<void> {
  const unread = new Map(sources.map((source) => [source.tid, source]));
  const born: number[] = [];
  const watching: EventSink = {
    enter: (event) => sink.enter(event),
    exit: (event) => sink.exit(event),
    fork(event: ForkEvent) {
      born.push(event.child);
      sink.fork(event);
    },
    exec: (event) => sink.exec(event),
    had: (event) => sink.had(event),
    signal: (event) => sink.signal(event),
    end: (event) => sink.end(event),
  };
  const trace = new StraceTrace(watching, report);
  const inOrder = sources.toSorted((a, b) => (a.tid ?? 0) - (b.tid ?? 0));
  for (const root of inOrder) {
    const stack: Cursor[] = [];
    if (unread.delete(root.tid)) stack.push(new Cursor(trace, root, 0, false, progress));
    for (let cursor = stack.at(-1); cursor !== undefined; cursor = stack.at(-1)) {
      if (cursor.lookNow() || (await cursor.look())) cursor.step();
      else {
        await cursor.finish();
        stack.pop();
      }
      for (let child = born.pop(); child !== undefined; child = born.pop()) {
        const source = unread.get(child);
        if (source === undefined) continue;
        unread.delete(child);
        stack.push(new Cursor(trace, source, 0, false, progress));
      }
    }
  }
  trace.finish();
}

/** A binary heap: the cursor with the earliest next event on top, one without a stamp before all. */
class CursorHeap {
  readonly #cursors: Cursor[] = [];

  get first(): Cursor | undefined {
    return this.#cursors[0];
  }

  push(cursor: Cursor): void {
    const cursors = this.#cursors;
    let at = cursors.push(cursor) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(cursors[at] as Cursor, cursors[parent] as Cursor)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): void {
    const last = this.#cursors.pop();
    if (last === undefined || this.#cursors.length === 0) return;
    this.#cursors[0] = last;
    this.sink();
  }

  /** The one on top has changed. */
  sink(): void {
    const cursors = this.#cursors;
    for (let at = 0; ; ) {
      let least = at;
      for (let child = 2 * at + 1; child <= 2 * at + 2 && child < cursors.length; child++) {
        if (isBefore(cursors[child] as Cursor, cursors[least] as Cursor)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const cursors = this.#cursors;
    const cursor = cursors[a] as Cursor;
    cursors[a] = cursors[b] as Cursor;
    cursors[b] = cursor;
  }
}

function isBefore(a: Cursor, b: Cursor): boolean {
  return !(a.nextNs >= b.nextNs) && !(Number.isNaN(b.nextNs) && !Number.isNaN(a.nextNs));
}
