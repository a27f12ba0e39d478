// The pairing engine: enters and exits of many threads, interleaved and incomplete, become finished calls, each with the
// name of its file, its comm, duration and gap, as the kernel engine (bpf/ior.bpf.c) gives them. TraceEvents come in by
// handle(), in the order of time; pairs go out to a Profile, a callback or both. What changes a table happens before any
// filter. It must never throw for what a trace holds, print, or drop a call that no counter tells of:
//   enters = folded + left out + filtered out + superseded + mismatched + never returned + unfinished
//
// Names (src/syscalls/row.ts says which file is a call's): the source's own word counts where it gives one; a descriptor
// goes by the name it was opened under, through renames; a string is joined to the cwd or dirfd by its letters. A
// descriptor that nobody knows shows as [unknown fd], and as no file if the call says EBADF.

import type {
  CallFacts,
  EnterEvent,
  ExecEvent,
  ExitEvent,
  ForkEvent,
  HadEvent,
  Pair,
  SignalEvent,
  TaskEndEvent,
  TraceEvent,
} from '../model/event.ts';
import { FRONT_UNKNOWN, joinPath } from '../model/paths.ts';
import type { FileType, LossCounter, Weight } from '../model/profile.ts';
import type { SyscallSelection } from '../syscalls/table.ts';
import { Description, type OpenName, OpenNames } from './descriptors.ts';
import { JoinedPaths } from './joined-paths.ts';
import { programOf, returnsFile } from './pairing-effects.ts';
import { agreedName, isVague, nameOfLink, typeOfName, UNKNOWN_FD } from './pairing-names.ts';
import { type OutputOptions, PairOutput } from './pairing-output.ts';
import { type CallSpec, callSpec } from './pairing-spec.ts';
import { NEVER, type Suspended, type Task, Tasks } from './pairing-tasks.ts';

export interface PairingOptions extends OutputOptions {
  /** Every call unless given. */
  readonly selection?: SyscallSelection | undefined;
}

/** A call that was still running at the end. */
export interface UnfinishedCall {
  readonly comm: string;
  readonly pid: number;
  readonly tid: number;
  readonly path: string;
  readonly syscall: string;
  readonly startNs: number;
  /** Until the end of the trace; 0 where the source has no times. */
  readonly durationNs: number;
}

/** Of wanted calls, but for the last. The order is that of `struct ior_counters` (bpf/ior.h) as far as it goes. */
const COUNTERS = [
  ['enters', undefined],
  ['exits', undefined],
  ['folded', undefined],
  ['leftOut', undefined],
  ['filteredOut', undefined],
  ['unfinished', 'calls still running at the stop'],
  ['neverReturned', 'calls whose task ended inside them'],
  ['superseded', 'enters followed by another enter'],
  ['mismatched', 'enters followed by the exit of another call'],
  ['restarted', undefined],
  ['mismatchedExits', 'exits of another call than was entered'],
  ['unmatchedExits', 'exits without an enter'],
  ['begunBefore', 'exits of tasks that were not seen to enter: calls begun before the trace'],
  ['untimed', 'calls without a duration, counted with 0'],
  ['pathsUnreadable', 'path arguments that the trace does not tell'],
  ['unknownDescriptors', 'calls on descriptors that the trace does not tell the file of'],
  ['unknownDirectories', 'relative paths whose directory the trace does not tell'],
  ['unknownSyscalls', 'calls that the table does not know'],
  ['malformed', 'events that make no sense'],
] as const satisfies readonly (readonly [string, string | undefined])[];
export type PairingCounter = (typeof COUNTERS)[number][0];

