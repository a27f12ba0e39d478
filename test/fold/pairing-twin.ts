// The slow twin of the pairing engine: the same answers by the plainest means, for the calls that the random test makes.
// Maps, arrays and searches through everything; no reference is counted, no name shared, nothing cached. Whatever the
// engine keeps up to date as it goes, the twin finds out by looking at all that is open.

import { posix } from 'node:path';
import type { EnterEvent, ExitEvent, Pair, TraceEvent } from '../../src/model/event.ts';
import type { FileType } from '../../src/model/profile.ts';
import { syscallByName } from '../../src/syscalls/table.ts';

interface Named {
  path: string;
  /** Removed or replaced: the name does not change any more. */
  removed: boolean;
}

interface OpenFile extends Named {
  /** The name is a word of another time. */
  late?: boolean;
  type: FileType;
  flags: number;
}

interface Running {
  event: EnterEvent;
  at: number;
  wanted: boolean;
  /** Of a call that was suspended. */
  gapNs: number | undefined;
  oldComm: string | undefined;
  execed: boolean;
  child: number;
  /** The task that seems to be the child. */
  guessed: Task | undefined;
  file: OpenFile | undefined;
  fileAtEnter: { path: string; type: FileType } | undefined;
  base: { path: string | undefined; type: FileType; isCwd: boolean } | undefined;
  base2: string | undefined;
}

interface Task {
  tid: number;
  pid: number;
  born: number;
  comm: string | undefined;
  table: { fds: Map<number, { file: OpenFile; cloexec: boolean }> };
  place: { cwd: Named | undefined };
  running: Running | undefined;
  /** A call that is to be made again, or to end with EINTR. */
  suspended: { event: EnterEvent; gapNs: number; returned: boolean } | undefined;
  lastEnd: number | undefined;
  hasEntered: boolean;
}

const CLONES = ['clone', 'fork', 'vfork'];
const CLOEXEC = 0o2000000;
const SETTABLE = 0o2000 | 0o4000 | 0o20000 | 0o40000 | 0o1000000;
const UNKNOWN = '[unknown fd]';

export class Twin {
  readonly pairs: Pair[] = [];
  readonly counters = {
    enters: 0,
    exits: 0,
    folded: 0,
    leftOut: 0,
    unfinished: 0,
    neverReturned: 0,
    superseded: 0,
    mismatched: 0,
    restarted: 0,
    mismatchedExits: 0,
    unmatchedExits: 0,
    begunBefore: 0,
  };
  readonly #wanted: (syscall: string) => boolean;
  readonly #types: readonly FileType[];
  #tasks: Task[] = [];
  #now = 0;
  #forksAreTold = false;
  /** Who ended while a clone was running. */
  #gone = new Set<number>();

  constructor(wanted: (syscall: string) => boolean, types: readonly FileType[]) {
    this.#wanted = wanted;
    this.#types = types;
  }

