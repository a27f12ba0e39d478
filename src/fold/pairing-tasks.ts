// The tasks of a trace, as far as pairing has to know them: who shares which tables, who is called what, and which call
// each is in. Births, execs and ends come in; a tid's task goes out. A tid may be given again at any time, and of a task
// that has ended nothing may stay.

import type { FileType } from '../model/profile.ts';
import { type Description, Directories, FileTable, type OpenName, type OpenNames } from './descriptors.ts';
import type { CallSpec } from './pairing-spec.ts';

/** linux/sched.h */
export const CLONE = {
  FS: 0x200,
  FILES: 0x400,
  THREAD: 0x10000,
  NEWNS: 0x20000,
  NEWUSER: 0x1000_0000,
} as const;

/** What pthread_create asks for, as far as it matters here. */
const LIKE_A_THREAD = CLONE.FS | CLONE.FILES | CLONE.THREAD;

export const NEVER = -1;

/** A clone that never returns must not make the list of the ended grow for ever. */
const MOST_GONE = 65_536;

/** A thread group, which the user calls a process. */
export interface Process {
  readonly pid: number;
  readonly tasks: Set<Task>;
  /** The pid's id in the texts of a profile; -1: not asked for yet. */
  text: number;
}

/**
 * A call whose exit was none (-ERESTARTSYS and its like): it will be made again, or end with EINTR. Which of the two shows
 * later: a live source tells of handlers, strace what rt_sigreturn brings back.
 */
export interface Suspended {
  readonly spec: CallSpec;
  readonly ret: number;
  readonly startNs: number;
  readonly gapNs: number;
  readonly args: readonly number[];
  readonly path: string | undefined;
  readonly path2: string | undefined;
  /** A handler runs before the call is made again, and has returned. */
  isHandled: boolean;
  hasReturned: boolean;
}

/** One task and the call that it is in. What belongs to the call holds while `spec` is set, and until the next enter. */
export class Task {
  tid: number;
  process: Process;
  files: FileTable;
  directories: Directories;
  comm: string | undefined;
  /** The comm's id in the texts of a profile; -1: not asked for yet. */
  commText = -1;
  tidText = -1;
  /** -1: no source tells. */
  uid = -1;
  uidText = -1;
  suspended: Suspended | undefined;
  /** The running call is one that was suspended before. */
  isResumed = false;
  /** Of a call that was made again, the gap before its first beginning; NaN otherwise. */
  gapNs = Number.NaN;
  /** End of the previous wanted call; NaN: there was none. */
  lastEndNs = Number.NaN;
  hasEntered = false;
  /** When it was first seen, on the clock that counts events. */
  readonly bornAt: number;

  /** The call that is running. */
  spec: CallSpec | undefined;
  /** When the call was entered, on the same clock; NEVER for an exit without an enter. */
  enteredAt = NEVER;
  startNs = 0;
  readonly args: [number, number, number, number, number, number] = [
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ];
  /** As the program gave them. */
  path: string | undefined;
  path2: string | undefined;
  /** Joined and cleaned, at exit; undefined where there is no string, or an empty one. */
  fullPath: string | undefined;
  fullPath2: string | undefined;
  flags = Number.NaN;
  newComm: string | undefined;
  isWanted = false;
  /** The bits of the row's `without` are set. */
  isWithout = false;
  /** Of an execve, the comm before it, and whether an exec event has told of its success. */
  oldComm: string | undefined;
  hasExeced = false;
  /** The child that a clone was seen to make, and the task that is only taken for it until the clone returns. */
  child = 0;
  guessedChild: Task | undefined;

  /** The file behind `fd`, what it was called at enter, and that name. */
  file: Description | undefined;
  fileName: OpenName | undefined;
  filePath: string | undefined;
  fileType: FileType = 'none';
  /** The description that the call will go on to use: counted, so that a close in between does not end it. */
  held: Description | undefined;
  /** What a relative `path` starts from; undefined: not known. */
  base: string | undefined;
  baseType: FileType = 'dir';
  baseIsCwd = true;
  /** The same for `path2`. */
  base2: string | undefined;
  /** The name behind `fd2`. */
  file2Path: string | undefined;

  constructor(tid: number, process: Process, files: FileTable, directories: Directories, bornAt: number) {
    this.tid = tid;
    this.process = process;
    this.files = files;
    this.directories = directories;
    this.bornAt = bornAt;
  }

  rename(comm: string | undefined): void {
    if (this.comm === comm) return;
    this.comm = comm;
    this.commText = -1;
  }

  setUid(uid: number): void {
    if (this.uid === uid) return;
    this.uid = uid;
    this.uidText = -1;
  }

  hold(file: Description): void {
    file.references++;
    this.held = file;
  }