const AT_FDCWD = -100;
const EINTR = 4;
const EBADF = 9;
const MAX_ERRNO = 4095;
/** include/linux/errno.h: on its way to a restart, not a result. */
const ERESTARTSYS = 512;
const ERESTARTNOINTR = 513;
const ERESTART_RESTARTBLOCK = 516;
const SLASH = 0x2f;
/** More names of calls than any kernel has. */
const MOST_SPECS = 4096;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class PairingEngine {
  readonly counters = Object.fromEntries(COUNTERS.map(([name]) => [name, 0])) as Record<PairingCounter, number>;
  readonly #output: PairOutput;
  readonly #selection: SyscallSelection | undefined;
  readonly #names = new OpenNames();
  readonly #tasks = new Tasks(this.#names, (task) => this.#neverReturns(task));
  readonly #paths = new JoinedPaths();
  readonly #specs = new Map<string, CallSpec>();
  /** The last one asked for: an exit comes behind its enter, as a rule. */
  #lastSpec: CallSpec | undefined;
  /** The call at hand. */
  readonly #pair: Mutable<Pair> = {
    comm: '',
    pid: 0,
    tid: 0,
    path: '',
    path2: '',
    fileType: 'none',
    syscall: '',
    startNs: 0,
    durationNs: 0,
    gapNs: 0,
    ret: 0,
    errno: 0,
    bytes: 0,
    fd: -1,
    flags: -1,
  };
  /** What the pair's path comes from, if it is something open. */
  #name: OpenName | undefined;
  /** What the event at hand says of descriptors is of another time. */
  #isLate = false;
  /** The source tells of handlers. */
  #hearsSignals = false;

  constructor(options: PairingOptions) {
    this.#output = new PairOutput(options);
    this.#selection = options.selection;
  }

  /** Calls on files of types that were not asked for. */
  get leftOut(): ReadonlyMap<FileType, Readonly<Record<Weight, number>>> {
    return this.#output.leftOut;
  }

  /** Calls that --comm and --path did not let through, and the time in them. */
  get filteredOut(): { readonly calls: number; readonly durationNs: number } {
    return this.#output.filteredOut;
  }

  handle(event: TraceEvent): void {
    switch (event.kind) {
      case 'enter':
        this.enter(event);
        break;
      case 'exit':
        this.exit(event);
        break;
      case 'fork':
        this.fork(event);
        break;
      case 'exec':
        this.exec(event);
        break;
      case 'had':
        this.had(event);
        break;
      case 'signal':
        this.signal(event);
        break;
      case 'end':
        this.end(event);
        break;
      default:
        this.counters.malformed++;
    }
  }

  enter(event: EnterEvent): void {
    const spec = this.#spec(event.syscall);
    if (spec === undefined || !isTid(event.tid) || !hasArguments(event)) {
      this.counters.malformed++;
      return;
    }
    const task = this.#taskOf(event.tid, event.pid);
    if (task.spec !== undefined) {
      if (task.isWanted) this.counters.superseded++;
      this.#tasks.leave(task);
    }
    task.hasEntered = true;
    if (event.threadComm !== undefined) task.rename(event.threadComm);
    const { suspended } = task;
    if (suspended !== undefined && this.#isResumed(task, suspended, spec, event)) {
      this.#resume(task, suspended, event);
      task.enteredAt = this.#tasks.now;
      return;
    }
    this.#begin(task, spec, event);
    task.enteredAt = this.#tasks.now;
    task.startNs = event.timeNs;
    task.isWanted = task.isWithout ? spec.isWantedWithout : spec.isWanted;
    if (!task.isWanted) return;
    this.counters.enters++;
    if (!spec.isKnown) this.counters.unknownSyscalls++;
  }

  exit(event: ExitEvent): void {
    let spec = this.#spec(event.syscall);
    if (spec === undefined || !isTid(event.tid) || !hasArguments(event) || typeof event.ret !== 'number') {
      this.counters.malformed++;
      return;
    }
    let task = this.#taskOf(event.tid, 0);
    if (spec.execs && event.ret === 0 && !task.spec?.execs) task = this.#leaderByExec(task);
    // a successful execveat exits with execve's number, and a 32-bit program's exec with 11, which is munmap's
    if (task.spec?.execs && (spec.execs || task.hasExeced)) spec = task.spec;
    if (spec.resumes && task.isResumed) spec = task.spec ?? spec;
    if (event.threadComm !== undefined) task.rename(event.threadComm);
    if (event.uid !== undefined) task.setUid(event.uid);
    if (task.spec !== spec) {
      this.#countStray(task, spec, event.ret);
      this.#tasks.leave(task);
      this.#begin(task, spec, event);
      task.enteredAt = NEVER;
      this.#change(task, spec, event);
    } else if (Number.isNaN(event.ret)) {
      this.#neverReturns(task);
    } else {
      this.#isLate = event.fdPathsAreLate === true;
      if (event.args.length > 0) this.#hearExit(task, spec, event);
      this.#change(task, spec, event);
      if (spec.execs && event.ret === 0) this.#abandon(task);
      if (task.isWanted && isRestart(event.ret)) this.#suspend(task, spec, event);
      else if (task.isWanted) this.#finish(task, spec, event);
    }
    this.#tasks.leave(task);
    if (spec.returnsFromHandler && task.suspended !== undefined) this.#comeBack(task, task.suspended, event);
  }

  signal(event: SignalEvent): void {
    if (!isTid(event.tid)) {
      this.counters.malformed++;
      return;
    }
    this.#hearsSignals = true;
    const task = this.#taskOf(event.tid, 0);
    const { suspended } = task;
    if (suspended === undefined || suspended.isHandled) return;
    if (suspended.ret === -ERESTARTNOINTR || (suspended.ret === -ERESTARTSYS && event.restarts)) {
      suspended.isHandled = true;
    } else {
      this.#settle(task, suspended, event.timeNs);
    }
  }

  fork(event: ForkEvent): void {
    if (!isTid(event.parent) || !isTid(event.child)) {
      this.counters.malformed++;
      return;
    }
    this.#tasks.fork(this.#taskOf(event.parent, 0), event.child, event.flags);
  }

  exec(event: ExecEvent): void {
    if (!isTid(event.tid)) {
      this.counters.malformed++;
      return;
    }
    const task = this.#taskOf(event.tid, 0);
    const isInExec = task.spec?.execs === true;
    this.#abandon(task);
    task.hasExeced = true;
    const comm = event.comm ?? (isInExec ? (task.newComm ?? programOf(task)) : undefined);
    this.#tasks.exec(task, event.pid > 0 ? event.pid : task.process.pid);
    task.rename(comm);
  }

  had(event: HadEvent): void {
    if (!isTid(event.tid)) {
      this.counters.malformed++;
      return;
    }
    this.#tasks.areAnnounced = true; // only a live source tells, which sees every fork
    const task = this.#taskOf(event.tid, event.pid);
    const { files, directories } = task;
    if (task.comm === undefined) task.rename(event.comm);
    if (event.what === 'cwd') {
      if (directories.cwd === undefined) directories.learn(event.path);
    } else if (event.what === 'root') {
      if (event.path !== '/') directories.root ??= event.path;
    } else if (files.get(event.fd) === undefined) {
      const name = this.#names.take(event.path);
      files.set(event.fd, new Description(name, event.type, -1), event.closeOnExec);
    }
  }

  end(event: TaskEndEvent): void {
    if (!isTid(event.tid)) {
      this.counters.malformed++;
      return;
    }
    // a child that nobody has seen yet must not be taken for alive when its parent's clone returns
    this.#taskOf(event.tid, 0);
    this.#tasks.end(event.tid);
  }

  /** The trace is over: counts and lists the wanted calls that are still running, and forgets all tasks. */
  finish(endNs: number): readonly UnfinishedCall[] {
    const unfinished: UnfinishedCall[] = [];
    for (const task of [...this.#tasks.all()]) {
      if (task.spec !== undefined && task.isWanted && !task.spec.ends)
        unfinished.push(this.#endAt(task, task.spec, endNs));
      const { suspended } = task;
      if (suspended !== undefined) {
        task.suspended = undefined;
        this.#neverReturns(task);
        this.#tasks.leave(task);
        this.#begin(task, suspended.spec, suspended);
        task.startNs = suspended.startNs;
        task.gapNs = suspended.gapNs;
        unfinished.push(this.#endAt(task, suspended.spec, endNs));
      }
      this.#tasks.end(task.tid);
    }
    return unfinished;
  }

  /** The trace ends inside of a call; in the profile it has a frame of its own, if it is known for how long it ran. */
  #endAt(task: Task, spec: CallSpec, endNs: number): UnfinishedCall {
    this.counters.unfinished++;
    const pair = this.#pair;
    this.#join(task, spec);
    this.#place(task, spec, Number.NaN);
    pair.comm = this.#commOf(task);
    pair.pid = task.process.pid;
    pair.tid = task.tid;
    pair.syscall = spec.name;
    pair.startNs = task.startNs;
    pair.durationNs = elapsed(task.startNs, endNs);
    pair.gapNs = Number.isNaN(task.gapNs) ? elapsed(task.lastEndNs, task.startNs) : task.gapNs;
    pair.errno = pair.bytes = 0;
    if (!Number.isNaN(endNs)) this.#output.addUnfinished(pair, task, spec, this.#name);
    this.#tasks.leave(task);
    const { comm, pid, tid, path, syscall, startNs, durationNs } = pair;
    return { comm, pid, tid, path, syscall, startNs, durationNs };
  }

  /** What was lost, or could not be told. */
  get losses(): readonly LossCounter[] {
    return COUNTERS.flatMap(([counter, meaning]) =>
      meaning === undefined ? [] : [{ name: wordsOf(counter), count: this.counters[counter], meaning }],
    );
  }

  /** How much is kept at the moment: all 0 when no task is alive. */
  get sizes(): Readonly<Record<'tasks' | 'processes' | 'names' | 'gone', number>> {
    const { size: tasks, processes, gone } = this.#tasks;
    return { tasks, processes, names: this.#names.size, gone };
  }

  #spec(name: string): CallSpec | undefined {
    if (name === this.#lastSpec?.name) return this.#lastSpec;
    let spec = this.#specs.get(name);
    if (spec === undefined && typeof name === 'string') {
      spec = callSpec(name, this.#selection);
      if (this.#specs.size < MOST_SPECS) this.#specs.set(name, spec);
    }
    this.#lastSpec = spec;
    return spec;
  }

  /** The task with that number now. `pid` is 0 when the source does not tell. */
  #taskOf(tid: number, pid: number): Task {
    this.#tasks.now++;
    let task = this.#tasks.get(tid);
    const isAnother = task !== undefined && ((pid > 0 && task.process.pid !== pid) || task.spec?.ends === true);
    if (isAnother) this.#tasks.end(tid);
    if (task === undefined || isAnother) task = this.#tasks.meet(tid, Math.max(pid, 0) || 0);
    return task;
  }

  /** Of an execve that returns to the leader without an exec event: the thread of its process that called it. */
  #leaderByExec(task: Task): Task {
    const caller = this.#tasks.inExec(task.process);
    if (caller === undefined) return task;
    this.exec({ kind: 'exec', tid: caller.tid, pid: task.tid, comm: undefined });
    return caller;
  }

  /** An exit that is not the running call's. */
  #countStray(task: Task, spec: CallSpec, ret: number): void {
    const { counters } = this;
    const running = task.spec !== undefined;
    if (running && task.isWanted) counters.mismatched++;
    if (!spec.isWanted) return;
    if (running) counters.mismatchedExits++;
    else if (task.hasEntered) counters.unmatchedExits++;
    // the first that is seen of a child is that it returns from clone, as it must
    else if (!(spec.clones && ret === 0)) counters.begunBefore++;
  }

  #neverReturns(task: Task): void {
    if (task.spec !== undefined && task.isWanted) this.counters.neverReturned++;
    this.#abandon(task);
  }

  /** The suspended call, if there is one, will never be made again. */
  #abandon(task: Task): void {
    if (task.suspended !== undefined) this.counters.neverReturned++;
    task.suspended = undefined;
  }

  /** A wanted call has left to be made again. */
  #suspend(task: Task, spec: CallSpec, { ret }: ExitEvent): void {
    if (task.suspended !== undefined) this.counters.superseded++;
    this.counters.restarted++;
    task.suspended = {
      spec,
      ret,
      startNs: task.startNs,
      gapNs: Number.isNaN(task.gapNs) ? elapsed(task.lastEndNs, task.startNs) : task.gapNs,
      args: [...task.args],
      path: task.path,
      path2: task.path2,
      isHandled: false,
      hasReturned: false,
    };
  }

  /** Whether a call that begins is the suspended one. */
  #isResumed(task: Task, suspended: Suspended, spec: CallSpec, event: EnterEvent): boolean {
    if (suspended.isHandled && !suspended.hasReturned) return false; // the handler's own
    const { args } = event;
    const isSame = (arg: number, i: number) => Object.is(arg, i < args.length ? args[i] : Number.NaN);
    if (spec.resumes || (spec === suspended.spec && suspended.args.every(isSame))) return true;
    // who is not told of handlers may see calls of one here
    if (this.#hearsSignals || suspended.hasReturned) this.#settle(task, suspended, event.timeNs);
    return false;
  }

  #resume(task: Task, suspended: Suspended, event: EnterEvent): void {
    const { spec, args, path, path2, startNs, gapNs } = suspended;
    const { fdPaths, fdPathsAreLate } = event;
    task.suspended = undefined;
    this.#begin(task, spec, { args, path: event.path ?? path, path2: event.path2 ?? path2, fdPaths, fdPathsAreLate });
    task.isResumed = true;
    task.startNs = startNs;
    task.gapNs = gapNs;
    task.isWanted = true;
  }

  /** rt_sigreturn has put the result of the suspended call in place, or the call to be made again. */
  #comeBack(task: Task, suspended: Suspended, { ret, timeNs }: ExitEvent): void {
    if (ret === -EINTR) this.#settle(task, suspended, timeNs);
    else suspended.hasReturned = true;
  }

  /** The suspended call has ended with EINTR. */
  #settle(task: Task, suspended: Suspended, timeNs: number): void {
    const { spec, args, path, path2, startNs, gapNs } = suspended;
    task.suspended = undefined;
    this.#begin(task, spec, { args, path, path2 });
    this.#join(task, spec);
    task.startNs = startNs;
    task.gapNs = gapNs;
    const { name: syscall } = spec;
    const ret = -EINTR;
    this.#finish(task, spec, { kind: 'exit', tid: task.tid, timeNs, syscall, args: [], ret, durationNs: Number.NaN });
    this.#tasks.leave(task);
  }

  /** Takes over what is known at enter: the file now, because close and dup2 destroy it, and where names start from. */
  #begin(task: Task, spec: CallSpec, facts: CallFacts): void {
    this.#isLate = facts.fdPathsAreLate === true;
    task.isResumed = false;
    task.gapNs = Number.NaN;
    const { args } = task;
    const given = facts.args;
    const told = given.length;
    for (let i = 0; i < 6 && i < told; i++) args[i] = given[i] as number;
    for (let i = told; i < 6; i++) args[i] = Number.NaN;
    task.spec = spec;
    task.path = facts.path;
    task.path2 = facts.path2;
    task.flags = facts.flags ?? Number.NaN;
    task.newComm = facts.comm;
    task.isWithout = spec.without !== undefined && ((args[spec.without.arg] as number) & spec.without.mask) !== 0;
    if (spec.clones) this.#tasks.beginsClone(task);
    if (spec.execs) {
      task.oldComm = task.comm;
      task.hasExeced = false;
    }
    task.file = undefined;
    task.fileName = undefined;
    task.filePath = undefined;
    if (spec.fd >= 0) {
      if (!task.isWithout) this.#findFile(task, args[spec.fd] as number, facts.fdPaths?.[spec.fd]);
      if (spec.fd2 >= 0)
        task.file2Path = this.#open(task, args[spec.fd2] as number, facts.fdPaths?.[spec.fd2])?.name.path;
      if (spec.holds && task.file !== undefined) task.hold(task.file);
    } else if (spec.path >= 0 || spec.cwd) {
      this.#findBase(task, spec, facts);
    }
  }

  #findFile(task: Task, fd: number, said: string | undefined): void {
    const file = this.#open(task, fd, said);
    task.file = file;
    if (file !== undefined) {
      task.fileName = file.name;
      task.filePath = file.name.path;
      task.fileType = file.type;
    } else if (said !== undefined) {
      task.filePath = nameOfLink(said);
      task.fileType = typeOfName(task.filePath);
    }
  }

  /** What is behind a descriptor of a task; what the source says of one that is not known becomes known. */
  #open(task: Task, number: number, said: string | undefined): Description | undefined {
    if (Number.isNaN(number)) return undefined;
    const fd = number | 0;
    let file = task.files.get(fd);
    if (file !== undefined) {
      if (said !== undefined && said !== file.name.path) this.#hear(file, said);
      return file;
    }
    if (fd < 0 || said === undefined) return undefined;
    const name = nameOfLink(said);
    file = new Description(this.#names.take(name), typeOfName(name), -1);
    file.isLate = this.#isLate;
    task.files.set(fd, file, false);
    return file;
  }

  #hear(file: Description, said: string): void {
    const before = file.name;
    if (this.#isLate && !file.isLate && !isVague(before.path, said)) return;
    const path = agreedName(said, before.path);
    if (path === before.path) return;
    file.isLate = this.#isLate;
    file.name = this.#names.take(path);
    this.#names.release(before);
    if (file.type !== 'dir') file.type = typeOfName(path);
  }

  #findBase(task: Task, spec: CallSpec, facts: CallFacts): void {
    const dirfd = spec.dirfd < 0 ? AT_FDCWD : (task.args[spec.dirfd] as number);
    task.baseIsCwd = (dirfd | 0) === AT_FDCWD;
    task.baseType = 'dir';
    if (task.baseIsCwd) {
      task.base = this.#cwdOf(task, spec.dirfd < 0 ? undefined : facts.fdPaths?.[spec.dirfd]);
    } else {
      const said = facts.fdPaths?.[spec.dirfd];
      const file = this.#open(task, dirfd, said);
      task.base = knownPath(file, said);
      task.baseType = file?.type ?? 'file';
    }
    if (spec.path2 < 0) return;
    const dirfd2 = spec.dirfd2 < 0 ? AT_FDCWD : (task.args[spec.dirfd2] as number);
    const said = facts.fdPaths?.[spec.dirfd2];
    task.base2 = (dirfd2 | 0) === AT_FDCWD ? this.#cwdOf(task, said) : knownPath(this.#open(task, dirfd2, said), said);
  }

  #cwdOf(task: Task, said: string | undefined): string | undefined {
    const { directories } = task;
    const known = directories.cwd?.path;
    if (said === undefined || said === known) return known;
    if (this.#isLate && known !== undefined && !directories.isLate && !isVague(known, said)) return known;
    directories.learn(agreedName(said, known ?? ''));
    directories.isLate = this.#isLate;
    return directories.cwd?.path;
  }

  /** What only the exit tells of the call. */
  #hearExit(task: Task, spec: CallSpec, event: ExitEvent): void {
    const { args } = task;
    let isNew = false;
    const told = Math.min(event.args.length, args.length);
    for (let i = 0; i < told; i++) {
      const value = event.args[i] as number;
      if (Number.isNaN(value) || value === args[i]) continue;
      isNew ||= Number.isNaN(args[i]);
      args[i] = value;
    }
    if (isNew) this.#findLate(task, spec, event);
  }

  #findLate(task: Task, spec: CallSpec, event: ExitEvent): void {
    if (spec.fd >= 0 && task.file === undefined && !task.isWithout) {
      this.#findFile(task, task.args[spec.fd] as number, event.fdPaths?.[spec.fd]);
      if (spec.holds && task.file !== undefined) task.hold(task.file);
    } else if (spec.fd < 0 && (spec.path >= 0 || spec.cwd) && task.base === undefined) {
      this.#findBase(task, spec, event);
    }
  }

  /** Applies what the call changes, if it succeeded. */
  #change(task: Task, spec: CallSpec, event: ExitEvent): void {
    const { ret } = event;
    task.path = event.path ?? task.path;
    task.path2 = event.path2 ?? task.path2;
    task.flags = event.flags ?? task.flags;
    if (event.fdPaths !== undefined && spec.fd >= 0 && !task.isWithout) this.#hearFile(task, spec, event);
    this.#join(task, spec);
    if (spec.closes) {
      // the number is free before close returns, whatever it returns, and another thread may have it by now
      const fd = task.args[0] | 0;
      if (ret !== -EBADF && task.file !== undefined && task.files.get(fd) === task.file) task.files.close(fd);
    } else if (ret >= 0) {
      if (spec.effect !== undefined) spec.effect(task, ret, event, this.#tasks);
      else if (event.retPath !== undefined) returnsFile(task, ret, event, this.#tasks);
    } else if (spec.clones) {
      this.#tasks.disown(task);
    }
  }

  /** What the source says at exit to be behind the call's descriptor. */
  #hearFile(task: Task, spec: CallSpec, event: ExitEvent): void {
    const said = event.fdPaths?.[spec.fd];
    if (said === undefined || said === task.filePath) return;
    const { file } = task;
    if (file === undefined && !spec.closes) {
      this.#findFile(task, task.args[spec.fd] as number, said);
    } else if (file !== undefined && file.references > 0) {
      this.#hear(file, said);
      task.fileName = file.name;
      task.filePath = file.name.path;
      task.fileType = file.type;
    } else if (!this.#isLate || task.filePath === undefined) {
      task.filePath = agreedName(said, task.filePath ?? '');
      task.fileType = typeOfName(task.filePath);
    }
  }

  /** The strings of the call as absolute paths. */
  #join(task: Task, spec: CallSpec): void {
    if (spec.path < 0 || spec.fd >= 0 || (!task.isWanted && spec.effect === undefined)) {
      task.fullPath = undefined;
      return;
    }
    const { path, path2, directories } = task;
    const { root } = directories;
    task.fullPath = path ? this.#joined(task.base, path, root) : undefined;
    if (spec.path2 < 0) return;
    task.fullPath2 = path2 ? this.#joined(task.base2, path2, root) : undefined;
  }

  #joined(base: string | undefined, path: string, root: string | undefined): string {
    return root === undefined ? this.#paths.join(base, path) : joinPath(base, path, root);
  }

  /** The file of the call, into the pair and #name, in the order that src/syscalls/row.ts gives. */
  #place(task: Task, spec: CallSpec, ret: number): void {
    const pair = this.#pair;
    this.#name = undefined;
    pair.flags = -1;
    const made = spec.opens && ret >= 0 ? task.files.get(ret) : undefined;
    if (made !== undefined) {
      this.#name = made.name;
      pair.path = made.name.path;
      pair.fileType = made.type;
      pair.flags = made.flags;
    } else if (spec.fd >= 0 && !task.isWithout) {
      this.#placeFile(task, spec, ret);
    } else if (task.fullPath !== undefined) {
      pair.path = task.fullPath;
      pair.fileType = 'path';
    } else if (spec.fd < 0 && (spec.cwd || (spec.path >= 0 && this.#isAboutBase(task, spec)))) {
      this.#placeBase(task, ret);
    } else {
      pair.path = '';
      pair.fileType = 'none';
    }
  }

  #placeFile(task: Task, spec: CallSpec, ret: number): void {
    const pair = this.#pair;
    const { filePath } = task;
    if (filePath !== undefined) {
      this.#name = task.fileName?.path === filePath ? task.fileName : undefined;
      pair.path = filePath;
      pair.fileType = task.fileType;
      pair.flags = task.file?.flags ?? -1;
    } else if (ret === -EBADF || (task.args[spec.fd] as number) < 0) {
      pair.path = '';
      pair.fileType = 'none';
    } else {
      pair.path = UNKNOWN_FD;
      pair.fileType = 'file';
    }
  }

  /** With an empty name or none the call is about the directory that names start from, or with dirfd any file. */
  #isAboutBase(task: Task, spec: CallSpec): boolean {
    if (task.path === undefined && task.args[spec.path] !== 0) return false;
    return spec.dirfd >= 0;
  }

  #placeBase(task: Task, ret: number): void {
    const pair = this.#pair;
    pair.fileType = task.baseType;
    if (task.base !== undefined || task.baseIsCwd) {
      pair.path = task.base ?? joinPath(undefined, '');
    } else {
      pair.path = ret === -EBADF ? '' : UNKNOWN_FD;
      pair.fileType = ret === -EBADF ? 'none' : 'file';
    }
  }

  /** Hands out a pair. */
  #finish(task: Task, spec: CallSpec, event: ExitEvent): void {
    const { counters } = this;
    const { ret } = event;
    const { startNs } = task;
    counters.exits++;
    let { durationNs } = event;
    if (!(durationNs >= 0)) durationNs = event.timeNs - startNs;
    if (!(durationNs >= 0)) {
      durationNs = 0;
      counters.untimed++;
    }
    const pair = this.#pair;
    pair.gapNs = Number.isNaN(task.gapNs) ? elapsed(task.lastEndNs, startNs) : task.gapNs;
    task.lastEndNs = Number.isNaN(event.timeNs) ? startNs + durationNs : event.timeNs;
    const failed = ret < 0 && ret >= -MAX_ERRNO;
    this.#place(task, spec, ret);
    this.#countUnknown(task, spec);
    pair.comm = this.#commOf(task);
    pair.pid = task.process.pid;
    pair.tid = task.tid;
    pair.path2 = (spec.path2 >= 0 ? task.fullPath2 : spec.fd2 >= 0 ? task.file2Path : undefined) ?? '';
    pair.syscall = spec.name;
    pair.startNs = startNs;
    pair.durationNs = durationNs;
    pair.ret = ret;
    pair.errno = failed ? -ret : 0;
    pair.bytes = spec.bytes && ret > 0 ? bytesOf(task, spec, ret) : 0;
    pair.fd = spec.fd >= 0 && !task.isWithout ? descriptor(task.args[spec.fd] as number) : -1;
    counters[this.#output.add(pair, task, spec, this.#name)]++;
  }

  #countUnknown(task: Task, spec: CallSpec): void {
    const { path } = this.#pair;
    if (path === UNKNOWN_FD) this.counters.unknownDescriptors++;
    else if (path.charCodeAt(0) !== SLASH && path.startsWith(FRONT_UNKNOWN)) this.counters.unknownDirectories++;
    if (spec.path >= 0 && task.path === undefined && task.args[spec.path] !== 0) this.counters.pathsUnreadable++;
  }

  /** As in the kernel engine: of an execve the comm before it, of all others the one after the call. */
  #commOf(task: Task): string {
    return (task.spec?.execs ? task.oldComm : task.comm) ?? `[pid ${task.process.pid}]`;
  }
}