  get sizes(): { tasks: number; processes: number; names: number; gone: number } {
    const names = new Set(this.#everything().flatMap(({ path, removed }) => (removed ? [] : [path])));
    const processes = new Set(this.#tasks.map(({ pid }) => pid)).size;
    return { tasks: this.#tasks.length, processes, names: names.size, gone: this.#gone.size };
  }

  handle(event: TraceEvent): void {
    this.#now++;
    if (event.kind === 'enter') this.#enter(event);
    if (event.kind === 'exit') this.#exit(event);
    if (event.kind === 'fork') {
      const parent = this.#meet(event.parent, 0);
      this.#forksAreTold = true;
      if (event.child === event.parent) return;
      this.#disown(parent);
      this.#bear(event.child, parent, event.flags);
      if (parent.running) parent.running.child = event.child;
    }
    if (event.kind === 'exec') {
      const task = this.#meet(event.tid, 0);
      const path = this.#execs(task) ? task.running?.event.path : undefined;
      this.#abandon(task);
      if (task.running) task.running.execed = true;
      this.#exec(task, event.pid > 0 ? event.pid : task.pid);
      task.comm = event.comm ?? (path === undefined ? undefined : posix.basename(path));
    }
    if (event.kind === 'had') {
      this.#forksAreTold = true;
      const task = this.#meet(event.tid, event.pid);
      task.comm ??= event.comm;
      const { path } = event;
      if (event.what === 'cwd') task.place.cwd ??= { path, removed: false };
      if (event.what === 'fd' && !task.table.fds.has(event.fd)) {
        const file = { path, removed: false, type: event.type, flags: -1 };
        task.table.fds.set(event.fd, { file, cloexec: event.closeOnExec });
      }
    }
    if (event.kind === 'end') {
      this.#meet(event.tid, 0);
      this.#end(event.tid);
    }
  }

  finish(): string[] {
    const unfinished: string[] = [];
    for (const task of [...this.#tasks]) {
      if (task.running?.wanted && task.running.event.syscall !== 'exit_group') {
        this.counters.unfinished++;
        unfinished.push(`${task.tid} ${task.running.event.syscall}`);
        task.running = undefined;
      }
      if (task.suspended) {
        this.counters.unfinished++;
        unfinished.push(`${task.tid} ${task.suspended.event.syscall}`);
        task.suspended = undefined;
      }
      this.#end(task.tid);
    }
    return unfinished;
  }

  // ---- tasks

  #find(tid: number): Task | undefined {
    return this.#tasks.find((task) => task.tid === tid);
  }

  #execs(task: Task): boolean {
    return task.running?.event.syscall === 'execve';
  }

  #cloning(): Task[] {
    return this.#tasks.filter(({ running }) => running && CLONES.includes(running.event.syscall));
  }

  #meet(tid: number, pid: number): Task {
    const known = this.#find(tid);
    if (known && !(pid > 0 && known.pid !== pid) && known.running?.event.syscall !== 'exit_group') return known;
    if (known) this.#end(tid);
    const group = pid === 0 ? [] : this.#tasks.filter((task) => task.pid === pid);
    const member = group.find((task) => task.tid === pid) ?? group[0];
    const parents = this.#forksAreTold ? [] : this.#cloning().filter(({ running }) => running?.child === 0);
    const [parent] = parents;
    if (parents.length === 1 && parent?.running) {
      const isThread = member !== undefined && member.pid === parent.pid;
      if (isThread || pid === 0 || (pid === tid && !member)) {
        const flags = flagsOf(parent.running.event);
        const child = this.#bear(tid, parent, isThread ? 0x10600 : pid === 0 ? flags : flags & ~0x10000);
        parent.running.child = tid;
        parent.running.guessed = child;
        return child;
      }
    }
    if (member) return this.#bear(tid, member, 0x10600);
    return this.#add(tid, pid === 0 ? tid : pid, undefined, new Map(), undefined);
  }