  useFiles(files: FileTable): void {
    this.files.release();
    this.files = files;
  }

  useDirectories(directories: Directories): void {
    this.directories.release();
    this.directories = directories;
  }

  unshareFiles(): void {
    if (this.files.references > 1) this.useFiles(this.files.copy());
  }

  unshareDirectories(): void {
    if (this.directories.references > 1) this.useDirectories(this.directories.copy());
  }
}

export class Tasks {
  readonly names: OpenNames;
  /** Number of events so far. */
  now = 0;
  /** The source announces children: nothing has to be guessed, and what clone returns may be of another namespace. */
  areAnnounced = false;
  readonly #tasks = new Map<number, Task>();
  /** The one that was asked for last: an exit comes behind its enter, as a rule. */
  #last: Task | undefined;
  readonly #processes = new Map<number, Process>();
  /** Tasks inside of a clone. */
  readonly #cloning = new Set<Task>();
  /** Tasks that ended while a clone was running: it may yet return one of them. */
  readonly #gone = new Set<number>();
  /** Called before a task is forgotten that may be in a call. */
  readonly #onEnd: (task: Task) => void;

  constructor(names: OpenNames, onEnd: (task: Task) => void) {
    this.names = names;
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#tasks.size;
  }

  get processes(): number {
    return this.#processes.size;
  }

  /** Numbers of tasks that are remembered beyond their end. */
  get gone(): number {
    return this.#gone.size;
  }

  /** The call of a task is over, whatever came of it. */
  leave(task: Task): void {
    if (task.spec?.clones) {
      this.#cloning.delete(task);
      if (this.#cloning.size === 0) this.#gone.clear();
      task.guessedChild = undefined;
    }
    task.spec = undefined;
    if (task.held === undefined) return;
    task.files.drop(task.held);
    task.held = undefined;
  }

  get(tid: number): Task | undefined {
    if (tid === this.#last?.tid) return this.#last;
    this.#last = this.#tasks.get(tid);
    return this.#last;
  }

  all(): IterableIterator<Task> {
    return this.#tasks.values();
  }

  /** A task of a process, its leader if that is known. */
  ofProcess(pid: number): Task | undefined {
    const process = this.#processes.get(pid);
    if (process === undefined) return undefined;
    const leader = this.#tasks.get(pid);
    if (leader?.process === process) return leader;
    const [first] = process.tasks;
    return first;
  }

  /** The thread of a process that is inside of an execve. */
  inExec(process: Process): Task | undefined {
    for (const task of process.tasks) if (task.spec?.execs) return task;
    return undefined;
  }

  /**
   * A task that nobody announced. It belongs to the process that the source names; else its parent is the one task
   * that is just now inside of a clone, if it is one. `pid` is 0 when the source does not tell.
   */
  meet(tid: number, pid: number): Task {
    const known = pid === 0 ? undefined : this.ofProcess(pid);
    const parent = this.#likelyParent();
    if (parent !== undefined) {
      const isThread = known !== undefined && known.process === parent.process;
      if (isThread || pid === 0 || (pid === tid && known === undefined)) {
        const flags = cloneFlags(parent);
        const task = this.bear(tid, parent, isThread ? LIKE_A_THREAD : pid === 0 ? flags : flags & ~CLONE.THREAD);
        parent.guessedChild = task;
        parent.child = tid;
        return task;
      }
    }
    return known ? this.bear(tid, known, LIKE_A_THREAD) : this.#orphan(tid, pid === 0 ? tid : pid);
  }

  /** The only task inside of a clone whose child has not been seen, if there is one and only one. */
  #likelyParent(): Task | undefined {
    if (this.areAnnounced || this.#cloning.size === 0) return undefined;
    let found: Task | undefined;
    for (const task of this.#cloning) {
      if (task.child !== 0) continue;
      if (found !== undefined) return undefined;
      found = task;
    }
    return found;
  }

  /** A child as clone(2) makes it. A task that still has the number has ended unseen. */
  bear(tid: number, parent: Task, flags: number): Task {
    this.end(tid);
    const { files, directories } = parent;
    if (flags & CLONE.FILES) files.references++;
    if (flags & CLONE.FS) directories.references++;
    const task = this.#add(
      tid,
      flags & CLONE.THREAD ? parent.process.pid : tid,
      flags & CLONE.FILES ? files : files.copy(),
      flags & CLONE.FS ? directories : directories.copy(),
    );
    task.comm = parent.comm;
    task.commText = parent.commText;
    return task;
  }

  #orphan(tid: number, pid: number): Task {
    return this.#add(tid, pid, new FileTable(this.names), new Directories(this.names));
  }