/** On its way to be made again, no result yet. */
function isRestart(ret: number): boolean {
  return ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK;
}

function isTid(tid: number): boolean {
  return Number.isInteger(tid) && tid > 0;
}

function hasArguments({ args }: CallFacts): boolean {
  return typeof args === 'object' && args !== null;
}

/** The path behind a dirfd, as something that names can start from. */
function knownPath(file: Description | undefined, said: string | undefined): string | undefined {
  const path = file?.name.path ?? (said === undefined ? undefined : nameOfLink(said));
  return path === UNKNOWN_FD ? undefined : path;
}

function bytesOf(task: Task, spec: CallSpec, ret: number): number {
  if (spec.noBytes !== undefined && ((task.args[spec.noBytes.arg] as number) & spec.noBytes.mask) !== 0) return 0;
  const most = spec.atMost < 0 ? ret : (task.args[spec.atMost] as number);
  return most >= 0 && most < ret ? most : ret;
}

function descriptor(number: number): number {
  return Number.isNaN(number) ? -1 : Math.max(number | 0, -1);
}

/** NaN-safe, and never below 0. */
function elapsed(fromNs: number, toNs: number): number {
  const ns = toNs - fromNs;
  return Number.isNaN(ns) ? 0 : Math.max(ns, 0);
}

/** `neverReturned` → `never returned`. */
function wordsOf(counter: string): string {
  return counter.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