  #add(tid: number, pid: number, comm: string | undefined, fds: Task['table']['fds'], cwd: Named | undefined): Task {
    const task: Task = {
      tid,
      pid,
      born: this.#now,
      comm,
      table: { fds },
      place: { cwd },
      running: undefined,
      suspended: undefined,
      lastEnd: undefined,
      hasEntered: false,
    };
    this.#tasks.push(task);
    return task;
  }

  #bear(tid: number, parent: Task, flags: number): Task {
    this.#end(tid);
    const { table, place } = parent;
    const child = this.#add(
      tid,
      flags & 0x10000 ? parent.pid : tid,
      parent.comm,
      copyOf(table.fds),
      place.cwd && { ...place.cwd },
    );
    if (flags & 0x400) child.table = table;
    if (flags & 0x200) child.place = place;
    return child;
  }

  #end(tid: number): void {
    const task = this.#find(tid);
    if (!task) return;
    if (task.running?.wanted) this.counters.neverReturned++;
    this.#abandon(task);
    this.#leave(task);
    if (this.#cloning().length > 0 && !this.#forksAreTold) this.#gone.add(tid);
    this.#tasks = this.#tasks.filter((other) => other !== task);
  }

  #leave(task: Task): void {
    task.running = undefined;
    if (this.#cloning().length === 0) this.#gone.clear();
  }

  #disown(parent: Task): void {
    const { running } = parent;
    const child = this.#tasks.find((task) => task === running?.guessed);
    if (!running || !child) return;
    running.guessed = undefined;
    child.comm = undefined;
    child.table = { fds: new Map() };
    child.place = { cwd: undefined };
    if (child.pid === parent.pid) child.pid = child.tid;
  }

  #returned(parent: Task, tid: number, isStray: boolean, event: EnterEvent | ExitEvent): void {
    if (this.#forksAreTold || tid === parent.tid || tid === 0) return;
    const flags = flagsOf(event);
    const child = this.#find(tid);
    if (isStray) {
      if (!child && !this.#gone.delete(tid)) this.#bear(tid, parent, flags);
      return;
    }
    const running = parent.running as Running;
    if (running.child !== tid) this.#disown(parent);
    if (!child && this.#gone.delete(tid)) return;
    if (!child || child.born < running.at) {
      this.#bear(tid, parent, flags);
    } else if (running.child !== tid) {
      for (const { running: other } of this.#cloning()) if (other?.guessed === child) other.guessed = undefined;
      const fds = flags & 0x400 ? parent.table.fds : copyOf(parent.table.fds);
      for (const [fd, entry] of child.table.fds) fds.set(fd, entry);
      child.table = flags & 0x400 ? parent.table : { fds };
      if (!child.place.cwd)
        child.place = flags & 0x200 ? parent.place : { cwd: parent.place.cwd && { ...parent.place.cwd } };
      child.comm ??= parent.comm;
      if (flags & 0x10000) child.pid = parent.pid;
    }
  }

  #exec(task: Task, pid: number): void {
    for (const other of [...this.#tasks])
      if (other !== task && (other.pid === task.pid || other.pid === pid || other.tid === pid)) this.#end(other.tid);
    task.tid = pid;
    task.pid = pid;
    task.table = { fds: copyOf(task.table.fds) };
    for (const [fd, { cloexec }] of task.table.fds) if (cloexec) task.table.fds.delete(fd);
  }

  // ---- names

  /** All that has a name which a rename may change. */
  #everything(): Named[] {
    return this.#tasks.flatMap(({ table, place, running }) => [
      ...[...table.fds.values()].map(({ file }) => file),
      ...(place.cwd ? [place.cwd] : []),
      ...(running?.file && holds(running.event.syscall) ? [running.file] : []),
    ]);
  }

  #remove(path: string): void {
    for (const named of this.#everything()) if (named.path === path) named.removed = true;
  }

  #rename(from: string, to: string, exchange: boolean): void {
    if (from === to || `${to}/`.startsWith(`${from}/`) || `${from}/`.startsWith(`${to}/`)) return;
    const all = [...new Set(this.#everything())].filter(({ removed }) => !removed);
    const under = (path: string) => all.filter((named) => `${named.path}/`.startsWith(`${path}/`));
    const [old, replaced] = [under(from), under(to)];
    for (const named of replaced) {
      if (exchange) named.path = from + named.path.slice(to.length);
      else named.removed = true;
    }
    for (const named of old) named.path = to + named.path.slice(from.length);
  }

  // ---- calls

  #prepare(task: Task, event: EnterEvent | ExitEvent): Running {
    const row = syscallByName(event.syscall);
    const running: Running = {
      event: event as EnterEvent,
      at: this.#now,
      wanted: this.#wanted(event.syscall),
      gapNs: undefined,
      oldComm: task.comm,
      execed: false,
      child: 0,
      guessed: undefined,
      file: undefined,
      fileAtEnter: undefined,
      base: undefined,
      base2: undefined,
    };
    const fileOf = (position: number, inTable = false) => {
      const fd = event.args[position] ?? Number.NaN;
      if (Number.isNaN(fd)) return undefined;
      const said = event.fdPaths?.[position];
      const entry = task.table.fds.get(fd);
      const late = event.fdPathsAreLate ?? false;
      const counts = (file: OpenFile) => !late || file.late || isVague(file.path, said ?? '');
      if (entry && said !== undefined && said !== entry.file.path && counts(entry.file)) {
        entry.file.late = late;
        entry.file.path = said;
        entry.file.removed = false;
        if (entry.file.type !== 'dir') entry.file.type = typeOf(said);
      }
      if (!entry && said !== undefined && fd >= 0 && !inTable)
        task.table.fds.set(fd, {
          file: { path: said, removed: false, type: typeOf(said), flags: -1, late },
          cloexec: false,
        });
      return task.table.fds.get(fd)?.file;
    };
    if (row?.fd !== undefined) {
      running.file = fileOf(row.fd);
      if (running.file) running.fileAtEnter = { path: running.file.path, type: running.file.type };
    } else if (row?.path !== undefined) {
      const place = (position: number | undefined) => {
        if (position === undefined || event.args[position] === -100)
          return { path: task.place.cwd?.path, type: 'dir' as FileType, isCwd: true };
        const file = fileOf(position);
        return { path: file?.path === UNKNOWN ? undefined : file?.path, type: file?.type ?? 'file', isCwd: false };
      };
      running.base = place(row.dirfd);
      if (row.path2 !== undefined) running.base2 = place(row.dirfd2).path;
    }
    return running;
  }

  #enter(event: EnterEvent): void {
    const task = this.#meet(event.tid, event.pid);
    if (task.running?.wanted) this.counters.superseded++;
    this.#leave(task);
    task.hasEntered = true;
    const { suspended } = task;
    if (suspended) {
      const isSame = (arg: number, i: number) => Object.is(arg, event.args[i] ?? Number.NaN);
      const { event: first } = suspended;
      if (first.syscall === event.syscall && (first.args as number[]).every(isSame)) {
        const { path = first.path, path2 = first.path2, fdPaths, fdPathsAreLate } = event;
        task.suspended = undefined;
        task.running = this.#prepare(task, { ...first, path, path2, fdPaths, fdPathsAreLate });
        task.running.gapNs = suspended.gapNs;
        return;
      }
      if (suspended.returned) this.#settle(task, event.timeNs);
    }
    task.running = this.#prepare(task, { ...event, args: [...(event.args as number[])] });
    if (task.running.wanted) this.counters.enters++;
  }

  #settle(task: Task, timeNs: number): void {
    const { suspended } = task;
    if (!suspended) return;
    task.suspended = undefined;
    const { event, gapNs } = suspended;
    task.running = this.#prepare(task, { ...event, fdPaths: undefined });
    task.running.gapNs = gapNs;
    this.#fold(task, task.running, {
      kind: 'exit',
      tid: task.tid,
      timeNs,
      syscall: event.syscall,
      args: [],
      ret: -4,
      durationNs: 0,
    });
    this.#leave(task);
  }

  #abandon(task: Task): void {
    if (task.suspended) this.counters.neverReturned++;
    task.suspended = undefined;
  }

  #exit(event: ExitEvent): void {
    let task = this.#meet(event.tid, 0);
    const isExec = event.syscall === 'execve' && event.ret === 0;
    if (isExec && !this.#execs(task)) {
      const caller = this.#tasks.find((other) => other.pid === task.pid && this.#execs(other));
      if (caller?.running) {
        const { path } = caller.running.event;
        caller.running.execed = true;
        this.#abandon(caller);
        this.#exec(caller, task.tid);
        caller.comm = path === undefined ? undefined : posix.basename(path);
        task = caller;
      }
    }
    const running = task.running;
    const isExeced = running !== undefined && this.#execs(task) && running.execed;
    if (!running || (running.event.syscall !== event.syscall && !isExeced)) {
      if (running?.wanted) this.counters.mismatched++;
      if (this.#wanted(event.syscall)) {
        if (running) this.counters.mismatchedExits++;
        else if (task.hasEntered) this.counters.unmatchedExits++;
        else if (!(CLONES.includes(event.syscall) && event.ret === 0)) this.counters.begunBefore++;
      }
      this.#leave(task);
      task.running = this.#prepare(task, event);
      this.#change(task, task.running, event, true);
    } else if (Number.isNaN(event.ret)) {
      if (running.wanted) this.counters.neverReturned++;
    } else {
      this.#learn(task, running, event);
      this.#change(task, running, event, false);
      if (isExec) this.#abandon(task);
      if (running.wanted && [512, 513, 514, 515, 516].includes(-event.ret)) {
        if (task.suspended) this.counters.superseded++;
        this.counters.restarted++;
        const args = Array.from({ length: 6 }, (_, i) => running.event.args[i] ?? Number.NaN);
        const path = event.path ?? running.event.path;
        const path2 = event.path2 ?? running.event.path2;
        task.suspended = {
          event: { ...running.event, args, path, path2 },
          gapNs: this.#gap(task, running),
          returned: false,
        };
      } else if (running.wanted) this.#fold(task, running, event);
    }
    this.#leave(task);
    if (event.syscall === 'rt_sigreturn' && task.suspended) {
      if (event.ret === -4) this.#settle(task, event.timeNs);
      else task.suspended.returned = true;
    }
  }

  /** Arguments that only the exit tells, or tells otherwise; what was found by the enter's stays. */
  #learn(task: Task, running: Running, exit: ExitEvent): void {
    const before = Array.from({ length: 6 }, (_, i) => running.event.args[i] ?? Number.NaN);
    const args = before.map((arg, i) => (Number.isNaN(exit.args[i] ?? Number.NaN) ? arg : (exit.args[i] as number)));
    running.event = { ...running.event, args };
    if (!args.some((arg, i) => Number.isNaN(before[i]) && !Number.isNaN(arg))) return;
    const row = syscallByName(running.event.syscall);
    const late = this.#prepare(task, { ...exit, args, syscall: running.event.syscall });
    if (row?.fd !== undefined && !running.file) {
      running.file = late.file;
      running.fileAtEnter = late.fileAtEnter;
    }
    if (row?.fd === undefined && row?.path !== undefined && running.base?.path === undefined) {
      running.base = late.base;
      running.base2 = late.base2;
    }
  }

  #gap(task: Task, { event, gapNs }: Running): number {
    return gapNs ?? (task.lastEnd === undefined ? 0 : Math.max(event.timeNs - task.lastEnd, 0));
  }

  #fold(task: Task, running: Running, { ret, timeNs }: ExitEvent): void {
    const { event } = running;
    const row = syscallByName(event.syscall);
    const file = this.#fileOf(task, running, ret);
    const failed = ret < 0 && ret >= -4095;
    this.counters.exits++;
    const gapNs = this.#gap(task, running);
    task.lastEnd = timeNs;
    if (!this.#types.includes(file.type)) {
      this.counters.leftOut++;
      return;
    }
    this.counters.folded++;
    const fd = row?.fd === undefined ? -1 : (event.args[row.fd] as number);
    this.pairs.push({
      comm: (event.syscall === 'execve' ? running.oldComm : task.comm) ?? `[pid ${task.pid}]`,
      pid: task.pid,
      tid: task.tid,
      path: file.path,
      path2: row?.path2 !== undefined && event.path2 ? joined(running.base2, event.path2) : '',
      fileType: file.type,
      syscall: event.syscall,
      startNs: event.timeNs,
      durationNs: timeNs - event.timeNs,
      gapNs,
      ret,
      errno: failed ? -ret : 0,
      bytes: row?.returns === 'bytes' && ret > 0 ? ret : 0,
      fd: Number.isNaN(fd) ? -1 : fd,
      flags: file.flags,
    });
  }

  #fileOf(task: Task, running: Running, ret: number): { path: string; type: FileType; flags: number } {
    const { event, base } = running;
    const row = syscallByName(event.syscall);
    const nothing = { path: '', type: 'none' as FileType, flags: -1 };
    const unknown = ret === -9 ? nothing : { path: UNKNOWN, type: 'file' as FileType, flags: -1 };
    if (row?.returns === 'file' && ret >= 0) {
      const made = task.table.fds.get(ret)?.file;
      if (made) return { path: made.path, type: made.type, flags: made.flags };
    }
    if (row?.fd !== undefined) {
      if (running.fileAtEnter) return { ...running.fileAtEnter, flags: running.file?.flags ?? -1 };
      return (event.args[row.fd] as number) < 0 ? nothing : unknown;
    }
    if (row?.path === undefined || !base) return nothing;
    if (event.path) return { path: joined(base.path, event.path), type: 'path', flags: -1 };
    if (row.dirfd === undefined || event.path === undefined) return nothing;
    if (base.path !== undefined || base.isCwd) return { path: base.path ?? '...', type: base.type, flags: -1 };
    return unknown;
  }

  #change(task: Task, running: Running, exit: ExitEvent, isStray: boolean): void {
    const { event, file, base } = running;
    const { fds } = task.table;
    const { ret } = exit;
    const [a = Number.NaN, b = Number.NaN, c = Number.NaN] = event.args as number[];
    const path = event.path && base ? joined(base.path, event.path) : undefined;
    const install = (fd: number, name: string, type: FileType, flags: number, cloexec: boolean) =>
      fds.set(fd, { file: { path: name, removed: false, type, flags }, cloexec });
    const duplicate = (cloexec: boolean) => {
      if (a === ret) return;
      const shared = file ?? { path: UNKNOWN, removed: false, type: 'file' as FileType, flags: -1 };
      if (!file && a >= 0 && !fds.has(a)) fds.set(a, { file: shared, cloexec: false });
      fds.set(ret, { file: shared, cloexec });
    };

    if (event.syscall === 'close') {
      if (ret !== -9 && file && fds.get(a)?.file === file) fds.delete(a);
      return;
    }
    if (!(ret >= 0)) {
      if (CLONES.includes(event.syscall)) this.#disown(task);
      return;
    }
    switch (event.syscall) {
      case 'openat': {
        const said = exit.fdPathsAreLate && !isVague(path ?? UNKNOWN, exit.retPath ?? '') ? undefined : exit.retPath;
        const name = said ?? path ?? UNKNOWN;
        const type = c & 0o200000 ? 'dir' : typeOf(name);
        install(ret, name, type, Number.isNaN(c) ? -1 : c & ~(CLOEXEC | 0o1700), (c & CLOEXEC) !== 0);
        const made = fds.get(ret);
        if (made) made.file.late = exit.fdPathsAreLate === true && said !== undefined && said !== path;
        break;
      }
      case 'eventfd2':
        install(ret, 'anon_inode:[eventfd]', 'anon', 2, (b & CLOEXEC) !== 0);
        break;
      case 'pipe2':
        for (const [end, fd] of (exit.newFds ?? []).entries()) install(fd, 'pipe', 'pipe', end, (b & CLOEXEC) !== 0);
        break;
      case 'dup':
      case 'dup2':
        duplicate(false);
        break;
      case 'dup3':
        duplicate((c & CLOEXEC) !== 0);
        break;
      case 'fcntl': {
        const entry = fds.get(a);
        if (b === 0 || b === 1030) duplicate(b === 1030);
        if (b === 2 && entry) entry.cloexec = (c & 1) !== 0;
        if (b === 4 && file && file.flags >= 0) file.flags = (file.flags & ~SETTABLE) | (c & SETTABLE);
        break;
      }
      case 'close_range':
        if (Number.isNaN(a) || Number.isNaN(b)) break;
        if (c & 2) task.table = { fds: copyOf(fds) };
        for (const [fd, entry] of [...task.table.fds]) {
          if (fd < a || fd > b) continue;
          if (c & 4) entry.cloexec = true;
          else task.table.fds.delete(fd);
        }
        break;
      case 'getdents64':
        if (file) file.type = 'dir';
        if (running.fileAtEnter) running.fileAtEnter.type = 'dir';
        break;
      case 'chdir':
        task.place.cwd = path === undefined ? undefined : { path, removed: false };
        break;
      case 'fchdir':
        if (file) file.type = 'dir';
        if (running.fileAtEnter) running.fileAtEnter.type = 'dir';
        task.place.cwd = file && file.path !== UNKNOWN ? { path: file.path, removed: file.removed } : undefined;
        break;
      case 'rename':
      case 'renameat2': {
        const old = event.path2 ? joined(running.base2, event.path2) : undefined;
        const exchange = event.syscall === 'renameat2' && (event.args[4] as number) === 2;
        if (path !== undefined && old !== undefined) this.#rename(old, path, exchange);
        break;
      }
      case 'unlink':
        if (path !== undefined) this.#remove(path);
        break;
      case 'clone':
      case 'fork':
      case 'vfork':
        this.#returned(task, ret, isStray, event);
        break;
      case 'unshare':
        if (a & 0x400) task.table = { fds: copyOf(fds) };
        if (a & 0x200) task.place = { cwd: task.place.cwd && { ...task.place.cwd } };
        break;
      case 'prctl':
        if (a === 15 && event.path !== undefined) task.comm = event.path;
        break;
      case 'execve':
        if (running.execed) break;
        this.#exec(task, task.pid);
        task.comm = event.path === undefined ? undefined : posix.basename(event.path);
        break;
    }
  }
}

/** Whether the name says less than a word of another time. */
function isVague(known: string, said: string): boolean {
  return known === UNKNOWN || (known.startsWith('.../') && said.endsWith(known.slice(3)));
}

function holds(syscall: string): boolean {
  return ['dup', 'dup2', 'dup3', 'fcntl', 'fchdir'].includes(syscall);
}

function flagsOf(event: EnterEvent | ExitEvent): number {
  return event.syscall === 'clone' ? (event.args[0] ?? 0) : 0;
}

function copyOf(fds: Task['table']['fds']): Task['table']['fds'] {
  return new Map([...fds].map(([fd, { file, cloexec }]) => [fd, { file, cloexec }]));
}

function typeOf(path: string): FileType {
  if (path === 'pipe') return 'pipe';
  if (path.startsWith('/dev/')) return path === '/dev/null' ? 'mem' : 'char';
  return path.startsWith('anon_inode:') ? 'anon' : 'file';
}

function joined(base: string | undefined, path: string): string {
  const full = path.startsWith('/') ? path : `${base ?? '...'}/${path}`;
  const slash = full.indexOf('/');
  const rest = posix.normalize(full.slice(slash)).replace(/\/$/, '');
  return full.slice(0, slash) + rest || '/';
}