  #add(tid: number, pid: number, files: FileTable, directories: Directories): Task {
    const process = this.#process(pid);
    const task = new Task(tid, process, files, directories, this.now);
    process.tasks.add(task);
    this.#tasks.set(tid, task);
    return task;
  }

  #process(pid: number): Process {
    let process = this.#processes.get(pid);
    if (process === undefined) {
      process = { pid, tasks: new Set(), text: -1 };
      this.#processes.set(pid, process);
    }
    return process;
  }

  beginsClone(task: Task): void {
    task.child = 0;
    this.#cloning.add(task);
  }

  /** The child of a task, announced by the source. */
  fork(parent: Task, tid: number, flags: number): void {
    this.areAnnounced = true;
    if (tid === parent.tid) return;
    this.disown(parent);
    this.bear(tid, parent, flags);
    parent.child = tid;
  }

  /** A clone returned the number of its child, which may have been seen before that; in the child it returns 0. */
  returnsChild(parent: Task, tid: number): void {
    if (this.areAnnounced || tid === parent.tid || tid === 0) return;
    const flags = cloneFlags(parent);
    const child = this.#tasks.get(tid);
    if (parent.enteredAt === NEVER && child !== undefined) return;
    if (parent.child !== tid) this.disown(parent);
    if (child === undefined && this.#gone.delete(tid)) return;
    if (child === undefined || child.bornAt < parent.enteredAt) this.bear(tid, parent, flags);
    else if (parent.child !== tid) this.#adopt(child, parent, flags);
  }

  /** The child that was taken for a clone's is not: nothing is known of what it inherited. */
  disown(parent: Task): void {
    const child = parent.guessedChild;
    parent.guessedChild = undefined;
    if (child === undefined || this.#tasks.get(child.tid) !== child) return;
    child.rename(undefined);
    child.useFiles(new FileTable(this.names));
    child.useDirectories(new Directories(this.names));
    if (child.process === parent.process) this.#move(child, child.tid);
  }

  /** A child that did things before its parent was known: what it opened itself lies on top of what it inherited. */
  #adopt(child: Task, parent: Task, flags: number): void {
    for (const other of this.#cloning) if (other.guessedChild === child) other.guessedChild = undefined;
    const own = child.files;
    const files = flags & CLONE.FILES ? parent.files : parent.files.copy();
    if (flags & CLONE.FILES) files.references++;
    files.addAll(own);
    child.useFiles(files);
    if (child.directories.cwd === undefined) {
      if (flags & CLONE.FS) parent.directories.references++;
      child.useDirectories(flags & CLONE.FS ? parent.directories : parent.directories.copy());
    }
    if (child.comm === undefined) child.rename(parent.comm);
    if (flags & CLONE.THREAD && child.process !== parent.process) this.#move(child, parent.process.pid);
  }

  /** `task` has become another program: its process has no other thread, and it is the leader. */
  exec(task: Task, pid: number): void {
    const others = [...task.process.tasks, ...(this.#processes.get(pid)?.tasks ?? [])];
    for (const other of others) if (other !== task) this.end(other.tid);
    if (this.#tasks.get(pid) !== task) this.end(pid);
    if (task.tid !== pid || task.process.pid !== pid) {
      this.#tasks.delete(task.tid);
      task.tid = pid;
      task.tidText = -1;
      this.#tasks.set(pid, task);
      if (task.process.pid !== pid) this.#move(task, pid);
    }
    task.unshareFiles();
    task.files.exec();
  }

  #move(task: Task, pid: number): void {
    this.#leaveProcess(task);
    const process = this.#process(pid);
    process.tasks.add(task);
    task.process = process;
    if (task.comm === undefined) task.commText = -1;
  }

  #leaveProcess(task: Task): void {
    const { process } = task;
    process.tasks.delete(task);
    if (process.tasks.size === 0 && this.#processes.get(process.pid) === process) this.#processes.delete(process.pid);
  }

  end(tid: number): void {
    const task = this.#tasks.get(tid);
    if (task === undefined) return;
    this.#onEnd(task);
    this.leave(task);
    this.#remember(tid);
    this.#tasks.delete(tid);
    if (this.#last === task) this.#last = undefined;
    this.#leaveProcess(task);
    task.files.release();
    task.directories.release();
  }

  #remember(tid: number): void {
    if (this.#cloning.size === 0 || this.areAnnounced) return;
    this.#gone.add(tid);
    if (this.#gone.size <= MOST_GONE) return;
    const [oldest] = this.#gone;
    if (oldest !== undefined) this.#gone.delete(oldest);
  }
}

/** clone tells them in its first argument, clone3 behind a pointer; when they are not known, a process was made. */
function cloneFlags(task: Task): number {
  const flags = Number.isNaN(task.flags) && task.spec?.name === 'clone' ? task.args[0] : task.flags;
  return Number.isNaN(flags) ? 0 : flags;
}
